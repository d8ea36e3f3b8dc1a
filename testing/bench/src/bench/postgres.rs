//! PostgreSQL: one gateway against one transaction a request through a pool, and against no
//! storage. The cluster is a real one, of Debian's package, with its syncs on.

use std::time::Duration;

use anyhow::Result;
use deodar_kit::PostgresCluster;

use super::create::{self, Contender};
use super::part::Plan;
use super::{Bench, ORDERS, Pace};
use crate::goal::{Goal, Row, Unit, Verdict};
use crate::load::Loaded;
use crate::process::Program;
use crate::server::Served;

/// What the cluster is given beside its defaults: room for what is measured, as an operator would.
const CONFIGURATION: &str = "shared_buffers = 512MB\nmax_wal_size = 4GB\n";
/// What the gateway is called among the servers.
const GATEWAY: &str = "deodar, PostgreSQL";

const POOL: Goal =
    Goal::at_least("postgres-pool", "PostgreSQL, order, against a pool", 4.0, Unit::Times);
const CEILING: Goal =
    Goal::at_least("postgres-ceiling", "PostgreSQL, order, against none", 0.35, Unit::Share);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![POOL, CEILING]
}

/// How long it takes.
pub(crate) fn plan(pace: &Pace) -> Plan {
    pace.windows(3).and(Plan::seconds(1, 14))
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("PostgreSQL: loading, starting servers", Duration::from_secs(14));
    let cluster = PostgresCluster::start_with(CONFIGURATION)?;
    let url = cluster.create_database()?;
    let folder = bench.folder("gateway")?;
    let probe = Program::gateway_on(&bench.options.gateway, &folder, &url).start().await;
    let Ok(server) = probe else {
        let why = String::from("no PostgreSQL store in this build");
        let without = |goal| Row::without(goal, Verdict::NotMeasured(why.clone()));
        return Ok(goals().into_iter().map(without).collect());
    };
    server.stop().await?;

    // The probe has made a demo merchant: what is measured has a database of its own.
    let url = cluster.create_database()?;
    bench.load(&folder, Loaded::Postgres, ORDERS, &["--database", &url]).await?;
    let program = Program::gateway_on(&bench.options.gateway, &folder, &url);
    let gateway = Contender::start(bench, GATEWAY, program).await?;

    let nothing = create::baseline(bench, Served::Nothing, "no storage", None).await?;

    let pool_url = cluster.create_database()?;
    let pool_folder = bench.folder("pool")?;
    let told = ["--database", &pool_url];
    bench.load(&pool_folder, Loaded::PostgresPool, ORDERS, &told).await?;
    let program = bench.baseline(Served::PostgresPool, &pool_folder).arguments(told);
    let pool = Contender::start(bench, "PostgreSQL, pool of ten", program).await?;

    let mut contenders = [gateway, nothing, pool];
    create::interleave(bench, "PostgreSQL, create", &mut contenders, 1).await?;
    let [[durable, _], [nothing, _], [pool, _]] = contenders.map(|contender| contender.series);
    Ok(vec![create::rates(POOL, &durable, &pool), create::rates(CEILING, &durable, &nothing)])
}
