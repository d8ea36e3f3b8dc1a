//! Records: what a store keeps, each under an integer key and with a version.

use std::fmt;

use deodar_domain::event::EventType;
use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::message::{Channel, MessageKind};
use deodar_domain::order::Order;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;

use crate::job::JobId;

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
    /// The answer that is kept of a call.
    Answer(AnswerKey),
    /// A setting of the whole gateway.
    Setting(SettingKey),
    /// A message that a sandbox keeps and does not send.
    Outbox(OutboxSlot),
}

/// The key of a delivery, ordered by time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct DeliveryKey(pub i64);

/// The key of an answer, ordered by the time when it was first kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct AnswerKey(pub i64);

/// How many messages an outbox keeps: each new one takes the place of the oldest, so that it never
/// grows and nothing has to be removed from it.
pub const OUTBOX_SLOTS: u16 = 200;

/// A place in the outbox, under [`OUTBOX_SLOTS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct OutboxSlot(u16);

impl OutboxSlot {
    /// The place of the message with this number.
    pub fn of(number: u64) -> Self {
        Self(u16::try_from(number % u64::from(OUTBOX_SLOTS)).unwrap_or(0))
    }

    /// The place with this index, if the outbox has it.
    pub fn new(index: u16) -> Option<Self> {
        (index < OUTBOX_SLOTS).then_some(Self(index))
    }

    /// The index, from 0.
    pub const fn index(self) -> u16 {
        self.0
    }

    /// Every place.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..OUTBOX_SLOTS).map(Self)
    }
}

/// The settings of the whole gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum SettingKey {
    /// How far the sandbox's business time is ahead of real time.
    ClockOffset,
    /// The picture of a merchant's logo: kept apart, so that merchants stay small.
    Logo(MerchantId),
}

/// The value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setting {
    /// See [`SettingKey::ClockOffset`]; in seconds.
    ClockOffset {
        /// How many seconds business time is ahead of real time.
        seconds: u64,
    },
    /// See [`SettingKey::Logo`].
    Logo {
        /// Whose it is.
        merchant: MerchantId,
        /// The file, a PNG.
        png: Box<[u8]>,
    },
}

impl Setting {
    /// Its key.
    pub const fn key(&self) -> SettingKey {
        match self {
            Self::ClockOffset { .. } => SettingKey::ClockOffset,
            Self::Logo { merchant, .. } => SettingKey::Logo(*merchant),
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
    /// Whose it is.
    pub merchant: MerchantId,
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
    /// Where it goes, unless its endpoint moves before it is sent.
    pub url: MerchantUrl,
    /// The body, frozen when the event was rendered.
    pub body: Box<str>,
    /// How many attempts were made.
    pub attempts: u16,
    /// What came of the last attempt, for the merchant's developer: `HTTP 500`, `timeout`.
    pub last_result: Option<Box<str>>,
    /// Where it stands.
    pub state: DeliveryState,
    /// When the event was rendered, or was asked to be sent again.
    pub created_at: Timestamp,
}

/// What a call was answered with: JSON, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Box<str>,
}

/// The body holds what a payer may have told a merchant: it is not printed.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// A keyed digest of the merchant, the method, the path and the merchant's key of a call: 128 bits
/// of it, which nobody outside can aim at those of another call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct CallDigest(pub u128);

/// A keyed digest of the body of a call: 128 bits of it. The body itself is never kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyDigest(pub u128);

/// The answer of a call that a merchant gave a key of its own, so that a repeat of the call is
/// answered and not done again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptAnswer {
    /// Its key.
    pub key: AnswerKey,
    /// Who called.
    pub merchant: MerchantId,
    /// Which call it was: with the merchant, what the record has claimed.
    pub call: CallDigest,
    /// What was in the body: another body is another call.
    pub body: BodyDigest,
    /// What was answered.
    pub answer: Answer,
    /// When it was answered, in real time.
    pub answered_at: Timestamp,
}

/// A message that a sandbox keeps for its developer and does not send. It does not print whom it is
/// for, nor what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its number, from 1; a newer message has a greater one.
    pub number: u64,
    /// The job that it comes from: the same however often it is done.
    pub job: JobId,
    /// Whose link it is about.
    pub merchant: MerchantId,
    /// The order of the link that it is about.
    pub order: OrderKey,
    /// What it is about.
    pub kind: MessageKind,
    /// Which way it would have gone.
    pub channel: Channel,
    /// The address or the number that it would have gone to.
    pub recipient: Box<str>,
    /// The subject of an e-mail.
    pub subject: Option<Box<str>>,
    /// The text.
    pub text: Box<str>,
    /// The part of an e-mail that is HTML.
    pub html: Option<Box<str>>,
    /// When it would have gone, in business time.
    pub at: Timestamp,
}

impl OutboxMessage {
    /// Its place.
    pub fn slot(&self) -> OutboxSlot {
        OutboxSlot::of(self.number)
    }
}

impl fmt::Debug for OutboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutboxMessage({}, {:?} by {:?})", self.number, self.kind, self.channel)
    }
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
    /// The answer that is kept of a call.
    Answer(Box<KeptAnswer>),
    /// A setting.
    Setting(Setting),
    /// A message that was not sent.
    Outbox(Box<OutboxMessage>),
}

impl Record {
    /// Where it is found.
    pub fn key(&self) -> RecordKey {
        match self {
            Self::Merchant(merchant) => RecordKey::Merchant(merchant.id),
            Self::Order(order) => RecordKey::Order(order.key),
            Self::Refund(pointer) => RecordKey::Refund(pointer.refund),
            Self::Delivery(delivery) => RecordKey::Delivery(delivery.key),
            Self::Answer(answer) => RecordKey::Answer(answer.key),
            Self::Setting(setting) => RecordKey::Setting(setting.key()),
            Self::Outbox(message) => RecordKey::Outbox(message.slot()),
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
