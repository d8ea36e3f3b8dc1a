//! What merchants are answered. Everything is borrowed from the domain and written straight to
//! JSON.
//!
//! Fields that are absent are left out and are never `null`.

mod clock;
mod error;
mod link;
mod list;
mod order;
mod otp;
mod payment;
mod refund;
mod terms;
mod token;
mod value;

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_domain::refund::Refund;
use serde::Serialize;

pub use clock::ClockAnswer;
pub use error::{ErrorBody, ErrorDetails, ErrorMetadata};
pub use link::LinkJson;
pub use list::{ListJson, links_json, orders_json, refunds_json};
pub use order::OrderJson;
pub use otp::{OtpAnswerJson, WrongOtpJson};
pub use refund::RefundJson;
pub use token::TokenAnswer;

/// `{"data": …}`, in which orders, payments and refunds are answered.
#[derive(Debug, Serialize)]
pub struct Data<T> {
    data: T,
}

/// A link, as every link call answers it; `None` where the order has no link. `page_url` is the
/// address of its page.
pub fn link_json<'a>(order: &'a Order, page_url: &'a str) -> Option<LinkJson<'a>> {
    LinkJson::of(order, page_url)
}

/// An order in its envelope. `challenge_url` is where the payer goes, while an attempt waits for
/// that.
pub fn order_json<'a>(order: &'a Order, challenge_url: Option<&'a str>) -> Data<OrderJson<'a>> {
    Data { data: OrderJson::of(order, challenge_url) }
}

/// A refund of an order in its envelope.
pub fn refund_json<'a>(order: &'a Order, refund: &'a Refund) -> Data<RefundJson<'a>> {
    Data { data: RefundJson::of(order, refund) }
}

/// An order, or a refund that was looked up like one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum OrderOrRefund<'a> {
    /// The order itself.
    Order(Box<Data<OrderJson<'a>>>),
    /// A refund of it.
    Refund(Data<RefundJson<'a>>),
}

/// What the id `key` stands for, of the order that it led to: the order itself, or a refund of it.
pub fn order_or_refund_json(order: &Order, key: OrderKey) -> OrderOrRefund<'_> {
    match order.refund(key) {
        Some(refund) => OrderOrRefund::Refund(refund_json(order, refund)),
        None => OrderOrRefund::Order(Box::new(order_json(order, None))),
    }
}
