//! Where each kind of record lies: its table, and its key as an integer.

use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_store::{
    AnswerKey, DeliveryKey, ListKind, Listing, OutboxSlot, RecordKey, SettingKey, StoreError,
};

/// The statements of one kind of record.
pub(crate) struct RecordSql {
    /// The version and the format of the record with a key.
    pub(crate) check: &'static str,
    /// Writes a new record; a delivery with its merchant.
    pub(crate) insert: &'static str,
    /// Writes a record anew.
    pub(crate) update: &'static str,
    /// The version and the document of the record with a key.
    pub(crate) get: &'static str,
}

macro_rules! record_sql {
    ($table:literal) => {
        RecordSql {
            check: concat!("SELECT version, format FROM ", $table, " WHERE key = ?1"),
            insert: concat!(
                "INSERT INTO ",
                $table,
                " (key, version, format, document) VALUES (?1, ?2, ?3, ?4)"
            ),
            update: concat!(
                "UPDATE ",
                $table,
                " SET version = ?2, format = ?3, document = ?4 WHERE key = ?1"
            ),
            get: concat!("SELECT version, document FROM ", $table, " WHERE key = ?1"),
        }
    };
}

static MERCHANT: RecordSql = record_sql!("merchant_record");
static ORDER: RecordSql = record_sql!("order_record");
static REFUND: RecordSql = record_sql!("refund_record");
static DELIVERY: RecordSql = RecordSql {
    insert: "INSERT INTO delivery_record (key, version, format, document, merchant) \
        VALUES (?1, ?2, ?3, ?4, ?5)",
    ..record_sql!("delivery_record")
};
static ANSWER: RecordSql = record_sql!("answer_record");
static SETTING: RecordSql = record_sql!("setting_record");
static OUTBOX: RecordSql = record_sql!("outbox_record");

/// A record's kind and key, as two integers. The numbers are kept for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// The kind, from 1.
    pub(crate) kind: i64,
    /// The key within its table.
    pub(crate) key: i64,
}

impl Place {
    /// Where the record with this key lies.
    pub(crate) fn of(key: RecordKey) -> Self {
        match key {
            RecordKey::Merchant(id) => Self { kind: 1, key: i64::from(id.as_u32()) },
            RecordKey::Order(key) => Self { kind: 2, key: key.as_i64() },
            RecordKey::Refund(key) => Self { kind: 3, key: key.as_i64() },
            RecordKey::Delivery(key) => Self { kind: 4, key: key.0 },
            RecordKey::Setting(SettingKey::ClockOffset) => Self { kind: 5, key: 1 },
            // A merchant's number has six digits, so that it is the key of no other setting.
            RecordKey::Setting(SettingKey::Logo(id)) => {
                Self { kind: 5, key: i64::from(id.as_u32()) }
            }
            RecordKey::Answer(key) => Self { kind: 6, key: key.0 },
            RecordKey::Outbox(slot) => Self { kind: 7, key: i64::from(slot.index()) },
        }
    }

    /// Where the record lies that is listed.
    pub(crate) fn of_listed(listing: &Listing) -> Self {
        match listing.kind {
            ListKind::Order | ListKind::Link => Self::of(RecordKey::Order(listing.key)),
            ListKind::Refund => Self::of(RecordKey::Refund(listing.key)),
        }
    }

    /// The key of the record that lies here.
    pub(crate) fn record_key(self) -> Result<RecordKey, StoreError> {
        let known = match self.kind {
            1 => u32::try_from(self.key).ok().and_then(MerchantId::new).map(RecordKey::Merchant),
            2 => OrderKey::from_i64(self.key).map(RecordKey::Order),
            3 => OrderKey::from_i64(self.key).map(RecordKey::Refund),
            4 => Some(RecordKey::Delivery(DeliveryKey(self.key))),
            5 if self.key == 1 => Some(RecordKey::Setting(SettingKey::ClockOffset)),
            5 => {
                let id = u32::try_from(self.key).ok().and_then(MerchantId::new);
                id.map(|id| RecordKey::Setting(SettingKey::Logo(id)))
            }
            6 => Some(RecordKey::Answer(AnswerKey(self.key))),
            7 => u16::try_from(self.key).ok().and_then(OutboxSlot::new).map(RecordKey::Outbox),
            _ => None,
        };
        known.ok_or_else(|| {
            StoreError::Damaged(format!("no record has kind {} and key {}", self.kind, self.key))
        })
    }
}

/// The statements of the table that has this key.
pub(crate) fn sql_of(key: RecordKey) -> &'static RecordSql {
    match key {
        RecordKey::Merchant(_) => &MERCHANT,
        RecordKey::Order(_) => &ORDER,
        RecordKey::Refund(_) => &REFUND,
        RecordKey::Delivery(_) => &DELIVERY,
        RecordKey::Answer(_) => &ANSWER,
        RecordKey::Setting(_) => &SETTING,
        RecordKey::Outbox(_) => &OUTBOX,
    }
}

/// Whether other processes follow changes of this record.
pub(crate) fn is_followed(key: RecordKey) -> bool {
    matches!(key, RecordKey::Merchant(_) | RecordKey::Setting(_))
}
