//! A run of the benchmark: what it is asked, what its parts share, and its end.

mod create;
mod get;
mod growth;
mod measure;
mod memory;
mod part;
mod payment;
mod peers;
mod postgres;
mod webhooks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use deodar_kit::compile_library;
use rustix::fs::statvfs;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use crate::goal::{Row, Verdict};
use crate::load::Loaded;
use crate::output::{say, tell};
use crate::process::{Program, SlowDisk};
use crate::progress::{Progress, clock};
use crate::report::{Conditions, Measured, Report};
use crate::server::Served;
use part::{Part, Plan};

/// How many connections ask at once.
pub(crate) const CONNECTIONS: u32 = 64;
/// How many orders a store holds before it is measured.
pub(crate) const ORDERS: u64 = 100_000;
/// The room that a run needs on its disk, in gigabytes: with the growth, and without.
const DISK_GB: u64 = 20;
const DISK_QUICK_GB: u64 = 2;
/// The system's name of a file system that is memory: `TMPFS_MAGIC`.
const TMPFS: u64 = 0x0102_1994;

/// What a run is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// The program `deodar`.
    #[arg(long)]
    gateway: PathBuf,
    /// Where the stores are made, in a folder that is removed afterwards.
    #[arg(long)]
    folder: PathBuf,
    /// Where the figures and the chart are written.
    #[arg(long)]
    output: PathBuf,
    /// Be done in three minutes: short windows, and no growth.
    #[arg(long)]
    quick: bool,
    /// Run the parts whose names contain this, or that have a goal of this name, and no others.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Tell the parts and their goals, and run nothing.
    #[arg(long)]
    list: bool,
    /// Measure localstripe, `LNbits` and Prism too, which are installed for it.
    #[arg(long)]
    peers: bool,
    /// How much longer a sync of the slow disk takes: 2ms, 500us; 0ms for no slow disk.
    #[arg(long, value_name = "TIME", default_value = "2ms", value_parser = delay)]
    sync_delay: Duration,
}

/// Reads a time as it is typed.
fn delay(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no time, as 2ms and 500us are");
    let (number, to_micros) = match (text.strip_suffix("ms"), text.strip_suffix("us")) {
        (Some(number), _) => (number, 1_000),
        (None, Some(number)) => (number, 1),
        (None, None) => return Err(wrong()),
    };
    let micros = number.parse::<u64>().ok().and_then(|number| number.checked_mul(to_micros));
    micros.map(Duration::from_micros).ok_or_else(wrong)
}

/// How a run measures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Whether it is a quick run.
    pub(crate) is_quick: bool,
    /// How long each measurement is.
    pub(crate) window: Duration,
    /// How often each is repeated.
    pub(crate) repetitions: usize,
    /// How much longer a sync of the slow disk takes.
    pub(crate) sync_delay: Duration,
}

impl Pace {
    fn of(options: &Options) -> Self {
        let sync_delay = options.sync_delay;
        if options.quick {
            let window = Duration::from_secs(2);
            return Self { is_quick: true, window, repetitions: 3, sync_delay };
        }
        Self { is_quick: false, window: Duration::from_secs(7), repetitions: 4, sync_delay }
    }

    /// How long it takes to measure so many things in turn.
    pub(crate) fn windows(&self, count: usize) -> Plan {
        let steps = count * self.repetitions;
        Plan { steps, takes: self.window * u32::try_from(steps).unwrap_or(u32::MAX) }
    }
}

/// What the parts of a run share.
pub(crate) struct Bench {
    pub(crate) options: Options,
    pub(crate) pace: Pace,
    pub(crate) progress: Progress,
    pub(crate) measured: Vec<Measured>,
    this: PathBuf,
    root: TempDir,
    folders: usize,
    seed: u64,
}

