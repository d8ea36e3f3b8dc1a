//! The PostgreSQL store: any number of nodes on one database, group commit.
//!
//! One or two tasks of each node write. Each takes what has queued and sends it as one transaction
//! of two round trips: the first writes the ids of the change sets, locks the rows that they expect,
//! in the order of their keys, and reads what they rest on; the second writes what the good ones
//! write, as arrays, and commits. What is refused is decided here, between the two, under the locks
//! of the first. A batch that only makes what is new is one statement, and one round trip: the unique
//! indexes judge it. Only after the commit is anybody answered.
//!
//! Architecture Invariant: nothing is acknowledged before PostgreSQL has committed it, and nothing
//! outside this crate sees SQL.

mod address;
mod batch;
mod direct;
mod error;
mod facts;
mod faults;
mod gather;
mod group;
mod job;
mod judge;
mod ledger;
mod listing;
mod open;
mod options;
mod pipeline;
#[cfg(test)]
mod plans;
mod pool;
mod prepared;
mod prune;
mod record;
mod request;
mod session;
mod settle;
mod steps;
mod store;
mod tables;
mod tls;
mod value;
mod writer;

pub use address::DatabaseAddress;
pub use error::OpenError;
pub use facts::Facts;
pub use faults::{Fault, Faults};
pub use options::Options;
pub use store::PostgresStore;
