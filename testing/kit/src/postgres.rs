//! PostgreSQL clusters that belong to the tests alone, from Debian's package `postgresql`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::tools::{ADVICE, free_port};

/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Who runs the server where the tests are root, which it refuses to be.
const USER: &str = "postgres";
/// What a cluster is set up with. Syncs are on: what the tests are told is stored is on the disk.
const CONFIGURATION: &str = "\
    listen_addresses = '127.0.0.1'\n\
    fsync = on\n\
    shared_buffers = 64MB\n\
    max_connections = 300\n\
    max_wal_size = 512MB\n\
    logging_collector = off\n";

/// How long a server may take to start or to stop, in seconds: only what never does so is given up.
const START_SECONDS_MAX: &str = "600";

/// The cluster that the tests of one process share.
static SHARED: Mutex<Option<PostgresCluster>> = Mutex::new(None);

/// How a cluster is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Connections are ended, and what they have not committed is undone.
    Fast,
    /// As in a crash: the next start recovers from the log.
    Immediate,
}

/// A cluster in a folder of its own. It is stopped and removed when it is dropped, and also when the
/// process of the tests ends in any other way.
pub struct PostgresCluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Waits for the end of its input, which is that of the tests, and cleans up.
    reaper: Child,
}

impl PostgresCluster {
    /// Makes a cluster and starts it on a free port. `configuration` is added to its own.
    pub fn start_with(configuration: &str) -> Result<Self> {
        let (programs, folder) = (programs()?, folder()?);
        let initdb = programs.join("initdb");
        run(as_server(&initdb).arg("-D").arg(folder.join("data")).args([
            "--auth=trust",
            "--username=deodar",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        ]))?;
        Self::start_in(folder, programs, &[CONFIGURATION, configuration].concat())
    }

    /// Makes a standby of this cluster by `pg_basebackup`, and starts it on a free port. It is called
    /// `name`, which is what `synchronous_standby_names` of this cluster knows it by.
    pub fn standby(&self, name: &str) -> Result<Self> {
        let (programs, folder) = (self.programs.clone(), folder()?);
        run(as_server(&programs.join("pg_basebackup"))
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", &self.port.to_string(), "-U", "deodar"])
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-D"])
            .arg(folder.join("data")))?;
        Self::start_in(folder, programs, &format!("cluster_name = '{name}'"))
    }

    /// Makes a standby a primary, and waits until it is one.
    pub fn promote(&self) -> Result<()> {
        run(&mut self.control("promote")).map(|_| ())
    }

    /// Starts the cluster whose files are in `folder` on a free port. `configuration` is added to what
    /// is configured there.
    fn start_in(folder: PathBuf, programs: PathBuf, configuration: &str) -> Result<Self> {
        let port = free_port()?;
        let sockets = folder.display();
        let own = format!("port = {port}\nunix_socket_directories = '{sockets}'\n");
        let file = folder.join("data/postgresql.conf");
        let mut text = std::fs::read_to_string(&file)?;
        text.push_str(&["\n", configuration, "\n", &own].concat());
        std::fs::write(&file, text)?;
        let reaper = reaper(&folder, &programs)?;
        let cluster = Self { folder, programs, port, databases: AtomicU32::new(0), reaper };
        cluster.start()?;
        Ok(cluster)
    }

    /// Makes a cluster whose connections may be encrypted, and starts it; gives the file of the
    /// certificate, which names 127.0.0.1 and which only itself has signed.
    pub fn start_encrypted() -> Result<(Self, PathBuf)> {
        let cluster = Self::new()?;
        let (key, certificate) = (cluster.folder.join("key.pem"), cluster.folder.join("cert.pem"));
        let openssl = Path::new("openssl");
        run(as_server(openssl)
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-subj", "/CN=database"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate))?;
        for (setting, value) in [
            ("ssl_key_file", key.display().to_string()),
            ("ssl_cert_file", certificate.display().to_string()),
            ("ssl", "on".to_owned()),
        ] {
            cluster.sql("postgres", &format!("ALTER SYSTEM SET {setting} = '{value}'"))?;
        }
        cluster.stop(Stop::Fast)?;
        cluster.start()?;
        Ok((cluster, certificate))
    }

    /// Makes a cluster and starts it on a free port.
    pub fn new() -> Result<Self> {
        Self::start_with("")
    }

    /// The address of a new database in the cluster that the tests of this process share.
    pub fn shared_database() -> Result<String> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = match shared.take() {
            Some(cluster) => cluster,
            None => Self::new()?,
        };
        let address = cluster.create_database();
        *shared = Some(cluster);
        address
    }

    /// Removes a database of the cluster that the tests of this process share, whoever is connected.
    pub fn drop_shared_database(address: &str) -> Result<()> {
        let name = address.rsplit('/').next().unwrap_or_default();
        Self::shared_sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")).map(|_| ())
    }

    /// Runs a statement in a database of the cluster that the tests of this process share.
    pub fn shared_sql(database: &str, statement: &str) -> Result<String> {
        let shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.as_ref().context("no test has made a database")?.sql(database, statement)
    }

