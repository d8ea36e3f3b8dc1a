//! Change sets that are sent again, because their answer was lost.

use deodar_domain::money::Money;

use super::fixtures::{
    at, captured, change_set, clock, job, making, order_key, order_record, order_reference, request,
};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::{Adjustment, ChangeSet, ChangeSetId, CounterKey, JobChange, JobOutcome};
use crate::job::{JobId, Queue};
use crate::record::{RecordKey, Version};
use crate::store::{CommitError, RECENT_CHANGE_SETS_MIN, Store};

/// How many change sets are committed at a time where there are many.
const CHUNK: usize = 500;

fn counter() -> CounterKey {
    CounterKey("replays".into())
}

fn full(number: u32) -> Result<ChangeSet, Failure> {
    let target = RecordKey::Order(order_key(number)?);
    let mut set = making(number, order_record(number)?).claim(order_reference(1, "A-1")?, target);
    set.ledger.push(captured(number, 1, Money::paise(700))?);
    set.jobs.push(job(number, Queue::Event, at(0))?);
    set.adjustments.push(Adjustment { key: counter(), delta: 1, min: 0, max: 1 });
    Ok(set)
}

async fn assert_stored_once(store: &dyn Store, number: u32) -> Outcome {
    let read = store.get(RecordKey::Order(order_key(number)?)).await?;
    assert_eq!(read.map(|read| read.version), Some(Version(1)));
    assert_eq!(store.counter(&counter()).await?, 1);
    let mut sums: Vec<_> = store.balances().await?.iter().map(|balance| balance.sum).collect();
    sums.sort_unstable();
    assert_eq!(sums, [-700, 700]);
    Ok(())
}

/// A change set that was stored is acknowledged again, and has no second effect: not even where it
/// could no longer be stored, and not where its job was done since.
pub async fn a_repeated_change_set_has_no_second_effect(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let set = full(1)?;
    assert!(!store.was_committed(set.id).await?);
    store.commit(set.clone()).await?;
    assert!(store.was_committed(set.id).await?);
    store.commit(set.clone()).await?;
    assert_stored_once(&*store, 1).await?;

    let leased = store.lease(request(Queue::Event, at(1))).await?;
    let lease = leased.first().ok_or("the job is not due")?.lease;
    let mut done = change_set(2);
    done.job_changes.push(JobChange { id: JobId(1), lease, outcome: JobOutcome::Done });
    store.commit(done.clone()).await?;
    assert_eq!(store.commit(done).await, Ok(()));
    assert_eq!(store.commit(set).await, Ok(()));
    assert_eq!(store.lease(request(Queue::Event, at(999))).await?, []);
    assert_stored_once(&*store, 1).await
}

/// Copies of one change set that arrive together are all acknowledged, and have one effect.
pub async fn concurrent_copies_of_a_change_set_have_one_effect(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let answers = commit_all(&store, vec![full(1)?; 6]).await?;
    assert_eq!(answers, vec![Ok(()); 6]);
    assert_stored_once(&*store, 1).await
}

/// What was refused is not there, and the same change set can be stored later.
pub async fn a_refused_change_set_is_not_remembered(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let early = change_set(1).put(clock(2), Version(1));
    assert!(matches!(store.commit(early.clone()).await, Err(CommitError::Conflict(_))));
    assert!(!store.was_committed(early.id).await?);
    store.commit(making(2, clock(1))).await?;
    store.commit(early.clone()).await?;
    assert!(store.was_committed(early.id).await?);
    let read = store.get(clock(0).key()).await?;
    assert_eq!(read.map(|read| (read.record, read.version)), Some((clock(2), Version(2))));
    Ok(())
}

/// The first of ten thousand change sets is still known, and still has no second effect.
pub async fn the_last_ten_thousand_change_sets_are_remembered(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    store.commit(full(1)?).await?;
    let others: Vec<_> = (2..).take(RECENT_CHANGE_SETS_MIN - 1).map(change_set).collect();
    for chunk in others.chunks(CHUNK) {
        let answers = commit_all(&store, chunk.to_vec()).await?;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert!(store.was_committed(ChangeSetId(1)).await?);
    assert!(!store.was_committed(ChangeSetId(u128::MAX)).await?);
    store.commit(full(1)?).await?;
    assert_stored_once(&*store, 1).await
}
