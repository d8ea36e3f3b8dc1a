//! The stored form of deliveries.

use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use serde::{Deserialize, Serialize};

use super::value::{Hex, StoredEventType, Text, damaged};
use crate::record::{Delivery, DeliveryKey, DeliveryState};
use crate::store::StoreError;

/// The stored form of a [`Delivery`]. Its key is the record's.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredDelivery<'a> {
    merchant: u32,
    event: Hex,
    #[serde(rename = "type")]
    event_type: StoredEventType,
    endpoint: Hex,
    url: Text<'a>,
    body: Text<'a>,
    attempts: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_result: Option<Text<'a>>,
    state: StoredDeliveryState,
    at: i64,
}

/// The stored form of a [`DeliveryState`]; times in microseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredDeliveryState {
    Waiting,
    Delivered(i64),
    Abandoned(i64),
}

impl<'a> StoredDelivery<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        Self {
            merchant: delivery.merchant.as_u32(),
            event: Hex(delivery.event.0),
            event_type: StoredEventType(delivery.event_type),
            endpoint: Hex(delivery.endpoint.0),
            url: Text::of(delivery.url.as_str()),
            body: Text::of(&delivery.body),
            attempts: delivery.attempts,
            last_result: delivery.last_result.as_deref().map(Text::of),
            state: match delivery.state {
                DeliveryState::Waiting => StoredDeliveryState::Waiting,
                DeliveryState::Delivered { at } => StoredDeliveryState::Delivered(at.micros()),
                DeliveryState::Abandoned { at } => StoredDeliveryState::Abandoned(at.micros()),
            },
            at: delivery.created_at.micros(),
        }
    }

    pub(super) fn restore(&self, key: DeliveryKey) -> Result<Delivery, StoreError> {
        let at = Timestamp::from_micros;
        Ok(Delivery {
            key,
            merchant: MerchantId::new(self.merchant).ok_or_else(|| damaged("merchant"))?,
            event: EventId(self.event.0),
            event_type: self.event_type.0,
            endpoint: EndpointId(self.endpoint.0),
            url: self.url.read("url", MerchantUrl::parse)?,
            body: self.body.as_str().into(),
            attempts: self.attempts,
            last_result: self.last_result.as_ref().map(|text| text.as_str().into()),
            state: match self.state {
                StoredDeliveryState::Waiting => DeliveryState::Waiting,
                StoredDeliveryState::Delivered(micros) => {
                    DeliveryState::Delivered { at: at(micros) }
                }
                StoredDeliveryState::Abandoned(micros) => {
                    DeliveryState::Abandoned { at: at(micros) }
                }
            },
            created_at: at(self.at),
        })
    }
}
