//! Instants, as integer microseconds since the Unix epoch.

use std::fmt;
use std::time::Duration;

use jiff::fmt::temporal::DateTimePrinter;
use thiserror::Error;

/// An instant in UTC, with microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is not an RFC 3339 timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be an RFC 3339 timestamp in UTC, like 2025-03-06T08:27:55.881Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The instant `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` seconds after the Unix epoch; the last one that can be told where
    /// that is out of range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the Unix epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The instant `duration` later; the last one that can be told where that is out of range.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// The instant `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long it is from `earlier` to this instant; nothing where `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The instant without what is finer than a millisecond, as the API tells it.
    #[must_use]
    pub const fn to_millis(self) -> Self {
        Self(self.millis().saturating_mul(1_000))
    }

    /// Parses RFC 3339, with or without seconds or a fraction.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self(parsed.as_microsecond()))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }

    /// RFC 3339 in UTC with milliseconds: `2025-03-06T08:27:55.881Z`.
    pub fn rfc3339_millis(self) -> String {
        const MILLIS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        MILLIS.timestamp_to_string(&self.jiff())
    }

    /// `yyMMddHHmmss` in UTC, as the public ids carry it.
    pub fn compact(self) -> String {
        let local = jiff::tz::Offset::UTC.to_datetime(self.jiff());
        let century = i8::try_from(local.year().rem_euclid(100)).unwrap_or_default();
        let pairs =
            [century, local.month(), local.day(), local.hour(), local.minute(), local.second()];
        let mut text = String::with_capacity(2 * pairs.len());
        for pair in pairs {
            for digit in [pair / 10, pair % 10] {
                text.push(char::from(b'0' + digit.unsigned_abs()));
            }
        }
        text
    }

    /// The instant that `yyMMddHHmmss` of this century names.
    pub fn parse_compact(text: &str) -> Option<Self> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut fields = text.as_bytes().chunks_exact(2).filter_map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|digits| digits.parse::<i8>().ok())
        });
        let mut next = || fields.next();
        let year = 2000 + i16::from(next()?);
        let date = jiff::civil::DateTime::new(year, next()?, next()?, next()?, next()?, next()?, 0);
        let instant = jiff::tz::Offset::UTC.to_timestamp(date.ok()?).ok()?;
        Some(Self(instant.as_microsecond()))
    }

    /// The first instant of a day in India: of `2025-03-06`, and of nothing that is written
    /// otherwise.
    pub fn start_of_day_ist(day: &str) -> Option<Self> {
        let is_plain = |(place, byte): (usize, u8)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if day.len() != 10 || !day.bytes().enumerate().all(is_plain) {
            return None;
        }
        let midnight: jiff::Timestamp = format!("{day}T00:00:00+05:30").parse().ok()?;
        Some(Self(midnight.as_microsecond()))
    }

    /// The instant as a payer in India reads it: `21 Mar 2025, 1:59 pm IST`.
    pub fn display_ist(self) -> String {
        self.ist().strftime("%-d %b %Y, %-I:%M %P IST").to_string()
    }

    /// The hour, from 0 to 23, and the minute on the clocks of India.
    pub fn clock_ist(self) -> (u8, u8) {
        let local = self.ist();
        let part = |part| u8::try_from(part).unwrap_or_default();
        (part(local.hour()), part(local.minute()))
    }

    fn ist(self) -> jiff::Zoned {
        let offset = jiff::tz::Offset::from_seconds(19_800).unwrap_or(jiff::tz::Offset::UTC);
        self.jiff().to_zoned(jiff::tz::TimeZone::fixed(offset))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339_millis())
    }
}
