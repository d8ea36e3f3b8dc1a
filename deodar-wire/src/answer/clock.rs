//! The sandbox's clock.

use deodar_domain::time::Timestamp;
use serde::Serialize;

use super::value::Time;

/// Where the sandbox's business time is.
#[derive(Debug, Serialize)]
pub struct ClockAnswer {
    now: Time,
}

impl ClockAnswer {
    /// Business time is `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self { now: Time(now) }
    }
}
