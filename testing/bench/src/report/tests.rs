//! The report of made-up figures.

use super::*;
use crate::goal::{Goal, Unit, Verdict};

fn figure(median: f64) -> Figure {
    Figure { median, min: median - 0.1, max: median + 0.1, repetitions: 3 }
}

fn report() -> Report {
    let share = Goal::at_least("order-ceiling", "create order, against none", 0.55, Unit::Share);
    let times = Goal::at_most("order-p99", "p99 < p50 & more", 5.0, Unit::Times);
    let rows = vec![
        Row::measured(share.stretch(0.7), [0.6, 0.5, 0.7], "60/s of 100/s"),
        Row::measured(times, [9.0, 8.0, 10.0], "9 ms of 1 ms"),
        Row::without(share, Verdict::NotInQuick),
        Row::without(times, Verdict::Refused(String::from("3 answers were no success"))),
    ];
    let measured = vec![Measured {
        part: String::from("create order"),
        server: String::from("no storage"),
        rate: figure(86_900.4),
        p50_ms: figure(0.71),
        p99_ms: figure(2.25),
        cpu_us: figure(10.04),
        written_bytes: figure(1_300.0),
    }];
    let conditions = Conditions {
        processor: String::from("a processor"),
        cores: 2,
        system: String::from("Linux 6.1"),
        sync_us: Some(figure(40.0)),
        is_quick: true,
        window_seconds: 2,
        repetitions: 3,
        connections: 64,
        orders: 100_000,
        merchants: 1_000,
        slow_disk_us: 2_000,
    };
    Report { conditions, rows, measured }
}

#[test]
fn the_tables_are_aligned_and_tell_every_goal() {
    let expected = "\
2 cores of a processor, Linux 6.1; a page and its sync take 40 µs

load          server      requests/s  p50 ms  p99 ms  CPU µs  written
create order  no storage  86900       0.71    2.25    10.0    1300 B

goal                                      median  spread            of             verdict
create order, against none  ≥ 55 % (70 %)  60 %    50 % … 70 %       60/s of 100/s  met
p99 < p50 & more            ≤ 5.00 ×       9.00 ×  8.00 × … 10.0 ×   9 ms of 1 ms   missed
create order, against none  ≥ 55 %         –       –                                not in quick
p99 < p50 & more            ≤ 5.00 ×       –       –                                refused: 3 answers were no success
";
    let words = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let table = report().table();
    assert_eq!(words(&table), words(expected));
    let column = |line: &str| line.chars().position(|c| c == '≥' || c == '≤');
    let columns: Vec<_> = table.lines().filter_map(column).collect();
    assert_eq!(columns, [28; 4], "the goals stand below each other");
}

#[test]
fn the_json_names_each_goal_and_its_verdict() {
    let json: serde_json::Value = serde_json::from_str(&report().json().unwrap()).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let verdicts: Vec<_> = rows.iter().map(|row| row["verdict"]["is"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["met", "missed", "not_in_quick", "refused"]);
    assert_eq!(rows[0]["goal"]["name"], "order-ceiling");
    assert_eq!(rows[0]["figure"]["median"], 0.6);
    assert_eq!(rows[2]["figure"], serde_json::Value::Null);
    assert_eq!(rows[3]["verdict"]["why"], "3 answers were no success");
    assert_eq!(json["conditions"]["cores"], 2);
}

#[test]
fn the_chart_is_the_same_each_time_and_well_formed() {
    let svg = chart::goals(&report().rows);
    assert_eq!(svg, chart::goals(&report().rows));
    for element in ["svg", "g", "text", "style", "title"] {
        let (open, close) = (format!("<{element}"), format!("</{element}>"));
        let opened = svg.matches(&open).filter(|_| true).count();
        assert!(opened >= svg.matches(&close).count() && svg.contains(&close), "{element}");
    }
    assert_eq!(svg.matches("<g>").count(), 2, "a bar for each row with a figure");
    assert!(svg.contains("p99 &lt; p50 &amp; more"));
    assert!(svg.contains("prefers-color-scheme: dark"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn the_report_is_written_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    report().write(folder.path(), "quick").unwrap();
    for name in ["quick.json", "quick.svg"] {
        assert!(folder.path().join(name).metadata().unwrap().len() > 0);
    }
}
