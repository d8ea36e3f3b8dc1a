//! Answers: JSON that is written once.

use axum::response::{IntoResponse, Response};
use deodar_engine::Answer;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::ApiError;

/// Writes `value` as the body of an answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match written(status, value) {
        Ok(answer) => respond(answer),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            ApiError::internal().into_response()
        }
    }
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
    let mut response = (status, String::from(answer.body)).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// 200 with `value`.
pub(crate) fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}
