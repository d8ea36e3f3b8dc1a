//! The shape of an answer: its keys, its nesting and its JSON types, beside those of a sample.

use serde_json::Value;

/// In what an answer differs from a sample: `extra a.b`, `missing a.b` or `type a.b`, sorted. Every
/// element of a list is compared with the sample's first one.
pub(crate) fn differences(sample: &Value, answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", sample, answer, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

fn compare(path: &str, sample: &Value, answer: &Value, found: &mut Vec<String>) {
    match (sample, answer) {
        (Value::Object(sample), Value::Object(answer)) => {
            let inside = |name: &str| {
                if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
            };
            for (name, value) in sample {
                match answer.get(name) {
                    Some(answered) => compare(&inside(name), value, answered, found),
                    None => found.push(format!("missing {}", inside(name))),
                }
            }
            let extra = answer.keys().filter(|name| !sample.contains_key(*name));
            found.extend(extra.map(|name| format!("extra {}", inside(name))));
        }
        (Value::Array(sample), Value::Array(answer)) => {
            let Some(first) = sample.first() else { return };
            for element in answer {
                compare(&format!("{path}[]"), first, element, found);
            }
        }
        _ if kind(sample) == kind(answer) => {}
        _ => found.push(format!("type {path}")),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "integer",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

#[test]
fn every_difference_of_shape_is_found() {
    let sample = serde_json::json!({"a": {"b": 1, "c": "x"}, "l": [{"d": true}], "e": []});
    let answer =
        serde_json::json!({"a": {"b": "1"}, "l": [{"d": false}, {"d": 1, "x": 0}], "e": [1]});
    let expected = ["extra l[].x", "missing a.c", "type a.b", "type l[].d"];
    assert_eq!(differences(&sample, &answer), expected);
    assert_eq!(differences(&sample, &sample), [""; 0]);
}
