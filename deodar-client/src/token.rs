//! Access tokens: got with the merchant's credentials, kept, and renewed before they end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use http::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::client::{Call, Client, not_sendable, written};
use crate::error::Error;

/// How long before its end a token is renewed, so that none ends on its way.
const RENEWED_BEFORE_END_MAX: Duration = Duration::from_mins(1);
/// The part of its life for which a token of a short life is not used, as a divisor.
const RENEWED_BEFORE_END_PART: u32 = 10;

/// What a token is got with.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

#[derive(Serialize)]
struct TokenRequest<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    grant_type: &'a str,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    /// In seconds. A gateway that does not say is asked again when it no longer takes the token.
    expires_in: Option<u64>,
}

/// A token as the header `authorization` carries it; the header is marked as one not to be printed.
struct Token {
    header: HeaderValue,
    renew_at: Option<Instant>,
}

/// The one token of a client.
pub(crate) struct Tokens {
    credentials: Credentials,
    state: Mutex<State>,
    /// How often no token could be got.
    failures: AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    failure: Option<Error>,
}

impl Tokens {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, state: Mutex::default(), failures: AtomicU64::new(0) }
    }

    /// The header of a token that has not ended. Calls that need a new one at the same time wait
    /// for the first of them to get it, and fail with it where it cannot: a gateway that is away is
    /// not asked by one after the other.
    pub(crate) async fn current(&self, client: &Client) -> Result<HeaderValue, Error> {
        let failures_before = self.failures.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        let fresh = state.token.as_ref().filter(|token| token.is_fresh(Instant::now()));
        if let Some(token) = fresh {
            return Ok(token.header.clone());
        }
        let failed_meanwhile = self.failures.load(Ordering::Relaxed) > failures_before;
        if let Some(failure) = state.failure.as_ref().filter(|_| failed_meanwhile) {
            return Err(failure.clone());
        }
        match self.get(client).await {
            Ok(token) => {
                let header = token.header.clone();
                *state = State { token: Some(token), failure: None };
                Ok(header)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                self.failures.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// Forgets a token that the gateway does not take. One that was got meanwhile is kept.
    pub(crate) async fn forget(&self, header: &HeaderValue) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|token| token.header == *header) {
            state.token = None;
        }
    }

    async fn get(&self, client: &Client) -> Result<Token, Error> {
        let request = TokenRequest {
            client_id: &self.credentials.client_id,
            client_secret: self.credentials.client_secret.expose_secret(),
            grant_type: "client_credentials",
        };
        // A token's life is counted from before it was asked for.
        let asked_at = Instant::now();
        let call = Call::plain(Method::POST, "/api/auth/v1/token", Some(written(&request)?));
        let answer: TokenAnswer = client.send(&call, None).await?;
        let token = Zeroizing::new(answer.access_token);
        let text = Zeroizing::new(format!("Bearer {}", *token));
        let mut header = HeaderValue::from_str(&text).map_err(not_sendable)?;
        header.set_sensitive(true);
        let life = answer.expires_in.map(Duration::from_secs);
        let renew_at = life.and_then(|life| {
            let margin = (life / RENEWED_BEFORE_END_PART).min(RENEWED_BEFORE_END_MAX);
            asked_at.checked_add(life.saturating_sub(margin))
        });
        Ok(Token { header, renew_at })
    }
}

impl Token {
    fn is_fresh(&self, now: Instant) -> bool {
        self.renew_at.is_none_or(|renew_at| now < renew_at)
    }
}
