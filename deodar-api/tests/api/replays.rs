//! Calls that come again: after a restart, many at once, by their reference and under an
//! `Idempotency-Key`. Each is done once, and whoever asks is told of the same thing.

mod by_key;
mod by_reference;
mod calls;
