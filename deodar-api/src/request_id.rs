//! `Request-ID`: taken from the caller or made up, echoed in the answer and in every line of the
//! log.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::routing::Route;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument as _;

use crate::around::Answering;

/// The header.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// The longest id that is taken from a caller, in characters.
const LENGTH_MAX: usize = 50;
/// How long an id is that is made up, in characters.
const MADE_UP_LENGTH: usize = 32;

/// The id of a request: 1–50 printable characters of ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The caller's id, if it is one of 1–50 printable characters; else one of our own.
    fn of(headers: &HeaderMap) -> Self {
        let printable = |id: &&HeaderValue| {
            (1..=LENGTH_MAX).contains(&id.len())
                && id.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte))
        };
        let given = headers.get(REQUEST_ID).filter(printable);
        given.map_or_else(Self::made_up, |id| Self(id.clone()))
    }

    /// An id that no other request has. It is a name, not a secret: the hash of a counter under the
    /// keys that the standard library draws for this process.
    fn made_up() -> Self {
        static KEYS: LazyLock<[RandomState; 2]> =
            LazyLock::new(|| [RandomState::new(), RandomState::new()]);
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let hashes = KEYS.each_ref().map(|keys| keys.hash_one(count).to_be_bytes());
        let mut digits = [0; MADE_UP_LENGTH];
        let written = hex::encode_to_slice(hashes.as_flattened(), &mut digits).ok();
        // There is room for all digits, and they are printable, so this cannot fail.
        let id = written.and_then(|()| HeaderValue::from_bytes(&digits).ok());
        Self(id.unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Gives the request its id, unless a layer further out has done so, and lets `inner` answer it.
pub(crate) fn identify(
    mut request: Request,
    rest: &mut Route,
    inner: impl FnOnce(Request, &mut Route) -> Answering,
) -> Answering {
    if request.extensions().get::<RequestId>().is_some() {
        return inner(request, rest);
    }
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", request_id = %id);
    let answer = span.in_scope(|| inner(request, rest)).instrument(span);
    Box::pin(async move {
        let mut response = answer.await?;
        response.headers_mut().insert(REQUEST_ID, id.0);
        Ok(response)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ids_of_bounded_length_are_taken() {
        let longest = "x".repeat(50);
        let cases: [(&[u8], bool); 7] = [
            (b"c17ce30f-f88e-4f81-ada1-c3b4909ed235", true),
            (b"a b", true),
            (longest.as_bytes(), true),
            (&[b'x'; 51], false),
            (b"", false),
            (b"a\tb", false),
            (b"\xc3\xa9", false),
        ];
        for (value, taken) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(value).unwrap());
            let id = RequestId::of(&headers);
            assert_eq!(id.as_str().as_bytes() == value, taken, "{value:?}");
        }
    }

    #[test]
    fn made_up_ids_differ() {
        assert_ne!(RequestId::made_up(), RequestId::made_up());
        assert_eq!(RequestId::made_up().as_str().len(), 32);
    }
}
