//! How often something is done, on all nodes together and in real time: failed logins, guesses of
//! addresses, questions about payers, messages.
//!
//! A node counts in memory at once. What it has counted it adds to counters of the store, many in
//! one change set and several times a second ([`Engine::share_tallies`]); where it is to be decided
//! whether a key may go on, the sums of all nodes are read again if they were read [`LEARN_EVERY`]
//! ago. So the limit of each node is exact at once and that of all of them within a second, and
//! nothing is written while somebody waits for an answer. While the store is away each node counts
//! by itself, and tells the rest when the store is back.
//!
//! A counter is named by when it is over, what is limited, and an HMAC of its key: the store learns
//! nobody's address or number. Counters that are over are removed
//! ([`Engine::remove_old_counters`]).
//!
//! What is kept in memory is bounded. A key that is forgotten is read from the store when it is
//! seen again; what was counted for it and not sent is kept until it is. Where too many keys wait
//! to be sent, whatever comes beyond them is counted here alone.

mod tallies;
mod window;

use std::time::Duration;

use deodar_domain::time::Timestamp;
use deodar_store::{Adjustment, ChangeSet, CommitError, CounterKey, StoreError};
use tracing::{debug, warn};

use crate::engine::Engine;
use crate::error::EngineError;
use tallies::{Batch, Sent, Shared, TallyKey};

pub(crate) use tallies::Tallies;

/// How old the sums of all nodes may be where they decide.
const LEARN_EVERY: Duration = Duration::from_millis(250);
/// How long the sums are waited for; then what is known decides.
const LEARN_TIME_MAX: Duration = Duration::from_millis(250);
/// How long a store that was silent is not asked again.
const AWAY_FOR: Duration = Duration::from_secs(1);
/// How many counters change in one change set, which others wait for.
const BATCH_MAX: usize = 250;
/// How many change sets are sent at a time. Under a flood of keys the rest waits, and no more comes
/// than is removed again.
const BATCHES_MAX: usize = 2;
/// How long after its end a counter is removed: clocks of nodes differ.
const REMOVED_AFTER: Duration = Duration::from_mins(10);
/// How many counters are removed in one commit.
const REMOVALS_MAX: usize = 1_000;
/// How the names of counters that end begin. What follows is when, in seconds since the epoch.
const ENDING: &str = "until ";

/// How often something may be done in a stretch of real time, by whatever is told apart by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited: a word that no other limit has.
    pub name: &'static str,
    /// How often.
    pub times_max: u32,
    /// In which time. At least four seconds.
    pub window: Duration,
}

/// The name of a counter that is over at `end`, in real time.
pub(crate) fn ending_counter(end: Timestamp, name: &str, bits: u128) -> CounterKey {
    // Rounded up: no counter goes before its time.
    let seconds = end.plus(Duration::from_micros(999_999)).seconds();
    CounterKey(format!("{ENDING}{seconds:012} {name} {bits:032x}").into())
}

impl Engine {
    /// Whether it may be done once more under the key that the parts make; else how long it is
    /// until it may.
    pub async fn check_limit(&self, limit: &Limit, key: &[&[u8]]) -> Result<(), Duration> {
        let tally = self.learned(limit, self.tally_key(limit, key)).await;
        tally.lock().check(self.real_now())
    }

    /// Counts that it was done.
    pub fn count_for_limit(&self, limit: &Limit, key: &[&[u8]]) {
        let key = self.tally_key(limit, key);
        let tally = self.tallies.of(limit, key);
        tally.lock().count(self.real_now());
        self.tallies.has_unsent(limit, key, &tally);
    }

    /// Counts it if it may be done once more; else tells how long it is until it may.
    pub async fn take_of_limit(&self, limit: &Limit, key: &[&[u8]]) -> Result<(), Duration> {
        let key = self.tally_key(limit, key);
        let tally = self.learned(limit, key).await;
        {
            let mut tally = tally.lock();
            let now = self.real_now();
            tally.check(now)?;
            tally.count(now);
        }
        self.tallies.has_unsent(limit, key, &tally);
        Ok(())
    }

