//! The URLs that a merchant gives us: where the payer goes back to, where webhooks go.

use std::fmt;

use thiserror::Error;

/// The longest URL that is accepted, in characters.
pub const URL_LENGTH_MAX: usize = 2_048;

/// An absolute `http` or `https` URL without a user part. Its host may lack a dot, as the
/// documents' samples do.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MerchantUrl(Box<str>);

/// Why a URL was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidUrl {
    /// It is longer than [`URL_LENGTH_MAX`].
    #[error("must be less than or equal to 2048 characters")]
    TooLong,
    /// It is not an absolute `http` or `https` URL.
    #[error("must be an absolute http or https URL")]
    NotAbsolute,
    /// It carries a user name or a password.
    #[error("must not carry a user name or password")]
    UserPart,
    /// It has characters that no URL has.
    #[error(
        "must not contain spaces, quotes, control characters or other characters that must be percent-encoded"
    )]
    Characters,
}

impl MerchantUrl {
    /// Checks `text` and takes it.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if text.chars().count() > URL_LENGTH_MAX {
            return Err(InvalidUrl::TooLong);
        }
        let nowhere = |c: char| {
            let others = matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
            c.is_control() || c.is_whitespace() || others
        };
        let (scheme, rest) = text.split_once("://").ok_or(InvalidUrl::NotAbsolute)?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(InvalidUrl::NotAbsolute);
        }
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_end);
        if authority.contains('@') {
            return Err(InvalidUrl::UserPart);
        }
        let forbidden = |c: char| nowhere(c) || matches!(c, '\'' | ';' | ',');
        if authority.chars().any(forbidden) || tail.chars().any(nowhere) {
            return Err(InvalidUrl::Characters);
        }
        if split_port(authority).is_none_or(|(host, _)| !valid_host(host)) {
            return Err(InvalidUrl::NotAbsolute);
        }
        Ok(Self(text.into()))
    }

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.0.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
    }

    /// The scheme, host and port, as a Content-Security-Policy names them.
    pub fn origin(&self) -> &str {
        let start = self.0.find("://").map_or(0, |at| at + 3);
        let rest = self.0.get(start..).unwrap_or_default();
        let end = rest.find(['/', '?', '#']).map_or(self.0.len(), |at| start + at);
        self.0.get(..end).unwrap_or_default()
    }

    /// The host, without brackets or port.
    pub fn host(&self) -> &str {
        let origin = self.origin();
        let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
        let host = split_port(authority).map_or("", |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether the host is this very machine: `localhost`, `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Splits an authority into host and port; `None` where the port is not one.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => Some((host, None)),
            Some(port) => Some((host, Some(parse_port(port)?))),
            None => None,
        };
    }
    match authority.split_once(':') {
        None => Some((authority, None)),
        Some((host, port)) => Some((host, Some(parse_port(port)?))),
    }
}

/// Reads a port; a sign, which numbers may have elsewhere, is not part of one.
fn parse_port(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn valid_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && host.len() <= 253
        && !host.starts_with(['.', '-'])
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

impl fmt::Debug for MerchantUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MerchantUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
