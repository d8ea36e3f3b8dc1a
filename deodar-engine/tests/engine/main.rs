//! The use cases, over a store in memory and an acquirer that does as it is told.

mod common;
mod links;
mod payments;
mod tokens;
mod webhooks;
