//! The PostgreSQL store, on clusters of its own.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share fails as they do"
)]

mod common;
mod contract;
mod failure;
mod lost_answers;
mod nodes;
mod opening;
mod outage;
mod proxy;
mod standby;
