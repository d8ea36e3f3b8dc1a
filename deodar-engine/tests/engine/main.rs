//! The use cases, over a store in memory and an acquirer that does as it is told.

mod common;
mod crashes;
#[cfg(test)]
mod idempotency;
mod links;
mod payments;
mod poisoned;
mod stale;
mod tokens;
mod unsteady;
mod webhooks;
