//! `PUT /api/pay/v1/orders/{order_id}/capture`: takes what an order holds.
//!
//! 200 with the order, PROCESSED or `PARTIALLY_CAPTURED`; the same reference with the same amount
//! answers the order as it is. 422 with the acquirer's code where it refused, `PAYMENT_PENDING`
//! while its answer is not known.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::NewCapture;
use deodar_wire::CaptureOrder;

use super::{key_of, named};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::path::Segment;
use crate::payments::order_answer;

pub(crate) async fn capture(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let key = key_of(&id)?;
    let CaptureOrder { reference, amount } = CaptureOrder::parse(&body)?;
    let capture = api.engine.capture(&merchant, key, NewCapture { reference, amount });
    let order = capture.await.map_err(|error| named(error, "capture_amount.currency"))?;
    order_answer(&api.engine, &order)
}
