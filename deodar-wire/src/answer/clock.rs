//! The sandbox's clock.

use deodar_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::value::Time;
use crate::schema::texts;

/// Where the sandbox's business time is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clock, description = "Where business time is")]
pub struct ClockAnswer {
    #[schema(schema_with = texts::time)]
    now: Time,
}

impl ClockAnswer {
    /// Business time is `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self { now: Time(now) }
    }
}
