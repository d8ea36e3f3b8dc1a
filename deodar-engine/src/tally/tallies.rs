//! The tallies that a node keeps, and what of them waits to be sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deodar_domain::time::Timestamp;
use deodar_store::ChangeSet;
use quick_cache::sync::Cache;
use tokio::sync::Mutex as AsyncMutex;

use super::Limit;
use super::window::{Slice, Slicing, Tally};

/// How many keys are remembered, of all limits together.
const KEYS_MAX: usize = 100_000;
/// How many keys of one limit wait to be sent at most.
pub(super) const UNSENT_MAX: usize = 20_000;

/// What a key is known by: what is limited, and the HMAC of the rest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct TallyKey {
    pub(super) name: &'static str,
    pub(super) digest: u128,
}

/// A tally that many hold.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Mutex<Tally>>);

impl Shared {
    fn of(limit: &Limit) -> Self {
        Self(Arc::new(Mutex::new(Tally::new(Slicing::of(limit.window), limit.times_max))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a tally on its way to the store.
pub(super) struct Sent {
    pub(super) key: TallyKey,
    pub(super) slicing: Slicing,
    pub(super) slice: Slice,
    pub(super) times: u32,
    tally: Shared,
}

impl Sent {
    pub(super) fn settle(&self, arrived: bool) {
        self.tally.lock().settle(self.slice, self.times, arrived);
    }
}

/// What is on its way. It is sent until the store tells what became of it, as the same change set,
/// so that nothing is counted twice.
pub(super) struct Batch {
    pub(super) change_set: ChangeSet,
    pub(super) parts: Vec<Sent>,
}

struct Unsent {
    slicing: Slicing,
    tally: Shared,
}

/// The tallies that a node keeps.
pub(crate) struct Tallies {
    known: Cache<TallyKey, Shared>,
    /// What has counted something that was not sent, by what is limited: whoever floods one limit
    /// leaves the others their room.
    unsent: Mutex<HashMap<&'static str, HashMap<TallyKey, Unsent>>>,
    pub(super) sending: AsyncMutex<Option<Batch>>,
    /// Until when the store is not asked, because it was silent; in microseconds.
    away_until: AtomicI64,
}

impl Default for Tallies {
    fn default() -> Self {
        Self {
            known: Cache::new(KEYS_MAX),
            unsent: Mutex::default(),
            sending: AsyncMutex::default(),
            away_until: AtomicI64::new(i64::MIN),
        }
    }
}

impl Tallies {
    /// The tally of a key. One that was forgotten and waits to be sent is found again.
    pub(super) fn of(&self, limit: &Limit, key: TallyKey) -> Shared {
        let find = || {
            let unsent = self.unsent();
            let waiting = unsent.get(key.name).and_then(|waiting| waiting.get(&key));
            Ok::<_, std::convert::Infallible>(
                waiting.map_or_else(|| Shared::of(limit), |waiting| waiting.tally.clone()),
            )
        };
        match self.known.get_or_insert_with(&key, find) {
            Ok(tally) => tally,
            Err(never) => match never {},
        }
    }

    /// Notes that a tally has something to be sent, where there is room.
    pub(super) fn has_unsent(&self, limit: &Limit, key: TallyKey, tally: &Shared) {
        let mut unsent = self.unsent();
        let waiting = unsent.entry(key.name).or_default();
        if waiting.len() < UNSENT_MAX || waiting.contains_key(&key) {
            let slicing = Slicing::of(limit.window);
            waiting.insert(key, Unsent { slicing, tally: tally.clone() });
        }
    }

    /// Takes at most about `limit` parts to be sent, the same number of each limit.
    pub(super) fn take_unsent(&self, limit: usize, now: Timestamp) -> Vec<Sent> {
        let mut taken = Vec::new();
        {
            let mut unsent = self.unsent();
            unsent.retain(|_, waiting| !waiting.is_empty());
            let each = limit.checked_div(unsent.len()).unwrap_or(limit).max(1);
            for waiting in unsent.values_mut() {
                let keys: Vec<TallyKey> = waiting.keys().take(each).copied().collect();
                taken.extend(keys.into_iter().filter_map(|key| Some((key, waiting.remove(&key)?))));
            }
        }
        let parts = taken.into_iter().flat_map(|(key, Unsent { slicing, tally })| {
            let parts = tally.lock().take_unsent(now);
            parts.into_iter().map(move |(slice, times)| {
                let tally = tally.clone();
                Sent { key, slicing, slice, times, tally }
            })
        });
        parts.collect()
    }

    pub(super) fn is_away(&self, now: Timestamp) -> bool {
        now.micros() < self.away_until.load(Ordering::Relaxed)
    }

    pub(super) fn set_away(&self, until: Timestamp) {
        self.away_until.store(until.micros(), Ordering::Relaxed);
    }

    fn unsent(&self) -> MutexGuard<'_, HashMap<&'static str, HashMap<TallyKey, Unsent>>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMIT: Limit = Limit { name: "test", times_max: 3, window: Duration::from_secs(40) };

    fn key(digest: usize) -> TallyKey {
        TallyKey { name: LIMIT.name, digest: u128::try_from(digest).unwrap() }
    }

    fn count(tallies: &Tallies, digest: usize, now: Timestamp) {
        let tally = tallies.of(&LIMIT, key(digest));
        tally.lock().count(now);
        tallies.has_unsent(&LIMIT, key(digest), &tally);
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_what_was_not_sent_is_not_forgotten() {
        let (tallies, now) = (Tallies::default(), Timestamp::from_seconds(1_768_471_200));
        count(&tallies, 0, now);
        for digest in 1..KEYS_MAX + 10_000 {
            count(&tallies, digest, now);
        }
        assert!(tallies.known.len() <= KEYS_MAX);
        assert_eq!(tallies.unsent()[LIMIT.name].len(), UNSENT_MAX);
        for _ in 0..2 {
            count(&tallies, 0, now);
        }
        assert!(tallies.of(&LIMIT, key(0)).lock().check(now).is_err(), "its three are remembered");
        let mut sent = 0;
        while let parts = tallies.take_unsent(1_000, now)
            && !parts.is_empty()
        {
            assert!(parts.len() <= 1_000);
            sent += parts.len();
        }
        assert_eq!(sent, UNSENT_MAX);
    }

    #[test]
    fn a_flood_of_one_limit_leaves_another_its_room() {
        let (tallies, now) = (Tallies::default(), Timestamp::from_seconds(1_768_471_200));
        for digest in 0..UNSENT_MAX {
            count(&tallies, digest, now);
        }
        let other = Limit { name: "other", ..LIMIT };
        let key = TallyKey { name: other.name, digest: 7 };
        let tally = tallies.of(&other, key);
        tally.lock().count(now);
        tallies.has_unsent(&other, key, &tally);
        let parts = tallies.take_unsent(10, now);
        assert!(parts.iter().any(|part| part.key == key), "it waits behind the flood");
        assert!(parts.len() <= 10);
    }
}
