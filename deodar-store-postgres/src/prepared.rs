//! A change set made ready by its caller, so that the writer only judges and sends.

use deodar_store::stored::{FORMAT, account_text, encode, encode_payload};
use deodar_store::validate::validate;
use deodar_store::{
    Adjustment, ChangeSet, ChangeSetId, Expect, Hold, Job, JobChange, Record, RecordKey,
    ReferenceKey, StoreError, Version,
};

use crate::job::queue_number;
use crate::record::Place;

/// A change set with its documents and texts.
pub(crate) struct Prepared {
    pub(crate) id: ChangeSetId,
    /// Whether all that it expects and writes is new by its own key: what is there already is neither
    /// read nor changed.
    pub(crate) only_makes: bool,
    pub(crate) expects: Vec<Expect>,
    pub(crate) puts: Vec<Put>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) removals: Vec<RemovalRow>,
    pub(crate) entries: Vec<LedgerRow>,
    pub(crate) jobs: Vec<JobRow>,
    pub(crate) job_changes: Vec<JobChange>,
    pub(crate) adjustments: Vec<Adjustment>,
}

/// A record to be written.
pub(crate) struct Put {
    pub(crate) place: Place,
    /// The version that it replaces.
    pub(crate) replaces: Version,
    pub(crate) format: i32,
    pub(crate) columns: Columns,
    pub(crate) document: String,
}

/// What lists search by. It is written when the record is made.
#[derive(Clone, Copy, Default)]
pub(crate) struct Columns {
    pub(crate) merchant: Option<i32>,
    pub(crate) order_key: Option<i64>,
    pub(crate) has_link: bool,
    pub(crate) aged_at: Option<i64>,
}

impl Columns {
    fn of(record: &Record) -> Self {
        let none = Self::default();
        match record {
            Record::Order(order) => Self {
                merchant: Some(order.merchant.as_u32().cast_signed()),
                has_link: order.link.is_some(),
                ..none
            },
            Record::Refund(pointer) => Self {
                merchant: Some(pointer.merchant.as_u32().cast_signed()),
                order_key: Some(pointer.order.as_i64()),
                ..none
            },
            Record::Delivery(delivery) => {
                Self { merchant: Some(delivery.merchant.as_u32().cast_signed()), ..none }
            }
            Record::Answer(kept) => Self { aged_at: Some(kept.answered_at.micros()), ..none },
            Record::Merchant(_) | Record::Setting(_) | Record::Outbox(_) => none,
        }
    }
}

/// A reference to be taken.
pub(crate) struct Claim {
    pub(crate) reference: ReferenceKey,
    pub(crate) text: String,
    pub(crate) target: Place,
}

/// An answer to be removed, with the claim of its call.
pub(crate) struct RemovalRow {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// An entry of the books.
pub(crate) struct LedgerRow {
    pub(crate) cause: u128,
    pub(crate) at: i64,
    pub(crate) account: String,
    pub(crate) currency: Box<str>,
    pub(crate) amount: i64,
}

/// A job to be written.
pub(crate) struct JobRow {
    pub(crate) id: i64,
    pub(crate) queue: i16,
    pub(crate) due_at: i64,
    pub(crate) subject: RecordKey,
    pub(crate) place: Place,
    pub(crate) payload: Option<String>,
    /// Until when its maker holds it.
    pub(crate) held_until: Option<i64>,
}

impl Prepared {
    /// Checks a change set by itself and encodes it, in the task of whoever commits it.
    pub(crate) fn new(change_set: ChangeSet) -> Result<Self, StoreError> {
        validate(&change_set)?;
        let puts = change_set
            .puts
            .iter()
            .map(|record| {
                let key = record.key();
                Ok(Put {
                    place: Place::of(key),
                    // The check above has found an expectation for it.
                    replaces: change_set.expected(key).unwrap_or(Version::ABSENT),
                    format: FORMAT.cast_signed(),
                    columns: Columns::of(record),
                    document: encode(record)?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let only_makes = only_makes(&change_set, &puts);
        let claims = change_set
            .claims
            .into_iter()
            .map(|(reference, target)| Claim {
                text: reference.text(),
                reference,
                target: Place::of(target),
            })
            .collect();
        let removals = change_set
            .removals
            .iter()
            .map(|removal| RemovalRow {
                place: Place::of(RecordKey::Answer(removal.key)),
                text: removal.reference().text(),
            })
            .collect();
        let entries = change_set
            .ledger
            .iter()
            .flat_map(|set| set.entries().iter().map(move |entry| (set, entry)))
            .map(|(set, entry)| LedgerRow {
                cause: set.cause().0,
                at: set.at().micros(),
                account: account_text(entry.account),
                currency: entry.currency.code().into(),
                amount: entry.amount,
            })
            .collect();
        let jobs = change_set.jobs.iter();
        let jobs = jobs.map(|job| JobRow::of(job, &change_set.holds));
        let jobs = jobs.collect::<Result<_, StoreError>>()?;
        Ok(Self {
            id: change_set.id,
            only_makes,
            expects: change_set.expects,
            puts,
            claims,
            removals,
            entries,
            jobs,
            job_changes: change_set.job_changes,
            adjustments: change_set.adjustments,
        })
    }
}

/// Whether the unique indexes alone can tell whether this may be stored. What others follow has an
/// epoch, whose row is not new.
fn only_makes(change_set: &ChangeSet, puts: &[Put]) -> bool {
    let is_made = |expect: &Expect| {
        let place = Place::of(expect.key);
        let is_put = puts.iter().any(|put| put.place == place);
        is_put && expect.version == Version::ABSENT && !place.is_followed()
    };
    change_set.removals.is_empty()
        && change_set.job_changes.is_empty()
        && change_set.adjustments.is_empty()
        && change_set.expects.iter().all(is_made)
}

impl JobRow {
    fn of(job: &Job, holds: &[Hold]) -> Result<Self, StoreError> {
        let hold = holds.iter().find(|hold| hold.id == job.id);
        Ok(Self {
            id: job.id.0,
            queue: queue_number(job.queue),
            due_at: job.due_at.micros(),
            subject: job.subject,
            place: Place::of(job.subject),
            payload: encode_payload(&job.payload)?,
            held_until: hold.map(|hold| hold.until.micros()),
        })
    }
}
