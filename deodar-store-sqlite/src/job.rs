//! Jobs: writing, leasing and ending them.

use deodar_domain::time::Timestamp;
use deodar_store::stored::decode_payload;
use deodar_store::{
    Job, JobChange, JobId, JobOutcome, Lease, LeaseRequest, LeasedJob, Queue, StoreError,
};
use rusqlite::{Connection, OptionalExtension};

use crate::options::LEASE_JOBS_MAX;
use crate::prepared::JobRow;
use crate::record::Place;
use crate::sequence;
use crate::statements::Statements;

const EXISTS: &str = "SELECT 1 FROM job WHERE id = ?1";
const INSERT: &str = "INSERT INTO job \
    (id, queue, due_at, subject_kind, subject_key, tries, lease, leased_until) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const INSERT_PAYLOAD: &str = "INSERT INTO job_payload (id, document) VALUES (?1, ?2)";
const HELD: &str = "SELECT queue, lease FROM job WHERE id = ?1 AND lease IS NOT NULL";
const DUE: &str = "SELECT job.id, job.due_at, job.subject_kind, job.subject_key, job.tries, \
    payload.document FROM job LEFT JOIN job_payload AS payload ON payload.id = job.id \
    WHERE job.queue = ?1 AND job.due_at <= ?2 \
    AND (job.lease IS NULL OR job.leased_until <= ?3) \
    ORDER BY job.due_at, job.id LIMIT ?4";
const LEASE: &str = "UPDATE job SET tries = ?2, lease = ?3, leased_until = ?4 WHERE id = ?1";
const AGAIN: &str = "UPDATE job SET due_at = ?2, lease = NULL, leased_until = NULL WHERE id = ?1";
const DELETE: &str = "DELETE FROM job WHERE id = ?1";
const DELETE_PAYLOAD: &str = "DELETE FROM job_payload WHERE id = ?1";
const RELEASE_ALL: &str =
    "UPDATE job SET lease = NULL, leased_until = NULL WHERE lease IS NOT NULL";

/// How many queues there are.
pub(crate) const QUEUES: usize = Queue::ALL.len();

/// The queue's number in the tables, from 1. It is kept for ever.
pub(crate) const fn queue_number(queue: Queue) -> i64 {
    match queue {
        Queue::Event => 1,
        Queue::Delivery => 2,
        Queue::FollowUp => 3,
        Queue::Deadline => 4,
        Queue::Email => 5,
        Queue::Sms => 6,
    }
}

/// How many jobs each queue has, or how that changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Depths([i64; QUEUES]);

impl Depths {
    /// Reads what [`Depths::to_text`] wrote; queues that were unknown then are empty.
    pub(crate) fn parse(text: &str) -> Self {
        let mut depths = Self::default();
        let numbers = text.trim_matches(['[', ']']).split(',');
        for (depth, number) in depths.0.iter_mut().zip(numbers) {
            *depth = number.parse().unwrap_or(0);
        }
        depths
    }

    /// The numbers in the order of the queues', as they are stored.
    pub(crate) fn to_text(self) -> String {
        format!("[{}]", self.0.map(|depth| depth.to_string()).join(","))
    }

    /// How many jobs a queue has.
    pub(crate) fn of(self, queue: Queue) -> i64 {
        let index = usize::try_from(queue_number(queue) - 1).unwrap_or(usize::MAX);
        self.0.get(index).copied().unwrap_or(0)
    }

    fn add(&mut self, queue: i64, change: i64) {
        let place = usize::try_from(queue - 1).ok().and_then(|index| self.0.get_mut(index));
        if let Some(depth) = place {
            *depth += change;
        }
    }

    /// Adds what another request changes.
    pub(crate) fn merge(&mut self, other: Self) {
        for (depth, change) in self.0.iter_mut().zip(other.0) {
            *depth += change;
        }
    }
}

/// Whether a job has this id.
pub(crate) fn exists(statements: &Statements<'_>, id: i64) -> rusqlite::Result<bool> {
    statements.with(EXISTS, |exists| exists.exists([id]))
}

