//! Jobs: when they come, in which order, and what becomes of them.

use deodar_domain::id::OperationId;
use deodar_domain::message::MessageKind;

use super::fixtures::{at, change_set, job, making_jobs, order_key, request, snapshot};
use super::{Failure, Outcome, StoreFactory};
use crate::change_set::{JobChange, JobOutcome};
use crate::job::{JobId, JobPayload, LeaseRequest, LeasedJob, Queue};
use crate::record::RecordKey;
use crate::store::{CommitError, Conflict, QueueDepth};

/// The keys of jobs that were leased, in their order.
pub(super) fn ids(leased: &[LeasedJob]) -> Vec<i64> {
    leased.iter().map(|leased| leased.job.id.0).collect()
}

/// The only job that was leased.
pub(super) fn only(leased: Vec<LeasedJob>) -> Result<LeasedJob, Failure> {
    let [leased] = <[LeasedJob; 1]>::try_from(leased)
        .map_err(|leased| format!("{} jobs and not one", leased.len()))?;
    Ok(leased)
}

/// The longest due comes first, whichever was made first; of two due at once, the older.
pub async fn jobs_come_in_the_order_in_which_they_are_due(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let jobs = [(1, 30), (2, 10), (3, 20), (5, -40), (4, 20)];
    for (number, due) in jobs {
        store.commit(making_jobs(number, vec![job(number, Queue::FollowUp, at(due))?])).await?;
    }
    let leased = store.lease(request(Queue::FollowUp, at(100))).await?;
    assert_eq!(ids(&leased), [5, 2, 3, 4, 1]);
    Ok(())
}

/// A job is leased at the instant when it is due, and not a microsecond before.
pub async fn a_job_is_not_leased_before_it_is_due(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let due_at = at(10);
    store.commit(making_jobs(1, vec![job(1, Queue::Delivery, due_at)?])).await?;
    let before = due_at.minus(std::time::Duration::from_micros(1));
    let early = LeaseRequest { due_by: before, ..request(Queue::Delivery, at(99)) };
    assert_eq!(store.lease(early).await?, []);
    let leased = only(store.lease(request(Queue::Delivery, due_at)).await?)?;
    assert_eq!((leased.job, leased.tries), (job(1, Queue::Delivery, due_at)?, 1));
    Ok(())
}

/// A worker of one queue gets the jobs of that queue alone.
pub async fn queues_do_not_mix(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for (number, queue) in (1..).zip(Queue::ALL) {
        store.commit(making_jobs(number, vec![job(number, queue, at(0))?])).await?;
    }
    for (number, queue) in (1..).zip(Queue::ALL) {
        let leased = store.lease(request(queue, at(1))).await?;
        assert_eq!(ids(&leased), [number], "{queue:?}");
    }
    Ok(())
}

/// A worker gets no more jobs than it asks for, and the next gets those that remain.
pub async fn a_lease_keeps_its_limit(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let jobs: Result<Vec<_>, _> =
        (1..=5).map(|number| job(number, Queue::Event, at(number.into()))).collect();
    store.commit(making_jobs(1, jobs?)).await?;
    for (limit, expected) in [(0, &[][..]), (2, &[1, 2]), (2, &[3, 4]), (2, &[5]), (2, &[])] {
        let asked = LeaseRequest { limit, ..request(Queue::Event, at(9)) };
        assert_eq!(ids(&store.lease(asked).await?), expected);
    }
    Ok(())
}

/// What a job needs is given back with it.
pub async fn a_job_keeps_its_payload(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let payloads = [
        JobPayload::None,
        snapshot(2)?,
        JobPayload::Operation(OperationId(u128::MAX - 1)),
        JobPayload::Message(MessageKind::LinkCreated),
    ];
    let mut made = Vec::new();
    for (number, payload) in (1..).zip(payloads) {
        let mut job = job(number, Queue::Event, at(number.into()))?;
        job.payload = payload;
        made.push(job);
    }
    store.commit(making_jobs(1, made.clone())).await?;
    let leased = store.lease(request(Queue::Event, at(9))).await?;
    let leased: Vec<_> = leased.into_iter().map(|leased| leased.job).collect();
    assert_eq!(leased, made);
    Ok(())
}

