//! Rows that go into an index some time after their commit.
//!
//! An index whose keys come in any order costs a commit one page for each row, read and written.
//! So a commit appends its rows to a log, whose numbers are the order of commits, and they stay in
//! memory too, in the order of the index. Once the log has grown by many, they are a run. Rows of
//! lists are moved into their index from the smallest to the greatest by the commits after that,
//! each a few, so that a page is written once for all rows that go there and no commit waits long;
//! references are written by the next commit as they are ([`crate::reference`]). When the run has
//! ended, its last number in the log is written down: every row up to there is in the index, and a
//! start reads what comes after it alone. A run that a crash cut short is moved again; what of it
//! is in the index already does no harm there.
//!
//! Architecture Invariant: a row leaves memory only after the commit that put it into the index.
//! Whoever reads looks into memory first and into the database then, and so misses none; and what
//! the log holds after the last number that memory knew is looked at there, since it was committed
//! in between or by another process.
//!
//! What a batch changes is apart until the batch is on the disk: it is seen by the batch alone,
//! and forgotten where the batch fails.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use rusqlite::Connection;

/// After how many batches that add nothing the gateway is idle: it then moves rows with each batch,
/// though nothing is added.
const IDLE_BATCHES: u32 = 64;
/// How many rows of the log are a run where the gateway is idle.
const IDLE_RUN_ROWS: i64 = 4_096;
/// How many rows wait until a batch moves them: neighbours in the index share pages, which are
/// written once for as many as are moved at once.
const STEP_ROWS_MIN: usize = 256;
/// How many rows a batch moves where the gateway is idle.
const IDLE_STEP_ROWS: usize = 128;

const PROGRESS: &str = "SELECT merged_seq, removed_seq FROM late_index WHERE name = ?1";
const SET_MERGED: &str = "UPDATE late_index SET merged_seq = max(merged_seq, ?2) WHERE name = ?1";
const SET_REMOVED: &str =
    "UPDATE late_index SET removed_seq = max(removed_seq, ?2) WHERE name = ?1";

/// How far a log is in its index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Progress {
    /// Every row up to this is in the index.
    pub(crate) merged_seq: i64,
    /// No row up to this is given again.
    pub(crate) removed_seq: i64,
}

impl Progress {
    /// Reads how far the log of this name is.
    pub(crate) fn load(connection: &Connection, name: &str) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(PROGRESS)?
            .query_row([name], |row| Ok(Self { merged_seq: row.get(0)?, removed_seq: row.get(1)? }))
    }

    /// Writes down that every row up to `seq` is in the index.
    pub(crate) fn set_merged(
        connection: &Connection,
        name: &str,
        seq: i64,
    ) -> rusqlite::Result<()> {
        connection.prepare_cached(SET_MERGED)?.execute((name, seq)).map(drop)
    }

    /// Writes down that the row `seq` was removed, so that its number is not given again: who
    /// remembers it would not look at the row that has it then.
    pub(crate) fn set_removed(
        connection: &Connection,
        name: &str,
        seq: i64,
    ) -> rusqlite::Result<()> {
        connection.prepare_cached(SET_REMOVED)?.execute((name, seq)).map(drop)
    }

    /// The greatest number that was given, as far as is known here.
    pub(crate) fn last_seq(self) -> i64 {
        self.merged_seq.max(self.removed_seq)
    }
}

/// The rows that are committed and may not be in the index yet.
#[derive(Debug)]
struct Tail<R> {
    /// Those that came after the run began.
    young: BTreeSet<R>,
    /// Those that are being moved into the index.
    run: BTreeSet<R>,
    /// The last number of the log that is known here.
    last_seq: i64,
}

impl<R: Copy + Ord> Tail<R> {
    fn range(&self, range: &RangeInclusive<R>) -> impl Iterator<Item = R> {
        self.run.range(range.clone()).chain(self.young.range(range.clone())).copied()
    }
}

/// The same, shared by the writer and the readers.
#[derive(Clone, Debug)]
pub(crate) struct SharedTail<R>(Arc<RwLock<Tail<R>>>);

impl<R: Copy + Ord> SharedTail<R> {
    /// A tail that holds nothing yet.
    pub(crate) fn new() -> Self {
        let tail = Tail { young: BTreeSet::new(), run: BTreeSet::new(), last_seq: 0 };
        Self(Arc::new(RwLock::new(tail)))
    }

