//! A run of the index of references: rows that are sorted by their hash, in buckets. All hashes are
//! divided into as many equal shares as the run has buckets, so that the bucket of a hash is
//! reckoned and not searched. A bucket is one row of the database, and mostly one page.

use std::sync::Arc;

use rusqlite::ffi::{self, SQLITE_CORRUPT};
use rusqlite::{Connection, OptionalExtension};

use super::Entry;
use super::filter::{BUCKET_BYTES, Filter, bits_of};
use super::growth::bytes_of;

/// How many bits of a reference's hash are used.
pub(super) const HASH_BITS: u32 = 48;
/// The bytes of a row in a bucket: of its hash, and of its number.
const PART_BYTES: usize = 6;
const ROW_BYTES: usize = 2 * PART_BYTES;
/// A place is the number of the run and that of the bucket, which has so many bits.
const BUCKET_BITS: u32 = 24;
/// How many buckets a run has at most.
pub(super) const BUCKETS_MAX: u32 = (1 << BUCKET_BITS) - 1;
/// Runs that were merged lie after the others, so that both grow at an end of their own.
const MERGED_BIT: u32 = 62;

const BUCKET: &str = "SELECT rows FROM reference_bucket WHERE place = ?1";
const BUCKETS: &str = "SELECT rows FROM reference_bucket \
    WHERE place >= ?1 AND place <= ?2 ORDER BY place";
const FILTER: &str = "SELECT bits FROM reference_filter \
    WHERE place >= ?1 AND place <= ?2 ORDER BY place";
const LAST_WRITTEN: &str = "SELECT max(place) FROM reference_bucket \
    WHERE place >= ?1 AND place <= ?2";
const INSERT_BUCKET: &str = "INSERT INTO reference_bucket (place, rows) VALUES (?1, ?2)";
const INSERT_FILTER: &str = "INSERT INTO reference_filter (place, bits) VALUES (?1, ?2)";
const DELETE_BUCKETS: &str = "DELETE FROM reference_bucket WHERE place >= ?1 AND place <= ?2";
const DELETE_FILTERS: &str = "DELETE FROM reference_filter WHERE place >= ?1 AND place <= ?2";

/// What becomes of a run. The numbers are kept for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// It is being merged from others, which are looked into until it is whole.
    Growing = 1,
    /// It is looked into.
    Whole = 2,
    /// Its buckets are being dropped.
    Dropped = 3,
}

impl State {
    /// The state of a number. A run of a state that is not known may hold references: the database
    /// is damaged then.
    pub(super) fn of(number: i64) -> rusqlite::Result<Self> {
        match number {
            1 => Ok(Self::Growing),
            2 => Ok(Self::Whole),
            3 => Ok(Self::Dropped),
            _ => {
                let reason = format!("a run of references has the state {number}");
                let code = ffi::Error::new(SQLITE_CORRUPT);
                Err(rusqlite::Error::SqliteFailure(code, Some(reason)))
            }
        }
    }
}

/// A run, without its rows.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: i64,
    /// How often its rows were merged.
    pub(super) level: u32,
    /// How many buckets it has: at least one.
    pub(super) buckets: u32,
    /// The first and the last row of the log that it may hold.
    pub(super) rows: (i64, i64),
    /// How many of those had a reference: it holds them all, without those that were removed.
    pub(super) row_count: i64,
    pub(super) state: State,
    /// The run that it is being merged into.
    pub(super) target: Option<i64>,
    /// What memory holds of it, where there is room.
    pub(super) filter: Option<Arc<Filter>>,
}

/// How many buckets so many rows get, each of which is to have `bucket_rows`.
pub(super) fn buckets_for(rows: i64, bucket_rows: u32) -> u32 {
    let buckets = u64::try_from(rows).unwrap_or(0).div_ceil(u64::from(bucket_rows.max(1)));
    u32::try_from(buckets).unwrap_or(u32::MAX).clamp(1, BUCKETS_MAX)
}

impl Run {
    /// A run of one bucket, without rows, which has no number yet.
    pub(super) const fn new(level: u32, state: State) -> Self {
        Self {
            id: 0,
            level,
            buckets: 1,
            rows: (0, 0),
            row_count: 0,
            state,
            target: None,
            filter: None,
        }
    }

