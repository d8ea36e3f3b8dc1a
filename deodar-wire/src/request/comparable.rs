//! What is compared of two bodies that came with one `Idempotency-Key`.
//!
//! Bodies are the same where they say the same: white space and the order of fields do not count.
//! Whatever holds a card's number is left out, so that it is neither compared nor hashed; and of a
//! body that is not JSON nothing is told but that, since it may hold one anywhere.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The fields that are left out, wherever they stand.
const LEFT_OUT: [&str; 2] = ["card_details", "points_card_details"];

/// What is compared of a body: bytes to be digested, which are never stored or logged.
pub fn comparable_body(body: &[u8]) -> Vec<u8> {
    let mut form = Vec::with_capacity(body.len());
    if body.iter().all(u8::is_ascii_whitespace) {
        form.extend_from_slice(b"none");
        return form;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => value.write(&mut form),
        Err(_) => form.extend_from_slice(b"not JSON"),
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
}

impl Value {
    /// Writes a form that two values share only where they are the same: every value begins with
    /// its kind, and what has a length begins with that.
    fn write(&self, form: &mut Vec<u8>) {
        match self {
            Self::Null => form.push(b'n'),
            Self::Bool(value) => form.push(if *value { b't' } else { b'f' }),
            Self::Number(number) => write_text(b'#', &number.to_string(), form),
            Self::Text(text) => write_text(b'"', text, form),
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

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            if LEFT_OUT.contains(&name.as_str()) {
                object.next_value::<IgnoredAny>()?;
            } else {
                fields.push((name, object.next_value()?));
            }
        }
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Value::Object(fields))
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
    fn card_details_are_neither_compared_nor_hashed() {
        let paying = |card: &str, amount: u32| {
            format!(
                r#"{{"payments":[{{"payment_amount":{{"value":{amount}}},
                    "payment_option":{{"card_details":{card},"points_card_details":{card}}}}}]}}"#
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
