//! `cargo xtask test`

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, say};
use crate::tools;

/// Installs what the tests need, then runs them; those of whatever stands on a store once more on
/// PostgreSQL, where none are named.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    tools::install()?;
    let names_package = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    let mut command = cargo_test();
    if !names_package {
        command.arg("--workspace");
    }
    say("the first build takes some minutes");
    run(command.args(arguments))?;
    if arguments.is_empty() { run(&mut on_postgres()) } else { Ok(()) }
}

/// Whether errors tell where they came from; see `std::backtrace`.
const BACKTRACE: &str = "RUST_LIB_BACKTRACE";

fn cargo_test() -> Command {
    let mut command = cargo();
    command.args(["test", "--locked"]);
    // An error of a test says what is wrong; the fifty lines of its way through the runtime, which
    // follow where panics are traced, only hide that. Panics are still traced.
    if std::env::var_os(BACKTRACE).is_none() {
        command.env(BACKTRACE, "0");
    }
    command
}

/// What runs a second time, on PostgreSQL in place of memory and SQLite.
const ON_POSTGRES: [(&str, &[&str]); 5] = [
    ("deodar-api", &["api"]),
    ("deodar-courier", &["courier"]),
    ("deodar-engine", &["engine"]),
    ("deodar-pages", &["challenge", "checkout", "details", "link_page", "methods", "paying"]),
    (
        "deodar",
        &[
            "crash_in_payment",
            "curl",
            "endpoint",
            "journey_card",
            "legacy",
            "links_that_ended",
            "logs",
            "merchant_rotate",
            "merchant_set",
            "outside_the_sandbox",
            "sdk",
            "webhooks",
        ],
    ),
];

/// What goes through hundreds of courses of a payment, each on a store of its own and in an order
/// that only a store in memory keeps to.
const IN_MEMORY_ONLY: [&str; 4] = [
    "crashes::",
    "crashes_of_orders::",
    "races::",
    "a_password_that_comes_as_the_merchant_cancels_is_not_called_right",
];

fn on_postgres() -> Command {
    say("the same once more, on PostgreSQL");
    let mut command = cargo_test();
    command.env("DEODAR_TEST_DATABASE", "postgres");
    for (package, tests) in ON_POSTGRES {
        command.args(["--package", package]);
        command.args(tests.iter().flat_map(|test| ["--test", test]));
    }
    command.arg("--");
    command.args(IN_MEMORY_ONLY.iter().flat_map(|name| ["--skip", name]));
    command
}
