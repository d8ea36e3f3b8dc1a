//! The body of a webhook: `{"event_type": "…", "data": {…}}`.

use deodar_domain::event::Event;
use deodar_domain::order::Order;
use serde::Serialize;
use thiserror::Error;

use crate::answer::{LinkJson, OrderJson, RefundJson};

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

#[derive(Serialize)]
struct Body<T> {
    event_type: &'static str,
    data: T,
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
