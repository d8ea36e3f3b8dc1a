//! Errors: why a database cannot be opened, and what an error of PostgreSQL means.
//!
//! What is told of an error is its code and its message. Its detail holds values of rows, which are
//! merchants' and payers' own, and is left out.

use std::error::Error as _;

use deodar_store::StoreError;
use thiserror::Error;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// Why a database cannot be opened, each in one sentence for whoever started the command. None holds
/// the password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The address cannot be understood.
    #[error("the address of the database {0}")]
    Address(&'static str),
    /// The certificates for TLS cannot be used.
    #[error("TLS to the database cannot be used: {0}")]
    Encryption(String),
    /// The server does not answer.
    #[error("the database {address} does not answer: {reason}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The server does not let us in, or has no such database.
    #[error("the database {address} refuses: {reason}")]
    Refused {
        /// Where it is.
        address: String,
        /// What the server said.
        reason: String,
    },
    /// The server is older than what was tried.
    #[error("the database {address} is PostgreSQL {found}; it must be {known} or newer")]
    TooOld {
        /// Where it is.
        address: String,
        /// The server's version.
        found: i32,
        /// The oldest version that works.
        known: i32,
    },
    /// The database's texts are of another encoding.
    #[error("the database {address} has the encoding {found}; it must have UTF8")]
    NotUtf8 {
        /// Where it is.
        address: String,
        /// Its encoding.
        found: String,
    },
    /// The server acknowledges what is not on its disk.
    #[error("the database {address} runs with fsync = off: what it acknowledges can be lost")]
    NotDurable {
        /// Where it is.
        address: String,
    },
    /// A newer release has opened the database before.
    #[error(
        "the database {address} has schema {found}, which a newer release wrote; this one knows \
         schemas up to {known}"
    )]
    NewerSchema {
        /// Where it is.
        address: String,
        /// The schema of the database.
        found: i32,
        /// The newest schema that this release knows.
        known: i32,
    },
    /// The tables cannot be brought to the schema of this release.
    #[error("the database {address} cannot be migrated: {reason}")]
    Migration {
        /// Where it is.
        address: String,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    /// What an error before the first use means.
    pub(crate) fn of(address: String, error: &Error) -> Self {
        let reason = describe(error);
        match error.as_db_error().map(DbError::code) {
            None | Some(&(SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN)) => {
                Self::Unreachable { address, reason }
            }
            Some(_) => Self::Refused { address, reason },
        }
    }
}

/// An error in one line: its code and message, or what the system said.
pub(crate) fn describe(error: &Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// What an error means for the transaction in which it happened.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another transaction came between; the same again may succeed.
    Race(String),
    /// Another transaction holds a row for too long; it is only known that there is one.
    Locked(String),
    /// One of the change sets cannot be stored; the others are blameless.
    Statement(StoreError),
    /// The database cannot write now.
    Refused(String),
    /// The connection is gone, or is not to be trusted any more.
    Lost(String),
}

impl Failure {
    /// What an error of a statement means. Whatever it was, nothing of the transaction is stored.
    pub(crate) fn of(error: &Error) -> Self {
        let reason = describe(error);
        let Some(db) = error.as_db_error() else { return Self::Lost(reason) };
        if is_end(db) {
            return Self::Lost(reason);
        }
        match *db.code() {
            SqlState::UNIQUE_VIOLATION
            | SqlState::T_R_DEADLOCK_DETECTED
            | SqlState::T_R_SERIALIZATION_FAILURE => Self::Race(reason),
            SqlState::LOCK_NOT_AVAILABLE => Self::Locked(reason),
            // A standby: the connection has to be made to the primary.
            SqlState::READ_ONLY_SQL_TRANSACTION => Self::Lost(reason),
            ref code if matches!(code.code().get(..2), Some("53" | "57" | "58" | "XX")) => {
                Self::Refused(reason)
            }
            _ => Self::Statement(StoreError::Damaged(reason)),
        }
    }
}

/// Whether the server ends the connection with this error.
pub(crate) fn is_end(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || *error.code() == SqlState::ADMIN_SHUTDOWN
        || *error.code() == SqlState::CRASH_SHUTDOWN
}

/// What an error of a read means for its caller.
pub(crate) fn read_error(error: &Error) -> StoreError {
    match Failure::of(error) {
        Failure::Statement(error) => error,
        Failure::Race(reason)
        | Failure::Locked(reason)
        | Failure::Refused(reason)
        | Failure::Lost(reason) => StoreError::Unavailable(reason),
    }
}

/// What a column that is not what it should be means.
pub(crate) fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(error.to_string())
}
