//! Webhooks, signed by Standard Webhooks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deodar_domain::signature::webhook_mac;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

/// How far a webhook's timestamp may be from now.
pub const WEBHOOK_TOLERANCE: Duration = Duration::from_mins(5);
/// The most signatures of one webhook that are looked at.
const SIGNATURES_MAX: usize = 16;
/// What stands before a signature that this module knows.
const VERSION: &str = "v1,";

/// The three headers of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookHeaders<'a> {
    /// `webhook-id`: the same on every retry, so that an event that comes twice is known by it.
    pub id: &'a str,
    /// `webhook-timestamp`: when it was sent, in seconds since the Unix epoch.
    pub timestamp: &'a str,
    /// `webhook-signature`: one signature, or several with spaces between them.
    pub signature: &'a str,
}

impl<'a> WebhookHeaders<'a> {
    /// Reads the headers by whatever looks a header up by its name:
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use deodar_client::{WebhookHeaders, WebhookRefusal};
    ///
    /// let headers = HashMap::from([
    ///     ("webhook-id", "msg_2nEfCaUDn9fynC9Kz2upo1QSydl"),
    ///     ("webhook-timestamp", "1728543028"),
    /// ]);
    /// let read = WebhookHeaders::read(|name| headers.get(name).copied());
    /// assert_eq!(read, Err(WebhookRefusal::MissingHeader("webhook-signature")));
    /// ```
    ///
    /// With the crate `http` that is `|name| headers.get(name)?.to_str().ok()`.
    pub fn read(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, WebhookRefusal> {
        let header = |name| get(name).ok_or(WebhookRefusal::MissingHeader(name));
        Ok(Self {
            id: header("webhook-id")?,
            timestamp: header("webhook-timestamp")?,
            signature: header("webhook-signature")?,
        })
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WebhookRefusal {
    /// The secret is empty: the merchant's own settings are wrong.
    #[error("the secret is empty")]
    EmptySecret,
    /// This header is not there, or not text.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// The id is empty or holds a dot, by which one id and time could be read as another.
    #[error("the id is malformed")]
    MalformedId,
    /// The timestamp is not a whole number of seconds.
    #[error("the timestamp is malformed")]
    MalformedTimestamp,
    /// It was sent too long ago: it may be a replay.
    #[error("the webhook is too old")]
    TooOld,
    /// It was sent in the future: one of the clocks is wrong.
    #[error("the webhook is from the future")]
    FromTheFuture,
    /// None of the signatures is one of version 1.
    #[error("there is no signature that can be read")]
    NoSignature,
    /// None of the signatures is right: the body was changed, or the secret is not the gateway's.
    #[error("the signature is wrong")]
    WrongSignature,
}

/// Verifies a webhook of the last five minutes ([`WEBHOOK_TOLERANCE`]). `secret` is the merchant's
/// webhook secret, or the client secret where there is no other, as text; `body` is the body as it
/// came, byte for byte; `now` is `SystemTime::now()`. One right signature among several is enough.
/// It takes the same time whichever is right and wherever one is wrong.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use deodar_client::{WebhookHeaders, WebhookRefusal, verify_webhook};
///
/// let headers = WebhookHeaders {
///     id: "msg_2nEfCaUDn9fynC9Kz2upo1QSydl",
///     timestamp: "1728543028",
///     signature: "v1,Ns46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=",
/// };
/// let body = br#"{"payload":"payload"}"#;
/// let now = UNIX_EPOCH + Duration::from_secs(1_728_543_030);
/// verify_webhook("abc1234", headers, body, now)?;
///
/// let an_hour_later = now + Duration::from_secs(3_600);
/// let refusal = verify_webhook("abc1234", headers, body, an_hour_later);
/// assert_eq!(refusal, Err(WebhookRefusal::TooOld));
/// # Ok::<(), WebhookRefusal>(())
/// ```
pub fn verify_webhook(
    secret: &str,
    headers: WebhookHeaders<'_>,
    body: &[u8],
    now: SystemTime,
) -> Result<(), WebhookRefusal> {
    verify_webhook_within(secret, headers, body, now, WEBHOOK_TOLERANCE)
}

/// As [`verify_webhook`], with a tolerance of the merchant's own.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use deodar_client::{WebhookHeaders, verify_webhook_within};
///
/// let headers = WebhookHeaders {
///     id: "msg_2nEfCaUDn9fynC9Kz2upo1QSydl",
///     timestamp: "1728543028",
///     signature: "v1,Ns46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=",
/// };
/// let an_hour_later = UNIX_EPOCH + Duration::from_secs(1_728_543_028 + 3_600);
/// let two_hours = Duration::from_secs(2 * 3_600);
/// let body = br#"{"payload":"payload"}"#;
/// verify_webhook_within("abc1234", headers, body, an_hour_later, two_hours)?;
/// # Ok::<(), deodar_client::WebhookRefusal>(())
/// ```
pub fn verify_webhook_within(
    secret: &str,
    headers: WebhookHeaders<'_>,
    body: &[u8],
    now: SystemTime,
    tolerance: Duration,
) -> Result<(), WebhookRefusal> {
    if secret.is_empty() {
        return Err(WebhookRefusal::EmptySecret);
    }
    if headers.id.is_empty() || headers.id.contains('.') {
        return Err(WebhookRefusal::MalformedId);
    }
    let sent_at = seconds(headers.timestamp).ok_or(WebhookRefusal::MalformedTimestamp)?;
    let (difference, tolerance) = (now_seconds(now) - i128::from(sent_at), tolerance.as_secs());
    if difference > i128::from(tolerance) {
        return Err(WebhookRefusal::TooOld);
    }
    if difference < -i128::from(tolerance) {
        return Err(WebhookRefusal::FromTheFuture);
    }
    let signatures = headers.signature.split_ascii_whitespace().take(SIGNATURES_MAX);
    let macs: Vec<Vec<u8>> = signatures
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix(VERSION)?).ok())
        .collect();
    if macs.is_empty() {
        return Err(WebhookRefusal::NoSignature);
    }
    let expected = webhook_mac(secret.as_bytes(), headers.id, sent_at, body);
    let right = macs.iter().fold(Choice::from(0), |right, mac| right | expected.ct_eq(mac));
    if bool::from(right) { Ok(()) } else { Err(WebhookRefusal::WrongSignature) }
}

/// The timestamp of a header, in the one spelling that is signed: digits alone, no zero before them.
fn seconds(text: &str) -> Option<i64> {
    let seconds: i64 = text.parse().ok()?;
    (seconds >= 0 && seconds.to_string() == text).then_some(seconds)
}

/// Whole seconds since the Unix epoch; a clock that stands before it is one that is wrong.
fn now_seconds(now: SystemTime) -> i128 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| i128::from(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "abc1234";
    const BODY: &[u8] = br#"{"payload":"payload"}"#;
    const SENT_AT: u64 = 1_728_543_028;
    const RIGHT: &str = "v1,Ns46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=";
    const WRONG: &str = "v1,Ms46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=";
    const HEADERS: WebhookHeaders<'_> = WebhookHeaders {
        id: "msg_2nEfCaUDn9fynC9Kz2upo1QSydl",
        timestamp: "1728543028",
        signature: RIGHT,
    };

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn verify(headers: WebhookHeaders<'_>) -> Result<(), WebhookRefusal> {
        verify_webhook(SECRET, headers, BODY, at(SENT_AT))
    }

