//! Whether to wait a little before a batch begins.
//!
//! Where a sync takes long, callers that were answered by the last batch come back just after the
//! next has begun, and wait for two syncs. A pause of some of the last commit's time lets them come
//! along. Where a sync is short, the pause would cost more than it gains, and there is none.

use std::time::Duration;

/// How many of the last commits are looked at: the quickest tells how long the disk needs, however
/// busy the machine is.
const COMMITS: usize = 16;
/// A disk that takes as long as this for a commit is slow.
const SLOW_COMMIT_MIN: Duration = Duration::from_micros(500);
/// The pause is the last commit's time, divided by this.
const PAUSE_PART: u32 = 7;
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(2);

/// What is known of the last commits.
#[derive(Debug)]
pub(crate) struct Gather {
    times: [Duration; COMMITS],
    next: usize,
    requests: usize,
}

impl Gather {
    /// Nothing is known yet, and nobody waits.
    pub(crate) fn new() -> Self {
        Self { times: [Duration::ZERO; COMMITS], next: 0, requests: 0 }
    }

    /// A batch of so many requests took so long to commit.
    pub(crate) fn note(&mut self, time: Duration, requests: usize) {
        if let Some(place) = self.times.get_mut(self.next) {
            *place = time;
        }
        self.next = (self.next + 1) % COMMITS;
        self.requests = requests;
    }

    /// How long to wait for more requests. Who comes alone waits for nobody.
    pub(crate) fn pause(&self) -> Duration {
        let quickest = self.times.iter().min().copied().unwrap_or_default();
        if self.requests < 2 || quickest < SLOW_COMMIT_MIN {
            return Duration::ZERO;
        }
        let last = self.times.get((self.next + COMMITS - 1) % COMMITS).copied();
        (last.unwrap_or_default() / PAUSE_PART).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(times: &[u64], requests: usize) -> Duration {
        let mut gather = Gather::new();
        for micros in times {
            gather.note(Duration::from_micros(*micros), requests);
        }
        gather.pause()
    }

    #[test]
    fn only_a_slow_disk_with_several_callers_is_waited_for() {
        let mut quick_once = [2_100; COMMITS];
        quick_once[3] = 90;
        let table: [(&str, &[u64], usize, u64); 6] = [
            ("nothing is known", &[], 0, 0),
            ("one commit was slow", &[2_100], 64, 0),
            ("the disk is quick", &[90; COMMITS], 64, 0),
            ("the machine is busy, the disk is quick", &quick_once, 64, 0),
            ("one caller", &[2_100; COMMITS], 1, 0),
            ("slow", &[2_100; COMMITS], 64, 300),
        ];
        for (name, times, requests, micros) in table {
            assert_eq!(after(times, requests), Duration::from_micros(micros), "{name}");
        }
        assert_eq!(after(&[90_000; COMMITS], 64), PAUSE_MAX);
    }
}
