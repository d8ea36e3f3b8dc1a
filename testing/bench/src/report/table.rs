//! Tables of text, with columns as wide as what stands in them.

use std::fmt::Write;

use super::Measured;
use crate::goal::Row;

/// The goals: what was to be reached, what was, and what became of it.
pub(crate) fn goals(rows: &[Row]) -> String {
    let head = ["goal", "", "median", "spread", "of", "verdict"];
    let mut lines = vec![head.map(String::from)];
    lines.extend(rows.iter().map(|row| {
        let unit = row.goal.unit;
        let (median, spread) = match &row.figure {
            Some(figure) => {
                let spread = format!("{} … {}", unit.show(figure.min), unit.show(figure.max));
                (unit.show(figure.median), spread)
            }
            None => (String::from("–"), String::from("–")),
        };
        let verdict = row.verdict.shown();
        [row.goal.what.to_owned(), row.goal.shown(), median, spread, row.made_of.clone(), verdict]
    }));
    aligned(&lines)
}

/// What was measured: rates, times, the processor and the disk.
pub(crate) fn measured(measured: &[Measured]) -> String {
    let head = ["load", "server", "requests/s", "p50 ms", "p99 ms", "CPU µs", "written"];
    let mut lines = vec![head.map(String::from)];
    lines.extend(measured.iter().map(|of| {
        [
            of.part.clone(),
            of.server.clone(),
            format!("{:.0}", of.rate.median),
            format!("{:.2}", of.p50_ms.median),
            format!("{:.2}", of.p99_ms.median),
            format!("{:.1}", of.cpu_us.median),
            format!("{:.0} B", of.written_bytes.median),
        ]
    }));
    aligned(&lines)
}

fn aligned<const N: usize>(lines: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut written = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(written, "{cell:<width$}  ");
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}
