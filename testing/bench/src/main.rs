//! The benchmark: `cargo xtask bench` builds this program and the gateway, and starts it.
//!
//! One process runs the measurements; baselines, the loader and what stands at the other end of
//! webhooks are the same program in processes of their own, so that what each uses can be told
//! apart.

#![expect(clippy::float_arithmetic, reason = "figures are measured, not money")]

mod baseline;
mod bench;
mod bodies;
mod document;
mod goal;
mod load;
mod merchants;
mod output;
mod process;
mod progress;
mod report;
mod server;
mod stats;
mod usage;
mod webhook;
mod wrk;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The benchmark's program.
#[derive(Debug, Parser)]
#[command(name = "deodar-bench")]
enum Command {
    /// Measure, and tell which goals are met.
    Run(bench::Options),
    /// Serve a baseline.
    Serve(server::Serve),
    /// Fill a store.
    Load(load::Load),
    /// Receive webhooks.
    Receive,
    /// Send webhooks and nothing else.
    Send(webhook::Send),
}

#[tokio::main]
async fn main() -> ExitCode {
    match obey(Command::parse()).await {
        Ok(code) => code,
        Err(error) => {
            output::say(&format!("bench: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> Result<ExitCode> {
    match command {
        Command::Run(options) => return bench::bench(options).await,
        Command::Serve(serve) => server::serve(serve).await?,
        Command::Load(load) => load::load(load).await?,
        Command::Receive => webhook::receive().await?,
        Command::Send(send) => webhook::send(send).await?,
    }
    Ok(ExitCode::SUCCESS)
}
