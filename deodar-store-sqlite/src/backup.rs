//! A copy of a database beside the server that writes to it.
//!
//! The copy is made by SQLite's backup interface, in steps inside **one** read transaction. Without
//! that transaction each step would be one, and each commit of the server between two of them would
//! begin the copy anew: under steady writes it never ends. `VACUUM INTO` holds such a transaction
//! too, for several times as long, because it builds every index again.
//!
//! What the transaction costs is that the write-ahead log cannot begin anew until the last page is
//! read. So nothing is synced and nothing is checked before it has ended, and the pages go to the
//! copy without a journal: a copy that was not finished has no name that anybody looks for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::backup::StepResult;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempPath;
use thiserror::Error;

use crate::error::OpenError;
use crate::open::{connect_reader, inspect, schema};
use crate::options::PAGE_BYTES;

/// How many pages are copied between two looks at the progress: 4 MiB.
const STEP_PAGES: i32 = 1_024;
/// How many steps of a statement pass between two looks at whether to stop.
const STEPS_BETWEEN_LOOKS: i32 = 100_000;
/// The files that SQLite keeps beside a database. A copy by such a name would be taken for one.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How far a backup has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Pages are copied.
    Copying {
        /// How many bytes are in the copy.
        bytes: u64,
        /// How many there will be.
        bytes_total: u64,
    },
    /// The copy is written to the disk.
    Syncing,
    /// The copy is read and checked.
    Checking,
}

/// A backup that was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backup {
    /// The size of the file.
    pub bytes: u64,
    /// The schema of the tables in it.
    pub schema: i64,
    /// How long the read transaction was open.
    pub copied_in: Duration,
    /// How long the copy was synced and checked.
    pub checked_in: Duration,
}

/// Why there is no backup, each in one sentence for whoever started the command. Nothing is left
/// behind.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database cannot be read.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// Something of the name is there already.
    #[error("{} exists, and nothing is overwritten", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// The name belongs to the database.
    #[error("{} is a name that belongs to the database itself", path.display())]
    BelongsToDatabase {
        /// The name.
        path: PathBuf,
    },
    /// There is no room for the copy.
    #[error("{} cannot be written: the disk is full", path.display())]
    DiskFull {
        /// The name.
        path: PathBuf,
    },
    /// The copy cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    CannotWrite {
        /// The name.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The copy is not whole, and so the database may not be.
    #[error("the copy is not sound, so the database may be damaged: {reason}")]
    Unsound {
        /// What the check found first.
        reason: String,
    },
    /// It was told to stop.
    #[error("the backup was stopped")]
    Stopped,
}

/// Copies the database at `source` to a new file at `target`: whole, consistent, checked, synced
/// and readable by its owner alone, or not at all. It holds everything that was acknowledged before
/// the call. It blocks until it has ended, or soon after `stop` became true.
pub fn back_up(
    source: &Path,
    target: &Path,
    stop: &Arc<AtomicBool>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Backup, BackupError> {
    let job = Job { source, target, stop, tell };
    job.refuse_names()?;
    inspect(source)?;
    job.run()
}

struct Job<'a> {
    source: &'a Path,
    target: &'a Path,
    stop: &'a Arc<AtomicBool>,
    tell: &'a mut dyn FnMut(Progress),
}

