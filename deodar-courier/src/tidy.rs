//! Telling how much waits, and removing what is over: old answers, and counters that count no
//! longer.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::store::Queue;
use deodar_engine::{Engine, EngineError};
use tokio::time::Instant;
use tracing::warn;

use crate::stop::Stop;

/// How often the queues are measured.
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// How often what is over is removed.
const TIDY_EVERY: Duration = Duration::from_mins(1);
/// How long it is until more is removed where there is more.
const TIDY_PAUSE: Duration = Duration::from_millis(500);

/// Measures and tidies up until it is asked to stop.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: Stop) {
    let mut measure_at = Instant::now();
    let mut tidy_at = Instant::now();
    while !stop.is_asked() {
        if Instant::now() >= measure_at {
            if let Err(error) = measure(&engine).await {
                warn!(%error, "the queues could not be measured");
            }
            measure_at = Instant::now() + MEASURE_EVERY;
        }
        if Instant::now() >= tidy_at {
            let pause = match tidy(&engine).await {
                Ok(true) => TIDY_PAUSE,
                Ok(false) => TIDY_EVERY,
                Err(error) => {
                    warn!(%error, "what is over could not be removed");
                    TIDY_EVERY
                }
            };
            tidy_at = Instant::now() + pause;
        }
        tokio::select! {
            () = tokio::time::sleep_until(measure_at.min(tidy_at)) => {}
            () = stop.asked() => {}
        }
    }
}

/// Removes some of what is over, and tells whether there may be more.
async fn tidy(engine: &Engine) -> Result<bool, EngineError> {
    let answers = engine.remove_old_answers().await?;
    Ok(engine.remove_old_counters().await? || answers)
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
        metrics::gauge!("deodar_jobs_waiting", "queue" => queue.name()).set(waiting);
        metrics::gauge!("deodar_job_age_seconds", "queue" => queue.name()).set(age.as_secs_f64());
    }
    Ok(())
}
