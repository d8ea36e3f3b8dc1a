//! How runs are merged, and what memory holds of them.

use std::ops::Range;

use super::super::filter::BUCKET_BYTES;
use super::super::removed::mark;
use super::super::run::HASH_BITS;
use super::*;

/// How many rows a run from memory has, and a bucket.
const RUN_ROWS: i64 = 40;
const BUCKET_ROWS: u32 = 4;
/// How many buckets eight such runs fill.
const MERGED_BUCKETS: u32 = 80;

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let runs = include_str!("../../../migrations/V6__reference_runs.sql");
    connection.execute_batch(runs).unwrap();
    connection
}

fn load(connection: &Connection) -> Runs {
    Runs::load(connection, &SharedFilters::default(), true, BUCKET_ROWS).unwrap()
}

fn hash(seq: i64) -> i64 {
    let spread = seq.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> (u64::BITS - HASH_BITS)).cast_signed()
}

/// Adds rows of the log, as a run, and goes on with merges as for `added`.
fn add_and(connection: &Connection, runs: &mut Runs, seqs: Range<i64>, added: u64) {
    let mut rows: Vec<Entry> = seqs.map(|seq| (hash(seq), seq)).collect();
    rows.sort_unstable();
    runs.begin();
    runs.add(connection, &rows).unwrap();
    runs.advance(connection, added).unwrap();
    runs.accept();
}

/// The same, as for as many as there are.
fn add(connection: &Connection, runs: &mut Runs, seqs: Range<i64>) {
    let added = u64::try_from(seqs.end - seqs.start).unwrap();
    add_and(connection, runs, seqs, added);
}

/// Adds eight runs from a row of the log on, removes some of their rows, and merges them then.
fn add_and_remove(
    connection: &Connection,
    runs: &mut Runs,
    first: i64,
    is_removed: impl Fn(i64) -> bool,
) -> i64 {
    let end = first + 8 * RUN_ROWS;
    for run in 0..8 {
        let start = first + run * RUN_ROWS;
        add_and(connection, runs, start..start + RUN_ROWS, 0);
    }
    (first..end).filter(|seq| is_removed(*seq)).for_each(|seq| mark(connection, seq).unwrap());
    settle(connection, runs);
    end
}

/// Goes on with what is under way until nothing is.
fn settle(connection: &Connection, runs: &mut Runs) {
    loop {
        runs.begin();
        runs.advance(connection, 1_000).unwrap();
        runs.accept();
        if runs.owed_rows == 0 {
            return;
        }
    }
}

/// Adds runs from a row of the log on, and merges what is full.
fn grow(connection: &Connection, runs: &mut Runs, first: i64, count: i64) -> i64 {
    for run in 0..count {
        let start = first + run * RUN_ROWS;
        add(connection, runs, start..start + RUN_ROWS);
    }
    settle(connection, runs);
    first + count * RUN_ROWS
}

/// The level and the buckets of each run, the newest first.
fn shape(runs: &Runs) -> Vec<(u32, u32)> {
    runs.stand.runs.iter().map(|run| (run.level, run.buckets)).collect()
}

fn assert_found(connection: &Connection, runs: &Runs, seqs: impl IntoIterator<Item = i64>) {
    for seq in seqs {
        let found = runs.look(connection, hash(seq)).unwrap();
        assert!(found.contains(&(hash(seq), seq)), "{seq}");
    }
}

#[test]
fn where_nothing_is_to_be_merged_not_every_batch_looks_for_it() {
    let connection = database();
    let mut runs = load(&connection);
    add(&connection, &mut runs, 1..1_000);
    assert_eq!(runs.owed_rows, 0);
}

#[test]
fn the_buckets_of_a_merged_run_follow_the_rows_that_are_left() {
    let connection = database();
    let mut runs = load(&connection);
    // Each second row is gone before the merge.
    let end = add_and_remove(&connection, &mut runs, 1, |seq| seq % 2 == 0);
    assert_eq!(shape(&runs), [(1, MERGED_BUCKETS / 2)]);
    assert_found(&connection, &runs, (1..end).step_by(2));

    // What was left out once is not taken off again, and what was removed since is.
    for seq in (1..end).filter(|seq| seq % 4 == 1) {
        mark(&connection, seq).unwrap();
    }
    let next = grow(&connection, &mut runs, end, 7 * 8);
    assert_eq!(shape(&runs), [(2, MERGED_BUCKETS / 4 + 7 * MERGED_BUCKETS)]);
    assert_found(&connection, &runs, (3..end).step_by(4).chain(end..next));

    // A bucket is not made of more than a step reads, though nothing is left.
    let fewest = MERGED_BUCKETS / STEP_BUCKETS;
    add_and_remove(&connection, &mut runs, next, |_| true);
    assert_eq!(shape(&runs)[0], (1, fewest));
}