impl Job<'_> {
    fn refuse_names(&self) -> Result<(), BackupError> {
        let path = self.target.to_path_buf();
        let belongs = COMPANIONS.iter().any(|companion| {
            let mut name = self.source.as_os_str().to_owned();
            name.push(companion);
            same_place(Path::new(&name), self.target)
        });
        if belongs {
            return Err(BackupError::BelongsToDatabase { path });
        }
        match self.target.symlink_metadata() {
            Ok(_) => Err(BackupError::Exists { path }),
            Err(_) => Ok(()),
        }
    }

    fn run(mut self) -> Result<Backup, BackupError> {
        let unfinished = self.make_unfinished()?;
        let begun = Instant::now();
        let (schema, bytes) = self.copy(&unfinished)?;
        let copied = Instant::now();
        (self.tell)(Progress::Syncing);
        let file = File::open(&unfinished).map_err(|error| self.cannot_write(&error))?;
        file.sync_all().map_err(|error| self.cannot_write(&error))?;
        (self.tell)(Progress::Checking);
        self.check(&unfinished, schema)?;
        let checked = Instant::now();
        if self.is_stopped() {
            return Err(BackupError::Stopped);
        }
        unfinished.persist_noclobber(self.target).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { path: self.target.to_path_buf() },
            _ => self.cannot_write(&error.error),
        })?;
        let folder = File::open(folder_of(self.target));
        folder.and_then(|folder| folder.sync_all()).map_err(|error| self.cannot_write(&error))?;
        Ok(Backup {
            bytes,
            schema,
            copied_in: copied.duration_since(begun),
            checked_in: checked.duration_since(copied),
        })
    }

    /// Makes the file that becomes the copy: beside it, under a name that nobody can know before,
    /// readable by its owner alone. It vanishes when it is dropped.
    fn make_unfinished(&self) -> Result<TempPath, BackupError> {
        let mut prefix = self.target.file_name().unwrap_or_default().to_owned();
        prefix.push(".");
        tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(".part")
            .tempfile_in(folder_of(self.target))
            .map(tempfile::NamedTempFile::into_temp_path)
            .map_err(|error| self.cannot_write(&error))
    }

    /// Copies every page as of one moment; answers the schema of that moment and the copy's size.
    fn copy(&mut self, unfinished: &Path) -> Result<(i64, u64), BackupError> {
        let unreadable = |error: rusqlite::Error| OpenError::from_sqlite(self.source, &error);
        let source = connect_reader(self.source).map_err(unreadable)?;
        let snapshot = source.unchecked_transaction().map_err(unreadable)?;
        // The transaction begins with what it reads first.
        let schema = schema(self.source, &source)?;
        let mut copy = connect_copy(unfinished).map_err(|error| self.failed_copy(&error))?;
        let backup = rusqlite::backup::Backup::new(&snapshot, &mut copy)
            .map_err(|error| self.failed_copy(&error))?;
        loop {
            if self.is_stopped() {
                return Err(BackupError::Stopped);
            }
            let step = backup.step(STEP_PAGES).map_err(|error| self.failed_copy(&error))?;
            let progress = backup.progress();
            let total = bytes_of(progress.pagecount);
            let bytes = total.saturating_sub(bytes_of(progress.remaining));
            (self.tell)(Progress::Copying { bytes, bytes_total: total });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Nobody else knows of the copy, and the source is only read.
                _ => return Err(self.cannot_write(&io::ErrorKind::ResourceBusy.into())),
            }
        }
        drop(backup);
        drop(snapshot);
        drop(source);
        copy.close().map_err(|(_, error)| self.failed_copy(&error))?;
        let size = std::fs::metadata(unfinished).map_err(|error| self.cannot_write(&error))?;
        Ok((schema, size.len()))
    }

    /// Reads the whole copy. It is opened as a file that nobody changes, so that no log and no
    /// index of one is made beside it.
    fn check(&self, unfinished: &Path, expected_schema: i64) -> Result<(), BackupError> {
        let unsound = |reason: String| BackupError::Unsound { reason };
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => BackupError::Stopped,
            _ => unsound(error.to_string()),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let mut copy =
            Connection::open_with_flags(immutable_uri(unfinished), flags).map_err(failed)?;
        let stop = Arc::clone(self.stop);
        let look = move || stop.load(Ordering::Relaxed);
        copy.progress_handler(STEPS_BETWEEN_LOOKS, Some(look)).map_err(failed)?;
        // This reads the application's mark too.
        let found = schema(unfinished, &copy).map_err(|error| unsound(error.to_string()))?;
        if found != expected_schema {
            return Err(unsound(format!("its schema is {found} instead of {expected_schema}")));
        }
        let verdict: String =
            copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if verdict == "ok" { Ok(()) } else { Err(unsound(verdict)) }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn failed_copy(&self, error: &rusqlite::Error) -> BackupError {
        let path = self.target.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => BackupError::DiskFull { path },
            Some(ErrorCode::DatabaseCorrupt) => {
                BackupError::Source(OpenError::from_sqlite(self.source, error))
            }
            _ => BackupError::CannotWrite { path, reason: error.to_string() },
        }
    }

    fn cannot_write(&self, error: &io::Error) -> BackupError {
        let path = self.target.to_path_buf();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                BackupError::DiskFull { path }
            }
            _ => BackupError::CannotWrite { path, reason: error.to_string() },
        }
    }
}

/// A connection that writes a copy as fast as it can: until it is finished and synced, the copy
/// counts for nothing.
fn connect_copy(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(path, flags)?;
    copy.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    copy.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    Ok(copy)
}

fn bytes_of(pages: i32) -> u64 {
    u64::try_from(pages).unwrap_or(0).saturating_mul(u64::from(PAGE_BYTES))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// Whether two names are of one place, though neither may exist.
fn same_place(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| folder_of(path).canonicalize().ok();
    one.file_name() == other.file_name() && folder(one) == folder(other)
}

/// The name of a file as a URI, by which SQLite is told that nobody changes it.
fn immutable_uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            // Writing to a string does not fail.
            byte => drop(write!(uri, "%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}
