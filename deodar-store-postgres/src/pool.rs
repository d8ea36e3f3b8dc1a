//! The connections that read, lease and reserve: one statement a call.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::{
    Client, Connect, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use deodar_store::StoreError;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::error::{Failure, describe, read_error};
use crate::options::{CALL_TIME_MAX, CONNECT_TIME_MAX, POOL_WAIT_MAX};
use crate::session::Connector;

/// How often a call is made again because its connection was gone.
const BROKEN_MAX: usize = 2;

type Made = Result<(tokio_postgres::Client, JoinHandle<()>), Error>;

impl Connect for Connector {
    fn connect(
        &self,
        _: &tokio_postgres::Config,
    ) -> Pin<Box<dyn Future<Output = Made> + Send + '_>> {
        Box::pin(Self::connect(self))
    }
}

/// The connections.
pub(crate) struct Connections(Pool);

impl Connections {
    /// Connections that are made when they are needed, `count` at most.
    pub(crate) fn new(connector: Connector, count: usize) -> Result<Self, String> {
        let config = connector.address().config.clone();
        let manager = Manager::from_connect(
            config,
            connector,
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(count.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT_MAX))
            .create_timeout(Some(2 * CONNECT_TIME_MAX))
            .build();
        pool.map(Self).map_err(|error| error.to_string())
    }

    /// Takes a connection for more than one statement.
    pub(crate) async fn take(&self) -> Result<Client, StoreError> {
        self.0.get().await.map_err(|error| {
            StoreError::Unavailable(match error {
                PoolError::Backend(error) => describe(&error),
                PoolError::Timeout(TimeoutType::Wait) => "too many reads are waiting".to_owned(),
                PoolError::Timeout(_) => "the database does not answer".to_owned(),
                PoolError::Closed => "the store is closing".to_owned(),
                other => other.to_string(),
            })
        })
    }

    /// Runs a statement, and gives its rows. It is run again where its connection was gone, so it
    /// must be harmless to run twice.
    pub(crate) async fn rows(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        self.rows_within(CALL_TIME_MAX, sql, parameters).await
    }

    /// The same, with a time limit of its own.
    pub(crate) async fn rows_within(
        &self,
        time_max: Duration,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let mut broken = 0;
        loop {
            let client = self.take().await?;
            let call = async {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, parameters).await
            };
            let error = match tokio::time::timeout(time_max, call).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) => error,
                Err(_) => {
                    // Its answer may still come: nobody else must take it for theirs.
                    drop(Client::take(client));
                    let reason = "the database took too long to answer";
                    return Err(StoreError::Unavailable(reason.to_owned()));
                }
            };
            let is_lost = matches!(Failure::of(&error), Failure::Lost(_));
            if is_lost {
                drop(Client::take(client));
            }
            if !is_lost || broken == BROKEN_MAX {
                return Err(read_error(&error));
            }
            broken += 1;
        }
    }

    /// Ends all of them.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}
