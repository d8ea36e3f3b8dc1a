//! The versions of orders that were read lately, in memory, so that whoever knows an order as of a
//! version need not read it to learn that it still has that version.
//!
//! Orders are written by this process alone, so what its writer has not written has not changed.
//! While a batch is being committed, nothing is told of the orders that it writes, and nothing is
//! learnt of them: neither version is what everybody sees. A reader that began before that batch
//! and ends after it learns nothing either. Once the batch is on the disk its writer tells the
//! versions that it has written.

use std::sync::{Mutex, MutexGuard, PoisonError};

use deodar_store::Version;

/// How many parts there are, each with a lock of its own.
const STRIPES: usize = 64;
/// How many orders a part remembers: each key has one place, where the last one stands.
const PLACES: usize = 256;

#[derive(Default)]
struct Stripe {
    /// How many batches that are being committed write an order of this part.
    writing: u32,
    /// How many such batches there were.
    written: u64,
    /// The orders, by their places.
    known: Vec<Option<(i64, Version)>>,
}

impl Stripe {
    fn place(&mut self, key: i64) -> Option<&mut Option<(i64, Version)>> {
        self.known.get_mut(place_of(key))
    }
}

/// The versions that are known.
pub(crate) struct Versions {
    stripes: Vec<Mutex<Stripe>>,
}

/// What a reader must show to tell what it has read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    key: i64,
    /// The batches before it began; none where one was being committed.
    written: Option<u64>,
}

/// What is known of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    /// It has this version.
    Version(Version),
    /// Nothing: it must be read.
    Nothing(Reading),
}

/// The orders of a batch that is being committed; its end is told by dropping this.
pub(crate) struct Writing<'a> {
    versions: &'a Versions,
    keys: Vec<i64>,
}

impl Versions {
    pub(crate) fn new() -> Self {
        let stripe = || Mutex::new(Stripe { known: vec![None; PLACES], ..Stripe::default() });
        Self { stripes: (0..STRIPES).map(|_| stripe()).collect() }
    }

    /// What is known of the order `key`.
    pub(crate) fn get(&self, key: i64) -> Known {
        let Some(mut stripe) = self.stripe(key) else {
            return Known::Nothing(Reading { key, written: None });
        };
        // What is being written was forgotten before.
        if let Some(Some((known, version))) = stripe.place(key)
            && *known == key
        {
            return Known::Version(*version);
        }
        let written = (stripe.writing == 0).then_some(stripe.written);
        Known::Nothing(Reading { key, written })
    }

    /// Remembers what a reader has read, unless the order may have been written since it began.
    pub(crate) fn learn(&self, reading: Reading, version: Version) {
        let Some(mut stripe) = self.stripe(reading.key) else { return };
        if stripe.writing == 0
            && reading.written == Some(stripe.written)
            && let Some(place) = stripe.place(reading.key)
        {
            *place = Some((reading.key, version));
        }
    }

