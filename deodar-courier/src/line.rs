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
/// How many lots are taken at the same time where there is much to do.
const LOTS_MAX: usize = 2;

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
#[derive(Debug, Default)]
pub(crate) struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
}

/// What came of taking items: as many as there was room for, or fewer.
struct Taken<I> {
    items: Result<Vec<I>, EngineError>,
    room: OwnedSemaphorePermit,
}

/// Works until it is asked to stop; then finishes what is under way.
///
/// While one lot is read, the next is taken already, if the last one filled its room: where there is
/// much to do, nobody waits for a lease.
pub(crate) async fn run<L: Line>(line: Arc<L>, engine: Arc<Engine>, stop: Stop) {
    let queue = line.queue();
    run_until(line, stop, || engine.wait_for_work(queue, IDLE_WAIT)).await;
}

async fn run_until<L: Line, F: Future<Output = ()>>(
    line: Arc<L>,
    mut stop: Stop,
    wait_for_work: impl Fn() -> F,
) {
    let queue = line.queue();
    let mut running = JoinSet::new();
    let mut lots = JoinSet::new();
    let mut backoff = Backoff::new();
    let mut is_more = false;
    let slots = Arc::new(Semaphore::new(line.parallel_max()));
    while !stop.is_asked() {
        while let Some(ended) = running.try_join_next() {
            note(queue, ended);
        }
        let lots_max = if is_more { LOTS_MAX } else { 1 };
        let taken = tokio::select! {
            Some(taken) = lots.join_next() => taken,
            Some(room) = room(&slots, line.parallel_max()), if lots.len() < lots_max => {
                lots.spawn(take(Arc::clone(&line), room));
                continue;
            }
            () = stop.asked() => break,
        };
        let wait = match taken {
            Ok(Taken { items: Ok(items), room }) => {
                backoff.reset();
                let wait = items.is_empty().then_some(Wait::ForWork);
                is_more = items.len() >= room.num_permits();
                begin(&line, &mut running, items, room);
                wait
            }
            Ok(Taken { items: Err(error), .. }) => {
                warn!(queue = queue.name(), %error, "jobs could not be taken");
                Some(Wait::For(backoff.next()))
            }
            Err(ended) => {
                note(queue, Err(ended));
                Some(Wait::For(backoff.next()))
            }
        };
        is_more &= wait.is_none();
        // What another lot brings is not left to wait.
        let Some(wait) = wait.filter(|_| lots.is_empty()) else { continue };
        let waited = async {
            match wait {
                Wait::ForWork => wait_for_work().await,
                Wait::For(time) => tokio::time::sleep(time).await,
            }
        };
        tokio::select! {
            () = waited => {}
            () = stop.asked() => {}
        }
    }
    while let Some(taken) = lots.join_next().await {
        if let Ok(Taken { items: Ok(items), room }) = taken {
            begin(&line, &mut running, items, room);
        }
    }
    while let Some(ended) = running.join_next().await {
        note(queue, ended);
    }
}

/// What is waited for before items are taken again.
enum Wait {
    ForWork,
    For(Duration),
}

/// Waits for room, and takes all of it that one lot may have.
async fn room(slots: &Arc<Semaphore>, parallel_max: usize) -> Option<OwnedSemaphorePermit> {
    let free = free(slots, parallel_max).await.min(BATCH_MAX);
    let free = u32::try_from(free).ok()?;
    Arc::clone(slots).acquire_many_owned(free).await.ok()
}

async fn take<L: Line>(line: Arc<L>, room: OwnedSemaphorePermit) -> Taken<L::Item> {
    Taken { items: line.take(room.num_permits()).await, room }
}

/// Begins to work on items; room that they do not need is given back.
fn begin<L: Line>(
    line: &Arc<L>,
    running: &mut JoinSet<()>,
    items: Vec<L::Item>,
    mut room: OwnedSemaphorePermit,
) {
    for item in items {
        let slot = Slot { _permit: room.split(1) };
        running.spawn(work_on(Arc::clone(line), item, slot));
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

#[cfg(test)]
mod tests;
