//! `GET /openapi.json`, the description of the API, and `GET /docs`, its page. They need no token.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa::openapi::OpenApi;

use super::{Call, openapi, page};
use crate::error::ApiError;

/// The page loads its stylesheet, asks nothing of anyone else and is shown in no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("../../templates/docs.css");

/// What is served, made when it is first asked for; `None` where it could not be written.
struct Served {
    description: Option<Bytes>,
    page: Option<Bytes>,
}

type Lazy = LazyLock<Served, Box<dyn FnOnce() -> Served + Send>>;

/// The routes that serve the description of these calls.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(calls: Vec<Call>) -> Router<S> {
    let served: Arc<Lazy> = Arc::new(LazyLock::new(Box::new(move || {
        let openapi = openapi(&calls);
        Served {
            description: json(&openapi).map(Bytes::from),
            page: page::render(&openapi).map(Bytes::from),
        }
    })));
    let page = Arc::clone(&served);
    let page = get(async move || answer("text/html; charset=utf-8", page.page.as_ref()));
    let style =
        || async { answer("text/css; charset=utf-8", Some(&Bytes::from_static(STYLE.as_bytes()))) };
    Router::new()
        .route(
            "/openapi.json",
            get(async move || answer("application/json", served.description.as_ref())),
        )
        .route("/docs", page.clone())
        .route("/docs/", page)
        .route("/docs/style.css", get(style))
}

/// The description of these calls, as JSON to be read.
pub(crate) fn written(calls: &[Call]) -> Option<String> {
    json(&openapi(calls))
}

fn json(openapi: &OpenApi) -> Option<String> {
    let mut json = openapi.to_pretty_json().ok()?;
    json.push('\n');
    Some(json)
}

fn answer(content_type: &'static str, body: Option<&Bytes>) -> Response {
    let Some(body) = body else { return ApiError::internal().into_response() };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, body.clone()).into_response()
}
