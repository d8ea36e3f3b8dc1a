//! What the description tells of an answer. Every answer that a test of this crate is given is held
//! against it: its status and code must be told, and each of its fields.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use axum::http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let description: Value = serde_json::from_str(&deodar_api::description().unwrap()).unwrap();
    strict(description)
});

/// The validators that were made, by operation and status.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// The description, where an object has no field beside those that are told. What is told in two
/// parts stays as it is: errors, which some calls tell more of.
fn strict(value: Value) -> Value {
    match value {
        Value::Array(elements) => elements.into_iter().map(strict).collect(),
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> =
                fields.into_iter().map(|(name, field)| (name, strict(field))).collect();
            let is_a_part = |told: &Value| told.get("code").or(told.get("next")).is_some();
            let is_whole = fields.get("properties").is_some_and(|told| !is_a_part(told));
            if is_whole && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".into(), json!(false));
            }
            Value::Object(fields)
        }
        other => other,
    }
}

/// The operation of a call, if there is one: a path without a variable part before one with it.
fn operation(method: &Method, path: &str) -> Option<(String, &'static Value)> {
    let told = |template: &str| {
        let (parts, known) = (path.split('/'), template.split('/'));
        parts.clone().count() == known.clone().count()
            && parts.zip(known).all(|(part, known)| match known.strip_prefix('{') {
                Some(_) => !part.is_empty(),
                None => part == known,
            })
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap().iter();
    let (template, item) = paths
        .filter(|(template, _)| told(template))
        .min_by_key(|(template, _)| template.matches('{').count())?;
    // Methods are words of their own case: `get` is none.
    let (_, operation) =
        item.as_object()?.iter().find(|(name, _)| name.to_uppercase() == method.as_str())?;
    Some((format!("{method} {template}"), operation))
}

/// Sees that an answer is one that the description tells of.
pub(crate) fn assert_told(method: &Method, path: &str, answer: &Answer) {
    // What is told of a sandbox does not hold elsewhere.
    if path.starts_with("/sandbox/") && answer.status == StatusCode::NOT_FOUND {
        return;
    }
    let Some((call, operation)) = operation(method, path) else { return };
    let status = answer.status.as_u16().to_string();
    let body = String::from_utf8_lossy(&answer.bytes);
    let response = &operation["responses"][&status];
    assert!(!response.is_null(), "{call} does not tell of {status}: {body}");
    let response = match response["$ref"].as_str() {
        Some(shared) => DESCRIPTION.pointer(shared.trim_start_matches('#')).unwrap(),
        None => response,
    };
    let mut validators = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let validator = validators.entry(format!("{call} {status}")).or_insert_with(|| {
        let mut schema = response["content"]["application/json"]["schema"].clone();
        schema["components"] = DESCRIPTION["components"].clone();
        jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap()
    });
    let problems: Vec<_> = validator
        .iter_errors(&answer.json())
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    drop(validators);
    assert!(problems.is_empty(), "{call} answered {status}, {problems:?}: {body}");
}
