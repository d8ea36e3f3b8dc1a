//! The gateway in a process of its own, on files of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{Api, Client};
use crate::postgres::PostgresCluster;
use crate::process::{Finished, Process, command, run};
use crate::store::is_on_postgres;
use crate::tools::{free_port, wait_until};

/// How long it may take until running gateways keep to what a command changed. The promise is a
/// second, in which each looks twice; on a machine that is busy that can be missed without a fault,
/// so this only ends a test that waits in vain.
pub const KNOWN_TIMEOUT: Duration = Duration::from_mins(2);

/// The variable that names a gateway's database.
const DATABASE: &str = "DEODAR_DATABASE";

/// A merchant's keys.
#[derive(Clone)]
pub struct Keys {
    /// The number of six digits.
    pub merchant_id: String,
    /// The access code of the legacy calls.
    pub access_code: String,
    /// The client id of the token call.
    pub client_id: String,
    /// The client secret of the token call.
    pub client_secret: String,
    /// The key of the return URL's signature, in hex.
    pub signing_key: String,
    /// What webhooks are verified by.
    pub webhook_secret: String,
}

impl Keys {
    /// Takes them from what `deodar merchant create --json` prints.
    pub fn from_json(json: &Value) -> Result<Self> {
        let text = |name: &str| {
            let value = json[name].as_str().with_context(|| format!("{name} is missing"))?;
            anyhow::Ok(value.to_owned())
        };
        Ok(Self {
            merchant_id: text("merchant_id")?,
            access_code: text("access_code")?,
            client_id: text("client_id")?,
            client_secret: text("client_secret")?,
            signing_key: text("signing_key")?,
            webhook_secret: text("webhook_secret")?,
        })
    }
}

/// What a gateway is started with.
#[derive(Clone, Default)]
pub struct GatewayOptions {
    /// More arguments of `deodar serve`.
    pub arguments: Vec<String>,
    /// Its environment, beside `PATH`.
    pub environment: Vec<(String, String)>,
}

/// A gateway that runs until the test ends it.
pub struct Gateway {
    binary: PathBuf,
    folder: TempDir,
    options: GatewayOptions,
    listen: String,
    process: Process,
}

impl Gateway {
    /// Starts a sandbox on a free port, in a new folder, and waits until it is healthy.
    ///
    /// Where the tests run on PostgreSQL, and no option names a database, it has a new one there.
    pub async fn start(binary: &str, options: GatewayOptions) -> Result<Self> {
        let names_database = options.arguments.iter().any(|argument| argument == "--database")
            || options.environment.iter().any(|(name, _)| name == DATABASE);
        let folder = tempfile::tempdir()?;
        if is_on_postgres() && !names_database {
            let address = tokio::task::spawn_blocking(PostgresCluster::shared_database).await??;
            // The commands beside it find it where the gateway does.
            let settings = format!("database = \"{address}\"\n");
            std::fs::write(folder.path().join("deodar.toml"), settings)?;
        }
        let binary = PathBuf::from(binary);
        let listen = format!("127.0.0.1:{}", free_port()?);
        let process = spawn(&binary, folder.path(), &listen, &options).await?;
        Ok(Self { binary, folder, options, listen, process })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.process.url()
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file beside its database, by what its name ends with: the master key is `key`.
    pub fn file(&self, ending: &str) -> PathBuf {
        let database = if is_on_postgres() { "deodar" } else { "deodar.db" };
        self.folder().join(format!("{database}.{ending}"))
    }

    /// What it was started with; a change counts from the next start on.
    pub fn options(&mut self) -> &mut GatewayOptions {
        &mut self.options
    }

    /// What it told so far, in all its starts.
    pub fn log(&self) -> Result<String> {
        self.process.log()
    }

    /// Ends it as `kill -9` does.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Asks it to end as an operator does, and tells its exit code.
    pub async fn terminate(&mut self) -> Result<Option<i32>> {
        self.process.terminate().await
    }

    /// Starts it again on the same files and port.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = spawn(&self.binary, self.folder.path(), &self.listen, &self.options).await?;
        Ok(())
    }

    /// The keys of the demo merchant, as the gateway printed them when it was ready.
    pub fn demo_keys(&self) -> Result<Keys> {
        Keys::from_json(&self.process.ready["demo_merchant"])
    }

    /// The page of the demo merchant's first link, as the gateway printed it when it was ready.
    pub fn first_page(&self) -> Option<&str> {
        self.process.ready["first_page"].as_str()
    }

    /// Runs a command beside the gateway, on its database and with its environment.
    pub async fn run(&self, arguments: &[&str]) -> Result<Finished> {
        let environment = self.options.environment.iter();
        let environment: Vec<_> =
            environment.map(|(key, value)| (key.as_str(), value.as_str())).collect();
        run(&self.binary, self.folder(), arguments, &environment).await
    }

    /// Makes a merchant by the command line, beside the running gateway.
    pub async fn create_merchant(
        &self,
        webhook_url: Option<&str>,
        return_url: Option<&str>,
    ) -> Result<Keys> {
        let mut arguments = vec!["merchant", "create", "--name", "Cedar Books", "--json"];
        arguments.extend(webhook_url.into_iter().flat_map(|url| ["--webhook-url", url]));
        arguments.extend(return_url.into_iter().flat_map(|url| ["--return-url", url]));
        let finished = self.run(&arguments).await?;
        ensure!(finished.code == Some(0), "merchant create: {finished:?}");
        Keys::from_json(&serde_json::from_str(&finished.stdout)?)
    }

    /// Gets a token, as soon as the gateway knows the merchant.
    pub async fn log_in(&self, keys: &Keys) -> Result<Api> {
        wait_until("a token", KNOWN_TIMEOUT, async || Api::log_in(self.url(), keys).await.ok())
            .await
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        Client::new(self.url())
    }
}

async fn spawn(
    binary: &Path,
    folder: &Path,
    listen: &str,
    options: &GatewayOptions,
) -> Result<Process> {
    let mut arguments = ["serve", "--json", "--listen", listen].map(str::to_owned).to_vec();
    arguments.extend(options.arguments.iter().cloned());
    let command = command(binary, folder, &arguments, &options.environment);
    let process = Process::start(command, &folder.join("gateway.log")).await?;
    process.wait_healthy("/health").await?;
    Ok(process)
}
