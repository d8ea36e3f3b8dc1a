//! What holds for every answer of the API: its headers, the end of a panic, the end of patience.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures::FutureExt;
use futures::future::{Either, ready};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};

use crate::around::{self, Answering, Around, Stand};
use crate::body;
use crate::error::ApiError;
use crate::limits::Allowance;
use crate::request_id::identify;

/// How long a request may take. What it was doing then is not known to be done.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Puts the conventions around every route.
pub(crate) fn apply(router: Router) -> Router {
    router.layer(Stand(Conventions))
}

#[derive(Clone, Copy)]
struct Conventions;

impl Around for Conventions {
    fn around(&self, request: Request, rest: &mut Route) -> Answering {
        identify(request, rest, keep)
    }
}

fn keep(mut request: Request, rest: &mut Route) -> Answering {
    let allowance = Allowance::default();
    request.extensions_mut().insert(allowance.clone());
    let handler = if body::is_declared_too_large(request.headers()) {
        Either::Left(ready(body::too_large().into_response()))
    } else {
        Either::Right(run(around::run(rest, request)))
    };
    Box::pin(async move {
        let mut response = handler.await;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        allowance.tell(headers);
        Ok(response)
    })
}

/// Runs a handler to its end, to the end of its time, or to a panic.
async fn run(handler: impl Future<Output = Response>) -> Response {
    let handler = tokio::time::timeout(REQUEST_TIMEOUT, handler);
    match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a request took too long");
            ApiError::unavailable().into_response()
        }
        Err(_) => {
            // What was thrown may hold a payer's data: it is not logged.
            tracing::error!("a handler panicked");
            ApiError::internal().into_response()
        }
    }
}

/// Answers paths that there are not.
pub(crate) async fn no_such_path() -> ApiError {
    ApiError::no_such_path()
}

/// Answers methods that a path does not have; the header `Allow` is added by the router.
pub(crate) async fn no_such_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let message = "The method is not allowed for this path";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_as_our_fault() {
        let response = run(async { panic!("4012001037141112") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_answered_as_not_known_to_be_done() {
        let response = run(std::future::pending()).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
    }
}
