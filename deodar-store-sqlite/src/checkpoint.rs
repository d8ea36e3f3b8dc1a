//! Checkpoints, and the limit of the write-ahead log.
//!
//! A thread of its own moves pages from the log to the database, so that no commit waits for it.
//! Under steady load it never catches the writer between two commits, and so the log would grow
//! for ever: at its limit the writer itself moves the last pages and begins the log anew.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::open::connect_checkpointer;
use crate::options::{BUSY_WAIT_MAX, CHECKPOINT_PAGES, PAGE_BYTES, RESET_PAGES};

/// How long the writer waits, at the log's limit, for those that read from it.
const READERS_WAIT_MAX: Duration = Duration::from_secs(1);
/// The same once such a wait was in vain: a backup, or another process, reads for long, and until
/// it has ended the log grows instead of every commit being late.
const HELD_WAIT_MAX: Duration = Duration::from_millis(20);

/// What the writer and the checkpointer know of the log.
#[derive(Debug, Default)]
struct Shared {
    /// Only one connection at a time may run a checkpoint.
    running: Mutex<()>,
    /// How many pages at the beginning of the log are in the database.
    moved_pages: AtomicU32,
}

/// The thread that runs checkpoints.
pub(crate) struct Checkpointer {
    shared: Arc<Shared>,
    call: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread on a connection of its own.
    pub(crate) fn start(path: &Path) -> Result<Self, std::io::Error> {
        let connection = connect_checkpointer(path).map_err(std::io::Error::other)?;
        let shared = Arc::new(Shared::default());
        let (call, calls) = sync_channel(1);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("deodar-checkpoint".to_owned())
            .spawn(move || run(&connection, &theirs, &calls))?;
        Ok(Self { shared, call: Some(call), thread: Some(thread) })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.call = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread had panicked");
        }
    }
}

fn run(connection: &Connection, shared: &Shared, calls: &Receiver<()>) {
    while calls.recv().is_ok() {
        let running = shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        match checkpoint(connection, "PASSIVE") {
            Ok(outcome) => shared.moved_pages.store(outcome.moved_pages, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a checkpoint failed; it is tried again later"),
        }
        drop(running);
    }
}

/// What a checkpoint did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Outcome {
    is_blocked: bool,
    moved_pages: u32,
    is_complete: bool,
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Outcome> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let (blocked, pages, moved): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Outcome {
            is_blocked: blocked != 0,
            moved_pages: u32::try_from(moved).unwrap_or(0),
            is_complete: blocked == 0 && pages == moved,
        })
    })
}

/// The writer's side: it watches how long the log is.
pub(crate) struct WalGuard {
    checkpointer: Checkpointer,
    /// From this length the writer begins the log anew if few pages are left to be moved.
    reset_pages: u32,
    /// At this length it does so however many are left.
    limit_pages: u32,
    /// After a reset that a reader prevented: from this length it is tried again.
    retry_pages: u32,
    /// Whether the last wait at the limit was in vain.
    is_held: bool,
    /// How long a first wait at the limit is.
    readers_wait_max: Duration,
}

impl WalGuard {
    /// Keeps the log under `wal_bytes_max`.
    pub(crate) fn new(checkpointer: Checkpointer, wal_bytes_max: u64) -> Self {
        let pages = wal_bytes_max / u64::from(PAGE_BYTES);
        let limit_pages = u32::try_from(pages).unwrap_or(u32::MAX).max(8);
        Self {
            checkpointer,
            reset_pages: limit_pages / 4 * 3,
            limit_pages,
            retry_pages: 0,
            is_held: false,
            readers_wait_max: READERS_WAIT_MAX,
        }
    }

    /// Looks at the log after a commit; it has `pages` now. Tells whether it was begun anew.
    pub(crate) fn after_commit(&mut self, connection: &Connection, pages: u32) -> bool {
        let bytes = pages.saturating_mul(PAGE_BYTES);
        metrics::gauge!("deodar_wal_bytes").set(f64::from(bytes));
        let shared = &self.checkpointer.shared;
        let moved = shared.moved_pages.load(Ordering::Relaxed);
        if pages < moved {
            // The log began anew without us, since nobody read from it.
            shared.moved_pages.store(0, Ordering::Relaxed);
            self.retry_pages = 0;
        }
        let left = pages.saturating_sub(moved);
        let few = self.few(pages);
        let due = pages >= self.limit_pages || (pages >= self.reset_pages && left <= few);
        if due && pages >= self.retry_pages {
            return self.reset(connection, pages);
        }
        if left >= few
            && let Some(call) = &self.checkpointer.call
        {
            // A call that is already waiting covers this one.
            let _ = call.try_send(());
        }
        false
    }

    /// How many pages may wait until the checkpointer is called. Where the log is to begin anew
    /// they are very few, since the writer moves those that are left itself, and commits wait.
    fn few(&self, pages: u32) -> u32 {
        if pages < self.reset_pages {
            CHECKPOINT_PAGES.min(self.limit_pages / 8)
        } else {
            RESET_PAGES.min(self.limit_pages / 32)
        }
    }

    fn reset(&mut self, connection: &Connection, pages: u32) -> bool {
        let shared = &self.checkpointer.shared;
        // Short of the limit nobody waits for a reader.
        let wait = match pages >= self.limit_pages {
            false => Duration::ZERO,
            true if self.is_held => HELD_WAIT_MAX,
            true => self.readers_wait_max,
        };
        let running = shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = connection
            .busy_timeout(wait)
            .and_then(|()| checkpoint(connection, "RESTART"))
            .and_then(|outcome| connection.busy_timeout(BUSY_WAIT_MAX).map(|()| outcome));
        drop(running);
        match outcome {
            Ok(Outcome { is_blocked: false, .. }) => {
                shared.moved_pages.store(0, Ordering::Relaxed);
                self.retry_pages = 0;
                self.is_held = false;
                return true;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be begun anew");
            }
        }
        self.put_off(pages);
        false
    }

    fn put_off(&mut self, pages: u32) {
        if pages >= self.limit_pages {
            tracing::warn!(pages, "a reader keeps the write-ahead log over its limit");
            self.is_held = true;
        }
        self.retry_pages = pages.saturating_add(self.limit_pages / 16);
    }

    /// Moves everything to the database and syncs it there; tells whether all of it was moved.
    pub(crate) fn flush(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let shared = &self.checkpointer.shared;
        let _running = shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = checkpoint(connection, "FULL")?;
        shared.moved_pages.store(outcome.moved_pages, Ordering::Relaxed);
        Ok(outcome.is_complete)
    }
}

#[cfg(test)]
mod tests;
