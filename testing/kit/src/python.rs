//! Python programs of `testing/python`, in the environment that `cargo xtask test` makes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::process::{Finished, PROGRAM_TIMEOUT};
use crate::tools::{ADVICE, repository};

/// The Python environment of the tests.
pub struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// Finds it.
    pub fn find() -> Result<Self> {
        let environment = repository().join("target/python");
        let complete = environment.join("installed.txt").exists();
        ensure!(complete, "there is no Python environment in target/python: {ADVICE}");
        Ok(Self { interpreter: environment.join("bin/python") })
    }

    pub(crate) fn interpreter(&self) -> &Path {
        &self.interpreter
    }

    /// Where a program of `testing/python` is.
    pub(crate) fn program(name: &str) -> PathBuf {
        repository().join("testing/python").join(name)
    }

    /// Runs a program of `testing/python` to its end, with `input` on its stdin.
    pub async fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Result<Finished> {
        let mut child = Command::new(&self.interpreter)
            .arg(Self::program(program))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not run: {ADVICE}", self.interpreter.display()))?;
        let mut stdin = child.stdin.take().context("a pipe")?;
        stdin.write_all(input).await?;
        drop(stdin);
        Finished::of(child, PROGRAM_TIMEOUT).await
    }
}
