//! SQLite as a web application usually has it: a pool of ten connections, and one transaction a
//! request.
//!
//! It is written as well as anyone would: a write-ahead log, `synchronous=FULL` (nothing is
//! acknowledged before it is on the disk), statements that stay prepared, a cache of 64 MB for each
//! connection, `BEGIN IMMEDIATE` so that no transaction has to be made again, a busy timeout, one
//! narrow index where one is needed and none elsewhere. It keeps what the gateway's own store
//! keeps: the records, the references, the lists and the jobs; not the ids of change sets.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_store::{ChangeSet, CommitError, Conflict, RecordKey, StoreError, Version, Versioned};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use tokio::sync::Semaphore;

use super::group::Group;
use super::rows::{Claim, Put, Rows};
use super::{Sink, merchant_of, unavailable};

/// How many connections the pool has.
const CONNECTIONS: usize = 10;
/// How long a transaction waits for another one's end.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many statements a connection keeps prepared.
const STATEMENTS_MAX: usize = 64;

const VERSION_OF_ORDER: &str = "SELECT version FROM \"order\" WHERE key = ?1";
const INSERT_ORDER: &str = "INSERT INTO \"order\" (key, version, document) VALUES (?1, ?2, ?3)";
const INSERT_MERCHANT: &str = "INSERT INTO merchant (id, version, document) VALUES (?1, ?2, ?3) \
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, document = excluded.document";
const MERCHANTS: &str = "SELECT id, version, document FROM merchant ORDER BY id";
const INSERT_REFERENCE: &str = "INSERT INTO reference \
    (merchant, kind, reference, holder_kind, holder) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT DO NOTHING";
const HOLDER: &str = "SELECT holder FROM reference \
    WHERE merchant = ?1 AND kind = ?2 AND reference = ?3";
const INSERT_NUMBER: &str = "INSERT INTO link_number (number, holder) VALUES (?1, ?2)";
const INSERT_LISTING: &str = "INSERT INTO listing (merchant, kind, key) VALUES (?1, ?2, ?3)";
const INSERT_JOB: &str =
    "INSERT INTO job (id, queue, due_at, subject, payload) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The pool.
pub(crate) struct Pool {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

/// The same tables, filled quickly: many change sets in a transaction. For what is there before
/// anything is measured.
pub(crate) struct PoolLoader {
    group: Group<ChangeSet>,
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

impl Pool {
    /// Opens a database that was loaded.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connections = (0..CONNECTIONS).map(|_| connect(path));
        let connections = connections.collect::<rusqlite::Result<Vec<_>>>().map_err(unavailable)?;
        let idle = Arc::new(Mutex::new(connections));
        Ok(Self { idle, permits: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop().ok_or_else(|| unavailable("a connection was lost"))
    }
}

impl Sink for Pool {
    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        let connection = self.take()?;
        let merchants = merchants(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        merchants
    }

    async fn keep(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(unavailable)?;
        let mut connection = self.take()?;
        let idle = Arc::clone(&self.idle);
        let work = move || {
            let done = in_transaction(&mut connection, std::slice::from_ref(&change_set));
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            // Whoever asked may be gone by now: the place ends with the work and not before it.
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(unavailable)?
    }
}

impl PoolLoader {
    /// Makes the database.
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        let path: PathBuf = path.to_owned();
        let mut connection = connect(&path).map_err(unavailable)?;
        connection.execute_batch(include_str!("pool.sql")).map_err(unavailable)?;
        let group = Group::start(move |change_sets: &[ChangeSet]| {
            in_transaction(&mut connection, change_sets).map_err(unavailable)
        })?;
        Ok(Self { group })
    }
}

impl Sink for PoolLoader {
    async fn keep(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        self.group.run(change_set).await
    }
}

fn merchants(connection: &Connection) -> Result<Vec<Versioned<Merchant>>, StoreError> {
    let read = || {
        let mut statement = connection.prepare_cached(MERCHANTS)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<(i64, i64, String)>>>()
    };
    let rows = read().map_err(unavailable)?;
    rows.iter().map(|(id, version, document)| merchant_of(*id, *version, document)).collect()
}

fn in_transaction(
    connection: &mut Connection,
    change_sets: &[ChangeSet],
) -> Result<(), CommitError> {
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begun.map_err(unavailable)?;
    for change_set in change_sets {
        store(&transaction, change_set)?;
    }
    transaction.commit().map_err(unavailable)?;
    Ok(())
}

/// Stores a change set; an error rolls the transaction back.
fn store(transaction: &Transaction<'_>, change_set: &ChangeSet) -> Result<(), CommitError> {
    for expect in &change_set.expects {
        let RecordKey::Order(key) = expect.key else { continue };
        if version_of(transaction, key).map_err(unavailable)? != expect.version {
            return Err(Conflict::Version(expect.key).into());
        }
    }
    let rows = Rows::of(change_set)?;
    for put in rows.puts {
        match put {
            Put::Order(key, version, document) => {
                execute(transaction, INSERT_ORDER, (key, version, document))?
            }
            Put::Merchant(id, version, document) => {
                execute(transaction, INSERT_MERCHANT, (id, version, document))?
            }
        };
    }
    for claim in rows.claims {
        take(transaction, claim)?;
    }
    for listing in rows.listings {
        execute(transaction, INSERT_LISTING, listing)?;
    }
    for job in rows.jobs {
        execute(transaction, INSERT_JOB, job)?;
    }
    Ok(())
}

fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    row: impl rusqlite::Params,
) -> Result<usize, StoreError> {
    let mut statement = transaction.prepare_cached(sql).map_err(unavailable)?;
    statement.execute(row).map_err(unavailable)
}

fn version_of(transaction: &Transaction<'_>, key: OrderKey) -> rusqlite::Result<Version> {
    let mut statement = transaction.prepare_cached(VERSION_OF_ORDER)?;
    let version = statement.query_row([key.as_i64()], |row| row.get::<_, i64>(0)).optional()?;
    Ok(version.map_or(Version::ABSENT, |version| Version(version.cast_unsigned())))
}

fn take(transaction: &Transaction<'_>, claim: Claim) -> Result<(), CommitError> {
    let ((merchant, kind, text), (holder_kind, holder), reference) = match claim {
        Claim::Number(number, holder) => {
            execute(transaction, INSERT_NUMBER, (number, holder))?;
            return Ok(());
        }
        Claim::Text { name, holder, reference } => (name, holder, reference),
    };
    let row = (merchant, kind, &text, holder_kind, holder);
    if execute(transaction, INSERT_REFERENCE, row)? == 1 {
        return Ok(());
    }
    let held_by = transaction
        .prepare_cached(HOLDER)
        .and_then(|mut statement| statement.query_row((merchant, kind, &text), |row| row.get(0)))
        .map_err(unavailable)?;
    let holder = OrderKey::from_i64(held_by).ok_or_else(|| unavailable("a holder"))?;
    Err(Conflict::ReferenceTaken { reference, holder: RecordKey::Order(holder) }.into())
}
