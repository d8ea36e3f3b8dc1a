//! When a writer begins with what has queued.
//!
//! A batch has a cost of its own at the server, whatever is in it, and two that write at the same time
//! take each other's turns at the processor and at the ends of the indexes. So where commits are quick,
//! a writer that could begin while another one is at work waits until that one is done, and takes all
//! that has come meanwhile. Where a commit takes long, because of the disk, of a standby or of the way
//! to the server, it is the waiting that is dear: then they overlap.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How many of the last commits are looked at: the quickest tells how long the server needs, however
/// busy the machine is.
const COMMITS: usize = 16;
/// A commit that takes longer is not waited for.
const QUICK_COMMIT_MAX: Duration = Duration::from_millis(2);

/// What the writers of a node know of each other.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    known: Mutex<Known>,
    done: Notify,
}

/// How long the last commits took, and since when others are at work.
#[derive(Debug, Default)]
struct Known {
    times: [Duration; COMMITS],
    next: usize,
    at_work: Vec<Instant>,
}

/// A writer that is at work, until this is dropped.
#[derive(Debug)]
pub(crate) struct AtWork {
    gather: Arc<Gather>,
    since: Instant,
}

impl Gather {
    /// Waits until no other writer is at work, if that is soon. Only one writer may wait at a time:
    /// the one whose turn it is to take from the queue.
    pub(crate) async fn wait(&self) {
        let Some(until) = self.known().waited_for_until() else { return };
        let others_are_done = async {
            while !self.known().at_work.is_empty() {
                self.done.notified().await;
            }
        };
        // Who takes longer this time is left behind, and is not waited for again.
        let _ = tokio::time::timeout_at(until, others_are_done).await;
    }

    /// A writer begins.
    pub(crate) fn begin(self: &Arc<Self>) -> AtWork {
        let since = Instant::now();
        self.known().at_work.push(since);
        AtWork { gather: Arc::clone(self), since }
    }

    /// Something was stored, which took so long. What was refused tells nothing of the disk or the
    /// standbys.
    pub(crate) fn note(&self, time: Duration) {
        let mut known = self.known();
        let next = known.next;
        if let Some(place) = known.times.get_mut(next) {
            *place = time;
        }
        known.next = (next + 1) % COMMITS;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Until when those who are at work are waited for, where commits are quick: for two
    /// milliseconds after the last of them began.
    fn waited_for_until(&self) -> Option<Instant> {
        let quickest = self.times.iter().min().copied().unwrap_or_default();
        let begun = self.at_work.iter().max().filter(|_| quickest <= QUICK_COMMIT_MAX)?;
        Some(*begun + QUICK_COMMIT_MAX)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        {
            let mut known = self.gather.known();
            if let Some(place) = known.at_work.iter().position(|begun| *begun == self.since) {
                known.at_work.swap_remove(place);
            }
        }
        self.gather.done.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node whose last commits took so long.
    fn after(commits: usize, time: Duration) -> Arc<Gather> {
        let gather = Arc::new(Gather::default());
        for _ in 0..commits {
            gather.note(time);
        }
        gather
    }

    /// How long a writer waits while another one is at work for so long.
    async fn waited(gather: &Arc<Gather>, other: Duration) -> Duration {
        let at_work = gather.begin();
        let start = Instant::now();
        let work = async {
            tokio::time::sleep(other).await;
            drop(at_work);
        };
        let wait = async {
            gather.wait().await;
            start.elapsed()
        };
        tokio::join!(work, wait).1
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_alone_at_work_is_waited_for_where_commits_are_quick() {
        let millis = Duration::from_millis;
        let table = [
            ("nothing is known", 0, 0, 1, 1),
            ("quick", COMMITS, 1, 1, 1),
            ("quick, and slow this time", COMMITS, 1, 90, 2),
            ("slow", COMMITS, 3, 1, 0),
            ("slow until a while ago", COMMITS - 1, 3, 1, 1),
        ];
        for (name, commits, time, other, expected) in table {
            let gather = after(commits, millis(time));
            assert_eq!(waited(&gather, millis(other)).await, millis(expected), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_at_work_for_long_is_not_waited_for_again() {
        let gather = after(3, Duration::from_millis(1));
        let at_work = gather.begin();
        gather.wait().await;
        for _ in 0..3 {
            let start = Instant::now();
            gather.wait().await;
            assert_eq!(start.elapsed(), Duration::ZERO);
            // What the one who waits does meanwhile makes the other no younger.
            drop(gather.begin());
        }
        drop(at_work);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_where_nobody_is_at_work() {
        let gather = after(3, Duration::from_millis(1));
        let start = Instant::now();
        gather.wait().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(gather.begin());
        // Those that ended before are not taken for the one that is at work now.
        assert_eq!(waited(&gather, Duration::from_millis(1)).await, Duration::from_millis(1));
    }
}
