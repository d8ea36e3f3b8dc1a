//! The program: it parses the command line, runs the command and tells how it ended.

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use deodar::cli::Cli;
use deodar::failure::Failure;
use deodar::terminal;
use rustix::process::{Resource, Rlimit, setrlimit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misread(&error),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::tell(&format!("deodar: {}", failure.line()));
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    forbid_core_dumps()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::Other(error.into()))?.block_on(deodar::run(cli))
}

/// A core dump would write card numbers and keys to the disk.
fn forbid_core_dumps() -> Result<(), Failure> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| {
        Failure::Other(anyhow::Error::new(error).context("core dumps cannot be turned off"))
    })
}

/// Help and version are what was asked for; anything else is told in one line.
fn misread(error: &clap::Error) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let text = error.render().to_string();
    if asked_for {
        let _ = error.print();
        return if error.exit_code() == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let first = text.split("\n\n").next().unwrap_or_default();
    let failure = Failure::setup(first.trim_start_matches("error: "));
    terminal::tell(&format!("deodar: {} (see --help)", failure.line()));
    failure.exit_code()
}
