//! Growth: what becomes of rate, latency, memory and start when a store grows from 100,000 to
//! 10,000,000 orders.
//!
//! The load goes through the engine and the store's own commit path, with references in no order.
//! The two sides cannot be interleaved, so that a machine whose speed changes in the meantime shows
//! in the figure; a baseline without storage is measured on both sides, and what it changed by is
//! told beside it.

use std::time::Duration;

use anyhow::Result;

use super::create::{self, GATEWAY};
use super::measure::Series;
use super::part::Plan;
use super::{Bench, ORDERS, Pace};
use crate::bodies::Kind;
use crate::goal::{Goal, Row, Unit};
use crate::load::Loaded;
use crate::process::{Program, Server, copy_store};
use crate::server::Served;
use crate::usage::anonymous_mebibytes;

/// How many orders there are afterwards.
const GROWN: u64 = 10_000_000;
/// How often the grown store is started.
const STARTS: usize = 3;
/// How long the load may take, as it is thought.
const LOAD_SECONDS: u64 = 480;
/// How many windows there are on each side, at least.
const WINDOWS: usize = 3;

const RATE: Goal =
    Goal::at_least("growth-rate", "rate kept at 10,000,000 orders", 0.70, Unit::Share)
        .stretch(0.80);
const P99: Goal =
    Goal::at_most("growth-p99", "p99 at 10,000,000 orders, against before", 3.0, Unit::Times);
const MEMORY: Goal = Goal::at_most(
    "growth-memory",
    "memory (RssAnon) with 10,000,000 orders",
    200.0,
    Unit::Mebibytes,
);
const START: Goal =
    Goal::at_most("growth-start", "start with 10,000,000 orders", 0.5, Unit::Seconds);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![RATE, P99, MEMORY, START]
}

/// How long it takes.
pub(crate) fn plan(pace: &Pace) -> Plan {
    if pace.is_quick {
        return Plan::default();
    }
    let windows = u64::try_from(4 * WINDOWS).unwrap_or(0) * pace.window.as_secs();
    Plan::seconds(4 * WINDOWS + 2, windows + LOAD_SECONDS + 20)
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let folder = bench.folder("gateway")?;
    copy_store(&bench.template(Loaded::Sqlite).await?, &folder)?;
    let nothing_folder = bench.folder("baseline")?;
    let nothing = bench.baseline(Served::Nothing, &nothing_folder).start().await?;

    let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
    let ([before, nothing_before], _) = windows(bench, "before", &gateway, &nothing).await?;
    gateway.stop().await?;

    bench.progress.step("growth: 9,900,000 more orders", Duration::from_secs(LOAD_SECONDS));
    bench.load(&folder, Loaded::Sqlite, GROWN - ORDERS, &[]).await?;

    bench.progress.step("growth: starts", Duration::from_secs(20));
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
        starts.push(gateway.took.as_secs_f64());
        gateway.stop().await?;
    }
    let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
    // Memory is looked at after each window: at rest nothing waits to be merged.
    let ([after, nothing_after], memory) = windows(bench, "after", &gateway, &nothing).await?;

    bench.keep("growth, before", GATEWAY, &before);
    bench.keep("growth, after", GATEWAY, &after);
    let drift = nothing_after.rate() / nothing_before.rate();
    let rates = format!(
        "{:.0}/s of {:.0}/s; no storage kept {:.0} %",
        after.rate(),
        before.rate(),
        drift * 100.0
    );
    Ok(vec![
        Row::measured(RATE, after.against(&before, |window| window.rate), rates),
        Row::measured(P99, after.against(&before, |window| window.p99_ms), ""),
        Row::measured(MEMORY, memory, "after each window of load"),
        Row::measured(START, starts, "until it listens"),
    ])
}

/// The windows of a side, and the gateway's memory after each.
async fn windows(
    bench: &mut Bench,
    side: &str,
    gateway: &Server,
    nothing: &Server,
) -> Result<([Series; 2], Vec<f64>)> {
    let mut series: [Series; 2] = Default::default();
    let mut memory = Vec::new();
    let scripts = [gateway, nothing].map(|server| create::script(Kind::Order, &server.folder));
    let [of_gateway, of_nothing] = scripts;
    let asked = [(gateway, of_gateway?), (nothing, of_nothing?)];
    for window in 1..=WINDOWS {
        for ((server, script), series) in asked.iter().zip(&mut series) {
            let step = format!("growth, {side}, window {window}");
            series.0.push(bench.window(&step, server, &server.url, script).await?);
        }
        memory.push(anonymous_mebibytes(gateway.id)?);
    }
    Ok((series, memory))
}