    #[test]
    fn the_vector_of_the_documents_is_genuine() {
        assert_eq!(STANDARD.encode(SECRET), "YWJjMTIzNA==");
        assert_eq!(verify(HEADERS), Ok(()));
    }

    #[test]
    fn one_right_signature_among_several_is_enough() {
        let cases = [
            (format!("{WRONG} {RIGHT}"), Ok(())),
            (format!("{RIGHT} {WRONG}"), Ok(())),
            (format!("v1a,junk v1,%% {RIGHT}"), Ok(())),
            (format!("{WRONG} {WRONG}"), Err(WebhookRefusal::WrongSignature)),
            (format!("{}{RIGHT}", format!("{WRONG} ").repeat(15)), Ok(())),
            (
                format!("{}{RIGHT}", format!("{WRONG} ").repeat(16)),
                Err(WebhookRefusal::WrongSignature),
            ),
            ("v1,".to_owned(), Err(WebhookRefusal::WrongSignature)),
            ("v1,AAAA".to_owned(), Err(WebhookRefusal::WrongSignature)),
            (RIGHT.replace("v1,", "v2,"), Err(WebhookRefusal::NoSignature)),
            (RIGHT.replace("v1,", ""), Err(WebhookRefusal::NoSignature)),
            (String::new(), Err(WebhookRefusal::NoSignature)),
        ];
        for (signature, expected) in cases {
            let found = verify(WebhookHeaders { signature: &signature, ..HEADERS });
            assert_eq!(found, expected, "{signature}");
        }
    }

