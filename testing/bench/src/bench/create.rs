//! Making orders and links, durable on SQLite: against no storage, against the bare log, and
//! against one transaction a request through a pool; on this disk and on a slow one.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::measure::Series;
use super::part::Plan;
use super::{Bench, CONNECTIONS, Pace};
use crate::bodies::{Kind, MARK};
use crate::document::document_bytes;
use crate::goal::{Goal, Row, Unit, Verdict};
use crate::load::Loaded;
use crate::merchants::tokens_path;
use crate::process::{Program, Server, SlowDisk, copy_store};
use crate::server::Served;
use crate::stats::Figure;
use crate::wrk::{self, Script};

/// How long a server is asked before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// What the gateway is called among the servers.
pub(crate) const GATEWAY: &str = "deodar, SQLite";

const ORDER: [Goal; 6] = [
    Goal::at_least("order-ceiling", "create order, against no storage", 0.55, Unit::Share)
        .stretch(0.70),
    Goal::at_least("order-log", "create order, against one log", 0.75, Unit::Share),
    Goal::at_least("order-pool", "create order, against a pool", 10.0, Unit::Times),
    Goal::at_most("order-cpu", "CPU of a durable order, against none", 2.2, Unit::Times),
    Goal::at_most("order-bytes", "bytes written, an order's document", 4.0, Unit::Times),
    Goal::at_most("order-p99", "create order, p99 against p50", 5.0, Unit::Times),
];
const LINK: [Goal; 6] = [
    Goal::at_least("link-ceiling", "create link, against no storage", 0.55, Unit::Share)
        .stretch(0.70),
    Goal::at_least("link-log", "create link, against one log", 0.75, Unit::Share),
    Goal::at_least("link-pool", "create link, against a pool", 10.0, Unit::Times),
    Goal::at_most("link-cpu", "CPU of a durable link, against none", 2.2, Unit::Times),
    Goal::at_most("link-bytes", "bytes written, a link's document", 4.0, Unit::Times),
    Goal::at_most("link-p99", "create link, p99 against p50", 5.0, Unit::Times),
];
const SLOW_ORDER: [Goal; 2] = [
    Goal::at_least("slow-order-log", "slow disk, order, against one log", 0.85, Unit::Share),
    Goal::at_least("slow-order-pool", "slow disk, order, against a pool", 25.0, Unit::Times),
];
const SLOW_LINK: [Goal; 2] = [
    Goal::at_least("slow-link-log", "slow disk, link, against one log", 0.85, Unit::Share),
    Goal::at_least("slow-link-pool", "slow disk, link, against a pool", 25.0, Unit::Times),
];

/// What is to be reached on this disk.
pub(crate) fn goals() -> Vec<Goal> {
    [ORDER, LINK].concat()
}

/// What is to be reached on the slow disk.
pub(crate) fn slow_goals() -> Vec<Goal> {
    [SLOW_ORDER, SLOW_LINK].concat()
}

/// How long it takes on this disk.
pub(crate) fn plan(pace: &Pace) -> Plan {
    pace.windows(8).and(Plan::seconds(1, 20))
}

/// How long it takes on the slow disk.
pub(crate) fn slow_plan(pace: &Pace) -> Plan {
    pace.windows(3 * slow_kinds(pace)).and(Plan::seconds(1, 8))
}

/// How many kinds are measured on the slow disk: orders alone in a quick run.
const fn slow_kinds(pace: &Pace) -> usize {
    if pace.is_quick { 1 } else { KINDS.len() }
}

/// A server, and its windows for each kind.
pub(crate) struct Contender {
    name: &'static str,
    server: Server,
    scripts: [Script; 2],
    /// The windows of orders, and those of links.
    pub(crate) series: [Series; 2],
}

const KINDS: [Kind; 2] = [Kind::Order, Kind::Link];

impl Contender {
    /// Starts a server, and asks it a little of each kind.
    pub(crate) async fn start(
        bench: &mut Bench,
        name: &'static str,
        program: Program,
    ) -> Result<Self> {
        let server = program.start().await.with_context(|| name.to_owned())?;
        let [order, link] = KINDS;
        let scripts = [script(order, &server.folder)?, script(link, &server.folder)?];
        for script in &scripts {
            let asked = bench.ask(&server, &server.url, script, CONNECTIONS, WARM_UP).await;
            asked.with_context(|| format!("{name}, before it is measured"))?;
        }
        Ok(Self { name, server, scripts, series: Default::default() })
    }
}

/// The script that makes things of a kind on the server whose files are in `folder`.
pub(crate) fn script(kind: Kind, folder: &Path) -> Result<Script> {
    let body = folder.join(format!("{}.json", kind.name()));
    std::fs::write(&body, kind.body())?;
    let arguments = vec![
        kind.path().to_owned(),
        body.display().to_string(),
        MARK.to_owned(),
        tokens_path(folder).display().to_string(),
    ];
    Script::write(wrk::Kind::Create, folder, arguments)
}

/// Measures the servers in turn, kind by kind, again and again: the first so many kinds.
pub(crate) async fn interleave(
    bench: &mut Bench,
    part: &str,
    contenders: &mut [Contender],
    kinds: usize,
) -> Result<()> {
    for repetition in 1..=bench.pace.repetitions {
        for (index, kind) in KINDS.iter().enumerate().take(kinds) {
            for contender in &mut *contenders {
                let name = contender.name;
                let step = format!("{part} {}, {name}, repetition {repetition}", kind.name());
                let Some(script) = contender.scripts.get(index) else { continue };
                let server = &contender.server;
                let window = bench.window(&step, server, &server.url, script).await;
                let window = window.with_context(|| step.clone())?;
                if let Some(series) = contender.series.get_mut(index) {
                    series.0.push(window);
                }
            }
        }
    }
    for contender in contenders {
        for (kind, series) in KINDS.iter().zip(&contender.series) {
            bench.keep(&format!("{part} {}", kind.name()), contender.name, series);
        }
    }
    Ok(())
}

