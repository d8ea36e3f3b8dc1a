//! The store that the tests of the engine, the API, the workers and the pages stand on: in memory, or
//! on PostgreSQL where the environment says so.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result};
use async_trait::async_trait;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::memory::{LostAnswer, MemoryStore};
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, QueueDepth, Record, RecordKey,
    ReferenceKey, Reread, Sequence, Store, StoreError, Version, Versioned,
};
use deodar_store_postgres::{DatabaseAddress, Options, PostgresStore};
use futures::future::BoxFuture;
use tokio::runtime::Runtime;

use crate::postgres::PostgresCluster;

/// Says on which database the tests run: `postgres`, or in memory and on SQLite where it is absent.
const DATABASE: &str = "DEODAR_TEST_DATABASE";

/// Makes a store as it was when it was new.
const EMPTY: &str = "DELETE FROM deodar.record; DELETE FROM deodar.reference; \
    DELETE FROM deodar.ledger_entry; DELETE FROM deodar.job; DELETE FROM deodar.queue_depth; \
    DELETE FROM deodar.dense_number; DELETE FROM deodar.counter; DELETE FROM deodar.change; \
    DELETE FROM deodar.change_set_log; UPDATE deodar.epoch SET value = 0";

/// Where PostgreSQL is spoken to. A test may have stopped the clock of its own runtime, and what
/// waits for a network must not see that.
static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok()
});

/// Whether the tests are to run on PostgreSQL.
pub fn is_on_postgres() -> bool {
    std::env::var_os(DATABASE).is_some_and(|database| database == "postgres")
}

/// Stores that no test has any more. To empty one is a hundred times less than to make another.
static USED: Mutex<Vec<Postgres>> = Mutex::new(Vec::new());

struct Postgres {
    store: Arc<PostgresStore>,
    database: String,
}

enum Kind {
    Memory(MemoryStore),
    /// Absent once it is dropped.
    Postgres(Option<Postgres>),
}

/// A store that holds nothing yet, and belongs to one test.
pub struct TestStore {
    kind: Kind,
    lost_answers: Mutex<Vec<LostAnswer>>,
}

impl TestStore {
    /// Opens one.
    ///
    /// # Panics
    ///
    /// Where that fails, as the tests do that call it.
    #[expect(clippy::panic, reason = "a test ends so")]
    pub async fn open() -> Self {
        let kind = if is_on_postgres() {
            match tokio::task::spawn_blocking(open_postgres).await {
                Ok(Ok(kind)) => kind,
                Ok(Err(error)) => panic!("{error:#}"),
                Err(error) => panic!("{error}"),
            }
        } else {
            Kind::Memory(MemoryStore::new())
        };
        Self { kind, lost_answers: Mutex::default() }
    }

    /// Lets the answers of the next commits be lost, one for each element.
    pub fn lose_answers(&self, fates: &[LostAnswer]) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Memory(store) => store.lose_answers(fates),
            Kind::Postgres(_) => {
                let mut lost = self.lost_answers.lock().unwrap_or_else(PoisonError::into_inner);
                lost.extend(fates.iter().rev());
                Ok(())
            }
        }
    }

    /// Puts a document at a key as it is, whatever it says.
    pub fn put_document(&self, key: RecordKey, document: &str) -> Result<()> {
        match &self.kind {
            Kind::Memory(store) => Ok(store.put_document(key, document)?),
            Kind::Postgres(postgres) => {
                let database = &postgres.as_ref().context("a store that is open")?.database;
                let (kind, key) = place(key).context("a record that tests spoil")?;
                let spoil = format!(
                    "UPDATE deodar.record SET version = version + 1, document = $spoilt${document}\
                     $spoilt$ WHERE kind = {kind} AND key = {key}"
                );
                PostgresCluster::shared_sql(database, &spoil).map(|_| ())
            }
        }
    }

    /// Does something with the store, where its database is spoken to.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<dyn Store>) -> BoxFuture<'static, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.kind {
            Kind::Memory(store) => Ok(work(Arc::new(store.clone())).await),
            Kind::Postgres(postgres) => {
                let closed = || StoreError::Unavailable("the store is closed".to_owned());
                let store = Arc::clone(&postgres.as_ref().ok_or_else(closed)?.store);
                // A clock that is stopped stays so for as long as a thread is waited for.
                tokio::task::spawn_blocking(move || Some(RUNTIME.as_ref()?.block_on(work(store))))
                    .await
                    .ok()
                    .flatten()
                    .ok_or_else(|| StoreError::Unavailable("a thread of the tests died".into()))
            }
        }
    }
}

