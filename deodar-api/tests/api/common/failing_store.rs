//! A store that can be away.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, QueueDepth, Record, RecordKey,
    ReferenceKey, Sequence, Store, StoreError, Versioned,
};

/// A store that answers nothing while it is away.
pub(crate) struct FailingStore {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) is_away: Arc<AtomicBool>,
    /// How many change sets were committed.
    pub(crate) commits: Arc<AtomicU64>,
}

impl FailingStore {
    fn here(&self) -> Result<&dyn Store, StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            Err(StoreError::Unavailable("the disk of the test is away".into()))
        } else {
            Ok(&*self.inner)
        }
    }
}

#[async_trait]
impl Store for FailingStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.here()?.get(key).await
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        self.here()?.find(reference).await
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.here()?.merchants().await
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        self.here()?.answers_before(instant, limit).await
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        self.here()?.list(query).await
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        self.here()?.deliveries(query).await
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        self.here()?.commit(change_set).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        self.here()?.lease(request).await
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        self.here()?.reserve(sequence, count).await
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        self.here()?.counter(key).await
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        self.here()?.counters_between(from, end, limit).await
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        self.here()?.changed_since(epoch).await
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        self.here()?.was_committed(id).await
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        self.here()?.queue_depths(now, business_now).await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        self.here()?.balances().await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.here()?.health().await
    }
}
