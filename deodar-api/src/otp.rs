//! `POST /api/pay/v1/otp/submit`, `…/otp/resend` and `…/otp/generate`: one-time passwords that the
//! payer gives to the merchant's page.
//!
//! `submit` answers 200 where the password was right; 422 `USER_AUTHENTICATION_FAILED` where it was
//! wrong, with what can be done next while more may be tried; another code where the bank refused
//! the payment. `resend` answers 429 after three times.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_domain::id::PaymentId;
use deodar_engine::{EngineError, OtpAnswer, Thing};
use deodar_wire::{OtpAnswerJson, SendOtp, SubmitOtp, WrongOtpJson};
use http::StatusCode;

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

/// A payment, as it is given.
const PAYMENT: &str = r#"{ "payment_id": "v1-261224183000-aa-Xb3kQ9-cc-a" }"#;

pub(crate) fn submit_endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "payment_id": "v1-261224183000-aa-Xb3kQ9-cc-a",
  "otp": "123456"
}"#;
    Endpoint::new(submit, "submitOtp", Tag::Otp, "Give a one-time password")
        .text("In a sandbox `123456` is right. The third wrong one fails the payment.")
        .body::<SubmitOtp>(SAMPLE)
        .ok::<OtpAnswerJson>("The password was right; the order tells what became of the payment")
        .not_found(&["PAYMENT_NOT_FOUND"])
        .answers::<WrongOtpJson>(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The password was wrong, and another may be tried: what the payer can do next",
        )
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The payment asks for no password")
        .declined("The bank refused the payment")
}

async fn submit(
    State(api): State<Api>,
    Caller(merchant): Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let SubmitOtp { payment, otp } = SubmitOtp::parse(&body)?;
    match api.engine.submit_otp(&merchant, known(payment)?, &otp).await? {
        OtpAnswer::Accepted => Ok(answer::ok(&OtpAnswerJson::ACCEPTED)),
        OtpAnswer::Wrong => {
            Ok(answer::json(StatusCode::UNPROCESSABLE_ENTITY, &WrongOtpJson::new()))
        }
        OtpAnswer::Declined(failure) => {
            Ok(ApiError::from(EngineError::Declined(failure)).into_response())
        }
    }
}

pub(crate) fn resend_endpoint() -> Endpoint {
    Endpoint::new(resend, "resendOtp", Tag::Otp, "Send a one-time password again")
        .text("At most three times an attempt; then 429.")
        .body::<SendOtp>(PAYMENT)
        .ok::<OtpAnswerJson>("It was sent; what the payer can do next")
        .not_found(&["PAYMENT_NOT_FOUND"])
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The payment asks for no password")
}

async fn resend(
    State(api): State<Api>,
    Caller(merchant): Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let payment = known(SendOtp::parse(&body)?.payment)?;
    api.engine.resend_otp(&merchant, payment).await?;
    Ok(answer::ok(&OtpAnswerJson::SENT))
}

pub(crate) fn generate_endpoint() -> Endpoint {
    Endpoint::new(generate, "generateOtp", Tag::Otp, "Have a one-time password sent")
        .text("Asks the bank to send the payer a password.")
        .body::<SendOtp>(PAYMENT)
        .ok::<OtpAnswerJson>("It was sent; what the payer can do next")
        .not_found(&["PAYMENT_NOT_FOUND"])
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The payment asks for no password")
}

async fn generate(
    State(api): State<Api>,
    Caller(merchant): Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let payment = known(SendOtp::parse(&body)?.payment)?;
    api.engine.generate_otp(&merchant, payment).await?;
    Ok(answer::ok(&OtpAnswerJson::SENT))
}

fn known(payment: Option<PaymentId>) -> Result<PaymentId, ApiError> {
    payment.ok_or_else(|| ApiError::not_found(Thing::Payment))
}
