//! What a client is told once.

use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use crate::error::ConfigError;

/// What a client is told once. It prints without the secret.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where the gateway is: `https://pay.example.com`. Plain `http` only for this machine, unless
    /// [`allow_plain_http`](Self::allow_plain_http) says otherwise.
    pub base_url: String,
    /// The merchant's client id.
    pub client_id: String,
    /// The merchant's client secret.
    pub client_secret: SecretString,
    /// How long one try may take. Default: 40 s, which is longer than the gateway takes at most.
    pub timeout: Duration,
    /// When a call is tried again.
    pub retry: RetryPolicy,
    /// Whether the secret may go to another machine without TLS. Default: `false`.
    pub allow_plain_http: bool,
    /// The header `user-agent`; visible ASCII. Default: `deodar-client/` and the version.
    pub user_agent: String,
}

/// When a call is tried again. Every repeat is safe: references are idempotency keys, and the
/// repeats of one call bear the same `Idempotency-Key`.
///
/// Repeated is what found no connection or no answer, and what was answered with 429 or 503 and
/// `Retry-After`. Nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is tried again at most. Default: 2, that is three tries in all.
    pub retries_max: u32,
    /// How long to wait before the first repeat where the gateway does not say; the wait doubles
    /// with each. Default: 250 ms.
    pub wait_first: Duration,
    /// The longest wait. Where the gateway asks for a longer one the call fails at once, and the
    /// error tells it. Default: 10 s.
    pub wait_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries_max: 2,
            wait_first: Duration::from_millis(250),
            wait_max: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// No call is repeated.
    pub const NEVER: Self =
        Self { retries_max: 0, wait_first: Duration::ZERO, wait_max: Duration::ZERO };
}

impl ClientConfig {
    /// The usual settings for the gateway at `base_url` and a merchant's credentials.
    pub fn new(
        base_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            timeout: Duration::from_secs(40),
            retry: RetryPolicy::default(),
            allow_plain_http: false,
            user_agent: concat!("deodar-client/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The base URL without a slash at its end.
    pub(crate) fn base(&self) -> Result<String, ConfigError> {
        let url = Url::parse(&self.base_url).map_err(|_| ConfigError::BaseUrl)?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare {
            return Err(ConfigError::BaseUrl);
        }
        match url.scheme() {
            "https" => {}
            "http" if self.allow_plain_http || is_this_machine(&url) => {}
            "http" => return Err(ConfigError::PlainHttp),
            _ => return Err(ConfigError::BaseUrl),
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_https_or_this_machine() {
        for (url, base) in [
            ("https://pay.example.com", "https://pay.example.com"),
            ("https://pay.example.com/", "https://pay.example.com"),
            ("HTTPS://Pay.Example.com:443/gateway/", "https://pay.example.com/gateway"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(ClientConfig::new(url, "i", "s").base().unwrap(), base);
        }
    }

    #[test]
    fn any_other_base_url_is_refused() {
        for url in [
            "",
            "pay.example.com",
            "ftp://pay.example.com",
            "https://user:word@pay.example.com",
            "https://pay.example.com/?a=b",
            "https://pay.example.com/#a",
        ] {
            let refusal = ClientConfig::new(url, "i", "s").base().unwrap_err();
            assert!(matches!(refusal, ConfigError::BaseUrl), "{url}: {refusal}");
        }
        for url in ["http://pay.example.com", "http://192.0.2.1", "http://localhost.example.com"] {
            let config = ClientConfig::new(url, "i", "s");
            assert!(matches!(config.base(), Err(ConfigError::PlainHttp)), "{url}");
            let allowed = ClientConfig { allow_plain_http: true, ..config };
            assert_eq!(allowed.base().unwrap(), url);
        }
    }

    #[test]
    fn the_secret_does_not_print() {
        let config = ClientConfig::new("https://pay.example.com", "i", "hush-hush");
        assert!(!format!("{config:?}").contains("hush"));
    }
}
