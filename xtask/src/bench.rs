//! `cargo xtask bench`: installs the load generator and the database, builds the gateway and the
//! benchmark, and becomes the benchmark.
//!
//! What measures is a program of its own, `testing/bench`, so that this one stays quick to build.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::run::{cargo, output, root, run, say};
use crate::tools;

/// What can be asked of the benchmark.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Be done in three minutes after the build: short windows, and no growth.
    #[arg(long)]
    quick: bool,
    /// Run the parts whose names contain this, or that have a goal of this name, and no others; it
    /// may be given again.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Tell the parts and their goals, and run nothing.
    #[arg(long)]
    list: bool,
    /// Measure localstripe, `LNbits` and Prism too, which are installed for it.
    #[arg(long)]
    peers: bool,
    /// How much longer a sync of the slow disk takes, as 2ms or 500us; 0ms for no slow disk.
    #[arg(long, value_name = "TIME", default_value = "2ms")]
    sync_delay: String,
    /// What is built: `dist` is what is released, `release` is built quicker and runs slower.
    #[arg(long, value_name = "PROFILE", default_value = "dist")]
    profile: String,
    /// Where the figures and the chart are written.
    #[arg(long, value_name = "FOLDER", default_value = "docs/performance")]
    output: PathBuf,
}

impl Options {
    /// What the benchmark is told.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![String::from("--sync-delay"), self.sync_delay.clone()];
        for (is_given, flag) in
            [(self.quick, "--quick"), (self.list, "--list"), (self.peers, "--peers")]
        {
            if is_given {
                arguments.push(flag.to_owned());
            }
        }
        for name in &self.only {
            arguments.extend([String::from("--only"), name.clone()]);
        }
        arguments
    }
}

/// Measures; this does not return where it could begin.
pub(crate) fn bench(options: &Options) -> Result<()> {
    // A list needs nothing that is measured, nor what is built for that.
    let profile = if options.list { "dev" } else { options.profile.as_str() };
    if !options.list {
        tools::install_for_bench()?;
        say("building; with link-time optimisation of everything this takes some minutes");
    }
    run(cargo().args(["build", "--locked", "--profile", profile]).args([
        "--package",
        "deodar",
        "--package",
        "deodar-bench",
    ]))?;
    let built = target_directory()?.join(folder_of(profile));
    let error = Command::new(built.join("deodar-bench"))
        .current_dir(root())
        .arg("run")
        .arg("--gateway")
        .arg(built.join("deodar"))
        .arg("--folder")
        .arg(root().join("target/bench"))
        .arg("--output")
        .arg(root().join(&options.output))
        .args(options.arguments())
        // The database's cluster is made here: where the system's own temporary folder is memory,
        // its syncs would cost nothing.
        .env("TMPDIR", "/var/tmp")
        // The benchmark takes this process's place, so that an interrupt reaches it alone and its
        // exit code is this command's.
        .exec();
    Err(error).context("the benchmark could not be started")
}

/// The folder of a profile; that of `dev` has an older name.
fn folder_of(profile: &str) -> &str {
    if profile == "dev" { "debug" } else { profile }
}

/// Where cargo puts what it builds.
fn target_directory() -> Result<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    match target_directory_in(&metadata) {
        Some(path) => Ok(PathBuf::from(path)),
        None => bail!("cargo does not tell where it builds"),
    }
}

/// The one field that is needed of what `cargo metadata` tells.
fn target_directory_in(metadata: &str) -> Option<&str> {
    let (_, rest) = metadata.split_once("\"target_directory\":\"")?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_directory_is_found() {
        let metadata = r#"{"packages":[],"target_directory":"/tmp/built","version":1}"#;
        assert_eq!(target_directory_in(metadata), Some("/tmp/built"));
        assert_eq!(target_directory_in("{}"), None);
        assert!(target_directory().is_ok());
    }

    #[test]
    fn what_is_asked_is_handed_on() {
        let options = Options {
            quick: true,
            only: vec![String::from("create"), String::from("get")],
            list: false,
            peers: true,
            sync_delay: String::from("500us"),
            profile: String::from("release"),
            output: PathBuf::from("docs/performance"),
        };
        let expected =
            ["--sync-delay", "500us", "--quick", "--peers", "--only", "create", "--only", "get"];
        assert_eq!(options.arguments(), expected);
        assert_eq!((folder_of("dist"), folder_of("dev")), ("dist", "debug"));
    }
}
