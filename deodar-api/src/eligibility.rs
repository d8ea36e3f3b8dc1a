//! `POST /api/payment-option/eligibility/bnpl`: whether a Pay Later lender would pay for a payer.
//!
//! 200 with a bare object, whatever the lender says. 429 after ten checks of one mobile number in
//! an hour; 504 where the lender does not answer.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::{EligibilityCheck, EngineError};
use deodar_wire::{CheckEligibility, EligibilityJson};
use http::StatusCode;

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "mobile": "9876543210",
  "pay_code": "SIMPL3",
  "amount": { "value": 3400, "currency": "INR" },
  "device_info": {
    "source_ip_address": "203.0.113.42",
    "browser_user_agent": "Mozilla/5.0",
    "device_model": "Phone 1",
    "device_manufacturer": "Example"
  }
}"#;
    Endpoint::new(check, "checkEligibility", Tag::Payments, "Ask a Pay Later lender")
        .text(
            "Whether a lender would pay this amount for a payer, how much more the payer may \
             borrow, and by which instalments it would be paid back. Ten times an hour for one \
             mobile number. `device_info` must be there for SIMPL and SIMPL3.",
        )
        .body::<CheckEligibility>(SAMPLE)
        .ok::<EligibilityJson>("What the lender says")
        .unprocessable(&["PAYMENT_METHOD_NOT_ENABLED"], "The merchant does not take Pay Later")
        .refuses(StatusCode::GATEWAY_TIMEOUT, &["TIMED_OUT"], "The lender did not answer")
}

async fn check(
    State(api): State<Api>,
    Caller(merchant): Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let CheckEligibility { provider, mobile, amount, device } = CheckEligibility::parse(&body)?;
    let check = EligibilityCheck { provider, mobile, amount, device };
    let asked = api.engine.check_eligibility(&merchant, check).await;
    let eligibility = asked.map_err(|error| match &error {
        EngineError::InvalidPayment { .. } => ApiError::from(error).at("pay_code"),
        _ => error.into(),
    })?;
    Ok(answer::ok(&EligibilityJson::of(&eligibility)))
}
