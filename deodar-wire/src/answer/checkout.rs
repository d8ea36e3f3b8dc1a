//! The hosted page of an order.

use crate::schema::texts;
use deodar_domain::id::order_id;
use deodar_domain::order::Order;
use serde::Serialize;
use utoipa::ToSchema;

/// The code and the message of every answer; what went wrong is an error, and none of these.
const RESPONSE_CODE: u16 = 200;
const RESPONSE_MESSAGE: &str = "Order Creation Successful.";

/// The hosted page of an order, as a bare object.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkout, description = "The hosted page of an order")]
pub struct CheckoutJson<'a> {
    /// What opens the page.
    token: &'a str,
    #[schema(schema_with = texts::order_id)]
    order_id: String,
    #[schema(schema_with = texts::own_url)]
    redirect_url: &'a str,
    /// Always 200.
    response_code: u16,
    /// Always the same.
    response_message: &'static str,
}

/// The hosted page of `order` is at `url`, behind `token`.
pub fn checkout_json<'a>(order: &Order, token: &'a str, url: &'a str) -> CheckoutJson<'a> {
    CheckoutJson {
        token,
        order_id: order_id(order.key),
        redirect_url: url,
        response_code: RESPONSE_CODE,
        response_message: RESPONSE_MESSAGE,
    }
}
