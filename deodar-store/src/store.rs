//! The trait that every store implements.

use std::ops::Range;

use async_trait::async_trait;
use deodar_domain::ledger::Account;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Currency;
use deodar_domain::time::Timestamp;
use thiserror::Error;

use crate::change_set::{ChangeSet, ChangeSetId, CounterKey, ReferenceKey};
use crate::job::{JobId, LeaseRequest, LeasedJob, Queue};
use crate::list::{DeliveryQuery, ListQuery, Listed};
use crate::record::{Delivery, KeptAnswer, Record, RecordKey, Version, Versioned};

/// How many of the last change sets [`Store::was_committed`] knows at least.
pub const RECENT_CHANGE_SETS_MIN: usize = 10_000;

/// Why a store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database is away, or reopening. For a commit: not known to be done.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What was read is not what was written, or what is to be written contradicts itself and
    /// could not be read again. Nothing was stored.
    #[error("a record or change set is damaged: {0}")]
    Damaged(String),
    /// A newer release wrote the record; it is read but never rewritten by this one.
    #[error(
        "a stored record has format {found}; this release writes format {known} and does not \
         rewrite newer ones"
    )]
    NewerFormat {
        /// The format of the record.
        found: u32,
        /// The format of this release.
        known: u32,
    },
}

/// Why a change set was refused. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Conflict {
    /// A record has another version than the decision read.
    #[error("{0:?} has changed")]
    Version(RecordKey),
    /// A reference is taken.
    #[error("{reference:?} is taken by {holder:?}")]
    ReferenceTaken {
        /// The reference.
        reference: ReferenceKey,
        /// The record that has it.
        holder: RecordKey,
    },
    /// Another worker has the job now, or it is done.
    #[error("the lease of {0:?} was lost")]
    LeaseLost(JobId),
    /// A counter would leave its bounds.
    #[error("{0:?} would leave its bounds")]
    CounterBound(CounterKey),
}

/// Why a commit was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitError {
    /// It was refused, and nothing of it was stored.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// It is not known to be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A record that is read again by whoever knows it as of a version.
#[derive(Clone, PartialEq, Debug)]
pub enum Reread {
    /// It still has that version.
    Unchanged,
    /// It has another, or is not there.
    Read(Option<Versioned<Record>>),
}

impl Reread {
    /// What becomes of a record that was read by whoever knows it as of `known`.
    pub fn of(found: Option<Versioned<Record>>, known: Version) -> Self {
        match found {
            Some(found) if found.version == known => Self::Unchanged,
            found => Self::Read(found),
        }
    }
}

/// Dense numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Sequence {
    /// Links' own numbers.
    Link,
    /// Payments' own numbers.
    Transaction,
    /// The numbers of the messages of a sandbox's outbox.
    Message,
}

impl Sequence {
    /// The sequence's name in stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Transaction => "transaction",
            Self::Message => "message",
        }
    }
}

/// How far a reader has followed the changes of merchants and settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Default)]
pub struct Epoch(pub u64);

/// What changed since an epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changes {
    /// The epoch to ask from next time.
    pub epoch: Epoch,
    /// The merchants and settings that were written, each once.
    pub keys: Vec<RecordKey>,
}

/// How much waits in a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueDepth {
    /// The queue.
    pub queue: Queue,
    /// How many jobs are there, due or not.
    pub waiting: u64,
    /// When the oldest was due, of those that are due.
    pub oldest_due_at: Option<Timestamp>,
}

/// The balance of an account in a currency: the sum of its entries, never a stored truth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance {
    /// The account.
    pub account: Account,
    /// The currency.
    pub currency: Currency,
    /// Minor units; debits are positive.
    pub sum: i128,
}

/// A store. Every write goes through [`Store::commit`], [`Store::lease`] or [`Store::reserve`], and
/// none is acknowledged before it is on the disk.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Reads a record.
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError>;

    /// Reads a record, unless it still has the version `known`. A store that can tell so for less
    /// than a read does.
    async fn get_unless(&self, key: RecordKey, known: Version) -> Result<Reread, StoreError> {
        Ok(Reread::of(self.get(key).await?, known))
    }

    /// Finds the record that holds a reference.
    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError>;

    /// Reads every merchant, in the order of their ids.
    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError>;

    /// Reads answers that were given before an instant, the oldest first and at most `limit`. One
    /// that cannot be read is left out, so that it does not hold up the others.
    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError>;

    /// Reads a part of a list, newest first: what was made by change sets that were stored, each
    /// thing once and as it is now. One that cannot be read fails the list: it would be missed.
    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError>;

    /// Reads a part of a merchant's deliveries, newest first. One that cannot be read is left out, so
    /// that it does not hide the others.
    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError>;

    /// Stores all of a change set, or nothing of it. A change set that contradicts itself
    /// ([`crate::validate`]) is [`StoreError::Damaged`]; the id of a job that is taken is told as a
    /// [`Conflict::Version`] of the job's subject, so that the decision is made again.
    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError>;

    /// Takes jobs that are due, the longest due first, for a while. A job whose payload cannot be
    /// read is left alone, so that it does not hold up those behind it.
    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError>;

    /// Takes `count` numbers of a sequence, which begins at 1. Numbers are never given twice; those
    /// that are not used are lost.
    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError>;

    /// Reads a counter; 0 where it is absent.
    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError>;

    /// Reads counters, in the order of `keys`; 0 where one is absent. They need not be of one
    /// moment.
    async fn counters(&self, keys: &[CounterKey]) -> Result<Vec<i64>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(self.counter(key).await?);
        }
        Ok(values)
    }

    /// Reads the counters whose names are `from` or come after it and come before `end`, by the
    /// bytes of the names: the first in that order, at most `limit`. A counter that came to 0 is not
    /// there any more.
    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError>;

    /// Tells which merchants and settings were written since `epoch`, by any process.
    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError>;

    /// Tells whether a recent change set was stored: one of the last [`RECENT_CHANGE_SETS_MIN`] at
    /// least.
    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError>;

    /// Tells how much waits in each queue; `now` in real time and `business_now` in business time
    /// decide what is due.
    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError>;

    /// Sums the books.
    async fn balances(&self) -> Result<Vec<Balance>, StoreError>;

    /// Whether the store can read and write.
    async fn health(&self) -> Result<(), StoreError>;
}
