//! The limits of the store.

use std::time::Duration;

use crate::faults::Faults;

/// How many change sets share one transaction at most.
pub(crate) const BATCH_CHANGE_SETS_MAX: usize = 256;
/// How many change sets may wait for a writer; further callers wait for a place.
pub(crate) const WRITE_QUEUE_MAX: usize = 4_096;
/// How many jobs one lease takes at most.
pub(crate) const LEASE_JOBS_MAX: usize = 1_000;
/// How long a connection may take to be made.
pub(crate) const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);
/// How long a read waits for a free connection.
pub(crate) const POOL_WAIT_MAX: Duration = Duration::from_secs(2);
/// How long a read, a lease or a reservation may take.
pub(crate) const CALL_TIME_MAX: Duration = Duration::from_secs(5);
/// How long the books may take to be summed: that reads all of them.
pub(crate) const BALANCES_TIME_MAX: Duration = Duration::from_mins(10);
/// How long one round trip of a commit may take; a standby that must confirm is waited for in it.
pub(crate) const ROUND_TRIP_TIME_MAX: Duration = Duration::from_secs(15);
/// How long a batch may take in all, however often it is tried.
pub(crate) const BATCH_TIME_MAX: Duration = Duration::from_secs(30);
/// How long PostgreSQL keeps the locks of a node that has gone silent, in milliseconds: less than
/// others wait for them.
pub(crate) const SILENCE_MS_MAX: u32 = 4_000;
/// How long a start waits for another node that migrates, in milliseconds.
pub(crate) const MIGRATION_WAIT_MS_MAX: u32 = 60_000;
/// How many batches look things up first after one that did not was refused.
pub(crate) const CAREFUL_BATCHES: u32 = 16;
/// How often one change set is tried that meets a race each time.
pub(crate) const RACES_MAX: u32 = 8;
/// How long is waited after the first failure to connect; then twice as long, up to the maximum.
pub(crate) const BACK_OFF_MIN: Duration = Duration::from_millis(50);
/// How long is waited at most between two attempts to connect.
pub(crate) const BACK_OFF_MAX: Duration = Duration::from_secs(1);
/// How often ids that have become old are dropped.
pub(crate) const PRUNE_PERIOD: Duration = Duration::from_mins(1);
/// How long the ids of change sets are kept at least, in seconds.
pub(crate) const IDS_KEPT_SECONDS_MIN: i32 = 600;
/// How many ids of change sets are kept at least, once there are as many.
pub(crate) const IDS_KEPT_MIN: i64 = 65_536;

/// The limits of a store that depend on the machine. The default is for production.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many tasks write, each on a connection of its own: at least one.
    pub writers: usize,
    /// How many connections read, lease and reserve: at least one.
    pub connections: usize,
    /// How long commits whose connection broke wait for the database before they are answered that
    /// it is away. Whoever comes when it is known to be away does not wait.
    pub recovery_time_max: Duration,
    /// How long a commit waits for a row that another one holds.
    pub lock_wait_max: Duration,
    /// Failures that tests ask for.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            writers: 2,
            connections: 8,
            recovery_time_max: Duration::from_secs(3),
            lock_wait_max: Duration::from_secs(5),
            faults: Faults::default(),
        }
    }
}