/// A job is never written over another: its id is refused as a conflict, so that another is drawn.
pub async fn a_taken_job_id_is_refused(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making_jobs(1, vec![job(1, Queue::Event, at(0))?])).await?;
    let mut other = job(1, Queue::Deadline, at(5))?;
    other.subject = RecordKey::Order(order_key(2)?);
    let refused = Err(CommitError::Conflict(Conflict::Version(other.subject)));
    assert_eq!(store.commit(making_jobs(2, vec![other])).await, refused);
    assert_eq!(store.lease(request(Queue::Deadline, at(9))).await?, []);
    assert_eq!(ids(&store.lease(request(Queue::Event, at(9))).await?), [1]);
    Ok(())
}

/// A job that is done is never leased again.
pub async fn a_job_that_is_done_goes_away(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let jobs = vec![job(1, Queue::Event, at(0))?, job(2, Queue::Event, at(1))?];
    store.commit(making_jobs(1, jobs)).await?;
    let asked = LeaseRequest { limit: 1, ..request(Queue::Event, at(1)) };
    let leased = only(store.lease(asked).await?)?;
    let (id, lease) = (leased.job.id, leased.lease);
    let mut done = change_set(2);
    done.job_changes.push(JobChange { id, lease, outcome: JobOutcome::Done });
    store.commit(done).await?;
    assert_eq!(ids(&store.lease(request(Queue::Event, at(9_999))).await?), [2]);
    let mut again = change_set(3);
    again.job_changes.push(JobChange { id, lease, outcome: JobOutcome::Done });
    assert_eq!(store.commit(again).await, Err(Conflict::LeaseLost(JobId(1)).into()));
    Ok(())
}

/// A job that is to be done again is free at once, due when it was told, and counts its tries.
pub async fn a_job_to_be_done_again_is_due_again(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let mut made = job(1, Queue::Event, at(0))?;
    made.payload = snapshot(1)?;
    store.commit(making_jobs(1, vec![made.clone()])).await?;
    for (number, tries) in (2..5).zip(1..) {
        let now = at(i64::from(tries) * 10);
        let leased = only(store.lease(request(Queue::Event, now)).await?)?;
        assert_eq!((&leased.job, leased.tries), (&made, tries));
        made.due_at = at(i64::from(tries) * 10 + 10);
        let mut again = change_set(number);
        let outcome = JobOutcome::Again { due_at: made.due_at };
        again.job_changes.push(JobChange { id: made.id, lease: leased.lease, outcome });
        store.commit(again).await?;
        assert_eq!(store.lease(request(Queue::Event, now)).await?, []);
    }
    Ok(())
}

/// Each queue tells how much waits and since when, in its own time.
pub async fn queue_depths_tell_what_waits(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let jobs = vec![
        job(1, Queue::Event, at(20))?,
        job(2, Queue::Event, at(10))?,
        job(3, Queue::Event, at(500))?,
        job(4, Queue::Delivery, at(500))?,
        job(5, Queue::Deadline, at(5_000))?,
        job(6, Queue::Sms, at(999))?,
    ];
    store.commit(making_jobs(1, jobs)).await?;
    let mut depths = store.queue_depths(at(100), at(1_000)).await?;
    depths.sort_by_key(|depth| depth.queue);
    let depth = |queue, waiting, oldest_due_at| QueueDepth { queue, waiting, oldest_due_at };
    let expected = [
        depth(Queue::Event, 3, Some(at(10))),
        depth(Queue::Delivery, 1, Some(at(500))),
        depth(Queue::FollowUp, 0, None),
        depth(Queue::Deadline, 1, None),
        depth(Queue::Email, 0, None),
        depth(Queue::Sms, 1, Some(at(999))),
    ];
    assert_eq!(depths, expected);
    Ok(())
}
