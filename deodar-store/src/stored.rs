//! The stored form of records: one compact JSON document each, by structs of its own.
//!
//! Architecture Invariant: the names here are the store's, short and kept for ever; renaming a
//! domain type or a word on the wire changes no document. What a document says is taken through
//! the domain's own parse functions, so that a damaged one is refused and never believed.
//!
//! A document begins with its format. A reader ignores fields that it does not know, so that a
//! release reads what the next one writes; it must not write such a document again, since that
//! would drop them.

mod answer;
mod cart;
mod contact;
mod customer;
mod delivery;
mod event;
mod instruction;
mod instrument;
mod merchant;
mod order;
mod outbox;
mod payment;
mod subject;
mod terms;
mod value;

use deodar_domain::id::{MerchantId, OperationId};
use serde::{Deserialize, Serialize};

use crate::job::JobPayload;
use crate::record::{Record, RecordKey, RefundPointer, Setting, SettingKey};
use crate::store::StoreError;
use answer::StoredAnswer;
use delivery::StoredDelivery;
use event::StoredSnapshot;
use merchant::StoredMerchant;
use order::StoredOrder;
use outbox::StoredMessage;
use value::{Hex, StoredMessageKind, Text, damaged, order_key};

pub use subject::{account_text, parse_account, parse_subject, subject_text};

/// The format that this release writes.
pub const FORMAT: u32 = 1;

/// How much room a document has before it must be moved, in bytes: an order's is about as long.
const DOCUMENT_ROOM: usize = 1_024;

/// How every document begins.
const HEAD: &str = "{\"format\":";

/// A document: its format, and the fields of what it holds.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: u32,
    #[serde(rename = "is")]
    content: T,
}

/// The document of a refund's pointer.
#[derive(Serialize, Deserialize)]
struct StoredPointer {
    order: i64,
    merchant: u32,
}

/// The document of a setting.
#[derive(Serialize, Deserialize)]
struct StoredClockOffset {
    seconds: u64,
}

/// The document of a logo's picture.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredPicture<'a> {
    /// The file, in hexadecimal digits.
    png: Text<'a>,
}

/// The document of a job's payload.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredPayload<'a> {
    Event(Box<StoredSnapshot<'a>>),
    Operation(Hex),
    Message(StoredMessageKind),
    Receipt(u16),
}

/// Writes a record as its document: compact JSON that begins with its format.
pub fn encode(record: &Record) -> Result<String, StoreError> {
    match record {
        Record::Merchant(merchant) => write(StoredMerchant::of(merchant)),
        Record::Order(order) => write(StoredOrder::of(order)?),
        Record::Refund(pointer) => write(StoredPointer {
            order: pointer.order.as_i64(),
            merchant: pointer.merchant.as_u32(),
        }),
        Record::Delivery(delivery) => write(StoredDelivery::of(delivery)),
        Record::Answer(answer) => write(StoredAnswer::of(answer)),
        Record::Setting(Setting::ClockOffset { seconds }) => {
            write(StoredClockOffset { seconds: *seconds })
        }
        Record::Setting(Setting::Logo { png, .. }) => {
            write(StoredPicture { png: Text::owned(hex::encode(png)) })
        }
        Record::Outbox(message) => write(StoredMessage::of(message)),
    }
}

/// Reads the document of the record at `key`. A newer format is read where it can be; where it
/// cannot, the answer is [`StoreError::NewerFormat`].
pub fn decode(key: RecordKey, document: &str) -> Result<Record, StoreError> {
    reading(document, || match key {
        RecordKey::Merchant(id) => {
            let merchant = read::<StoredMerchant<'_>>(document)?.restore(id)?;
            Ok(Record::Merchant(Box::new(merchant)))
        }
        RecordKey::Order(key) => {
            let order = read::<StoredOrder<'_>>(document)?.restore(key)?;
            Ok(Record::Order(Box::new(order)))
        }
        RecordKey::Refund(refund) => {
            let stored = read::<StoredPointer>(document)?;
            Ok(Record::Refund(RefundPointer {
                refund,
                order: order_key(stored.order, "order")?,
                merchant: MerchantId::new(stored.merchant).ok_or_else(|| damaged("merchant"))?,
            }))
        }
        RecordKey::Delivery(key) => {
            let delivery = read::<StoredDelivery<'_>>(document)?.restore(key)?;
            Ok(Record::Delivery(Box::new(delivery)))
        }
        RecordKey::Answer(key) => {
            let answer = read::<StoredAnswer<'_>>(document)?.restore(key)?;
            Ok(Record::Answer(Box::new(answer)))
        }
        RecordKey::Setting(SettingKey::ClockOffset) => {
            let seconds = read::<StoredClockOffset>(document)?.seconds;
            Ok(Record::Setting(Setting::ClockOffset { seconds }))
        }
        RecordKey::Setting(SettingKey::Logo(merchant)) => {
            let picture = read::<StoredPicture<'_>>(document)?;
            let png = picture.png.read("png", |digits| hex::decode(digits))?.into();
            Ok(Record::Setting(Setting::Logo { merchant, png }))
        }
        RecordKey::Outbox(slot) => {
            let message = read::<StoredMessage<'_>>(document)?.restore(slot)?;
            Ok(Record::Outbox(Box::new(message)))
        }
    })
}