/// Everything that is stored, as text.
impl fmt::Debug for TestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const EVERYTHING: &str = "SELECT document FROM deodar.record \
            UNION ALL SELECT payload FROM deodar.job \
            UNION ALL SELECT reference FROM deodar.reference \
            UNION ALL SELECT name FROM deodar.counter";
        match &self.kind {
            Kind::Memory(store) => store.fmt(f),
            Kind::Postgres(postgres) => {
                let database = &postgres.as_ref().ok_or(fmt::Error)?.database;
                let told = PostgresCluster::shared_sql(database, EVERYTHING);
                f.write_str(&told.map_err(|_| fmt::Error)?)
            }
        }
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Kind::Postgres(postgres) = &mut self.kind
            && let Some(used) = postgres.take()
        {
            USED.lock().unwrap_or_else(PoisonError::into_inner).push(used);
        }
    }
}

/// Takes a store that nobody uses any more, and empties it; or makes another.
fn open_postgres() -> Result<Kind> {
    let used = {
        let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
        let free = used.iter().position(|used| Arc::strong_count(&used.store) == 1);
        free.map(|place| used.swap_remove(place))
    };
    if let Some(used) = used {
        PostgresCluster::shared_sql(&used.database, EMPTY)?;
        return Ok(Kind::Postgres(Some(used)));
    }
    let text = PostgresCluster::shared_database()?;
    let database = text.rsplit('/').next().unwrap_or_default().to_owned();
    let address = DatabaseAddress::parse(&text)?;
    let runtime = RUNTIME.as_ref().context("a runtime")?;
    let options = Options { connections: 4, ..Options::default() };
    let store = Arc::new(runtime.block_on(PostgresStore::open_with(&address, options))?);
    Ok(Kind::Postgres(Some(Postgres { store, database })))
}

/// Where PostgreSQL keeps the records that tests spoil.
fn place(key: RecordKey) -> Option<(i16, i64)> {
    match key {
        RecordKey::Merchant(id) => Some((1, i64::from(id.as_u32()))),
        RecordKey::Order(key) => Some((2, key.as_i64())),
        RecordKey::Delivery(key) => Some((4, key.0)),
        RecordKey::Answer(key) => Some((6, key.0)),
        RecordKey::Outbox(slot) => Some((7, i64::from(slot.index()))),
        RecordKey::Refund(_) | RecordKey::Setting(_) => None,
    }
}

#[async_trait]
impl Store for TestStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.call(move |store| Box::pin(async move { store.get(key).await })).await?
    }

    async fn get_unless(&self, key: RecordKey, known: Version) -> Result<Reread, StoreError> {
        self.call(move |store| Box::pin(async move { store.get_unless(key, known).await })).await?
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        let reference = reference.clone();
        self.call(move |store| Box::pin(async move { store.find(&reference).await })).await?
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.call(move |store| Box::pin(async move { store.merchants().await })).await?
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        let read = move |store: Arc<dyn Store>| -> BoxFuture<'static, _> {
            Box::pin(async move { store.answers_before(instant, limit).await })
        };
        self.call(read).await?
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        self.call(move |store| Box::pin(async move { store.list(query).await })).await?
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        self.call(move |store| Box::pin(async move { store.deliveries(query).await })).await?
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let lost = self.lost_answers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if lost != Some(LostAnswer::Dropped) {
            let answer = self
                .call(move |store| Box::pin(async move { store.commit(change_set).await }))
                .await?;
            if lost.is_none() {
                return answer;
            }
        }
        Err(StoreError::Unavailable("the answer was lost".to_owned()).into())
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        self.call(move |store| Box::pin(async move { store.lease(request).await })).await?
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        self.call(move |store| Box::pin(async move { store.reserve(sequence, count).await }))
            .await?
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        let key = key.clone();
        self.call(move |store| Box::pin(async move { store.counter(&key).await })).await?
    }

    async fn counters(&self, keys: &[CounterKey]) -> Result<Vec<i64>, StoreError> {
        let keys = keys.to_vec();
        self.call(move |store| Box::pin(async move { store.counters(&keys).await })).await?
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let (from, end) = (from.clone(), end.clone());
        let read = move |store: Arc<dyn Store>| -> BoxFuture<'static, _> {
            Box::pin(async move { store.counters_between(&from, &end, limit).await })
        };
        self.call(read).await?
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        self.call(move |store| Box::pin(async move { store.changed_since(epoch).await })).await?
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        self.call(move |store| Box::pin(async move { store.was_committed(id).await })).await?
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        let read = move |store: Arc<dyn Store>| -> BoxFuture<'static, _> {
            Box::pin(async move { store.queue_depths(now, business_now).await })
        };
        self.call(read).await?
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        self.call(move |store| Box::pin(async move { store.balances().await })).await?
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.call(move |store| Box::pin(async move { store.health().await })).await?
    }
}
