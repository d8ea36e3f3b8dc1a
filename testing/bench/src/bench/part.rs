//! The parts of a run: each starts what it needs, and ends with a row for each of its goals.

use std::fmt::Write;
use std::time::Duration;

use anyhow::Result;

use super::{Bench, Pace, create, get, growth, memory, payment, peers, postgres, webhooks};
use crate::goal::{Goal, Row, Verdict};

/// How long a part takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Plan {
    /// In how many steps.
    pub(crate) steps: usize,
    /// About how long.
    pub(crate) takes: Duration,
}

impl Plan {
    /// Both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { steps: self.steps + other.steps, takes: self.takes + other.takes }
    }

    /// So many steps that take so many seconds in all.
    pub(crate) const fn seconds(steps: usize, seconds: u64) -> Self {
        Self { steps, takes: Duration::from_secs(seconds) }
    }
}

/// A part of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Making orders and links.
    Create,
    /// The same on a slow disk.
    Slow,
    /// Reading orders.
    Get,
    /// Memory at rest.
    Memory,
    /// Whole payments.
    Payment,
    /// Webhooks.
    Webhooks,
    /// PostgreSQL.
    Postgres,
    /// Growth to ten million orders.
    Growth,
    /// Comparison with other programs.
    Peers,
}

impl Part {
    /// Every part, in the order in which they run.
    pub(crate) const ALL: [Self; 9] = [
        Self::Create,
        Self::Slow,
        Self::Get,
        Self::Memory,
        Self::Payment,
        Self::Webhooks,
        Self::Postgres,
        Self::Growth,
        Self::Peers,
    ];

    /// Its name, for `--only`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Slow => "slow-disk",
            Self::Get => "get",
            Self::Memory => "memory",
            Self::Payment => "payment",
            Self::Webhooks => "webhooks",
            Self::Postgres => "postgres",
            Self::Growth => "growth",
            Self::Peers => "peers",
        }
    }

    /// Whether it is meant by a name: a part of its own, or that of one of its goals.
    pub(crate) fn is_named(self, name: &str) -> bool {
        self.name().contains(name) || self.goals().iter().any(|goal| goal.name == name)
    }

    /// What it is to reach.
    pub(crate) fn goals(self) -> Vec<Goal> {
        match self {
            Self::Create => create::goals(),
            Self::Slow => create::slow_goals(),
            Self::Get => get::goals(),
            Self::Memory => memory::goals(),
            Self::Payment => payment::goals(),
            Self::Webhooks => webhooks::goals(),
            Self::Postgres => postgres::goals(),
            Self::Growth => growth::goals(),
            Self::Peers => peers::goals(),
        }
    }

    /// How long it takes; the peers are measured where they are asked for.
    pub(crate) fn plan(self, pace: &Pace, with_peers: bool) -> Plan {
        match self {
            Self::Create => create::plan(pace),
            Self::Slow => create::slow_plan(pace),
            Self::Get => get::plan(pace),
            Self::Memory => memory::plan(pace),
            Self::Payment => payment::plan(pace),
            Self::Webhooks => webhooks::plan(pace),
            Self::Postgres => postgres::plan(pace),
            Self::Growth => growth::plan(pace),
            Self::Peers => peers::plan(pace, with_peers),
        }
    }

    /// Its name and its goals in lines.
    pub(crate) fn listed(self) -> String {
        let mut text = self.name().to_owned();
        for goal in self.goals() {
            let _ = write!(text, "\n  {:<24} {:<16} {}", goal.name, goal.shown(), goal.what);
        }
        text
    }

    /// Measures.
    pub(crate) async fn run(self, bench: &mut Bench) -> Result<Vec<Row>> {
        if self == Self::Growth && bench.pace.is_quick {
            let left_out = |goal| Row::without(goal, Verdict::NotInQuick);
            return Ok(self.goals().into_iter().map(left_out).collect());
        }
        match self {
            Self::Create => create::run(bench).await,
            Self::Slow => create::run_slow(bench).await,
            Self::Get => get::run(bench).await,
            Self::Memory => memory::run(bench).await,
            Self::Payment => payment::run(bench).await,
            Self::Webhooks => webhooks::run(bench).await,
            Self::Postgres => postgres::run(bench).await,
            Self::Growth => growth::run(bench).await,
            Self::Peers => peers::run(bench, bench.options.peers).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_goal_has_a_name_of_its_own_and_is_listed() {
        let mut names = BTreeSet::new();
        for part in Part::ALL {
            for goal in part.goals() {
                assert!(names.insert(goal.name), "{} stands twice", goal.name);
                assert!(part.listed().contains(goal.name) && part.is_named(goal.name));
            }
        }
        assert_eq!(names.len(), 28);
    }

    #[test]
    fn a_part_is_named_by_a_part_of_its_name_and_a_goal_by_all_of_it() {
        let named = |name: &str| -> Vec<Part> {
            Part::ALL.into_iter().filter(|part| part.is_named(name)).collect()
        };
        assert_eq!(named("memory"), [Part::Memory]);
        assert_eq!(named("growth-memory"), [Part::Growth]);
        assert_eq!(named("slow"), [Part::Slow]);
        assert_eq!(named("order-pool"), [Part::Create]);
        assert_eq!(named("nothing"), []);
    }
}
