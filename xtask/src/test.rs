//! `cargo xtask test`

use anyhow::Result;

use crate::run::{cargo, run, say};
use crate::tools;

/// Installs what the tests need, then runs them.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    tools::install()?;
    let names_package = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    let mut command = cargo();
    command.arg("test").arg("--locked");
    if !names_package {
        command.arg("--workspace");
    }
    say("the first build takes some minutes");
    run(command.args(arguments))
}
