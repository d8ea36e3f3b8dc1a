//! What a process has used, as the system counts it.

use std::fs;

use anyhow::{Context, Result};

use crate::wrk::as_f64;

/// What a process has used so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Usage {
    /// Ticks of the processor, in the program and in the system for it.
    ticks: u64,
    /// Bytes that it has handed to the system to be written, to files and to connections. (What
    /// the system counts as written to disks is no help: a file system with large pages counts a
    /// mebibyte for a line.)
    written_bytes: u64,
}

impl Usage {
    /// What the process has used so far.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let io = fs::read_to_string(format!("/proc/{process}/io"))?;
        let ticks = ticks(&stat).context("the time of a process")?;
        Ok(Self { ticks, written_bytes: field(&io, "wchar:").context("written bytes")? })
    }

    /// Microseconds of the processor since `before`.
    pub(crate) fn cpu_us_since(&self, before: &Self) -> f64 {
        let ticks = self.ticks.saturating_sub(before.ticks);
        as_f64(ticks) * 1e6 / as_f64(rustix::param::clock_ticks_per_second())
    }

    /// Bytes written since `before`.
    pub(crate) fn written_since(&self, before: &Self) -> f64 {
        as_f64(self.written_bytes.saturating_sub(before.written_bytes))
    }
}

/// The memory of a process that is its own and no file's, in mebibytes.
pub(crate) fn anonymous_mebibytes(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes = field(&status, "RssAnon:").context("the memory of a process")?;
    Ok(as_f64(kibibytes) / 1_024.0)
}

/// The ticks of `/proc/PID/stat`: user and system, the 14th and 15th field. The name of the program
/// is in brackets and may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The number after a name, in a file of such lines.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticks_are_found_behind_any_name() {
        let stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1 2";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("4711 (deodar"), None);
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let io = "rchar: 5\nwchar: 6\nwrite_bytes: 4096\n";
        assert_eq!(field(io, "wchar:"), Some(6));
        assert_eq!(field("RssAnon:\t   31200 kB\n", "RssAnon:"), Some(31_200));
        assert_eq!(field(io, "read_bytes:"), None);
    }

    #[test]
    fn this_process_uses_something() {
        let process = std::process::id();
        assert!(Usage::of(process).is_ok());
        assert!(anonymous_mebibytes(process).unwrap() > 0.0);
    }
}
