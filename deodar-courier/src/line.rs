//! The loop that every kind of work shares: take, work, wait when there is nothing to do.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::store::Queue;
use deodar_engine::{Engine, EngineError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tracing::{error, warn};

use crate::backoff::Backoff;
use crate::stop::Stop;

/// How long an idle worker waits before it looks again. Commits of this process wake it at once;
/// this is for the jobs of other processes, and for those that become due as time passes.
const IDLE_WAIT: Duration = Duration::from_millis(500);
/// How many jobs are taken at once.
const BATCH_MAX: usize = 128;
/// How long a line that was full waits for more room than one place: each time that jobs are taken
/// has its price.
const GATHER_MAX: Duration = Duration::from_millis(2);

/// One kind of work.
pub(crate) trait Line: Send + Sync + 'static {
    /// What is worked on.
    type Item: Send + 'static;

    /// The queue that it comes from.
    fn queue(&self) -> Queue;

    /// How many items are worked on at once.
    fn parallel_max(&self) -> usize;

    /// Takes at most `limit` items that are due.
    fn take(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Self::Item>, EngineError>> + Send;

    /// Works on one item. What fails is found again when its lease ends. Another item may be taken
    /// once `slot` is dropped.
    fn work(
        &self,
        item: Self::Item,
        slot: Slot,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
}

/// One of the places in a line for what is worked on.
#[derive(Debug)]
pub(crate) struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
}

/// Works until it is asked to stop; then finishes what is under way.
pub(crate) async fn run<L: Line>(line: Arc<L>, engine: Arc<Engine>, mut stop: Stop) {
    let queue = line.queue();
    let mut running = JoinSet::new();
    let mut backoff = Backoff::new();
    let slots = Arc::new(Semaphore::new(line.parallel_max()));
    while !stop.is_asked() {
        while let Some(ended) = running.try_join_next() {
            note(queue, ended);
        }
        let free = tokio::select! {
            free = free(&slots, line.parallel_max()) => free,
            () = stop.asked() => break,
        };
        match line.take(free.min(BATCH_MAX)).await {
            Ok(items) if items.is_empty() => {
                backoff.reset();
                tokio::select! {
                    () = engine.wait_for_work(queue, IDLE_WAIT) => {}
                    () = stop.asked() => {}
                }
            }
            Ok(items) => {
                backoff.reset();
                for item in items {
                    let slot = Slot { _permit: Arc::clone(&slots).try_acquire_owned().ok() };
                    running.spawn(work_on(Arc::clone(&line), item, slot));
                }
            }
            Err(error) => {
                warn!(queue = queue.name(), %error, "jobs could not be taken");
                tokio::select! {
                    () = tokio::time::sleep(backoff.next()) => {}
                    () = stop.asked() => {}
                }
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        note(queue, ended);
    }
}

/// Waits for room, and tells how much there is.
async fn free(slots: &Semaphore, parallel_max: usize) -> usize {
    let wanted = u32::try_from(parallel_max.min(BATCH_MAX).div_ceil(2)).unwrap_or(1);
    if slots.available_permits() == 0 {
        let room = slots.acquire().await;
        let more = tokio::time::timeout(GATHER_MAX, slots.acquire_many(wanted - 1)).await;
        drop((room, more));
    }
    slots.available_permits()
}

async fn work_on<L: Line>(line: Arc<L>, item: L::Item, slot: Slot) {
    if let Err(error) = line.work(item, slot).await {
        let queue = line.queue().name();
        warn!(queue, %error, "a job failed; it is tried again when its lease ends");
    }
}

/// A job that panics ends alone: its lease runs out and it is found again.
fn note(queue: Queue, ended: Result<(), JoinError>) {
    if let Err(ended) = ended
        && ended.is_panic()
    {
        error!(queue = queue.name(), "a job panicked; it is tried again when its lease ends");
    }
}
