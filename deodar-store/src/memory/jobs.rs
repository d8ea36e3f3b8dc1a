//! The jobs of a store in memory, in the order in which they are due.

use std::collections::{BTreeMap, BTreeSet};

use deodar_domain::time::Timestamp;

use crate::change_set::{Hold, JobChange, JobOutcome};
use crate::job::{Job, JobId, Lease, LeaseRequest, LeasedJob, Queue};
use crate::record::RecordKey;
use crate::store::{Conflict, QueueDepth, StoreError};
use crate::stored::{decode_payload, encode_payload};

/// A job with its payload written.
pub(super) struct NewJob {
    id: JobId,
    row: JobRow,
}

impl NewJob {
    pub(super) fn of(job: Job, holds: &[Hold]) -> Result<Self, StoreError> {
        let Job { id, queue, subject, due_at, payload } = job;
        let payload = encode_payload(&payload)?;
        let hold = holds.iter().find(|hold| hold.id == id);
        let lease = hold.map(|hold| (Lease::OF_MAKER, hold.until));
        let tries = u32::from(lease.is_some());
        Ok(Self { id, row: JobRow { queue, subject, due_at, payload, lease, tries } })
    }
}

#[derive(Debug)]
struct JobRow {
    queue: Queue,
    subject: RecordKey,
    due_at: Timestamp,
    payload: Option<String>,
    /// The lease, and when it runs out.
    lease: Option<(Lease, Timestamp)>,
    tries: u32,
}

#[derive(Default, Debug)]
pub(super) struct Jobs {
    rows: BTreeMap<JobId, JobRow>,
    due: BTreeSet<(Queue, Timestamp, JobId)>,
    last_lease: u64,
}

impl Jobs {
    /// Whether the jobs can be made, and the leases still hold. A job's id that is taken is told as
    /// a conflict of its subject, so that the decision is made again with another.
    pub(super) fn check(&self, new: &[NewJob], changes: &[JobChange]) -> Result<(), Conflict> {
        if let Some(taken) = new.iter().find(|job| self.rows.contains_key(&job.id)) {
            return Err(Conflict::Version(taken.row.subject));
        }
        for change in changes {
            let row = self.rows.get(&change.id);
            let held = row.and_then(|row| row.lease).map(|(lease, _)| lease);
            if held != Some(change.lease) {
                return Err(Conflict::LeaseLost(change.id));
            }
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, new: Vec<NewJob>, changes: &[JobChange]) {
        for change in changes {
            let Some(mut row) = self.rows.remove(&change.id) else { continue };
            self.due.remove(&(row.queue, row.due_at, change.id));
            if let JobOutcome::Again { due_at } = change.outcome {
                row.due_at = due_at;
                row.lease = None;
                self.insert(change.id, row);
            }
        }
        for NewJob { id, row } in new {
            self.insert(id, row);
        }
    }

    fn insert(&mut self, id: JobId, row: JobRow) {
        self.due.insert((row.queue, row.due_at, id));
        self.rows.insert(id, row);
    }

    pub(super) fn lease(&mut self, request: LeaseRequest) -> Vec<LeasedJob> {
        let LeaseRequest { queue, due_by, now, lease_for, limit } = request;
        let mut leased = Vec::new();
        for (_, due_at, id) in self.due.iter().filter(|due| due.0 == queue) {
            if *due_at > due_by || leased.len() == limit {
                break;
            }
            let Some(row) = self.rows.get_mut(id) else { continue };
            if row.lease.is_some_and(|(_, until)| until > now) {
                continue;
            }
            let Ok(payload) = decode_payload(row.payload.as_deref()) else { continue };
            self.last_lease += 1;
            let lease = Lease(self.last_lease);
            row.lease = Some((lease, now.plus(lease_for)));
            row.tries = row.tries.saturating_add(1);
            let job = Job { id: *id, queue, subject: row.subject, due_at: *due_at, payload };
            leased.push(LeasedJob { job, lease, tries: row.tries });
        }
        leased
    }

    pub(super) fn depths(&self, now: Timestamp, business_now: Timestamp) -> Vec<QueueDepth> {
        let depth = |queue: Queue| {
            let present = if queue.is_real_time() { now } else { business_now };
            let jobs = || self.due.iter().filter(move |due| due.0 == queue);
            QueueDepth {
                queue,
                waiting: u64::try_from(jobs().count()).unwrap_or(u64::MAX),
                oldest_due_at: jobs().map(|due| due.1).find(|due_at| *due_at <= present),
            }
        };
        Queue::ALL.map(depth).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::fixtures::{at, job, request};

    #[test]
    fn a_job_that_cannot_be_read_does_not_hold_up_those_behind_it() {
        let mut jobs = Jobs::default();
        let mut made: Vec<_> = (1..=3)
            .map(|number| NewJob::of(job(number, Queue::Event, at(number.into())).unwrap(), &[]))
            .collect::<Result<_, _>>()
            .unwrap();
        made[0].row.payload = Some(r#"{"format":2,"is":{"another":true}}"#.to_owned());
        made[1].row.payload = Some("{".to_owned());
        jobs.apply(made, &[]);
        let leased = jobs.lease(request(Queue::Event, at(9)));
        let ids: Vec<_> = leased.iter().map(|leased| leased.job.id).collect();
        assert_eq!(ids, [JobId(3)]);
        let waiting = jobs.depths(at(9), at(9)).first().map(|depth| depth.waiting);
        assert_eq!(waiting, Some(3));
    }
}
