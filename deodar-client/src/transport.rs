//! How requests reach the gateway: HTTP/1.1 over TLS.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::error::ConfigError;

/// The largest body of an answer that is read, in bytes.
const ANSWER_SIZE_MAX: usize = 8 * 1_024 * 1_024;
/// How long a connection is kept for the next call.
const IDLE_TIME_MAX: Duration = Duration::from_secs(30);
/// The most characters of a broken connection's story that are kept.
const STORY_LENGTH_MAX: usize = 200;

/// Why there is no answer: the story of the connection.
#[derive(Debug)]
pub(crate) struct NoAnswer(pub(crate) String);

/// Takes a request to the gateway and brings its answer.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    /// Asks once. Redirects are not followed.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, NoAnswer>;
}

/// The real one.
pub(crate) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    pub(crate) fn new() -> Result<Self, ConfigError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let provider = rustls::crypto::ring::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .map_err(|error| ConfigError::Tls(io::Error::other(error)))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME_MAX)
            .build(connector);
        Ok(Self(client))
    }
}

#[async_trait]
impl Transport for Http {
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, NoAnswer> {
        let answer = self.0.request(request).await.map_err(|error| story(&error))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_SIZE_MAX).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return NoAnswer(format!("the answer has more than {ANSWER_SIZE_MAX} bytes"));
            }
            story(&*error)
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// The last cause of a failure, which says most.
fn story(error: &(dyn StdError + 'static)) -> NoAnswer {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    NoAnswer(cause.to_string().chars().take(STORY_LENGTH_MAX).collect())
}
