//! A whole payment: the link is made, the page opened, the card given, the bank asks for its
//! password and is given it, the payer comes back, the money is captured, and the webhooks of both
//! arrive. Driven over HTTP, as a merchant's server and a browser without scripts would; what is
//! counted is the gateway's own time of the processor, against that of a durable "create".
//!
//! The bank is a process of its own, as a real one is: asking it costs the gateway its calls, and
//! what the bank does itself is not the gateway's.

mod payer;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::{Api, Keys};
use tokio::task::JoinSet;

use super::part::Plan;
use super::webhooks::{begin_anew, seen, until};
use super::{Bench, Pace, create};
use crate::bodies::Kind;
use crate::goal::{Goal, Row, Unit};
use crate::load::{Loaded, database};
use crate::merchants::master_key_hex;
use crate::process::{Program, Server, copy_store};
use crate::stats::Figure;
use crate::usage::Usage;
use crate::wrk::as_f64;
use payer::Payer;

/// How many payments a repetition has.
const PAYMENTS: u64 = 1_600;
const PAYMENTS_QUICK: u64 = 192;
/// How many are made at once.
const AT_ONCE: u64 = 32;
/// How many webhooks a payment causes: that it is authorised, and that it is processed.
const WEBHOOKS_EACH: u64 = 2;
/// What the bank and the gateway prove themselves by.
const SECRET: &str = "a-secret-of-the-benchmark-alone";

const CPU: Goal =
    Goal::at_most("payment-cpu", "CPU of a whole payment, against a create", 20.0, Unit::Times);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![CPU]
}

/// How long it takes.
pub(crate) fn plan(pace: &Pace) -> Plan {
    let payments = if pace.is_quick { 1 } else { 5 };
    let payments = Plan::seconds(pace.repetitions, payments * as_u64(pace.repetitions));
    pace.windows(1).and(payments).and(Plan::seconds(1, 2))
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Measures.
pub(crate) async fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    bench.progress.step("payment: starting servers", Duration::from_secs(2));
    let receiver_folder = bench.folder("receiver")?;
    let receiver = bench.receiver(&receiver_folder).start().await?;
    let bank_folder = bench.folder("bank")?;
    let bank = Program::new(&bench.options.gateway, &bank_folder)
        .arguments(["simulator", "--json", "--listen", "127.0.0.1:0", "--books", "bank.db"])
        .environment("DEODAR_SIMULATOR_SECRET", SECRET)
        .start()
        .await?;
    let folder = bench.folder("gateway")?;
    copy_store(&bench.template(Loaded::Sqlite).await?, &folder)?;
    let keys = shop(bench, &folder, &format!("{}/hook", receiver.url)).await?;
    let gateway = Program::gateway(&bench.options.gateway, &folder)
        .arguments(["--simulator", &bank.url])
        .environment("DEODAR_SIMULATOR_SECRET", SECRET)
        .start()
        .await?;
    let script = create::script(Kind::Order, &gateway.folder)?;
    let api = Api::log_in(&gateway.url, &keys).await?;

    let payments = if bench.pace.is_quick { PAYMENTS_QUICK } else { PAYMENTS };
    pay(&gateway, &receiver, api.token(), AT_ONCE).await?;
    let (mut paid, mut created) = (Vec::new(), Vec::new());
    for repetition in 1..=bench.pace.repetitions {
        let step = format!("payment, repetition {repetition}: creates");
        created.push(bench.window(&step, &gateway, &gateway.url, &script).await?.cpu_us);
        let takes = if bench.pace.is_quick { 1 } else { 5 };
        let step = format!("payment, repetition {repetition}: payments");
        bench.progress.step(&step, Duration::from_secs(takes));
        paid.push(pay(&gateway, &receiver, api.token(), payments).await?);
    }
    let ratios = paid.iter().zip(&created).map(|(paid, created)| paid / created);
    let middle = |values: &[f64]| Figure::of(values.iter().copied()).map_or(0.0, |of| of.median);
    let made_of = format!("{:.0} µs of {:.1} µs", middle(&paid), middle(&created));
    Ok(vec![Row::measured(CPU, ratios, made_of)])
}

/// Makes a merchant whose webhooks go to the receiver, by the command line.
async fn shop(bench: &Bench, folder: &std::path::Path, webhook_url: &str) -> Result<Keys> {
    let mut told = String::new();
    let database_url = format!("sqlite:{}", database(folder).display());
    Program::new(&bench.options.gateway, folder)
        .arguments(["merchant", "create", "--json", "--name", "Cedar Books"])
        .arguments(["--webhook-url", webhook_url, "--database", &database_url])
        .environment("DEODAR_MASTER_KEY", &master_key_hex())
        .run(|line| line.clone_into(&mut told))
        .await?;
    Keys::from_json(&serde_json::from_str(&told).context("the keys of a merchant")?)
}

/// Makes so many payments, and gives the microseconds of the gateway's processor for each.
async fn pay(gateway: &Server, receiver: &Server, token: &str, count: u64) -> Result<f64> {
    begin_anew(receiver).await?;
    let before = Usage::of(gateway.id)?;
    let mut tasks = JoinSet::new();
    for payer in 0..AT_ONCE {
        let share = count / AT_ONCE + u64::from(payer < count % AT_ONCE);
        let payer = Payer::new(&gateway.url, token);
        tasks.spawn(async move {
            for _ in 0..share {
                payer.pay().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    until(receiver, count * WEBHOOKS_EACH).await?;
    let cpu_us = Usage::of(gateway.id)?.cpu_us_since(&before);
    let came = seen(receiver).await?.count;
    ensure!(came == count * WEBHOOKS_EACH, "{came} webhooks came of {count} payments");
    Ok(cpu_us / as_f64(count))
}
