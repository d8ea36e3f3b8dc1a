//! What the server says about itself, for `deodar doctor`.

use deodar_domain::time::Timestamp;
use tokio_postgres::Error;

use crate::error::OpenError;
use crate::session::Connector;

const FACTS: &str = "SELECT current_setting('server_version'), current_setting('fsync'), \
    current_setting('full_page_writes'), current_setting('synchronous_commit'), \
    current_setting('synchronous_standby_names'), \
    current_setting('max_connections')::integer, \
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), \
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, \
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), \
    inet_client_addr() IS NULL OR inet_client_addr() << '127.0.0.0/8' \
        OR inet_client_addr() = '::1'";

/// What the server says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its version.
    pub version: String,
    /// `fsync`: off means that what it acknowledges can be lost.
    pub fsync: String,
    /// `full_page_writes`: off means that a crash can damage pages.
    pub full_page_writes: String,
    /// `synchronous_commit`, as our connections have it.
    pub synchronous_commit: String,
    /// The standbys that a commit waits for; empty where it waits for none.
    pub synchronous_standby_names: String,
    /// How many connections it takes.
    pub connections_max: i32,
    /// How many connections it has now.
    pub connections: i64,
    /// Its clock.
    pub now: Timestamp,
    /// Whether our connections are encrypted.
    pub is_encrypted: bool,
    /// Whether our connections stay on one machine.
    pub is_local: bool,
}

pub(crate) async fn read(connector: &Connector) -> Result<Facts, OpenError> {
    let failed = |error: Error| OpenError::of(connector.address().to_string(), &error);
    let (client, task) = connector.connect().await.map_err(failed)?;
    let read = async {
        let row = client.query_one(FACTS, &[]).await?;
        Ok(Facts {
            version: row.try_get(0)?,
            fsync: row.try_get(1)?,
            full_page_writes: row.try_get(2)?,
            synchronous_commit: row.try_get(3)?,
            synchronous_standby_names: row.try_get(4)?,
            connections_max: row.try_get(5)?,
            connections: row.try_get(6)?,
            now: Timestamp::from_micros(row.try_get(7)?),
            is_encrypted: row.try_get(8)?,
            is_local: row.try_get(9)?,
        })
    };
    let facts = read.await.map_err(failed);
    task.abort();
    facts
}
