//! One attempt to deliver a webhook over HTTP.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use deodar_domain::url::MerchantUrl;
use deodar_engine::work::DeliveryHeaders;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use url::{Host, Url};

use crate::config::CourierConfig;
use crate::connections::{Connections, Connector};
use crate::resolver::{AddressNotAllowed, GuardedResolver, ResolveError, allowed};

/// How long an attempt may take in all, from the question for the address to the head of the
/// answer.
pub const DELIVERY_TIME_MAX: Duration = Duration::from_secs(5);
/// The largest head of an answer that is read, in bytes.
pub(crate) const ANSWER_HEAD_MAX_BYTES: usize = 64 * 1024;
/// How many targets are remembered.
const TARGETS_MAX: usize = 4_096;
/// The most characters of a broken connection's story that are kept.
const STORY_LENGTH_MAX: usize = 200;

/// Why the sender could not be made.
#[derive(Debug, Error)]
pub(crate) enum SenderError {
    /// The header `user-agent` cannot be sent.
    #[error("the user agent must be visible ASCII")]
    UserAgent,
    /// TLS cannot be had.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[source] io::Error),
}

/// Why an attempt failed, as the merchant's developer reads it.
#[derive(Debug, Error)]
pub(crate) enum AttemptError {
    /// The URL cannot be asked.
    #[error("the URL cannot be used")]
    Url,
    /// The URL is not `https`.
    #[error("https is required")]
    PlainHttp,
    /// See [`AddressNotAllowed`].
    #[error(transparent)]
    Address(#[from] AddressNotAllowed),
    /// The name has no address.
    #[error("the host could not be found")]
    Host,
    /// There was no answer in time.
    #[error("timed out after {} s", DELIVERY_TIME_MAX.as_secs())]
    TimedOut,
    /// Another answer than a 2xx.
    #[error("HTTP {}{}", .0.as_u16(), hint(*.0))]
    Status(StatusCode),
    /// The connection could not be made or broke; TLS failures are among these.
    #[error("no connection: {0}")]
    Connection(String),
}

/// What a developer may not expect of a status.
fn hint(status: StatusCode) -> &'static str {
    if status.is_redirection() { ", redirects are not followed" } else { "" }
}

impl AttemptError {
    /// The kind of failure, for metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Url | Self::PlainHttp | Self::Address(_) => "not_allowed",
            Self::Host | Self::Connection(_) => "no_connection",
            Self::TimedOut => "timed_out",
            Self::Status(_) => "refused",
        }
    }
}

/// What asks servers whose addresses others gave.
pub(crate) type GuardedClient = Client<Connector, Full<Bytes>>;

/// Connects to private addresses only where they are allowed.
pub(crate) fn guarded_connector(allow_private: bool) -> Result<Connector, SenderError> {
    let mut connector = HttpConnector::new_with_resolver(GuardedResolver::new(allow_private));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let provider = rustls::crypto::ring::default_provider();
    let builder = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)
        .map_err(|error| SenderError::Tls(io::Error::other(error)))?;
    Ok(builder.https_or_http().enable_http1().wrap_connector(connector))
}

/// A client that connects to private addresses only where they are allowed.
pub(crate) fn guarded_client(allow_private: bool) -> Result<GuardedClient, SenderError> {
    let connector = guarded_connector(allow_private)?;
    // Answers are not read to their end, so that no connection could be used again.
    Ok(Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .http1_max_buf_size(ANSWER_HEAD_MAX_BYTES)
        .build(connector))
}

/// The address to ask, in the one form that the parser of the web gives it: a host that is an
/// address in disguise (`0x7f.1`) is one here. Names are checked when they are resolved.
pub(crate) fn target(
    url: &str,
    allow_private: bool,
    allow_plain_http: bool,
) -> Result<Uri, AttemptError> {
    let parsed = Url::parse(url).map_err(|_| AttemptError::Url)?;
    match parsed.scheme() {
        "https" => {}
        "http" if allow_plain_http => {}
        "http" => return Err(AttemptError::PlainHttp),
        _ => return Err(AttemptError::Url),
    }
    let literal = match parsed.host().ok_or(AttemptError::Url)? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(SocketAddr::from((address, 0))),
        Host::Ipv6(address) => Some(SocketAddr::from((address, 0))),
    };
    if let Some(address) = literal {
        allowed([address], allow_private)?;
    }
    parsed.as_str().parse().map_err(|_| AttemptError::Url)
}

/// Where a webhook goes, in the parts that a request needs.
#[derive(Debug)]
struct Target {
    /// Scheme, host and port: what a connection is made to.
    origin: Uri,
    /// The same as text.
    server: Arc<str>,
    /// The header `host`.
    host: HeaderValue,
    /// Path and query.
    path: Uri,
}

impl Target {
    fn of(url: &Uri) -> Result<Self, AttemptError> {
        let host = url.host().ok_or(AttemptError::Url)?;
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let scheme = url.scheme_str().ok_or(AttemptError::Url)?;
        let server = format!("{scheme}://{host}");
        let path = url.path_and_query().ok_or(AttemptError::Url)?;
        Ok(Self {
            origin: server.parse().map_err(|_| AttemptError::Url)?,
            server: server.into(),
            host: HeaderValue::from_str(&host).map_err(|_| AttemptError::Url)?,
            path: Uri::from(path.clone()),
        })
    }
}

/// Sends webhooks.
pub(crate) struct Sender {
    connections: Connections,
    targets: RwLock<HashMap<MerchantUrl, Arc<Target>>>,
    user_agent: HeaderValue,
    allow_private: bool,
    allow_plain_http: bool,
}