    /// How many bytes memory holds of it, where it does.
    pub(super) fn filter_bytes(&self) -> usize {
        bytes_of(self.buckets)
    }

    /// The place of a bucket among those of all runs.
    pub(super) fn place(&self, bucket: u32) -> i64 {
        let merged = i64::from(self.level > 0) << MERGED_BIT;
        merged | self.id << BUCKET_BITS | i64::from(bucket)
    }

    /// The bucket that a hash belongs to.
    pub(super) fn bucket_of(&self, hash: i64) -> u32 {
        let share = (u128::from(hash.cast_unsigned()) * u128::from(self.buckets)) >> HASH_BITS;
        u32::try_from(share).unwrap_or(u32::MAX).min(self.buckets.saturating_sub(1))
    }

    /// The first hash that belongs to a bucket; beyond the last bucket, one that none has.
    pub(super) fn first_hash(&self, bucket: u32) -> i64 {
        let all = u128::from(bucket) << HASH_BITS;
        i64::try_from(all.div_ceil(u128::from(self.buckets.max(1)))).unwrap_or(i64::MAX)
    }

    /// Whether a hash may be in this run.
    fn may_hold(&self, hash: i64) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| filter.may_hold(self.bucket_of(hash), hash))
    }

    /// Adds the numbers of the rows that have this hash.
    pub(super) fn look(
        &self,
        connection: &Connection,
        hash: i64,
        found: &mut Vec<Entry>,
    ) -> rusqlite::Result<()> {
        if !self.may_hold(hash) {
            return Ok(());
        }
        let place = self.place(self.bucket_of(hash));
        connection
            .prepare_cached(BUCKET)?
            .query_row([place], |row| {
                let rows = row.get_ref(0)?.as_blob()?;
                let (rows, _) = rows.as_chunks::<ROW_BYTES>();
                let first = rows.partition_point(|row| decode(row).0 < hash);
                let same = rows.iter().skip(first).map(decode).take_while(|row| row.0 == hash);
                found.extend(same);
                Ok(())
            })
            .optional()
            .map(Option::unwrap_or_default)
    }

    /// Adds the rows whose hashes are from `from` on and before `until`.
    pub(super) fn read(
        &self,
        connection: &Connection,
        (from, until): (i64, i64),
        found: &mut Vec<Entry>,
    ) -> rusqlite::Result<()> {
        let places = (self.place(self.bucket_of(from)), self.place(self.bucket_of(until - 1)));
        let mut statement = connection.prepare_cached(BUCKETS)?;
        let mut buckets = statement.query(places)?;
        while let Some(bucket) = buckets.next()? {
            let (rows, _) = bucket.get_ref(0)?.as_blob()?.as_chunks::<ROW_BYTES>();
            found.extend(rows.iter().map(decode).filter(|row| (from..until).contains(&row.0)));
        }
        Ok(())
    }

    /// Writes the buckets from `bucket` on and before `end`, with the rows that belong there in
    /// their order, and answers what memory is to hold of them.
    pub(super) fn write(
        &self,
        connection: &Connection,
        (bucket, end): (u32, u32),
        rows: &[Entry],
    ) -> rusqlite::Result<Vec<u8>> {
        let mut insert_bucket = connection.prepare_cached(INSERT_BUCKET)?;
        let mut insert_filter = connection.prepare_cached(INSERT_FILTER)?;
        let (mut rest, mut filter, mut packed) = (rows, Vec::new(), Vec::new());
        for bucket in bucket..end {
            let next = self.first_hash(bucket + 1);
            let (these, others) = rest.split_at(rest.partition_point(|row| row.0 < next));
            rest = others;
            packed.clear();
            for row in these {
                encode(*row, &mut packed);
            }
            let bits = bits_of(these.iter().map(|row| row.0));
            insert_bucket.execute((self.place(bucket), &packed))?;
            insert_filter.execute((self.place(bucket), bits))?;
            filter.extend_from_slice(&bits);
        }
        Ok(filter)
    }

    /// Drops the buckets from `bucket` on and before `end`.
    pub(super) fn drop_buckets(
        &self,
        connection: &Connection,
        (bucket, end): (u32, u32),
    ) -> rusqlite::Result<()> {
        let places = (self.place(bucket), self.place(end) - 1);
        connection.prepare_cached(DELETE_BUCKETS)?.execute(places)?;
        connection.prepare_cached(DELETE_FILTERS)?.execute(places)?;
        Ok(())
    }

    /// How many buckets are written, which they are from the first on.
    pub(super) fn written(&self, connection: &Connection) -> rusqlite::Result<u32> {
        let places = (self.place(0), self.place(self.buckets) - 1);
        let last: Option<i64> =
            connection.prepare_cached(LAST_WRITTEN)?.query_row(places, |row| row.get(0))?;
        let written = last.map_or(0, |last| last - self.place(0) + 1);
        Ok(u32::try_from(written).unwrap_or(u32::MAX))
    }

    /// Reads what memory is to hold of a run that is whole. Where that is not just what the
    /// buckets need it is of no use, and memory does without it.
    pub(super) fn read_filter(&self, connection: &Connection) -> rusqlite::Result<Option<Filter>> {
        Ok(self.read_bits(connection, self.buckets)?.map(Filter::new))
    }

    /// Reads the bits of the first `buckets`, where they are there, with room for the others.
    pub(super) fn read_bits(
        &self,
        connection: &Connection,
        buckets: u32,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let mut bits = Vec::with_capacity(self.filter_bytes());
        let mut statement = connection.prepare_cached(FILTER)?;
        let mut rows = statement.query((self.place(0), self.place(buckets) - 1))?;
        while let Some(row) = rows.next()? {
            let bucket = row.get_ref(0)?.as_blob()?;
            if bucket.len() != BUCKET_BYTES {
                return Ok(None);
            }
            bits.extend_from_slice(bucket);
        }
        Ok((bits.len() == bytes_of(buckets)).then_some(bits))
    }
}

