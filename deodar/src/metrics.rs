//! Metrics, as Prometheus reads them.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::failure::Failure;

/// Buckets of durations, in seconds: from a quarter of a millisecond to ten seconds.
const SECONDS: [f64; 15] =
    [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Buckets of sizes of batches, in change sets.
const BATCH_SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// How often what the histograms gathered is folded into their buckets.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// Starts to record. It is called once.
pub fn start() -> Result<PrometheusHandle, Failure> {
    let wrong = |error| Failure::Other(anyhow::Error::new(error).context("metrics"));
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix(String::from("_seconds")), &SECONDS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix(String::from("_size")), &BATCH_SIZES)
        })
        .map_err(wrong)?
        .install_recorder()
        .map_err(wrong)
}

/// `GET /metrics`.
pub fn router(handle: PrometheusHandle) -> Router {
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let answer = move || async move { (kind, handle.render()) };
    Router::new().route("/metrics", get(answer))
}

/// Keeps the histograms small between two readings.
pub async fn upkeep(handle: PrometheusHandle) {
    let mut period = tokio::time::interval(UPKEEP_PERIOD);
    loop {
        period.tick().await;
        handle.run_upkeep();
    }
}
