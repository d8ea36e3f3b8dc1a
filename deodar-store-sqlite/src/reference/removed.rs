//! Which rows of the log were removed, a bit each: what the index still has of them is left out by
//! the next merge. Until then it does no harm, since the index is never believed before the log.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

/// How many rows of the log a block tells of.
const BLOCK_ROWS: i64 = 4_096;
const BLOCK_BYTES: usize = 512;

const BLOCK: &str = "SELECT bits FROM reference_removed WHERE block = ?1";
const BLOCKS: &str = "SELECT block, bits FROM reference_removed WHERE block >= ?1 AND block <= ?2";
const SET: &str = "INSERT OR REPLACE INTO reference_removed (block, bits) VALUES (?1, ?2)";

/// The block of a row, and its byte and bit there.
fn place(seq: i64) -> (i64, usize, u8) {
    let bit = usize::try_from(seq.rem_euclid(BLOCK_ROWS)).unwrap_or_default();
    (seq.div_euclid(BLOCK_ROWS), bit / 8, 1 << (bit % 8))
}

/// Writes down that a row is removed.
pub(super) fn mark(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    let (block, byte, bit) = place(seq);
    let known: Option<Vec<u8>> =
        connection.prepare_cached(BLOCK)?.query_row([block], |row| row.get(0)).optional()?;
    let mut bits = known.unwrap_or_default();
    bits.resize(BLOCK_BYTES, 0);
    if let Some(byte) = bits.get_mut(byte) {
        *byte |= bit;
    }
    connection.prepare_cached(SET)?.execute((block, bits)).map(drop)
}

/// The rows of a part of the log that were removed up to a moment.
#[derive(Debug)]
pub(super) struct Removed(HashMap<i64, Vec<u8>>);

impl Removed {
    /// Reads those from `first` to `last`.
    pub(super) fn load(
        connection: &Connection,
        (first, last): (i64, i64),
    ) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(BLOCKS)?;
        let blocks = (first.div_euclid(BLOCK_ROWS), last.div_euclid(BLOCK_ROWS));
        let blocks = statement.query_map(blocks, |row| Ok((row.get(0)?, row.get(1)?)))?;
        blocks.collect::<rusqlite::Result<_>>().map(Self)
    }

    /// Whether a row is one of them.
    pub(super) fn contains(&self, seq: i64) -> bool {
        let (block, byte, bit) = place(seq);
        let found = self.0.get(&block).and_then(|bits| bits.get(byte));
        found.is_some_and(|found| found & bit != 0)
    }
    /// How many rows from `first` to `last` are among them.
    pub(super) fn count(&self, (first, last): (i64, i64)) -> i64 {
        let blocks = first.div_euclid(BLOCK_ROWS)..=last.div_euclid(BLOCK_ROWS);
        let inside = self.0.iter().filter(|(block, _)| blocks.contains(block));
        let counts = inside.map(|(block, bits)| {
            let start = block * BLOCK_ROWS;
            if first <= start && start + BLOCK_ROWS - 1 <= last {
                bits.iter().map(|byte| i64::from(byte.count_ones())).sum()
            } else {
                let rows = first.max(start)..=last.min(start + BLOCK_ROWS - 1);
                rows.map(|seq| i64::from(self.contains(seq))).sum::<i64>()
            }
        });
        counts.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_removed_are_counted_in_whole_blocks_and_in_parts_of_them() {
        let connection = Connection::open_in_memory().unwrap();
        let runs = include_str!("../../migrations/V6__reference_runs.sql");
        connection.execute_batch(runs).unwrap();
        let marked = [1, 7, 8, 4_095, 4_096, 8_191, 8_192, 20_000];
        for seq in marked {
            mark(&connection, seq).unwrap();
        }
        let removed = Removed::load(&connection, (0, 30_000)).unwrap();
        let ranges = [(0, 30_000), (2, 8), (8, 8), (9, 4_094), (1, 8_192), (4_096, 8_191), (9, 8)];
        for (first, last) in ranges {
            let expected = marked.iter().filter(|seq| (first..=last).contains(*seq)).count();
            let count = removed.count((first, last));
            assert_eq!(count, i64::try_from(expected).unwrap(), "{first} to {last}");
        }
    }
}
