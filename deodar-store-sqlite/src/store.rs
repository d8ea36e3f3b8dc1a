//! The store: what the rest of the gateway sees.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::stored::decode;
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, Queue, QueueDepth, Record,
    RecordKey, ReferenceKey, Reread, Sequence, Store, StoreError, Version, Versioned,
};
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{mpsc, oneshot};

use crate::answer;
use crate::apply;
use crate::checkpoint::{Checkpointer, WalGuard};
use crate::delivery;
use crate::error::OpenError;
use crate::job::{queue_number, release_all};
use crate::ledger::{self, Sums};
use crate::listing::{self, PageRow};
use crate::open;
use crate::options::{LEDGER_CHUNK_ENTRIES, OpenMode, Options, WRITE_QUEUE_MAX};
use crate::prepared::Prepared;
use crate::quick::QuickReader;
use crate::reader::Readers;
use crate::recent;
use crate::record::{Place, sql_of};
use crate::reference;
use crate::request::{Pending, Request};
use crate::tails::SharedTails;
use crate::versions::{Known, Versions};
use crate::writer::{Session, Writer};

/// A store in one SQLite file.
pub struct SqliteStore {
    quick: Option<QuickReader>,
    readers: Option<Readers>,
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    tails: SharedTails,
    /// Of the one server of a file, which alone writes orders.
    versions: Option<Arc<Versions>>,
    /// Held until the writer has ended.
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the database at `path`, which is made where it is missing and migrated where it is
    /// old. It blocks for as long as that takes.
    pub fn open(path: impl AsRef<Path>, mode: OpenMode) -> Result<Self, OpenError> {
        Self::open_with(path, mode, Options::default())
    }

    /// Opens the database with limits of its own.
    pub fn open_with(
        path: impl AsRef<Path>,
        mode: OpenMode,
        options: Options,
    ) -> Result<Self, OpenError> {
        let path = open::make_file(path.as_ref())?;
        let lock = match mode {
            OpenMode::Server => Some(open::lock(&path)?),
            OpenMode::Beside => None,
        };
        let sqlite = |error: rusqlite::Error| OpenError::from_sqlite(&path, &error);
        let io = |error: std::io::Error| OpenError::from_io(&path, &error);
        open::inspect(&path)?;
        let mut connection = open::connect_writer(&path, options.wal_bytes_max).map_err(sqlite)?;
        open::migrate(&path, &mut connection)?;
        reference::convert(&mut connection, &options).map_err(sqlite)?;
        if mode == OpenMode::Server {
            let released = release_all(&connection).map_err(sqlite)?;
            if released > 0 {
                tracing::info!(released, "leases of a server that is gone were ended");
            }
        }
        open::sync_log(&path).map_err(io)?;
        let tails = SharedTails::new(&connection, &options, mode).map_err(sqlite)?;
        let session = Session::new(connection, &tails).map_err(sqlite)?;
        let quick = QuickReader::open(&path, options.quick_readers).map_err(sqlite)?;
        let readers = Readers::start(&path, options.readers, options.read_time_max).map_err(io)?;
        let wal = WalGuard::new(Checkpointer::start(&path).map_err(io)?, options.wal_bytes_max);
        let (requests, receiver) = mpsc::channel(WRITE_QUEUE_MAX);
        let versions = Arc::new(Versions::new());
        let writer =
            Writer::new(path.clone(), options, tails.clone(), Arc::clone(&versions), session, wal);
        let writer = std::thread::Builder::new()
            .name("deodar-write".to_owned())
            .spawn(move || writer.run(receiver))
            .map_err(io)?;
        Ok(Self {
            quick: Some(quick),
            readers: Some(readers),
            requests: Some(requests),
            writer: Some(writer),
            tails,
            versions: lock.is_some().then_some(versions),
            _lock: lock,
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.readers {
            Some(readers) => readers.read(work).await,
            None => Err(closing()),
        }
    }

    /// Reads a few rows.
    async fn read_few<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.quick.as_ref().and_then(|quick| quick.read(&work)) {
            Some(read) => Ok(read),
            None => self.read(work).await,
        }
    }

    async fn ask<T>(
        &self,
        request: Request,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, StoreError> {
        let requests = self.requests.as_ref().ok_or_else(closing)?;
        requests.send(request).await.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())
    }
}

fn closing() -> StoreError {
    StoreError::Unavailable("the store is closing".to_owned())
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The writer closes last, so that it leaves no write-ahead log behind.
        self.quick = None;
        self.readers = None;
        self.requests = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writing thread had panicked");
        }
    }
}

