//! What is told at the end: a table for people, JSON for programs, a chart.

mod chart;
mod conditions;
mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::goal::Row;
use crate::stats::Figure;

pub(crate) use conditions::Conditions;

/// What one server did under one kind of load.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Measured {
    /// Under which load.
    pub(crate) part: String,
    /// Which server.
    pub(crate) server: String,
    /// Requests a second.
    pub(crate) rate: Figure,
    /// Half of the answers came within this time.
    pub(crate) p50_ms: Figure,
    /// 99 of 100 answers came within this time.
    pub(crate) p99_ms: Figure,
    /// What the server used of the processor for a request.
    pub(crate) cpu_us: Figure,
    /// What the server wrote for a request, to files and as the answer.
    pub(crate) written_bytes: Figure,
}

/// Everything that a run came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Report {
    /// On which machine, and how.
    pub(crate) conditions: Conditions,
    /// Each goal, and what became of it.
    pub(crate) rows: Vec<Row>,
    /// What was measured, server by server.
    pub(crate) measured: Vec<Measured>,
}

impl Report {
    /// The report for a person.
    pub(crate) fn table(&self) -> String {
        let conditions = self.conditions.shown();
        let (measured, goals) = (table::measured(&self.measured), table::goals(&self.rows));
        format!("{conditions}\n\n{measured}\n{goals}")
    }

    /// The report for a program.
    fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes `stem.json` and `stem.svg` into `folder`.
    pub(crate) fn write(&self, folder: &Path, stem: &str) -> Result<()> {
        fs::create_dir_all(folder)?;
        for (ending, text) in [("json", self.json()?), ("svg", chart::goals(&self.rows))] {
            let path = folder.join(format!("{stem}.{ending}"));
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
