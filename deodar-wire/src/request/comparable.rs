//! What is compared of two bodies that came with one `Idempotency-Key`.
//!
//! Bodies are the same where they say the same: white space and the order of fields do not count.
//! Whatever holds a card's number or a PAN is left out, so that it is neither compared nor hashed;
//! and of a body that is not JSON nothing is told but that, since it may hold one anywhere.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::read::NESTING_MAX;

/// The fields that are left out, wherever they stand.
const LEFT_OUT: [&str; 3] = ["card_details", "points_card_details", "cardless_details"];

/// What is compared of a body: bytes to be digested, which are never stored or logged.
pub fn comparable_body(body: &[u8]) -> Vec<u8> {
    let mut form = Vec::with_capacity(body.len());
    if body.iter().all(u8::is_ascii_whitespace) {
        form.extend_from_slice(b"none");
        return form;
    }
    match serde_json::from_slice::<&RawValue>(body).ok().and_then(|raw| Value::read(raw, 0)) {
        Some(value) => value.write(&mut form),
        None => form.extend_from_slice(b"not JSON"),
    }
    form
}

/// A JSON value without what is left out.
enum Value {
    Null,
    Bool(bool),
    /// A number as JSON writes it.
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    /// Fields in the order of their names; one that stands there twice is kept twice.
    Object(Vec<(String, Self)>),
    /// A number or text that JSON has and nobody can read: a request may have it where nobody
    /// looks.
    Unreadable(String),
}

impl Value {
    /// Reads a value that stands `depth` levels deep; `None` where no request is read that has it.
    fn read(raw: &RawValue, depth: usize) -> Option<Self> {
        let text = raw.get();
        let inside = depth.checked_add(1).filter(|depth| *depth <= NESTING_MAX);
        Some(match text.as_bytes().first()? {
            b'n' => Self::Null,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => serde_json::from_str(text)
                .map_or_else(|_| Self::Unreadable(text.to_owned()), Self::Text),
            b'[' => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let elements = elements.into_iter().map(|raw| Self::read(raw, inside?));
                Self::List(elements.collect::<Option<_>>()?)
            }
            b'{' => {
                let Fields(fields) = serde_json::from_str(text).ok()?;
                let fields =
                    fields.into_iter().map(|(name, raw)| Some((name, Self::read(raw, inside?)?)));
                let mut fields = fields.collect::<Option<Vec<_>>>()?;
                fields.sort_by(|(one, _), (other, _)| one.cmp(other));
                Self::Object(fields)
            }
            _ => serde_json::from_str(text)
                .map_or_else(|_| Self::Unreadable(text.to_owned()), Self::Number),
        })
    }

    /// Writes a form that two values share only where they are the same: every value begins with
    /// its kind, and what has a length begins with that.
    fn write(&self, form: &mut Vec<u8>) {
        match self {
            Self::Null => form.push(b'n'),
            Self::Bool(value) => form.push(if *value { b't' } else { b'f' }),
            Self::Number(number) => write_text(b'#', &number.to_string(), form),
            Self::Text(text) => write_text(b'"', text, form),
            Self::Unreadable(text) => write_text(b'?', text, form),
            Self::List(elements) => {
                write_length(b'[', elements.len(), form);
                for element in elements {
                    element.write(form);
                }
            }
            Self::Object(fields) => {
                write_length(b'{', fields.len(), form);
                for (name, value) in fields {
                    write_text(b'"', name, form);
                    value.write(form);
                }
            }
        }
    }
}

fn write_length(kind: u8, length: usize, form: &mut Vec<u8>) {
    form.push(kind);
    form.extend_from_slice(length.to_string().as_bytes());
    form.push(b':');
}

fn write_text(kind: u8, text: &str, form: &mut Vec<u8>) {
    write_length(kind, text.len(), form);
    form.extend_from_slice(text.as_bytes());
}

