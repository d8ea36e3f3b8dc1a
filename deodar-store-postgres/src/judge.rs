//! Who of a batch is stored and who is refused, decided in the order of the batch from what was
//! read under the locks: a change set sees what those before it in the batch write.

use std::collections::{BTreeMap, HashMap, HashSet};

use deodar_store::stored::FORMAT;
use deodar_store::{Adjustment, CommitError, Conflict, Expect, JobOutcome, StoreError};

use crate::job::{DepthChange, depth_index};
use crate::prepared::{Claim, Columns, JobRow, LedgerRow, Prepared, Put};
use crate::record::Place;
use crate::request::Verdict;

/// What was read. What is not in it is not there.
#[derive(Default)]
pub(crate) struct Found {
    /// The version and format of each record.
    pub(crate) records: HashMap<Place, (i64, i32)>,
    /// Who holds each reference.
    pub(crate) holders: HashMap<String, Place>,
    /// The queue and the lease of each job that is to change.
    pub(crate) jobs: HashMap<i64, (i16, Option<i64>)>,
    /// The ids of new jobs that are taken.
    pub(crate) taken_jobs: HashSet<i64>,
    /// The value of each counter.
    pub(crate) counters: HashMap<String, i64>,
}

/// A record before and after the batch.
#[derive(Clone, Copy)]
pub(crate) struct RecordChange<'a> {
    /// Its version before; 0 where there is none.
    pub(crate) before: i64,
    /// Its version after; 0 where there is none.
    pub(crate) after: i64,
    /// What wrote it last; absent where nothing did.
    pub(crate) put: Option<&'a Put>,
    /// What lists search by, as of the change set that made it.
    pub(crate) columns: Columns,
    format: i32,
}

/// What the good ones of a batch write, in the order of the keys.
#[derive(Default)]
pub(crate) struct Outcome<'a> {
    /// The records that are expected or written.
    pub(crate) records: BTreeMap<Place, RecordChange<'a>>,
    /// Who holds each reference before and after.
    pub(crate) references: BTreeMap<&'a str, (Option<Place>, Option<Place>)>,
    /// What becomes of each job that changes.
    pub(crate) job_changes: BTreeMap<i64, JobOutcome>,
    /// The new jobs.
    pub(crate) jobs: BTreeMap<i64, &'a JobRow>,
    /// The value of each counter before, where it is there, and after.
    pub(crate) counters: BTreeMap<&'a str, (Option<i64>, i64)>,
    /// What is written in the books.
    pub(crate) entries: Vec<&'a LedgerRow>,
    /// How the number of jobs in each queue changes.
    pub(crate) depth: DepthChange,
}

