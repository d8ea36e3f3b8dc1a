//! Opening: the file, the lock of the server, the connections and the migrations.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension};

use crate::error::OpenError;
use crate::options::{
    BUSY_WAIT_MAX, PAGE_BYTES, READER_MMAP_BYTES, STATEMENTS_MAX, WRITER_CACHE_KIB,
};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Marks a file as ours, in the header that SQLite keeps for that: "DEOD".
const APPLICATION_ID: i64 = 0x4445_4f44;
/// How often a migration is tried again when another process migrates at the same time.
const MIGRATION_TRIES_MAX: u32 = 3;

/// Makes the file where it is missing, readable by its owner alone, and answers its full path.
///
/// A file that is there is not opened: closing it again would end the locks that another
/// connection of this process has on it.
pub(crate) fn make_file(path: &Path) -> Result<PathBuf, OpenError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(OpenError::from_io(path, &error));
        }
        _ => {}
    }
    path.canonicalize().map_err(|error| OpenError::from_io(path, &error))
}

/// Takes the lock of the one server of a file. It ends with the process, however that ends.
pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&name)
        .map_err(|error| OpenError::from_io(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyServed { path: path.to_path_buf() }),
        Err(TryLockError::Error(error)) => Err(OpenError::from_io(path, &error)),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_WAIT_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without this a statement with a limit or a partial index is planned again each time that
    // another value is bound to it, which took a third of a commit's instructions.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Refuses a file that this release must not write to, before anything of it is changed.
pub(crate) fn inspect(path: &Path) -> Result<(), OpenError> {
    let connection = connect(path).map_err(|error| OpenError::from_sqlite(path, &error))?;
    if connection.is_readonly(MAIN_DB).unwrap_or(false) {
        return Err(OpenError::ReadOnly { path: path.to_path_buf() });
    }
    let (found, known) = (schema(path, &connection)?, newest_schema());
    if found > known {
        return Err(OpenError::NewerSchema { path: path.to_path_buf(), found, known });
    }
    Ok(())
}

fn newest_schema() -> i64 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
}

/// A connection that writes and syncs each commit.
pub(crate) fn connect_writer(path: &Path, wal_bytes_max: u64) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some("the file system does not support a write-ahead log".to_owned()),
        ));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    let wal_bytes = i64::try_from(wal_bytes_max).unwrap_or(i64::MAX);
    connection.query_row(&format!("PRAGMA journal_size_limit = {wal_bytes}"), [], |_| Ok(()))?;
    Ok(connection)
}

/// A connection that only moves pages from the log to the database.
pub(crate) fn connect_checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    connection.query_row(&format!("PRAGMA mmap_size = {READER_MMAP_BYTES}"), [], |_| Ok(()))?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Syncs what the log holds, before anybody is told of it.
///
/// A server that was killed between the write of a commit and its sync leaves a commit that is
/// whole, but that nobody has synced: the system has it in memory alone. Whoever opens the log next
/// finds it there, and would serve what a failure of the power could still take. The next commit
/// would sync it, but until then it would be told. The first sync of whoever makes the log syncs
/// its folder too, but one who was killed before that did not.
pub(crate) fn sync_log(path: &Path) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    // SQLite has no locks on this file, which closing it would end.
    match File::open(&name) {
        Ok(log) => log.sync_all()?,
        // Everything is in the database, where it was synced before the log was removed.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let synced = path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all());
    match synced {
        // Not every folder may be read, and not every file system has folders that can be synced.
        // SQLite goes on there as well.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            tracing::warn!(%error, "the folder of the database cannot be synced");
            Ok(())
        }
        synced => synced,
    }
}

/// Brings the tables to the schema of this release.
pub(crate) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let runner = embedded::migrations::runner();
    let known = newest_schema();
    let mut failures = 0;
    loop {
        let found = schema(path, connection)?;
        if found == known {
            return Ok(());
        }
        if found > known {
            return Err(OpenError::NewerSchema { path: path.to_path_buf(), found, known });
        }
        let Err(error) = runner.run(connection) else { continue };
        failures += 1;
        if failures == MIGRATION_TRIES_MAX {
            return Err(migration_error(path, &error));
        }
    }
}

fn migration_error(path: &Path, error: &refinery::Error) -> OpenError {
    let cause = match error.kind() {
        refinery::error::Kind::Connection(_, cause) => cause.downcast_ref::<rusqlite::Error>(),
        _ => None,
    };
    match cause.map(|cause| OpenError::from_sqlite(path, cause)) {
        Some(known @ (OpenError::DiskFull { .. } | OpenError::ReadOnly { .. })) => known,
        _ => OpenError::Migration { path: path.to_path_buf(), reason: error.to_string() },
    }
}

/// The schema of the file: 0 where there is none. Refuses a file that is not ours.
pub(crate) fn schema(path: &Path, connection: &Connection) -> Result<i64, OpenError> {
    let ask = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, Option<i64>>(0))
            .optional()
            .map(|found| found.flatten().unwrap_or(0))
            .map_err(|error| OpenError::from_sqlite(path, &error))
    };
    // Indexes that SQLite makes by itself are not counted: a process may have been killed after it
    // made the table of migrations and before the first one.
    let tables = ask("SELECT count(*) FROM sqlite_schema WHERE type <> 'index'")?;
    let history = ask("SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'")?;
    let found = match history {
        0 => 0,
        _ => ask("SELECT max(version) FROM refinery_schema_history")?,
    };
    let is_new = tables == history && found == 0;
    if !is_new && ask("PRAGMA application_id")? != APPLICATION_ID {
        return Err(OpenError::OtherDatabase { path: path.to_path_buf() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
