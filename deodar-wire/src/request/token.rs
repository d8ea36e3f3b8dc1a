//! `POST /api/auth/v1/token`

use std::fmt;

use serde::Deserialize;
use thiserror::Error;
use utoipa::ToSchema;

use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::Text;
use crate::schema::{self, choices, texts};

const GRANT: &str = "client_credentials";

/// The body as it is sent.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = TokenRequest, description = "Client credentials")]
#[serde(default)]
struct RawToken<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::client_id, required)]
    client_id: Text<'a>,
    #[schema(schema_with = texts::client_secret, required)]
    client_secret: Text<'a>,
    #[schema(schema_with = choices::grant_type, required)]
    grant_type: Text<'a>,
}

/// A client secret as it was sent. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Box<str>);

impl ClientSecret {
    /// The secret, to be compared.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// A request for an access token by client credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The client id, as it was sent.
    pub client_id: String,
    /// The client secret.
    pub client_secret: ClientSecret,
}

/// Why a request for a token was refused before the credentials were looked at.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidTokenRequest {
    /// It is malformed.
    #[error(transparent)]
    Malformed(#[from] InvalidRequest),
    /// The grant is not `client_credentials`.
    #[error("Grant Type must be {GRANT}")]
    UnsupportedGrant,
}

schema::described_by!(TokenRequest, RawToken<'static>);

impl TokenRequest {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidTokenRequest> {
        let raw: RawToken<'_> = read_object(body)?;
        let client_id = required("client_id", &raw.client_id)?.to_owned();
        let client_secret = ClientSecret(required("client_secret", &raw.client_secret)?.into());
        if required("grant_type", &raw.grant_type)? != GRANT {
            return Err(InvalidTokenRequest::UnsupportedGrant);
        }
        Ok(Self { client_id, client_secret })
    }
}

fn required<'a>(name: &str, text: &'a Text<'_>) -> Result<&'a str, InvalidRequest> {
    text.given().ok_or_else(|| At::ROOT.key(name).refuse("must not be empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> InvalidTokenRequest {
        TokenRequest::parse(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn credentials_are_read_and_the_secret_does_not_print() {
        let body =
            br#"{"client_id":"id","client_secret":"hush","grant_type":"client_credentials"}"#;
        let request = TokenRequest::parse(body).unwrap();
        assert_eq!(request.client_id, "id");
        assert_eq!(request.client_secret.expose(), "hush");
        assert!(!format!("{request:?}").contains("hush"));
    }

    #[test]
    fn a_missing_field_is_named() {
        let cases = [
            (r#"{"client_secret":"s","grant_type":"client_credentials"}"#, "client_id"),
            (r#"{"client_id":"i","grant_type":"client_credentials"}"#, "client_secret"),
            (r#"{"client_id":"i","client_secret":""}"#, "client_secret"),
            (r#"{"client_id":"i","client_secret":"s","grant_type":null}"#, "grant_type"),
            (r#"{"client_id":7,"client_secret":"s"}"#, "client_id"),
            (r#"{"client_id":"a","client_id":"b"}"#, "client_id"),
        ];
        for (body, field) in cases {
            let InvalidTokenRequest::Malformed(refusal) = refusal(body) else { panic!("{body}") };
            assert_eq!(refusal.field.as_deref(), Some(field), "{body}");
        }
    }

    #[test]
    fn another_grant_is_not_supported() {
        let body = r#"{"client_id":"i","client_secret":"s","grant_type":"password"}"#;
        assert_eq!(refusal(body), InvalidTokenRequest::UnsupportedGrant);
    }
}
