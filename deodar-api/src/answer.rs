//! Answers: JSON that is written once.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use deodar_engine::Answer;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::ApiError;

/// The room for an answer, in bytes: most need no more.
const BODY_BYTES: usize = 2_048;

/// Writes `value` as the body of an answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match body(value) {
        Ok(body) => json_response(status, body),
        Err(error) => error.into_response(),
    }
}

/// Writes `value` as a body.
pub(crate) fn body(value: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::with_capacity(BODY_BYTES);
    serde_json::to_writer(&mut body, value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        ApiError::internal()
    })?;
    Ok(body)
}

/// Answers JSON that was written before.
pub(crate) fn json_response(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// Writes `value` as the body of an answer that may be kept.
pub(crate) fn written(
    status: StatusCode,
    value: &impl Serialize,
) -> Result<Answer, serde_json::Error> {
    let body = serde_json::to_string(value)?;
    Ok(Answer { status: status.as_u16(), body: body.into() })
}

/// Gives an answer that was written before.
pub(crate) fn respond(answer: Answer) -> Response {
    let Ok(status) = StatusCode::from_u16(answer.status) else {
        tracing::error!(status = answer.status, "an answer has no status of HTTP");
        return ApiError::internal().into_response();
    };
    json_response(status, String::from(answer.body))
}

/// 200 with `value`.
pub(crate) fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}
