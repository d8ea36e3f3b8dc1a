//! `POST /api/pay/v1/refunds/{order_id}`: gives back what was taken.
//!
//! 200 with the refund: PROCESSED, FAILED where the acquirer refused, PENDING where it did not
//! answer in time. The same reference for the same order and amount answers the same refund; 422
//! where it was used for anything else.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, NewRefund};
use deodar_wire::answer::{Data, RefundJson};
use deodar_wire::{CreateRefund, refund_json};

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::orders::key_of;
use crate::path::Segment;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "merchant_order_reference": "refund-1",
  "order_amount": { "value": 10000, "currency": "INR" }
}"#;
    Endpoint::new(create, "createRefund", Tag::Refunds, "Refund an order")
        .text(
            "Gives back what was taken, in full or in part; an order may have many refunds. \
             Without an amount all that is left goes back. A refund is like an order of its own, \
             with an id of its own.",
        )
        .body::<CreateRefund>(SAMPLE)
        .ok::<Data<RefundJson<'_>>>(
            "The refund: PROCESSED, FAILED where the acquirer refused, PENDING where it did not \
             answer in time",
        )
        .not_found(&["ORDER_NOT_FOUND"])
        .unprocessable(&["DUPLICATE_REQUEST"], "The reference was used for something else before")
        .unprocessable(&["PAYMENT_PENDING"], "An earlier operation is not known to be done")
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "Less than that is left, or nothing")
}

async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let key = key_of(&id)?;
    let CreateRefund { reference, amount, amount_field } = CreateRefund::parse(&body)?;
    let refund = api.engine.refund(&merchant, key, NewRefund { reference, amount });
    let found = refund.await.map_err(|error| refusal(error, amount_field))?;
    Ok(match found.refund() {
        Some(refund) => answer::ok(&refund_json(&found.order, refund)),
        None => ApiError::internal().into_response(),
    })
}

/// Names the field that a refusal is about, as it came.
fn refusal(error: EngineError, amount_field: &str) -> ApiError {
    let part = match &error {
        EngineError::Refused(Refusal::RefundTooSmall | Refusal::RefundExceedsCaptured) => "value",
        EngineError::Refused(Refusal::CurrencyMismatch) => "currency",
        _ => return error.into(),
    };
    ApiError::from(error).at(format!("{amount_field}.{part}"))
}
