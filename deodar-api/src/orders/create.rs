//! `POST /api/pay/v1/orders`: makes an order.
//!
//! 200 with the order, whether it is new or was made by the same reference before; 422 where that
//! was another deal.

use axum::extract::State;
use axum::response::Response;
use deodar_engine::Made;
use deodar_wire::CreateOrder;
use deodar_wire::answer::{Data, OrderJson};

use super::{named, written_order};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;
use crate::payments::order_answer;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "merchant_order_reference": "order-1",
  "order_amount": { "value": 50000, "currency": "INR" },
  "pre_auth": false,
  "allowed_payment_methods": ["CARD", "UPI"],
  "notes": "Two books",
  "callback_url": "https://shop.example.com/done",
  "purchase_details": {
    "customer": {
      "email_id": "asha@example.com",
      "first_name": "Asha",
      "mobile_number": "9876543210",
      "country_code": "91"
    },
    "merchant_metadata": { "basket": "7" }
  }
}"#;
    Endpoint::new(create, "createOrder", Tag::Orders, "Make an order")
        .text(
            "An order is what is to be paid. The merchant's reference names one order for ever: \
             the same reference answers the order that there is, in whatever state it is. Only \
             the amount, `pre_auth`, `part_payment`, `split_info` and `account_details` are \
             compared.",
        )
        .body::<CreateOrder>(SAMPLE)
        .ok::<Data<OrderJson<'_>>>("The order, whether it is new or was made before")
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
    let CreateOrder { terms } = CreateOrder::parse(&body)?;
    let made = api.engine.create_order_once(&merchant, terms, &once.keep(&written_order)).await;
    let made = made.map_err(|error| named(error, "order_amount.currency"))?;
    let (Made::New(order) | Made::Existing(order)) = made;
    order_answer(&api.engine, &order)
}