/// A record's version and document, as they are stored.
type Row = (i64, String);

fn versioned(key: RecordKey, (version, document): Row) -> Result<Versioned<Record>, StoreError> {
    let record = decode(key, &document)?;
    Ok(Versioned { record, version: Version(version.cast_unsigned()) })
}

fn listed((key, order_key, document): PageRow) -> Result<Listed, StoreError> {
    let damaged = || StoreError::Damaged(format!("{key} is listed and its order is not there"));
    let order_key = OrderKey::from_i64(order_key).ok_or_else(damaged)?;
    match decode(RecordKey::Order(order_key), &document.ok_or_else(damaged)?)? {
        Record::Order(order) => {
            Ok(Listed { key: OrderKey::from_i64(key).ok_or_else(damaged)?, order: *order })
        }
        _ => Err(damaged()),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        let row = self
            .read_few(move |connection| {
                connection
                    .prepare_cached(sql_of(key).get)?
                    .query_row([Place::of(key).key], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .await?;
        row.map(|row| versioned(key, row)).transpose()
    }

    async fn get_unless(&self, key: RecordKey, known: Version) -> Result<Reread, StoreError> {
        let (Some(versions), RecordKey::Order(_)) = (&self.versions, key) else {
            return Ok(Reread::of(self.get(key).await?, known));
        };
        match versions.get(Place::of(key).key) {
            Known::Version(version) if version == known => Ok(Reread::Unchanged),
            Known::Version(_) => Ok(Reread::of(self.get(key).await?, known)),
            Known::Nothing(reading) => {
                let found = self.get(key).await?;
                if let Some(found) = &found {
                    versions.learn(reading, found.version);
                }
                Ok(Reread::of(found, known))
            }
        }
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        let address = self.tails.hasher.address(reference);
        let references = self.tails.references.clone();
        let place = self.read_few(move |connection| references.find(connection, &address)).await?;
        place.map(Place::record_key).transpose()
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        const ALL: &str = "SELECT key, version, document FROM merchant_record ORDER BY key";
        let rows = self
            .read(|connection| {
                connection
                    .prepare_cached(ALL)?
                    .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?
                    .collect::<rusqlite::Result<Vec<(i64, i64, String)>>>()
            })
            .await?;
        rows.into_iter()
            .map(|(key, version, document)| {
                let key = Place { kind: 1, key }.record_key()?;
                let found = versioned(key, (version, document))?;
                match found.record {
                    Record::Merchant(merchant) => {
                        Ok(Versioned { record: *merchant, version: found.version })
                    }
                    _ => Err(StoreError::Damaged(format!("{key:?} is no merchant"))),
                }
            })
            .collect()
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.read(move |connection| answer::before(connection, instant, limit)).await?;
        let read = rows.iter().filter_map(|row| match answer::read(row) {
            Ok(kept) => Some(kept),
            Err(error) => {
                tracing::error!(key = row.0, %error, "an answer cannot be read");
                None
            }
        });
        Ok(read.collect())
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        let tail = self.tails.listings.clone();
        let rows = self.read(move |connection| listing::page(connection, &tail, &query)).await?;
        rows.into_iter().map(listed).collect()
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        let rows = self.read(move |connection| delivery::page(connection, &query)).await?;
        let read = rows.iter().filter_map(|row| match delivery::read(row) {
            Ok(delivery) => Some(delivery),
            Err(error) => {
                tracing::error!(key = row.0, %error, "a delivery cannot be read");
                None
            }
        });
        Ok(read.collect())
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let prepared = Box::new(Prepared::new(change_set, &self.tails.hasher)?);
        let (pending, answer) = Pending::new(prepared);
        self.ask(Request::Commit(pending), answer).await?
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        let (pending, answer) = Pending::new(request);
        let rows = self.ask(Request::Lease(pending), answer).await??;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            match row.into_job() {
                Ok(job) => jobs.push(job),
                // The others must not wait for one that cannot be read; it stays leased.
                Err(error) => tracing::error!(job = id, %error, "a job cannot be read"),
            }
        }
        Ok(jobs)
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        let (pending, answer) = Pending::new((sequence, count));
        self.ask(Request::Reserve(pending), answer).await?
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        let name = key.0.clone();
        self.read_few(move |connection| apply::counter(connection, &name)).await
    }

    async fn counters(&self, keys: &[CounterKey]) -> Result<Vec<i64>, StoreError> {
        let keys = keys.to_vec();
        self.read_few(move |connection| {
            keys.iter().map(|key| apply::counter(connection, &key.0)).collect()
        })
        .await
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let (from, end) = (from.0.clone(), end.0.clone());
        self.read(move |connection| apply::counters_between(connection, &from, &end, limit)).await
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        const PRESENT: &str = "SELECT coalesce(max(epoch), 0) FROM change";
        const SINCE: &str = "SELECT kind, key FROM change WHERE epoch > ?1 ORDER BY epoch";
        let since = i64::try_from(epoch.0).unwrap_or(i64::MAX);
        let (present, places) = self
            .read(move |connection| {
                let snapshot = connection.unchecked_transaction()?;
                let present: i64 =
                    snapshot.prepare_cached(PRESENT)?.query_row([], |row| row.get(0))?;
                let places = snapshot
                    .prepare_cached(SINCE)?
                    .query_map([since], |row| Ok(Place { kind: row.get(0)?, key: row.get(1)? }))?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                Ok((present, places))
            })
            .await?;
        let keys = places.into_iter().map(Place::record_key).collect::<Result<_, _>>()?;
        Ok(Changes { epoch: Epoch(present.cast_unsigned()), keys })
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        let (pending, answer) = Pending::new(id);
        self.ask(Request::WasCommitted(pending), answer).await?
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        const OLDEST: &str = "SELECT min(due_at) FROM job WHERE queue = ?1";
        self.read(move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let waiting = recent::depths(&snapshot)?;
            let mut statement = snapshot.prepare_cached(OLDEST)?;
            let mut depths = Vec::with_capacity(Queue::ALL.len());
            for queue in Queue::ALL {
                let due_by = if queue.is_real_time() { now } else { business_now };
                let oldest: Option<i64> =
                    statement.query_row([queue_number(queue)], |row| row.get(0))?;
                depths.push(QueueDepth {
                    queue,
                    waiting: waiting.of(queue).cast_unsigned(),
                    oldest_due_at: oldest
                        .map(Timestamp::from_micros)
                        .filter(|due_at| *due_at <= due_by),
                });
            }
            Ok(depths)
        })
        .await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        let last = self.read(ledger::last_entry).await?;
        let mut sums = Sums::default();
        // Entries are only added, and in the order of commits: those up to `last` are whole sets,
        // whatever is written while the chunks are read.
        let mut from = 0;
        while from < last {
            let to = last.min(from + LEDGER_CHUNK_ENTRIES);
            sums.add(self.read(move |connection| ledger::chunk(connection, from, to)).await?);
            from = to;
        }
        sums.into_balances()
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.read(|connection| connection.query_row("SELECT 1 FROM meta LIMIT 1", [], |_| Ok(())))
            .await?;
        let (pending, answer) = Pending::new(());
        self.ask(Request::Probe(pending), answer).await?
    }
}
