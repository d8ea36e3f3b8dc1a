//! Jobs: their queues, leasing them, and how many there are.

use deodar_domain::time::Timestamp;
use deodar_store::stored::decode_payload;
use deodar_store::{Job, JobId, Lease, LeaseRequest, LeasedJob, Queue, QueueDepth, StoreError};
use tokio_postgres::{Error, Row};

use crate::error::unreadable;
use crate::options::LEASE_JOBS_MAX;
use crate::pool::Connections;
use crate::record::Place;

/// The rows are locked before the limit counts them, so that workers who ask at the same time get
/// others. A row that was leased meanwhile is looked at again and left out.
pub(crate) const LEASE: &str = "WITH due AS MATERIALIZED ( \
        SELECT id FROM job WHERE queue = $1 AND due_at <= $2 \
            AND (leased_until IS NULL OR leased_until <= $3) \
        ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) \
    UPDATE job SET lease = nextval('job_lease'), leased_until = $5, tries = tries + 1 \
    FROM due WHERE job.id = due.id \
    RETURNING job.id, job.due_at, job.subject_kind, job.subject_key, job.tries, job.lease, \
        job.payload";
const DEPTHS: &str = "SELECT asked.queue, \
        (SELECT coalesce(sum(waiting), 0)::bigint FROM queue_depth AS depth \
            WHERE depth.queue = asked.queue), \
        (SELECT due_at FROM job WHERE job.queue = asked.queue ORDER BY due_at LIMIT 1) \
    FROM unnest($1::smallint[]) AS asked(queue)";

/// Every statement of this file, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[LEASE];

/// How many queues there are.
pub(crate) const QUEUES: usize = Queue::ALL.len();

/// The queue's number in the tables, from 1. It is kept for ever.
pub(crate) const fn queue_number(queue: Queue) -> i16 {
    match queue {
        Queue::Event => 1,
        Queue::Delivery => 2,
        Queue::FollowUp => 3,
        Queue::Deadline => 4,
        Queue::Email => 5,
        Queue::Sms => 6,
    }
}

/// Where the queue with this number is among the depths.
pub(crate) fn depth_index(queue: i16) -> Option<usize> {
    usize::try_from(queue).ok()?.checked_sub(1)
}

/// How the number of jobs in each queue changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct DepthChange([i64; QUEUES]);

impl DepthChange {
    /// Counts jobs that come or go.
    pub(crate) fn add(&mut self, index: Option<usize>, change: i64) {
        if let Some(depth) = index.and_then(|index| self.0.get_mut(index)) {
            *depth += change;
        }
    }

    /// The queues whose number changes, and by how much.
    pub(crate) fn changes(&self) -> (Vec<i16>, Vec<i64>) {
        (1_i16..).zip(self.0).filter(|(_, change)| *change != 0).unzip()
    }
}

/// Leases what is due, the longest due first.
pub(crate) async fn lease(
    connections: &Connections,
    request: LeaseRequest,
) -> Result<Vec<LeasedJob>, StoreError> {
    let LeaseRequest { queue, due_by, now, lease_for, limit } = request;
    let number = queue_number(queue);
    let (due_by, until) = (due_by.micros(), now.plus(lease_for).micros());
    let limit = i64::try_from(limit.min(LEASE_JOBS_MAX)).unwrap_or(0);
    let rows = connections.rows(LEASE, &[&number, &due_by, &now.micros(), &limit, &until]).await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in &rows {
        match leased(queue, row) {
            Ok(job) => jobs.push(job),
            // The others must not wait for one that cannot be read; it stays leased.
            Err(error) => {
                let id = row.try_get::<_, i64>(0).unwrap_or_default();
                tracing::error!(job = id, %error, "a job cannot be read");
            }
        }
    }
    jobs.sort_by_key(|leased| (leased.job.due_at, leased.job.id));
    Ok(jobs)
}

fn leased(queue: Queue, row: &Row) -> Result<LeasedJob, StoreError> {
    let read = || -> Result<_, Error> {
        let place = Place { kind: row.try_get(2)?, key: row.try_get(3)? };
        let (id, due_at): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (tries, lease): (i32, i64) = (row.try_get(4)?, row.try_get(5)?);
        Ok((id, due_at, place, tries, lease, row.try_get::<_, Option<&str>>(6)?))
    };
    let (id, due_at, place, tries, lease, payload) = read().map_err(unreadable)?;
    Ok(LeasedJob {
        job: Job {
            id: JobId(id),
            queue,
            subject: place.record_key()?,
            due_at: Timestamp::from_micros(due_at),
            payload: decode_payload(payload)?,
        },
        lease: Lease(lease.cast_unsigned()),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
    })
}

/// How much waits in each queue.
pub(crate) async fn depths(
    connections: &Connections,
    now: Timestamp,
    business_now: Timestamp,
) -> Result<Vec<QueueDepth>, StoreError> {
    let numbers = Queue::ALL.map(queue_number).to_vec();
    let rows = connections.rows(DEPTHS, &[&numbers]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let read =
            || -> Result<_, Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
        let (number, waiting, oldest): (i16, i64, Option<i64>) = read().map_err(unreadable)?;
        found.push((number, waiting, oldest));
    }
    Ok(Queue::ALL
        .map(|queue| {
            let number = queue_number(queue);
            let row = found.iter().find(|(found, ..)| *found == number);
            let present = if queue.is_real_time() { now } else { business_now };
            QueueDepth {
                queue,
                waiting: row.map_or(0, |(_, waiting, _)| waiting.max(&0).cast_unsigned()),
                oldest_due_at: row
                    .and_then(|(.., oldest)| oldest.map(Timestamp::from_micros))
                    .filter(|due_at| *due_at <= present),
            }
        })
        .to_vec())
}
