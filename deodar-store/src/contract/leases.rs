//! Leases: one worker holds a job at a time, and who lost it writes nothing.

use std::sync::Arc;
use std::time::Duration;

use super::fixtures::{
    LEASE_FOR, at, change_set, clock, job, making, making_jobs, order_key, order_record, request,
};
use super::jobs::{ids, only};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::{ChangeSet, Hold, JobChange, JobOutcome};
use crate::job::{JobId, Lease, LeaseRequest, Queue};
use crate::record::{RecordKey, Version};
use crate::store::Conflict;

/// A job that a worker holds is not given to another.
pub async fn a_lease_excludes_others(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_jobs(1, vec![job(1, Queue::Event, at(0))?])).await?;
    let now = at(10);
    assert_eq!(ids(&store.lease(request(Queue::Event, now)).await?), [1]);
    let last = now.plus(LEASE_FOR).minus(Duration::from_secs(1));
    for later in [now, last] {
        let asked = LeaseRequest { due_by: at(9_999), ..request(Queue::Event, later) };
        assert_eq!(store.lease(asked).await?, []);
    }
    Ok(())
}

/// A lease runs out in real time, whatever the queue's own; then another takes the job, under
/// another number.
pub async fn a_lease_that_ran_out_is_taken_by_another(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_jobs(1, vec![job(1, Queue::Deadline, at(0))?])).await?;
    let first = only(store.lease(request(Queue::Deadline, at(10))).await?)?;
    let later = at(10).plus(LEASE_FOR).plus(Duration::from_secs(1));
    let asked = LeaseRequest { due_by: at(0), ..request(Queue::Deadline, later) };
    let second = only(store.lease(asked).await?)?;
    assert_eq!(second.job, first.job);
    assert_ne!(second.lease, first.lease);
    assert_eq!((first.tries, second.tries), (1, 2));
    Ok(())
}

/// Who lost a lease is refused with all that it writes; who has it now is not.
pub async fn a_lost_lease_refuses_the_change_set(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_jobs(1, vec![job(1, Queue::Event, at(0))?])).await?;
    let first = only(store.lease(request(Queue::Event, at(10))).await?)?;
    let later = at(10).plus(LEASE_FOR).plus(Duration::from_secs(1));
    let second = only(store.lease(request(Queue::Event, later)).await?)?;

    let again = JobOutcome::Again { due_at: at(0) };
    for (number, outcome) in (2..).zip([JobOutcome::Done, again]) {
        let mut late = making(number, order_record(1)?);
        late.job_changes.push(JobChange { id: JobId(1), lease: first.lease, outcome });
        assert_eq!(store.commit(late).await, Err(Conflict::LeaseLost(JobId(1)).into()));
        assert_eq!(store.get(RecordKey::Order(order_key(1)?)).await?, None);
    }
    let mut done = making(4, order_record(1)?);
    let outcome = JobOutcome::Done;
    done.job_changes.push(JobChange { id: JobId(1), lease: second.lease, outcome });
    assert_eq!(store.commit(done).await, Ok(()));
    assert!(store.get(RecordKey::Order(order_key(1)?)).await?.is_some());
    let mut unknown = change_set(5);
    unknown.job_changes.push(JobChange { id: JobId(7), lease: second.lease, outcome });
    assert_eq!(store.commit(unknown).await, Err(Conflict::LeaseLost(JobId(7)).into()));
    Ok(())
}

/// A change set that is refused for another reason neither ends its job nor its lease: the worker
/// decides again under the same lease.
pub async fn the_job_of_a_refused_change_set_stays_leased(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_jobs(1, vec![job(1, Queue::Event, at(0))?])).await?;
    let leased = only(store.lease(request(Queue::Event, at(10))).await?)?;
    let change = JobChange { id: leased.job.id, lease: leased.lease, outcome: JobOutcome::Done };

    let mut refused = change_set(2).put(clock(1), Version(4));
    refused.job_changes.push(change);
    let conflict = Conflict::Version(clock(0).key());
    assert_eq!(store.commit(refused).await, Err(conflict.into()));
    assert_eq!(store.lease(request(Queue::Event, at(11))).await?, []);

    let mut decided_again = change_set(3).put(clock(1), Version::ABSENT);
    decided_again.job_changes.push(change);
    assert_eq!(store.commit(decided_again).await, Ok(()));
    Ok(())
}

