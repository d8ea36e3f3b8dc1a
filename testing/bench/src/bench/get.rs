//! Reading an order by its id, against a route that answers as many bytes without looking anywhere.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::Client;
use hyper::Method;

use super::measure::Series;
use super::part::Plan;
use super::{Bench, CONNECTIONS, Pace, create};
use crate::goal::{Goal, Row, Unit};
use crate::load::{IDS, Loaded};
use crate::merchants::tokens_path;
use crate::process::{Program, Server, copy_store};
use crate::server::{BARE_PATH, Served};
use crate::wrk::{self, Script};

/// How many orders are read, spread over all that there are.
const SPREAD: usize = 20_000;
/// How many orders are read where a bounded cache may have them all.
const HOT: usize = 1_000;
/// How long each is asked before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// What the load is called in the report.
const PART: &str = "get order";

const OF_SPREAD: Goal =
    Goal::at_least("get-spread", "GET one of 20,000 orders, against a bare GET", 0.35, Unit::Share);
const OF_HOT: Goal =
    Goal::at_least("get-hot", "GET one of 1,000 orders, against a bare GET", 0.50, Unit::Share);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![OF_SPREAD, OF_HOT]
}

/// How long it takes.
pub(crate) fn plan(pace: &Pace) -> Plan {
    pace.windows(3).and(Plan::seconds(1, 4))
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("get order: starting servers", Duration::from_secs(4));
    let folder = bench.folder("gateway")?;
    copy_store(&bench.template(Loaded::Sqlite).await?, &folder)?;
    let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
    let body = sample(&gateway).await?;
    let bare_folder = bench.folder("bare")?;
    let bare_body = bare_folder.join("body.json");
    std::fs::write(&bare_body, &body)?;
    let bare = bench.baseline(Served::Nothing, &bare_folder);
    let bare = bare.argument("--bare-body").argument(bare_body).start().await?;
    let bare_url = format!("{}{BARE_PATH}", bare.url);

    let asked = [
        (&bare, bare_url.as_str(), Script::write(wrk::Kind::Bare, &bare_folder, Vec::new())?),
        (&gateway, gateway.url.as_str(), script(&gateway, "spread", SPREAD)?),
        (&gateway, gateway.url.as_str(), script(&gateway, "hot", HOT)?),
    ];
    for (server, url, script) in &asked {
        bench.ask(server, url, script, CONNECTIONS, WARM_UP).await?;
    }
    let mut series: [Series; 3] = Default::default();
    for repetition in 1..=bench.pace.repetitions {
        for ((server, url, script), series) in asked.iter().zip(&mut series) {
            let step = format!("{PART}, repetition {repetition}");
            series.0.push(bench.window(&step, server, url, script).await?);
        }
    }
    let [bare, spread, hot] = &series;
    bench.keep(PART, "a bare GET", bare);
    bench.keep(PART, "deodar, 20,000 orders", spread);
    bench.keep(PART, "deodar, 1,000 orders", hot);
    Ok(vec![create::rates(OF_SPREAD, spread, bare), create::rates(OF_HOT, hot, bare)])
}

fn script(gateway: &Server, name: &str, count: usize) -> Result<Script> {
    let folder = gateway.folder.join(name);
    std::fs::create_dir(&folder)?;
    let tokens = tokens_path(&gateway.folder).display().to_string();
    let ids = gateway.folder.join(IDS).display().to_string();
    Script::write(wrk::Kind::Get, &folder, vec![tokens, ids, count.to_string()])
}

/// What the gateway answers for one of its orders.
async fn sample(gateway: &Server) -> Result<String> {
    let tokens = std::fs::read_to_string(tokens_path(&gateway.folder))?;
    let ids = std::fs::read_to_string(gateway.folder.join(IDS))?;
    let (place, id) = ids.lines().next().and_then(|line| line.split_once(' ')).context("an id")?;
    let token = place.parse::<usize>()?.checked_sub(1).and_then(|nth| tokens.lines().nth(nth));
    let bearer = format!("Bearer {}", token.context("a token")?);
    let path = format!("/api/pay/v1/orders/{id}");
    let headers = [("authorization", bearer.as_str())];
    let answer = Client::new(&gateway.url).send(Method::GET, &path, &headers, "").await?;
    ensure!(answer.status == 200, "{path} answered {}", answer.status);
    Ok(answer.body)
}
