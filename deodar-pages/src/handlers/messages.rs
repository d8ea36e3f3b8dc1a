//! `GET /sandbox/messages` and `GET /sandbox/messages/{number}`: the messages that a sandbox keeps
//! and does not send, for its developer. Whoever reaches a sandbox may read them, as they may open
//! the bank's pages: its payers are the developer's own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_engine::Engine;
use deodar_engine::store::OutboxMessage;
use deodar_wire::{KeptText, MessagesAnswer};
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::Slug;
use crate::error::PageError;
use crate::headers::{self, Forms, page};
use crate::views::MessagesPage;

/// What an e-mail's own page may do: show itself, with its styles.
const EMAIL_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All of them, newest first: as a page, or as JSON for programs that ask for it.
pub(crate) async fn list(
    State(engine): State<Arc<Engine>>,
    request: HeaderMap,
) -> Result<Response, PageError> {
    let messages = engine.outbox().await?;
    let mut response = if wants_json(&request) {
        let answer = MessagesAnswer::new(messages.iter().map(kept_text));
        let body = serde_json::to_string(&answer).map_err(|_| PageError::Internal)?;
        let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
        headers::private(response.headers_mut());
        response
    } else {
        let view = MessagesPage::new(&messages, engine.public_url());
        page(StatusCode::OK, &view, &Forms::Own)
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// The part of an e-mail that is HTML, as its payer would see it.
pub(crate) async fn html(
    State(engine): State<Arc<Engine>>,
    Slug(number): Slug,
) -> Result<Response, PageError> {
    let number: u64 = number.parse().map_err(|_| PageError::NotFound)?;
    let messages = engine.outbox().await?;
    let message = messages.into_iter().find(|message| message.number == number);
    let html = message.and_then(|message| message.html).ok_or(PageError::NotFound)?;
    let mut response =
        ([(CONTENT_TYPE, "text/html; charset=utf-8")], String::from(html)).into_response();
    headers::private(response.headers_mut());
    let policy = HeaderValue::from_static(EMAIL_POLICY);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Whether a program asks: browsers name no JSON.
fn wants_json(request: &HeaderMap) -> bool {
    let mut accepted = request.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.split([',', ';']).any(|part| part.trim() == "application/json"))
}

fn kept_text(message: &OutboxMessage) -> KeptText<'_> {
    KeptText {
        number: message.number,
        kind: message.kind,
        channel: message.channel,
        merchant: message.merchant,
        order: message.order,
        recipient: &message.recipient,
        subject: message.subject.as_deref(),
        text: &message.text,
        html: message.html.as_deref(),
        at: message.at,
    }
}