/// Reads a document's format. It looks at the head alone, so it costs next to nothing.
pub fn format_of(document: &str) -> Result<u32, StoreError> {
    let rest = document.strip_prefix(HEAD).ok_or_else(|| damaged("format"))?;
    let digits = rest.split([',', '}']).next().unwrap_or_default();
    match digits.parse() {
        Ok(format) if format > 0 => Ok(format),
        _ => Err(damaged("format")),
    }
}

/// Refuses with [`StoreError::NewerFormat`] to replace a document that a newer release wrote: its
/// fields that this release does not know would be lost. A store calls it for every document that
/// it is about to replace.
pub fn check_rewritable(document: &str) -> Result<(), StoreError> {
    let found = format_of(document)?;
    if found > FORMAT { Err(StoreError::NewerFormat { found, known: FORMAT }) } else { Ok(()) }
}

/// Writes what a job needs; nothing where it needs nothing.
pub fn encode_payload(payload: &JobPayload) -> Result<Option<String>, StoreError> {
    let stored = match payload {
        JobPayload::None => return Ok(None),
        JobPayload::Event(snapshot) => {
            StoredPayload::Event(Box::new(StoredSnapshot::of(snapshot)?))
        }
        JobPayload::Operation(operation) => StoredPayload::Operation(Hex(operation.0)),
        JobPayload::Message(kind) => StoredPayload::Message(StoredMessageKind(*kind)),
        JobPayload::Receipt { attempt } => StoredPayload::Receipt(*attempt),
    };
    write(stored).map(Some)
}

/// Reads what [`encode_payload`] wrote.
pub fn decode_payload(document: Option<&str>) -> Result<JobPayload, StoreError> {
    let Some(document) = document else { return Ok(JobPayload::None) };
    reading(document, || match read::<StoredPayload<'_>>(document)? {
        StoredPayload::Event(snapshot) => Ok(JobPayload::Event(Box::new(snapshot.restore()?))),
        StoredPayload::Operation(bits) => Ok(JobPayload::Operation(OperationId(bits.0))),
        StoredPayload::Message(kind) => Ok(JobPayload::Message(kind.0)),
        StoredPayload::Receipt(attempt) => Ok(JobPayload::Receipt { attempt }),
    })
}

fn write<T: Serialize>(content: T) -> Result<String, StoreError> {
    let mut bytes = Vec::with_capacity(DOCUMENT_ROOM);
    serde_json::to_writer(&mut bytes, &Document { format: FORMAT, content })
        .map_err(|_| damaged("what is written"))?;
    String::from_utf8(bytes).map_err(|_| damaged("what is written"))
}

/// Reads what a document holds. The message says where it broke and nothing of what is in it.
fn read<'a, T: Deserialize<'a>>(document: &'a str) -> Result<T, StoreError> {
    serde_json::from_str::<Document<T>>(document).map(|document| document.content).map_err(
        |error| StoreError::Damaged(format!("{:?} at {}", error.classify(), error.column())),
    )
}

/// Does `work`, which reads `document`, and blames a newer format where it fails for one.
fn reading<T>(
    document: &str,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let found = format_of(document)?;
    work().map_err(|error| {
        if found > FORMAT { StoreError::NewerFormat { found, known: FORMAT } } else { error }
    })
}

#[cfg(test)]
mod tests;