impl Sender {
    /// A sender with these settings.
    pub(crate) fn new(config: &CourierConfig) -> Result<Self, SenderError> {
        let user_agent =
            HeaderValue::from_str(&config.user_agent).map_err(|_| SenderError::UserAgent)?;
        Ok(Self {
            connections: Connections::new(guarded_connector(config.allow_private_addresses)?),
            targets: RwLock::default(),
            user_agent,
            allow_private: config.allow_private_addresses,
            allow_plain_http: config.allow_plain_http,
        })
    }

    /// Posts `body` to `url`. Only a 2xx in time is a delivery; redirects are not followed.
    pub(crate) async fn send(
        &self,
        url: &MerchantUrl,
        headers: &DeliveryHeaders,
        body: &str,
    ) -> Result<StatusCode, AttemptError> {
        let target = self.target(url)?;
        let body = Bytes::copy_from_slice(body.as_bytes());
        let request = || self.request(&target, headers, body.clone());
        let Target { server, origin, .. } = &*target;
        let status = self.connections.send(server, origin, DELIVERY_TIME_MAX, request).await?;
        if status.is_success() { Ok(status) } else { Err(AttemptError::Status(status)) }
    }

    /// The target of a URL, which is the same at each attempt.
    fn target(&self, url: &MerchantUrl) -> Result<Arc<Target>, AttemptError> {
        if let Some(known) =
            self.targets.read().unwrap_or_else(PoisonError::into_inner).get(url).map(Arc::clone)
        {
            return Ok(known);
        }
        let found = target(url.as_str(), self.allow_private, self.allow_plain_http)?;
        let found = Arc::new(Target::of(&found)?);
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        if targets.len() >= TARGETS_MAX {
            targets.clear();
        }
        targets.insert(url.clone(), Arc::clone(&found));
        Ok(found)
    }

    fn request(
        &self,
        target: &Target,
        headers: &DeliveryHeaders,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, AttemptError> {
        Request::builder()
            .method(Method::POST)
            .uri(target.path.clone())
            .header(HOST, target.host.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, self.user_agent.clone())
            .header("webhook-id", &headers.id)
            .header("webhook-timestamp", &headers.timestamp)
            .header("webhook-signature", &headers.signature)
            .body(Full::new(body))
            .map_err(|_| AttemptError::Url)
    }
}

/// Finds out what stopped a request: our own refusal of an address, or the last cause.
pub(crate) fn explain(error: &(dyn StdError + 'static)) -> AttemptError {
    let mut cause = error;
    loop {
        match cause.downcast_ref() {
            Some(ResolveError::NotAllowed(refusal)) => return AttemptError::Address(*refusal),
            Some(ResolveError::NotFound(_)) => return AttemptError::Host,
            None => {}
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    AttemptError::Connection(cause.to_string().chars().take(STORY_LENGTH_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn attempt(config: &CourierConfig, url: &str) -> String {
        let headers = DeliveryHeaders {
            id: "msg_1".to_owned(),
            timestamp: "1728543028".to_owned(),
            signature: "v1,AA==".to_owned(),
        };
        let url = MerchantUrl::parse(url).unwrap();
        let sender = Sender::new(config).unwrap();
        sender.send(&url, &headers, "{}").await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn addresses_that_are_not_public_are_refused_in_every_spelling() {
        let config = CourierConfig { allow_plain_http: true, ..CourierConfig::default() };
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "localhost",
            "LOCALHOST",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "10.0.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "[fd00:ec2::254]",
            "[fe80::1]",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:9/hooks");
                assert_eq!(attempt(&config, &url).await, "address not allowed", "{url}");
            }
        }
    }

    #[tokio::test]
    async fn plain_http_is_refused_unless_it_is_allowed() {
        let config = CourierConfig { allow_private_addresses: true, ..CourierConfig::default() };
        for url in ["http://127.0.0.1:9/", "HTTP://example.com/"] {
            assert_eq!(attempt(&config, url).await, "https is required", "{url}");
        }
    }

    #[test]
    fn urls_are_asked_in_the_form_of_the_web() {
        let sender = Sender::new(&CourierConfig::sandbox()).unwrap();
        for (url, asked) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM:443/a?b=1#c", "https://example.com/a?b=1"),
            ("https://example.com/क", "https://example.com/%E0%A4%95"),
            ("https://bücher.example.com/", "https://xn--bcher-kva.example.com/"),
            ("http://127.1:8080/", "http://127.0.0.1:8080/"),
        ] {
            let target = sender.target(&MerchantUrl::parse(url).unwrap()).unwrap();
            assert_eq!(format!("{}{}", target.server, target.path), asked, "{url}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_cannot_be_made_is_told() {
        // Taken to the end, and never listened on.
        let nobody = tokio::net::TcpSocket::new_v4().unwrap();
        nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let url = format!("http://{}/", nobody.local_addr().unwrap());
        let told = attempt(&CourierConfig::sandbox(), &url).await;
        assert!(told.starts_with("no connection: Connection refused"), "{told}");
    }

    #[test]
    fn a_user_agent_that_cannot_be_sent_is_refused() {
        let config = CourierConfig { user_agent: "a\nb".to_owned(), ..CourierConfig::default() };
        assert!(matches!(Sender::new(&config), Err(SenderError::UserAgent)));
    }

    #[test]
    fn failures_are_told_to_the_merchants_developer() {
        let status = |code| AttemptError::Status(StatusCode::from_u16(code).unwrap()).to_string();
        assert_eq!(status(500), "HTTP 500");
        assert_eq!(status(302), "HTTP 302, redirects are not followed");
        assert_eq!(AttemptError::TimedOut.to_string(), "timed out after 5 s");
    }
}