    /// The rows of a range, and the last number of the log that is known here: a reader looks for
    /// later ones in the log, and looks here before it looks at anything else.
    pub(crate) fn look(&self, range: &RangeInclusive<R>) -> (Vec<R>, i64) {
        let tail = self.read();
        (tail.range(range).collect(), tail.last_seq)
    }

    /// The last `count` rows of each range at least, in any order, and the last number of the log.
    pub(crate) fn look_last(&self, ranges: &[RangeInclusive<R>], count: usize) -> (Vec<R>, i64) {
        let tail = self.read();
        let mut last = Vec::new();
        for range in ranges {
            for rows in [&tail.run, &tail.young] {
                last.extend(rows.range(range.clone()).rev().take(count));
            }
        }
        (last, tail.last_seq)
    }

    fn read(&self) -> RwLockReadGuard<'_, Tail<R>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a run goes into the index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// A few rows with each batch: where they go to pages that are everywhere.
    Steps,
    /// All of it with the next batch: where the pages are few, and lie one after another.
    Whole,
    /// Not at all: another process looks after it.
    Never,
}

/// A change that a batch makes, in order, so that it can be undone.
#[derive(Debug)]
enum Change<R> {
    Added(R),
    Removed(R),
}

/// What a batch changes.
#[derive(Debug)]
struct Changes<R> {
    last_seq: i64,
    /// Whether the run ends with the batch.
    ends_run: bool,
    added: BTreeSet<R>,
    removed: BTreeSet<R>,
    in_order: Vec<Change<R>>,
    /// The rows of the run that the batch moves into the index.
    merged: Vec<R>,
}

/// A moment within a batch, to which it can be rolled back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    changes: usize,
    last_seq: i64,
}

/// The writer's side.
#[derive(Debug)]
pub(crate) struct Late<R> {
    /// The name of the index among those that are filled late.
    name: &'static str,
    shared: SharedTail<R>,
    pace: Pace,
    /// By how many rows the log grows until a run begins.
    run_rows: i64,
    /// The last number of the log that the run under way holds, or the one before it.
    run_end: i64,
    is_running: bool,
    /// How many rows the run had when it began.
    run_length: usize,
    /// The last number of the log as of the last batch that moved rows.
    stepped_seq: i64,
    /// How many batches have added nothing, one after another.
    quiet_batches: u32,
    batch: Changes<R>,
}

impl<R: Copy + Ord> Late<R> {
    /// Takes the rows that may not be in the index, those after `merged_seq` of the log, instead
    /// of all that was in memory.
    pub(crate) fn new(
        name: &'static str,
        shared: SharedTail<R>,
        pace: Pace,
        run_rows: u32,
        rows: Vec<R>,
        (merged_seq, last_seq): (i64, i64),
    ) -> Self {
        {
            let mut tail = shared.0.write().unwrap_or_else(PoisonError::into_inner);
            *tail = Tail { young: rows.into_iter().collect(), run: BTreeSet::new(), last_seq };
        }
        Self {
            name,
            shared,
            pace,
            run_rows: i64::from(run_rows.max(1)),
            run_end: merged_seq,
            is_running: false,
            run_length: 0,
            stepped_seq: last_seq,
            quiet_batches: 0,
            batch: Changes::after(last_seq),
        }
    }

    /// Begins a batch. What one before it changed and did not get accepted is forgotten.
    pub(crate) fn begin(&mut self) {
        let last_seq = self.shared.read().last_seq;
        self.batch = Changes::after(last_seq);
    }

    /// The last number of the log that was given or seen.
    pub(crate) fn last_seq(&self) -> i64 {
        self.batch.last_seq
    }

    /// How many rows the log has got in this batch.
    pub(crate) fn added(&self) -> u64 {
        u64::try_from(self.batch.last_seq - self.shared.read().last_seq).unwrap_or(0)
    }

    /// The numbers of the log up to this are given.
    pub(crate) fn see(&mut self, seq: i64) {
        self.batch.last_seq = self.batch.last_seq.max(seq);
    }

    /// Takes a row that the log has.
    pub(crate) fn add(&mut self, row: R) {
        if self.batch.added.insert(row) {
            self.batch.in_order.push(Change::Added(row));
        }
    }

    /// Drops a row that was removed from the log. The index of references may still have it.
    pub(crate) fn remove(&mut self, row: R) {
        if self.batch.removed.insert(row) {
            self.batch.in_order.push(Change::Removed(row));
        }
    }

    /// The rows of a range that are in memory, those of this batch included.
    pub(crate) fn range(&self, range: &RangeInclusive<R>) -> Vec<R> {
        let added = self.batch.added.range(range.clone()).copied();
        added.chain(self.shared.read().range(range)).collect()
    }

