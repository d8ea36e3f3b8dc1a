//! `PATCH /api/pay/v1/paymentlink/{payment_link_id}/notify`: sends a link's e-mail and SMS again.
//!
//! 200 with the whole link, once the messages are written down; 422 where the link has no customer
//! who can be reached, is paid or over, or where this gateway sends no messages; 422
//! `PAYMENT_PENDING` while an attempt is in flight; 429 where it was sent too often. It takes no
//! body, and does not look at one.

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
    Endpoint::new(notify, "notifyPaymentLink", Tag::Links, "Send a payment link again")
        .text(
            "Sends the link's e-mail and SMS to its customer once more. No body is needed. A link \
             is sent again at most three times an hour and ten times a day; beyond that the answer is \
             429, however many calls the merchant has left.",
        )
        .ok::<LinkJson<'_>>("The whole link; the messages are written down")
        .not_found(&["PAYMENT_LINK_NOT_FOUND"])
        .unprocessable(&["PAYMENT_PENDING"], "An attempt is in flight")
        .unprocessable(
            &["OPERATION_NOT_ALLOWED"],
            "The link has no customer who can be reached, is paid or over, or this gateway sends \
             no messages",
        )
}

async fn notify(
    State(api): State<Api>,
    Caller(merchant): Caller,
    Segment(id): Segment,
    once: Once,
) -> Result<Response, ApiError> {
    let key = parse_link_id(&id).ok_or_else(|| ApiError::not_found(Thing::Link))?;
    let render = |order: &Order| written_link(&api.engine, StatusCode::OK, order);
    let order = api.engine.notify_link_once(&merchant, key, &once.keep(&render)).await?;
    link_answer(&api.engine, StatusCode::OK, &order)
}
