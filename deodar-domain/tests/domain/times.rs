//! Instants: read leniently, written with milliseconds in UTC.

use std::time::Duration;

use deodar_domain::time::Timestamp;
use proptest::prelude::*;

#[test]
fn instants_are_read_with_or_without_seconds_fraction_and_offset() {
    for (text, told) in [
        ("2025-03-06T08:27:55.881Z", "2025-03-06T08:27:55.881Z"),
        ("2025-03-06T08:27:55Z", "2025-03-06T08:27:55.000Z"),
        ("2025-03-21T08:29Z", "2025-03-21T08:29:00.000Z"),
        ("2025-03-06T08:27:55.8Z", "2025-03-06T08:27:55.800Z"),
        ("2025-03-06T08:27:55.881999Z", "2025-03-06T08:27:55.881Z"),
        ("2025-03-06T08:27:55.881999999Z", "2025-03-06T08:27:55.881Z"),
        ("2025-03-06T13:57:55+05:30", "2025-03-06T08:27:55.000Z"),
        ("2025-03-06T13:57+05:30", "2025-03-06T08:27:00.000Z"),
        ("2025-03-05T23:57:55-08:30", "2025-03-06T08:27:55.000Z"),
        ("2025-03-06t08:27:55z", "2025-03-06T08:27:55.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2025-01-01T00:00:00+05:30", "2024-12-31T18:30:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
    ] {
        let read = Timestamp::parse(text).unwrap_or_else(|_| panic!("{text} was refused"));
        assert_eq!(read.rfc3339_millis(), told, "{text}");
    }
}

#[test]
fn texts_that_are_no_instant_are_refused() {
    for text in [
        "",
        "2025-03-06",
        "2025-03-06T08:27:55",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-03-06T24:00:00Z",
        "2025-03-06T08:60:00Z",
        "1741249675",
        "06-03-2025T08:27:55Z",
        "yesterday",
        "2025-03-06T08:27:55Z ",
        " 2025-03-06T08:27:55Z",
    ] {
        assert!(Timestamp::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_day_in_india_begins_five_and_a_half_hours_before_that_of_utc() {
    for (day, begins) in [
        ("2025-03-06", Some("2025-03-05T18:30:00.000Z")),
        ("2024-02-29", Some("2024-02-28T18:30:00.000Z")),
        ("2025-01-01", Some("2024-12-31T18:30:00.000Z")),
        ("2025-02-29", None),
        ("2025-13-01", None),
        ("2025-00-10", None),
        ("2025-3-6", None),
        ("2025/03/06", None),
        ("20250306", None),
        ("-009999-01-02", None),
        ("2025-03-06T00:00:00Z", None),
        ("२०२५-०३-०६", None),
        ("", None),
    ] {
        let told = Timestamp::start_of_day_ist(day).map(Timestamp::rfc3339_millis);
        assert_eq!(told.as_deref(), begins, "{day:?}");
    }
}

proptest! {
    // From 1970 to 2099.
    #[test]
    fn what_is_told_reads_back(micros in 0..4_102_444_800_000_000_i64) {
        let instant = Timestamp::from_micros(micros);
        prop_assert_eq!(Timestamp::parse(&instant.rfc3339_millis()), Ok(instant.to_millis()));
        prop_assert_eq!(instant.to_string(), instant.to_millis().to_string());
    }

    #[test]
    fn compact_instants_read_back(second in 946_684_800_i64..4_102_444_800) {
        let instant = Timestamp::from_seconds(second);
        prop_assert_eq!(instant.compact().len(), 12);
        prop_assert_eq!(Timestamp::parse_compact(&instant.compact()), Some(instant));
    }

    #[test]
    fn arithmetic_never_overflows(micros in any::<i64>(), seconds in any::<u64>()) {
        let instant = Timestamp::from_micros(micros);
        let duration = Duration::from_secs(seconds);
        prop_assert!(instant.plus(duration) >= instant);
        prop_assert!(instant.minus(duration) <= instant);
        let _ = (instant.rfc3339_millis(), instant.compact(), instant.display_ist());
    }
}

#[test]
fn the_time_between_instants_is_never_negative() {
    let (early, late) = (Timestamp::from_seconds(10), Timestamp::from_seconds(12));
    assert_eq!(late.since(early), Duration::from_secs(2));
    assert_eq!(early.since(late), Duration::ZERO);
}

#[test]
fn before_1970_whole_units_are_still_below() {
    let instant = Timestamp::from_micros(-1);
    assert_eq!((instant.seconds(), instant.millis()), (-1, -1));
    assert_eq!(instant.to_millis(), Timestamp::from_micros(-1_000));
}

#[test]
fn compact_instants_that_are_none_are_refused() {
    for text in ["", "25030608275", "2503060827555", "250230082755", "250306082760", "25030608275x"]
    {
        assert_eq!(Timestamp::parse_compact(text), None, "{text:?}");
    }
}

#[test]
fn payers_read_indian_time() {
    for (text, shown) in [
        ("2025-03-21T08:29:00Z", "21 Mar 2025, 1:59 pm IST"),
        ("2025-03-20T18:30:00Z", "21 Mar 2025, 12:00 am IST"),
        ("2025-12-31T18:29:59Z", "31 Dec 2025, 11:59 pm IST"),
    ] {
        assert_eq!(Timestamp::parse(text).unwrap().display_ist(), shown);
    }
}
