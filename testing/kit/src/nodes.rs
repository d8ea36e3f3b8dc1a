//! Several gateways on one database, behind a round-robin.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use tempfile::TempDir;

use crate::client::{Api, Client};
use crate::gateway::{KNOWN_TIMEOUT, Keys};
use crate::process::{Finished, Process, command, run};
use crate::round_robin::RoundRobin;
use crate::tools::{free_port, wait_until};

/// How long a gateway may take to start, on a machine that is busy.
const START_TIMEOUT: Duration = Duration::from_mins(2);

/// One gateway of several.
pub struct Node {
    listen: String,
    process: Process,
}

impl Node {
    /// Where it answers by itself, past the round-robin.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// A client of it alone, without a token.
    pub fn client(&self) -> Client {
        Client::new(&self.url())
    }

    /// Ends it as `kill -9` does.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }
}

/// Several gateways on one database, behind a round-robin.
pub struct Nodes {
    binary: PathBuf,
    folder: TempDir,
    environment: Vec<(String, String)>,
    front: RoundRobin,
    all: Vec<Node>,
}

impl Nodes {
    /// Starts `count` gateways at the same time, each in a folder of its own and with this
    /// environment beside `PATH`, and waits until they are healthy.
    pub async fn start(
        binary: &str,
        count: usize,
        mut environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let front = RoundRobin::start().await?;
        environment.push((String::from("DEODAR_PUBLIC_URL"), front.url().to_owned()));
        let (binary, folder) = (PathBuf::from(binary), tempfile::tempdir()?);
        let start = async |number: usize| {
            let folder = folder.path().join(number.to_string());
            let listen = format!("127.0.0.1:{}", free_port()?);
            let process = spawn(&binary, &folder, &listen, &environment).await?;
            anyhow::Ok(Node { listen, process })
        };
        let nodes = try_join_all((0..count).map(start)).await?;
        front.set_servers(nodes.iter().map(|node| node.listen.clone()).collect());
        Ok(Self { binary, folder, environment, front, all: nodes })
    }

    /// Where the round-robin answers.
    pub fn url(&self) -> &str {
        self.front.url()
    }

    /// The gateways.
    pub fn all(&self) -> &[Node] {
        &self.all
    }

    /// One of them.
    pub fn node(&mut self, number: usize) -> Result<&mut Node> {
        self.all.get_mut(number).context("a node of this number")
    }

    /// Starts one that was ended again, on the same files and port.
    pub async fn restart(&mut self, number: usize) -> Result<()> {
        let folder = self.folder.path().join(number.to_string());
        let node = self.all.get_mut(number).context("a node of this number")?;
        node.process = spawn(&self.binary, &folder, &node.listen, &self.environment).await?;
        Ok(())
    }

    /// Runs a command of the gateway on the same database.
    pub async fn run(&self, arguments: &[&str]) -> Result<Finished> {
        let environment = self.environment.iter();
        let environment: Vec<_> =
            environment.map(|(key, value)| (key.as_str(), value.as_str())).collect();
        run(&self.binary, self.folder.path(), arguments, &environment).await
    }

    /// Makes a merchant by the command line.
    pub async fn create_merchant(&self, webhook_url: &str, return_url: &str) -> Result<Keys> {
        let arguments = ["merchant", "create", "--name", "Cedar Books", "--json"];
        let addresses = ["--webhook-url", webhook_url, "--return-url", return_url];
        let finished = self.run(&[&arguments[..], &addresses[..]].concat()).await?;
        ensure!(finished.code == Some(0), "merchant create: {finished:?}");
        Keys::from_json(&serde_json::from_str(&finished.stdout)?)
    }

    /// Gets a token through the round-robin, as soon as the gateways know the merchant.
    pub async fn log_in(&self, keys: &Keys) -> Result<Api> {
        wait_until("a token", KNOWN_TIMEOUT, async || Api::log_in(self.url(), keys).await.ok())
            .await
    }

    /// What the gateways told so far, one after the other.
    pub fn log(&self) -> Result<String> {
        self.all.iter().map(|node| node.process.log()).collect()
    }
}

async fn spawn(
    binary: &Path,
    folder: &Path,
    listen: &str,
    environment: &[(String, String)],
) -> Result<Process> {
    std::fs::create_dir_all(folder)?;
    let arguments = ["serve", "--json", "--listen", listen].map(str::to_owned);
    let command = command(binary, folder, &arguments, environment);
    let process = Process::start(command, &folder.join("gateway.log")).await?;
    let client = Client::new(&format!("http://{listen}"));
    wait_until("the gateway's health", START_TIMEOUT, async || {
        client.get("/health").await.ok().filter(|answer| answer.status == 200)
    })
    .await?;
    Ok(process)
}
