//! The list calls: `?start_date&end_date&page&per_page`.

use std::borrow::Cow;
use std::time::Duration;

use deodar_domain::time::Timestamp;

use super::invalid::{At, InvalidRequest};

/// How long a period a list can be of.
pub const LIST_PERIOD_MAX: Duration = Duration::from_hours(60 * 24);
/// How many elements a page holds where the call does not say.
pub const PER_PAGE_DEFAULT: u32 = 10;
/// How many elements a page holds at most.
pub const PER_PAGE_MAX: u32 = 100;
/// How many of the newest things of a period can be paged through: a page is found by counting
/// those before it. Who has more asks for shorter periods.
pub const LIST_DEPTH_MAX: u32 = 100_000;

/// A day, in IST or any other zone.
const DAY: Duration = Duration::from_hours(24);
/// The shortest time that the API tells.
const MILLISECOND: Duration = Duration::from_millis(1);

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListCall {
    /// The first millisecond of the period.
    pub start: Timestamp,
    /// The last millisecond of the period, which is part of it.
    pub end: Timestamp,
    /// Which page, from 1.
    pub page: u32,
    /// How many elements a page holds.
    pub per_page: u32,
}

impl ListCall {
    /// Reads the decoded pairs of the query. Both dates are needed; a date is a time, or a day in
    /// India, which is part of the period whole. Parameters that are not known are ignored.
    pub fn parse<'a, P>(pairs: P) -> Result<Self, InvalidRequest>
    where
        P: IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    {
        let parameters = Parameters::read(pairs)?;
        let start = date(START_DATE, parameters.start_date)?.start;
        let end = date(END_DATE, parameters.end_date)?.end;
        if end < start {
            return Err(at(END_DATE).refuse("must not be before the start date"));
        }
        if end.since(start) > LIST_PERIOD_MAX {
            return Err(at(END_DATE).refuse("must be at most 60 days after the start date"));
        }
        let per_page = number(PER_PAGE, parameters.per_page, PER_PAGE_DEFAULT, PER_PAGE_MAX)?;
        let page = number(PAGE, parameters.page, 1, LIST_DEPTH_MAX / per_page)?;
        Ok(Self { start, end, page, per_page })
    }
}

const START_DATE: &str = "start_date";
const END_DATE: &str = "end_date";
const PAGE: &str = "page";
const PER_PAGE: &str = "per_page";

const fn at(parameter: &'static str) -> At<'static> {
    const ROOT: At<'static> = At::ROOT;
    ROOT.key(parameter)
}

/// The parameters as they were sent. One that is empty is absent.
#[derive(Default)]
struct Parameters<'a> {
    start_date: Option<Cow<'a, str>>,
    end_date: Option<Cow<'a, str>>,
    page: Option<Cow<'a, str>>,
    per_page: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    fn read<P>(pairs: P) -> Result<Self, InvalidRequest>
    where
        P: IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            let (name, place) = match &*name {
                START_DATE => (START_DATE, &mut parameters.start_date),
                END_DATE => (END_DATE, &mut parameters.end_date),
                PAGE => (PAGE, &mut parameters.page),
                PER_PAGE => (PER_PAGE, &mut parameters.per_page),
                _ => continue,
            };
            if value.is_empty() {
                continue;
            }
            if place.replace(value).is_some() {
                return Err(at(name).refuse("must be sent once"));
            }
        }
        Ok(parameters)
    }
}

/// What a date stands for: a millisecond, or a day.
struct Date {
    start: Timestamp,
    end: Timestamp,
}

fn date(name: &'static str, text: Option<Cow<'_, str>>) -> Result<Date, InvalidRequest> {
    let text = text.ok_or_else(|| at(name).refuse("must not be empty"))?;
    if let Some(start) = Timestamp::start_of_day_ist(&text) {
        return Ok(Date { start, end: start.plus(DAY).minus(MILLISECOND) });
    }
    let time = Timestamp::parse(&with_its_plus(&text)).map_err(|_| {
        at(name).refuse("must be a time like 2025-03-06T08:27:55Z or a day like 2025-03-06")
    })?;
    Ok(Date { start: time.to_millis(), end: time.to_millis() })
}

/// A `+` that was not encoded arrives as a space: `2025-03-06T13:57:55 05:30`.
fn with_its_plus(text: &str) -> Cow<'_, str> {
    const OFFSET_LENGTH: usize = "+05:30".len();
    let split = text.len().checked_sub(OFFSET_LENGTH).and_then(|at| text.split_at_checked(at));
    match split {
        Some((time, offset)) if time.contains(['T', 't']) => match offset.strip_prefix(' ') {
            Some(offset) => Cow::Owned(format!("{time}+{offset}")),
            None => Cow::Borrowed(text),
        },
        _ => Cow::Borrowed(text),
    }
}

