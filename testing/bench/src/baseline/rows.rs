//! The rows that a change set has in the tables of the pools, whatever the database.

use deodar_store::stored::{encode, encode_payload};
use deodar_store::{
    ChangeSet, ListKind, Queue, Record, RecordKey, ReferenceKey, StoreError, Version,
};

use super::unavailable;

/// A record to be written.
pub(crate) enum Put {
    /// An order: its key, version and document.
    Order(i64, i64, String),
    /// A merchant: its number, version and document.
    Merchant(i64, i64, String),
}

/// A reference to be taken.
pub(crate) enum Claim {
    /// A link's number, by an order.
    Number(i64, i64),
    /// A text of a merchant.
    Text {
        /// The merchant, the namespace and the text.
        name: (i64, i64, String),
        /// The holder's kind and number.
        holder: (i64, i64),
        /// The reference itself.
        reference: ReferenceKey,
    },
}

/// A job to be done: its id, queue, instant and subject, and what it needs.
pub(crate) type JobRow = (i64, i64, i64, i64, Option<String>);

/// A change set as rows.
pub(crate) struct Rows {
    pub(crate) puts: Vec<Put>,
    pub(crate) claims: Vec<Claim>,
    /// Merchants, lists and keys.
    pub(crate) listings: Vec<(i64, i64, i64)>,
    pub(crate) jobs: Vec<JobRow>,
}

impl Rows {
    /// The rows of a change set that makes orders or merchants.
    pub(crate) fn of(change_set: &ChangeSet) -> Result<Self, StoreError> {
        let puts = change_set.puts.iter().map(|record| {
            let version = change_set.expected(record.key()).unwrap_or(Version::ABSENT).next();
            let (version, document) = (version.0.cast_signed(), encode(record)?);
            match record {
                Record::Order(order) => Ok(Put::Order(order.key.as_i64(), version, document)),
                Record::Merchant(merchant) => {
                    Ok(Put::Merchant(i64::from(merchant.id.as_u32()), version, document))
                }
                _ => Err(unavailable("this baseline keeps orders and merchants alone")),
            }
        });
        let puts: Result<_, StoreError> = puts.collect();
        let jobs = change_set.jobs.iter().map(|job| {
            let queue = Queue::ALL.iter().position(|queue| *queue == job.queue);
            let queue = i64::try_from(queue.unwrap_or_default()).unwrap_or_default();
            let (_, subject) = number_of(job.subject);
            Ok((job.id.0, queue, job.due_at.micros(), subject, encode_payload(&job.payload)?))
        });
        let jobs: Result<_, StoreError> = jobs.collect();
        let claims = change_set.claims.iter().map(|(reference, holder)| claim(reference, *holder));
        let listings = change_set.listings().into_iter().map(|listing| {
            let kind = match listing.kind {
                ListKind::Order => 1,
                ListKind::Link => 2,
                ListKind::Refund => 3,
            };
            (i64::from(listing.merchant.as_u32()), kind, listing.key.as_i64())
        });
        Ok(Self {
            puts: puts?,
            claims: claims.collect(),
            listings: listings.collect(),
            jobs: jobs?,
        })
    }
}

fn claim(reference: &ReferenceKey, holder: RecordKey) -> Claim {
    let holder = number_of(holder);
    let name = match reference {
        ReferenceKey::LinkNumber(link) => return Claim::Number(link.0.cast_signed(), holder.1),
        ReferenceKey::Order { merchant, reference } => {
            (i64::from(merchant.as_u32()), 1, reference.to_string())
        }
        ReferenceKey::Link { merchant, reference } => {
            (i64::from(merchant.as_u32()), 2, reference.to_string())
        }
        ReferenceKey::Client(id) => (0, 3, id.hyphenated()),
        ReferenceKey::Call { merchant, digest } => {
            (i64::from(merchant.as_u32()), 4, digest.0.to_string())
        }
    };
    Claim::Text { name, holder, reference: reference.clone() }
}

/// A record's kind and number in the tables.
pub(crate) fn number_of(key: RecordKey) -> (i64, i64) {
    match key {
        RecordKey::Merchant(id) => (1, i64::from(id.as_u32())),
        RecordKey::Order(key) => (2, key.as_i64()),
        RecordKey::Refund(key) => (3, key.as_i64()),
        RecordKey::Delivery(key) => (4, key.0),
        RecordKey::Answer(key) => (5, key.0),
        RecordKey::Setting(_) => (6, 0),
        RecordKey::Outbox(slot) => (7, i64::from(slot.index())),
    }
}
