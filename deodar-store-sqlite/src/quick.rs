//! Short reads, made by the thread that asks for them.
//!
//! A row whose pages are in memory is read in a few microseconds; having another thread read it,
//! and being woken by it, takes longer than that. So a read of a few rows is made where it is asked
//! for, on a connection that nobody uses at the moment. The thread serves other requests too, and
//! must not wait for a slow disk: a connection whose read took long rests for a multiple of that
//! time. Meanwhile, and whenever it is busy or fails, the reading threads are asked.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::open::connect_reader;
use crate::reader;

/// How long a read may take that needs no page from the disk.
const QUICK_TIME_MAX: Duration = Duration::from_micros(500);
/// How many times as long as a slow read its connection rests. There are no more connections than
/// threads, which together wait for a slow disk for a tenth of their time at most.
const REST_FACTOR: u32 = 9;

thread_local! {
    /// Where a thread looks first, so that each has a connection of its own, in its own cache.
    static FIRST: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Ordering::Relaxed)
    };
}

struct Lane {
    connection: Connection,
    /// Until when it rests, where it does.
    rests_until: Option<Instant>,
}

/// The connections of short reads.
pub(crate) struct QuickReader {
    lanes: Vec<Mutex<Lane>>,
}

impl QuickReader {
    /// Opens `count` connections.
    pub(crate) fn open(path: &Path, count: usize) -> rusqlite::Result<Self> {
        let open = |_| {
            let connection = connect_reader(path)?;
            // Whoever would have to wait asks a reading thread.
            connection.busy_timeout(Duration::ZERO)?;
            Ok(Mutex::new(Lane { connection, rests_until: None }))
        };
        Ok(Self { lanes: (0..count).map(open).collect::<rusqlite::Result<_>>()? })
    }

    /// Reads a few rows now; `None` where a reading thread is to be asked.
    pub(crate) fn read<T>(&self, work: &impl Fn(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let first = FIRST.with(|first| *first);
        let begun = Instant::now();
        (0..self.lanes.len()).find_map(|place| {
            let lane = self.lanes.get((first + place) % self.lanes.len())?;
            let mut lane = match lane.try_lock() {
                Ok(lane) => lane,
                Err(TryLockError::Poisoned(lane)) => lane.into_inner(),
                Err(TryLockError::WouldBlock) => return None,
            };
            if lane.rests_until.is_some_and(|until| begun < until) {
                return None;
            }
            // A failure is told by the reading thread that meets it again.
            let read = reader::begin(&lane.connection).and_then(|()| work(&lane.connection)).ok();
            lane.rests_until = rest(begun, begun.elapsed());
            Some(read)
        })?
    }
}

/// Until when a connection rests whose last read began at `begun`.
fn rest(begun: Instant, took: Duration) -> Option<Instant> {
    (took > QUICK_TIME_MAX).then(|| begun + took * (1 + REST_FACTOR))
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::SQLITE_BUSY;

    use super::*;

    fn seven(connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row("SELECT i FROM t", [], |row| row.get(0))
    }

    fn opened(count: usize) -> (tempfile::TempDir, QuickReader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch("CREATE TABLE t (i); INSERT INTO t VALUES (7)").unwrap();
        let reader = QuickReader::open(&path, count).unwrap();
        (folder, reader)
    }

    /// Ends the rest of every connection, as time would.
    fn rested(reader: &QuickReader) {
        for lane in &reader.lanes {
            lane.lock().unwrap().rests_until = None;
        }
    }

    #[test]
    fn a_row_is_read_at_once_as_often_as_it_is_asked_for() {
        let (_folder, reader) = opened(1);
        for _ in 0..3 {
            assert_eq!(reader.read(&seven), Some(7));
            rested(&reader);
        }
    }

    #[test]
    fn a_connection_rests_nine_times_as_long_as_a_slow_read_took() {
        let begun = Instant::now();
        let slow = Duration::from_millis(1);
        assert_eq!(rest(begun, QUICK_TIME_MAX), None);
        assert_eq!(rest(begun, slow), Some(begun + slow + 9 * slow));
    }

    #[test]
    fn a_connection_that_rests_reads_nothing() {
        let (_folder, reader) = opened(1);
        let far = Instant::now() + Duration::from_hours(1);
        reader.lanes[0].lock().unwrap().rests_until = Some(far);
        assert_eq!(reader.read(&seven), None);
        rested(&reader);
        assert_eq!(reader.read(&seven), Some(7));
    }

    #[test]
    fn a_read_that_left_its_transaction_open_does_not_stop_the_time_for_the_next() {
        let (folder, reader) = opened(1);
        let writer = Connection::open(folder.path().join("deodar.db")).unwrap();
        writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        let left_open = |connection: &Connection| {
            connection.execute_batch("BEGIN")?;
            seven(connection)
        };
        assert_eq!(reader.read(&left_open), Some(7));
        writer.execute_batch("UPDATE t SET i = 8").unwrap();
        rested(&reader);
        assert_eq!(reader.read(&seven), Some(8));
    }

    #[test]
    fn what_fails_and_what_finds_all_connections_busy_is_left_to_the_threads() {
        let (_folder, reader) = opened(2);
        let busy = |_: &Connection| {
            let code = rusqlite::ffi::Error::new(SQLITE_BUSY);
            Err::<i64, _>(rusqlite::Error::SqliteFailure(code, None))
        };
        assert_eq!(reader.read(&busy), None);
        rested(&reader);
        let within = |_: &Connection| Ok(reader.read(&|_: &Connection| Ok(reader.read(&seven))));
        assert_eq!(reader.read(&within), Some(Some(None)), "two connections for three reads");
    }
}
