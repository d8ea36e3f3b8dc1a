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
use crate::error::ApiError;

pub(crate) async fn submit(
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

pub(crate) async fn resend(
    State(api): State<Api>,
    Caller(merchant): Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let payment = known(SendOtp::parse(&body)?.payment)?;
    api.engine.resend_otp(&merchant, payment).await?;
    Ok(answer::ok(&OtpAnswerJson::SENT))
}

pub(crate) async fn generate(
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
