//! Opening: what the server must be, and the migrations.

use std::time::Duration;

use tokio_postgres::{Client, Error};

use crate::error::{OpenError, describe};
use crate::options::{CONNECT_TIME_MAX, MIGRATION_WAIT_MS_MAX};
use crate::session::{Connector, SCHEMA};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The oldest release of PostgreSQL that was tried.
const VERSION_MIN: i32 = 14;
/// What a node locks while it migrates: "DEODARMI", as a number of 64 bits.
const MIGRATION_LOCK: i64 = 0x4445_4f44_4152_4d49;
/// The table of the migrations that were made. It is in our schema, and no other program's.
const HISTORY: &str = "schema_history";

const SERVER: &str = "SELECT current_setting('server_version_num')::integer / 10000, \
    pg_encoding_to_char(encoding)::text, current_setting('fsync') \
    FROM pg_database WHERE datname = current_database()";
const HAS_HISTORY: &str = "SELECT to_regclass($1)::text IS NOT NULL";

/// A connection of its own, with its task; it ends when it is dropped.
struct Session {
    client: Client,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn session(connector: &Connector) -> Result<Session, OpenError> {
    let address = || connector.address().to_string();
    match tokio::time::timeout(2 * CONNECT_TIME_MAX, connector.connect()).await {
        Ok(Ok((client, task))) => Ok(Session { client, task }),
        Ok(Err(error)) => Err(OpenError::of(address(), &error)),
        Err(_) => {
            Err(OpenError::Unreachable { address: address(), reason: "no answer in time".into() })
        }
    }
}

/// Whether our tables are there.
pub(crate) async fn is_in_use(connector: &Connector) -> Result<bool, OpenError> {
    let session = session(connector).await?;
    let found = schema(&session.client).await;
    found
        .map(|found| found > 0)
        .map_err(|error| OpenError::of(connector.address().to_string(), &error))
}

/// Refuses a server that cannot keep what is promised, and brings the tables to the schema of this
/// release. Of many nodes that start at once one migrates, and the others wait for it.
pub(crate) async fn migrate(connector: &Connector) -> Result<(), OpenError> {
    let mut session = session(connector).await?;
    let address = || connector.address().to_string();
    inspect(&session.client, address()).await?;
    let known = newest_schema();
    let failed = |error: Error| OpenError::of(address(), &error);
    if check(schema(&session.client).await.map_err(failed)?, known, address())? {
        return Ok(());
    }
    let wait = Duration::from_millis(MIGRATION_WAIT_MS_MAX.into()) + 2 * CONNECT_TIME_MAX;
    let not_migrated = |reason: String| OpenError::Migration { address: address(), reason };
    let locked = tokio::time::timeout(wait, lock(&session.client)).await;
    match locked {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(not_migrated(describe(&error))),
        Err(_) => return Err(not_migrated("another node does not end migrating".to_owned())),
    }
    if check(schema(&session.client).await.map_err(failed)?, known, address())? {
        return Ok(());
    }
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name(HISTORY);
    // The lock ends with the connection, which ends here.
    runner.run_async(&mut session.client).await.map_err(|error| {
        let cause = std::error::Error::source(&error)
            .and_then(|cause| cause.downcast_ref::<Error>())
            .map(describe);
        not_migrated(cause.unwrap_or_else(|| error.to_string()))
    })?;
    Ok(())
}

async fn inspect(client: &Client, address: String) -> Result<(), OpenError> {
    let read = async {
        let row = client.query_one(SERVER, &[]).await?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (version, encoding, fsync): (i32, String, String) =
        read.await.map_err(|error: Error| OpenError::of(address.clone(), &error))?;
    if version < VERSION_MIN {
        return Err(OpenError::TooOld { address, found: version, known: VERSION_MIN });
    }
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8 { address, found: encoding });
    }
    if fsync == "off" {
        return Err(OpenError::NotDurable { address });
    }
    Ok(())
}

fn newest_schema() -> i32 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Whether the schema is this release's; an older one is to be migrated, a newer one is refused.
fn check(found: i32, known: i32, address: String) -> Result<bool, OpenError> {
    if found > known {
        return Err(OpenError::NewerSchema { address, found, known });
    }
    Ok(found == known)
}

/// The schema of the database: 0 where there is none.
async fn schema(client: &Client) -> Result<i32, Error> {
    let table = format!("{SCHEMA}.{HISTORY}");
    if !client.query_one(HAS_HISTORY, &[&table]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let newest = format!("SELECT coalesce(max(version), 0)::integer FROM {table}");
    client.query_one(&newest, &[]).await?.try_get(0)
}

/// Waits until no other node migrates, and makes the schema where it is missing.
async fn lock(client: &Client) -> Result<(), Error> {
    let lock = format!(
        "SET lock_timeout = {MIGRATION_WAIT_MS_MAX}; SELECT pg_advisory_lock({MIGRATION_LOCK}); \
         CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    );
    // Several statements sent at once are one transaction, and its snapshot is older than the lock.
    for statement in lock.split("; ") {
        client.batch_execute(statement).await?;
    }
    Ok(())
}
