//! Webhooks: an event rendered, written down, signed, sent, and its outcome written down, each
//! durable; against a client that only sends.
//!
//! A store is filled with cancelled orders, each with an event that waits. A gateway that is started
//! on a copy of it tells them all; the rate is that from the first to the last one's arrival.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use deodar_kit::Client;
use hyper::Method;

use super::part::Plan;
use super::{Bench, Pace};
use crate::goal::{Goal, Row, Unit};
use crate::load::Loaded;
use crate::process::{Program, Server, copy_store};
use crate::stats::Figure;
use crate::webhook::{Sample, Seen};
use crate::wrk::as_f64;

/// How many webhooks a repetition has.
const WEBHOOKS: u64 = 60_000;
const WEBHOOKS_QUICK: u64 = 20_000;
/// How long a repetition may take.
const TIMEOUT: Duration = Duration::from_mins(3);
/// How often the receiver is asked.
const PERIOD: Duration = Duration::from_millis(100);

const RATE: Goal =
    Goal::at_least("webhooks", "webhooks, state durable, against a bare client", 0.50, Unit::Share);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![RATE]
}

/// How long it takes.
pub(crate) fn plan(pace: &Pace) -> Plan {
    let seconds = if pace.is_quick { 10 } else { 60 };
    Plan::seconds(1 + pace.repetitions * 2, seconds)
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = if bench.pace.is_quick { WEBHOOKS_QUICK } else { WEBHOOKS };
    let plan = plan(&bench.pace);
    let steps = u32::try_from(plan.steps).unwrap_or(u32::MAX);
    bench.progress.step("webhooks: loading events", plan.takes / steps);
    let receiver_folder = bench.folder("receiver")?;
    let receiver = bench.receiver(&receiver_folder).start().await?;
    let original = bench.folder("events")?;
    let url = format!("{}/hook", receiver.url);
    bench.load(&original, Loaded::Sqlite, count, &["--webhooks", &url]).await?;

    let (mut durable, mut bare) = (Vec::new(), Vec::new());
    for repetition in 1..=bench.pace.repetitions {
        let step = format!("webhooks, durable, repetition {repetition}");
        bench.progress.step(&step, plan.takes / steps);
        durable.push(tell_all(bench, &original, &receiver, count).await?);
        let step = format!("webhooks, a bare client, repetition {repetition}");
        bench.progress.step(&step, plan.takes / steps);
        begin_anew(&receiver).await?;
        let folder = bench.folder("sender")?;
        bench.sender(&folder, &receiver.url, count).run(|_| ()).await?;
        bare.push(rate(seen(&receiver).await?, count)?);
    }
    let sample = Client::new(&receiver.url).get("/sample").await?;
    let sample: Sample = serde_json::from_str(&sample.body)?;
    let rates = durable.iter().zip(&bare).map(|(durable, bare)| durable / bare);
    let middle = |values: &[f64]| Figure::of(values.iter().copied()).map_or(0.0, |of| of.median);
    let made_of =
        format!("{:.0}/s of {:.0}/s, {} B each", middle(&durable), middle(&bare), sample.bytes());
    Ok(vec![Row::measured(RATE, rates, made_of)])
}

/// Has a gateway tell every event of a copy of `original`, and gives the rate.
async fn tell_all(
    bench: &mut Bench,
    original: &Path,
    receiver: &Server,
    count: u64,
) -> Result<f64> {
    let folder = bench.folder("gateway")?;
    copy_store(original, &folder)?;
    begin_anew(receiver).await?;
    let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
    let seen = until(receiver, count).await?;
    gateway.stop().await?;
    std::fs::remove_dir_all(&folder)?;
    rate(seen, count)
}

/// Waits until the receiver has seen so many.
pub(crate) async fn until(receiver: &Server, count: u64) -> Result<Seen> {
    let begun = Instant::now();
    let mut period = tokio::time::interval(PERIOD);
    loop {
        period.tick().await;
        let seen = seen(receiver).await?;
        if seen.count >= count {
            return Ok(seen);
        }
        ensure!(begun.elapsed() < TIMEOUT, "{} of {count} webhooks came in time", seen.count);
    }
}

/// What the receiver has seen.
pub(crate) async fn seen(receiver: &Server) -> Result<Seen> {
    let answer = Client::new(&receiver.url).get("/seen").await?;
    serde_json::from_str(&answer.body).context("what the receiver has seen")
}

/// Has the receiver count from nothing again.
pub(crate) async fn begin_anew(receiver: &Server) -> Result<()> {
    let answer = Client::new(&receiver.url).send(Method::POST, "/anew", &[], "").await?;
    ensure!(answer.status == 200, "the receiver answered {}", answer.status);
    Ok(())
}

fn rate(seen: Seen, expected: u64) -> Result<f64> {
    ensure!(seen.count == expected, "{} webhooks came, and not {expected}", seen.count);
    Ok(as_f64(seen.count) * 1e6 / as_f64(seen.span_us))
}
