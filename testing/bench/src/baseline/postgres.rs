//! PostgreSQL as a web application usually has it: a pool of ten connections, and one transaction a
//! request.
//!
//! It is written as well as anyone would: the pool that is well kept, statements that stay prepared
//! on their connections, one statement for each row, `synchronous_commit` as it comes (nothing is
//! acknowledged before it is on the disk). It keeps what the gateway's own store keeps: the
//! records, the references, the lists and the jobs; not the ids of change sets. An order's key is
//! its primary key, so that no version has to be looked up before it is made.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Transaction};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_store::{ChangeSet, CommitError, Conflict, RecordKey, StoreError, Versioned};
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

use super::rows::{Claim, Put, Rows};
use super::{Sink, merchant_of, unavailable};

/// How many connections the pool has.
const CONNECTIONS: usize = 10;

const INSERT_ORDER: &str = "INSERT INTO \"order\" (key, version, document) VALUES ($1, $2, $3)";
const INSERT_MERCHANT: &str = "INSERT INTO merchant (id, version, document) VALUES ($1, $2, $3) \
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, document = excluded.document";
const MERCHANTS: &str = "SELECT id, version, document FROM merchant ORDER BY id";
const INSERT_REFERENCE: &str = "INSERT INTO reference \
    (merchant, kind, reference, holder_kind, holder) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT DO NOTHING";
const HOLDER: &str = "SELECT holder FROM reference \
    WHERE merchant = $1 AND kind = $2 AND reference = $3";
const INSERT_NUMBER: &str = "INSERT INTO link_number (number, holder) VALUES ($1, $2)";
const INSERT_LISTING: &str = "INSERT INTO listing (merchant, kind, key) VALUES ($1, $2, $3)";
const INSERT_JOB: &str =
    "INSERT INTO job (id, queue, due_at, subject, payload) VALUES ($1, $2, $3, $4, $5)";

/// Fills the tables with orders like the one that is there, of every merchant in turn, with
/// references in no order. Their keys are below those of orders that are made now.
const FILL: &str = "
    WITH sample AS (SELECT document FROM \"order\" LIMIT 1),
        shop AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all
            FROM merchant),
        made AS (SELECT number AS key, shop.id AS merchant
            FROM generate_series(1, $1::bigint) AS number
            JOIN shop ON shop.place = number % shop.all),
        orders AS (INSERT INTO \"order\" (key, version, document)
            SELECT made.key, 1, sample.document FROM made, sample),
        listings AS (INSERT INTO listing (merchant, kind, key) SELECT merchant, 1, key FROM made)
    INSERT INTO reference (merchant, kind, reference, holder_kind, holder)
        SELECT merchant, 1, 'order-' || md5(random()::text || key), 2, key FROM made";

/// The pool.
pub(crate) struct PostgresPool {
    pool: Pool,
}

impl PostgresPool {
    /// A pool of the database at `url`; the tables are made where they are not there.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let config: tokio_postgres::Config = url.parse().map_err(unavailable)?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build().map_err(unavailable)?;
        let opened = Self { pool };
        let client = opened.take().await?;
        let there = client.query_one("SELECT to_regclass('job') IS NOT NULL", &[]).await;
        if !there.map_err(unavailable)?.get::<_, bool>(0) {
            let tables = include_str!("postgres.sql");
            client.batch_execute(tables).await.map_err(unavailable)?;
        }
        drop(client);
        Ok(opened)
    }

    /// Fills the tables with so many orders, quickly. One must be there already.
    pub(crate) async fn fill(&self, orders: u64) -> Result<(), StoreError> {
        let client = self.take().await?;
        let count = i64::try_from(orders).map_err(unavailable)?;
        client.execute(FILL, &[&count]).await.map_err(unavailable)?;
        client.batch_execute("VACUUM ANALYZE").await.map_err(unavailable)
    }

    /// How many rows a table has.
    #[cfg(test)]
    pub(crate) async fn count(&self, table: &str) -> Result<i64, StoreError> {
        let sql = format!("SELECT count(*) FROM {table}");
        let row = self.take().await?.query_one(&sql, &[]).await.map_err(unavailable)?;
        Ok(row.get(0))
    }

    async fn take(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(unavailable)
    }
}

impl Sink for PostgresPool {
    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        let client = self.take().await?;
        let rows = client.query(MERCHANTS, &[]).await.map_err(unavailable)?;
        rows.iter().map(|row| merchant_of(row.get(0), row.get(1), row.get(2))).collect()
    }

    async fn keep(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let rows = Rows::of(&change_set)?;
        let mut client = self.take().await?;
        let transaction = client.transaction().await.map_err(unavailable)?;
        for put in rows.puts {
            let (sql, key, version, document) = match put {
                Put::Order(key, version, document) => (INSERT_ORDER, key, version, document),
                Put::Merchant(id, version, document) => (INSERT_MERCHANT, id, version, document),
            };
            execute(&transaction, sql, &[&key, &version, &document]).await?;
        }
        for claim in rows.claims {
            take(&transaction, claim).await?;
        }
        for (merchant, kind, key) in rows.listings {
            execute(&transaction, INSERT_LISTING, &[&merchant, &kind, &key]).await?;
        }
        for (id, queue, due_at, subject, payload) in rows.jobs {
            let row: [&(dyn ToSql + Sync); 5] = [&id, &queue, &due_at, &subject, &payload];
            execute(&transaction, INSERT_JOB, &row).await?;
        }
        Ok(transaction.commit().await.map_err(unavailable)?)
    }
}

async fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    row: &[&(dyn ToSql + Sync)],
) -> Result<u64, StoreError> {
    let statement = transaction.prepare_cached(sql).await.map_err(unavailable)?;
    transaction.execute(&statement, row).await.map_err(unavailable)
}

async fn take(transaction: &Transaction<'_>, claim: Claim) -> Result<(), CommitError> {
    let ((merchant, kind, text), (holder_kind, holder), reference) = match claim {
        Claim::Number(number, holder) => {
            execute(transaction, INSERT_NUMBER, &[&number, &holder]).await?;
            return Ok(());
        }
        Claim::Text { name, holder, reference } => (name, holder, reference),
    };
    let row: [&(dyn ToSql + Sync); 5] = [&merchant, &kind, &text, &holder_kind, &holder];
    if execute(transaction, INSERT_REFERENCE, &row).await? == 1 {
        return Ok(());
    }
    let asked: [&(dyn ToSql + Sync); 3] = [&merchant, &kind, &text];
    let held_by = transaction.query_one(HOLDER, &asked).await.map_err(unavailable)?;
    let holder = OrderKey::from_i64(held_by.get(0)).ok_or_else(|| unavailable("a holder"))?;
    Err(Conflict::ReferenceTaken { reference, holder: RecordKey::Order(holder) }.into())
}
