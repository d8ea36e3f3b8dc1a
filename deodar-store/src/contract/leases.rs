//! Leases: one worker holds a job at a time, and who lost it writes nothing.

use std::sync::Arc;
use std::time::Duration;

use super::fixtures::{
    LEASE_FOR, at, change_set, clock, job, making, making_jobs, order_key, order_record, request,
};
use super::jobs::{ids, only};
use super::{Outcome, StoreFactory};
use crate::change_set::{JobChange, JobOutcome};
use crate::job::{JobId, LeaseRequest, Queue};
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
