//! What is known of one key: when it was done here, and how often on other nodes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use deodar_domain::time::Timestamp;

/// Into how many slices a window is divided. What other nodes count is known by the slice.
const SLICES: u32 = 4;

/// A slice of time, by its number since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(super) struct Slice(i64);

/// How time is divided for a window of some length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slicing {
    window: Duration,
    slice_micros: i64,
}

impl Slicing {
    /// The slices of a window.
    pub(super) fn of(window: Duration) -> Self {
        let micros = i64::try_from((window / SLICES).as_micros()).unwrap_or(i64::MAX);
        Self { window, slice_micros: micros.max(1) }
    }

    /// The slice of an instant.
    pub(super) fn at(self, instant: Timestamp) -> Slice {
        Slice(instant.micros().div_euclid(self.slice_micros))
    }

    /// When what was counted in a slice counts no longer: a window after its end.
    pub(super) fn over_at(self, slice: Slice) -> Timestamp {
        let end = slice.0.saturating_add(1).saturating_mul(self.slice_micros);
        Timestamp::from_micros(end).plus(self.window)
    }

    /// The slices that count at `now`, the oldest first.
    pub(super) fn live(self, now: Timestamp) -> impl Iterator<Item = Slice> {
        (self.at(now.minus(self.window)).0..=self.at(now).0).map(Slice)
    }

    fn is_over(self, slice: Slice, now: Timestamp) -> bool {
        self.over_at(slice) <= now
    }
}

/// What was counted in one slice.
#[derive(Debug, Default)]
struct Counted {
    /// Here, and not on its way to the store.
    unsent: u32,
    /// Here, and on its way.
    sending: u32,
    /// Here, and in the store.
    sent: u32,
    /// On other nodes.
    others: u32,
}

/// How often something was done under one key.
///
/// What this node counts is known to the microsecond, and counts for exactly a window. What other
/// nodes counted, and this one before it was started again, is known by the slice, and counts until
/// a window after the end of the slice: at most a slice too long, and never too short.
#[derive(Debug)]
pub(super) struct Tally {
    slicing: Slicing,
    times_max: usize,
    /// When it was done here, the latest ones.
    own: VecDeque<Timestamp>,
    counted: BTreeMap<Slice, Counted>,
    learned_at: Option<Timestamp>,
}

impl Tally {
    /// A tally of what may be done `times_max` times in a window.
    pub(super) fn new(slicing: Slicing, times_max: u32) -> Self {
        let times_max = usize::try_from(times_max).unwrap_or(usize::MAX);
        Self {
            slicing,
            times_max,
            own: VecDeque::new(),
            counted: BTreeMap::new(),
            learned_at: None,
        }
    }

    /// Whether it may be done once more; else how long it is until it may.
    pub(super) fn check(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.forget(now);
        let own = self.own.iter().map(|at| (at.plus(self.slicing.window), 1));
        let others = self.counted.iter().filter(|(_, counted)| counted.others > 0);
        let others = others.map(|(slice, counted)| {
            let others = usize::try_from(counted.others).unwrap_or(usize::MAX);
            (self.slicing.over_at(*slice), others)
        });
        let mut ends: Vec<(Timestamp, usize)> = own.chain(others).collect();
        let mut count = ends.iter().fold(0_usize, |sum, (_, times)| sum.saturating_add(*times));
        if count < self.times_max {
            return Ok(());
        }
        ends.sort_unstable();
        for (end, times) in ends {
            count = count.saturating_sub(times);
            if count < self.times_max {
                return Err(end.since(now));
            }
        }
        // Nothing may ever be done.
        Err(self.slicing.window)
    }

