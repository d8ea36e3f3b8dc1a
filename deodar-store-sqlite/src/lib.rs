//! The SQLite store: one writer thread, group commit.
//!
//! The writer takes what has queued, checks each change set against the rows (those of earlier
//! change sets of the same batch included), writes the good ones, commits once, and only then
//! answers all of them. A batch is what arrived while the last sync ran; it is waited for a little
//! where more is on the way, and never until it is full. Checkpoints run on a connection of their
//! own, reads on a few others: a read of a few rows in the thread that asks for it, any other in a
//! reading thread.
//!
//! Architecture Invariant: nothing is acknowledged before it is on the disk, and nothing outside
//! this crate sees SQL.

mod answer;
mod apply;
mod backup;
mod batch;
mod checkpoint;
mod delivery;
mod error;
mod faults;
mod gather;
mod job;
mod late;
mod ledger;
mod listing;
mod open;
mod options;
mod prepared;
mod quick;
mod reader;
mod recent;
mod record;
mod reference;
mod request;
mod sequence;
mod statements;
mod store;
mod tails;
mod versions;
mod writer;

pub use backup::{Backup, BackupError, Progress, back_up};
pub use error::OpenError;
pub use faults::{Fault, Faults};
pub use options::{OpenMode, Options};
pub use store::SqliteStore;
