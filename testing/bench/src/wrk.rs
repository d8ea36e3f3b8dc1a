//! The load generator: `wrk`, as Debian has it, with scripts that write each request.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tokio::process::Command;

/// How many threads it has: on a machine of two cores one alone could be the limit.
const THREADS: u32 = 2;
/// What ends every script.
const DONE: &str = include_str!("../wrk/done.lua");

/// What a script says of the requests that were made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// How many were answered.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) duration_us: u64,
    /// Half of the answers came within this time.
    pub(crate) p50_us: u64,
    /// 99 of 100 answers came within this time.
    pub(crate) p99_us: u64,
    /// How many answers were no success.
    pub(crate) status_errors: u64,
    /// How many connections broke.
    pub(crate) socket_errors: u64,
    /// How many answers came too late.
    pub(crate) timeouts: u64,
}

/// A script, and what it is told.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    path: PathBuf,
    arguments: Vec<String>,
}

/// The scripts that there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Makes orders or links.
    Create,
    /// Reads orders.
    Get,
    /// Reads one address again and again.
    Bare,
    /// Sends one request again and again, as it stands in a file.
    Raw,
}

impl Script {
    /// Puts a script into `folder`.
    pub(crate) fn write(kind: Kind, folder: &Path, arguments: Vec<String>) -> Result<Self> {
        let (name, source) = match kind {
            Kind::Create => ("create.lua", include_str!("../wrk/create.lua")),
            Kind::Get => ("get.lua", include_str!("../wrk/get.lua")),
            Kind::Bare => ("bare.lua", ""),
            Kind::Raw => ("raw.lua", include_str!("../wrk/raw.lua")),
        };
        let path = folder.join(name);
        std::fs::write(&path, format!("{source}{DONE}"))?;
        Ok(Self { path, arguments })
    }

    /// The same with a seed at its end, so that two runs make different references.
    pub(crate) fn with_seed(&self, seed: u64) -> Self {
        let mut script = self.clone();
        script.arguments.push(seed.to_string());
        script
    }
}

/// Asks `url` by `connections` for whole seconds.
pub(crate) async fn run(
    url: &str,
    script: &Script,
    connections: u32,
    duration: Duration,
) -> Result<Told> {
    let threads = THREADS.min(connections);
    let output = Command::new("wrk")
        .arg(format!("-t{threads}"))
        .arg(format!("-c{connections}"))
        .arg(format!("-d{}s", duration.as_secs().max(1)))
        .args(["--latency", "--timeout", "20s", "-s"])
        .arg(&script.path)
        .arg(url)
        .arg("--")
        .args(&script.arguments)
        .kill_on_drop(true)
        .output()
        .await
        .context("wrk could not be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk ended with {}: {text}", output.status);
    parse(&text)
}

/// Reads what the script told, which comes after what wrk tells people.
fn parse(output: &str) -> Result<Told> {
    let line = output.lines().rev().find(|line| line.starts_with('{'));
    let told: Told = match line {
        Some(line) => serde_json::from_str(line).context("what wrk told")?,
        None => bail!("wrk told nothing: {output}"),
    };
    ensure!(told.duration_us > 0 && told.requests > 0, "wrk was not answered: {output}");
    Ok(told)
}

impl Told {
    /// How many requests were answered in a second.
    pub(crate) fn rate(&self) -> f64 {
        as_f64(self.requests) * 1e6 / as_f64(self.duration_us)
    }

    /// Why the figure is worth nothing, where it is.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self { status_errors, socket_errors, timeouts, requests, .. } = self;
        if status_errors + socket_errors + timeouts == 0 {
            return None;
        }
        Some(format!(
            "of {requests} answers {status_errors} were no success, {socket_errors} connections \
             broke and {timeouts} answers came too late"
        ))
    }
}

/// A count as a figure; counts here are far below the 2⁵³ from which that would round.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2⁵³")]
pub(crate) const fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 3s test @ http://127.0.0.1:4711
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.44ms    1.06ms  18.29ms   91.06%
  Latency Distribution
     50%    1.17ms
     99%    5.51ms
  60124 requests in 3.01s, 92.15MB read
Requests/sec:  19974.75
{\"requests\":60124,\"duration_us\":3010000,\"p50_us\":1170,\"p99_us\":5510,\"status_errors\":0,\"socket_errors\":0,\"timeouts\":0}
";

    #[test]
    fn what_the_script_told_is_read() {
        let told = parse(OUTPUT).unwrap();
        assert_eq!((told.requests, told.p50_us, told.p99_us), (60_124, 1_170, 5_510));
        assert!((told.rate() - 19_974.75).abs() < 1.0);
        assert_eq!(told.fault(), None);
    }

    #[test]
    fn whatever_went_wrong_is_a_fault() {
        for name in ["status_errors", "socket_errors", "timeouts"] {
            let output = OUTPUT.replace(&format!("\"{name}\":0"), &format!("\"{name}\":3"));
            let fault = parse(&output).unwrap().fault().unwrap();
            assert!(fault.contains('3'), "{fault}");
        }
    }

    #[test]
    fn no_answer_and_no_words_are_errors() {
        assert!(parse("unable to connect to 127.0.0.1:1 Connection refused").is_err());
        assert!(parse(&OUTPUT.replace("60124", "0")).is_err());
        assert!(parse("{\"requests\":1}").is_err());
    }
}
