//! What runs there are as of one moment, and how far they are merged.

use std::sync::Arc;

use rusqlite::Connection;

use super::removed::Removed;
use super::run::{Run, State};

const ALL: &str = "SELECT id, level, buckets, first_seq, last_seq, row_count, state, target \
    FROM reference_run ORDER BY id DESC";
const INSERT: &str = "INSERT INTO reference_run \
    (level, buckets, first_seq, last_seq, row_count, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SET_STATE: &str = "UPDATE reference_run SET state = ?2 WHERE id = ?1";

/// The runs that a database has, the newest first.
pub(super) fn read_all(connection: &Connection) -> rusqlite::Result<Vec<Run>> {
    connection
        .prepare_cached(ALL)?
        .query_map([], |row| {
            Ok(Run {
                id: row.get(0)?,
                level: row.get(1)?,
                buckets: row.get(2)?,
                rows: (row.get(3)?, row.get(4)?),
                row_count: row.get(5)?,
                state: State::of(row.get(6)?)?,
                target: row.get(7)?,
                filter: None,
            })
        })?
        .collect()
}

/// Makes a run without buckets, and gives it its number.
pub(super) fn insert(connection: &Connection, run: Run) -> rusqlite::Result<Run> {
    let row = (run.level, run.buckets, run.rows.0, run.rows.1, run.row_count, run.state as i64);
    connection.prepare_cached(INSERT)?.execute(row)?;
    Ok(Run { id: connection.last_insert_rowid(), ..run })
}

/// How far a merge is.
#[derive(Clone, Debug)]
pub(super) struct Merge {
    pub(super) target: i64,
    /// The first bucket of the target that is not written.
    pub(super) bucket: u32,
    pub(super) removed: Arc<Removed>,
}

/// What there is, as of one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Stand {
    pub(super) runs: Vec<Run>,
    /// Those under way: one from each level at most.
    pub(super) merges: Vec<Merge>,
    /// The first bucket that is left of the first run that is being dropped.
    pub(super) dropped: u32,
}

impl Stand {
    /// The merged run is whole: it is looked into instead of those that it was merged from.
    pub(super) fn end_merge(
        &mut self,
        connection: &Connection,
        target: i64,
    ) -> rusqlite::Result<()> {
        let mut set_state = connection.prepare_cached(SET_STATE)?;
        for run in &mut self.runs {
            if run.id == target {
                run.state = State::Whole;
            } else if run.target == Some(target) {
                (run.state, run.filter) = (State::Dropped, None);
            } else {
                continue;
            }
            set_state.execute((run.id, run.state as i64))?;
        }
        Ok(())
    }

    /// How many bytes memory holds of runs.
    pub(super) fn filter_bytes(&self) -> usize {
        self.runs.iter().map(bytes_of).sum()
    }

    /// Gives up what memory holds of the greatest runs until that takes `bytes_max` at most.
    pub(super) fn trim(&mut self, bytes_max: usize) {
        while self.filter_bytes() > bytes_max
            && let Some(greatest) = self.runs.iter_mut().max_by_key(|run| bytes_of(run))
        {
            greatest.filter = None;
        }
    }
}

fn bytes_of(run: &Run) -> usize {
    run.filter.as_ref().map_or(0, |filter| filter.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::filter::Filter;

    #[test]
    fn what_memory_holds_of_the_greatest_runs_is_given_up_where_it_would_be_too_much() {
        let run = |id, bytes| Run {
            id,
            filter: Some(Arc::new(Filter::new(vec![0; bytes]))),
            ..Run::new(1, State::Whole)
        };
        let runs = vec![run(4, 100), run(3, 501), run(2, 502), run(1, 300)];
        let mut stand = Stand { runs, ..Stand::default() };
        stand.trim(1_000);
        let kept = stand.runs.iter().filter(|run| run.filter.is_some());
        assert_eq!(kept.map(|run| run.id).collect::<Vec<_>>(), [4, 3, 1]);
        stand.trim(0);
        assert_eq!(stand.filter_bytes(), 0);
    }

    #[test]
    fn a_state_that_nobody_knows_is_damage_and_not_a_run_to_be_dropped() {
        let connection = Connection::open_in_memory().unwrap();
        let runs = include_str!("../../migrations/V6__reference_runs.sql");
        connection.execute_batch(runs).unwrap();
        insert(&connection, Run::new(0, State::Whole)).unwrap();
        assert_eq!(read_all(&connection).unwrap().len(), 1);
        connection.execute_batch("UPDATE reference_run SET state = 4").unwrap();
        let error = read_all(&connection).unwrap_err();
        let code = error.sqlite_error_code();
        assert_eq!(code, Some(rusqlite::ErrorCode::DatabaseCorrupt), "{error}");
    }
}
