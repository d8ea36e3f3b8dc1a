//! `POST /api/pay/v1/paymentlink`: makes a link.
//!
//! 201 with the link; 200 with the one that the same reference made before; 422 where that was
//! another deal.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::order::Order;
use deodar_engine::{Made, NewLink};
use deodar_wire::CreateLink;
use deodar_wire::answer::LinkJson;
use http::StatusCode;

use super::{link_answer, written_link};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::orders::named;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "merchant_payment_link_reference": "link-1",
  "amount": { "value": 50000, "currency": "INR" },
  "description": "Two books",
  "allowed_payment_methods": ["CARD", "UPI", "NETBANKING"],
  "customer": {
    "first_name": "Asha",
    "email_id": "asha@example.com",
    "mobile_number": "9876543210"
  },
  "callback_url": "https://shop.example.com/done"
}"#;
    Endpoint::new(create, "createPaymentLink", Tag::Links, "Make a payment link")
        .text(
            "Makes an order and the page on which a payer pays it. The merchant's reference names \
             one link for ever: the same reference answers the link that there is, with 200, \
             in whatever state it is. Only the amount, `pre_auth`, `part_payment`, `split_info` \
             and `account_details` are compared.",
        )
        .body::<CreateLink>(SAMPLE)
        .answers::<LinkJson<'_>>(StatusCode::CREATED, "The link")
        .ok::<LinkJson<'_>>("The link that the same reference made before")
        .unprocessable(&["DUPLICATE_REQUEST"], "The reference made another deal before")
        .unprocessable(
            &["OPERATION_NOT_ALLOWED", "PAYMENT_METHOD_NOT_ENABLED"],
            "A switch of the merchant is off",
        )
}

async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    once: Once,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let CreateLink { terms, expire_by } = CreateLink::parse(&body)?;
    let new = NewLink { terms, expire_by };
    let render = |order: &Order| written_link(&api.engine, StatusCode::CREATED, order);
    let made = api.engine.create_link_once(&merchant, new, &once.keep(&render)).await;
    let (status, order) = match made.map_err(|error| named(error, "amount.currency"))? {
        Made::New(order) => (StatusCode::CREATED, order),
        Made::Existing(order) => (StatusCode::OK, order),
    };
    link_answer(&api.engine, status, &order)
}
