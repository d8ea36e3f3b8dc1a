//! Who may show our pages in a frame: nobody, but for a hosted checkout that was made for it.
//!
//! Every step of such a checkout stands in the frame, its faults included, so the headers are
//! changed in one place, behind the pages.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use deodar_engine::{Engine, Framers};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};

use crate::error::PageError;
use crate::headers::{LOOPBACK_SOURCES, NO_FRAME, ascii_origin};
use crate::place::Address;

/// Lets a hosted checkout that was made for a frame be shown in one.
pub(crate) async fn layer(
    State(engine): State<Arc<Engine>>,
    address: Address,
    request: Request,
    next: Next,
) -> Response {
    let framers = match &address {
        Address::Checkout(token) => engine.checkout_framers(token).await,
        Address::Slug(_) | Address::Token(_) => Ok(Framers::Nobody),
    };
    let sources = match framers {
        Ok(framers) => sources(&framers, engine.is_sandbox()),
        Err(error) => return PageError::from(error).into_response(),
    };
    let mut response = next.run(request).await;
    if let Some(sources) = sources {
        allow(&mut response, &sources);
    }
    response
}

/// The sources of `frame-ancestors`; `None` where nobody may show the page in a frame.
fn sources(framers: &Framers, sandbox: bool) -> Option<String> {
    match framers {
        Framers::Nobody => None,
        Framers::OriginsOf(urls) => {
            let mut origins: Vec<String> = urls.iter().filter_map(ascii_origin).collect();
            origins.dedup();
            (!origins.is_empty()).then(|| origins.join(" "))
        }
        // In a sandbox merchants run on loopback addresses.
        Framers::Anybody if sandbox => Some(format!("https: {LOOPBACK_SOURCES}")),
        Framers::Anybody => Some("https:".to_owned()),
    }
}

fn allow(response: &mut Response, sources: &str) {
    let headers = response.headers_mut();
    let policy = headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let allowed =
        policy.map(|policy| policy.replace(NO_FRAME, &format!("frame-ancestors {sources}")));
    let Some(policy) = allowed.and_then(|policy| HeaderValue::from_str(&policy).ok()) else {
        return;
    };
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    // It knows no origins, and old browsers would obey it against the policy.
    headers.remove(X_FRAME_OPTIONS);
}

#[cfg(test)]
mod tests {
    use deodar_domain::url::MerchantUrl;

    use super::*;

    #[test]
    fn frames_are_for_those_whom_the_merchant_named() {
        let url = |text: &&str| MerchantUrl::parse(text).unwrap();
        let named = |urls: &[&str]| {
            let urls = urls.iter().map(url).collect();
            sources(&Framers::OriginsOf(urls), true)
        };
        assert_eq!(sources(&Framers::Nobody, true), None);
        assert_eq!(sources(&Framers::Anybody, false).as_deref(), Some("https:"));
        assert_eq!(
            sources(&Framers::Anybody, true).as_deref(),
            Some("https: http://localhost:* http://127.0.0.1:*")
        );
        assert_eq!(
            named(&["https://shop.example.com/yes", "https://shop.example.com/no"]).as_deref(),
            Some("https://shop.example.com")
        );
        assert_eq!(
            named(&["https://a.example.com:8443/", "http://b.example.in/"]).as_deref(),
            Some("https://a.example.com:8443 http://b.example.in")
        );
    }
}
