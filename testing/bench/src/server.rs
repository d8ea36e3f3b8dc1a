//! A baseline, served: the gateway's own routes, limits and server over another store.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use axum::routing::get;
use clap::{Args, ValueEnum};
use deodar::failure::Failure;
use deodar::settings::LogFormat;
use deodar::{logging, metrics, serve, server};
use deodar_store::Store;
use serde_json::json;

use crate::baseline::{Baseline, Log, Nothing, Pool, PostgresPool};
use crate::load::database;
use crate::merchants::{engine, merchants, write_tokens};
use crate::output::tell;

/// What servers under measurement log: a line for every request is a cost of its own.
pub(crate) const LOG: &str = "warn";
/// The first dense number of a baseline: above what it was loaded with.
const FIRST_NUMBER: u64 = 1 << 33;
/// Where the answer is that costs nothing to make.
pub(crate) const BARE_PATH: &str = "/bare";

/// Which baseline is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Served {
    /// No storage.
    Nothing,
    /// A log with one sync a group.
    Log,
    /// A pool with one transaction a request.
    Pool,
    /// The same in PostgreSQL.
    PostgresPool,
}

impl Served {
    /// Its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Log => "log",
            Self::Pool => "pool",
            Self::PostgresPool => "postgres-pool",
        }
    }
}

/// What is served.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Which baseline.
    #[arg(long)]
    store: Served,
    /// The folder of the store.
    #[arg(long)]
    folder: PathBuf,
    /// The database, where it is in no folder.
    #[arg(long, default_value = "")]
    database: String,
    /// What `GET /bare` answers, in a file.
    #[arg(long)]
    bare_body: Option<PathBuf>,
}

/// Serves until it is told to stop.
pub(crate) async fn serve(serve_what: Serve) -> Result<()> {
    logging::start(Some(LOG), LOG, LogFormat::Text).map_err(failed)?;
    let recorder = metrics::start().map_err(failed)?;
    let folder = &serve_what.folder;
    let store: Arc<dyn Store> = match serve_what.store {
        Served::Nothing => Arc::new(Baseline::open(Nothing, FIRST_NUMBER).await?),
        Served::Log => {
            let log = Log::create(&folder.join("requests.log"))?;
            Arc::new(Baseline::open(log, FIRST_NUMBER).await?)
        }
        Served::Pool => {
            let pool = Pool::open(&database(folder))?;
            Arc::new(Baseline::open(pool, FIRST_NUMBER).await?)
        }
        Served::PostgresPool => {
            let pool = PostgresPool::open(&serve_what.database).await?;
            Arc::new(Baseline::open(pool, FIRST_NUMBER).await?)
        }
    };
    let credentials = merchants(&*store, folder, None).await?;
    let address = "127.0.0.1:0".parse()?;
    let bound = server::bind("--listen", address).await.map_err(failed)?;
    let url = serve::reachable(bound.address);
    let engine = engine(store, &url).await?;
    write_tokens(&engine, &credentials, folder).await?;

    let upkeep = tokio::spawn(metrics::upkeep(recorder.clone()));
    let router = serve::routes(&engine, None, true).merge(metrics::router(recorder));
    let mut router = deodar_api::observe(router);
    if let Some(path) = &serve_what.bare_body {
        let body = axum::body::Bytes::from(std::fs::read(path)?);
        let kind = [("content-type", "application/json")];
        router = router.route(BARE_PATH, get(async move || (kind, body)));
    }
    let stop = serve::stop_signal().map_err(failed)?;
    tell(&json!({ "url": url }).to_string());
    server::serve(bound, router, stop).await;
    upkeep.abort();
    Ok(())
}

fn failed(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Other(error) => error,
        failure @ Failure::Setup(_) => anyhow!("{}", failure.line()),
    }
}
