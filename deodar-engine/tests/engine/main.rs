//! The use cases, over a store in memory and an acquirer that does as it is told.

mod common;
mod crashes;
#[cfg(test)]
mod idempotency;
mod links;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod orders;
mod payments;
mod poisoned;
#[cfg(test)]
mod refunds;
mod stale;
mod tokens;
mod unsteady;
mod webhooks;