    #[test]
    fn five_minutes_are_tolerated_on_either_side() {
        for (now, expected) in [
            (SENT_AT + 300, Ok(())),
            (SENT_AT + 301, Err(WebhookRefusal::TooOld)),
            (SENT_AT - 300, Ok(())),
            (SENT_AT - 301, Err(WebhookRefusal::FromTheFuture)),
        ] {
            assert_eq!(verify_webhook(SECRET, HEADERS, BODY, at(now)), expected, "{now}");
        }
        let strict = |now| verify_webhook_within(SECRET, HEADERS, BODY, now, Duration::ZERO);
        assert_eq!(strict(at(SENT_AT)), Ok(()));
        assert_eq!(strict(at(SENT_AT + 1)), Err(WebhookRefusal::TooOld));
        let before_the_epoch = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(strict(before_the_epoch), Err(WebhookRefusal::FromTheFuture));
        let for_ever =
            verify_webhook_within(SECRET, HEADERS, BODY, at(u64::from(u32::MAX)), Duration::MAX);
        assert_eq!(for_ever, Ok(()));
    }

    #[test]
    fn whatever_is_changed_is_refused() {
        let id = WebhookHeaders { id: "msg_3", ..HEADERS };
        let timestamp = WebhookHeaders { timestamp: "1728543029", ..HEADERS };
        let signature = WebhookHeaders { signature: WRONG, ..HEADERS };
        for headers in [id, timestamp, signature] {
            assert_eq!(verify(headers), Err(WebhookRefusal::WrongSignature), "{headers:?}");
        }
        let now = at(SENT_AT);
        for (secret, body) in [(SECRET, b"{}".as_slice()), ("abc12345", BODY)] {
            let found = verify_webhook(secret, HEADERS, body, now);
            assert_eq!(found, Err(WebhookRefusal::WrongSignature), "{secret}");
        }
        let found = verify_webhook("", HEADERS, BODY, now);
        assert_eq!(found, Err(WebhookRefusal::EmptySecret));
    }

    #[test]
    fn malformed_headers_are_named() {
        for timestamp in [
            "",
            "01728543028",
            "+1728543028",
            "-1",
            "1728543028.0",
            " 1728543028",
            "9".repeat(30).as_str(),
        ] {
            let found = verify(WebhookHeaders { timestamp, ..HEADERS });
            assert_eq!(found, Err(WebhookRefusal::MalformedTimestamp), "{timestamp:?}");
        }
        for id in ["", "msg_2nEfCaUDn9fynC9Kz2upo1QSydl.1728543028"] {
            let found = verify(WebhookHeaders { id, ..HEADERS });
            assert_eq!(found, Err(WebhookRefusal::MalformedId), "{id:?}");
        }
        let all = [
            ("webhook-id", HEADERS.id),
            ("webhook-timestamp", HEADERS.timestamp),
            ("webhook-signature", RIGHT),
        ];
        for (missing, _) in all {
            let others = |name: &str| {
                all.iter().find(|(n, _)| *n == name && *n != missing).map(|(_, value)| *value)
            };
            let refusal = WebhookHeaders::read(others).unwrap_err();
            assert_eq!(refusal, WebhookRefusal::MissingHeader(missing));
        }
        let found = WebhookHeaders::read(|name| {
            all.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
        });
        assert_eq!(found, Ok(HEADERS));
    }
}
