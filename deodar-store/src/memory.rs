//! A store in memory, for tests and simulations. It keeps documents, as the stores on disks do,
//! so that the stored form is exercised by whatever runs on it.

mod data;
mod jobs;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;

use crate::change_set::{ChangeSet, ChangeSetId, CounterKey, ReferenceKey};
use crate::job::{LeaseRequest, LeasedJob};
use crate::list::{DeliveryQuery, ListQuery, Listed};
use crate::record::{Delivery, KeptAnswer, Record, RecordKey, Versioned};
use crate::store::{Balance, Changes, CommitError, Epoch, QueueDepth, Sequence, Store, StoreError};
use crate::validate::validate;
use data::{Data, Prepared};

/// What becomes of a commit whose answer is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LostAnswer {
    /// The change set is stored all the same.
    Stored,
    /// Nothing is stored.
    Dropped,
}

/// A store in memory. Its clones are the same store, and what it holds outlives each of them: one
/// clone dropped and another used is a process that ended and one that started.
#[derive(Clone, Default, Debug)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default, Debug)]
struct Shared {
    data: Data,
    lost_answers: Vec<LostAnswer>,
}

impl MemoryStore {
    /// A store that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the answers of the next commits be lost, one for each element: the caller is told
    /// [`StoreError::Unavailable`] and cannot know what became of the change set.
    pub fn lose_answers(&self, fates: &[LostAnswer]) -> Result<(), StoreError> {
        self.shared()?.lost_answers.extend(fates.iter().rev());
        Ok(())
    }

    /// Puts a document at a key as it is, whatever it says: what another release or a broken disk
    /// may have left.
    pub fn put_document(&self, key: RecordKey, document: &str) -> Result<(), StoreError> {
        self.shared()?.data.put_document(key, document.to_owned());
        Ok(())
    }

    fn shared(&self) -> Result<MutexGuard<'_, Shared>, StoreError> {
        self.shared.lock().map_err(|_| StoreError::Unavailable("a writer died".to_owned()))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.shared()?.data.get(key)
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        Ok(self.shared()?.data.holder(reference))
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.shared()?.data.merchants()
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        Ok(self.shared()?.data.answers_before(instant, limit))
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        self.shared()?.data.list(query)
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        Ok(self.shared()?.data.deliveries(query))
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        validate(&change_set)?;
        let prepared = Prepared::of(change_set)?;
        let mut shared = self.shared()?;
        let lost = shared.lost_answers.pop();
        match lost {
            Some(LostAnswer::Dropped) => {}
            Some(LostAnswer::Stored) => {
                // A refusal stores nothing, and its answer is lost too.
                let _ = shared.data.commit(prepared);
            }
            None => return shared.data.commit(prepared),
        }
        Err(StoreError::Unavailable("the answer was lost".to_owned()).into())
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        Ok(self.shared()?.data.jobs.lease(request))
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        self.shared()?.data.reserve(sequence, count)
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        Ok(self.shared()?.data.counter(key))
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        Ok(self.shared()?.data.counters_between(from, end, limit))
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        Ok(self.shared()?.data.changed_since(epoch))
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        Ok(self.shared()?.data.was_committed(id))
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        Ok(self.shared()?.data.jobs.depths(now, business_now))
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        Ok(self.shared()?.data.balances())
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.shared().map(drop)
    }
}

#[cfg(test)]
mod tests;
