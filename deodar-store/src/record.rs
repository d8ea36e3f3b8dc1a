//! Records: what a store keeps, each under an integer key and with a version.

use deodar_domain::event::EventType;
use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;

/// Where a record is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum RecordKey {
    /// A merchant.
    Merchant(MerchantId),
    /// An order, with its link, payments and refunds.
    Order(OrderKey),
    /// Which order a refund is part of.
    Refund(OrderKey),
    /// A webhook on its way to one endpoint.
    Delivery(DeliveryKey),
    /// A setting of the whole gateway.
    Setting(SettingKey),
}

/// The key of a delivery, ordered by time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct DeliveryKey(pub i64);

/// The settings of the whole gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum SettingKey {
    /// How far the sandbox's business time is ahead of real time.
    ClockOffset,
}

/// The value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// See [`SettingKey::ClockOffset`]; in seconds.
    ClockOffset {
        /// How many seconds business time is ahead of real time.
        seconds: u64,
    },
}

impl Setting {
    /// Its key.
    pub const fn key(&self) -> SettingKey {
        match self {
            Self::ClockOffset { .. } => SettingKey::ClockOffset,
        }
    }
}

/// Which order a refund is part of. It never changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefundPointer {
    /// The refund.
    pub refund: OrderKey,
    /// Its order.
    pub order: OrderKey,
}

/// Where a delivery stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Waiting,
    /// The endpoint took it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// No attempt remains.
    Abandoned {
        /// When the last one failed.
        at: Timestamp,
    },
}

/// A webhook on its way to one endpoint. Its id and body never change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Its key.
    pub key: DeliveryKey,
    /// Whose event it is.
    pub merchant: MerchantId,
    /// The event, which becomes the header `webhook-id`.
    pub event: EventId,
    /// The type of the event.
    pub event_type: EventType,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Where it goes.
    pub url: MerchantUrl,
    /// The body, frozen when the event was rendered.
    pub body: Box<str>,
    /// How many attempts were made.
    pub attempts: u16,
    /// What came of the last attempt, for the merchant's developer: `HTTP 500`, `timeout`.
    pub last_result: Option<Box<str>>,
    /// Where it stands.
    pub state: DeliveryState,
    /// When the event was rendered.
    pub created_at: Timestamp,
}

/// A record.
#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    /// A merchant.
    Merchant(Box<Merchant>),
    /// An order.
    Order(Box<Order>),
    /// Which order a refund is part of.
    Refund(RefundPointer),
    /// A webhook on its way.
    Delivery(Box<Delivery>),
    /// A setting.
    Setting(Setting),
}

impl Record {
    /// Where it is found.
    pub fn key(&self) -> RecordKey {
        match self {
            Self::Merchant(merchant) => RecordKey::Merchant(merchant.id),
            Self::Order(order) => RecordKey::Order(order.key),
            Self::Refund(pointer) => RecordKey::Refund(pointer.refund),
            Self::Delivery(delivery) => RecordKey::Delivery(delivery.key),
            Self::Setting(setting) => RecordKey::Setting(setting.key()),
        }
    }
}

/// How often a record was written: 0 where it is absent, 1 when it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

impl Version {
    /// There is no such record.
    pub const ABSENT: Self = Self(0);

    /// The version after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A record as of a version.
#[derive(Clone, PartialEq, Debug)]
pub struct Versioned<T> {
    /// The record.
    pub record: T,
    /// Its version.
    pub version: Version,
}
