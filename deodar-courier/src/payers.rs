//! How many messages a payer is sent, whoever sends them: a flood of links must not become a flood of
//! messages.

use std::time::Duration;

use deodar_engine::{Engine, Limit};

/// How many messages one address, or one number, is sent in an hour of real time, by all nodes
/// together.
pub const PER_PAYER_HOUR_MAX: u32 = 20;

const PER_PAYER: Limit =
    Limit { name: "message", times_max: PER_PAYER_HOUR_MAX, window: Duration::from_hours(1) };

/// Counts a message to a payer; where there were too many, tells when there is room again.
pub(crate) async fn count(engine: &Engine, recipient: &str) -> Result<(), Duration> {
    // Letters of an address may be written large or small; it is one mailbox.
    engine.take_of_limit(&PER_PAYER, &[recipient.to_lowercase().as_bytes()]).await
}