    /// The present moment of the batch.
    pub(crate) fn mark(&self) -> Mark {
        Mark { changes: self.batch.in_order.len(), last_seq: self.batch.last_seq }
    }

    /// Undoes what the batch has changed since.
    pub(crate) fn roll_back(&mut self, mark: Mark) {
        for change in self.batch.in_order.drain(mark.changes..) {
            match change {
                Change::Added(row) => self.batch.added.remove(&row),
                Change::Removed(row) => self.batch.removed.remove(&row),
            };
        }
        self.batch.last_seq = mark.last_seq;
    }

    /// Moves a few rows into the index with `insert`, which does nothing where a row is there, or
    /// the whole run.
    pub(crate) fn merge(
        &mut self,
        connection: &Connection,
        insert: impl FnOnce(&Connection, &[R]) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        if !self.is_running {
            return Ok(());
        }
        self.take_step();
        insert(connection, &self.batch.merged)?;
        if self.batch.ends_run {
            Progress::set_merged(connection, self.name, self.run_end)?;
        }
        Ok(())
    }

    /// Chooses the rows that this batch moves.
    fn take_step(&mut self) {
        let step = self.step();
        let tail = self.shared.read();
        let Changes { merged, removed, ends_run, .. } = &mut self.batch;
        let mut rows = tail.run.iter().filter(|row| !removed.contains(row)).copied();
        merged.extend(rows.by_ref().take(step));
        *ends_run = rows.next().is_none();
    }

    /// How many rows this batch moves: in proportion to what was added to the log since the last
    /// that moved some, so that no batch waits much longer than another, and somewhat more than
    /// would end the run when the next is due.
    fn step(&self) -> usize {
        if self.pace == Pace::Whole {
            return usize::MAX;
        }
        if self.is_idle() {
            return IDLE_STEP_ROWS;
        }
        let last_seq = self.shared.read().last_seq;
        let appended = usize::try_from(self.batch.last_seq - self.stepped_seq).unwrap_or(0);
        let run_rows = usize::try_from(self.run_rows).unwrap_or(usize::MAX);
        let share = appended.saturating_mul(self.run_length).div_ceil(run_rows);
        let is_late = last_seq - self.run_end >= self.run_rows;
        if self.batch.last_seq == last_seq || share < STEP_ROWS_MIN.min(self.run_length) {
            return 0;
        }
        if is_late { 2 * share } else { share + share / 4 + 1 }
    }

    fn is_idle(&self) -> bool {
        self.pace == Pace::Steps && self.quiet_batches >= IDLE_BATCHES
    }

    /// The batch is on the disk: what it has changed is seen by all.
    pub(crate) fn accept(&mut self) {
        let last_seq = self.batch.last_seq;
        let Changes { added, removed, merged, ends_run, .. } =
            std::mem::replace(&mut self.batch, Changes::after(last_seq));
        let mut tail = self.shared.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_quiet = tail.last_seq == last_seq;
        self.quiet_batches = if is_quiet { self.quiet_batches.saturating_add(1) } else { 0 };
        tail.last_seq = last_seq;
        let mut ended = BTreeSet::new();
        if ends_run {
            ended = std::mem::take(&mut tail.run);
        } else {
            for row in &merged {
                tail.run.remove(row);
            }
        }
        tail.young.extend(added);
        for row in &removed {
            if !tail.young.remove(row) {
                tail.run.remove(row);
            }
        }
        if ends_run {
            self.is_running = false;
        }
        if !merged.is_empty() {
            self.stepped_seq = last_seq;
        }
        let limit = if self.is_idle() { self.run_rows.min(IDLE_RUN_ROWS) } else { self.run_rows };
        let is_full = last_seq - self.run_end >= limit;
        if !self.is_running && is_full && self.pace != Pace::Never {
            tail.run = std::mem::take(&mut tail.young);
            self.run_length = tail.run.len();
            (self.run_end, self.stepped_seq, self.is_running) = (last_seq, last_seq, true);
        }
        drop(tail);
        // To free many rows takes some time, and nobody who reads is to wait for that.
        drop(ended);
    }
}

impl<R: Ord> Changes<R> {
    fn after(last_seq: i64) -> Self {
        Self {
            last_seq,
            ends_run: false,
            added: BTreeSet::new(),
            removed: BTreeSet::new(),
            in_order: Vec::new(),
            merged: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