    /// Forgets the orders that a batch writes, until it is committed or has failed, and what is read
    /// of them meanwhile.
    pub(crate) fn write(&self, keys: Vec<i64>) -> Writing<'_> {
        for key in &keys {
            if let Some(mut stripe) = self.stripe(*key) {
                stripe.writing += 1;
                stripe.written = stripe.written.wrapping_add(1);
                if let Some(place) = stripe.place(*key) {
                    *place = None;
                }
            }
        }
        Writing { versions: self, keys }
    }

    /// Remembers what a batch has written, which is on the disk.
    fn know(&self, key: i64, version: Version) {
        if let Some(mut stripe) = self.stripe(key)
            && let Some(place) = stripe.place(key)
        {
            *place = Some((key, version));
        }
    }

    fn stripe(&self, key: i64) -> Option<MutexGuard<'_, Stripe>> {
        let stripe = self.stripes.get(mixed(key) % STRIPES)?;
        Some(stripe.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Writing<'_> {
    /// Tells what the batch has written, once it is on the disk: orders, in the order in which they
    /// were written. No other batch may have been begun meanwhile.
    pub(crate) fn written(self, orders: impl Iterator<Item = (i64, Version)>) {
        for (key, version) in orders {
            self.versions.know(key, version);
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        for key in &self.keys {
            if let Some(mut stripe) = self.versions.stripe(*key) {
                stripe.writing = stripe.writing.saturating_sub(1);
            }
        }
    }
}

/// Keys grow with time and have zeros at their ends: the golden ratio's multiples spread them.
fn mixed(key: i64) -> usize {
    let spread = key.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    usize::try_from(spread).unwrap_or(0)
}

fn place_of(key: i64) -> usize {
    mixed(key) / STRIPES % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_of(versions: &Versions, key: i64) -> Option<Version> {
        match versions.get(key) {
            Known::Version(version) => Some(version),
            Known::Nothing(_) => None,
        }
    }

    fn begin(versions: &Versions, key: i64) -> Reading {
        match versions.get(key) {
            Known::Nothing(reading) => reading,
            Known::Version(version) => panic!("{version:?} is known"),
        }
    }

    #[test]
    fn what_was_read_is_known_until_it_is_written() {
        let versions = Versions::new();
        let reading = begin(&versions, 7);
        versions.learn(reading, Version(3));
        assert_eq!(version_of(&versions, 7), Some(Version(3)));
        assert_eq!(version_of(&versions, 8), None);
        drop(versions.write(vec![7]));
        assert_eq!(version_of(&versions, 7), None);
    }

    #[test]
    fn nothing_is_learnt_by_a_read_that_a_batch_came_between() {
        let versions = Versions::new();
        let before = begin(&versions, 7);
        let writing = versions.write(vec![7]);
        versions.learn(before, Version(1));
        let during = begin(&versions, 7);
        versions.learn(during, Version(1));
        assert_eq!(version_of(&versions, 7), None);
        drop(writing);
        versions.learn(before, Version(1));
        versions.learn(during, Version(1));
        assert_eq!(version_of(&versions, 7), None);
        let after = begin(&versions, 7);
        versions.learn(after, Version(2));
        assert_eq!(version_of(&versions, 7), Some(Version(2)));
    }

    #[test]
    fn what_was_written_is_known_once_it_is_on_the_disk() {
        let versions = Versions::new();
        versions.learn(begin(&versions, 7), Version(1));
        let reading = begin(&versions, 8);
        let writing = versions.write(vec![7, 7]);
        assert_eq!(version_of(&versions, 7), None);
        writing.written([(7, Version(2)), (7, Version(3))].into_iter());
        assert_eq!(version_of(&versions, 7), Some(Version(3)));
        versions.learn(reading, Version(5));
        assert_eq!(version_of(&versions, 8), Some(Version(5)));
    }

    #[test]
    fn an_order_is_known_while_others_are_written() {
        let versions = Versions::new();
        let beside = (8_i64..1_000_000)
            .find(|key| {
                mixed(*key) % STRIPES == mixed(7) % STRIPES && place_of(*key) != place_of(7)
            })
            .unwrap();
        versions.learn(begin(&versions, 7), Version(1));
        let writing = versions.write(vec![beside]);
        assert_eq!(version_of(&versions, 7), Some(Version(1)));
        assert_eq!(version_of(&versions, beside), None);
        writing.written([(beside, Version(2))].into_iter());
        assert_eq!(version_of(&versions, beside), Some(Version(2)));
    }

    #[test]
    fn an_order_that_is_remembered_in_the_place_of_another_is_not_taken_for_it() {
        let versions = Versions::new();
        let same_place = (8_i64..1_000_000)
            .find(|key| {
                mixed(*key) % STRIPES == mixed(7) % STRIPES && place_of(*key) == place_of(7)
            })
            .unwrap();
        versions.learn(begin(&versions, 7), Version(1));
        versions.learn(begin(&versions, same_place), Version(9));
        assert_eq!(version_of(&versions, same_place), Some(Version(9)));
        assert_eq!(version_of(&versions, 7), None);
    }
}
