//! Where the bank reads the time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use deodar_domain::time::Timestamp;

/// A source of the bank's time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place where the bank reads the real time")]
pub fn real_time() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    })
}
