//! Opening the database: a file of SQLite, or PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use deodar_store::Store;
use deodar_store_postgres::{DatabaseAddress, OpenError, PostgresStore};
use deodar_store_sqlite::{OpenMode, SqliteStore};

use crate::failure::Failure;
use crate::gateway::open_failure;
use crate::settings::Settings;

/// How long a server that starts waits for a PostgreSQL that does not answer: the machine may have
/// started both at the same time.
pub const DATABASE_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long it waits between two attempts.
const DATABASE_WAIT_PERIOD: Duration = Duration::from_millis(500);

/// Opens the database, which is made where it is missing.
pub async fn open_store(settings: &Settings, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
    if let Some(address) = &settings.postgres {
        return Ok(Arc::new(open_postgres(address, mode).await?));
    }
    let store =
        SqliteStore::open(&settings.database, mode).map_err(|error| open_failure(&error))?;
    Ok(Arc::new(store))
}

/// Opens the database, which must be there.
pub async fn open_existing(settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
    let name = if let Some(address) = &settings.postgres {
        let is_there = PostgresStore::is_in_use(address).await;
        let is_there = is_there.map_err(|error| postgres_failure(&error))?;
        (!is_there).then(|| format!("nothing of Deodar in {address}"))
    } else {
        let path = &settings.database;
        (!path.exists()).then(|| format!("no database {}", path.display()))
    };
    if let Some(what) = name {
        return Err(Failure::setup(format!(
            "there is {what}: name the right one by --database, or start deodar serve"
        )));
    }
    open_store(settings, OpenMode::Beside).await
}

/// A server waits for its database for a while; a command does not.
async fn open_postgres(
    address: &DatabaseAddress,
    mode: OpenMode,
) -> Result<PostgresStore, Failure> {
    let opened = async {
        let mut is_told = false;
        loop {
            match PostgresStore::open(address).await {
                Err(error @ OpenError::Unreachable { .. }) if mode == OpenMode::Server => {
                    if !is_told {
                        tracing::warn!(%error, "waiting for the database");
                        is_told = true;
                    }
                }
                opened => return opened,
            }
            tokio::time::sleep(DATABASE_WAIT_PERIOD).await;
        }
    };
    let opened = match tokio::time::timeout(DATABASE_WAIT_MAX, opened).await {
        Ok(opened) => opened,
        // What it says when it is asked for the last time is what is told.
        Err(_) => PostgresStore::open(address).await,
    };
    opened.map_err(|error| postgres_failure(&error))
}

/// What a database that cannot be opened means for whoever started the command.
pub fn postgres_failure(error: &OpenError) -> Failure {
    let advice = match error {
        OpenError::Address(_) | OpenError::Encryption(_) => "set --database",
        OpenError::Unreachable { .. } => "start it, or see --database and the network between",
        OpenError::Refused { .. } => "see the user, the password and the name in --database",
        OpenError::TooOld { .. } => "upgrade it",
        OpenError::NotUtf8 { .. } => "make a database with ENCODING 'UTF8'",
        OpenError::NotDurable { .. } => "set fsync = on in postgresql.conf",
        OpenError::NewerSchema { .. } => "use the release that wrote it, or a later one",
        OpenError::Migration { .. } => "see that its user may make a schema, and try again",
    };
    Failure::setup(format!("{error}: {advice}"))
}
