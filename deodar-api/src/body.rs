//! The body of a request: JSON of bounded size that arrives in bounded time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::ApiError;

/// The largest body, in bytes.
pub const BODY_SIZE_MAX: usize = 64 * 1_024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body that says that it is JSON, or the missing body of a PUT or PATCH, which needs to say
/// nothing. What it holds has not been looked at.
pub(crate) struct JsonBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if is_json(request.headers()) {
            return collect(request.into_body()).await.map(Self);
        }
        let may_be_missing = matches!(*request.method(), Method::PUT | Method::PATCH)
            && !request.headers().contains_key(CONTENT_TYPE);
        if may_be_missing && collect(request.into_body()).await?.is_empty() {
            return Ok(Self(Bytes::new()));
        }
        let message = "The Content-Type must be application/json";
        Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_REQUEST", message))
    }
}

/// A body to its end.
pub(crate) async fn collect(body: Body) -> Result<Bytes, ApiError> {
    let body = Limited::new(body, BODY_SIZE_MAX).collect();
    match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::invalid("The body broke off")),
        Err(_) => {
            let message = "The body did not arrive in time";
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "INVALID_REQUEST", message))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    is_of(headers, "application/json")
}

/// Whether a body says that it is a form of the kind that browsers post.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    is_of(headers, "application/x-www-form-urlencoded")
}

fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
}

/// Whether the head of a request already says that its body is too large.
pub(crate) fn is_declared_too_large(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    // A length that does not fit its type is larger still.
    length.is_some_and(|length| length.parse().unwrap_or(usize::MAX) > BODY_SIZE_MAX)
}

/// 413.
pub(crate) fn too_large() -> ApiError {
    let message = "The body must be at most 64 KiB";
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_REQUEST", message)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_json_is_json() {
        let cases = [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json;", true),
            ("text/json", false),
            ("application/jsonp", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_given_up() {
        let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let request = Request::builder().header(CONTENT_TYPE, "application/json").body(body);
        let result = JsonBody::from_request(request.unwrap(), &()).await;
        let response = axum::response::IntoResponse::into_response(result.err().unwrap());
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
