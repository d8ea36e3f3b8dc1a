//! What of a request's body nobody reads.
//!
//! A refusal often needs only the head, and is given before the body has come. hyper then closes
//! the connection without a word, and a client that keeps its connections finds this one gone under
//! its next request. So what is still to come is read and thrown away, beside the answer and within
//! bounds. Where the head already tells that it will not be, so does the answer (RFC 9112, section
//! 9.6).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

/// The most that is thrown away of a body, in bytes: some times what any handler takes.
const DISCARDED_SIZE_MAX: u64 = 256 << 10;
/// How long what is thrown away may take to come.
const DISCARDING_TIME_MAX: Duration = Duration::from_secs(2);

/// A request's body on its way to a handler, which may drop it where it likes.
pub(super) struct Arriving {
    /// None after its end.
    body: Option<Incoming>,
    /// Where its sender waits for a yes before it sends any (RFC 9110, section 10.1.1).
    held_back: Option<HeldBack>,
}

/// A body that is not sent before somebody asks for it, which is the yes.
struct HeldBack {
    is_asked_for: bool,
    has_ended: Arc<AtomicBool>,
}

impl Arriving {
    /// The body, and how the connection ends, as far as the request's head tells.
    pub(super) fn new(head: &HeaderMap, body: Incoming) -> (Self, Ending) {
        if body.is_end_stream() {
            return (Self { body: None, held_back: None }, Ending::AsAsked);
        }
        let has_ended = head.contains_key(EXPECT).then(Arc::<AtomicBool>::default);
        let ending = match &has_ended {
            _ if body.size_hint().lower() > DISCARDED_SIZE_MAX => Ending::Always,
            Some(has_ended) => Ending::UnlessRead(Arc::clone(has_ended)),
            None => Ending::AsAsked,
        };
        let held_back = has_ended.map(|has_ended| HeldBack { is_asked_for: false, has_ended });
        (Self { body: Some(body), held_back }, ending)
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self { body: arriving, held_back } = &mut *self;
        let Some(body) = arriving else { return Poll::Ready(None) };
        if let Some(held_back) = held_back {
            held_back.is_asked_for = true;
        }
        let frame = ready!(Pin::new(&mut *body).poll_frame(context));
        let has_ended = frame.is_none() || body.is_end_stream();
        if let Some(held_back) = held_back.as_ref().filter(|_| has_ended) {
            held_back.has_ended.store(true, Ordering::Relaxed);
        }
        if has_ended || matches!(frame, Some(Err(_))) {
            *arriving = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else { return };
        if self.held_back.as_ref().is_some_and(|held_back| !held_back.is_asked_for) {
            return;
        }
        let mut discarding = Box::pin(discard(body));
        // Most of the time it is here already.
        let mut nobody = Context::from_waker(Waker::noop());
        if discarding.as_mut().poll(&mut nobody).is_pending()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async { tokio::time::timeout(DISCARDING_TIME_MAX, discarding).await });
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

/// Whether a request's connection ends with its answer.
pub(super) enum Ending {
    /// The client decides.
    AsAsked,
    /// It ends unless the body has: whether a body that is held back will still be sent after the
    /// answer, nobody knows.
    UnlessRead(Arc<AtomicBool>),
    /// It ends: the body is larger than what any handler takes or is thrown away.
    Always,
}

impl Ending {
    /// The answer, which says that the connection ends where it does.
    pub(super) fn told_in(self, mut answer: Response) -> Response {
        let ends = match self {
            // Who took so long is not waited for again.
            _ if answer.status() == StatusCode::REQUEST_TIMEOUT => true,
            Self::AsAsked => false,
            Self::UnlessRead(has_ended) => !has_ended.load(Ordering::Relaxed),
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
