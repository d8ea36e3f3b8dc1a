//! `PUT /api/pay/v1/orders/{order_id}/cancel`: cancels an order, or voids what it holds.
//!
//! 200 with the order, CANCELLED; 422 `PAYMENT_PENDING` where an attempt could not be ended or the
//! void is not known to be done; 422 where the order is paid or cancelled. It takes no body, and
//! does not look at one.

use axum::extract::State;
use axum::response::Response;
use deodar_wire::answer::{Data, OrderJson};

use super::{key_of, written_order};
use crate::Api;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::path::Segment;
use crate::payments::order_answer;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(cancel, "cancelOrder", Tag::Orders, "Cancel an order")
        .text(
            "Cancels an order that is not paid, or gives back what it only holds. An attempt in \
             flight is ended at the acquirer first. No body is needed.",
        )
        .ok::<Data<OrderJson<'_>>>("The order, CANCELLED")
        .not_found(&["ORDER_NOT_FOUND"])
        .unprocessable(&["PAYMENT_PENDING"], "What is under way could not be ended yet")
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The order is paid, or has failed")
        .unprocessable(&["ORDER_CANCELLED"], "The order is cancelled already")
        .declined("The acquirer refused")
}

async fn cancel(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    once: Once,
) -> Result<Response, ApiError> {
    let key = key_of(&id)?;
    let order = api.engine.cancel_order_once(&merchant, key, &once.keep(&written_order)).await?;
    order_answer(&api.engine, &order)
}
