//! The stored form of messages that a sandbox keeps.

use deodar_domain::id::MerchantId;
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::value::{StoredChannel, StoredMessageKind, Text, damaged, order_key};
use crate::job::JobId;
use crate::record::{OutboxMessage, OutboxSlot};
use crate::store::StoreError;

/// The stored form of an [`OutboxMessage`]. Its place is the record's.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredMessage<'a> {
    number: u64,
    job: i64,
    merchant: u32,
    order: i64,
    kind: StoredMessageKind,
    by: StoredChannel,
    to: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Text<'a>>,
    text: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<Text<'a>>,
    /// When it would have gone, in microseconds.
    at: i64,
}

impl<'a> StoredMessage<'a> {
    pub(super) fn of(message: &'a OutboxMessage) -> Self {
        Self {
            number: message.number,
            job: message.job.0,
            merchant: message.merchant.as_u32(),
            order: message.order.as_i64(),
            kind: StoredMessageKind(message.kind),
            by: StoredChannel(message.channel),
            to: Text::of(&message.recipient),
            subject: message.subject.as_deref().map(Text::of),
            text: Text::of(&message.text),
            html: message.html.as_deref().map(Text::of),
            at: message.at.micros(),
        }
    }

    pub(super) fn restore(&self, slot: OutboxSlot) -> Result<OutboxMessage, StoreError> {
        let boxed = |text: &Text<'_>| text.as_str().into();
        let message = OutboxMessage {
            number: self.number,
            job: JobId(self.job),
            merchant: MerchantId::new(self.merchant).ok_or_else(|| damaged("merchant"))?,
            order: order_key(self.order, "order")?,
            kind: self.kind.0,
            channel: self.by.0,
            recipient: boxed(&self.to),
            subject: self.subject.as_ref().map(boxed),
            text: boxed(&self.text),
            html: self.html.as_ref().map(boxed),
            at: Timestamp::from_micros(self.at),
        };
        if message.slot() == slot { Ok(message) } else { Err(damaged("number")) }
    }
}