/// Many workers that ask at the same time get every job once.
pub async fn concurrent_workers_share_no_job(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let jobs: Result<Vec<_>, _> = (1..=30).map(|number| job(number, Queue::Event, at(0))).collect();
    store.commit(making_jobs(1, jobs?)).await?;
    let worker = |_| {
        let store = Arc::clone(&store);
        let asked = LeaseRequest { limit: 4, ..request(Queue::Event, at(10)) };
        tokio::spawn(async move { store.lease(asked).await })
    };
    let workers: Vec<_> = (0..10).map(worker).collect();
    let mut found = Vec::new();
    for worker in workers {
        let leased = worker.await??;
        assert!(leased.len() <= 4);
        found.extend(ids(&leased));
    }
    found.sort_unstable();
    assert_eq!(found, (1..=30).collect::<Vec<i64>>());
    Ok(())
}

/// A change set that makes a job and holds it for as long as a lease.
fn making_held(number: u32) -> Result<ChangeSet, Failure> {
    let mut set = making_jobs(number, vec![job(number, Queue::Delivery, at(0))?]);
    set.holds.push(Hold { id: JobId(number.into()), until: at(10).plus(LEASE_FOR) });
    Ok(set)
}

fn ending(number: u32, id: i64, lease: Lease) -> ChangeSet {
    let mut set = change_set(number);
    set.job_changes.push(JobChange { id: JobId(id), lease, outcome: JobOutcome::Done });
    set
}

/// Who makes a job may hold it from the start; a job beside it is free.
pub async fn a_job_can_be_held_by_its_maker(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let mut set = making_held(1)?;
    set.jobs.push(job(2, Queue::Delivery, at(0))?);
    store.commit(set).await?;
    assert_eq!(ids(&store.lease(request(Queue::Delivery, at(10))).await?), [2]);
    let depths = store.queue_depths(at(10), at(10)).await?;
    let waiting = depths.iter().find(|depth| depth.queue == Queue::Delivery);
    assert_eq!(waiting.map(|depth| depth.waiting), Some(2));
    assert_eq!(store.commit(ending(2, 1, Lease::OF_MAKER)).await, Ok(()));
    assert_eq!(store.lease(request(Queue::Delivery, at(9_999))).await?.len(), 1);
    Ok(())
}

/// A job whose maker is gone is found by others, and then its maker writes nothing any more.
pub async fn a_job_that_its_maker_left_is_taken_by_another(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_held(1)?).await?;
    let store = factory.reopen(store).await?;
    let later = at(10).plus(LEASE_FOR).plus(Duration::from_secs(1));
    let taken = only(store.lease(request(Queue::Delivery, later)).await?)?;
    assert_eq!((taken.job.id, taken.tries), (JobId(1), 2));
    assert_ne!(taken.lease, Lease::OF_MAKER);
    let late = ending(2, 1, Lease::OF_MAKER);
    assert_eq!(store.commit(late).await, Err(Conflict::LeaseLost(JobId(1)).into()));
    assert_eq!(store.commit(ending(3, 1, taken.lease)).await, Ok(()));
    Ok(())
}

/// Of many workers who end their jobs at the same time, those who lost their leases are refused, and
/// no other.
pub async fn a_lost_lease_refuses_nobody_beside_it(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let jobs: Result<Vec<_>, _> = (1..=40).map(|number| job(number, Queue::Event, at(0))).collect();
    store.commit(making_jobs(1, jobs?)).await?;
    let first = store.lease(request(Queue::Event, at(10))).await?;
    let later = at(10).plus(LEASE_FOR).plus(Duration::from_secs(1));
    let asked = LeaseRequest { limit: 10, ..request(Queue::Event, later) };
    let lost = ids(&store.lease(asked).await?);
    let ends = (2..).zip(&first).map(|(number, held)| ending(number, held.job.id.0, held.lease));
    let answers = commit_all(&store, ends.collect()).await?;
    for (held, answer) in first.iter().zip(answers) {
        let id = held.job.id;
        let is_lost = lost.contains(&id.0);
        let expected = if is_lost { Err(Conflict::LeaseLost(id).into()) } else { Ok(()) };
        assert_eq!(answer, expected);
    }
    assert_eq!((first.len(), lost.len()), (40, 10));
    Ok(())
}
