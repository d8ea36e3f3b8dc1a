//! Answers, read into types.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, Error};
use crate::names::Code;

/// The most characters of an answer that is not the API's own, and of its ids, that are kept.
const TEXT_LENGTH_MAX: usize = 1_000;

/// The envelope of every error.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    code: String,
    message: String,
    additional_error_details: Value,
}

/// Reads a yes into `T`, and anything else into an error.
pub(crate) fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, Error> {
    let status = answer.status();
    if !status.is_success() {
        return Err(Error::Api(Box::new(refusal(answer))));
    }
    serde_json::from_slice(answer.body()).map_err(|error| Error::UnreadableAnswer {
        status: status.as_u16(),
        problem: problem(&error),
    })
}

/// What is wrong with a body: where it is, and of which kind, but none of its values.
fn problem(error: &serde_json::Error) -> String {
    let kind = error.classify();
    format!("{kind:?} error at line {} column {}", error.line(), error.column())
}

fn refusal(answer: &Response<Bytes>) -> ApiError {
    let envelope: Envelope = serde_json::from_slice(answer.body()).unwrap_or_default();
    let field = envelope.additional_error_details.pointer("/metadata/field");
    ApiError {
        status: answer.status().as_u16(),
        code: Code::from(envelope.code.as_str()),
        message: envelope.message.chars().take(TEXT_LENGTH_MAX).collect(),
        field: field.and_then(Value::as_str).map(str::to_owned),
        retry_after: retry_after(answer.headers()),
        request_id: text(answer.headers(), "request-id"),
    }
}

/// `Retry-After` in seconds, as the gateway sends it; a date is not understood.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text.chars().take(TEXT_LENGTH_MAX).collect())
}