/// Does what is asked; the exit code tells whether a goal was missed.
pub(crate) async fn bench(options: Options) -> Result<ExitCode> {
    let parts = chosen(&options)?;
    if options.list {
        for part in &parts {
            tell(&part.listed());
        }
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::create_dir_all(&options.folder)?;
    check_disk(&options, &parts)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let running = run(options, &parts);
    tokio::select! {
        done = running => done,
        _ = tokio::signal::ctrl_c() => stopped(),
        _ = terminated.recv() => stopped(),
    }
}

/// What was started and what was written goes away with what holds it.
fn stopped() -> Result<ExitCode> {
    bail!("it was stopped")
}

fn chosen(options: &Options) -> Result<Vec<Part>> {
    let is_named = |part: &Part| {
        let names = &options.only;
        names.is_empty() || names.iter().any(|name| part.is_named(name))
    };
    let mut parts: Vec<Part> = Part::ALL.into_iter().filter(is_named).collect();
    if options.sync_delay.is_zero() {
        parts.retain(|part| *part != Part::Slow);
    }
    ensure!(!parts.is_empty(), "no part has such a name: see --list");
    Ok(parts)
}

/// Sees that there is room, on a disk that is one.
fn check_disk(options: &Options, parts: &[Part]) -> Result<()> {
    let disk = statvfs(&options.folder)?;
    let free_gb = disk.f_bavail.saturating_mul(disk.f_frsize) >> 30;
    let grows = parts.contains(&Part::Growth) && !options.quick;
    let needed_gb = if grows { DISK_GB } else { DISK_QUICK_GB };
    let folder = options.folder.display();
    if free_gb < needed_gb {
        bail!("{folder} has {free_gb} GB of room, and this needs {needed_gb}: make room");
    }
    let kind = rustix::fs::statfs(&options.folder)?.f_type;
    ensure!(
        u64::try_from(kind).ok() != Some(TMPFS),
        "{folder} is memory and not a disk: measure on a disk"
    );
    Ok(())
}

async fn run(options: Options, parts: &[Part]) -> Result<ExitCode> {
    let pace = Pace::of(&options);
    let plans = parts.iter().map(|part| part.plan(&pace, options.peers));
    let plan = plans.fold(Plan::default(), Plan::and);
    say(&format!(
        "bench: {} parts, {} steps, about {}; windows of {} s, {} repetitions\n",
        parts.len(),
        plan.steps,
        clock(plan.takes),
        pace.window.as_secs(),
        pace.repetitions
    ));
    let root = tempfile::Builder::new().prefix("stores-").tempdir_in(&options.folder)?;
    let conditions = Conditions::of(root.path(), &pace)?;
    let mut bench = Bench {
        this: std::env::current_exe()?,
        progress: Progress::new(plan.steps, plan.takes),
        measured: Vec::new(),
        folders: 0,
        seed: 1,
        options,
        pace,
        root,
    };
    let mut rows = Vec::new();
    for part in parts {
        match part.run(&mut bench).await {
            Ok(measured) => rows.extend(measured),
            Err(error) => {
                let why = format!("{error:#}");
                let refused = |goal| Row::without(goal, Verdict::Refused(why.clone()));
                rows.extend(part.goals().into_iter().map(refused));
            }
        }
    }
    bench.progress.end();
    let report = Report { conditions, rows, measured: std::mem::take(&mut bench.measured) };
    tell(&report.table());
    let stem = match (bench.options.only.is_empty(), bench.options.quick) {
        (true, false) => "goals",
        (true, true) => "quick",
        (false, _) => "part",
    };
    report.write(&bench.options.output, stem)?;
    let fails = report.rows.iter().any(|row| row.verdict.fails());
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Bench {
    /// A new folder, which goes away with the run.
    pub(crate) fn folder(&mut self, name: &str) -> Result<PathBuf> {
        self.folders += 1;
        let path = self.root.path().join(format!("{:02}-{name}", self.folders));
        std::fs::create_dir(&path)?;
        Ok(path)
    }

    /// Fills a new store, once in a run; gives the folder of the original, to be copied.
    pub(crate) async fn template(&mut self, store: Loaded) -> Result<PathBuf> {
        let path = self.root.path().join(format!("original-{}", store.name()));
        if !path.exists() {
            std::fs::create_dir(&path)?;
            self.load(&path, store, ORDERS, &[]).await?;
        }
        Ok(path)
    }

    /// Has the loader make orders in the store of `folder`; `more` is what else it is told.
    pub(crate) async fn load(
        &mut self,
        folder: &Path,
        store: Loaded,
        orders: u64,
        more: &[&str],
    ) -> Result<()> {
        let mut program = Program::new(&self.this, folder)
            .arguments(["load", "--store", store.name()])
            .argument("--folder")
            .argument(folder)
            .arguments(["--orders", &orders.to_string()]);
        for argument in more {
            program = program.argument(argument);
        }
        let progress = &mut self.progress;
        program.run(|line| progress.detail(line)).await
    }

    /// The baseline on the files of `folder`.
    pub(crate) fn baseline(&self, store: Served, folder: &Path) -> Program {
        Program::new(&self.this, folder)
            .arguments(["serve", "--store", store.name()])
            .argument("--folder")
            .argument(folder)
    }

    /// What stands at the other end of webhooks.
    pub(crate) fn receiver(&self, folder: &Path) -> Program {
        Program::new(&self.this, folder).argument("receive")
    }

    /// What sends webhooks and does nothing else.
    pub(crate) fn sender(&self, folder: &Path, url: &str, count: u64) -> Program {
        Program::new(&self.this, folder).arguments([
            "send",
            "--url",
            url,
            "--count",
            &count.to_string(),
        ])
    }

    /// The slow disk.
    pub(crate) fn slow_disk(&self) -> Result<SlowDisk> {
        let library = compile_library("sync-guard/sync_delay.c", self.root.path());
        let library = library.context("the slow disk")?;
        Ok(SlowDisk { library, delay_us: self.pace.sync_delay.as_micros() })
    }

    /// A seed that no measurement has had.
    pub(crate) fn seed(&mut self) -> u64 {
        self.seed += 1;
        self.seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_read_with_its_unit() {
        for (text, micros) in [("2ms", Some(2_000)), ("500us", Some(500)), ("0ms", Some(0))] {
            assert_eq!(delay(text).ok(), micros.map(Duration::from_micros), "{text}");
        }
        for wrong in ["2", "ms", "-1ms", "2s", "99999999999999999999ms"] {
            assert!(delay(wrong).is_err(), "{wrong}");
        }
    }
}
