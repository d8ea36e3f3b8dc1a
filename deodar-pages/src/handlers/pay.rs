//! `POST /PLUTUS/{slug}/pay`: the payer's form becomes a payment.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use deodar_domain::method::Method;
use deodar_domain::payment::{Challenge, PaymentState};
use deodar_domain::refusal::Refusal;
use deodar_engine::{Engine, EngineError, LinkPage, Paid, PayRequest};

use super::link::is_state;
use super::{Slug, find, refuse_foreign, step, to_payment};
use crate::error::PageError;
use crate::form::{self, InvalidForm};
use crate::headers::see_other;
use crate::place::Place;
use crate::views::{Field, Notes};

/// The longest form that is read, in bytes; ours has less than one thousand.
const FORM_LENGTH_MAX_BYTES: usize = 16_384;

/// Makes the payment and goes on: to the bank, to the wait or to the outcome.
pub(crate) async fn pay(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
    request: Request,
) -> Result<Response, PageError> {
    refuse_foreign(request.headers())?;
    let found = find(&engine, &slug).await?;
    let body = to_bytes(request.into_body(), FORM_LENGTH_MAX_BYTES);
    let body = body.await.map_err(|_| PageError::Refused)?;
    let form = match form::read(body, &found) {
        Ok(form) => form,
        Err(InvalidForm::Foreign) => return Err(PageError::Refused),
        Err(InvalidForm::Fields { method, wrong }) => {
            return Ok(again(&found, &Notes { method, wrong, ..Notes::default() }));
        }
    };
    let method = form.instrument.method();
    let request = PayRequest {
        instrument: form.instrument,
        amount: form.amount,
        reference: form.reference,
        return_url: format!("{}{}", engine.public_url(), step(&found.slug, "/return")),
    };
    match engine.pay(found.order.key, request).await {
        Ok(paid) => Ok(go_on(&found.slug, &paid)),
        Err(error) => not_started(&found, method, error),
    }
}

/// Where the payer goes on after the payment was made, or found.
fn go_on(slug: &str, paid: &Paid) -> Response {
    let payment = paid.payment();
    let to_bank = payment.is_some_and(|payment| {
        let redirect = Some(&payment.state);
        matches!(
            redirect,
            Some(PaymentState::Pending { challenge: Some(Challenge::Redirect(_)), .. })
        )
    });
    let place = Place::Link(slug.to_owned());
    if to_bank { see_other(&place.step("/go")) } else { to_payment(&place, payment) }
}

/// Back to the page, with what was wrong in the query.
fn again(found: &LinkPage, notes: &Notes) -> Response {
    see_other(&format!("{}{}", step(&found.slug, ""), notes.query()))
}

fn not_started(
    found: &LinkPage,
    method: Method,
    error: EngineError,
) -> Result<Response, PageError> {
    let notes = Notes { method: Some(method), ..Notes::default() };
    match error {
        EngineError::Refused(Refusal::AttemptInFlight) => {
            Ok(see_other(&step(&found.slug, "/wait")))
        }
        EngineError::Refused(
            Refusal::AmountExceedsDue | Refusal::AmountNotDue | Refusal::PartTooSmall,
        ) => Ok(again(found, &Notes { wrong: vec![Field::Amount], ..notes })),
        EngineError::Refused(Refusal::MethodNotAllowed) | EngineError::MethodNotEnabled(_) => {
            Ok(again(found, &Notes { wrong: vec![Field::Method], ..notes }))
        }
        EngineError::TooManyRequests { .. } => Ok(again(found, &Notes { busy: true, ..notes })),
        // The page itself tells what has become of the link.
        error if is_state(&error) => Ok(again(found, &Notes { again: true, ..notes })),
        EngineError::DuplicateReference | EngineError::InvalidField { .. } => {
            Ok(again(found, &Notes { again: true, ..notes }))
        }
        error => Err(error.into()),
    }
}
