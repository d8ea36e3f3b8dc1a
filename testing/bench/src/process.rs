//! Servers under measurement, each in a process of its own.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::load::database;
use crate::merchants::master_key_hex;
use crate::server::LOG;

/// How long a server may take to be ready.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// How long a server may take to end.
const END_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a server of somebody else is looked at until it is ready.
const LOOK_PERIOD: Duration = Duration::from_millis(100);
/// What is shown of the log of a server that does not start, in bytes.
const LOG_SHOWN_MAX: usize = 2_000;

/// The slow disk: a preloaded library, and by how many microseconds each sync is longer.
#[derive(Clone, Debug)]
pub(crate) struct SlowDisk {
    pub(crate) library: PathBuf,
    pub(crate) delay_us: u128,
}

/// A program that is about to be started.
pub(crate) struct Program {
    command: Command,
    folder: PathBuf,
}

impl Program {
    /// A program whose files are in `folder`, with no environment but the path.
    pub(crate) fn new(binary: &Path, folder: &Path) -> Self {
        let mut command = Command::new(binary);
        // A group of its own, so that what a program starts ends with it.
        command.current_dir(folder).env_clear().kill_on_drop(true).process_group(0);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self { command, folder: folder.to_owned() }
    }

    /// The gateway, in a sandbox, on the database in `folder`.
    pub(crate) fn gateway(binary: &Path, folder: &Path) -> Self {
        let mut database_url = OsString::from("sqlite:");
        database_url.push(database(folder));
        Self::gateway_on(binary, folder, database_url)
    }

    /// The gateway on another database.
    pub(crate) fn gateway_on(binary: &Path, folder: &Path, database: impl Into<OsString>) -> Self {
        Self::new(binary, folder)
            .arguments(["serve", "--json", "--listen", "127.0.0.1:0", "--log", LOG])
            .argument("--database")
            .argument(database)
            .environment("DEODAR_MASTER_KEY", &master_key_hex())
    }

    /// Adds an argument.
    pub(crate) fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arg(argument.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn arguments<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.command.args(arguments);
        self
    }

    /// Adds a variable.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Has every sync take longer, where there is a slow disk.
    pub(crate) fn on(mut self, disk: Option<&SlowDisk>) -> Self {
        if let Some(SlowDisk { library, delay_us }) = disk {
            self.command.env("LD_PRELOAD", library);
            self.command.env("SYNC_DELAY_US", delay_us.to_string());
        }
        self
    }

    /// Has it started in another folder than that of its files.
    pub(crate) fn started_in(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    fn spawn(&mut self) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        self.command.spawn().context("a program could not be started")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("stderr.log")
    }

    fn told(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let start = log.len().saturating_sub(LOG_SHOWN_MAX);
        log.get(start..).unwrap_or(&log).to_owned()
    }

    /// Starts a server, which tells one JSON object when it is ready.
    pub(crate) async fn start(mut self) -> Result<Server> {
        let begun = Instant::now();
        let mut child = self.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        let line = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
        let line = line.context("the server is not ready in time")??;
        let Some(line) = line else {
            bail!("the server ended before it was ready: {}", self.told());
        };
        let ready: Value = serde_json::from_str(&line)?;
        let url = ready.get("url").and_then(Value::as_str).context("an address")?.to_owned();
        let id = child.id().context("the server ended at once")?;
        // A pipe that nobody reads would stop the server once it is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Server { child, id, url, folder: self.folder, took: begun.elapsed() })
    }

    /// Starts a server of somebody else, which is ready when it takes connections at `url`.
    pub(crate) async fn start_at(mut self, url: &str) -> Result<Server> {
        let begun = Instant::now();
        let mut child = self.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = url.trim_start_matches("http://");
        while TcpStream::connect(address).await.is_err() {
            ensure!(child.try_wait()?.is_none(), "it ended before it was ready: {}", self.told());
            ensure!(begun.elapsed() < START_TIMEOUT, "it is not ready in time: {}", self.told());
            tokio::time::sleep(LOOK_PERIOD).await;
        }
        let id = child.id().context("it ended at once")?;
        Ok(Server { child, id, url: url.to_owned(), folder: self.folder, took: begun.elapsed() })
    }

    /// Runs a program to its end, and hands on each line that it tells.
    pub(crate) async fn run(mut self, mut on_line: impl FnMut(&str)) -> Result<()> {
        let mut child = self.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        while let Some(line) = lines.next_line().await? {
            on_line(&line);
        }
        let status = child.wait().await?;
        ensure!(status.success(), "a program ended with {status}: {}", self.told());
        Ok(())
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its process.
    pub(crate) id: u32,
    /// Where it answers.
    pub(crate) url: String,
    /// The folder of its files.
    pub(crate) folder: PathBuf,
    /// How long it took until it was ready.
    pub(crate) took: Duration,
}

impl Drop for Server {
    /// Ends it and whatever it has started.
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.id).ok().and_then(Pid::from_raw) {
            // A server that was stopped has left no group behind.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Server {
    /// Asks it to end as an operator does, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw).context("a process")?;
        kill_process(id, Signal::TERM)?;
        let ended = tokio::time::timeout(END_TIMEOUT, self.child.wait()).await;
        ended.context("a server does not end")??;
        Ok(())
    }
}

/// Copies the files of a store that nobody has open.
pub(crate) fn copy_store(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
