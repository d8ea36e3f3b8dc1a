//! `POST …/pay` of a link or a hosted page: the payer's form becomes a payment.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use deodar_domain::payment::{Challenge, PaymentState};
use deodar_domain::refusal::Refusal;
use deodar_engine::acquirer::Instrument;
use deodar_engine::{Engine, EngineError, Paid, PayRequest, PaymentProblem};

use super::link::is_state;
use super::{eligibility, refuse_foreign, to_payment};
use crate::device;
use crate::error::PageError;
use crate::form::{self, Asked, InvalidForm, PayForm};
use crate::headers::see_other;
use crate::place::{Address, Found, Place};
use crate::views::{Field, Notes};

/// The longest form that is read, in bytes; ours has less than one thousand.
pub(super) const FORM_LENGTH_MAX_BYTES: usize = 16_384;

/// Makes the payment and goes on: to the bank, to the wait or to the outcome.
pub(crate) async fn pay(
    State(engine): State<Arc<Engine>>,
    address: Address,
    request: Request,
) -> Result<Response, PageError> {
    refuse_foreign(request.headers())?;
    let found = Found::at(&engine, &address).await?;
    if !found.place.has_methods() {
        return Ok(see_other(&found.place.step("")));
    }
    let device = device::of(&request);
    let body = to_bytes(request.into_body(), FORM_LENGTH_MAX_BYTES);
    let body = body.await.map_err(|_| PageError::Refused)?;
    let form = match form::read(body, &engine, &found, device.clone()) {
        Ok(Asked::Pay(form)) => form,
        Ok(Asked::Eligibility(form)) => {
            return eligibility::ask(&engine, &found, form, device).await;
        }
        Ok(Asked::Plans { method, amount }) => {
            let (method, part) = (Some(method), Some(amount.minor()));
            return Ok(again(&found, &Notes { method, part, ..Notes::default() }));
        }
        Err(InvalidForm::Foreign) => return Err(PageError::Refused),
        Err(InvalidForm::Fields(notes)) => return Ok(again(&found, &notes)),
    };
    let notes = chosen(&form);
    let request = PayRequest {
        instrument: form.instrument,
        amount: form.amount,
        reference: form.reference,
        return_url: format!("{}{}", engine.public_url(), found.place.step("/return")),
    };
    match engine.pay(found.order.key, request).await {
        Ok(paid) => Ok(go_on(&found.place, &paid)),
        Err(error) => not_started(&found, notes, error),
    }
}

/// Where the payer goes on after the payment was made, or found.
fn go_on(place: &Place, paid: &Paid) -> Response {
    let payment = paid.payment();
    let to_bank = payment.is_some_and(|payment| {
        let redirect = Some(&payment.state);
        matches!(
            redirect,
            Some(PaymentState::Pending { challenge: Some(Challenge::Redirect(_)), .. })
        )
    });
    if to_bank { see_other(&place.step("/go")) } else { to_payment(place, payment) }
}

/// Back to the page, with what was wrong in the query.
pub(super) fn again(found: &Found, notes: &Notes) -> Response {
    see_other(&found.place.noted("", &notes.query()))
}

/// What was chosen in a form, so that it is chosen again where no payment comes of it.
fn chosen(form: &PayForm) -> Notes {
    let provider = match &form.instrument {
        Instrument::PayLater { provider, .. } => Some(*provider),
        _ => None,
    };
    Notes {
        method: Some(form.instrument.method()),
        part: form.amount.map(|amount| amount.minor()),
        tenure: form.instrument.tenure(),
        provider,
        ..Notes::default()
    }
}

fn not_started(found: &Found, notes: Notes, error: EngineError) -> Result<Response, PageError> {
    match error {
        EngineError::Refused(Refusal::AttemptInFlight) => Ok(see_other(&found.place.step("/wait"))),
        EngineError::Refused(
            Refusal::AmountExceedsDue | Refusal::AmountNotDue | Refusal::PartTooSmall,
        ) => Ok(again(found, &Notes { wrong: vec![Field::Amount], ..notes })),
        EngineError::Refused(Refusal::MethodNotAllowed) | EngineError::MethodNotEnabled(_) => {
            Ok(again(found, &Notes { wrong: vec![Field::Method], ..notes }))
        }
        EngineError::InvalidPayment { problem, .. } => {
            Ok(again(found, &Notes { wrong: vec![field_of(problem)], ..notes }))
        }
        EngineError::TooManyRequests { .. } | EngineError::TooManyFailures { .. } => {
            Ok(again(found, &Notes { busy: true, ..notes }))
        }
        // The page itself tells what has become of the link.
        error if is_state(&error) => Ok(again(found, &Notes { again: true, ..notes })),
        EngineError::DuplicateReference
        | EngineError::InvalidField { .. }
        | EngineError::TimedOut => Ok(again(found, &Notes { again: true, ..notes })),
        error => Err(error.into()),
    }
}

/// The field that a payment which cannot be made is about.
const fn field_of(problem: PaymentProblem) -> Field {
    match problem {
        PaymentProblem::MethodNotAllowed | PaymentProblem::MethodNotEnabled(_) => Field::Method,
        PaymentProblem::ProviderNotEnabled(_) => Field::Provider,
        PaymentProblem::CardExpired => Field::Expiry,
        PaymentProblem::NoSuchTenure => Field::Tenure,
    }
}
