//! Connections, and what each is told before it is used.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Connection, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::DatabaseAddress;
use crate::error::{OpenError, describe};
use crate::options::{CONNECT_TIME_MAX, Options, SILENCE_MS_MAX};
use crate::tls;

/// The schema in which everything lives.
pub(crate) const SCHEMA: &str = "deodar";

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Connector {
    address: Arc<DatabaseAddress>,
    tls: Option<MakeRustlsConnect>,
    lock_wait_ms_max: u128,
}

impl Connector {
    pub(crate) fn new(address: &DatabaseAddress, options: &Options) -> Result<Self, OpenError> {
        let tls =
            if address.is_plain() { None } else { Some(tls::connector(&address.encryption)?) };
        let lock_wait_ms_max = options.lock_wait_max.as_millis();
        Ok(Self { address: Arc::new(address.clone()), tls, lock_wait_ms_max })
    }

    pub(crate) fn address(&self) -> &DatabaseAddress {
        &self.address
    }

    /// Makes a connection and tells it how it is to work.
    pub(crate) async fn connect(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let config = &self.address.config;
        let (client, task) = match &self.tls {
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                (client, tokio::spawn(drive(connection)))
            }
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                (client, tokio::spawn(drive(connection)))
            }
        };
        match prepare(&client, self.lock_wait_ms_max).await {
            Ok(()) => Ok((client, task)),
            Err(error) => {
                task.abort();
                Err(error)
            }
        }
    }

    /// The same, in a bounded time, with the statements that it has prepared.
    pub(crate) async fn open(&self) -> Result<ClientWrapper, String> {
        match tokio::time::timeout(2 * CONNECT_TIME_MAX, self.connect()).await {
            Ok(Ok((client, task))) => Ok(ClientWrapper::new(client, task)),
            Ok(Err(error)) => Err(describe(&error)),
            Err(_) => Err("the database does not answer".to_owned()),
        }
    }
}

async fn drive<S, T>(connection: Connection<S, T>)
where
    Connection<S, T>: Future<Output = Result<(), Error>>,
{
    if let Err(error) = connection.await {
        tracing::debug!(reason = describe(&error), "a connection to the database has ended");
    }
}

/// Tells a connection how it is to work.
///
/// * A commit is acknowledged when it is on the disk, and on the standbys that were asked for; where
///   the server waits for more than that, it stays so.
/// * No `statement_timeout`: one that runs out while a commit waits for its standby makes the server
///   acknowledge it without the standby. What takes too long is given up on our side.
/// * Plans go by the keys, whatever the statistics of a table say that has just been filled; and none
///   is compiled, which takes longer than the statement itself.
/// * A node that goes silent loses its locks.
async fn prepare(client: &Client, lock_wait_ms_max: u128) -> Result<(), Error> {
    let settings = format!(
        "SET search_path = {SCHEMA}; \
         SET default_transaction_isolation = 'read committed'; \
         SET statement_timeout = 0; \
         SET lock_timeout = {lock_wait_ms_max}; \
         SET idle_in_transaction_session_timeout = {SILENCE_MS_MAX}; \
         SET plan_cache_mode = force_generic_plan; \
         SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
         SET jit = off; \
         SET client_min_messages = warning; \
         SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') <> 'remote_apply'"
    );
    client.batch_execute(&settings).await?;
    // Not every system can look whether a client is still there: it only saves work in vain.
    let _ = client.batch_execute("SET client_connection_check_interval = 1000").await;
    Ok(())
}
