//! `PUT /api/pay/v1/orders/{order_id}/capture`: takes what an order holds.
//!
//! 200 with the order, PROCESSED or `PARTIALLY_CAPTURED`; the same reference with the same amount
//! answers the order as it is. 422 with the acquirer's code where it refused, `PAYMENT_PENDING`
//! while its answer is not known.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::NewCapture;
use deodar_wire::CaptureOrder;
use deodar_wire::answer::{Data, OrderJson};

use super::{key_of, named};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::path::Segment;
use crate::payments::order_answer;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "merchant_capture_reference": "capture-1",
  "capture_amount": { "value": 30000, "currency": "INR" }
}"#;
    Endpoint::new(capture, "captureOrder", Tag::Orders, "Capture an order")
        .text(
            "Takes what an AUTHORIZED order holds, in full or in part. There is one capture: the \
             rest is released. Without an amount all is taken. The same reference with the same \
             amount answers the order as it is.",
        )
        .body::<CaptureOrder>(SAMPLE)
        .ok::<Data<OrderJson<'_>>>("The order, PROCESSED or PARTIALLY_CAPTURED")
        .not_found(&["ORDER_NOT_FOUND"])
        .unprocessable(&["DUPLICATE_REQUEST"], "The reference captured another amount before")
        .unprocessable(&["PAYMENT_PENDING"], "The acquirer's answer is not known yet")
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "Nothing is held, or less than that")
        .unprocessable(&["ORDER_CANCELLED"], "The order is cancelled")
        .declined("The acquirer refused")
}

async fn capture(
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
