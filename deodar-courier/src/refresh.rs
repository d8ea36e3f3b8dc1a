//! Reading what other processes changed, telling how much waits, and removing old answers.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::store::Queue;
use deodar_engine::{Engine, EngineError};
use tokio::time::Instant;
use tracing::warn;

use crate::backoff::Backoff;
use crate::stop::Stop;

/// How often merchants, secrets and the sandbox clock are read again. What another process changed
/// holds here within a second.
const REFRESH_EVERY: Duration = Duration::from_millis(500);
/// How often the queues are measured.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// How often old answers are removed.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// Reads, measures and tidies up until it is asked to stop.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: Stop) {
    let mut backoff = Backoff::new();
    let mut measure_at = Instant::now();
    let mut tidy_at = Instant::now();
    while !stop.is_asked() {
        let wait = match engine.refresh().await {
            Ok(()) => {
                backoff.reset();
                REFRESH_EVERY
            }
            Err(error) => {
                warn!(%error, "what other processes changed could not be read");
                backoff.next()
            }
        };
        if Instant::now() >= measure_at {
            if let Err(error) = measure(&engine).await {
                warn!(%error, "the queues could not be measured");
            }
            measure_at = Instant::now() + MEASURE_EVERY;
        }
        if Instant::now() >= tidy_at {
            tidy_at = match engine.remove_old_answers().await {
                // Nothing else waits for long behind many of them.
                Ok(true) => Instant::now(),
                Ok(false) => Instant::now() + TIDY_EVERY,
                Err(error) => {
                    warn!(%error, "old answers could not be removed");
                    Instant::now() + TIDY_EVERY
                }
            };
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.asked() => {}
        }
    }
}

/// Sets the gauges of every queue: how many jobs are there, and how long the oldest of those that
/// are due has waited.
async fn measure(engine: &Engine) -> Result<(), EngineError> {
    let depths = engine.queue_depths().await?;
    for queue in Queue::ALL {
        let depth = depths.iter().find(|depth| depth.queue == queue);
        let waiting = depth.map_or(0, |depth| depth.waiting);
        let now = if queue == Queue::Event { engine.real_now() } else { engine.now() };
        let oldest = depth.and_then(|depth| depth.oldest_due_at);
        let age = oldest.map_or(Duration::ZERO, |due_at| now.since(due_at));
        let waiting = f64::from(u32::try_from(waiting).unwrap_or(u32::MAX));
        metrics::gauge!("deodar_outbox_depth", "queue" => queue.name()).set(waiting);
        metrics::gauge!("deodar_outbox_age_seconds", "queue" => queue.name())
            .set(age.as_secs_f64());
    }
    Ok(())
}
