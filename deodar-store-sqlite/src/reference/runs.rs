//! The index of references: runs, the newest of which are small. Rows come from memory in a run of
//! their own, and when there are several runs of a level they are merged into one of the next. So
//! every row is written a few times, whole pages at a time and one after another, and what a row
//! costs grows with the logarithm of how many there are. A B-tree would write a page for nearly
//! each row once it has many more pages than rows are moved at once.
//!
//! A merge goes on in steps, in proportion to what is added. The database tells how far it is, and
//! whoever opens it next goes on from there. Until it has ended, the runs it reads are looked into.
//!
//! What a batch changes is apart until the batch is stored.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;

use super::Entry;
use super::filter::Filter;
use super::growth::Growth;
use super::removed::Removed;
use super::run::{BUCKETS_MAX, Run, State, buckets_for};
use super::stand::{Merge, Stand, insert, read_all};

/// How many runs of a level are merged into one of the next.
pub(super) const MERGED_RUNS: usize = 8;
/// How many rows are merged for each that is added, at most: about three are needed.
const MERGED_PER_ROW: u64 = 8;
/// How many buckets a step of a merge reads, about, and writes at most. No bucket that is written
/// is made of more, however few of their rows are left.
const STEP_BUCKETS: u32 = 16;
/// How many buckets a step drops of a run that was merged.
const DROPPED_BUCKETS: u32 = 64;
/// To drop so many buckets takes as long as to write one.
const DROPPED_PER_MERGED: u32 = 4;
/// How many bytes of memory tell which buckets need not be read, those of 40 million rows: the
/// greatest runs are looked into without them.
const FILTER_BYTES_MAX: usize = 64 * 1_024 * 1_024;

const SET_TARGET: &str = "UPDATE reference_run SET target = ?2 WHERE id = ?1";
const DELETE: &str = "DELETE FROM reference_run WHERE id = ?1";

/// What memory holds of runs, by their ids, for readers too. No id is given twice, and no run is
/// changed, so that what is known of an id is true as long as it is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedFilters(Arc<RwLock<HashMap<i64, Arc<Filter>>>>);

impl SharedFilters {
    fn get(&self, id: i64) -> Option<Arc<Filter>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn publish(&self, runs: &[Run]) {
        let known = runs.iter().filter_map(|run| Some((run.id, Arc::clone(run.filter.as_ref()?))));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known.collect();
    }
}

fn look_into(connection: &Connection, runs: &[Run], hash: i64) -> rusqlite::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for run in runs.iter().filter(|run| run.state == State::Whole) {
        run.look(connection, hash, &mut found)?;
    }
    Ok(found)
}

/// The rows with a hash, for a reader, which sees all as of one moment.
pub(super) fn look(
    snapshot: &Connection,
    filters: &SharedFilters,
    hash: i64,
) -> rusqlite::Result<Vec<Entry>> {
    let mut runs = read_all(snapshot)?;
    for run in &mut runs {
        run.filter = filters.get(run.id);
    }
    look_into(snapshot, &runs, hash)
}

/// The writer's side.
#[derive(Debug)]
pub(crate) struct Runs {
    filters: SharedFilters,
    /// Whether this process looks after the index. One beside the server does not, and has no
    /// memory of buckets.
    is_keeper: bool,
    /// How many rows a bucket has, on average.
    bucket_rows: u32,
    /// How many bytes memory may hold of runs, those that are being merged included.
    filter_bytes_max: usize,
    stand: Stand,
    /// What the present batch has changed.
    batch: Option<Stand>,
    /// What memory will hold of the runs that are being merged, as far as there is room.
    growth: Growth,
    /// How many rows are to be merged for those that were added.
    owed_rows: u64,
}

impl Runs {
    /// Reads what there is.
    pub(crate) fn load(
        connection: &Connection,
        filters: &SharedFilters,
        is_keeper: bool,
        bucket_rows: u32,
    ) -> rusqlite::Result<Self> {
        let mut runs = Self {
            filters: filters.clone(),
            is_keeper,
            bucket_rows: bucket_rows.max(1),
            filter_bytes_max: FILTER_BYTES_MAX,
            stand: Stand { runs: read_all(connection)?, ..Stand::default() },
            batch: None,
            growth: Growth::default(),
            owed_rows: 0,
        };
        if is_keeper {
            runs.load_filters(connection)?;
            runs.filters.publish(&runs.stand.runs);
        }
        Ok(runs)
    }

    fn load_filters(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Stand { runs, merges, .. } = &mut self.stand;
        let mut whole: Vec<&mut Run> = Vec::new();
        for run in runs {
            match run.state {
                State::Whole => whole.push(run),
                State::Dropped => {}
                State::Growing => merges.push(Merge {
                    target: run.id,
                    bucket: run.written(connection)?,
                    removed: Arc::new(Removed::load(connection, run.rows)?),
                }),
            }
        }
        whole.sort_unstable_by_key(|run| run.buckets);
        let mut bytes = 0_usize;
        for run in whole {
            bytes = bytes.saturating_add(run.filter_bytes());
            if bytes > self.filter_bytes_max {
                break;
            }
            run.filter = match self.filters.get(run.id) {
                Some(known) => Some(known),
                None => run.read_filter(connection)?.map(Arc::new),
            };
        }
        for merge in &self.stand.merges {
            let target = self.stand.runs.iter().find(|run| run.id == merge.target);
            if let Some(target) = target.filter(|run| self.has_room(&self.stand, run))
                && let Some(bits) = target.read_bits(connection, merge.bucket)?
            {
                self.growth.begin(target.id, bits);
            }
        }
        Ok(())
    }