    /// Makes a database, and gives its address.
    pub fn create_database(&self) -> Result<String> {
        let name = format!("deodar_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.address(&name))
    }

    /// The address of a database with this name.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://deodar:a-password-of-the-tests@127.0.0.1:{}/{database}", self.port)
    }

    /// Where it listens on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs a statement in a database and gives what it answers, a row a line.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "deodar"])
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", &self.port.to_string(), "-d", database, "-c", statement]);
        let output = run(&mut psql)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Starts it on the same files and port, and waits until it takes connections.
    pub fn start(&self) -> Result<()> {
        let log = self.folder.join("log");
        let mut start = self.control("start");
        run(start.arg("-l").arg(&log)).map(|_| ()).with_context(|| {
            let told = std::fs::read_to_string(&log).unwrap_or_default();
            format!("the cluster does not start:\n{told}")
        })
    }

    /// Stops it, and waits until it is gone.
    pub fn stop(&self, how: Stop) -> Result<()> {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        run(self.control("stop").args(["-m", mode])).map(|_| ())
    }

    /// Does something with it that takes a while, on a thread that may wait.
    pub async fn blocking(self: &Arc<Self>, work: fn(&Self) -> Result<()>) -> Result<()> {
        let cluster = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&cluster)).await?
    }

    /// Ends every process of it as `kill -9` does, and waits until they are gone.
    pub fn kill(&self) -> Result<()> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        let server = file.lines().next().context("the server's process id")?.trim();
        // One that is stopped starts no process that would not be seen here, and outlive it.
        send(server, Signal::STOP)?;
        wait_until_stopped(server)?;
        let children = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        send(server, Signal::KILL)?;
        for child in children.split_whitespace() {
            // It may have ended by itself meanwhile.
            let _ = send(child, Signal::KILL);
        }
        for process in std::iter::once(server).chain(children.split_whitespace()) {
            run(Command::new("tail").args(["--pid", process, "-s", "0.02", "-f", "/dev/null"]))?;
        }
        Ok(())
    }

    fn control(&self, action: &str) -> Command {
        let mut control = as_server(&self.programs.join("pg_ctl"));
        control.arg("-D").arg(self.folder.join("data"));
        control.args(["-w", "-t", START_SECONDS_MAX, "-s", action]);
        control
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        let _ = self.reaper.wait();
    }
}

fn send(process: &str, signal: Signal) -> Result<()> {
    let id = Pid::from_raw(process.parse()?).context("a process id")?;
    kill_process(id, signal).with_context(|| format!("process {process}"))
}

/// Waits until a process that was told to stop runs no more, or has ended.
fn wait_until_stopped(process: &str) -> Result<()> {
    let file = format!("/proc/{process}/stat");
    loop {
        let told = std::fs::read_to_string(&file).with_context(|| file.clone())?;
        // What comes before the state is a name in brackets.
        if told.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['T', 'Z'])) {
            return Ok(());
        }
        std::thread::yield_now();
    }
}

/// A new folder that belongs to whom the server runs as.
fn folder() -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("deodar-postgres-").tempdir()?.keep();
    if is_root() {
        run(Command::new("chown").arg(USER).arg(&folder))?;
    }
    Ok(folder)
}

/// What cleans up behind the tests, however they end: its input is a pipe that ends with them.
fn reaper(folder: &Path, programs: &Path) -> Result<Child> {
    let script = "trap '' INT TERM; folder=$1; shift; cat >/dev/null; \"$@\"; rm -rf \"$folder\"";
    let stop = as_server(&programs.join("pg_ctl"));
    let mut reaper = Command::new("sh");
    reaper.args(["-c", script, "reaper"]).arg(folder).arg(stop.get_program());
    reaper.args(stop.get_args()).arg("-D").arg(folder.join("data"));
    reaper
        .args(["-w", "-t", START_SECONDS_MAX, "-s", "-m", "immediate", "stop"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("sh does not run")
}

/// The programs of the newest version that is installed.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS)
        .with_context(|| format!("there is no PostgreSQL in {VERSIONS}: {ADVICE}"))?;
    versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .max_by_key(|programs| version_of(programs))
        .with_context(|| format!("there is no PostgreSQL server in {VERSIONS}: {ADVICE}"))
}

fn version_of(programs: &Path) -> u32 {
    let name = programs.parent().and_then(Path::file_name);
    name.and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// A program of the server, as a user that it takes.
fn as_server(program: &Path) -> Command {
    let mut command = Command::new(if is_root() { Path::new("setpriv") } else { program });
    if is_root() {
        let group = format!("--regid={USER}");
        command.args([&format!("--reuid={USER}"), &group, "--clear-groups", "--"]).arg(program);
    }
    // It refuses a folder that it cannot go back to.
    command.current_dir("/");
    command
}

/// Runs a program to its end, and fails where it does.
fn run(command: &mut Command) -> Result<Output> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    // A server that is started keeps what it inherits: only files and pipes that are waited for.
    let output = output.output().with_context(|| format!("{shown} does not run: {ADVICE}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{shown} failed: {told}");
    Ok(output)
}
