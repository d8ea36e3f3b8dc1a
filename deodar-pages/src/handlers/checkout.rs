//! `GET /api/v3/checkout-bff/redirect/checkout?token=…`: the hosted page of an order, and the way
//! out of it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use deodar_engine::Engine;
use http::{StatusCode, Uri};

use super::{outcome, to_payment, wait};
use crate::error::PageError;
use crate::headers::{Forms, page, see_other};
use crate::offers::Offers;
use crate::place::{Address, Found};
use crate::views::{LinkView, Notes, is_yes, left, order_ended};

/// Shows the order: its form, the wait for a payment in flight, or what became of it.
pub(crate) async fn open(
    State(engine): State<Arc<Engine>>,
    address: Address,
    uri: Uri,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    if found.in_flight().is_some() {
        return Ok(see_other(&found.place.step("/wait")));
    }
    if found.place.has_methods() && found.order.may_start(found.now).is_ok() {
        let notes = Notes::parse(uri.query().unwrap_or_default());
        let nonce = engine.payment_reference()?.to_string();
        let may_leave = engine.leave_form(&found.order).await?.is_some();
        let offers = Offers::of(&engine, &found, &notes).await;
        let view = LinkView::new(&found, &notes, &offers, nonce, engine.is_sandbox());
        let view = view.leaving(&found, may_leave);
        return Ok(page(StatusCode::OK, &view, &Forms::Own));
    }
    let sandbox = engine.is_sandbox();
    let back = engine.leave_form(&found.order).await?;
    let forms = Forms::back(back.as_ref(), sandbox);
    match order_ended(&found, back, sandbox) {
        Some(notice) => Ok(page(StatusCode::OK, &notice, &forms)),
        None => outcome::outcome_page(&engine, &found).await,
    }
}

/// A form's own address opened as a page, after a reload or from the history: back to the order.
pub(crate) async fn back(State(engine): State<Arc<Engine>>, address: Address) -> Response {
    match Found::at(&engine, &address).await {
        Ok(found) => see_other(&found.place.step("")),
        Err(error) => error.into_response(),
    }
}

/// `GET …/leave`: the payer goes back to the merchant. Nobody is sent back while a payment is
/// pending, and one who has paid is told so first.
pub(crate) async fn leave(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let mut found = Found::at(&engine, &address).await?;
    wait::refresh(&engine, &mut found).await?;
    match found.payment() {
        Some(payment) if payment.is_pending() || is_yes(payment) => {
            return Ok(to_payment(&found.place, Some(payment)));
        }
        _ => {}
    }
    let sandbox = engine.is_sandbox();
    let back = engine.leave_form(&found.order).await?;
    let forms = Forms::back(back.as_ref(), sandbox);
    Ok(page(StatusCode::OK, &left(&found, back, sandbox), &forms))
}
