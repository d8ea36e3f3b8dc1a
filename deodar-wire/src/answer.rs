//! What merchants are answered. Everything is borrowed from the domain and written straight to
//! JSON.
//!
//! Fields that are absent are left out and are never `null`.

mod cart;
mod checkout;
mod clock;
mod eligibility;
mod error;
mod instalment;
mod link;
mod list;
mod messages;
mod order;
mod otp;
mod payment;
mod refund;
mod terms;
mod token;
mod value;

use std::borrow::Cow;

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_domain::refund::Refund;
use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, OneOf, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schema;

pub use checkout::{CheckoutJson, checkout_json};
pub use clock::ClockAnswer;
pub use eligibility::EligibilityJson;
pub use error::{ErrorBody, ErrorDetails, ErrorMetadata};
pub use link::LinkJson;
pub use list::{ListJson, links_json, orders_json, refunds_json};
pub use messages::{KeptText, MessagesAnswer};
pub use order::OrderJson;
pub use otp::{OtpAnswerJson, WrongOtpJson};
pub use refund::RefundJson;
pub use token::TokenAnswer;

/// `{"data": …}`, in which orders, payments and refunds are answered.
#[derive(Debug, Serialize)]
pub struct Data<T> {
    data: T,
}

impl<T: ToSchema> PartialSchema for Data<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().property("data", schema::told_as(&T::name())).required("data").into()
    }
}

impl<T: ToSchema> ToSchema for Data<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Answer", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
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

/// The same, with the address of the QR code by which the payer pays, where there is one.
pub fn order_json_with_image<'a>(
    order: &'a Order,
    challenge_url: Option<&'a str>,
    image_url: Option<&'a str>,
) -> Data<OrderJson<'a>> {
    Data { data: OrderJson::of(order, challenge_url).with_image(image_url) }
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

impl PartialSchema for OrderOrRefund<'_> {
    fn schema() -> RefOr<Schema> {
        OneOf::builder()
            .description(Some("The order of the id or reference, or the refund"))
            .item(schema::told_as(&Data::<OrderJson<'_>>::name()))
            .item(schema::told_as(&Data::<RefundJson<'_>>::name()))
            .into()
    }
}

impl ToSchema for OrderOrRefund<'_> {
    fn name() -> Cow<'static, str> {
        "OrderOrRefundAnswer".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Data::<OrderJson<'_>>::name().into(), Data::<OrderJson<'_>>::schema()));
        schemas.push((Data::<RefundJson<'_>>::name().into(), Data::<RefundJson<'_>>::schema()));
        Data::<OrderJson<'_>>::schemas(schemas);
        Data::<RefundJson<'_>>::schemas(schemas);
    }
}

/// What the id `key` stands for, of the order that it led to: the order itself, or a refund of it.
pub fn order_or_refund_json(order: &Order, key: OrderKey) -> OrderOrRefund<'_> {
    match order.refund(key) {
        Some(refund) => OrderOrRefund::Refund(refund_json(order, refund)),
        None => OrderOrRefund::Order(Box::new(order_json(order, None))),
    }
}
