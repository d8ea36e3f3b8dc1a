//! `PUT /api/pay/v1/paymentlink/{payment_link_id}/cancel`: cancels a link and its order.
//!
//! 200 with the link, CANCELLED; 422 `PAYMENT_PENDING` while an attempt is in flight; 422 where the
//! link is paid, expired or cancelled. It takes no body, and does not look at one.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_link_id;
use deodar_domain::order::Order;
use deodar_engine::Thing;
use deodar_wire::answer::LinkJson;
use http::StatusCode;

use super::{link_answer, written_link};
use crate::Api;
use crate::auth::Caller;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::path::Segment;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(cancel, "cancelPaymentLink", Tag::Links, "Cancel a payment link")
        .text("Cancels the link and its order. No body is needed.")
        .ok::<LinkJson<'_>>("The link, CANCELLED")
        .not_found(&["PAYMENT_LINK_NOT_FOUND"])
        .unprocessable(&["PAYMENT_PENDING"], "An attempt is in flight")
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The link is paid or expired")
        .unprocessable(&["ORDER_CANCELLED"], "The link is cancelled already")
}

async fn cancel(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    once: Once,
) -> Result<Response, ApiError> {
    let key = parse_link_id(&id).ok_or_else(|| ApiError::not_found(Thing::Link))?;
    let render = |order: &Order| written_link(&api.engine, StatusCode::OK, order);
    let order = api.engine.cancel_link_once(&merchant, key, &once.keep(&render)).await?;
    link_answer(&api.engine, StatusCode::OK, &order)
}
