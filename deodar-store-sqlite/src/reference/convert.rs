//! What earlier releases left: an index of one row for each reference, which becomes a run.

use rusqlite::{Connection, TransactionBehavior};

use super::Entry;
use super::run::{HASH_BITS, Run, State, buckets_for};
use super::runs::MERGED_RUNS;
use super::stand::insert;
use crate::options::Options;

/// How many buckets are written at a time.
const STEP_BUCKETS: u32 = 256;

const IS_THERE: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'reference_index'";
const COUNT: &str = "SELECT count(*) FROM reference_index";
const LAST: &str = "SELECT coalesce(max(seq), 0) FROM late_log";
/// Hashes were stored as signed numbers: those that are negative come last.
const ROWS: [&str; 2] = [
    "SELECT hash, seq FROM reference_index WHERE hash >= 0 ORDER BY hash, seq",
    "SELECT hash, seq FROM reference_index WHERE hash < 0 ORDER BY hash, seq",
];
const DROP: &str = "DROP TABLE reference_index";

/// Moves the index of an earlier release into a run, where there is one.
pub(crate) fn convert(connection: &mut Connection, options: &Options) -> rusqlite::Result<()> {
    let is_there = |connection: &Connection| {
        connection.query_row(IS_THERE, [], |row| row.get::<_, i64>(0)).map(|count| count > 0)
    };
    if !is_there(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    if is_there(&transaction)? {
        let count: u32 = transaction.query_row(COUNT, [], |row| row.get(0))?;
        if count > 0 {
            let last_seq = transaction.query_row(LAST, [], |row| row.get(0))?;
            tracing::info!(count, "the index of references is written anew");
            let run = Run {
                buckets: buckets_for(i64::from(count), options.reference_bucket_rows),
                rows: (0, last_seq),
                // No row was removed in the way of this release.
                row_count: i64::from(count),
                ..Run::new(level_of(count, options.reference_run_rows), State::Whole)
            };
            fill(&transaction, &insert(&transaction, run)?)?;
        }
        transaction.execute_batch(DROP)?;
    }
    transaction.commit()
}

/// The level that a run of so many rows would have come to.
fn level_of(count: u32, run_rows: u32) -> u32 {
    let (mut level, mut rows) = (1, u64::from(run_rows.max(1)));
    while rows < u64::from(count) {
        rows = rows.saturating_mul(u64::try_from(MERGED_RUNS).unwrap_or(u64::MAX));
        level += 1;
    }
    level
}

fn fill(connection: &Connection, run: &Run) -> rusqlite::Result<()> {
    let (mut bucket, mut rows) = (0, Vec::new());
    for sql in ROWS {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let hash: i64 = row.get(0)?;
            let entry: Entry = (short(hash), row.get(1)?);
            while entry.0 >= run.first_hash(run.buckets.min(bucket + STEP_BUCKETS)) {
                bucket = write(connection, run, bucket, &mut rows)?;
            }
            rows.push(entry);
        }
    }
    while bucket < run.buckets {
        bucket = write(connection, run, bucket, &mut rows)?;
    }
    Ok(())
}

/// Writes the next buckets, and answers the one after them.
fn write(
    connection: &Connection,
    run: &Run,
    bucket: u32,
    rows: &mut Vec<Entry>,
) -> rusqlite::Result<u32> {
    let end = run.buckets.min(bucket + STEP_BUCKETS);
    run.write(connection, (bucket, end), rows)?;
    rows.clear();
    Ok(end)
}

/// The part of a hash that is used now.
pub(super) const fn short(hash: i64) -> i64 {
    (hash.cast_unsigned() >> (u64::BITS - HASH_BITS)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::runs::{Runs, SharedFilters};

    /// Enough rows for several steps, with hashes from everywhere, two of a kind among them.
    #[test]
    fn every_row_of_an_earlier_release_is_found_in_the_run() {
        const ROWS: i64 = 5_000;
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE late_log (seq INTEGER PRIMARY KEY);
                INSERT INTO late_log VALUES (5000);
                CREATE TABLE reference_index (hash, seq, PRIMARY KEY (hash, seq)) WITHOUT ROWID",
            )
            .unwrap();
        let runs = include_str!("../../migrations/V6__reference_runs.sql");
        connection.execute_batch(runs).unwrap();
        let hash = |seq: i64| (seq / 2).wrapping_mul(0x1e37_79b9_7f4a_7c15).wrapping_mul(9);
        for seq in 1..=ROWS {
            let insert = "INSERT INTO reference_index VALUES (?1, ?2)";
            connection.execute(insert, (hash(seq), seq)).unwrap();
        }
        let options = Options { reference_bucket_rows: 4, ..Options::default() };
        // The second time there is nothing left to be done.
        for _ in 0..2 {
            convert(&mut connection, &options).unwrap();
            let runs = Runs::load(&connection, &SharedFilters::default(), true, 4).unwrap();
            for seq in 1..=ROWS {
                let found = runs.look(&connection, short(hash(seq))).unwrap();
                assert!(found.contains(&(short(hash(seq)), seq)), "{seq}");
            }
        }
    }

    #[test]
    fn a_run_has_the_level_of_runs_that_were_merged_to_its_size() {
        for (count, level) in [(1, 1), (100, 1), (101, 2), (800, 2), (801, 3), (u32::MAX, 10)] {
            assert_eq!(level_of(count, 100), level, "{count}");
        }
    }
}