#[test]
fn what_was_removed_before_its_run_is_not_taken_off_the_run() {
    let connection = database();
    let mut runs = load(&connection);
    for run in 0..8 {
        // Two of three rows never come into a run.
        let seqs = (1 + run * RUN_ROWS * 3..=(run + 1) * RUN_ROWS * 3).step_by(3);
        let mut rows: Vec<Entry> = seqs.map(|seq| (hash(seq), seq)).collect();
        for (_, seq) in &rows {
            mark(&connection, seq + 1).unwrap();
            mark(&connection, seq + 2).unwrap();
        }
        rows.sort_unstable();
        runs.begin();
        runs.add(&connection, &rows).unwrap();
        runs.accept();
    }
    settle(&connection, &mut runs);
    assert_eq!(shape(&runs), [(1, MERGED_BUCKETS)]);
}

#[test]
fn a_step_of_a_merge_reads_no_more_where_little_is_left() {
    for (is_removed, step) in [(false, STEP_BUCKETS), (true, 1)] {
        let connection = database();
        let mut runs = load(&connection);
        for run in 0..8 {
            let seqs = 1 + run * RUN_ROWS..1 + (run + 1) * RUN_ROWS;
            add_and(&connection, &mut runs, seqs, 0);
        }
        if is_removed {
            (1..=8 * RUN_ROWS).for_each(|seq| mark(&connection, seq).unwrap());
        }
        runs.begin();
        assert_eq!(runs.merge_some(&connection).unwrap(), STEP_BUCKETS);
        runs.accept();
        assert_eq!(runs.stand.merges[0].bucket, step);
    }
}

#[test]
fn runs_with_too_many_buckets_for_one_are_not_merged_and_others_are() {
    let connection = database();
    let huge = (1 << 24) / 8;
    for first in 0..8 {
        let run = Run {
            buckets: huge,
            rows: (first, first),
            row_count: i64::from(huge) * i64::from(BUCKET_ROWS),
            ..Run::new(1, State::Whole)
        };
        insert(&connection, run).unwrap();
    }
    let mut runs = load(&connection);
    grow(&connection, &mut runs, 100, 8 * 8);
    // The eight runs of the level above are those that are too great for one.
    let merged = shape(&runs).into_iter().filter(|run| *run == (1, MERGED_BUCKETS)).count();
    assert_eq!(merged, 8, "{:?}", shape(&runs));
    assert!(runs.stand.merges.is_empty());
    connection
        .execute("UPDATE reference_run SET buckets = buckets - 1 WHERE level = 1", [])
        .unwrap();
    let mut runs = load(&connection);
    runs.begin();
    runs.begin_merge(&connection).unwrap();
    runs.accept();
    assert_eq!(runs.stand.merges.len(), 1);
}

/// The bytes that memory holds of runs, and will hold of those that are being merged.
fn held(runs: &Runs) -> usize {
    runs.stand.filter_bytes() + runs.growth.bytes()
}

/// How many bytes memory holds of the eight runs of a merge, and of what they become.
const MERGED_BYTES: usize = MERGED_BUCKETS as usize * BUCKET_BYTES;

