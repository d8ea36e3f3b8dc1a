//! The store: what the rest of the gateway sees.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed, QueueDepth, Record, RecordKey,
    ReferenceKey, Reread, Sequence, Store, StoreError, Version, Versioned,
};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::address::DatabaseAddress;
use crate::error::{OpenError, unreadable};
use crate::facts::{self, Facts};
use crate::gather::Gather;
use crate::job;
use crate::ledger;
use crate::listing;
use crate::open;
use crate::options::{CALL_TIME_MAX, Options, WRITE_QUEUE_MAX};
use crate::pool::Connections;
use crate::prepared::Prepared;
use crate::prune;
use crate::record::{MERCHANT, Place, versioned};
use crate::request::Pending;
use crate::session::Connector;
use crate::settle;
use crate::writer::{Outage, Writer};

const GET: &str = "SELECT version, document FROM record WHERE kind = $1 AND key = $2";
const GET_UNLESS: &str = "SELECT version, CASE WHEN version <> $3 THEN document END \
    FROM record WHERE kind = $1 AND key = $2";
pub(crate) const FIND: &str = "SELECT holder_kind, holder_key FROM reference WHERE reference = $1";
const MERCHANTS: &str = "SELECT key, version, document FROM record WHERE kind = 1 ORDER BY key";
const COUNTER: &str = "SELECT value FROM counter WHERE name = $1";
const COUNTERS: &str = "SELECT coalesce(counter.value, 0) \
    FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, place) \
    LEFT JOIN counter ON counter.name = asked.name COLLATE \"C\" ORDER BY asked.place";
pub(crate) const COUNTERS_BETWEEN: &str = "SELECT name, value FROM counter \
    WHERE name >= $1 AND name < $2 ORDER BY name LIMIT $3";
const RESERVE: &str = "INSERT INTO dense_number (name, next) VALUES ($1, 1 + $2::bigint) \
    ON CONFLICT (name) DO UPDATE SET next = dense_number.next + $2 RETURNING next";
/// One statement is one moment: no change is missed under the epoch that is told.
const CHANGED: &str = "SELECT present.value, later.kind, later.key FROM epoch AS present \
    LEFT JOIN change AS later ON later.epoch > $1 WHERE present.id = 1 ORDER BY later.epoch";
const PROBE: &str = "UPDATE probe SET at = now() WHERE id = 1";

/// Every statement of this file, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    GET,
    GET_UNLESS,
    FIND,
    MERCHANTS,
    COUNTER,
    COUNTERS,
    COUNTERS_BETWEEN,
    RESERVE,
    CHANGED,
    PROBE,
];

/// A store in a PostgreSQL database, which any number of nodes share.
pub struct PostgresStore {
    connections: Arc<Connections>,
    requests: mpsc::Sender<Pending>,
    address: DatabaseAddress,
    pruning: JoinHandle<()>,
}

impl PostgresStore {
    /// Opens the database, which is migrated where it is new or old.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, OpenError> {
        Self::open_with(address, Options::default()).await
    }

    /// Opens the database with limits of its own.
    pub async fn open_with(address: &DatabaseAddress, options: Options) -> Result<Self, OpenError> {
        let connector = Connector::new(address, &options)?;
        open::migrate(&connector).await?;
        let connections = Connections::new(connector.clone(), options.connections)
            .map_err(|reason| OpenError::Unreachable { address: address.to_string(), reason })?;
        let connections = Arc::new(connections);
        let (requests, receiver) = mpsc::channel(WRITE_QUEUE_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        let (outage, gather) = (Arc::new(Outage::default()), Arc::new(Gather::default()));
        for _ in 0..options.writers.max(1) {
            let (outage, gather) = (Arc::clone(&outage), Arc::clone(&gather));
            let writer = Writer::new(connector.clone(), options.clone(), outage, gather);
            tokio::spawn(writer.run(Arc::clone(&receiver)));
        }
        let pruning = tokio::spawn(prune::run(Arc::clone(&connections)));
        Ok(Self { connections, requests, address: address.clone(), pruning })
    }

    /// Whether a gateway has ever used the database: its tables are there.
    pub async fn is_in_use(address: &DatabaseAddress) -> Result<bool, OpenError> {
        open::is_in_use(&Connector::new(address, &Options::default())?).await
    }

    /// What the server says about itself.
    pub async fn facts(address: &DatabaseAddress) -> Result<Facts, OpenError> {
        facts::read(&Connector::new(address, &Options::default())?).await
    }

    /// Where the database is, without the user and the password.
    pub fn address(&self) -> &DatabaseAddress {
        &self.address
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        // The writers finish what has queued, and end when nobody can ask any more.
        self.pruning.abort();
        self.connections.close();
    }
}

fn closing() -> StoreError {
    StoreError::Unavailable("the store is closing".to_owned())
}

