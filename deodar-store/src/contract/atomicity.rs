//! A change set is stored whole or not at all, whatever is committed beside it.

use deodar_domain::money::Money;

use super::fixtures::{
    at, captured, change_set, clicked_order_record, clock, job, making, making_jobs, merchant,
    order_key, order_record, order_reference, request,
};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::{
    Adjustment, ChangeSet, ChangeSetId, CounterKey, Expect, JobChange, JobOutcome, ReferenceKey,
};
use crate::job::{JobId, Lease, Queue};
use crate::record::{RecordKey, Version};
use crate::store::{CommitError, Conflict, Epoch, Store};

fn counter() -> CounterKey {
    CounterKey("holds".into())
}

fn adjustment(key: CounterKey, max: i64) -> Adjustment {
    Adjustment { key, delta: 1, min: 0, max }
}

/// A change set with an element of every kind, each of which could be stored.
fn full(number: u32) -> Result<ChangeSet, Failure> {
    let target = RecordKey::Order(order_key(2)?);
    let mut set = making(number, order_record(2)?)
        .put(merchant(2)?, Version::ABSENT)
        .put(clicked_order_record(1)?, Version(1))
        .claim(order_reference(1, "A-2")?, target);
    set.ledger.push(captured(1, 1, Money::paise(100))?);
    set.jobs.push(job(2, Queue::Deadline, at(0))?);
    set.adjustments.push(adjustment(counter(), 10));
    Ok(set)
}

async fn assert_nothing_was_stored(store: &dyn Store, id: ChangeSetId) -> Outcome {
    let first = store.get(RecordKey::Order(order_key(1)?)).await?;
    assert_eq!(first.map(|read| read.version), Some(Version(1)));
    assert_eq!(store.get(RecordKey::Order(order_key(2)?)).await?, None);
    assert_eq!(store.get(merchant(2)?.key()).await?, None);
    assert_eq!(store.find(&order_reference(1, "A-2")?).await?, None);
    assert_eq!(store.changed_since(Epoch::default()).await?.keys, []);
    assert_eq!(store.balances().await?, []);
    assert_eq!(store.lease(request(Queue::Deadline, at(9))).await?, []);
    assert_eq!(store.counter(&counter()).await?, 0);
    assert!(!store.was_committed(id).await?);
    Ok(())
}

/// Adds what is refused to a change set.
type Spoil<'a> = Box<dyn Fn(&mut ChangeSet) + Send + Sync + 'a>;

/// A refusal for the last element of each kind leaves nothing of the others.
pub async fn a_refused_change_set_leaves_nothing(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let holder = RecordKey::Order(order_key(1)?);
    let taken = order_reference(1, "A-1")?;
    store.commit(making(1, order_record(1)?).claim(taken.clone(), holder)).await?;
    store.commit(making_jobs(2, vec![job(1, Queue::Event, at(0))?])).await?;
    let unknown = RecordKey::Order(order_key(3)?);
    let id = JobId(1);

    let spoil_job = job(1, Queue::Deadline, at(0))?;
    let table: [(Conflict, Spoil<'_>); 5] = [
        (
            Conflict::Version(unknown),
            Box::new(|set| set.expects.push(Expect { key: unknown, version: Version(1) })),
        ),
        (
            Conflict::ReferenceTaken { reference: taken.clone(), holder },
            Box::new(|set| set.claims.push((taken.clone(), unknown))),
        ),
        (
            Conflict::LeaseLost(id),
            Box::new(|set| {
                let outcome = JobOutcome::Done;
                set.job_changes.push(JobChange { id, lease: Lease(1), outcome });
            }),
        ),
        (Conflict::Version(spoil_job.subject), Box::new(|set| set.jobs.push(spoil_job.clone()))),
        (
            Conflict::CounterBound(CounterKey("full".into())),
            Box::new(|set| set.adjustments.push(adjustment(CounterKey("full".into()), 0))),
        ),
    ];
    for (number, (conflict, spoil)) in (10..).zip(table) {
        let mut set = full(number)?;
        spoil(&mut set);
        let id = set.id;
        assert_eq!(store.commit(set).await, Err(conflict.into()));
        assert_nothing_was_stored(&*store, id).await?;
    }
    store.commit(full(20)?).await?;
    assert_eq!(store.counter(&counter()).await?, 1);
    Ok(())
}

/// Of many that are committed together, the good are stored and the bad are refused, each by its
/// own reason.
pub async fn a_failing_change_set_does_no_harm_to_those_beside_it(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let stale = clock(0).key();
    store.commit(making(1, clock(1))).await?;
    let holder = RecordKey::Order(order_key(1)?);
    let taken = order_reference(1, "A-1")?;
    store.commit(making(2, order_record(1)?).claim(taken.clone(), holder)).await?;

    let expected = |number: u32| -> Result<(), CommitError> {
        match number % 5 {
            1 => Err(Conflict::Version(stale).into()),
            3 => Err(Conflict::ReferenceTaken { reference: taken.clone(), holder }.into()),
            _ => Ok(()),
        }
    };
    let reference = |number: u32| order_reference(1, &format!("B-{number}"));
    let mut sets = Vec::new();
    for number in 100..160 {
        let target = RecordKey::Order(order_key(number)?);
        let mut set = making(number, order_record(number)?).claim(reference(number)?, target);
        set.adjustments.push(adjustment(counter(), i64::MAX));
        match number % 5 {
            1 => set = set.expect(stale, Version(7)),
            3 => set = set.claim(taken.clone(), target),
            _ => {}
        }
        sets.push(set);
    }
    let answers = commit_all(&store, sets).await?;
    let mut stored = 0;
    for (number, answer) in (100..).zip(answers) {
        assert_eq!(answer, expected(number), "{number}");
        stored += i64::from(answer.is_ok());
        let target = RecordKey::Order(order_key(number)?);
        assert_eq!(store.get(target).await?.is_some(), answer.is_ok(), "{number}");
        let holder: Option<RecordKey> = store.find(&reference(number)?).await?;
        assert_eq!(holder, answer.is_ok().then_some(target), "{number}");
        let id = ChangeSetId(u128::from(number));
        assert_eq!(store.was_committed(id).await?, answer.is_ok(), "{number}");
    }
    assert_eq!(store.counter(&counter()).await?, stored);
    Ok(())
}

/// Of many that write one record at the same time one is stored, and what is read is what it wrote.
pub async fn one_of_many_concurrent_writers_of_a_record_wins(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let key = clock(0).key();
    let claim = |number| ReferenceKey::LinkNumber(deodar_domain::id::LinkNumber(number));
    for round in 0..3_u32 {
        let version = Version(u64::from(round));
        let numbers = (round * 10)..(round * 10 + 10);
        let set = |number: u32| {
            let seconds = u64::from(number);
            change_set(number).put(clock(seconds), version).claim(claim(seconds), key)
        };
        let answers = commit_all(&store, numbers.clone().map(set).collect()).await?;
        let winners: Vec<_> =
            numbers.zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(n, _)| n).collect();
        let [winner] = winners.as_slice() else { return Err(format!("{answers:?}").into()) };
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(refusals.clone().all(|refusal| *refusal == Conflict::Version(key).into()));
        let read = store.get(key).await?.ok_or("the record is lost")?;
        assert_eq!((read.record, read.version), (clock(u64::from(*winner)), version.next()));
        for number in (round * 10)..(round * 10 + 10) {
            let holder = store.find(&claim(u64::from(number))).await?;
            assert_eq!(holder.is_some(), number == *winner, "{number}");
        }
    }
    Ok(())
}
