//! The address of a database. It may hold a password, and so it never prints itself.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::error::OpenError;
use crate::options::CONNECT_TIME_MAX;

/// What connections are named in the server's own views.
const APPLICATION_NAME: &str = "deodar";
/// How long a connection is idle before it is asked whether the other side is still there.
const KEEPALIVE_IDLE: std::time::Duration = std::time::Duration::from_secs(15);
/// How long what was sent may stay unacknowledged before the connection is given up.
const UNACKNOWLEDGED_MAX: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether the server's certificate is asked for, and believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Encryption {
    /// Not at all, or only where the server offers it; nobody looks whose certificate it is.
    Unverified,
    /// The certificate is of an authority that is known, and names the host.
    Verified {
        /// The authorities, as PEM; those that browsers know where it is absent.
        authorities: Option<PathBuf>,
    },
}

/// Where a database is: `postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full`.
///
/// It takes what libpq takes, of `sslmode` the values `disable`, `prefer`, `require` and
/// `verify-full`, and with the last `sslrootcert`.
#[derive(Clone)]
pub struct DatabaseAddress {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) encryption: Encryption,
}

impl DatabaseAddress {
    /// Whether a text is meant to be the address of a PostgreSQL database.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("postgres:") || text.starts_with("postgresql:")
    }

    /// Parses an address. No error repeats anything of it, since it may hold a password.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut kept = Vec::new();
        let (mut mode, mut authorities) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => authorities = Some(PathBuf::from(value)),
                _ => kept.push(pair),
            }
        }
        let plain =
            if kept.is_empty() { base.to_owned() } else { [base, &kept.join("&")].join("?") };
        let mut config = tokio_postgres::Config::from_str(&plain).map_err(|_| {
            OpenError::Address("is no address of the form postgres://USER@HOST/NAME")
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(OpenError::Address("names no host"));
        }
        let (ssl_mode, is_verified) = match mode {
            None | Some("prefer") => (SslMode::Prefer, false),
            Some("disable") => (SslMode::Disable, false),
            Some("require") => (SslMode::Require, false),
            Some("verify-full") => (SslMode::Require, true),
            Some(_) => {
                let known = "has an sslmode that is none of disable, prefer, require, verify-full";
                return Err(OpenError::Address(known));
            }
        };
        if authorities.is_some() && !is_verified {
            return Err(OpenError::Address("has sslrootcert, which needs sslmode=verify-full"));
        }
        let encryption =
            if is_verified { Encryption::Verified { authorities } } else { Encryption::Unverified };
        let is_local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        config
            // A socket of this machine is never encrypted.
            .ssl_mode(if is_local && !is_verified { SslMode::Disable } else { ssl_mode })
            .application_name(APPLICATION_NAME)
            .connect_timeout(CONNECT_TIME_MAX)
            .keepalives_idle(KEEPALIVE_IDLE)
            .tcp_user_timeout(UNACKNOWLEDGED_MAX)
            // Of several hosts, one is the primary; the others only read.
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, encryption })
    }

    /// Whether connections are not encrypted at all.
    pub(crate) fn is_plain(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Disable
    }
}

/// Where it is, without the user and the password.
impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        f.write_str("postgres://")?;
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            if let Some(port) = ports.get(place).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_never_shows_its_user_or_password() {
        let table = [
            (
                "postgres://pay:s3cret@db.example.com/deodar",
                "postgres://db.example.com:5432/deodar",
            ),
            ("postgresql://pay:s3cret@a:1,b:2/d?sslmode=require", "postgres://a:1,b:2/d"),
            ("postgres://pay:s3cret@%2Frun%2Fpg:7/d", "postgres:///run/pg:7/d"),
            ("postgres:///d?host=/run/pg&user=pay&password=s3cret", "postgres:///run/pg/d"),
        ];
        for (text, shown) in table {
            let address = DatabaseAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), format!("DatabaseAddress({shown})"));
        }
    }

    #[test]
    fn a_bad_address_is_refused_and_not_repeated() {
        let table = [
            ("postgres://pay:s3cret@db.example.com:port/d", "is no address"),
            ("postgres://pay:s3cret@db.example.com/d?colour=s3cret", "is no address"),
            ("postgres:///d", "names no host"),
            ("postgres://pay:s3cret@db.example.com/d?sslmode=verify-ca", "has an sslmode"),
            ("postgres://pay:s3cret@db.example.com/d?sslrootcert=a.pem", "has sslrootcert"),
        ];
        for (text, told) in table {
            let error = DatabaseAddress::parse(text).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_encryption_is_what_was_asked_for() {
        let table = [
            ("postgres://a/d", SslMode::Prefer, false),
            ("postgres://a/d?sslmode=disable", SslMode::Disable, false),
            ("postgres://a/d?connect_timeout=3&sslmode=require", SslMode::Require, false),
            ("postgres://a/d?sslmode=verify-full&sslrootcert=ca.pem", SslMode::Require, true),
            ("postgres:///d?host=/run/pg", SslMode::Disable, false),
        ];
        for (text, mode, is_verified) in table {
            let DatabaseAddress { config, encryption } = DatabaseAddress::parse(text).unwrap();
            assert_eq!(config.get_ssl_mode(), mode, "{text}");
            assert_eq!(encryption != Encryption::Unverified, is_verified, "{text}");
        }
    }
}