fn merchant(row: &tokio_postgres::Row) -> Result<Versioned<Merchant>, StoreError> {
    let key: i64 = row.try_get(0).map_err(unreadable)?;
    match versioned(Place { kind: MERCHANT, key }, row, 1)? {
        Versioned { record: Record::Merchant(merchant), version } => {
            Ok(Versioned { record: *merchant, version })
        }
        _ => Err(StoreError::Damaged(format!("{key} is no merchant"))),
    }
}

/// A column of 64 bits of the only row.
fn only(rows: &[tokio_postgres::Row]) -> Result<Option<i64>, StoreError> {
    rows.first().map(|row| row.try_get(0)).transpose().map_err(unreadable)
}

#[async_trait]
impl Store for PostgresStore {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        let place = Place::of(key);
        let rows = self.connections.rows(GET, &[&place.kind, &place.key]).await?;
        rows.first().map(|row| versioned(place, row, 0)).transpose()
    }

    async fn get_unless(&self, key: RecordKey, known: Version) -> Result<Reread, StoreError> {
        let place = Place::of(key);
        let version = known.0.cast_signed();
        let rows = self.connections.rows(GET_UNLESS, &[&place.kind, &place.key, &version]).await?;
        let Some(row) = rows.first() else { return Ok(Reread::Read(None)) };
        if row.try_get::<_, Option<&str>>(1).map_err(unreadable)?.is_none() {
            return Ok(Reread::Unchanged);
        }
        versioned(place, row, 0).map(|read| Reread::Read(Some(read)))
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        let rows = self.connections.rows(FIND, &[&reference.text()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let place = Place {
            kind: row.try_get(0).map_err(unreadable)?,
            key: row.try_get(1).map_err(unreadable)?,
        };
        place.record_key().map(Some)
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        let rows = self.connections.rows(MERCHANTS, &[]).await?;
        rows.iter().map(merchant).collect()
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        listing::answers_before(&self.connections, instant, limit).await
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        listing::page(&self.connections, query).await
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        listing::deliveries(&self.connections, query).await
    }

    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let (pending, answer) = Pending::new(Box::new(Prepared::new(change_set)?));
        self.requests.send(pending).await.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())?
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        job::lease(&self.connections, request).await
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        let ended = || StoreError::Unavailable(format!("{} has ended", sequence.name()));
        let number = i64::try_from(count).map_err(|_| ended())?;
        let taken = self.connections.rows(RESERVE, &[&sequence.name(), &number]).await;
        let rows = taken.map_err(|error| match error {
            StoreError::Damaged(_) => ended(),
            other => other,
        })?;
        let end = only(&rows)?.ok_or_else(ended)?.cast_unsigned();
        Ok(end.saturating_sub(count)..end)
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        let rows = self.connections.rows(COUNTER, &[&&*key.0]).await?;
        Ok(only(&rows)?.unwrap_or(0))
    }

    async fn counters(&self, keys: &[CounterKey]) -> Result<Vec<i64>, StoreError> {
        let names: Vec<&str> = keys.iter().map(|key| &*key.0).collect();
        let rows = self.connections.rows(COUNTERS, &[&names]).await?;
        rows.iter().map(|row| row.try_get(0).map_err(unreadable)).collect()
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.connections.rows(COUNTERS_BETWEEN, &[&&*from.0, &&*end.0, &limit]).await?;
        rows.iter()
            .map(|row| {
                let name: &str = row.try_get(0).map_err(unreadable)?;
                Ok((CounterKey(name.into()), row.try_get(1).map_err(unreadable)?))
            })
            .collect()
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        let since = i64::try_from(epoch.0).unwrap_or(i64::MAX);
        let rows = self.connections.rows(CHANGED, &[&since]).await?;
        let present = only(&rows)?.ok_or_else(|| StoreError::Damaged("no epoch".to_owned()))?;
        let mut keys = Vec::new();
        for row in &rows {
            let kind: Option<i16> = row.try_get(1).map_err(unreadable)?;
            let key: Option<i64> = row.try_get(2).map_err(unreadable)?;
            if let (Some(kind), Some(key)) = (kind, key) {
                keys.push(Place { kind, key }.record_key()?);
            }
        }
        Ok(Changes { epoch: Epoch(present.cast_unsigned()), keys })
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        let client = self.connections.take().await?;
        // A task of its own ends its transaction, whether or not the caller still waits: nobody else
        // may get the connection before.
        let asked = tokio::spawn(async move {
            let stored = settle::stored_of(&client, std::iter::once(id), CALL_TIME_MAX).await;
            if stored.is_err() {
                drop(deadpool_postgres::Client::take(client));
            }
            stored
        });
        let stored = asked.await.map_err(|_| closing())?;
        stored.map(|stored| stored.contains(&id)).map_err(StoreError::Unavailable)
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        job::depths(&self.connections, now, business_now).await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        ledger::balances(&self.connections).await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.connections.rows(PROBE, &[]).await.map(|_| ())
    }
}
