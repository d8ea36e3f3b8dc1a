//! Loading a store before it is measured: orders made by the engine, in this process, through the
//! store's own commit path.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use deodar_domain::id::{MerchantId, order_id};
use deodar_domain::merchant::Merchant;
use deodar_domain::reference::MerchantReference;
use deodar_engine::{Engine, Made, Random, SystemRandom};
use deodar_store::{Record, RecordKey, Store};
use deodar_store_postgres::{DatabaseAddress, PostgresStore};
use deodar_store_sqlite::{OpenMode, SqliteStore};
use tokio::task::JoinSet;

use crate::baseline::{Baseline, PoolLoader, PostgresPool};
use crate::bodies::order_terms;
use crate::merchants::{merchants, write_tokens};
use crate::output::tell;

/// How many orders are on their way at once: enough for full groups.
const TASKS: u64 = 256;
/// How many ids of orders are written down.
const IDS_MAX: u64 = 20_000;
/// How often progress is told.
const REPORT_PERIOD: Duration = Duration::from_secs(1);
/// The file of ids in a store's folder: the place of a merchant's token, and the id of an order.
pub(crate) const IDS: &str = "ids.txt";
/// The first dense number of a store that is loaded.
const FIRST_NUMBER: u64 = 1;

/// Which store is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Loaded {
    /// The gateway's own, in SQLite.
    Sqlite,
    /// The baseline with a pool.
    Pool,
    /// The gateway's own, in PostgreSQL.
    Postgres,
    /// The baseline with a pool, in PostgreSQL. It is filled by SQL: one order goes through the
    /// commit path, the others are like it.
    PostgresPool,
}

impl Loaded {
    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Pool => "pool",
            Self::Postgres => "postgres",
            Self::PostgresPool => "postgres-pool",
        }
    }
}

/// What is loaded.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Which store.
    #[arg(long)]
    store: Loaded,
    /// The folder of the store; the database in it is deodar.db.
    #[arg(long)]
    folder: PathBuf,
    /// The database, where it is in no folder.
    #[arg(long, default_value = "")]
    database: String,
    /// How many orders are made.
    #[arg(long)]
    orders: u64,
    /// Where each merchant's webhooks go: this, and the merchant's place in the list. Every order
    /// is cancelled then, so that there is an event to be told.
    #[arg(long)]
    webhooks: Option<String>,
}

/// What the tasks share.
struct Work {
    engine: Arc<Engine>,
    merchants: Vec<Arc<Merchant>>,
    orders: u64,
    begun: AtomicU64,
    done: AtomicU64,
    is_cancelled: bool,
}

/// Loads a store, and writes the tokens of its merchants and the ids of some orders beside it.
pub(crate) async fn load(load: Load) -> Result<()> {
    let store = open(&load).await?;
    let credentials = merchants(&*store, &load.folder, load.webhooks.as_deref()).await?;
    let engine = crate::merchants::engine(Arc::clone(&store), "http://127.0.0.1:1").await?;
    let mut all = Vec::with_capacity(credentials.len());
    for known in &credentials {
        all.push(merchant(&*store, known.merchant).await?);
    }
    let is_filled_by_sql = load.store == Loaded::PostgresPool;
    let work = Arc::new(Work {
        engine: Arc::clone(&engine),
        merchants: all,
        orders: if is_filled_by_sql { 1 } else { load.orders },
        begun: AtomicU64::new(0),
        done: AtomicU64::new(0),
        is_cancelled: load.webhooks.is_some(),
    });
    let ids = run(&work).await?;
    if is_filled_by_sql {
        PostgresPool::open(&load.database).await?.fill(load.orders).await?;
    }
    if !ids.is_empty() {
        std::fs::write(load.folder.join(IDS), ids)?;
    }
    write_tokens(&engine, &credentials, &load.folder).await
}

async fn open(load: &Load) -> Result<Arc<dyn Store>> {
    let path = database(&load.folder);
    Ok(match load.store {
        Loaded::Sqlite => Arc::new(SqliteStore::open(path, OpenMode::Server)?),
        Loaded::Pool => Arc::new(Baseline::open(PoolLoader::create(&path)?, FIRST_NUMBER).await?),
        Loaded::Postgres => {
            let address = DatabaseAddress::parse(&load.database)?;
            Arc::new(PostgresStore::open(&address).await?)
        }
        Loaded::PostgresPool => {
            let pool = PostgresPool::open(&load.database).await?;
            Arc::new(Baseline::open(pool, FIRST_NUMBER).await?)
        }
    })
}

/// The database in a store's folder.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("deodar.db")
}

async fn merchant(store: &dyn Store, id: MerchantId) -> Result<Arc<Merchant>> {
    let found = store.get(RecordKey::Merchant(id)).await?.context("a merchant")?;
    match found.record {
        Record::Merchant(merchant) => Ok(Arc::new(*merchant)),
        _ => anyhow::bail!("{id} is no merchant"),
    }
}

/// Makes the orders, and gives the ids of some of them.
async fn run(work: &Arc<Work>) -> Result<String> {
    let begun = Instant::now();
    let reporter = tokio::spawn(report(Arc::clone(work)));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        tasks.spawn(make(Arc::clone(work)));
    }
    let mut ids = String::new();
    while let Some(made) = tasks.join_next().await {
        ids.push_str(&made??);
    }
    reporter.abort();
    tell(&format!("loaded {} {}", work.orders, begun.elapsed().as_millis()));
    Ok(ids)
}

async fn report(work: Arc<Work>) {
    let mut period = tokio::time::interval(REPORT_PERIOD);
    loop {
        period.tick().await;
        tell(&format!("loading {}", work.done.load(Ordering::Relaxed)));
    }
}

async fn make(work: Arc<Work>) -> Result<String> {
    let terms = order_terms()?;
    let mut ids = String::new();
    let every = (work.orders / IDS_MAX).max(1);
    let count = u64::try_from(work.merchants.len())?;
    loop {
        let number = work.begun.fetch_add(1, Ordering::Relaxed);
        if number >= work.orders {
            return Ok(ids);
        }
        let mut terms = terms.clone();
        // The references of merchants come in no order that an index could profit from.
        let bits = SystemRandom.u128()?;
        terms.reference = MerchantReference::parse(&format!("order-{bits:032x}"))?;
        let place = usize::try_from(number % count)?;
        let merchant = work.merchants.get(place).context("a merchant")?;
        let made = work.engine.create_order(merchant, terms).await?;
        let (Made::New(order) | Made::Existing(order)) = made;
        ensure!(order.merchant == merchant.id, "another merchant's order");
        if work.is_cancelled {
            work.engine.cancel_order(merchant, order.key).await?;
        }
        if number.is_multiple_of(every) {
            writeln!(ids, "{} {}", place + 1, order_id(order.key))?;
        }
        work.done.fetch_add(1, Ordering::Relaxed);
    }
}
