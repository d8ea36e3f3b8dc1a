//! Errors: why a database cannot be opened, and what an error of SQLite means for the writer.

use std::path::{Path, PathBuf};

use deodar_store::StoreError;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a database cannot be opened, each in one sentence for whoever started the command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The file cannot be made or opened.
    #[error("the database {} cannot be opened: {reason}", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file holds something else.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database whose pages are damaged.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database, but another program's.
    #[error("{} is the database of another program", path.display())]
    OtherDatabase {
        /// The file.
        path: PathBuf,
    },
    /// A newer release has opened the database before.
    #[error(
        "the database {} has schema {found}, which a newer release wrote; this one knows schemas \
         up to {known}",
        path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
    },
    /// Another server has the database.
    #[error("the database {} is already served by another process", path.display())]
    AlreadyServed {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error("the database {} cannot be written: it is read-only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// There is no room for the database.
    #[error("the database {} cannot be written: the disk is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The tables cannot be brought to the schema of this release.
    #[error("the database {} cannot be migrated: {reason}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            _ => Self::CannotOpen { path, reason: error.to_string() },
        }
    }

    pub(crate) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path }
            }
            _ => Self::CannotOpen { path, reason: error.to_string() },
        }
    }
}

/// What an error means for the batch in which it happened.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another process holds the database; nothing was written.
    Busy(String),
    /// The disk or the database failed: the connection is not to be trusted any more.
    Lost(String),
    /// A statement of one request failed; the others are blameless.
    Statement(StoreError),
}

impl Failure {
    /// What is said to a request that was not stored because of this.
    pub(crate) fn into_store_error(self) -> StoreError {
        match self {
            Self::Busy(reason) | Self::Lost(reason) => StoreError::Unavailable(reason),
            Self::Statement(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy(error.to_string())
            }
            Some(
                ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::ParameterOutOfRange,
            )
            | None => Self::Statement(StoreError::Damaged(error.to_string())),
            Some(_) => Self::Lost(error.to_string()),
        }
    }
}

/// What an error of a read means for its caller.
pub(crate) fn read_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            StoreError::Unavailable("a read took too long and was interrupted".to_owned())
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None => {
            StoreError::Damaged(error.to_string())
        }
        Some(_) => StoreError::Unavailable(error.to_string()),
    }
}
