//! What can go wrong at the bank.

use std::path::PathBuf;

use deodar_acquirer::AcquirerError;
use thiserror::Error;

/// Why the simulator could not be opened.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// Another process works with the same books.
    #[error("the simulator's books {path} are in use by another process")]
    BooksInUse {
        /// The books.
        path: PathBuf,
    },
    /// The file could not be made, locked or opened.
    #[error("the simulator's books {path} cannot be opened: {source}")]
    BooksNotOpened {
        /// The books.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is a database, but not one that this version can work with.
    #[error("the simulator's books {path} cannot be used: {reason}")]
    BooksNotUsable {
        /// The books.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The address of the pages is not one.
    #[error("{url:?} cannot be the simulator's address: {reason}")]
    Address {
        /// What was given.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// The shared secret is too weak or cannot be sent.
    #[error("the simulator's shared secret must be {min} to {max} visible ASCII characters")]
    Secret {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
    },
}

/// Why the bank gave no outcome.
#[derive(Debug, Error)]
pub(crate) enum BankError {
    /// The books could not be read or written.
    #[error("the books cannot be read or written: {0}")]
    Books(#[from] rusqlite::Error),
    /// The books hold something that this program did not write.
    #[error("the books are damaged: {0}")]
    Corrupt(&'static str),
    /// The machine gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Randomness,
    /// It was done, and the answer is lost, as the rules ask for.
    #[error("the answer was lost")]
    AnswerLost,
    /// What was asked makes no sense to the bank.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The task that worked on the books ended early.
    #[error("the bank stopped")]
    Stopped,
}

impl From<BankError> for AcquirerError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::Unsupported(what) => Self::Unsupported(what),
            // The others leave open whether it was done, and so must the answer.
            other => Self::Silent(other.to_string()),
        }
    }
}
