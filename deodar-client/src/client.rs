//! The client: what every call has in common.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer;
use crate::config::{ClientConfig, RetryPolicy};
use crate::error::{ConfigError, Error};
use crate::token::{Credentials, Tokens};
use crate::transport::{Http, NoAnswer, Transport};

/// Every repeat of a call bears the same key, so that the gateway does it once.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The length of such a key in bytes, before it is written in hex.
const IDEMPOTENCY_KEY_LENGTH: usize = 16;

/// A merchant's client of a gateway. It is cheap to clone, and all clones share one token and the
/// connections.
///
/// A token is got when the first call needs one, renewed before it ends, and renewed once more
/// where the gateway does not take it. See [`RetryPolicy`] for what is repeated.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    base: String,
    user_agent: HeaderValue,
    timeout: Duration,
    retry: RetryPolicy,
    transport: Arc<dyn Transport>,
    tokens: Tokens,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.shared.base).finish_non_exhaustive()
    }
}

/// A request before it has a token.
pub(crate) struct Call<'a> {
    method: Method,
    path: &'a str,
    body: Option<Bytes>,
    key: Option<HeaderValue>,
}

impl<'a> Call<'a> {
    /// A call that is the same however often it is made.
    pub(crate) fn plain(method: Method, path: &'a str, body: Option<Bytes>) -> Self {
        Self { method, path, body, key: None }
    }

    /// A call that changes something, with a key that makes its repeats one.
    fn once(method: Method, path: &'a str, body: Option<Bytes>) -> Result<Self, Error> {
        let mut bytes = [0; IDEMPOTENCY_KEY_LENGTH];
        #[expect(clippy::disallowed_methods, reason = "the client runs in no engine")]
        getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomNumbers)?;
        let key = HeaderValue::from_str(&hex::encode(bytes)).map_err(not_sendable)?;
        Ok(Self { method, path, body, key: Some(key) })
    }
}

/// An error of what was to be sent.
pub(crate) fn not_sendable(problem: impl fmt::Display) -> Error {
    Error::Request(problem.to_string())
}

/// Writes a body.
pub(crate) fn written(body: &impl Serialize) -> Result<Bytes, Error> {
    serde_json::to_vec(body).map(Bytes::from).map_err(not_sendable)
}

impl Client {
    /// A client with these settings. It asks nothing of the gateway yet.
    ///
    /// ```
    /// use deodar_client::{Client, ClientConfig};
    ///
    /// let config = ClientConfig::new("http://127.0.0.1:8080", "client-id", "client-secret");
    /// let client = Client::new(config)?;
    /// # Ok::<(), deodar_client::ConfigError>(())
    /// ```
    pub fn new(config: ClientConfig) -> Result<Self, ConfigError> {
        Self::with_transport(config, Arc::new(Http::new()?))
    }

    pub(crate) fn with_transport(
        config: ClientConfig,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ConfigError> {
        let base = config.base()?;
        let user_agent =
            HeaderValue::from_str(&config.user_agent).map_err(|_| ConfigError::UserAgent)?;
        let credentials =
            Credentials { client_id: config.client_id, client_secret: config.client_secret };
        let shared = Shared {
            base,
            user_agent,
            timeout: config.timeout,
            retry: config.retry,
            transport,
            tokens: Tokens::new(credentials),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Reads what is at a path.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.call(&Call::plain(Method::GET, path, None)).await
    }

    /// Makes something.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.call(&Call::once(Method::POST, path, Some(written(body)?))?).await
    }

    /// Has something done about what the path names.
    pub(crate) async fn patch<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.call(&Call::once(Method::PATCH, path, None)?).await
    }

    /// Changes something, where the path says all.
    pub(crate) async fn put<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.call(&Call::once(Method::PUT, path, None)?).await
    }

    /// Changes something by what the body says.
    pub(crate) async fn put_with<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.call(&Call::once(Method::PUT, path, Some(written(body)?))?).await
    }

    /// Makes a call with a token. A token that the gateway no longer takes (the secret was rotated,
    /// or its end was not told) is renewed once.
    async fn call<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        let tokens = &self.shared.tokens;
        let token = tokens.current(self).await?;
        match self.send(call, Some(&token)).await {
            Err(Error::Api(refusal)) if refusal.status == StatusCode::UNAUTHORIZED.as_u16() => {
                tokens.forget(&token).await;
                let token = tokens.current(self).await?;
                self.send(call, Some(&token)).await
            }
            outcome => outcome,
        }
    }

    /// Sends a call, and again where that is of use.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        token: Option<&HeaderValue>,
    ) -> Result<T, Error> {
        let mut retries = 0;
        loop {
            let error = match self.send_once(call, token).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(wait) = self.shared.retry.wait_after(&error, retries) else {
                return Err(error);
            };
            retries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        token: Option<&HeaderValue>,
    ) -> Result<T, Error> {
        let timeout = self.shared.timeout;
        let request = self.request(call, token)?;
        match tokio::time::timeout(timeout, self.shared.transport.send(request)).await {
            Ok(Ok(answer)) => answer::read(&answer),
            Ok(Err(NoAnswer(story))) => Err(Error::Connection(story)),
            Err(_) => Err(Error::TimedOut(timeout)),
        }
    }

    fn request(
        &self,
        call: &Call<'_>,
        token: Option<&HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, self.shared.user_agent.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(key) = &call.key {
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.shared.base, call.path))
            .body(Full::new(call.body.clone().unwrap_or_default()))
            .map_err(not_sendable)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl RetryPolicy {
    /// How long to wait before the call that failed is tried again, after so many repeats; `None`
    /// where it is not tried again.
    fn wait_after(&self, error: &Error, retries: u32) -> Option<Duration> {
        if retries >= self.retries_max {
            return None;
        }
        match error {
            Error::Connection(_) | Error::TimedOut(_) => {
                let doubled = 2_u32.saturating_pow(retries);
                Some(self.wait_first.saturating_mul(doubled).min(self.wait_max))
            }
            Error::Api(refusal) if matches!(refusal.status, 429 | 503) => {
                refusal.retry_after.filter(|wait| *wait <= self.wait_max)
            }
            _ => None,
        }
    }
}
