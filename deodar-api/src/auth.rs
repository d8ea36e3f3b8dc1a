//! Who calls: the merchant of a bearer token (RFC 6750).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use deodar_domain::merchant::Merchant;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::Api;
use crate::error::ApiError;
use crate::limits::Allowance;

/// The merchant that calls; it has not called too often.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Arc<Merchant>);

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        // A layer that asked who calls has told it, and the call was counted there.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let token = bearer(&parts.headers).ok_or_else(ApiError::unauthorized)?;
        let merchant = api.engine.authenticate(token).await?;
        api.limiter.count_call(merchant.id, parts.extensions.get::<Allowance>())?;
        let caller = Self(merchant);
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_read_from_one_bearer_header() {
        let cases = [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Bearer  abc", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), expected, "{value:?}");
            headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
            assert_eq!(bearer(&headers), None, "two headers");
        }
    }
}
