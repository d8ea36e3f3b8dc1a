//! The machine and the pace of a run, which every figure depends on.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use crate::bench::{CONNECTIONS, ORDERS, Pace};
use crate::merchants::MERCHANTS;
use crate::stats::Figure;

/// How often a sync is tried.
const SYNCS: u32 = 300;
/// How much is written before each, in bytes: a page.
const PAGE: [u8; 4_096] = [0x5a; 4_096];

/// The machine and the pace of a run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Conditions {
    /// The model of the processor.
    pub(crate) processor: String,
    /// How many of its threads there are.
    pub(crate) cores: usize,
    /// The system's name and release.
    pub(crate) system: String,
    /// Microseconds that a page and its `fdatasync` take.
    pub(crate) sync_us: Option<Figure>,
    /// Whether it was a quick run.
    pub(crate) is_quick: bool,
    /// Seconds of a measurement.
    pub(crate) window_seconds: u64,
    /// How often each was repeated.
    pub(crate) repetitions: usize,
    /// How many connections asked.
    pub(crate) connections: u32,
    /// How many orders each store held before.
    pub(crate) orders: u64,
    /// How many merchants they were of.
    pub(crate) merchants: usize,
    /// By how many microseconds a sync of the slow disk takes longer.
    pub(crate) slow_disk_us: u128,
}

impl Conditions {
    /// The machine as it is, and the disk of `folder`.
    pub(crate) fn of(folder: &Path, pace: &Pace) -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Ok(Self {
            processor: processor(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            cores,
            system: format!("Linux {}", release.trim()),
            sync_us: sync_us(&folder.join("sync"))?,
            is_quick: pace.is_quick,
            window_seconds: pace.window.as_secs(),
            repetitions: pace.repetitions,
            connections: CONNECTIONS,
            orders: ORDERS,
            merchants: MERCHANTS,
            slow_disk_us: pace.sync_delay.as_micros(),
        })
    }
}

impl Conditions {
    /// The machine in a line.
    pub(crate) fn shown(&self) -> String {
        let Self { processor, cores, system, sync_us, .. } = self;
        let sync = sync_us.as_ref().map_or(0.0, |figure| figure.median);
        format!("{cores} cores of {processor}, {system}; a page and its sync take {sync:.0} µs")
    }
}

fn processor(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    let name = line.map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    name.unwrap_or("unknown").to_owned()
}

/// What a page and its sync take, in a file that has its room.
fn sync_us(path: &Path) -> Result<Option<Figure>> {
    let file = File::create(path)?;
    file.write_all_at(&PAGE, 0)?;
    file.sync_all()?;
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all_at(&PAGE, 0)?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(Figure::of(times))
}
