//! Programs that run beside the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use hyper::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::tools::{free_port, wait_until};

/// How long a program may take to start, on a machine that is busy.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// How long a command may take, and a server until it has ended.
const END_TIMEOUT: Duration = Duration::from_mins(2);
/// How long a program or a script may take that goes through whole payments by itself.
pub(crate) const PROGRAM_TIMEOUT: Duration = Duration::from_mins(10);

/// A program that ran to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it told.
    pub stderr: String,
}

impl Finished {
    pub(crate) async fn of(child: Child, at_most: Duration) -> Result<Self> {
        let output = tokio::time::timeout(at_most, child.wait_with_output())
            .await
            .with_context(|| format!("the program did not end within {at_most:?}"))??;
        Ok(Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// A command in a folder, with an environment of its own.
pub(crate) fn command(
    binary: &Path,
    folder: &Path,
    arguments: &[String],
    environment: &[(String, String)],
) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(folder).args(arguments).env_clear().kill_on_drop(true);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(environment.iter().map(|(key, value)| (key, value)));
    command
}

/// Runs a program to its end.
pub async fn run(
    binary: &Path,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<Finished> {
    let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let environment: Vec<_> =
        environment.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    let child = command(binary, folder, &arguments, &environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| binary.display().to_string())?;
    Finished::of(child, END_TIMEOUT).await
}

/// A server that runs until the test ends it. It is killed when it is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    /// What it printed on stdout when it was ready.
    pub ready: Value,
}

impl Process {
    /// Starts a server that prints one JSON object on stdout when it is ready; what it tells goes
    /// to the end of `log`.
    pub(crate) async fn start(mut command: Command, log: &Path) -> Result<Self> {
        let stderr = File::options().create(true).append(true).open(log)?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .context("the server does not start")?;
        let stdout = child.stdout.take().context("a pipe")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START_TIMEOUT, lines.next_line())
            .await
            .context("the server is not ready in time")??;
        let log = log.to_owned();
        let Some(line) = line else {
            let status = child.wait().await?;
            let told = std::fs::read_to_string(&log)?;
            bail!("the server ended before it was ready: {status}\n{told}");
        };
        // A pipe that nobody reads would stop the server once it is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let ready = serde_json::from_str(&line).context("one JSON object when it is ready")?;
        Ok(Self { child, log, ready })
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap_or_default()
    }

    /// Waits until `GET path` answers 200.
    pub(crate) async fn wait_healthy(&self, path: &str) -> Result<()> {
        let client = Client::new(self.url());
        wait_until("the server's health", START_TIMEOUT, async || {
            client.get(path).await.ok().filter(|answer| answer.status == 200)
        })
        .await?;
        Ok(())
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.start_kill().context("SIGKILL")?;
        self.child.wait().await?;
        Ok(())
    }

    /// Asks it to end as an operator does, and tells its exit code.
    pub async fn terminate(&mut self) -> Result<Option<i32>> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.context("it has ended before")?, Signal::TERM)?;
        let status = tokio::time::timeout(END_TIMEOUT, self.child.wait())
            .await
            .context("the server does not end")??;
        Ok(status.code())
    }

    /// What it told so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }
}

/// The sandbox's bank in a process of its own.
pub struct SimulatorProcess {
    binary: PathBuf,
    folder: PathBuf,
    listen: String,
    process: Process,
}

impl SimulatorProcess {
    /// What the bank and its gateways prove themselves by.
    pub const SECRET: &str = "a-secret-of-the-tests-alone";

    /// Starts it; its books are in `folder`.
    pub async fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let process = Self::spawn(binary, folder, &listen).await?;
        Ok(Self { binary: binary.to_owned(), folder: folder.to_owned(), listen, process })
    }

    async fn spawn(binary: &Path, folder: &Path, listen: &str) -> Result<Process> {
        let arguments = ["simulator", "--json", "--listen", listen, "--books", "bank.db"];
        let arguments = arguments.map(str::to_owned);
        let environment = [(String::from("DEODAR_SIMULATOR_SECRET"), String::from(Self::SECRET))];
        let command = command(binary, folder, &arguments, &environment);
        Process::start(command, &folder.join("bank.log")).await
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.process.url()
    }

    /// Makes the bank slow: how long its answers are held back once it has decided, and how long
    /// those to the question how a payment stands, in milliseconds.
    pub async fn hold_back(&self, answer_delay_ms: u64, status_delay_ms: u64) -> Result<()> {
        let body =
            json!({ "answer_delay_ms": answer_delay_ms, "status_delay_ms": status_delay_ms });
        let secret = format!("Bearer {}", Self::SECRET);
        let headers = [("authorization", secret.as_str()), ("content-type", "application/json")];
        let client = Client::new(self.url());
        let path = "/simulator/rpc/faults";
        let answer = client.send(Method::POST, path, &headers, body.to_string()).await?;
        ensure!(answer.status == StatusCode::OK, "the bank answered {answer:?}");
        Ok(())
    }

    /// Ends it as `kill -9` does.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Starts it again on the same books and port.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = Self::spawn(&self.binary, &self.folder, &self.listen).await?;
        Ok(())
    }
}