async fn gateway(bench: &mut Bench, disk: Option<&SlowDisk>) -> Result<Contender> {
    let original = bench.template(Loaded::Sqlite).await?;
    let folder = bench.folder("gateway")?;
    copy_store(&original, &folder)?;
    let program = Program::gateway(&bench.options.gateway, &folder).on(disk);
    Contender::start(bench, GATEWAY, program).await
}

/// A baseline, started on the files that it needs.
pub(crate) async fn baseline(
    bench: &mut Bench,
    served: Served,
    name: &'static str,
    disk: Option<&SlowDisk>,
) -> Result<Contender> {
    let folder = bench.folder("baseline")?;
    if served == Served::Pool {
        copy_store(&bench.template(Loaded::Pool).await?, &folder)?;
    }
    let program = bench.baseline(served, &folder).on(disk);
    Contender::start(bench, name, program).await
}

/// Measures on this disk.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("loading 100,000 orders, starting servers", Duration::from_secs(20));
    let mut contenders = [
        gateway(bench, None).await?,
        baseline(bench, Served::Nothing, "no storage", None).await?,
        baseline(bench, Served::Log, "one log", None).await?,
        baseline(bench, Served::Pool, "pool of ten", None).await?,
    ];
    interleave(bench, "create", &mut contenders, KINDS.len()).await?;
    let [durable, nothing, log, pool] = contenders.map(|contender| contender.series);
    let documents = document_bytes().await?;
    let mut rows = Vec::new();
    let kinds = [ORDER, LINK].into_iter().zip(documents).enumerate();
    for (index, (goals, document)) in kinds {
        let of = |series: &[Series; 2]| series.get(index).cloned().unwrap_or_default();
        let (durable, nothing) = (of(&durable), of(&nothing));
        rows.extend(rows_of(&goals, &durable, &nothing, [&of(&log), &of(&pool)], document));
    }
    Ok(rows)
}

fn rows_of(
    goals: &[Goal; 6],
    durable: &Series,
    nothing: &Series,
    [log, pool]: [&Series; 2],
    document: f64,
) -> [Row; 6] {
    let [ceiling, of_log, of_pool, cpu, bytes, p99] = *goals;
    // What is written without storage is the answer.
    let pairs = durable.0.iter().zip(&nothing.0);
    let written: Vec<f64> =
        pairs.map(|(this, that)| this.written_bytes - that.written_bytes).collect();
    let each_byte = Figure::of(written.iter().copied()).map_or(0.0, |figure| figure.median);
    let spread = durable.each(|window| window.p99_ms / window.p50_ms);
    let each_cpu = [median(durable, |w| w.cpu_us), median(nothing, |w| w.cpu_us)];
    let latency = [median(durable, |w| w.p99_ms), median(durable, |w| w.p50_ms)];
    [
        rates(ceiling, durable, nothing),
        rates(of_log, durable, log),
        rates(of_pool, durable, pool),
        Row::measured(
            cpu,
            durable.against(nothing, |window| window.cpu_us),
            format!("{:.1} µs of {:.1} µs", each_cpu[0], each_cpu[1]),
        ),
        Row::measured(
            bytes,
            written.iter().map(|written| written / document),
            format!("{each_byte:.0} B of {document:.0} B"),
        ),
        Row::measured(p99, spread, format!("{:.2} ms of {:.2} ms", latency[0], latency[1])),
    ]
}

fn median(series: &Series, of: impl Fn(&super::measure::Window) -> f64) -> f64 {
    Figure::of(series.each(of)).map_or(0.0, |figure| figure.median)
}

/// The row of a rate against another.
pub(crate) fn rates(goal: Goal, this: &Series, that: &Series) -> Row {
    let made_of = format!("{:.0}/s of {:.0}/s", this.rate(), that.rate());
    Row::measured(goal, this.against(that, |window| window.rate), made_of)
}

/// Measures on the slow disk.
pub(crate) async fn run_slow(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("the slow disk: starting servers", Duration::from_secs(8));
    let disk = bench.slow_disk()?;
    let mut contenders = [
        gateway(bench, Some(&disk)).await?,
        baseline(bench, Served::Log, "one log", Some(&disk)).await?,
        baseline(bench, Served::Pool, "pool of ten", Some(&disk)).await?,
    ];
    let kinds = slow_kinds(&bench.pace);
    interleave(bench, "slow disk, create", &mut contenders, kinds).await?;
    let [durable, log, pool] = contenders.map(|contender| contender.series);
    let mut rows = Vec::new();
    for (index, [of_log, of_pool]) in [SLOW_ORDER, SLOW_LINK].into_iter().enumerate() {
        if index >= kinds {
            rows.extend([of_log, of_pool].map(|goal| Row::without(goal, Verdict::NotInQuick)));
            continue;
        }
        let of = |series: &[Series; 2]| series.get(index).cloned().unwrap_or_default();
        rows.push(rates(of_log, &of(&durable), &of(&log)));
        rows.push(rates(of_pool, &of(&durable), &of(&pool)));
    }
    Ok(rows)
}
