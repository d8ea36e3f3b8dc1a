//! The headers of every page, and its Content-Security-Policy.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use deodar_domain::url::MerchantUrl;
use deodar_engine::ReturnForm;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// Where merchants run in a sandbox, as a policy names it.
pub(crate) const LOOPBACK_SOURCES: &str = "http://localhost:* http://127.0.0.1:*";
/// That no page may show ours in a frame, as every policy of ours says it.
pub(crate) const NO_FRAME: &str = "frame-ancestors 'none'";

/// What a page may send forms to.
#[derive(Clone, Debug)]
pub(crate) enum Forms {
    /// Ourselves alone.
    Own,
    /// The merchant, too: the way back.
    Merchant {
        /// Where the signed form goes.
        url: MerchantUrl,
        /// Whether this is a sandbox, where merchants run on loopback addresses.
        sandbox: bool,
    },
}

impl Forms {
    /// The forms of a page that has this way back, or none.
    pub(crate) fn back(form: Option<&ReturnForm>, sandbox: bool) -> Self {
        form.map_or(Self::Own, |form| Self::Merchant { url: form.url.clone(), sandbox })
    }

    /// The sources of `form-action`.
    ///
    /// Chromium holds every redirect that follows a form against them and drops what does not
    /// fit without a word. What answers a merchant's return URL often redirects to another host
    /// of the merchant's, so the page with the way back allows any `https` target; it has no
    /// form but the signed one.
    fn sources(&self) -> String {
        let Self::Merchant { url, sandbox } = self else { return "'self'".into() };
        let mut sources = String::from("'self'");
        if let Some(origin) = ascii_origin(url) {
            sources.push(' ');
            sources.push_str(&origin);
        }
        sources.push_str(" https:");
        if *sandbox {
            sources.push(' ');
            sources.push_str(LOOPBACK_SOURCES);
        }
        sources
    }
}

/// The origin as a policy can name it: hosts in ASCII; the scheme alone for an IPv6 address, which
/// the policy's grammar cannot name.
pub(crate) fn ascii_origin(url: &MerchantUrl) -> Option<String> {
    let parsed = url::Url::parse(url.as_str()).ok()?;
    match parsed.host()? {
        url::Host::Ipv6(_) => Some(format!("{}:", parsed.scheme())),
        _ => Some(parsed.origin().ascii_serialization()),
    }
}

/// The policy of a page.
fn policy(forms: &Forms) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action {}; base-uri 'none'; {NO_FRAME}",
        forms.sources()
    )
}

/// The policy of what is no page: it loads nothing and is shown in no frame.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The headers that a page and an image of one payment share: kept by nobody, shown in no frame,
/// told to no other site, in no search engine.
pub(crate) fn private(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, HeaderValue); 7] = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
    ];
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
}

/// A page that could not even be rendered.
fn fault() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    private(response.headers_mut());
    response
}

/// Renders a page with its headers.
pub(crate) fn page(status: StatusCode, template: &impl Template, forms: &Forms) -> Response {
    let (Ok(body), Ok(policy)) = (template.render(), HeaderValue::from_str(&policy(forms))) else {
        return fault();
    };
    let mut response = (status, Html(body)).into_response();
    private(response.headers_mut());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    // A browser that tells nothing of where a form comes from sends `Origin: null`, which shops
    // that look at it refuse. Our origin alone is told; nothing of the address.
    if matches!(forms, Forms::Merchant { .. }) {
        let origin = HeaderValue::from_static("strict-origin");
        response.headers_mut().insert(REFERRER_POLICY, origin);
    }
    response
}

/// Goes on to another page of ours, by GET, so that a reload repeats nothing.
pub(crate) fn see_other(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else {
        return fault();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    private(response.headers_mut());
    response.headers_mut().insert(http::header::LOCATION, location);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merchant(url: &str, sandbox: bool) -> String {
        policy(&Forms::Merchant { url: MerchantUrl::parse(url).expect("a URL"), sandbox })
    }

    #[test]
    fn a_page_of_ours_sends_forms_to_us_alone() {
        assert!(policy(&Forms::Own).contains("form-action 'self'; "));
    }

    #[test]
    fn the_way_back_names_the_merchants_origin() {
        let cases = [
            ("https://shop.example.com/done?x=1", "'self' https://shop.example.com https:;"),
            ("https://shop.example.in:8443/", "'self' https://shop.example.in:8443 https:;"),
            ("http://bücher.example/", "'self' http://xn--bcher-kva.example https:;"),
            ("http://[::1]:3000/done", "'self' http: https:;"),
        ];
        for (url, sources) in cases {
            assert!(merchant(url, false).contains(&format!("form-action {sources}")), "{url}");
        }
        assert!(merchant("http://localhost:3000/", true).contains("http://localhost:*"));
    }
}
