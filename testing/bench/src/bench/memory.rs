//! What a gateway at rest holds in memory.

use std::time::Duration;

use anyhow::Result;

use super::part::Plan;
use super::{Bench, Pace};
use crate::goal::{Goal, Row, Unit};
use crate::load::Loaded;
use crate::process::{Program, copy_store};
use crate::usage::anonymous_mebibytes;

/// How often it is started.
const STARTS: usize = 3;
/// How long it rests before it is looked at.
const REST: Duration = Duration::from_secs(1);

const AT_REST: Goal =
    Goal::at_most("memory-rest", "memory (RssAnon) at rest", 40.0, Unit::Mebibytes);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![AT_REST]
}

/// How long it takes.
pub(crate) fn plan(_pace: &Pace) -> Plan {
    Plan::seconds(1, 3)
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("memory at rest", Duration::from_secs(3));
    let folder = bench.folder("gateway")?;
    copy_store(&bench.template(Loaded::Sqlite).await?, &folder)?;
    let mut values = Vec::new();
    for _ in 0..STARTS {
        let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
        tokio::time::sleep(REST).await;
        values.push(anonymous_mebibytes(gateway.id)?);
        gateway.stop().await?;
    }
    Ok(vec![Row::measured(AT_REST, values, "100,000 orders, 1,000 merchants")])
}
