//! What is being done, and how long it will take.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crate::output::say;

/// How wide the bar is.
const BAR_WIDTH: usize = 24;

/// The progress of a run: a bar on a terminal, lines elsewhere.
pub(crate) struct Progress {
    begun: Instant,
    is_terminal: bool,
    steps: usize,
    step: usize,
    /// How long all steps were thought to take.
    planned: Duration,
    /// How long those before this one were thought to take.
    before: Duration,
    /// How long this one was thought to take.
    this: Duration,
    name: String,
}

impl Progress {
    /// Begins a run of so many steps.
    pub(crate) fn new(steps: usize, planned: Duration) -> Self {
        Self {
            begun: Instant::now(),
            is_terminal: io::stderr().is_terminal(),
            steps,
            step: 0,
            planned,
            before: Duration::ZERO,
            this: Duration::ZERO,
            name: String::new(),
        }
    }

    /// Begins a step that is thought to take so long.
    pub(crate) fn step(&mut self, name: &str, takes: Duration) {
        self.step += 1;
        self.before += self.this;
        self.this = takes;
        name.clone_into(&mut self.name);
        self.show(name);
    }

    /// Tells more of the step that is under way.
    pub(crate) fn detail(&mut self, detail: &str) {
        if self.is_terminal {
            self.show(&format!("{}: {detail}", self.name));
        }
    }

    /// Ends the bar.
    pub(crate) fn end(&self) {
        if self.is_terminal {
            say("\r\x1b[K");
        }
    }

    fn show(&self, what: &str) {
        let line = line(self.step, self.steps, self.begun.elapsed(), self.left(), what);
        if self.is_terminal {
            let filled = filled(self.before, self.planned);
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled));
            say(&format!("\r\x1b[K{bar} {line}"));
        } else {
            say(&format!("bench: {line}\n"));
        }
    }

    /// How long the rest takes, were the plan right.
    fn left(&self) -> Duration {
        self.planned.saturating_sub(self.before)
    }
}

fn filled(before: Duration, planned: Duration) -> usize {
    let width = u128::try_from(BAR_WIDTH).unwrap_or(0);
    let part = before.as_millis() * width / planned.as_millis().max(1);
    usize::try_from(part).unwrap_or(BAR_WIDTH).min(BAR_WIDTH)
}

fn line(step: usize, steps: usize, elapsed: Duration, left: Duration, what: &str) -> String {
    format!("{step}/{steps}  {} gone, about {} left  {what}", clock(elapsed), clock(left))
}

/// Minutes and seconds.
pub(crate) fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_never_longer_than_it_is_wide() {
        let ten = Duration::from_secs(10);
        for (before, filled_cells) in [(0, 0), (5, 12), (10, 24), (99, 24)] {
            assert_eq!(filled(Duration::from_secs(before), ten), filled_cells);
        }
        assert_eq!(filled(ten, Duration::ZERO), BAR_WIDTH);
    }

    #[test]
    fn a_line_tells_the_step_and_the_times() {
        let told = line(3, 40, Duration::from_secs(65), Duration::from_secs(119), "create order");
        assert_eq!(told, "3/40  1:05 gone, about 1:59 left  create order");
    }
}
