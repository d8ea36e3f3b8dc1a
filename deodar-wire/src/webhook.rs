//! The body of a webhook: `{"event_type": "…", "data": {…}}`.

use std::borrow::Cow;

use deodar_domain::event::{Event, EventType};
use deodar_domain::order::Order;
use serde::Serialize;
use thiserror::Error;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::{LinkJson, OrderJson, RefundJson};
use crate::schema::{choices, told_as};

/// Why an event has no body. None of these comes of a merchant's doing.
#[derive(Debug, Error)]
pub enum WebhookBodyError {
    /// The event is of a link, and the order has none or its page's address is missing.
    #[error("the event is of a link, and there is none")]
    NoLink,
    /// The event is of a refund that the order does not have.
    #[error("the event is of a refund that the order does not have")]
    NoRefund,
    /// It could not be written.
    #[error("the body could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// The body of an event, with what it is about.
#[derive(Serialize)]
pub struct Body<T> {
    event_type: &'static str,
    data: T,
}

/// What the data of an event is.
pub trait EventData: ToSchema {
    /// Whether the data of this event is of this type.
    fn is_of(event_type: EventType) -> bool;
}

impl EventData for OrderJson<'_> {
    fn is_of(event_type: EventType) -> bool {
        !LinkJson::is_of(event_type) && !RefundJson::is_of(event_type)
    }
}

impl EventData for RefundJson<'_> {
    fn is_of(event_type: EventType) -> bool {
        matches!(event_type, EventType::RefundProcessed | EventType::RefundFailed)
    }
}

impl EventData for LinkJson<'_> {
    fn is_of(event_type: EventType) -> bool {
        event_type.is_of_link()
    }
}

impl<T: EventData> PartialSchema for Body<T> {
    fn schema() -> RefOr<Schema> {
        let types = EventType::ALL.into_iter().filter(|event_type| T::is_of(*event_type));
        ObjectBuilder::new()
            .property("event_type", choices::event_type(types))
            .property("data", told_as(&T::name()))
            .required("event_type")
            .required("data")
            .into()
    }
}

impl<T: EventData> ToSchema for Body<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Event", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// Renders an event with the order as it was: the data of a link's event is the link, of a refund's
/// the refund, of any other the order. `link_url` is the address of the link's page.
pub fn webhook_body(
    event: Event,
    order: &Order,
    link_url: Option<&str>,
) -> Result<String, WebhookBodyError> {
    let event_type = event.event_type();
    let name = event_type.name();
    if event_type.is_of_link() {
        let link = link_url.and_then(|url| LinkJson::of(order, url));
        let data = link.ok_or(WebhookBodyError::NoLink)?;
        return Ok(serde_json::to_string(&Body { event_type: name, data })?);
    }
    if let Some(key) = event.refund() {
        let refund = order.refund(key).ok_or(WebhookBodyError::NoRefund)?;
        let data = RefundJson::of(order, refund);
        return Ok(serde_json::to_string(&Body { event_type: name, data })?);
    }
    let data = OrderJson::of(order, None);
    Ok(serde_json::to_string(&Body { event_type: name, data })?)
}