/// Judges the change sets of one batch, one after the other.
pub(crate) struct Judge<'a> {
    found: &'a Found,
    outcome: Outcome<'a>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(found: &'a Found) -> Self {
        Self { found, outcome: Outcome::default() }
    }

    /// Decides on the next change set: what a good one writes is seen by those after it, and of a
    /// refused one nothing is left.
    pub(crate) fn judge(&mut self, work: &'a Prepared) -> Verdict {
        self.check(work)?;
        self.apply(work);
        Ok(())
    }

    /// What the good ones write.
    pub(crate) fn outcome(self) -> Outcome<'a> {
        self.outcome
    }

    fn record(&self, place: Place) -> RecordChange<'a> {
        self.outcome.records.get(&place).copied().unwrap_or_else(|| {
            let (version, format) = self.found.records.get(&place).copied().unwrap_or_default();
            let (put, columns) = (None, Columns::default());
            RecordChange { before: version, after: version, put, columns, format }
        })
    }

    fn holder(&self, text: &str) -> (Option<Place>, Option<Place>) {
        self.outcome.references.get(text).copied().unwrap_or_else(|| {
            let holder = self.found.holders.get(text).copied();
            (holder, holder)
        })
    }

    fn counter(&self, name: &str) -> (Option<i64>, i64) {
        self.outcome.counters.get(name).copied().unwrap_or_else(|| {
            let value = self.found.counters.get(name).copied();
            (value, value.unwrap_or(0))
        })
    }

    /// The counter after the adjustment, if it stays within its bounds.
    fn adjusted(&self, adjustment: &Adjustment) -> Option<i64> {
        let Adjustment { key, delta, min, max } = adjustment;
        let value = self.counter(&key.0).1.checked_add(*delta)?;
        (min..=max).contains(&&value).then_some(value)
    }

    fn check(&self, work: &Prepared) -> Verdict {
        let mut newest_format = 0;
        for Expect { key, version } in &work.expects {
            let place = Place::of(*key);
            let record = self.record(place);
            if record.after != version.0.cast_signed() {
                return Err(Conflict::Version(*key).into());
            }
            if work.puts.iter().any(|put| put.place == place) {
                newest_format = newest_format.max(record.format);
            }
        }
        for claim in &work.claims {
            if let (_, Some(holder)) = self.holder(&claim.text) {
                return Err(taken(claim, holder));
            }
        }
        for job in &work.jobs {
            let is_taken =
                self.outcome.jobs.contains_key(&job.id) || self.found.taken_jobs.contains(&job.id);
            if is_taken {
                // The decision is made again, with another id for the job.
                return Err(Conflict::Version(job.subject).into());
            }
        }
        for change in &work.job_changes {
            let id = change.id.0;
            let lease = self.found.jobs.get(&id).and_then(|(_, lease)| *lease);
            let is_held = lease == Some(change.lease.0.cast_signed());
            if !is_held || self.outcome.job_changes.contains_key(&id) {
                return Err(Conflict::LeaseLost(change.id).into());
            }
        }
        for adjustment in &work.adjustments {
            if self.adjusted(adjustment).is_none() {
                return Err(Conflict::CounterBound(adjustment.key.clone()).into());
            }
        }
        match u32::try_from(newest_format) {
            Ok(found) if found > FORMAT => {
                Err(StoreError::NewerFormat { found, known: FORMAT }.into())
            }
            _ => Ok(()),
        }
    }

    fn apply(&mut self, work: &'a Prepared) {
        for expect in &work.expects {
            let place = Place::of(expect.key);
            let record = self.record(place);
            self.outcome.records.insert(place, record);
        }
        for put in &work.puts {
            let mut record = self.record(put.place);
            record.columns = put.columns;
            record.after = put.replaces.next().0.cast_signed();
            record.format = put.format;
            record.put = Some(put);
            self.outcome.records.insert(put.place, record);
        }
        for claim in &work.claims {
            let (before, _) = self.holder(&claim.text);
            self.outcome.references.insert(&claim.text, (before, Some(claim.target)));
        }
        for removal in &work.removals {
            let mut record = self.record(removal.place);
            (record.after, record.put) = (0, None);
            self.outcome.records.insert(removal.place, record);
            let (before, holder) = self.holder(&removal.text);
            // A call that another answer has claimed stays claimed.
            if holder == Some(removal.place) {
                self.outcome.references.insert(&removal.text, (before, None));
            }
        }
        self.outcome.entries.extend(&work.entries);
        for change in &work.job_changes {
            let queue = self.found.jobs.get(&change.id.0).map(|(queue, _)| *queue);
            if change.outcome == JobOutcome::Done {
                self.outcome.depth.add(queue.and_then(depth_index), -1);
            }
            self.outcome.job_changes.insert(change.id.0, change.outcome);
        }
        for job in &work.jobs {
            self.outcome.depth.add(depth_index(job.queue), 1);
            self.outcome.jobs.insert(job.id, job);
        }
        for adjustment in &work.adjustments {
            if let Some(value) = self.adjusted(adjustment) {
                let (before, _) = self.counter(&adjustment.key.0);
                self.outcome.counters.insert(&adjustment.key.0, (before, value));
            }
        }
    }
}

/// Why a claim is refused.
fn taken(claim: &Claim, holder: Place) -> CommitError {
    match holder.record_key() {
        Ok(holder) => {
            Conflict::ReferenceTaken { reference: claim.reference.clone(), holder }.into()
        }
        Err(damaged) => damaged.into(),
    }
}
