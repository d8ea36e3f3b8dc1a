//! What outlives the process, and what is known after a disk has failed.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::money::Money;

use super::fixtures::{
    LEASE_FOR, answer, at, call_reference, captured, change_set, clicked_order_record, clock,
    delivery, job, making, merchant, order_key, order_record, order_reference, outbox, pointer,
    request, snapshot,
};
use super::jobs::{ids, only};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::{Adjustment, ChangeSet, ChangeSetId, CounterKey, JobChange, JobOutcome};
use crate::job::{JobId, Queue};
use crate::record::{RecordKey, Version, Versioned};
use crate::store::{CommitError, Conflict, Epoch, Sequence, Store, StoreError};

/// How long a store may take to work again after a failed sync.
const RECOVERY_MAX: Duration = Duration::from_mins(5);

fn counter() -> CounterKey {
    CounterKey("links".into())
}

/// All that a store holds is there after it was closed and opened.
pub async fn everything_survives_a_restart(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let target = RecordKey::Order(order_key(1)?);
    let reference = order_reference(1, "A-1")?;
    let call = call_reference(1, 1)?;
    let mut set = making(1, merchant(1)?)
        .put(order_record(1)?, Version::ABSENT)
        .put(pointer(2)?, Version::ABSENT)
        .put(delivery(3)?, Version::ABSENT)
        .put(answer(4)?, Version::ABSENT)
        .put(clock(1), Version::ABSENT)
        .put(outbox(5)?, Version::ABSENT)
        .claim(reference.clone(), target)
        .claim(call.clone(), answer(4)?.key());
    let mut with_order = job(2, Queue::Event, at(0))?;
    with_order.payload = snapshot(1)?;
    set.jobs = vec![job(1, Queue::Deadline, at(0))?, with_order.clone()];
    set.ledger.push(captured(1, 1, Money::paise(100))?);
    set.adjustments.push(Adjustment { key: counter(), delta: 4, min: 0, max: 9 });
    store.commit(set.clone()).await?;
    store.commit(change_set(2).put(clicked_order_record(1)?, Version(1))).await?;
    let numbers = store.reserve(Sequence::Transaction, 3).await?;
    let held = only(store.lease(request(Queue::Deadline, at(1))).await?)?;
    let (balances, changes) =
        (store.balances().await?, store.changed_since(Epoch::default()).await?);

    let store = factory.reopen(store).await?;
    let clicked = Versioned { record: clicked_order_record(1)?, version: Version(2) };
    assert_eq!(store.get(target).await?, Some(clicked));
    let others = [merchant(1)?, pointer(2)?, delivery(3)?, answer(4)?, clock(1), outbox(5)?];
    for record in others {
        let read = store.get(record.key()).await?;
        assert_eq!(read, Some(Versioned { record, version: Version(1) }));
    }
    assert_eq!(store.find(&reference).await?, Some(target));
    assert_eq!(store.find(&call).await?, Some(answer(4)?.key()));
    assert_eq!(store.merchants().await?.len(), 1);
    assert_eq!(store.counter(&counter()).await?, 4);
    assert_eq!(store.balances().await?, balances);
    assert_eq!(store.reserve(Sequence::Transaction, 1).await?.start, numbers.end);
    assert_eq!(store.changed_since(changes.epoch).await?.keys, []);
    assert_eq!(store.changed_since(Epoch::default()).await?, changes);
    assert!(store.was_committed(set.id).await?);
    assert_eq!(store.commit(set).await, Ok(()));
    assert_eq!(store.counter(&counter()).await?, 4);

    // A lease holds beyond a restart, and its holder can still end it.
    assert_eq!(store.lease(request(Queue::Deadline, at(2))).await?, []);
    let mut done = change_set(3);
    done.job_changes.push(JobChange { id: JobId(1), lease: held.lease, outcome: JobOutcome::Done });
    assert_eq!(store.commit(done).await, Ok(()));
    let leased = only(store.lease(request(Queue::Event, at(1))).await?)?;
    assert_eq!((leased.job, leased.tries), (with_order, 1));
    assert_ne!(leased.lease, held.lease);
    let later = at(1).plus(LEASE_FOR).plus(Duration::from_secs(1));
    let store = factory.reopen(store).await?;
    assert_eq!(ids(&store.lease(request(Queue::Event, later)).await?), [2]);
    assert_eq!(store.lease(request(Queue::Deadline, later)).await?, []);
    Ok(())
}

fn writing(number: u32) -> Result<ChangeSet, Failure> {
    let target = RecordKey::Order(order_key(number)?);
    let reference = order_reference(1, &format!("C-{number}"))?;
    let mut set = making(number, order_record(number)?).claim(reference, target);
    set.adjustments.push(Adjustment { key: counter(), delta: 1, min: 0, max: i64::MAX });
    Ok(set)
}

/// Commits until the store takes it.
async fn commit_at_last(store: &Arc<dyn Store>, set: &ChangeSet) -> Outcome {
    let attempts = async {
        loop {
            match store.commit(set.clone()).await {
                Err(CommitError::Store(StoreError::Unavailable(_))) => {
                    tokio::task::yield_now().await;
                }
                answer => return answer,
            }
        }
    };
    Ok(tokio::time::timeout(RECOVERY_MAX, attempts).await??)
}

/// After a sync that failed no waiting commit is told a wrong thing: what is acknowledged is
/// there, and of what is not known the store can tell. The store works again, and the same change
/// sets, sent once more, have one effect in all.
pub async fn the_answers_after_a_failed_sync_are_true(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making(1, clock(1))).await?;
    if !factory.inject_sync_failure() {
        return Ok(());
    }
    let sets: Result<Vec<_>, _> = (10..30).map(writing).collect();
    let sets = sets?;
    let answers = commit_all(&store, sets.clone()).await?;
    let unknown = |answer: &Result<(), CommitError>| {
        matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_))))
    };
    assert!(answers.iter().all(|answer| answer.is_ok() || unknown(answer)), "{answers:?}");
    assert!(answers.iter().any(unknown), "no commit met the failed sync");

    let store = factory.reopen(store).await?;
    let mut there = 0;
    for (number, answer) in (10..).zip(&answers) {
        let stored = store.was_committed(ChangeSetId(u128::from(number))).await?;
        assert!(stored || answer.is_err(), "{number} was acknowledged and is lost");
        let record = store.get(RecordKey::Order(order_key(number)?)).await?;
        assert_eq!(record.is_some(), stored, "{number}");
        let holder = store.find(&order_reference(1, &format!("C-{number}"))?).await?;
        assert_eq!(holder.is_some(), stored, "{number}");
        there += i64::from(stored);
    }
    assert_eq!(store.counter(&counter()).await?, there);

    for set in &sets {
        commit_at_last(&store, set).await?;
    }
    assert_eq!(store.counter(&counter()).await?, 20);

    // A failure that the store must recover from by itself.
    assert!(factory.inject_sync_failure());
    let more: Result<Vec<_>, _> = (30..40).map(writing).collect();
    let more = more?;
    let _ = commit_all(&store, more.clone()).await?;
    for set in &more {
        commit_at_last(&store, set).await?;
    }
    assert_eq!(store.counter(&counter()).await?, 30);
    let stale = change_set(99).put(clock(2), Version::ABSENT);
    assert_eq!(store.commit(stale).await, Err(Conflict::Version(clock(0).key()).into()));
    Ok(())
}