    /// Whether memory has room for what it would hold of another run.
    fn has_room(&self, stand: &Stand, run: &Run) -> bool {
        let bytes = stand.filter_bytes().saturating_add(self.growth.bytes());
        bytes.saturating_add(run.filter_bytes()) <= self.filter_bytes_max
    }

    /// Begins a batch. What one before it changed and did not get accepted is forgotten.
    pub(super) fn begin(&mut self) {
        if self.batch.take().is_some() {
            self.growth.keep(&self.stand.merges);
        }
    }

    /// The batch is on the disk.
    pub(super) fn accept(&mut self) {
        let Some(stand) = self.batch.take() else { return };
        self.stand = stand;
        self.growth.keep(&self.stand.merges);
        if self.is_keeper {
            self.filters.publish(&self.stand.runs);
        }
    }

    /// Reads what another process, which looks after the index, has changed.
    pub(crate) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if !self.is_keeper {
            self.batch = Some(Stand { runs: read_all(connection)?, ..Stand::default() });
        }
        Ok(())
    }

    /// The rows with a hash.
    pub(super) fn look(&self, connection: &Connection, hash: i64) -> rusqlite::Result<Vec<Entry>> {
        look_into(connection, &self.batch.as_ref().unwrap_or(&self.stand).runs, hash)
    }

    /// The stand of the batch, to be changed.
    fn change(&mut self) -> &mut Stand {
        self.batch.get_or_insert_with(|| self.stand.clone())
    }

    /// Makes a run of rows that come from memory, in their order.
    pub(super) fn add(&mut self, connection: &Connection, rows: &[Entry]) -> rusqlite::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let seqs = rows.iter().map(|row| row.1);
        let rows_of_log = (seqs.clone().min().unwrap_or(0), seqs.max().unwrap_or(0));
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let buckets = buckets_for(count, self.bucket_rows);
        let removed = Removed::load(connection, rows_of_log)?.count(rows_of_log);
        let run = Run {
            buckets,
            rows: rows_of_log,
            row_count: count.saturating_add(removed),
            ..Run::new(0, State::Whole)
        };
        let mut run = insert(connection, run)?;
        let bits = run.write(connection, (0, buckets), rows)?;
        run.filter = Some(Arc::new(Filter::new(bits)));
        let room = self.filter_bytes_max.saturating_sub(self.growth.bytes());
        let stand = self.change();
        stand.runs.insert(0, run);
        stand.trim(room);
        Ok(())
    }

    /// Goes on with what is to be merged and dropped, in proportion to what was added.
    pub(super) fn advance(&mut self, connection: &Connection, added: u64) -> rusqlite::Result<()> {
        let step = u64::from(STEP_BUCKETS).saturating_mul(u64::from(self.bucket_rows));
        let owed = self.owed_rows.saturating_add(added.saturating_mul(MERGED_PER_ROW));
        self.owed_rows = owed.min(step.saturating_mul(2));
        if !self.is_keeper || self.owed_rows < step {
            return Ok(());
        }
        let dropped = self.drop_some(connection)?;
        let mut buckets = dropped / DROPPED_PER_MERGED;
        if buckets == 0 {
            buckets = self.merge_some(connection)?;
        }
        if dropped == 0 && buckets == 0 {
            // Nothing is under way, and so not every batch looks for it.
            self.owed_rows = 0;
        }
        let rows = u64::from(buckets).saturating_mul(u64::from(self.bucket_rows));
        self.owed_rows = self.owed_rows.saturating_sub(rows.max(1));
        Ok(())
    }

    /// Drops some buckets of a run that was merged, and tells how many.
    fn drop_some(&mut self, connection: &Connection) -> rusqlite::Result<u32> {
        let is_dropped = |run: &Run| run.state == State::Dropped;
        let Some(run) = self.stand.runs.iter().find(|run| is_dropped(run)).cloned() else {
            return Ok(0);
        };
        let stand = self.change();
        let start = stand.dropped;
        let end = stand.dropped.saturating_add(DROPPED_BUCKETS).min(run.buckets);
        run.drop_buckets(connection, (stand.dropped, end))?;
        stand.dropped = end;
        if end == run.buckets {
            connection.prepare_cached(DELETE)?.execute([run.id])?;
            stand.runs.retain(|other| other.id != run.id);
            stand.dropped = 0;
        }
        Ok(end - start)
    }

    /// Merges some rows, and tells how many buckets they filled, about, in the runs that they come
    /// from.
    fn merge_some(&mut self, connection: &Connection) -> rusqlite::Result<u32> {
        self.begin_merge(connection)?;
        let stand = self.batch.get_or_insert_with(|| self.stand.clone());
        // The lowest level comes first: new runs arrive there.
        let merges = stand.merges.iter().enumerate();
        let targets = merges.filter_map(|(place, merge)| {
            let target = stand.runs.iter().find(|run| run.id == merge.target)?;
            Some((place, target.clone()))
        });
        let Some((place, target)) = targets.min_by_key(|(_, target)| target.level) else {
            return Ok(0);
        };
        let Some(merge) = stand.merges.get_mut(place) else { return Ok(0) };
        let sources = || stand.runs.iter().filter(|run| run.target == Some(target.id));
        let for_each = (buckets_of(sources()) / target.buckets.max(1)).max(1);
        let start = merge.bucket;
        let end = start.saturating_add((STEP_BUCKETS / for_each).max(1)).min(target.buckets);
        let hashes = (target.first_hash(start), target.first_hash(end));
        let mut rows = Vec::new();
        for run in sources() {
            run.read(connection, hashes, &mut rows)?;
        }
        rows.retain(|row| !merge.removed.contains(row.1));
        sort(&mut rows);
        let bits = target.write(connection, (start, end), &rows)?;
        self.growth.extend(target.id, start, &bits);
        merge.bucket = end;
        if end == target.buckets {
            stand.merges.remove(place);
            stand.end_merge(connection, target.id)?;
            self.take_filter(connection, &target)?;
        }
        Ok((end - start).saturating_mul(for_each))
    }

    /// Puts into memory what it is to hold of a run that is whole now, where there is room: what
    /// was collected while it grew, or else what the database has of it.
    fn take_filter(&mut self, connection: &Connection, run: &Run) -> rusqlite::Result<()> {
        let collected = self.growth.end(run);
        let stand = self.batch.as_ref().unwrap_or(&self.stand);
        let filter = match collected {
            Some(filter) => Some(filter),
            None if self.has_room(stand, run) => run.read_filter(connection)?,
            None => None,
        };
        let room = self.filter_bytes_max.saturating_sub(self.growth.bytes());
        let stand = self.change();
        if let Some(run) = stand.runs.iter_mut().find(|known| known.id == run.id) {
            run.filter = filter.map(Arc::new);
        }
        stand.trim(room);
        Ok(())
    }

    /// Begins to merge the oldest runs of the lowest level that has enough of them, and from which
    /// no merge is under way. Runs that have too many buckets for one stay as they are.
    fn begin_merge(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let runs = &self.batch.as_ref().unwrap_or(&self.stand).runs;
        let oldest =
            |level| runs.iter().rev().filter(move |run| run.is_whole(level)).take(MERGED_RUNS);
        let is_free =
            |level| !runs.iter().any(|run| run.state == State::Growing && run.level == level + 1);
        let is_full = |level| {
            oldest(level).count() == MERGED_RUNS && buckets_of(oldest(level)) <= BUCKETS_MAX
        };
        let highest = runs.iter().map(|run| run.level).max().unwrap_or(0);
        let full = (0..=highest).find(|level| is_free(*level) && is_full(*level));
        let Some(level) = full else { return Ok(()) };
        let merged = || oldest(level);
        let ids: Vec<i64> = merged().map(|run| run.id).collect();
        let first = merged().map(|run| run.rows.0).min().unwrap_or(0);
        let last = merged().map(|run| run.rows.1).max().unwrap_or(0);
        let removed = Removed::load(connection, (first, last))?;
        let living = merged().map(|run| (run.row_count - removed.count(run.rows)).max(0)).sum();
        let target = Run {
            buckets: buckets_for(living, self.bucket_rows)
                .max(buckets_of(merged()).div_ceil(STEP_BUCKETS)),
            rows: (first, last),
            row_count: living.saturating_add(removed.count((first, last))),
            ..Run::new(level + 1, State::Growing)
        };
        let target = insert(connection, target)?;
        for id in &ids {
            connection.prepare_cached(SET_TARGET)?.execute((id, target.id))?;
        }
        if self.has_room(self.batch.as_ref().unwrap_or(&self.stand), &target) {
            self.growth.begin(target.id, Vec::with_capacity(target.filter_bytes()));
        }
        let stand = self.change();
        for run in stand.runs.iter_mut().filter(|run| ids.contains(&run.id)) {
            run.target = Some(target.id);
        }
        let removed = Arc::new(removed);
        stand.merges.push(Merge { target: target.id, bucket: 0, removed });
        stand.runs.insert(0, target);
        Ok(())
    }
}

/// How many buckets runs have together.
fn buckets_of<'a>(runs: impl Iterator<Item = &'a Run>) -> u32 {
    runs.fold(0, |sum, run| sum.saturating_add(run.buckets))
}

impl Run {
    /// Whether it is a run of this level that is looked into and that nobody merges.
    fn is_whole(&self, level: u32) -> bool {
        self.level == level && self.state == State::Whole && self.target.is_none()
    }
}

#[expect(
    clippy::stable_sort_primitive,
    reason = "what each run has told is sorted already, which only this sort finds out"
)]
fn sort(rows: &mut [Entry]) {
    rows.sort();
}

#[cfg(test)]
mod tests;