fn encode((hash, seq): Entry, bytes: &mut Vec<u8>) {
    for part in [hash, seq] {
        let [_, _, part @ ..] = part.to_be_bytes();
        bytes.extend_from_slice(&part);
    }
}

fn decode(row: &[u8; ROW_BYTES]) -> Entry {
    let number = |part: &[u8]| part.iter().fold(0, |number, byte| number << 8 | i64::from(*byte));
    let (hash, seq) = row.split_at(PART_BYTES);
    (number(hash), number(seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(buckets: u32) -> Run {
        Run { id: 7, buckets, ..Run::new(1, State::Whole) }
    }

    #[test]
    fn every_hash_belongs_to_the_bucket_that_its_bounds_say() {
        let last = (1_i64 << HASH_BITS) - 1;
        for buckets in [1, 2, 3, 280, 1_881, 37_777, BUCKETS_MAX] {
            let run = run(buckets);
            assert_eq!((run.bucket_of(0), run.bucket_of(last)), (0, buckets - 1));
            assert_eq!((run.first_hash(0), run.first_hash(buckets)), (0, last + 1));
            for bucket in (0..buckets).step_by(usize::try_from(buckets / 97 + 1).unwrap()) {
                let first = run.first_hash(bucket);
                assert_eq!(run.bucket_of(first), bucket);
                assert!(bucket == 0 || run.bucket_of(first - 1) == bucket - 1, "{bucket}");
            }
        }
    }

    #[test]
    fn places_of_runs_do_not_meet_and_those_of_merged_runs_come_last() {
        let flushed = Run { level: 0, id: 8, ..run(3) };
        let merged = run(3);
        let next = Run { id: 8, ..run(3) };
        assert!(flushed.place(3) <= Run { id: 9, ..flushed.clone() }.place(0));
        assert!(flushed.place(2) < merged.place(0) && merged.place(2) < next.place(0));
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let rows = [(0, 0), (1, 255), ((1 << 48) - 1, (1 << 48) - 1), (0x0102_0304_0506, 77)];
        for row in rows {
            let mut bytes = Vec::new();
            encode(row, &mut bytes);
            assert_eq!(decode(bytes.as_slice().try_into().unwrap()), row);
        }
    }
}
