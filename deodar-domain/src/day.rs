//! Calendar days in India: when an instalment is due.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::time::Timestamp;

/// The seconds by which India's clocks are ahead of UTC. India keeps no summer time.
const IST_AHEAD_SECONDS: i32 = 19_800;

/// A calendar day in India.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day in India at an instant.
    pub fn of(at: Timestamp) -> Self {
        let offset = Offset::from_seconds(IST_AHEAD_SECONDS).unwrap_or(Offset::UTC);
        let instant = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        Self(instant.to_zoned(TimeZone::fixed(offset)).date())
    }

    /// Reads `2025-03-06`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 10 && text.is_ascii();
        text.parse().ok().filter(|_| is_plain).map(Self)
    }

    /// The day with this number in the month that comes `months` later; the month's last day where
    /// it has no such day.
    #[must_use]
    pub fn in_months(self, months: u16, day_of_month: i8) -> Self {
        let first = self.0.first_of_month();
        let month = first.saturating_add(jiff::Span::new().months(i32::from(months)));
        let day = day_of_month.clamp(1, month.days_in_month());
        Self(month.with().day(day).build().unwrap_or(month))
    }

    /// The year, the month from 1 to 12, and the day of the month.
    pub fn parts(self) -> (i16, u8, u8) {
        let [month, day] =
            [self.0.month(), self.0.day()].map(|part| u8::try_from(part).unwrap_or(1));
        (self.0.year(), month, day)
    }

    /// The same day of the month `months` later; the month's last day where it has no such day.
    #[must_use]
    pub fn plus_months(self, months: u16) -> Self {
        self.in_months(months, self.0.day())
    }
}

impl Day {
    /// The day as a payer in India reads it: `21 Mar 2025`.
    pub fn display(self) -> String {
        self.0.strftime("%-d %b %Y").to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_india() {
        for (instant, day) in [
            ("2025-06-30T18:29:59.999Z", "2025-06-30"),
            ("2025-06-30T18:30:00Z", "2025-07-01"),
            ("2024-12-31T18:30:00Z", "2025-01-01"),
        ] {
            assert_eq!(Day::of(Timestamp::parse(instant).unwrap()).to_string(), day);
        }
    }

    #[test]
    fn a_month_that_has_no_such_day_ends_earlier() {
        for (day, months, later) in [
            ("2025-01-31", 1, "2025-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2025-01-31", 2, "2025-03-31"),
            ("2025-11-30", 14, "2027-01-30"),
        ] {
            assert_eq!(Day::parse(day).unwrap().plus_months(months).to_string(), later);
        }
        assert_eq!(Day::parse("2025-06-30").unwrap().in_months(2, 21).to_string(), "2025-08-21");
    }

    #[test]
    fn a_payer_reads_a_day_in_words() {
        assert_eq!(Day::parse("2025-07-01").unwrap().display(), "1 Jul 2025");
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        for text in
            ["2025-3-06", "20250306", "2025-03-06T00:00:00Z", "", "2025-02-30", "+002025-03-06"]
        {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
