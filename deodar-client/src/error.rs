//! What can go wrong with a call.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::names::Code;

/// Why a client could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL is not `https://host`, with a port and a path where there is need of them.
    #[error("the base URL must be an absolute https URL without user, query and fragment")]
    BaseUrl,
    /// The base URL is plain HTTP to another machine, where anyone on the way reads the secret.
    #[error("plain http is only for this machine, unless the configuration allows it")]
    PlainHttp,
    /// The header `user-agent` cannot be sent.
    #[error("the user agent must be visible ASCII")]
    UserAgent,
    /// TLS cannot be had.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[source] io::Error),
}

/// Why a call failed. None of it holds a secret or a token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The gateway refused.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// There was no connection, or it broke. Where the call changes something, it may be done.
    #[error("no connection to the gateway: {0}")]
    Connection(String),
    /// There was no answer in time. Where the call changes something, it may be done.
    #[error("the gateway did not answer in {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The gateway said yes in words that this client cannot read. What was asked is done.
    #[error("the gateway answered {status} with a body that cannot be read: {problem}")]
    UnreadableAnswer {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body.
        problem: String,
    },
    /// What was to be sent cannot be sent.
    #[error("the request cannot be written: {0}")]
    Request(String),
    /// The machine has no random numbers, without which no call can be repeated safely.
    #[error("the machine has no random numbers")]
    NoRandomNumbers,
}

impl Error {
    /// The gateway's refusal, where there was one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The code of the gateway's refusal, where there was one.
    pub fn code(&self) -> Option<&Code> {
        self.api().map(|refusal| &refusal.code)
    }

    /// Whether what was asked may be done all the same, or may yet be. Then the call is to be
    /// repeated with the same reference, which is safe. A gateway that answers
    /// [`Code::TimedOut`] has done nothing; a proxy's 504 does not say.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Api(refusal) if refusal.code == Code::PaymentPending => true,
            Self::Api(refusal) => refusal.status >= 500 && refusal.code != Code::TimedOut,
            Self::Connection(_) | Self::TimedOut(_) | Self::UnreadableAnswer { .. } => true,
            Self::Request(_) | Self::NoRandomNumbers => false,
        }
    }
}

/// A refusal of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The API's code; empty where the answer is not the API's own but, say, a proxy's.
    pub code: Code,
    /// A sentence for the merchant's developer.
    pub message: String,
    /// The offending field as a JSON path, where one is to blame.
    pub field: Option<String>,
    /// When to try again, where the gateway says.
    pub retry_after: Option<Duration>,
    /// The id under which the gateway's logs tell of the call.
    pub request_id: Option<String>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, message, .. } = self;
        if code.as_str().is_empty() {
            return write!(f, "HTTP {status}, not in the API's envelope");
        }
        write!(f, "HTTP {status} {code}: {message}")?;
        match &self.field {
            Some(field) => write!(f, " ({field})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_is_told_from_what_is_not() {
        for (status, code, may_be_done) in [
            (400, "INVALID_REQUEST", false),
            (422, "OPERATION_NOT_ALLOWED", false),
            (422, "PAYMENT_PENDING", true),
            (429, "API_RATE_LIMIT", false),
            (500, "INTERNAL_ERROR", true),
            (503, "INTERNAL_ERROR", true),
            (504, "TIMED_OUT", false),
            (504, "", true),
        ] {
            let error = Error::Api(Box::new(ApiError {
                status,
                code: Code::from(code),
                message: String::new(),
                field: None,
                retry_after: None,
                request_id: None,
            }));
            assert_eq!(error.may_be_done(), may_be_done, "{status} {code}");
        }
        assert!(Error::Connection(String::new()).may_be_done());
        assert!(!Error::NoRandomNumbers.may_be_done());
    }
}
