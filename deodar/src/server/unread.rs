//! What of a request's body nobody reads.
//!
//! A refusal often needs only the head, and is given before the body has come. hyper then closes
//! the connection without a word, and a client that keeps its connections finds this one gone under
//! its next request. So what is still to come is read and thrown away, beside the answer and within
//! bounds, and where it may be more than that the answer says that the connection ends (RFC 9112,
//! section 9.3).

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

/// The most that is thrown away of a body, in bytes: many times what any handler takes.
const DISCARDED_SIZE_MAX: u64 = 1 << 20;
/// How long what is thrown away may take to come.
const DISCARDING_TIME_MAX: Duration = Duration::from_secs(5);

/// A request's body on its way to a handler, which may drop it where it likes.
pub(super) struct Arriving {
    /// None after its end.
    body: Option<Incoming>,
    /// Whether its sender first waits for a yes, which a dropped body never gets.
    is_held_back: bool,
}

impl Arriving {
    pub(super) fn new(body: Incoming, ending: Ending) -> Self {
        Self { body: Some(body), is_held_back: matches!(ending, Ending::IfRefused) }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        if self.is_held_back {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(DISCARDING_TIME_MAX, discard(body)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut size = 0;
    while let Some(Ok(frame)) = body.frame().await {
        size += frame.data_ref().map_or(0, |data| data.len() as u64);
        if size > DISCARDED_SIZE_MAX {
            return;
        }
    }
}

/// Whether a request's connection ends with its answer, as far as the request's head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client decides.
    AsAsked,
    /// It ends if the answer is a refusal: whether the body will then be sent is not known, as the
    /// client waits for a yes before (RFC 9110, section 10.1.1).
    IfRefused,
    /// It ends: the body is larger than what any handler takes or is thrown away.
    Always,
}

impl Ending {
    pub(super) fn of(head: &HeaderMap) -> Self {
        let length = head.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        // hyper has refused what is no length.
        let length: u64 = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        if length > DISCARDED_SIZE_MAX {
            Self::Always
        } else if head.contains_key(EXPECT) {
            Self::IfRefused
        } else {
            Self::AsAsked
        }
    }

    /// The answer, which says that the connection ends where it does.
    pub(super) fn told_in(self, mut answer: Response) -> Response {
        let ends = match self {
            Self::AsAsked => false,
            Self::IfRefused => {
                answer.status().is_client_error() || answer.status().is_server_error()
            }
            Self::Always => true,
        };
        if ends {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}

#[cfg(test)]
mod tests;
