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
    // Keeping the path of each field takes more than half of the time, and only a body that is
    // refused needs it: that one is read again.
    let object = match serde_json::from_str(body) {
        Ok(object) => object,
        Err(_) => read_with_paths::<Object<T>>(body)?,
    };
    object.0.ok_or_else(|| InvalidRequest::body(NOT_AN_OBJECT))
}

/// Reads one JSON value and nothing behind it, or says which field is wrong.
fn read_with_paths<'de, T: Deserialize<'de>>(body: &'de str) -> Result<T, InvalidRequest> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        refusal(if path == "." { String::new() } else { path }, error.inner())
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Whether more than [`NESTING_MAX`] brackets are open somewhere. What is no JSON may be taken for
/// nested, and is refused either way.
fn is_nested_too_deeply(body: &str) -> bool {
    // Most bodies have fewer brackets in all.
    if brackets(body.as_bytes()) <= NESTING_MAX {
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

/// How many brackets are opened, in texts too. It is written so that many bytes are looked at at
/// once: the two differ by one bit, and a chunk's number fits a byte.
fn brackets(body: &[u8]) -> usize {
    let opened = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>();
    body.chunks(usize::from(u8::MAX)).map(|chunk| usize::from(opened(chunk))).sum()
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
