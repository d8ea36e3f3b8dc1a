//! What only a sandbox answers.

use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::time;

#[derive(Serialize)]
struct Advance {
    advance_seconds: u64,
}

#[derive(Deserialize)]
struct Clock {
    #[serde(deserialize_with = "time::read")]
    now: Timestamp,
}

impl Client {
    /// Moves a sandbox's business time forward (`POST /sandbox/clock`), so that a test sees a link
    /// expire or a webhook retried, and tells what time it then is. A gateway with a real acquirer
    /// has no such call.
    pub async fn advance_clock(&self, seconds: u64) -> Result<Timestamp, Error> {
        let advance = Advance { advance_seconds: seconds };
        Ok(self.post::<Clock>("/sandbox/clock", &advance).await?.now)
    }
}
