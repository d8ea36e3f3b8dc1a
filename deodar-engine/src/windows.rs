//! How often something was done within a stretch of real time, counted in the memory of one node:
//! what no other may learn, not even as a hash. Only the latest keys are remembered. Everything else
//! is counted on all nodes together, by [`crate::tally`].

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deodar_domain::time::Timestamp;
use quick_cache::sync::Cache;

type Times = Arc<Mutex<VecDeque<Timestamp>>>;

/// Counts what is done by key.
pub(crate) struct Windows<K> {
    times_max: usize,
    window: Duration,
    times: Cache<K, Times>,
}

impl<K: Clone + Eq + Hash> Windows<K> {
    /// Allows `times_max` times in `window` for each of the latest `keys_max` keys.
    pub(crate) fn new(times_max: usize, window: Duration, keys_max: usize) -> Self {
        Self { times_max, window, times: Cache::new(keys_max) }
    }

    /// Whether it may be done once more; else how long it is until it may.
    pub(crate) fn check(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        let Some(times) = self.times.get(key) else { return Ok(()) };
        self.wait(&mut times.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    /// Counts that it was done.
    pub(crate) fn count(&self, key: &K, now: Timestamp) {
        let times = self.times_of(key);
        let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() >= self.times_max {
            times.pop_front();
        }
        times.push_back(now);
    }

    fn times_of(&self, key: &K) -> Times {
        let new = || Ok::<_, std::convert::Infallible>(Times::default());
        self.times.get_or_insert_with(key, new).unwrap_or_default()
    }

    /// Forgets what is older than the window. Where the rest is too many, when the oldest is.
    fn wait(&self, times: &mut VecDeque<Timestamp>, now: Timestamp) -> Result<(), Duration> {
        while times.front().is_some_and(|oldest| oldest.plus(self.window) <= now) {
            times.pop_front();
        }
        match times.front() {
            Some(oldest) if times.len() >= self.times_max => {
                Err(oldest.plus(self.window).since(now))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn one_more_may_be_done_when_the_oldest_is_a_window_ago() {
        let windows = Windows::new(2, 10 * SECOND, 100);
        for second in [0, 4] {
            assert_eq!(windows.check(&"one", at(second)), Ok(()), "{second}");
            windows.count(&"one", at(second));
        }
        assert_eq!(windows.check(&"one", at(5)), Err(5 * SECOND));
        assert_eq!(windows.check(&"one", at(9)), Err(SECOND));
        assert_eq!(windows.check(&"another", at(9)), Ok(()), "keys are counted apart");
        assert_eq!(windows.check(&"one", at(10)), Ok(()));
        windows.count(&"one", at(10));
        assert_eq!(windows.check(&"one", at(10)), Err(4 * SECOND));
        assert_eq!(windows.check(&"one", at(14)), Ok(()));
    }

    #[test]
    fn what_is_counted_after_the_most_pushes_the_oldest_out() {
        let windows = Windows::new(2, 10 * SECOND, 100);
        for second in [0, 1, 8] {
            windows.count(&"one", at(second));
        }
        assert_eq!(windows.check(&"one", at(9)), Err(2 * SECOND));
    }
}
