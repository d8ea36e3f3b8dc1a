//! Where each record lies: its kind, and its key as an integer.

use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_store::stored::decode;
use deodar_store::{
    AnswerKey, DeliveryKey, OutboxSlot, Record, RecordKey, SettingKey, StoreError, Version,
    Versioned,
};
use tokio_postgres::Row;

use crate::error::unreadable;

/// The kind of merchants. The kinds' numbers are kept for ever, and are those of the SQLite store.
pub(crate) const MERCHANT: i16 = 1;
/// The kind of orders.
pub(crate) const ORDER: i16 = 2;
/// The kind of refunds.
pub(crate) const REFUND: i16 = 3;
/// The kind of deliveries.
pub(crate) const DELIVERY: i16 = 4;
/// The kind of settings.
pub(crate) const SETTING: i16 = 5;
/// The kind of answers.
pub(crate) const ANSWER: i16 = 6;
/// The kind of messages in an outbox.
pub(crate) const OUTBOX: i16 = 7;

/// The key of the clock among settings; that of a logo is its merchant's number of six digits.
const CLOCK: i64 = 1;

/// A record's kind and key. Their order is that in which rows are locked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Place {
    /// The kind, from 1.
    pub(crate) kind: i16,
    /// The key within the kind.
    pub(crate) key: i64,
}

impl Place {
    /// Where the record with this key lies.
    pub(crate) fn of(key: RecordKey) -> Self {
        match key {
            RecordKey::Merchant(id) => Self { kind: MERCHANT, key: i64::from(id.as_u32()) },
            RecordKey::Order(key) => Self { kind: ORDER, key: key.as_i64() },
            RecordKey::Refund(key) => Self { kind: REFUND, key: key.as_i64() },
            RecordKey::Delivery(key) => Self { kind: DELIVERY, key: key.0 },
            RecordKey::Setting(SettingKey::ClockOffset) => Self { kind: SETTING, key: CLOCK },
            RecordKey::Setting(SettingKey::Logo(id)) => {
                Self { kind: SETTING, key: i64::from(id.as_u32()) }
            }
            RecordKey::Answer(key) => Self { kind: ANSWER, key: key.0 },
            RecordKey::Outbox(slot) => Self { kind: OUTBOX, key: i64::from(slot.index()) },
        }
    }

    /// The key of the record that lies here.
    pub(crate) fn record_key(self) -> Result<RecordKey, StoreError> {
        let merchant = u32::try_from(self.key).ok().and_then(MerchantId::new);
        let known = match self.kind {
            MERCHANT => merchant.map(RecordKey::Merchant),
            ORDER => OrderKey::from_i64(self.key).map(RecordKey::Order),
            REFUND => OrderKey::from_i64(self.key).map(RecordKey::Refund),
            DELIVERY => Some(RecordKey::Delivery(DeliveryKey(self.key))),
            SETTING if self.key == CLOCK => Some(RecordKey::Setting(SettingKey::ClockOffset)),
            SETTING => merchant.map(|id| RecordKey::Setting(SettingKey::Logo(id))),
            ANSWER => Some(RecordKey::Answer(AnswerKey(self.key))),
            OUTBOX => u16::try_from(self.key).ok().and_then(OutboxSlot::new).map(RecordKey::Outbox),
            _ => None,
        };
        known.ok_or_else(|| {
            StoreError::Damaged(format!("no record has kind {} and key {}", self.kind, self.key))
        })
    }

    /// Whether other nodes follow changes of this record.
    pub(crate) const fn is_followed(self) -> bool {
        matches!(self.kind, MERCHANT | SETTING)
    }
}

/// Reads the record at `place` from a row of its version and document, in the columns `at` and the
/// next.
pub(crate) fn versioned(
    place: Place,
    row: &Row,
    at: usize,
) -> Result<Versioned<Record>, StoreError> {
    let version: i64 = row.try_get(at).map_err(unreadable)?;
    let document: &str = row.try_get(at + 1).map_err(unreadable)?;
    let record = decode(place.record_key()?, document)?;
    Ok(Versioned { record, version: Version(version.cast_unsigned()) })
}
