//! What the gateway is compared with: the same handlers over stores that do less, or do it in the
//! usual way.
//!
//! A baseline keeps in memory what the handlers read for a "create": the merchants and the dense
//! numbers. What it does with an order is its [`Sink`]'s affair. It runs no workers, has no change
//! feed and remembers no change sets, which makes each baseline faster than a real store could be.

mod group;
mod log;
mod pool;
mod postgres;
mod rows;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use deodar_domain::id::MerchantId;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::stored::decode;
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, Conflict, CounterKey, Delivery,
    DeliveryQuery, Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, QueueDepth,
    Record, RecordKey, ReferenceKey, Sequence, Store, StoreError, Version, Versioned,
};

pub(crate) use log::Log;
pub(crate) use pool::{Pool, PoolLoader};
pub(crate) use postgres::PostgresPool;

/// What a baseline does with a change set before it is acknowledged.
pub(crate) trait Sink: Send + Sync + 'static {
    /// The merchants that it holds already.
    fn merchants(
        &self,
    ) -> impl Future<Output = Result<Vec<Versioned<Merchant>>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Keeps a change set, or does not.
    fn keep(&self, change_set: ChangeSet) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// No storage at all: whatever is committed is acknowledged and dropped. The ceiling.
pub(crate) struct Nothing;

impl Sink for Nothing {
    async fn keep(&self, _dropped: ChangeSet) -> Result<(), CommitError> {
        Ok(())
    }
}

/// A store that serves what a "create" reads, over a sink.
pub(crate) struct Baseline<S> {
    merchants: RwLock<BTreeMap<MerchantId, Versioned<Merchant>>>,
    numbers: [AtomicU64; 3],
    sink: S,
}

impl<S: Sink> Baseline<S> {
    /// A store over `sink`, with the merchants that are there. Dense numbers begin with
    /// `first_number`, which must be above those that are there.
    pub(crate) async fn open(sink: S, first_number: u64) -> Result<Self, StoreError> {
        let merchants = sink.merchants().await?;
        let merchants = merchants.into_iter().map(|read| (read.record.id, read)).collect();
        let numbers = [(); 3].map(|()| AtomicU64::new(first_number));
        Ok(Self { merchants: RwLock::new(merchants), numbers, sink })
    }

    /// Keeps the merchants of a change set. Their numbers are drawn, and one may be drawn twice.
    fn remember(&self, change_set: &ChangeSet) -> Result<(), Conflict> {
        for record in &change_set.puts {
            let Record::Merchant(merchant) = record else { continue };
            let mut merchants = self.merchants.write().unwrap_or_else(PoisonError::into_inner);
            let present = merchants.get(&merchant.id).map_or(Version::ABSENT, |kept| kept.version);
            if change_set.expected(record.key()) != Some(present) {
                return Err(Conflict::Version(record.key()));
            }
            let kept = Versioned { record: Merchant::clone(merchant), version: present.next() };
            merchants.insert(merchant.id, kept);
        }
        Ok(())
    }
}

#[async_trait]
impl<S: Sink> Store for Baseline<S> {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        let RecordKey::Merchant(id) = key else { return Ok(None) };
        let merchants = self.merchants.read().unwrap_or_else(PoisonError::into_inner);
        Ok(merchants.get(&id).map(|kept| Versioned {
            record: Record::Merchant(Box::new(kept.record.clone())),
            version: kept.version,
        }))
    }

    async fn find(&self, _reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        Ok(None)
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        let merchants = self.merchants.read().unwrap_or_else(PoisonError::into_inner);
        Ok(merchants.values().cloned().collect())
    }

    async fn answers_before(
        &self,
        _instant: Timestamp,
        _limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        Ok(Vec::new())
    }

    async fn list(&self, _query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        Ok(Vec::new())
    }

    async fn deliveries(
        &self,
        _query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        Ok(Vec::new())
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        self.remember(&change_set)?;
        self.sink.keep(change_set).await
    }

    async fn lease(&self, _request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        Ok(Vec::new())
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        let [link, transaction, message] = &self.numbers;
        let next = match sequence {
            Sequence::Link => link,
            Sequence::Transaction => transaction,
            Sequence::Message => message,
        };
        let start = next.fetch_add(count, Ordering::Relaxed);
        Ok(start..start.saturating_add(count))
    }

    async fn counter(&self, _key: &CounterKey) -> Result<i64, StoreError> {
        Ok(0)
    }

    async fn counters_between(
        &self,
        _from: &CounterKey,
        _end: &CounterKey,
        _limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        Ok(Vec::new())
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        Ok(Changes { epoch, keys: Vec::new() })
    }

    async fn was_committed(&self, _id: ChangeSetId) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn queue_depths(
        &self,
        _now: Timestamp,
        _business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        Ok(Vec::new())
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        Ok(Vec::new())
    }

    async fn health(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A merchant as the tables of a pool hold it.
fn merchant_of(id: i64, version: i64, document: &str) -> Result<Versioned<Merchant>, StoreError> {
    let id = u32::try_from(id).ok().and_then(MerchantId::new);
    let id = id.ok_or_else(|| unavailable("a merchant's number"))?;
    match decode(RecordKey::Merchant(id), document)? {
        Record::Merchant(merchant) => {
            Ok(Versioned { record: *merchant, version: Version(version.cast_unsigned()) })
        }
        _ => Err(unavailable("no merchant")),
    }
}

/// What is said where a baseline cannot go on.
fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests;
