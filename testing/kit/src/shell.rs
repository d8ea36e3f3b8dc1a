//! Shell scripts, as a reader of the documentation would run them.

use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::journey::Journey;
use crate::process::{Finished, PROGRAM_TIMEOUT};

impl Journey {
    /// Runs a shell script to its end, with what the merchant knows in its environment: `GATEWAY`,
    /// `MERCHANT_ID`, `ACCESS_CODE`, `CLIENT_ID`, `CLIENT_SECRET`, `SIGNING_KEY` and `BACK`. It ends
    /// at the first line that fails.
    pub async fn sh(&self, script: &str, arguments: &[&str]) -> Result<Finished> {
        let mut child = Command::new("sh")
            .args(["-eu", "-s", "--"])
            .args(arguments)
            .env("GATEWAY", self.gateway.url())
            .env("MERCHANT_ID", &self.keys.merchant_id)
            .env("ACCESS_CODE", &self.keys.access_code)
            .env("CLIENT_ID", &self.keys.client_id)
            .env("CLIENT_SECRET", &self.keys.client_secret)
            .env("SIGNING_KEY", &self.keys.signing_key)
            .env("BACK", self.shop.url("/back"))
            // What is on this machine is not asked for through a proxy.
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("sh does not run")?;
        let mut stdin = child.stdin.take().context("a pipe")?;
        stdin.write_all(script.as_bytes()).await?;
        drop(stdin);
        Finished::of(child, PROGRAM_TIMEOUT).await
    }
}
