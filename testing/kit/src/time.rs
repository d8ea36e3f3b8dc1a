//! The time of a runtime, for tests that must not depend on how long something takes.

use std::sync::mpsc;
use std::time::Duration;

/// How long time stands still at most: a test that hangs then meets its own limits.
const STOPPED_MAX: Duration = Duration::from_mins(5);

/// Stops the time of this runtime until `tokio::time` resumes or advances it: nothing is over by
/// chance, however slow the machine is. It goes on where the answer is dropped.
#[must_use]
pub fn stop_time() -> mpsc::Sender<()> {
    tokio::time::pause();
    let (stopped, ended) = mpsc::channel();
    // Time that is paused jumps when everybody waits, except while a thread is waited for.
    drop(tokio::task::spawn_blocking(move || ended.recv_timeout(STOPPED_MAX)));
    stopped
}
