//! The full request for a link, and what becomes of variations of it.

use deodar_wire::{CreateLink, InvalidRequest};
use serde_json::Value;

/// A request with every field.
pub(crate) const FULL: &str = include_str!("full_link.json");

pub(crate) fn full() -> Value {
    serde_json::from_str(FULL).unwrap()
}

/// The full request with the value at `pointer` replaced, or added to an object that is there.
pub(crate) fn with(pointer: &str, value: Value) -> String {
    let mut body = full();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(name.to_owned(), value);
        }
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other}"),
    }
    body.to_string()
}

pub(crate) fn parse(body: &str) -> Result<CreateLink, InvalidRequest> {
    CreateLink::parse(body.as_bytes())
}

pub(crate) fn refusal(body: &str) -> InvalidRequest {
    match parse(body) {
        Ok(_) => panic!("accepted: {body}"),
        Err(refusal) => refusal,
    }
}

#[track_caller]
pub(crate) fn assert_refused(body: &str, field: &str, message: &str) {
    let refusal = refusal(body);
    assert_eq!(refusal.field.as_deref(), Some(field), "{refusal:?}");
    assert_eq!(refusal.message, message);
}
