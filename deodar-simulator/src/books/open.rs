//! Opening the books: the lock, the database, its settings and its schema.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::config::Books;
use crate::error::SimulatorError;

/// The form of the books that this version writes.
const SCHEMA_VERSION: i64 = 1;
/// What marks a SQLite file as the simulator's books: `DeoS`.
const APPLICATION_ID: i64 = 0x4465_6f53;
/// How long a statement waits while somebody else reads or copies the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The books, open, with the lock that keeps other processes out until this is dropped.
pub(crate) struct OpenBooks {
    pub(crate) connection: Connection,
    _lock: Option<File>,
}

impl OpenBooks {
    /// Opens the books, and makes them where there are none.
    pub(crate) fn open(books: &Books) -> Result<Self, SimulatorError> {
        let unusable = |error: &rusqlite::Error| SimulatorError::BooksNotUsable {
            path: path_of(books).to_owned(),
            reason: error.to_string(),
        };
        let (mut connection, lock) = match books {
            Books::Memory => (Connection::open_in_memory().map_err(|e| unusable(&e))?, None),
            Books::File(path) => {
                let lock = take_lock(path)?;
                // The file is made first, so that nobody else may read it from the start.
                private_file(path).map_err(|e| not_opened(path, e))?;
                (Connection::open(path).map_err(|e| unusable(&e))?, Some(lock))
            }
        };
        configure(&connection).map_err(|e| unusable(&e))?;
        let found = prepare(&mut connection).map_err(|e| unusable(&e))?;
        if let Found::Unusable(reason) = found {
            let path = path_of(books).to_owned();
            return Err(SimulatorError::BooksNotUsable { path, reason });
        }
        Ok(Self { connection, _lock: lock })
    }
}

/// What the file turned out to be.
enum Found {
    Ready,
    Unusable(String),
}

fn path_of(books: &Books) -> &Path {
    match books {
        Books::File(path) => path,
        Books::Memory => Path::new(":memory:"),
    }
}

fn not_opened(path: &Path, source: std::io::Error) -> SimulatorError {
    SimulatorError::BooksNotOpened { path: path.to_owned(), source }
}

/// Locks a file beside the books. The books' own file cannot carry the lock: closing any handle of
/// it would drop the locks that SQLite holds on it.
fn take_lock(books: &Path) -> Result<File, SimulatorError> {
    let mut name = books.as_os_str().to_owned();
    name.push(".lock");
    let file = private_file(&PathBuf::from(name)).map_err(|e| not_opened(books, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SimulatorError::BooksInUse { path: books.to_owned() }),
        Err(TryLockError::Error(error)) => Err(not_opened(books, error)),
    }
}

/// Opens a file, and makes it, readable by its owner alone, where there is none.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Books in memory answer `memory` here and have no log.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // The bank's yes must outlive a power cut: every commit is synced before it is told.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Makes the tables in an empty file, and refuses one that is not ours or newer than we are.
fn prepare(connection: &mut Connection) -> rusqlite::Result<Found> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |name: &str| transaction.pragma_query_value(None, name, |row| row.get(0));
    let (application, version): (i64, i64) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(include_str!("schema.sql"))?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        return Ok(Found::Ready);
    }
    Ok(if application != APPLICATION_ID {
        Found::Unusable("this is a database, but not the simulator's; name another file".into())
    } else if version != SCHEMA_VERSION {
        Found::Unusable(format!(
            "they have form {version}, this version knows form {SCHEMA_VERSION}; \
             use the version that wrote them, or name another file"
        ))
    } else {
        Found::Ready
    })
}
