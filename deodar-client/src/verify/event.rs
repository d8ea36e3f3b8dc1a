//! What a webhook says.

use serde::Deserialize;
use serde_json::Value;

use crate::links::Link;
use crate::names::EventType;
use crate::orders::Order;
use crate::refunds::Refund;

/// What a webhook says. Events may come twice and in any order: what counts is the state that
/// `data` has, or that a call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// What happened.
    pub event_type: EventType,
    /// To what, as it then was.
    pub data: EventData,
}

/// What an event happened to, as it then was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventData {
    /// An order.
    Order(Box<Order>),
    /// A refund.
    Refund(Box<Refund>),
    /// A link.
    Link(Box<Link>),
    /// What an event that this client does not know happened to.
    Other(Value),
}

#[derive(Deserialize)]
struct Raw {
    event_type: EventType,
    data: Value,
}

impl WebhookEvent {
    /// Reads the body of a webhook that [`verify_webhook`](crate::verify_webhook) believed.
    ///
    /// ```
    /// use deodar_client::{EventData, EventType, WebhookEvent};
    ///
    /// let body = br#"{"event_type": "REFUND_PROCESSED", "data": {
    ///     "order_id": "v1-250306082755-aa-bcDeFg", "parent_order_id": "v1-250306082755-aa-qlAtAf",
    ///     "type": "REFUND", "status": "PROCESSED", "merchant_id": "104359",
    ///     "order_amount": {"value": 50000, "currency": "INR"},
    ///     "created_at": "2025-03-06T08:27:55.881Z", "updated_at": "2025-03-06T08:27:55.881Z"}}"#;
    /// let event = WebhookEvent::parse(body)?;
    /// assert_eq!(event.event_type, EventType::RefundProcessed);
    /// let EventData::Refund(refund) = event.data else { panic!("it is a refund") };
    /// assert_eq!(refund.order_amount.value, 50_000);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        let Raw { event_type, data } = serde_json::from_slice(body)?;
        let data = match &event_type {
            EventType::OrderAuthorized
            | EventType::OrderProcessed
            | EventType::OrderCancelled
            | EventType::OrderFailed
            | EventType::PaymentFailed => EventData::Order(serde_json::from_value(data)?),
            EventType::RefundProcessed | EventType::RefundFailed => {
                EventData::Refund(serde_json::from_value(data)?)
            }
            EventType::LinkCreated
            | EventType::LinkClicked
            | EventType::LinkProcessed
            | EventType::LinkPartialProcessed
            | EventType::LinkExpired
            | EventType::LinkCancelled => EventData::Link(serde_json::from_value(data)?),
            EventType::Other(_) => EventData::Other(data),
        };
        Ok(Self { event_type, data })
    }
}
