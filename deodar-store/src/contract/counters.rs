//! Sequences and counters.

use std::sync::Arc;

use super::fixtures::change_set;
use super::{Outcome, StoreFactory, commit_all};
use crate::change_set::{Adjustment, ChangeSet, CounterKey};
use crate::store::{CommitError, Conflict, Sequence};

fn key() -> CounterKey {
    CounterKey("logins 192.0.2.1".into())
}

fn adjusting(number: u32, delta: i64, min: i64, max: i64) -> ChangeSet {
    let mut set = change_set(number);
    set.adjustments.push(Adjustment { key: key(), delta, min, max });
    set
}

fn out_of_bounds() -> Result<(), CommitError> {
    Err(Conflict::CounterBound(key()).into())
}

/// Numbers begin at 1, have no gap, and are given once: to many at the same time, and after a
/// restart.
pub async fn numbers_are_dense_and_given_once(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let reserve = |_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.reserve(Sequence::Link, 7).await })
    };
    let tasks: Vec<_> = (0..16).map(reserve).collect();
    let mut given = Vec::new();
    for task in tasks {
        let range = task.await??;
        assert_eq!(range.end - range.start, 7);
        given.extend(range);
    }
    given.sort_unstable();
    assert_eq!(given, (1..=112).collect::<Vec<u64>>());
    let store = factory.reopen(store).await?;
    assert_eq!(store.reserve(Sequence::Link, 1).await?, 113..114);
    Ok(())
}

/// Each sequence counts for itself.
pub async fn sequences_do_not_mix(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    assert_eq!(store.reserve(Sequence::Link, 5).await?, 1..6);
    assert_eq!(store.reserve(Sequence::Transaction, 2).await?, 1..3);
    assert_eq!(store.reserve(Sequence::Link, 1).await?, 6..7);
    Ok(())
}

/// A counter begins at 0 and goes up and down to its very bounds.
pub async fn a_counter_is_adjusted_within_its_bounds(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    assert_eq!(store.counter(&key()).await?, 0);
    let steps = [(3, 3), (2, 5), (-5, 0), (-4, -4), (4, 0)];
    for (number, (delta, expected)) in (1..).zip(steps) {
        store.commit(adjusting(number, delta, -4, 5)).await?;
        assert_eq!(store.counter(&key()).await?, expected);
    }
    assert_eq!(store.counter(&CounterKey("logins".into())).await?, 0);
    Ok(())
}

/// A counter leaves its bounds in neither direction, nor the numbers that there are.
pub async fn a_counter_does_not_leave_its_bounds(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(adjusting(1, 3, 0, 5)).await?;
    let table = [(3, 0, 5), (-4, 0, 5), (1, 0, 3), (0, 4, 5), (i64::MAX, 0, i64::MAX)];
    for (number, (delta, min, max)) in (2..).zip(table) {
        let answer = store.commit(adjusting(number, delta, min, max)).await;
        assert_eq!(answer, out_of_bounds(), "{delta} within {min}..={max}");
        assert_eq!(store.counter(&key()).await?, 3);
    }
    Ok(())
}

/// Of many that adjust a counter at the same time as many succeed as fit, and no version stands in
/// their way.
pub async fn concurrent_adjustments_stay_within_the_bound(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let sets = (1..=40).map(|number| adjusting(number, 3, 0, 35)).collect();
    let answers = commit_all(&store, sets).await?;
    let stored = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers.iter().filter(|answer| **answer == out_of_bounds()).count();
    assert_eq!((stored, refused), (11, 29));
    assert_eq!(store.counter(&key()).await?, 33);
    Ok(())
}

type Values<'a> = &'a [(&'a str, i64)];

fn named(name: &str) -> CounterKey {
    CounterKey(name.into())
}

fn setting(number: u32, values: Values<'_>) -> ChangeSet {
    let mut set = change_set(number);
    set.adjustments.extend(values.iter().map(|&(name, delta)| Adjustment {
        key: named(name),
        delta,
        min: i64::MIN,
        max: i64::MAX,
    }));
    set
}

/// Counters are read in the order in which they are asked for, and one that is absent is 0.
pub async fn counters_are_read_together(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(setting(1, &[("a", 3), ("b", -5)])).await?;
    let keys = ["b", "absent", "a", "b"].map(named);
    assert_eq!(store.counters(&keys).await?, [-5, 0, 3, -5]);
    assert_eq!(store.counters(&[]).await?, [0; 0]);
    Ok(())
}

/// Counters are listed by the bytes of their names, from one name on and up to another that is not
/// among them.
pub async fn counters_come_in_the_order_of_their_names(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let values =
        [("until 12 b", 1), ("until 9", 2), ("Until", 3), ("until 12 a", 4), ("until ", 5)];
    store.commit(setting(1, &values)).await?;
    let table: [(&str, &str, usize, Values<'_>); 5] = [
        ("", "until 9", 9, &[("Until", 3), ("until ", 5), ("until 12 a", 4), ("until 12 b", 1)]),
        ("until ", "until 9", 2, &[("until ", 5), ("until 12 a", 4)]),
        ("until 12 aa", "z", 9, &[("until 12 b", 1), ("until 9", 2)]),
        ("", "Until", 9, &[]),
        ("until 9", "Until", 9, &[]),
    ];
    for (from, end, limit, expected) in table {
        let found = store.counters_between(&named(from), &named(end), limit).await?;
        let expected: Vec<_> = expected.iter().map(|&(name, value)| (named(name), value)).collect();
        assert_eq!(found, expected, "from {from:?} before {end:?}");
    }
    Ok(())
}

/// A counter that comes to 0 is not listed any more, and counts on from 0.
pub async fn a_counter_that_comes_to_zero_goes_away(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(setting(1, &[("a", 3), ("b", 1)])).await?;
    store.commit(setting(2, &[("a", -3), ("c", 0)])).await?;
    assert_eq!(store.counters_between(&named(""), &named("z"), 100).await?, [(named("b"), 1)]);
    let store = factory.reopen(store).await?;
    assert_eq!(store.counters_between(&named(""), &named("z"), 100).await?, [(named("b"), 1)]);
    assert_eq!(store.counter(&named("a")).await?, 0);
    store.commit(setting(3, &[("a", 2)])).await?;
    assert_eq!(store.counter(&named("a")).await?, 2);
    Ok(())
}
