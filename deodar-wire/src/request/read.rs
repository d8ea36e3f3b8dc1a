//! Reading a body: JSON by its grammar, and a wrong type by the path of its field.

use serde::Deserialize;
use serde_json::error::Category;

use super::invalid::InvalidRequest;
use super::value::Object;

const NOT_AN_OBJECT: &str = "The body must be a JSON object";
/// How many objects and lists may stand inside one another, those among them that nobody reads.
pub(crate) const NESTING_MAX: usize = 64;

/// Reads one JSON object and nothing behind it.
pub(crate) fn read_object<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, InvalidRequest> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(InvalidRequest::body(NOT_AN_OBJECT));
    }
    // Checked as a whole, because serde does not look into the fields that it passes over.
    let body = std::str::from_utf8(body).map_err(|error| not_utf_8(body, error.valid_up_to()))?;
    if is_nested_too_deeply(body) {
        return Err(InvalidRequest::body(format!(
            "The body must be nested at most {NESTING_MAX} levels deep"
        )));
    }
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let object: Object<T> =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            refusal(if path == "." { String::new() } else { path }, error.inner())
        })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    object.0.ok_or_else(|| InvalidRequest::body(NOT_AN_OBJECT))
}

/// Whether more than [`NESTING_MAX`] brackets are open somewhere. What is no JSON may be taken for
/// nested, and is refused either way.
fn is_nested_too_deeply(body: &str) -> bool {
    let opens = |byte: &&u8| matches!(byte, b'{' | b'[');
    // Most bodies have fewer brackets in all.
    if body.as_bytes().iter().filter(opens).count() <= NESTING_MAX {
        return false;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in body.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest > NESTING_MAX
}

fn refusal(path: String, error: &serde_json::Error) -> InvalidRequest {
    match error.classify() {
        Category::Data => wrong_data(path, &error.to_string()),
        // JSON has such numbers, so the field is to blame and not the grammar.
        Category::Syntax if !path.is_empty() && is_out_of_range(error) => {
            InvalidRequest::at_path(path, "must be a number in its range")
        }
        Category::Syntax | Category::Eof | Category::Io => malformed(error),
    }
}

fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

/// The body is not JSON. The position is told, and serde's words of what was expected there; they
/// never repeat the body.
fn malformed(error: &serde_json::Error) -> InvalidRequest {
    InvalidRequest::body(format!("The body is not valid JSON: {error}"))
}

/// The body is not UTF-8 from `at` on.
fn not_utf_8(body: &[u8], at: usize) -> InvalidRequest {
    let mut lines = body.get(..at).unwrap_or_default().rsplit(|byte| *byte == b'\n');
    let column = lines.next().map_or(1, |line| line.len().saturating_add(1));
    let line = lines.count().saturating_add(1);
    InvalidRequest::body(format!(
        "The body is not valid JSON: not UTF-8 at line {line} column {column}"
    ))
}

/// The body is JSON, but a value is of the wrong type or a field stands there twice. Serde's
/// message repeats what was sent; what is told is only what was expected.
fn wrong_data(path: String, message: &str) -> InvalidRequest {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if let Some(name) = message.strip_prefix("duplicate field `").and_then(|n| n.strip_suffix('`'))
    {
        let dot = if path.is_empty() { "" } else { "." };
        return InvalidRequest::at_path(format!("{path}{dot}{name}"), "must not be given twice");
    }
    if path.is_empty() {
        return InvalidRequest::body(NOT_AN_OBJECT);
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => InvalidRequest::at_path(path, &format!("must be {expected}")),
        None => InvalidRequest::at_path(path, message),
    }
}
