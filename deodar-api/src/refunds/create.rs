//! `POST /api/pay/v1/refunds/{order_id}`: gives back what was taken.
//!
//! 200 with the refund: PROCESSED, FAILED where the acquirer refused, PENDING where it did not
//! answer in time. The same reference for the same order and amount answers the same refund; 422
//! where it was used for anything else.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_engine::NewRefund;
use deodar_wire::{CreateRefund, refund_json};

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::orders::{key_of, named};
use crate::path::Segment;

pub(crate) async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let key = key_of(&id)?;
    let CreateRefund { reference, amount } = CreateRefund::parse(&body)?;
    let refund = api.engine.refund(&merchant, key, NewRefund { reference, amount });
    let found = refund.await.map_err(|error| named(error, "order_amount.currency"))?;
    Ok(match found.refund() {
        Some(refund) => answer::ok(&refund_json(&found.order, refund)),
        None => ApiError::internal().into_response(),
    })
}
