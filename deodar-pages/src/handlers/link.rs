//! `GET /PLUTUS/{slug}`: the link page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_domain::link::LinkState;
use deodar_engine::{Engine, EngineError};
use http::{HeaderMap, Method, StatusCode, Uri};

use super::{Slug, find, step};
use crate::error::PageError;
use crate::headers::{Forms, page, see_other};
use crate::offers::Offers;
use crate::person;
use crate::place::Found;
use crate::views::{LinkView, Notes, ended, ended_in_vain};

/// Shows the link: its form, the wait for a payment in flight, or why it cannot be paid.
pub(crate) async fn open(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let found = find(&engine, &slug).await?;
    let Some(state) = found.order.link.as_ref().map(|link| link.state) else {
        return Err(PageError::NotFound);
    };
    if person::opens(&method, &headers) {
        // That nobody noted the visit is no reason to turn the payer away.
        if let Err(error) = engine.click(&found).await {
            tracing::warn!(%error, "a click was not noted");
        }
    }
    let found = Found::from(found);
    let sandbox = engine.is_sandbox();
    // An ended link is an answer, not a fault.
    let back = if ended_in_vain(&found) { engine.return_form(&found.order).await? } else { None };
    let forms = Forms::back(back.as_ref(), sandbox);
    if let Some(notice) = ended(&found, back, sandbox) {
        return Ok(page(StatusCode::OK, &notice, &forms));
    }
    if state == LinkState::PaymentInitiated {
        return Ok(see_other(&found.place.step("/wait")));
    }
    let notes = Notes::parse(uri.query().unwrap_or_default());
    let nonce = engine.payment_reference()?.to_string();
    let offers = Offers::of(&engine, &found, &notes).await;
    let view = LinkView::new(&found, &notes, &offers, nonce, sandbox);
    Ok(page(StatusCode::OK, &view, &Forms::Own))
}

/// A form's own address opened as a page, after a reload or from the history: back to the link.
pub(crate) async fn back(State(engine): State<Arc<Engine>>, slug: Slug) -> Response {
    match engine.link_page(&slug.0).await {
        Ok(found) => see_other(&step(&found.slug, "")),
        Err(error) => PageError::from(error).into_response(),
    }
}

/// Whether nothing but the state of the link is against the request.
pub(super) const fn is_state(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused(_))
}