#[test]
fn what_memory_holds_keeps_its_limit_at_each_moment_of_a_merge() {
    // With room for both, for one of both, and for less.
    for (limit, is_collected, is_held) in [
        (2 * MERGED_BYTES, true, true),
        (2 * MERGED_BYTES - 1, false, true),
        (MERGED_BYTES, false, true),
        (MERGED_BYTES - 1, false, false),
    ] {
        let connection = database();
        let mut runs = load(&connection);
        runs.filter_bytes_max = limit;
        let mut was_collected = false;
        for run in 0..8 {
            let start = 1 + run * RUN_ROWS;
            add(&connection, &mut runs, start..start + RUN_ROWS);
            assert!(held(&runs) <= limit);
        }
        loop {
            runs.begin();
            runs.advance(&connection, 1_000).unwrap();
            assert!(runs.batch.as_ref().is_none_or(|stand| stand.filter_bytes() <= limit));
            runs.accept();
            assert!(held(&runs) <= limit, "{limit}");
            was_collected |= runs.growth.bytes() > 0;
            if runs.owed_rows == 0 {
                break;
            }
        }
        assert_eq!(was_collected, is_collected, "{limit}");
        assert_eq!(shape(&runs), [(1, MERGED_BUCKETS)]);
        assert_eq!(runs.stand.runs[0].filter.is_some(), is_held, "{limit}");
        assert_eq!(runs.growth.bytes(), 0);
        assert_found(&connection, &runs, 1..=8 * RUN_ROWS);
    }
}

/// Eight runs, and a merge of them that has written some buckets.
fn half_merged(connection: &Connection) -> Runs {
    let mut runs = load(connection);
    let mut start = 1;
    while !runs.stand.merges.iter().any(|merge| merge.bucket > 0) {
        add(connection, &mut runs, start..start + RUN_ROWS);
        start += RUN_ROWS;
    }
    runs
}

/// The run that is being merged has all that it is to have once it is whole.
fn assert_merged(connection: &Connection, runs: &Runs) {
    let [run] = runs.stand.runs.iter().filter(|run| run.level == 1).collect::<Vec<_>>()[..] else {
        panic!("{:?}", shape(runs));
    };
    assert_eq!(run.filter.as_ref().unwrap().len(), MERGED_BYTES);
    assert_eq!(run.written(connection).unwrap(), MERGED_BUCKETS);
    assert_found(connection, runs, 1..=8 * RUN_ROWS);
}

#[test]
fn a_merge_whose_batch_failed_goes_on_from_what_is_stored() {
    // The batch that fails is one in the middle, or any up to that which ends the merge.
    for failing in 0..8 {
        let connection = database();
        let mut runs = half_merged(&connection);
        for batch in 0.. {
            connection.execute_batch("BEGIN").unwrap();
            runs.begin();
            runs.advance(&connection, 1_000).unwrap();
            if batch == failing {
                connection.execute_batch("ROLLBACK").unwrap();
                continue;
            }
            connection.execute_batch("COMMIT").unwrap();
            runs.accept();
            if failing == 0 && batch == 1 {
                assert!(runs.growth.bytes() > 0, "what the batches before had collected is gone");
            }
            if batch > failing && runs.owed_rows == 0 {
                break;
            }
        }
        assert_merged(&connection, &runs);
    }
}

#[test]
fn a_merge_is_resumed_where_the_database_says() {
    for damage in ["", "DELETE FROM reference_filter WHERE place % 7 = 3"] {
        let connection = database();
        let before = half_merged(&connection).stand.merges[0].bucket;
        connection.execute_batch(damage).unwrap();
        let mut runs = load(&connection);
        assert_eq!(runs.stand.merges[0].bucket, before);
        assert_eq!(runs.growth.bytes() > 0, damage.is_empty());
        settle(&connection, &mut runs);
        if damage.is_empty() {
            assert_merged(&connection, &runs);
        } else {
            assert_found(&connection, &runs, 1..=8 * RUN_ROWS);
        }
    }
}

#[test]
fn what_the_database_has_of_a_filter_is_used_only_where_it_is_whole() {
    let damages = [
        "DELETE FROM reference_filter WHERE place % 16777216 = 3",
        "UPDATE reference_filter SET bits = substr(bits, 2) WHERE place % 16777216 = 3",
        "UPDATE reference_filter SET bits = zeroblob(1024) WHERE place % 16777216 = 3;
            DELETE FROM reference_filter WHERE place % 16777216 = 4",
        "DELETE FROM reference_filter",
    ];
    for damage in damages {
        let connection = database();
        let mut runs = load(&connection);
        add(&connection, &mut runs, 1..1 + RUN_ROWS);
        assert!(load(&connection).stand.runs[0].filter.is_some());
        connection.execute_batch(damage).unwrap();
        let runs = load(&connection);
        assert!(runs.stand.runs[0].filter.is_none(), "{damage}");
        assert_found(&connection, &runs, 1..=RUN_ROWS);
    }
}
