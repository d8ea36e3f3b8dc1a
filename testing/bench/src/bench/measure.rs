//! One window of load on one server, and several of them together.

use anyhow::{Result, ensure};

use super::{Bench, CONNECTIONS};
use crate::process::Server;
use crate::report::Measured;
use crate::stats::Figure;
use crate::usage::Usage;
use crate::wrk::{self, Script, Told, as_f64};

/// What one window of load came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Milliseconds in which half of the answers came.
    pub(crate) p50_ms: f64,
    /// Milliseconds in which 99 of 100 answers came.
    pub(crate) p99_ms: f64,
    /// Microseconds of the processor that the server used for a request.
    pub(crate) cpu_us: f64,
    /// Bytes that the server wrote for a request: to files, and the answer.
    pub(crate) written_bytes: f64,
}

impl Window {
    fn of(told: &Told, before: &Usage, after: &Usage) -> Self {
        let requests = as_f64(told.requests);
        Self {
            rate: told.rate(),
            p50_ms: as_f64(told.p50_us) / 1e3,
            p99_ms: as_f64(told.p99_us) / 1e3,
            cpu_us: after.cpu_us_since(before) / requests,
            written_bytes: after.written_since(before) / requests,
        }
    }
}

/// The windows of one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(pub(crate) Vec<Window>);

impl Series {
    /// One figure of each window.
    pub(crate) fn each(&self, of: impl Fn(&Window) -> f64) -> impl Iterator<Item = f64> {
        self.0.iter().map(of)
    }

    /// A figure of this against that of `other`, repetition by repetition: those of one repetition
    /// stand beside each other in time.
    pub(crate) fn against(&self, other: &Self, of: impl Fn(&Window) -> f64) -> Vec<f64> {
        self.0.iter().zip(&other.0).map(|(this, that)| of(this) / of(that)).collect()
    }

    /// The median rate.
    pub(crate) fn rate(&self) -> f64 {
        Figure::of(self.each(|window| window.rate)).map_or(0.0, |figure| figure.median)
    }

    /// What is told of it.
    pub(crate) fn measured(&self, part: &str, server: &str) -> Option<Measured> {
        Some(Measured {
            part: part.to_owned(),
            server: server.to_owned(),
            rate: Figure::of(self.each(|window| window.rate))?,
            p50_ms: Figure::of(self.each(|window| window.p50_ms))?,
            p99_ms: Figure::of(self.each(|window| window.p99_ms))?,
            cpu_us: Figure::of(self.each(|window| window.cpu_us))?,
            written_bytes: Figure::of(self.each(|window| window.written_bytes))?,
        })
    }
}

impl Bench {
    /// Has the load generator ask a server for one window. Where an answer was no success there is
    /// no figure.
    pub(crate) async fn window(
        &mut self,
        name: &str,
        server: &Server,
        url: &str,
        script: &Script,
    ) -> Result<Window> {
        self.progress.step(name, self.pace.window);
        self.ask(server, url, script, CONNECTIONS, self.pace.window).await
    }

    /// The same, by so many connections for so long.
    pub(crate) async fn ask(
        &mut self,
        server: &Server,
        url: &str,
        script: &Script,
        connections: u32,
        duration: std::time::Duration,
    ) -> Result<Window> {
        let script = script.with_seed(self.seed());
        let before = Usage::of(server.id)?;
        let told = wrk::run(url, &script, connections, duration).await?;
        let after = Usage::of(server.id)?;
        let fault = told.fault();
        ensure!(fault.is_none(), "{}", fault.unwrap_or_default());
        Ok(Window::of(&told, &before, &after))
    }

    /// Keeps what was measured, for the report.
    pub(crate) fn keep(&mut self, part: &str, server: &str, series: &Series) {
        self.measured.extend(series.measured(part, server));
    }
}
