//! A change set made ready by its caller, so that the writer only looks up and writes.

use deodar_store::stored::{FORMAT, account_text, encode, encode_payload};
use deodar_store::{
    Adjustment, ChangeSet, ChangeSetId, Expect, Hold, Job, JobChange, Record, RecordKey,
    ReferenceKey, StoreError, Version,
};

use deodar_store::validate::validate;

use crate::job::queue_number;
use crate::listing::Listed;
use crate::record::Place;
use crate::reference::{Address, ReferenceHasher};

/// A change set with its documents, hashes and texts.
pub(crate) struct Prepared {
    pub(crate) id: ChangeSetId,
    pub(crate) expects: Vec<Expect>,
    pub(crate) puts: Vec<Put>,
    /// What is listed and claims no text.
    pub(crate) listed: Vec<Listed>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) removals: Vec<RemovalRow>,
    pub(crate) entries: Vec<LedgerRow>,
    pub(crate) jobs: Vec<JobRow>,
    pub(crate) job_changes: Vec<JobChange>,
    pub(crate) adjustments: Vec<Adjustment>,
    /// Whether this batch has written it: it may be there since an earlier one, or be refused.
    pub(crate) is_written: bool,
}

/// A record to be written.
pub(crate) struct Put {
    pub(crate) key: RecordKey,
    /// The version that it replaces.
    pub(crate) replaces: Version,
    pub(crate) format: u32,
    pub(crate) document: String,
    /// Whose it is, of a delivery: lists search by it.
    pub(crate) merchant: Option<u32>,
}

/// A reference to be taken.
pub(crate) struct Claim {
    pub(crate) reference: ReferenceKey,
    pub(crate) address: Address,
    pub(crate) target: RecordKey,
    /// The lists that the target comes into with this change set: one row of the log tells both.
    pub(crate) listed: Option<Listed>,
}

/// An answer to be removed, with the claim of its call.
pub(crate) struct RemovalRow {
    pub(crate) place: Place,
    pub(crate) address: Address,
}

/// An entry of the books.
pub(crate) struct LedgerRow {
    pub(crate) cause: [u8; 16],
    pub(crate) at: i64,
    pub(crate) account: String,
    pub(crate) currency: Box<str>,
    pub(crate) amount: i64,
}

/// A job to be written.
pub(crate) struct JobRow {
    pub(crate) queue: i64,
    pub(crate) due_at: i64,
    pub(crate) id: i64,
    pub(crate) subject: RecordKey,
    pub(crate) place: Place,
    pub(crate) payload: Option<String>,
    /// Until when its maker holds it.
    pub(crate) held_until: Option<i64>,
}

impl Prepared {
    /// Checks a change set by itself and encodes it, in the task of whoever commits it.
    pub(crate) fn new(change_set: ChangeSet, hasher: &ReferenceHasher) -> Result<Self, StoreError> {
        validate(&change_set)?;
        let mut listed = Listed::all_of(&change_set.listings());
        let puts = change_set
            .puts
            .iter()
            .map(|record| {
                let key = record.key();
                // The check above has found an expectation for it.
                let replaces = change_set.expected(key).unwrap_or(Version::ABSENT);
                let merchant = match record {
                    Record::Delivery(delivery) => Some(delivery.merchant.as_u32()),
                    _ => None,
                };
                Ok(Put { key, replaces, format: FORMAT, document: encode(record)?, merchant })
            })
            .collect::<Result<_, StoreError>>()?;
        let claims = change_set
            .claims
            .into_iter()
            .map(|(reference, target)| {
                let address = hasher.address(&reference);
                let listed = match address {
                    Address::Text { .. } => take_listed(&mut listed, Place::of(target)),
                    Address::Number(_) => None,
                };
                Claim { reference, address, target, listed }
            })
            .collect();
        let removals = change_set
            .removals
            .iter()
            .map(|removal| RemovalRow {
                place: Place::of(RecordKey::Answer(removal.key)),
                address: hasher.address(&removal.reference()),
            })
            .collect();
        let entries = change_set
            .ledger
            .iter()
            .flat_map(|set| set.entries().iter().map(move |entry| (set, entry)))
            .map(|(set, entry)| LedgerRow {
                cause: set.cause().0.to_be_bytes(),
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
            expects: change_set.expects,
            puts,
            listed,
            claims,
            removals,
            entries,
            jobs,
            job_changes: change_set.job_changes,
            adjustments: change_set.adjustments,
            is_written: false,
        })
    }
}

fn take_listed(all: &mut Vec<Listed>, place: Place) -> Option<Listed> {
    let index = all.iter().position(|listed| listed.place == place)?;
    Some(all.swap_remove(index))
}

impl JobRow {
    fn of(job: &Job, holds: &[Hold]) -> Result<Self, StoreError> {
        let hold = holds.iter().find(|hold| hold.id == job.id);
        Ok(Self {
            queue: queue_number(job.queue),
            due_at: job.due_at.micros(),
            id: job.id.0,
            subject: job.subject,
            place: Place::of(job.subject),
            payload: encode_payload(&job.payload)?,
            held_until: hold.map(|hold| hold.until.micros()),
        })
    }
}