    /// Counts that it was done here.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.forget(now);
        if self.own.len() >= self.times_max {
            self.own.pop_front();
        }
        self.own.push_back(now);
        let counted = self.counted.entry(self.slicing.at(now)).or_default();
        counted.unsent = counted.unsent.saturating_add(1);
    }

    /// The slices whose sums are to be read, where what is known was learned `every` ago. Whoever
    /// is told does it; the others go on with what is known, but for those who know nothing.
    pub(super) fn learns_from(&mut self, now: Timestamp, every: Duration) -> Option<Vec<Slice>> {
        if let Some(learned_at) = self.learned_at {
            if learned_at <= now && now < learned_at.plus(every) {
                return None;
            }
            self.learned_at = Some(now);
        }
        Some(self.slicing.live(now).collect())
    }

    /// Takes the sums that the store has, of all nodes.
    pub(super) fn learn(&mut self, sums: impl Iterator<Item = (Slice, i64)>, now: Timestamp) {
        for (slice, sum) in sums {
            if sum <= 0 {
                continue;
            }
            let sum = u32::try_from(sum).unwrap_or(u32::MAX);
            let counted = self.counted.entry(slice).or_default();
            // What is on its way may be in the sum or not. Taken as in it, nothing is counted
            // twice, and the next reading tells the rest.
            let own = counted.sent.saturating_add(counted.sending);
            counted.others = counted.others.max(sum.saturating_sub(own));
        }
        self.learned_at = Some(now);
        self.forget(now);
    }

    /// Takes what is to be sent, by slice. What counts no longer is not sent.
    pub(super) fn take_unsent(&mut self, now: Timestamp) -> Vec<(Slice, u32)> {
        self.forget(now);
        let mut taken = Vec::new();
        for (slice, counted) in self.counted.iter_mut().filter(|(_, counted)| counted.unsent > 0) {
            taken.push((*slice, counted.unsent));
            counted.sending = counted.sending.saturating_add(counted.unsent);
            counted.unsent = 0;
        }
        taken
    }

    /// What was taken to be sent has arrived, or is lost for the other nodes.
    pub(super) fn settle(&mut self, slice: Slice, times: u32, arrived: bool) {
        // What is over was forgotten.
        let Some(counted) = self.counted.get_mut(&slice) else { return };
        counted.sending = counted.sending.saturating_sub(times);
        if arrived {
            counted.sent = counted.sent.saturating_add(times);
        }
    }

    /// Forgets what counts no longer.
    fn forget(&mut self, now: Timestamp) {
        let window = self.slicing.window;
        while self.own.front().is_some_and(|oldest| oldest.plus(window) <= now) {
            self.own.pop_front();
        }
        let slicing = self.slicing;
        self.counted.retain(|slice, _| !slicing.is_over(*slice, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    /// Two times in forty seconds, of which the slices have ten each.
    const WINDOW: Duration = Duration::from_secs(40);
    const MAX: u32 = 2;

    fn slicing() -> Slicing {
        Slicing::of(WINDOW)
    }

    fn tally() -> Tally {
        Tally::new(slicing(), MAX)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// Tells a tally the sums that a store would, of the slices in which these instants lie.
    fn learn(tally: &mut Tally, sums: &[(i64, i64)], now: i64) {
        let sums = sums.iter().map(|&(second, sum)| (slicing().at(at(second)), sum));
        tally.learn(sums, at(now));
    }

    fn send(tally: &mut Tally, now: i64) {
        for (slice, times) in tally.take_unsent(at(now)) {
            tally.settle(slice, times, true);
        }
    }

    #[test]
    fn what_is_done_here_counts_for_exactly_a_window() {
        let mut tally = tally();
        for second in [3, 17] {
            assert_eq!(tally.check(at(second)), Ok(()), "{second}");
            tally.count(at(second));
        }
        assert_eq!(tally.check(at(18)), Err(25 * SECOND));
        assert_eq!(tally.check(at(42)), Err(SECOND));
        assert_eq!(tally.check(at(43)), Ok(()));
        tally.count(at(43));
        assert_eq!(tally.check(at(44)), Err(13 * SECOND));
    }

    #[test]
    fn what_is_counted_after_the_most_pushes_the_oldest_out() {
        let mut tally = tally();
        for second in [0, 1, 8] {
            tally.count(at(second));
        }
        assert_eq!(tally.check(at(9)), Err(32 * SECOND));
    }

    #[test]
    fn what_others_did_counts_until_a_window_after_its_slice() {
        let mut tally = tally();
        learn(&mut tally, &[(13, 2)], 21);
        // One of both slices of ten seconds ends at 20.
        assert_eq!(tally.check(at(21)), Err(39 * SECOND));
        assert_eq!(tally.check(at(60)), Ok(()));
        assert!(tally.counted.is_empty(), "what is over is forgotten");
    }

    #[test]
    fn what_is_done_here_and_elsewhere_is_added_up() {
        let mut tally = tally();
        learn(&mut tally, &[(3, 1)], 5);
        assert_eq!(tally.check(at(5)), Ok(()));
        tally.count(at(5));
        assert_eq!(tally.check(at(6)), Err(39 * SECOND), "the own one ends first");
        assert_eq!(tally.check(at(45)), Ok(()));
    }

    #[test]
    fn what_is_done_here_is_not_counted_twice_wherever_it_is_on_its_way() {
        // Neither before nor after its change set was stored, nor in between.
        for sum in [1, 2] {
            let mut tally = tally();
            tally.count(at(1));
            let taken = tally.take_unsent(at(2));
            learn(&mut tally, &[(1, sum)], 2);
            assert_eq!(tally.check(at(2)).is_ok(), sum == 1, "sum {sum}");
            for (slice, times) in taken {
                tally.settle(slice, times, true);
            }
            learn(&mut tally, &[(1, sum)], 3);
            assert_eq!(tally.check(at(3)).is_ok(), sum == 1, "sum {sum}");
        }
    }

    #[test]
    fn what_was_refused_counts_here_alone() {
        let mut tally = tally();
        tally.count(at(1));
        for (slice, times) in tally.take_unsent(at(2)) {
            tally.settle(slice, times, false);
        }
        assert!(tally.take_unsent(at(2)).is_empty());
        learn(&mut tally, &[(1, 1)], 3);
        assert!(tally.check(at(3)).is_err(), "the one that the store has is another");
    }

    #[test]
    fn what_is_sent_is_sent_once_and_by_its_slice() {
        let mut tally = tally();
        for second in [1, 2, 11] {
            tally.count(at(second));
        }
        let slices = [slicing().at(at(1)), slicing().at(at(11))];
        assert_eq!(tally.take_unsent(at(12)), [(slices[0], 2), (slices[1], 1)]);
        assert!(tally.take_unsent(at(12)).is_empty());
        tally.count(at(12));
        assert_eq!(tally.take_unsent(at(12)), [(slices[1], 1)]);
        tally.count(at(12));
        assert!(tally.take_unsent(at(60)).is_empty(), "it counts no longer");
    }

    #[test]
    fn sums_are_read_when_they_are_old_by_one_and_at_first_by_everybody() {
        let mut tally = tally();
        let every = SECOND;
        assert_eq!(tally.learns_from(at(45), every).map(|slices| slices.len()), Some(5));
        assert!(tally.learns_from(at(45), every).is_some());
        learn(&mut tally, &[], 45);
        assert!(tally.learns_from(at(45), every).is_none());
        assert!(tally.learns_from(at(46), every).is_some());
        assert!(tally.learns_from(at(46), every).is_none(), "somebody does it");
        assert!(tally.learns_from(at(40), every).is_some(), "the clock was put back");
    }

    #[test]
    fn the_slices_of_a_window_are_all_that_may_still_count() {
        let live: Vec<Slice> = slicing().live(at(45)).collect();
        let over = slicing().at(at(4));
        assert!(slicing().is_over(over, at(50)) && !slicing().is_over(over, at(49)));
        assert_eq!(live, [4, 14, 24, 34, 44].map(|second| slicing().at(at(second + 1))));
    }

    #[test]
    fn a_flood_leaves_little_behind() {
        let mut tally = tally();
        for second in 0..1_000 {
            tally.count(at(second));
            send(&mut tally, second);
        }
        assert_eq!(tally.own.len(), 2);
        assert!(tally.counted.len() <= 5, "{}", tally.counted.len());
    }
}
