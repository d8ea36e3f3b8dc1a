//! The project's own commands: `cargo xtask test`, `cargo xtask lint`, `cargo xtask docs` and
//! `cargo xtask bench`.

mod bench;
mod docs;
mod lint;
mod run;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Install what the tests need, then run them all.
    Test {
        /// Passed on to `cargo test`; with `--package` only that package is tested. With any,
        /// nothing runs a second time on PostgreSQL.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what the tests need, and run nothing.
    Setup,
    /// Check format, lints and documentation, warnings as errors.
    Lint,
    /// Write what the reference takes from the code: diagrams of states, limits, codes.
    Docs,
    /// Measure, and tell which goals of speed are met; the figures go to docs/performance.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match obey(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command) -> Result<()> {
    match command {
        Command::Test { arguments } => test::test(&arguments),
        Command::Setup => tools::install(),
        Command::Lint => lint::lint(),
        Command::Docs => docs::write(),
        Command::Bench(options) => bench::bench(&options),
    }
}