/// The number of the queue of a job, if the worker still holds it.
pub(crate) fn held_queue(
    statements: &Statements<'_>,
    change: &JobChange,
) -> rusqlite::Result<Option<i64>> {
    let row: Option<(i64, i64)> = statements.with(HELD, |held| {
        held.query_row([change.id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    })?;
    let held = row.filter(|(_, lease)| lease.cast_unsigned() == change.lease.0);
    Ok(held.map(|(queue, _)| queue))
}

/// Ends a job that the worker holds, or puts it off.
pub(crate) fn change(
    statements: &Statements<'_>,
    change: &JobChange,
    queue: i64,
    depth: &mut Depths,
) -> rusqlite::Result<()> {
    let id = change.id.0;
    match change.outcome {
        JobOutcome::Done => {
            statements.with(DELETE, |delete| delete.execute([id]))?;
            statements.with(DELETE_PAYLOAD, |delete| delete.execute([id]))?;
            depth.add(queue, -1);
        }
        JobOutcome::Again { due_at } => {
            statements.with(AGAIN, |again| again.execute((id, due_at.micros())))?;
        }
    }
    Ok(())
}

/// Writes a new job.
pub(crate) fn insert(
    statements: &Statements<'_>,
    job: &JobRow,
    depth: &mut Depths,
) -> rusqlite::Result<()> {
    let JobRow { id, queue, due_at, place, payload, held_until, .. } = job;
    let lease = held_until.map(|_| Lease::OF_MAKER.0.cast_signed());
    let tries = i64::from(lease.is_some());
    let row = (id, queue, due_at, place.kind, place.key, tries, lease, held_until);
    statements.with(INSERT, |insert| insert.execute(row))?;
    if let Some(document) = payload {
        statements.with(INSERT_PAYLOAD, |insert| insert.execute((id, document)))?;
    }
    depth.add(*queue, 1);
    Ok(())
}

/// A job that was just leased, before its payload is read.
#[derive(Debug)]
pub(crate) struct LeasedRow {
    queue: Queue,
    due_at: i64,
    id: i64,
    subject: Place,
    tries: i64,
    lease: i64,
    payload: Option<String>,
}

/// Leases what is due.
pub(crate) fn lease(
    connection: &Connection,
    request: &LeaseRequest,
) -> rusqlite::Result<Vec<LeasedRow>> {
    let queue = queue_number(request.queue);
    let limit = i64::try_from(request.limit.min(LEASE_JOBS_MAX)).unwrap_or(0);
    let bounds = (queue, request.due_by.micros(), request.now.micros(), limit);
    let mut rows = connection
        .prepare_cached(DUE)?
        .query_map(bounds, |row| {
            Ok(LeasedRow {
                queue: request.queue,
                id: row.get(0)?,
                due_at: row.get(1)?,
                subject: Place { kind: row.get(2)?, key: row.get(3)? },
                tries: row.get::<_, i64>(4)? + 1,
                lease: 0,
                payload: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let leases = sequence::take(connection, "lease", count)?.unwrap_or(0..count);
    let until = request.now.plus(request.lease_for).micros();
    let mut statement = connection.prepare_cached(LEASE)?;
    for (row, lease) in rows.iter_mut().zip(leases) {
        row.lease = lease;
        statement.execute((row.id, row.tries, lease, until))?;
    }
    Ok(rows)
}

/// Ends every lease: whoever held them is gone.
pub(crate) fn release_all(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute(RELEASE_ALL, [])
}

impl LeasedRow {
    /// Reads the job, in the task of the worker that leased it.
    pub(crate) fn into_job(self) -> Result<LeasedJob, StoreError> {
        Ok(LeasedJob {
            job: Job {
                id: JobId(self.id),
                queue: self.queue,
                subject: self.subject.record_key()?,
                due_at: Timestamp::from_micros(self.due_at),
                payload: decode_payload(self.payload.as_deref())?,
            },
            lease: Lease(self.lease.cast_unsigned()),
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
        })
    }

    /// The job's key, to be named where it cannot be read.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }
}
