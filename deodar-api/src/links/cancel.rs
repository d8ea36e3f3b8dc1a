//! `PUT /api/pay/v1/paymentlink/{payment_link_id}/cancel`: cancels a link and its order.
//!
//! 200 with the link, CANCELLED; 422 `PAYMENT_PENDING` while an attempt is in flight; 422 where the
//! link is paid, expired or cancelled. It takes no body, and does not look at one.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::id::parse_link_id;
use deodar_domain::order::Order;
use deodar_engine::Thing;
use http::StatusCode;

use super::{link_answer, written_link};
use crate::Api;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::path::Segment;

pub(crate) async fn cancel(
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
