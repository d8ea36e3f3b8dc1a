//! The stored form of events with their orders, which jobs carry.

use deodar_domain::event::{Event, EventType};
use deodar_domain::id::EventId;
use deodar_domain::key::OrderKey;
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::order::StoredOrder;
use super::value::{Hex, StoredEventType, damaged, order_key};
use crate::job::EventSnapshot;
use crate::store::StoreError;

/// The stored form of an [`EventSnapshot`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredSnapshot<'a> {
    id: Hex,
    #[serde(rename = "type")]
    event_type: StoredEventType,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<i64>,
    at: i64,
    key: i64,
    order: StoredOrder<'a>,
}

impl<'a> StoredSnapshot<'a> {
    pub(super) fn of(snapshot: &'a EventSnapshot) -> Result<Self, StoreError> {
        Ok(Self {
            id: Hex(snapshot.id.0),
            event_type: StoredEventType(snapshot.event.event_type()),
            refund: snapshot.event.refund().map(OrderKey::as_i64),
            at: snapshot.at.micros(),
            key: snapshot.order.key.as_i64(),
            order: StoredOrder::of(&snapshot.order)?,
        })
    }

    pub(super) fn restore(&self) -> Result<EventSnapshot, StoreError> {
        let refund = self.refund.map(|key| order_key(key, "refund")).transpose()?;
        Ok(EventSnapshot {
            id: EventId(self.id.0),
            event: event(self.event_type.0, refund).ok_or_else(|| damaged("event"))?,
            at: Timestamp::from_micros(self.at),
            order: self.order.restore(order_key(self.key, "key")?)?,
        })
    }
}

/// The event of a type; those of refunds name one, and no other does.
const fn event(event_type: EventType, refund: Option<OrderKey>) -> Option<Event> {
    Some(match (event_type, refund) {
        (EventType::OrderAuthorized, None) => Event::OrderAuthorized,
        (EventType::OrderProcessed, None) => Event::OrderProcessed,
        (EventType::OrderCancelled, None) => Event::OrderCancelled,
        (EventType::OrderFailed, None) => Event::OrderFailed,
        (EventType::PaymentFailed, None) => Event::PaymentFailed,
        (EventType::RefundProcessed, Some(key)) => Event::RefundProcessed(key),
        (EventType::RefundFailed, Some(key)) => Event::RefundFailed(key),
        (EventType::LinkCreated, None) => Event::LinkCreated,
        (EventType::LinkClicked, None) => Event::LinkClicked,
        (EventType::LinkProcessed, None) => Event::LinkProcessed,
        (EventType::LinkPartialProcessed, None) => Event::LinkPartialProcessed,
        (EventType::LinkExpired, None) => Event::LinkExpired,
        (EventType::LinkCancelled, None) => Event::LinkCancelled,
        _ => return None,
    })
}
