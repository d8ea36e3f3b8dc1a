//! Starting the workers, and stopping them.

use std::future::Future;
use std::sync::Arc;

use deodar_domain::message::Channel;
use deodar_engine::store::Queue;
use deodar_engine::{Engine, EngineError};
use tokio::task::JoinSet;
use tracing::{error, info};

use crate::backoff::Backoff;
use crate::config::CourierConfig;
use crate::deliveries::Deliveries;
use crate::events::Events;
use crate::jobs::Jobs;
use crate::line;
use crate::messages::Messages;
use crate::messenger::Messengers;
use crate::refresh;
use crate::share;
use crate::stop::{Stop, Stopper, stop};
use crate::tidy;

/// The workers that run. Dropping it asks them to stop and does not wait.
#[derive(Debug)]
pub struct CourierHandle {
    stopper: Stopper,
    workers: JoinSet<()>,
}

impl CourierHandle {
    /// Asks the workers to stop, and waits until what is under way is finished.
    pub async fn stop(mut self) {
        self.stopper.ask();
        while self.workers.join_next().await.is_some() {}
        info!("the workers have stopped");
    }
}

impl Drop for CourierHandle {
    fn drop(&mut self) {
        self.stopper.ask();
        self.workers.detach_all();
    }
}

/// Starts the workers: one for each queue, and those that read what other processes changed, tell
/// them what this one has counted, and remove what is over. Messages of a sandbox go into its outbox;
/// elsewhere none goes out.
/// [`EngineError::Internal`] where the settings cannot be used.
pub fn start(engine: Arc<Engine>, config: &CourierConfig) -> Result<CourierHandle, EngineError> {
    let messengers =
        if engine.is_sandbox() { Messengers::outbox(&engine) } else { Messengers::none() };
    start_with(engine, config, &messengers)
}

/// The same, with these transports. Messages of a channel that has none stay where they are.
pub fn start_with(
    engine: Arc<Engine>,
    config: &CourierConfig,
    messengers: &Messengers,
) -> Result<CourierHandle, EngineError> {
    describe_metrics();
    let (stopper, stop) = stop();
    let mut workers = JoinSet::new();

    let deliveries = Deliveries::new(Arc::clone(&engine), config)
        .map_err(|error| EngineError::Internal(error.to_string()))?;
    let deliveries = Arc::new(deliveries);
    let events =
        Arc::new(Events { engine: Arc::clone(&engine), deliveries: Arc::clone(&deliveries) });
    spawn_line(&mut workers, &engine, &stop, &events);
    spawn_line(&mut workers, &engine, &stop, &deliveries);
    for queue in [Queue::FollowUp, Queue::Deadline] {
        let jobs = Arc::new(Jobs { engine: Arc::clone(&engine), queue });
        spawn_line(&mut workers, &engine, &stop, &jobs);
    }
    for channel in Channel::ALL {
        let Some(messenger) = messengers.of(channel).map(Arc::clone) else { continue };
        let engine_of = Arc::clone(&engine);
        let messages = Arc::new(Messages { engine: engine_of, channel, messenger });
        spawn_line(&mut workers, &engine, &stop, &messages);
    }
    spawn_loop(&mut workers, Arc::clone(&engine), &stop, "refresh", refresh::run);
    spawn_loop(&mut workers, Arc::clone(&engine), &stop, "share", share::run);
    spawn_loop(&mut workers, engine, &stop, "tidy", tidy::run);
    Ok(CourierHandle { stopper, workers })
}

fn describe_metrics() {
    metrics::describe_counter!(
        "deodar_webhook_attempts_total",
        "Attempts to deliver a webhook, by what came of them"
    );
    metrics::describe_counter!(
        "deodar_messages_total",
        "Attempts to send a message to a payer, by channel and by what came of them"
    );
    metrics::describe_gauge!("deodar_jobs_waiting", "Jobs in a queue, due or not");
    metrics::describe_gauge!(
        "deodar_job_age_seconds",
        metrics::Unit::Seconds,
        "How long the oldest job that is due has waited"
    );
}

fn spawn_line<L: line::Line>(
    workers: &mut JoinSet<()>,
    engine: &Arc<Engine>,
    stop: &Stop,
    line: &Arc<L>,
) {
    let (engine, worker_stop, line) = (Arc::clone(engine), stop.clone(), Arc::clone(line));
    let name = line.queue().name();
    workers.spawn(keep_up(name, stop.clone(), move || {
        line::run(Arc::clone(&line), Arc::clone(&engine), worker_stop.clone())
    }));
}

fn spawn_loop<F>(
    workers: &mut JoinSet<()>,
    engine: Arc<Engine>,
    stop: &Stop,
    name: &'static str,
    run: impl Fn(Arc<Engine>, Stop) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let worker_stop = stop.clone();
    workers
        .spawn(keep_up(name, stop.clone(), move || run(Arc::clone(&engine), worker_stop.clone())));
}

/// Runs a worker until it ends as it was asked to. One that panics is started again.
async fn keep_up<F>(name: &'static str, mut stop: Stop, worker: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut backoff = Backoff::new();
    while tokio::spawn(worker()).await.is_err() {
        error!(worker = name, "a worker panicked; it is started again");
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            () = stop.asked() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_panics_is_started_again() {
        let (stopper, asked) = stop();
        let starts = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&starts);
        keep_up("test", asked, move || {
            let count = Arc::clone(&count);
            async move { assert!(count.fetch_add(1, Ordering::SeqCst) == 2, "not yet") }
        })
        .await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        drop(stopper);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_panics_is_left_alone_once_it_was_asked_to_stop() {
        let (stopper, asked) = stop();
        stopper.ask();
        keep_up("test", asked, || async { panic!("always") }).await;
    }
}
