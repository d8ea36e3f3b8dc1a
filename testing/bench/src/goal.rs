//! The goals, and whether a figure meets one.

use serde::Serialize;

use crate::stats::Figure;

/// What a figure is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// A part of another figure, told in per cent.
    Share,
    /// A multiple of another figure.
    Times,
    /// Mebibytes.
    Mebibytes,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// A value with its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Times if value < 10.0 => format!("{value:.2} ×"),
            Self::Times => format!("{value:.1} ×"),
            Self::Mebibytes => format!("{value:.0} MB"),
            Self::Seconds => format!("{value:.2} s"),
        }
    }
}

/// Which side of the bound is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// The figure must be at least as great.
    AtLeast,
    /// The figure must be at most as great.
    AtMost,
}

/// What must be reached.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub(crate) struct Goal {
    /// Its name, for `--only` and for programs.
    pub(crate) name: &'static str,
    /// What is compared, in words.
    pub(crate) what: &'static str,
    /// Which side of the bound is good.
    pub(crate) side: Side,
    /// The bound.
    pub(crate) bound: f64,
    /// What is hoped for beyond it.
    pub(crate) stretch: Option<f64>,
    /// What it is counted in.
    pub(crate) unit: Unit,
}

impl Goal {
    /// A figure that must be at least this.
    pub(crate) const fn at_least(
        name: &'static str,
        what: &'static str,
        bound: f64,
        unit: Unit,
    ) -> Self {
        Self { name, what, side: Side::AtLeast, bound, stretch: None, unit }
    }

    /// A figure that must be at most this.
    pub(crate) const fn at_most(
        name: &'static str,
        what: &'static str,
        bound: f64,
        unit: Unit,
    ) -> Self {
        Self { name, what, side: Side::AtMost, bound, stretch: None, unit }
    }

    /// The same, with more that is hoped for.
    pub(crate) const fn stretch(mut self, stretch: f64) -> Self {
        self.stretch = Some(stretch);
        self
    }

    /// The goal in words.
    pub(crate) fn shown(&self) -> String {
        let sign = match self.side {
            Side::AtLeast => '≥',
            Side::AtMost => '≤',
        };
        let stretch = self.stretch.map(|stretch| format!(" ({})", self.unit.show(stretch)));
        format!("{sign} {}{}", self.unit.show(self.bound), stretch.unwrap_or_default())
    }

    fn allows(&self, value: f64) -> bool {
        match self.side {
            Side::AtLeast => value >= self.bound,
            Side::AtMost => value <= self.bound,
        }
    }

    /// Whether `figure` meets it.
    pub(crate) fn judge(&self, figure: &Figure) -> Verdict {
        if self.allows(figure.median) {
            Verdict::Met
        } else if self.allows(figure.min) || self.allows(figure.max) {
            Verdict::WithinNoise
        } else {
            Verdict::Missed
        }
    }
}

/// What became of a goal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub(crate) enum Verdict {
    /// The median meets it.
    Met,
    /// The median does not, and one of the repetitions does: the goal lies inside the spread.
    WithinNoise,
    /// Not one repetition meets it.
    Missed,
    /// It takes longer than a quick run has.
    NotInQuick,
    /// It could not be measured here.
    NotMeasured(String),
    /// It was measured, and the figure is worth nothing.
    Refused(String),
}

impl Verdict {
    /// In words.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Met => String::from("met"),
            Self::WithinNoise => String::from("within noise"),
            Self::Missed => String::from("missed"),
            Self::NotInQuick => String::from("not in quick"),
            Self::NotMeasured(why) => format!("not measured: {why}"),
            Self::Refused(why) => format!("refused: {why}"),
        }
    }

    /// Whether the run fails by it.
    pub(crate) const fn fails(&self) -> bool {
        matches!(self, Self::Missed | Self::Refused(_))
    }
}

/// A goal and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Row {
    /// The goal.
    pub(crate) goal: Goal,
    /// The figure, where there is one that can be believed.
    pub(crate) figure: Option<Figure>,
    /// What the figure is made of, in words: `41,200/s of 72,000/s`.
    pub(crate) made_of: String,
    /// What became of it.
    pub(crate) verdict: Verdict,
}

impl Row {
    /// The row of a goal that was measured.
    pub(crate) fn measured(
        goal: Goal,
        values: impl IntoIterator<Item = f64>,
        made_of: impl Into<String>,
    ) -> Self {
        match Figure::of(values) {
            Some(figure) => {
                let verdict = goal.judge(&figure);
                Self { goal, figure: Some(figure), made_of: made_of.into(), verdict }
            }
            None => Self::without(goal, Verdict::Refused(String::from("there is no number"))),
        }
    }

    /// The row of a goal that has no figure.
    pub(crate) const fn without(goal: Goal, verdict: Verdict) -> Self {
        Self { goal, figure: None, made_of: String::new(), verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_meets_a_goal_or_misses_it_or_lies_within_the_noise() {
        let more = Goal::at_least("more", "", 0.55, Unit::Share);
        let less = Goal::at_most("less", "", 5.0, Unit::Times);
        for (goal, values, verdict) in [
            (more, [0.55, 0.60, 0.50], Verdict::Met),
            (more, [0.50, 0.54, 0.55], Verdict::WithinNoise),
            (more, [0.50, 0.54, 0.549], Verdict::Missed),
            (less, [5.0, 4.0, 9.0], Verdict::Met),
            (less, [5.1, 5.0, 6.0], Verdict::WithinNoise),
            (less, [5.1, 5.2, 5.3], Verdict::Missed),
        ] {
            assert_eq!(Row::measured(goal, values, "").verdict, verdict, "{values:?}");
        }
    }

    #[test]
    fn only_what_was_measured_and_missed_fails_a_run() {
        let because = || String::from("because");
        for (verdict, fails) in [
            (Verdict::Met, false),
            (Verdict::WithinNoise, false),
            (Verdict::Missed, true),
            (Verdict::NotInQuick, false),
            (Verdict::NotMeasured(because()), false),
            (Verdict::Refused(because()), true),
        ] {
            assert_eq!(verdict.fails(), fails, "{verdict:?}");
        }
    }

    #[test]
    fn no_number_is_refused() {
        let goal = Goal::at_least("more", "", 0.55, Unit::Share);
        let row = Row::measured(goal, [1.0 / 0.0], "");
        assert!(row.verdict.fails() && row.figure.is_none());
    }

    #[test]
    fn goals_are_told_with_their_units() {
        let share = Goal::at_least("a", "", 0.55, Unit::Share).stretch(0.7);
        assert_eq!(share.shown(), "≥ 55 % (70 %)");
        assert_eq!(Goal::at_most("b", "", 2.2, Unit::Times).shown(), "≤ 2.20 ×");
        assert_eq!(Goal::at_most("c", "", 40.0, Unit::Mebibytes).shown(), "≤ 40 MB");
        assert_eq!(Goal::at_most("d", "", 0.5, Unit::Seconds).shown(), "≤ 0.50 s");
    }
}
