//! `Idempotency-Key`: a call that comes again with the same key is not done again, and is given the
//! first answer.
//!
//! [`DoneOnce`] stands around routes, so that whatever stands in the route table has it: it takes the
//! turn of the call, and keeps what the handler answered. A handler whose use case is one commit
//! asks for [`Once`] beside that, so that its answer is part of the commit.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use deodar_engine::{Answer, Asked, Keep, KeyedCall, Known, Turn};
use deodar_wire::comparable_body;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use http_body_util::BodyExt;
use tower::Service;
use tracing::Instrument;

use crate::Api;
use crate::answer;
use crate::around::{Answering, Around, run};
use crate::auth::Caller;
use crate::body;
use crate::error::ApiError;

/// The header.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The calls that are done by one commit. Every other one says first that it runs.
const OF_ONE_COMMIT: [&str; 6] = [
    "/api/pay/v1/paymentlink",
    "/api/pay/v1/paymentlink/{payment_link_id}/cancel",
    "/api/pay/v1/paymentlink/{payment_link_id}/notify",
    "/api/checkout/v1/orders",
    "/api/pay/v1/orders",
    "/sandbox/clock",
];
/// The longest key, in characters.
const KEY_LENGTH_MAX: usize = 255;

/// The turn of the call that is done, if it has a key.
pub(crate) struct Once(Option<Arc<Turn>>);

impl Once {
    /// Keeps what `render` makes of a use case's outcome in the commit of that use case.
    pub(crate) fn keep<'a, T>(
        self,
        render: &'a (dyn Fn(&T) -> Option<Answer> + Send + Sync + 'a),
    ) -> Keep<'a, T> {
        Keep::new(self.0, render)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Arc<Turn>>().cloned()))
    }
}

/// Does a call with a key once. Calls without one, and calls that change nothing, go through.
#[derive(Clone)]
pub(crate) struct DoneOnce(pub(crate) Api);

impl Around for DoneOnce {
    fn around(&self, request: Request, rest: &mut Route) -> Answering {
        let changes = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
        if !changes || !request.headers().contains_key(IDEMPOTENCY_KEY) {
            return Box::pin(rest.call(request));
        }
        let (api, rest) = (self.0.clone(), rest.clone());
        let is_long = !is_of_one_commit(&request);
        let done = async move {
            do_once(&api, request, rest, is_long).await.unwrap_or_else(IntoResponse::into_response)
        };
        Box::pin(async move {
            if !is_long {
                return Ok(done.await);
            }
            // It has said that it runs, so it is brought to its end though the caller goes away.
            let task = tokio::spawn(done.in_current_span());
            Ok(task.await.unwrap_or_else(|_| ApiError::internal().into_response()))
        })
    }
}

/// Whether a call is done by one commit, which its answer is part of.
fn is_of_one_commit(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>();
    path.is_some_and(|path| OF_ONE_COMMIT.contains(&path.as_str()))
}

async fn do_once(
    api: &Api,
    request: Request,
    mut rest: Route,
    is_long: bool,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let Caller(merchant) = Caller::from_request_parts(&mut parts, api).await?;
    let key = key_of(&parts.headers)?;
    let body = body::collect(body).await?;
    let call = KeyedCall {
        merchant: merchant.id,
        method: parts.method.as_str(),
        path: parts.uri.path(),
        key,
        body: &comparable_body(&body),
    };
    let asked = if is_long {
        api.engine.take_long_turn(call).await?
    } else {
        api.engine.take_turn(call).await?
    };
    let turn = match asked {
        Asked::First(turn) => turn,
        Asked::Before(known) => return repeated(known),
    };
    parts.extensions.insert(Arc::clone(&turn));
    let response = run(&mut rest, Request::from_parts(parts, Body::from(body))).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| ApiError::internal())?.to_bytes();
    let answer = if is_kept(head.status) { text_answer(head.status, &body) } else { None };
    match api.engine.end_turn(&turn, answer.clone()).await? {
        // The handler's own answer, with its headers.
        Some(Known::Answered(kept)) if answer.as_ref() == Some(&kept) => {
            Ok(Response::from_parts(head, Body::from(body)))
        }
        Some(known) => repeated(known),
        None => Ok(Response::from_parts(head, Body::from(body))),
    }
}

/// Whether an answer holds for repeats. What failed on our side, or came too often, may go well
/// the next time.
fn is_kept(status: StatusCode) -> bool {
    !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
}

fn text_answer(status: StatusCode, body: &[u8]) -> Option<Answer> {
    let body = std::str::from_utf8(body).ok()?;
    Some(Answer { status: status.as_u16(), body: body.into() })
}

fn repeated(known: Known) -> Result<Response, ApiError> {
    match known {
        Known::Answered(answer) => Ok(answer::respond(answer)),
        Known::OtherBody => Err(ApiError::key_used_before()),
    }
}

/// The key of the one header.
fn key_of(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let printable = |key: &&str| {
        (1..=KEY_LENGTH_MAX).contains(&key.len())
            && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    value.and_then(|value| value.to_str().ok()).filter(printable).ok_or_else(|| {
        ApiError::invalid("Idempotency-Key must be 1 to 255 printable ASCII characters")
            .at("Idempotency-Key")
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_one_header_of_1_to_255_printable_characters() {
        let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
        let cases: [(&[u8], bool); 7] = [
            (b"c17ce30f-f88e-4f81-ada1-c3b4909ed235", true),
            (b"\"quoted, with a comma\"", true),
            (longest.as_bytes(), true),
            (too_long.as_bytes(), false),
            (b"", false),
            (b"a\tb", false),
            (b"\xc3\xa9", false),
        ];
        for (value, taken) in cases {
            let mut headers = HeaderMap::new();
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
            assert_eq!(key_of(&headers).is_ok(), taken, "{value:?}");
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("other"));
            assert!(key_of(&headers).is_err(), "two headers");
        }
    }

    #[test]
    fn the_calls_of_one_commit_are_in_the_route_table() {
        let told = crate::description().unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        for path in OF_ONE_COMMIT {
            assert!(told["paths"].get(path).is_some(), "{path}");
        }
    }

    #[test]
    fn what_may_go_well_the_next_time_is_not_kept() {
        for (status, kept) in
            [(200, true), (201, true), (400, true), (404, true), (422, true), (429, false)]
                .into_iter()
                .chain([(500, false), (503, false), (504, false)])
        {
            assert_eq!(is_kept(StatusCode::from_u16(status).unwrap()), kept, "{status}");
        }
    }
}
