//! Answers: pages with their policy, redirects, notices.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use url::Url;

use super::assets;
use super::views::NoticePage;
use crate::error::BankError;

/// A page. `return_url` is where its forms may lead to: Chromium applies `form-action` to the
/// redirect that answers a form, and the gateway may be another origin than the simulator.
pub(super) fn page(status: StatusCode, page: &impl Template, return_url: Option<&str>) -> Response {
    match page.render() {
        Ok(html) => guarded((status, Html(html)).into_response(), return_url),
        Err(error) => {
            tracing::error!(%error, "a page of the simulator was not rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page with one thing to say. `base` is the path of the pages.
pub(super) fn notice(status: StatusCode, base: &str, heading: &str, text: &str) -> Response {
    page(status, &NoticePage { base, version: assets::VERSION, heading, text }, None)
}

/// Sends the browser on with a GET, whatever it came with.
pub(super) fn see_other(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(location) => {
            guarded((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(), None)
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a page says when the bank cannot tell anything.
pub(super) fn bank_failed(base: &str, error: &BankError) -> Response {
    tracing::error!(%error, "the simulator's bank failed");
    notice(
        StatusCode::SERVICE_UNAVAILABLE,
        base,
        "The bank does not answer",
        "Nothing was changed that you were not told of. Reload this page in a moment.",
    )
}

/// The headers of everything that a browser shows or follows.
fn guarded(mut response: Response, return_url: Option<&str>) -> Response {
    let headers = response.headers_mut();
    let own = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    );
    let policy = return_url.and_then(policy_with).unwrap_or(own);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn policy_with(return_url: &str) -> Option<HeaderValue> {
    let origin = Url::parse(return_url).ok()?.origin();
    if !origin.is_tuple() {
        return None;
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        origin.ascii_serialization()
    );
    HeaderValue::from_str(&policy).ok()
}
