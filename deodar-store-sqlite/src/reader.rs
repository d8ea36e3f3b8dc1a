//! The threads that read, each on a connection of its own.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use deodar_store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::read_error;
use crate::open::connect_reader;
use crate::options::READ_QUEUE_MAX;

/// How many steps a statement makes between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

type Work = Box<dyn FnOnce(&Connection) + Send>;

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    is_closed: bool,
}

impl Queue {
    fn push(&self, work: Work) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_closed || state.waiting.len() >= READ_QUEUE_MAX {
            return Err(StoreError::Unavailable("too many reads are waiting".to_owned()));
        }
        state.waiting.push_back(work);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Work> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(work) = state.waiting.pop_front() {
                return Some(work);
            }
            if state.is_closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.arrived.notify_all();
    }
}

/// The readers.
pub(crate) struct Readers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts `count` threads, whose reads are interrupted after `time_max`: a read that goes on
    /// for ever would keep the write-ahead log from ever beginning anew.
    pub(crate) fn start(
        path: &Path,
        count: usize,
        time_max: Duration,
    ) -> Result<Self, std::io::Error> {
        let queue = Arc::new(Queue::default());
        let mut readers = Self { queue, threads: Vec::new() };
        for _ in 0..count.max(1) {
            let deadline = Deadline::new(time_max);
            let connection =
                connect_interrupted(path, deadline.clone()).map_err(std::io::Error::other)?;
            let queue = Arc::clone(&readers.queue);
            let thread =
                std::thread::Builder::new().name("deodar-read".to_owned()).spawn(move || {
                    while let Some(work) = queue.pop() {
                        deadline.begin();
                        work(&connection);
                    }
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Reads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(move |connection| {
            if !reply.is_closed() {
                drop(reply.send(begin(connection).and_then(|()| work(connection))));
            }
        }))?;
        match answer.await {
            Ok(outcome) => outcome.map_err(|error| read_error(&error)),
            Err(_) => Err(StoreError::Unavailable("the store is closing".to_owned())),
        }
    }
}

/// Ends the transaction that a read may have left open, where ending it had failed: whoever reads in
/// it would see the database as it was then, for ever.
pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        return Ok(());
    }
    connection.execute_batch("ROLLBACK")
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reading thread had panicked");
            }
        }
    }
}

/// When the present read of one connection is to end.
#[derive(Clone)]
struct Deadline {
    base: Instant,
    time_max: Duration,
    /// Microseconds after `base`.
    ends_micros: Arc<AtomicU64>,
}

impl Deadline {
    fn new(time_max: Duration) -> Self {
        Self { base: Instant::now(), time_max, ends_micros: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    fn begin(&self) {
        let ends = (self.base.elapsed() + self.time_max).as_micros();
        self.ends_micros.store(u64::try_from(ends).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.base.elapsed().as_micros() > u128::from(self.ends_micros.load(Ordering::Relaxed))
    }
}

fn connect_interrupted(path: &Path, deadline: Deadline) -> rusqlite::Result<Connection> {
    let mut connection = connect_reader(path)?;
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || deadline.is_over()))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

    #[tokio::test]
    async fn a_read_that_takes_too_long_is_interrupted_and_its_reader_reads_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (i)").unwrap();
        let readers = Readers::start(&path, 1, Duration::from_millis(20)).unwrap();
        let endless = readers
            .read(|connection| connection.query_row(ENDLESS, [], |row| row.get::<_, i64>(0)));
        let error = endless.await.unwrap_err();
        assert_eq!(
            error,
            StoreError::Unavailable("a read took too long and was interrupted".to_owned())
        );
        let next = readers.read(|connection| connection.query_row("SELECT 7", [], |r| r.get(0)));
        assert_eq!(next.await, Ok(7));
    }

    #[tokio::test]
    async fn a_read_that_left_its_transaction_open_does_not_stop_the_time_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        let writer = Connection::open(&path).unwrap();
        writer.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        writer.execute_batch("CREATE TABLE t (i)").unwrap();
        let readers = Readers::start(&path, 1, Duration::from_secs(5)).unwrap();
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))
        };
        let left_open = readers.read(move |connection| {
            connection.execute_batch("BEGIN")?;
            count(connection)
        });
        assert_eq!(left_open.await, Ok(0));
        writer.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(readers.read(count).await, Ok(1));
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (i)").unwrap();
        let readers = Readers::start(&path, 2, Duration::from_secs(5)).unwrap();
        let write = readers.read(|connection| connection.execute("INSERT INTO t VALUES (1)", []));
        assert!(matches!(write.await, Err(StoreError::Unavailable(_))));
    }
}