fn number(
    name: &'static str,
    text: Option<Cow<'_, str>>,
    default: u32,
    max: u32,
) -> Result<u32, InvalidRequest> {
    let Some(text) = text else { return Ok(default) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && (1..=max).contains(&number) => Ok(number),
        _ => Err(at(name).refuse(format_args!("must be an integer from 1 to {max}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &[(&'static str, &'static str)]) -> Result<ListCall, InvalidRequest> {
        ListCall::parse(query.iter().map(|&(name, value)| (name.into(), value.into())))
    }

    fn period(start: &'static str, end: &'static str) -> Result<(String, String), String> {
        match parse(&[(START_DATE, start), (END_DATE, end)]) {
            Ok(call) => Ok((call.start.to_string(), call.end.to_string())),
            Err(invalid) => Err(invalid.field.unwrap()),
        }
    }

    #[test]
    fn a_date_is_a_time_or_a_whole_day_in_india() {
        let cases = [
            ("2025-03-06", "2025-03-06", "2025-03-05T18:30:00.000Z", "2025-03-06T18:29:59.999Z"),
            ("2025-03-01", "2025-04-29", "2025-02-28T18:30:00.000Z", "2025-04-29T18:29:59.999Z"),
            (
                "2025-03-06T08:27:55.881Z",
                "2025-03-06T08:27:55.881999Z",
                "2025-03-06T08:27:55.881Z",
                "2025-03-06T08:27:55.881Z",
            ),
            (
                "2025-03-06T00:00:00+05:30",
                "2025-03-06T13:57 05:30",
                "2025-03-05T18:30:00.000Z",
                "2025-03-06T08:27:00.000Z",
            ),
            (
                "2025-03-01T00:00:00Z",
                "2025-04-30T00:00:00Z",
                "2025-03-01T00:00:00.000Z",
                "2025-04-30T00:00:00.000Z",
            ),
        ];
        for (start, end, first, last) in cases {
            assert_eq!(period(start, end), Ok((first.into(), last.into())), "{start} {end}");
        }
    }

    #[test]
    fn a_period_that_is_none_is_refused_by_the_name_of_its_date() {
        let (start, end) = ("2025-03-06", "2025-03-07");
        let cases = [
            ("", end, START_DATE),
            (start, "", END_DATE),
            ("06-03-2025", end, START_DATE),
            ("2025-02-29", end, START_DATE),
            ("2025-3-6", end, START_DATE),
            ("2025-03-06T08:27:55", end, START_DATE),
            ("1741249675", end, START_DATE),
            (start, "tomorrow", END_DATE),
            (start, "2025-03-07 05:30", END_DATE),
            (start, "2025-03-07é05:30", END_DATE),
            (end, start, END_DATE),
            ("2025-03-01", "2025-04-30", END_DATE),
            ("2025-03-01T00:00:00Z", "2025-04-30T00:00:00.001Z", END_DATE),
            ("-009999-01-02", "9999-12-30", START_DATE),
            ("0001-01-01", "9999-12-30", END_DATE),
        ];
        for (start, end, field) in cases {
            assert_eq!(period(start, end), Err(field.to_owned()), "{start} {end}");
        }
    }

    #[test]
    fn pages_are_bounded_and_so_is_how_deep_they_go() {
        let call = |more: &[(&'static str, &'static str)]| {
            let dates = [(START_DATE, "2025-03-06"), (END_DATE, "2025-03-06")];
            match parse(&[&dates, more].concat()) {
                Ok(call) => Ok((call.page, call.per_page)),
                Err(invalid) => Err(invalid.field.unwrap()),
            }
        };
        let fine: [(&[_], _); 7] = [
            (&[], (1, 10)),
            (&[(PAGE, "")], (1, 10)),
            (&[(PAGE, "2"), (PER_PAGE, "1")], (2, 1)),
            (&[(PAGE, "100000"), (PER_PAGE, "1")], (100_000, 1)),
            (&[(PAGE, "1000"), (PER_PAGE, "100")], (1_000, 100)),
            (&[(PAGE, "1"), ("merchant_id", "1"), ("merchant_id", "2")], (1, 10)),
            (&[(PAGE, ""), (PAGE, "3")], (3, 10)),
        ];
        for (more, expected) in fine {
            assert_eq!(call(more), Ok(expected), "{more:?}");
        }
        let refused: [(&[_], &str); 11] = [
            (&[(PER_PAGE, "0")], PER_PAGE),
            (&[(PER_PAGE, "101")], PER_PAGE),
            (&[(PER_PAGE, "ten")], PER_PAGE),
            (&[(PAGE, "0")], PAGE),
            (&[(PAGE, "-1")], PAGE),
            (&[(PAGE, "+1")], PAGE),
            (&[(PAGE, "1.0")], PAGE),
            (&[(PAGE, "99999999999999999999")], PAGE),
            (&[(PAGE, "1001"), (PER_PAGE, "100")], PAGE),
            (&[(PAGE, "1"), (PAGE, "1")], PAGE),
            (&[(START_DATE, "2025-03-06")], START_DATE),
        ];
        for (more, field) in refused {
            assert_eq!(call(more), Err(field.to_owned()), "{more:?}");
        }
    }
}
