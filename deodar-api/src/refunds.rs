//! Refunds.

pub(crate) mod create;