    fn tally_key(&self, limit: &Limit, key: &[&[u8]]) -> TallyKey {
        TallyKey { name: limit.name, digest: self.keys.tally_digest(limit.name, key) }
    }

    /// The tally of a key, with what other nodes have counted.
    async fn learned(&self, limit: &Limit, key: TallyKey) -> Shared {
        let tally = self.tallies.of(limit, key);
        let now = self.real_now();
        if self.tallies.is_away(now) {
            return tally;
        }
        let Some(slices) = tally.lock().learns_from(now, LEARN_EVERY) else { return tally };
        let slicing = window::Slicing::of(limit.window);
        let name = |slice| ending_counter(slicing.over_at(slice), key.name, key.digest);
        let names: Vec<CounterKey> = slices.iter().copied().map(name).collect();
        let read = tokio::time::timeout(LEARN_TIME_MAX, self.parts.store.counters(&names)).await;
        match read {
            Ok(Ok(sums)) => tally.lock().learn(slices.into_iter().zip(sums), now),
            Ok(Err(error)) => self.counts_alone(&error.to_string(), now),
            Err(_) => self.counts_alone("it is silent", now),
        }
        tally
    }

    fn counts_alone(&self, reason: &str, now: Timestamp) {
        debug!(reason, "what other nodes have counted cannot be read");
        self.tallies.set_away(now.plus(AWAY_FOR));
    }

    /// Tells the other nodes what this one has counted. A worker calls it several times a second;
    /// what it cannot tell now it tells the next time.
    pub async fn share_tallies(&self) -> Result<(), EngineError> {
        let mut sending = self.tallies.sending.lock().await;
        for _ in 0..BATCHES_MAX {
            if sending.is_none() {
                let parts = self.tallies.take_unsent(BATCH_MAX, self.real_now());
                if parts.is_empty() {
                    return Ok(());
                }
                *sending = Some(self.batch(parts)?);
            }
            let Some(change_set) = sending.as_ref().map(|batch| batch.change_set.clone()) else {
                return Ok(());
            };
            let arrived = match self.parts.store.commit(change_set).await {
                Ok(()) => true,
                Err(CommitError::Store(error @ StoreError::Unavailable(_))) => {
                    return Err(error.into());
                }
                // It would be refused again; the other nodes do without.
                Err(error) => {
                    warn!(%error, "what this node has counted was refused");
                    false
                }
            };
            if let Some(batch) = sending.take() {
                for part in &batch.parts {
                    part.settle(arrived);
                }
            }
        }
        Ok(())
    }

    fn batch(&self, parts: Vec<Sent>) -> Result<Batch, EngineError> {
        let id = match self.change_set_id() {
            Ok(id) => id,
            Err(error) => {
                for part in &parts {
                    part.settle(false);
                }
                return Err(error);
            }
        };
        let mut change_set = ChangeSet::new(id);
        change_set.adjustments.extend(parts.iter().map(|part| Adjustment {
            key: ending_counter(part.slicing.over_at(part.slice), part.key.name, part.key.digest),
            delta: i64::from(part.times),
            min: i64::MIN,
            max: i64::MAX,
        }));
        Ok(Batch { change_set, parts })
    }

    /// Removes some of the counters that are over, and tells whether there may be more. A worker
    /// calls it from time to time.
    pub async fn remove_old_counters(&self) -> Result<bool, EngineError> {
        let store = &self.parts.store;
        let from = CounterKey(ENDING.into());
        let end = self.real_now().minus(REMOVED_AFTER).seconds();
        let end = CounterKey(format!("{ENDING}{end:012}").into());
        let old = store.counters_between(&from, &end, REMOVALS_MAX).await?;
        if old.is_empty() {
            return Ok(false);
        }
        let is_full = old.len() == REMOVALS_MAX;
        let mut change_set = ChangeSet::new(self.change_set_id()?);
        // A counter at 0 is none. One that was changed or removed meanwhile refuses the change set.
        change_set.adjustments.extend(old.into_iter().map(|(key, value)| Adjustment {
            key,
            delta: value.saturating_neg(),
            min: 0,
            max: 0,
        }));
        match store.commit(change_set).await {
            Ok(()) => Ok(is_full),
            // Another node has removed them.
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
