//! Whether to wait a little before a batch begins.
//!
//! Where a sync takes long, callers that were answered by the last batch come back just after the
//! next has begun, and wait for two syncs. A pause of some of the last commit's time lets them come
//! along.
//!
//! Where a sync is short, the processor is what is scarce: a batch has a cost of its own, and one
//! that begins as soon as its first request is there is small. So where many callers were seen at
//! once, the writer sleeps until most of them have come again or nobody comes any more.

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

/// Where fewer callers than this were seen at once, a batch begins with those who are there: the
/// others would take longer to come than it takes.
const CALLERS_MIN: usize = 12;
/// The part of the callers that makes a batch: while they are written, the others get theirs ready
/// on another core.
const CALLERS_PART: (usize, usize) = (3, 4);
/// So many requests share the cost of a batch well enough.
const REQUESTS_ENOUGH: usize = 40;
/// How long the writer sleeps before it looks who has come, at least: to this the system adds its
/// own.
const LOOK_PERIOD: Duration = Duration::from_micros(20);
/// No further look is taken after so many.
const LOOKS_MAX: u32 = 8;

/// What is known of the last commits.
#[derive(Debug)]
pub(crate) struct Gather {
    times: [Duration; COMMITS],
    /// How many were answered by a commit or waited for the next.
    callers: [usize; COMMITS],
    next: usize,
    requests: usize,
}

impl Gather {
    /// Nothing is known yet, and nobody waits.
    pub(crate) fn new() -> Self {
        Self { times: [Duration::ZERO; COMMITS], callers: [0; COMMITS], next: 0, requests: 0 }
    }

    /// A batch of so many requests took so long to commit, and so many are queued after it.
    pub(crate) fn note(&mut self, time: Duration, requests: usize, queued: usize) {
        if let Some(place) = self.times.get_mut(self.next) {
            *place = time;
        }
        if let Some(place) = self.callers.get_mut(self.next) {
            *place = requests + queued;
        }
        self.next = (self.next + 1) % COMMITS;
        self.requests = requests;
    }

    /// Waits a little for more requests, of which there are `queued` now. Few callers wait for
    /// nobody.
    #[expect(clippy::disallowed_methods, reason = "what is waited for may not come at all")]
    pub(crate) fn wait(&self, queued: impl Fn() -> usize) {
        let pause = self.pause();
        if !pause.is_zero() {
            std::thread::sleep(pause);
        } else if let Some(enough) = self.enough() {
            look_until(enough, queued, || std::thread::sleep(LOOK_PERIOD));
        }
    }

    /// How many requests a batch of a quick disk is to have, if that is to be waited for.
    fn enough(&self) -> Option<usize> {
        let callers = self.callers.iter().max().copied().filter(|most| *most >= CALLERS_MIN)?;
        let (part, whole) = CALLERS_PART;
        Some((callers * part / whole).min(REQUESTS_ENOUGH))
    }

    /// How long to wait where the disk is slow.
    fn pause(&self) -> Duration {
        let quickest = self.times.iter().min().copied().unwrap_or_default();
        if self.requests < 2 || quickest < SLOW_COMMIT_MIN {
            return Duration::ZERO;
        }
        let last = self.times.get((self.next + COMMITS - 1) % COMMITS).copied();
        (last.unwrap_or_default() / PAUSE_PART).min(PAUSE_MAX)
    }
}

/// Sleeps until there are enough or nobody has come meanwhile.
fn look_until(enough: usize, queued: impl Fn() -> usize, mut sleep: impl FnMut()) {
    let mut before = queued();
    for _ in 0..LOOKS_MAX {
        if before >= enough {
            break;
        }
        sleep();
        let now = queued();
        if now <= before {
            break;
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(times: &[u64], requests: usize) -> Duration {
        let mut gather = Gather::new();
        for micros in times {
            gather.note(Duration::from_micros(*micros), requests, 0);
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

    #[test]
    fn most_of_the_callers_of_late_are_waited_for_if_they_were_many() {
        type Case<'a> = (&'a str, &'a [(usize, usize)], Option<usize>);
        let table: [Case<'_>; 6] = [
            ("nothing is known", &[], None),
            ("few", &[(5, 3); COMMITS], None),
            ("many in the batch", &[(20, 0)], Some(15)),
            ("many in all, once", &[(6, 10), (1, 0), (1, 1)], Some(12)),
            ("a great many", &[(100, 300)], Some(REQUESTS_ENOUGH)),
            ("many, long ago", &[&[(20, 20)][..], &[(2, 1); COMMITS]].concat(), None),
        ];
        for (name, commits, expected) in table {
            let mut gather = Gather::new();
            for (requests, queued) in commits {
                gather.note(Duration::from_micros(90), *requests, *queued);
            }
            assert_eq!(gather.enough(), expected, "{name}");
        }
    }

    #[test]
    fn looking_ends_when_enough_have_come_or_nobody_comes() {
        let table: [(&str, &[usize], u32); 5] = [
            ("there were enough before", &[30, 31], 0),
            ("nobody comes", &[2, 2, 2], 1),
            ("some come", &[2, 5, 9, 9, 12], 3),
            ("there are enough", &[2, 30, 31], 1),
            ("they come one by one", &(2..30).collect::<Vec<_>>(), LOOKS_MAX),
        ];
        for (name, queued, expected) in table {
            let looks = std::cell::Cell::new(0);
            let now = || queued[usize::try_from(looks.get()).unwrap()];
            look_until(30, now, || looks.set(looks.get() + 1));
            assert_eq!(looks.get(), expected, "{name}");
        }
    }
}
