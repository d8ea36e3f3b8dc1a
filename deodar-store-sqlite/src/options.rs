//! How a database is opened, and the limits of the store.

use std::num::NonZero;
use std::time::Duration;

use crate::faults::Faults;

/// How many requests share one commit at most.
pub(crate) const BATCH_REQUESTS_MAX: usize = 256;
/// How many requests may wait for the writer; further callers wait for a place.
pub(crate) const WRITE_QUEUE_MAX: usize = 4_096;
/// How many reads may wait for a reader; further ones are refused.
pub(crate) const READ_QUEUE_MAX: usize = 16_384;
/// How many jobs one lease takes at most.
pub(crate) const LEASE_JOBS_MAX: usize = 1_000;
/// How many entries of the books one read sums.
pub(crate) const LEDGER_CHUNK_ENTRIES: i64 = 250_000;
/// How long a writer waits for another process that writes.
pub(crate) const BUSY_WAIT_MAX: Duration = Duration::from_secs(10);
/// The size of a page, in bytes.
pub(crate) const PAGE_BYTES: u32 = 4_096;
/// The writer's cache, in KiB.
pub(crate) const WRITER_CACHE_KIB: i64 = 16 * 1_024;
/// How much of the database a reader maps into memory at most, in bytes.
pub(crate) const READER_MMAP_BYTES: i64 = 0x7fff_0000;
/// How many connections there are for reads of a few rows, one for each core, at most.
const QUICK_READERS_MAX: usize = 16;
/// How many statements each connection keeps prepared.
pub(crate) const STATEMENTS_MAX: usize = 128;
/// How many pages the write-ahead log grows by before the checkpointer is called.
pub(crate) const CHECKPOINT_PAGES: u32 = 4_000;
/// How many pages the writer itself moves at most where it begins the log anew before its limit.
pub(crate) const RESET_PAGES: u32 = 256;

/// Who opens the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenMode {
    /// A server: one for each file. It ends the leases that a dead server left.
    Server,
    /// The command line beside a server: it takes no lock and writes merchants only.
    Beside,
}

/// The limits of a store. The default is for production; tests make some of them small.
#[derive(Clone, Debug)]
pub struct Options {
    /// The size of the write-ahead log, in bytes, at which the writer itself begins it anew.
    pub wal_bytes_max: u64,
    /// How many threads read: at least one.
    pub readers: usize,
    /// How many reads of a few rows are made at a time by the threads that ask for them.
    pub quick_readers: usize,
    /// How long a read may take before it is interrupted.
    pub read_time_max: Duration,
    /// How many bits of a reference's hash are used, 1 to 64; few in tests, so that hashes collide.
    pub reference_hash_bits: u32,
    /// By how many rows the log grows until its references are moved into their index, at once: in
    /// memory a reference takes 25 bytes.
    pub reference_run_rows: u32,
    /// How many references a bucket of their index has, on average. Up to 337 fit into a page.
    pub reference_bucket_rows: u32,
    /// By how many rows the log grows until the rows of lists are moved into their index, a few
    /// with each batch: twice as many are in memory at most, at 35 bytes each.
    pub listing_run_rows: u32,
    /// Failures that tests ask for.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wal_bytes_max: 64 * 1_024 * 1_024,
            readers: 3,
            quick_readers: std::thread::available_parallelism()
                .map_or(1, NonZero::get)
                .min(QUICK_READERS_MAX),
            read_time_max: Duration::from_secs(5),
            reference_hash_bits: 64,
            reference_run_rows: 65_536,
            reference_bucket_rows: 280,
            listing_run_rows: 100_000,
            faults: Faults::default(),
        }
    }
}
