//! `POST /api/checkout/v1/orders`: makes an order whose payer pays on a page of ours.
//!
//! 200 with the page's address, whether the order is new or was made by the same reference before;
//! 422 where that was another deal. A repeat is given a new address of the same order's page.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::order::Order;
use deodar_engine::{Answer, CheckoutAddress, Engine, EngineError, Made};
use deodar_wire::CheckoutJson;
use deodar_wire::{CreateCheckout, checkout_json};
use http::StatusCode;

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::orders::named;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "merchant_order_reference": "order-2",
  "order_amount": { "value": 50000, "currency": "INR" },
  "integration_mode": "REDIRECT",
  "callback_url": "https://shop.example.com/done"
}"#;
    Endpoint::new(create, "createCheckout", Tag::Checkout, "Make an order with a hosted page")
        .text(
            "Makes an order, and the address of a page on which its payer chooses how to pay. The \
             page takes payments for 24 hours. The same reference answers a new address of the \
             same order's page. Where `integration_mode` is `IFRAME`, the page may be shown in a \
             frame of the pages of `callback_url` and `failure_callback_url`.",
        )
        .body::<CreateCheckout>(SAMPLE)
        .ok::<CheckoutJson<'_>>("The address of the page")
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
    let CreateCheckout { terms } = CreateCheckout::parse(&body)?;
    let render = |order: &Order| written_checkout(&api.engine, order);
    let made = api.engine.create_order_once(&merchant, terms, &once.keep(&render)).await;
    let made = made.map_err(|error| named(error, "order_amount.currency"))?;
    let (order, address) = match &made {
        Made::New(order) => (order, first_address(&api.engine, order)?),
        Made::Existing(order) => (order, api.engine.new_checkout_address(order)?),
    };
    Ok(answer::ok(&checkout_json(order, &address.token, &address.url)))
}

/// The address that is answered with a new order: its time begins with the order.
fn first_address(engine: &Engine, order: &Order) -> Result<CheckoutAddress, EngineError> {
    engine.checkout_address(order, order.created_at)
}

/// 200 with the page of a new order, as an answer that may be kept.
fn written_checkout(engine: &Engine, order: &Order) -> Option<Answer> {
    let address = first_address(engine, order).ok()?;
    answer::written(StatusCode::OK, &checkout_json(order, &address.token, &address.url)).ok()
}