/// The fields of an object, as they stand there, without those that are left out.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            if LEFT_OUT.contains(&name.as_str()) {
                object.next_value::<IgnoredAny>()?;
            } else {
                fields.push((name, object.next_value()?));
            }
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_same(one: &str, other: &str, same: bool) {
        let (first, second) = (comparable_body(one.as_bytes()), comparable_body(other.as_bytes()));
        assert_eq!(first == second, same, "{one} and {other}");
    }

    #[test]
    fn bodies_are_the_same_where_they_say_the_same() {
        let table = [
            (r#"{"a":1,"b":[true,null]}"#, " { \"b\" : [ true , null ] ,\n\"a\" : 1 } ", true),
            (r#"{"a":"\u00e9"}"#, r#"{"a":"é"}"#, true),
            (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":2,"x":1}}"#, true),
            ("", " \n", true),
            ("{", "not json", true),
            ("", "{}", false),
            ("", "{", false),
            ("{}", "[]", false),
            ("{}", "null", false),
            (r#"{"a":1}"#, r#"{"a":2}"#, false),
            (r#"{"a":1}"#, r#"{"a":"1"}"#, false),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
            (r#"{"a":1}"#, r#"{"a":1,"a":1}"#, false),
            (r#"{"a":-1}"#, r#"{"a":1}"#, false),
            (r#"{"a":18446744073709551615}"#, r#"{"a":18446744073709551614}"#, false),
            ("[1,2]", "[2,1]", false),
            ("[[1],2]", "[[1,2]]", false),
            (r#"["a","b"]"#, r#"["ab",""]"#, false),
            (r#"{"a":"n"}"#, r#"{"a":null}"#, false),
            (r#""none""#, "", false),
            (r#"{"a":true}"#, r#"{"a":false}"#, false),
        ];
        for (one, other, same) in table {
            assert_same(one, other, same);
        }
    }

    #[test]
    fn what_nobody_can_read_is_compared_as_it_stands() {
        for odd in ["1e400", "-1e999", r#""\ud800""#, r#""a\udc00b""#, "[[1e400]]"] {
            let body = |amount: u32, odd: &str| format!(r#"{{"a":{amount},"x":{odd}}}"#);
            assert_same(&body(1, odd), &body(1, odd), true);
            assert_same(&body(1, odd), &body(2, odd), false);
            assert_same(&body(1, odd), &body(1, "1e401"), false);
            assert_same(&body(1, odd), "{", false);
        }
        let nested = |depth: usize, inside: u32| {
            format!("{}{inside}{}", "[".repeat(depth), "]".repeat(depth))
        };
        assert_same(&nested(NESTING_MAX, 1), &nested(NESTING_MAX, 2), false);
        // Deeper ones are refused, each like the other.
        assert_same(&nested(NESTING_MAX + 1, 1), &nested(NESTING_MAX + 1, 2), true);
    }

    #[test]
    fn card_details_are_neither_compared_nor_hashed() {
        let paying = |card: &str, amount: u32| {
            format!(
                r#"{{"payments":[{{"payment_amount":{{"value":{amount}}},
                    "payment_option":{{"card_details":{card},"points_card_details":{card},
                    "cardless_details":{card}}}}}]}}"#
            )
        };
        let card = r#"{"card_number":"4012001037141112","cvv":"123","more":[{}]}"#;
        let body = paying(card, 500);
        assert_same(&body, &paying("null", 500), true);
        assert_same(&body, &paying(card, 501), false);
        for body in [body.as_str(), body.split_at(body.len() - 1).0, &format!("{body}}}")] {
            let form = comparable_body(body.as_bytes());
            let digits = b"4012001037141112";
            assert!(!form.windows(digits.len()).any(|window| window == digits), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_nested_without_end_is_only_not_json() {
        let bomb = "[".repeat(60_000);
        assert_same(&bomb, "{", true);
        assert_same(&format!("{bomb}{}", "]".repeat(60_000)), "{", true);
    }
}
