//! A store in memory whose reads come late and whose writes go wrong.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test that called it")]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use deodar_acquirer::Acquirer;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_engine::{Engine, EngineConfig, EngineError, EngineParts, MasterKey};
use deodar_kit::TestStore;
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, QueueDepth, Record, RecordKey,
    ReferenceKey, Sequence, Store, StoreError, Versioned,
};
use tokio::sync::oneshot;

use crate::common::{Gateway, MASTER_KEY};

/// Tells that a read has begun, and waits for its release.
type Pause = (RecordKey, oneshot::Sender<()>, oneshot::Receiver<()>);

/// What becomes of a write that goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is stored, and its answer is lost.
    Stored,
    /// Nothing is stored.
    Dropped,
}

/// Lets other tasks run for a while, now long and now short: the same in every run of a seed.
#[derive(Default)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// From now on tasks are interleaved by this seed.
    pub(crate) fn seed(&self, seed: u64) {
        self.0.store(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, Ordering::SeqCst);
    }

    /// A number from 0 to 7; always 0 without a seed.
    pub(crate) fn draw(&self) -> u64 {
        // A linear congruential generator; its high bits are the random ones.
        let next = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let one_on = |state| (state != 0).then(|| next(state));
        let order = Ordering::SeqCst;
        self.0.fetch_update(order, order, one_on).map_or(0, |state| next(state) >> 61)
    }

    pub(crate) async fn linger(&self) {
        for _ in 0..self.draw() {
            tokio::task::yield_now().await;
        }
    }
}

/// A store whose reads come late and whose writes go wrong, as a test asks.
pub(crate) struct UnsteadyStore {
    store: Arc<TestStore>,
    pub(crate) jitter: Jitter,
    pause: Mutex<Option<Pause>>,
    /// After so many writes one goes wrong.
    wrong: Mutex<Option<(usize, Fate)>>,
}

impl UnsteadyStore {
    /// Lets the next read of one record come late: it is read in time, but its answer waits.
    pub(crate) fn pause(&self, key: RecordKey) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (begun, has_begun) = oneshot::channel();
        let (release, released) = oneshot::channel();
        *self.pause.lock().unwrap() = Some((key, begun, released));
        (has_begun, release)
    }

    /// Lets a write go wrong after `writes` others.
    pub(crate) fn go_wrong_after(&self, writes: usize, fate: Fate) {
        *self.wrong.lock().unwrap() = Some((writes, fate));
    }

    /// Whether the write that is to go wrong is still to come.
    pub(crate) fn is_to_go_wrong(&self) -> bool {
        self.wrong.lock().unwrap().is_some()
    }

    async fn write<T, E: From<StoreError>>(
        &self,
        write: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        let fate = {
            let mut wrong = self.wrong.lock().unwrap();
            match &mut *wrong {
                Some((0, _)) => wrong.take().map(|(_, fate)| fate),
                Some((writes, _)) => {
                    *writes -= 1;
                    None
                }
                None => None,
            }
        };
        self.jitter.linger().await;
        let Some(fate) = fate else {
            let written = write.await;
            self.jitter.linger().await;
            return written;
        };
        if fate == Fate::Stored {
            let _lost = write.await;
        }
        Err(StoreError::Unavailable("scripted".to_owned()).into())
    }
}

#[async_trait]
impl Store for UnsteadyStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.jitter.linger().await;
        let found = self.store.get(key).await;
        let pause = self.pause.lock().unwrap().take_if(|(paused, ..)| *paused == key);
        if let Some((_, begun, released)) = pause {
            begun.send(()).unwrap();
            released.await.unwrap();
        }
        found
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        self.store.find(reference).await
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.store.merchants().await
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        self.store.answers_before(instant, limit).await
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        self.store.list(query).await
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        self.store.deliveries(query).await
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        self.write(self.store.commit(change_set)).await
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        let jobs = self.store.lease(request).await?;
        // A lease that gives nothing writes nothing. One that goes wrong keeps its jobs for a while.
        if jobs.is_empty() { Ok(jobs) } else { self.write(async { Ok(jobs) }).await }
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        self.write(self.store.reserve(sequence, count)).await
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        self.store.counter(key).await
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        self.store.counters_between(from, end, limit).await
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        self.store.changed_since(epoch).await
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        self.store.was_committed(id).await
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        self.store.queue_depths(now, business_now).await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        self.store.balances().await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.store.health().await
    }
}

impl UnsteadyStore {
    /// A process on the store of a gateway, with this acquirer.
    pub(crate) async fn open(
        gateway: &Gateway,
        acquirer: Arc<dyn Acquirer>,
    ) -> (Arc<Self>, Arc<Engine>) {
        let store = gateway.store.clone();
        let (jitter, pause, wrong) = <(Jitter, _, _)>::default();
        let store = Arc::new(Self { store, jitter, pause, wrong });
        let engine = store.serve(gateway, acquirer).await;
        (store, engine.unwrap())
    }

    /// Another process on this store.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        gateway: &Gateway,
        acquirer: Arc<dyn Acquirer>,
    ) -> Result<Arc<Engine>, EngineError> {
        let parts = EngineParts {
            store: Arc::<Self>::clone(self),
            acquirer,
            clock: gateway.clock.clone(),
            random: gateway.random.clone(),
            master_key: MasterKey::new(MASTER_KEY),
            config: EngineConfig { public_url: "https://pay.example.in".to_owned(), sandbox: true },
        };
        Engine::open(parts).await
    }
}
