//! `…/return`, `…/result` and `…/receipt`: back from the bank, the outcome, and the way back to the
//! merchant.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use deodar_domain::payment::Payment;
use deodar_engine::Engine;
use http::{StatusCode, Uri};

use super::to_payment;
use super::wait::refresh;
use crate::error::PageError;
use crate::headers::{Forms, page};
use crate::place::{Address, Found, Place};
use crate::views::{Outcome, Receipt, is_yes};

/// `…/return`: the bank sends the payer back. What it says counts for nothing: the acquirer is
/// asked.
pub(crate) async fn come_back(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let mut found = Found::at(&engine, &address).await?;
    refresh(&engine, &mut found).await?;
    Ok(to_payment(&found.place, found.payment()))
}

/// `GET …/result`: what became of the payment.
pub(crate) async fn show(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    outcome_page(&engine, &found).await
}

/// `GET …/receipt`: a payment that was made, to be printed; on to where any other one stands.
pub(crate) async fn receipt(
    State(engine): State<Arc<Engine>>,
    address: Address,
    uri: Uri,
) -> Result<Response, PageError> {
    let found = Found::at(&engine, &address).await?;
    match made_by(&found, uri.query().unwrap_or_default()).or_else(|| found.payment()) {
        Some(payment) if is_yes(payment) => {
            let receipt = Receipt::new(&found, payment, engine.is_sandbox());
            Ok(page(StatusCode::OK, &receipt, &Forms::Own))
        }
        other => Ok(to_payment(&found.place, other)),
    }
}

/// The payment that the attempt of a query, `attempt=1`, made. A link that is paid in parts has
/// several receipts, and each message leads to its own.
fn made_by<'a>(found: &'a Found, query: &str) -> Option<&'a Payment> {
    let Place::Link(_) = found.place else { return None };
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, attempt) = pairs.find(|(name, _)| name == "attempt")?;
    found.order.telling_payment(attempt.parse().ok()?).filter(|payment| is_yes(payment))
}

/// The outcome of a payment that is decided; on to where any other one stands.
pub(super) async fn outcome_page(engine: &Engine, found: &Found) -> Result<Response, PageError> {
    let payment = match found.payment() {
        Some(payment) if !payment.is_pending() => payment,
        other => return Ok(to_payment(&found.place, other)),
    };
    let sandbox = engine.is_sandbox();
    let back = engine.return_form(&found.order).await?;
    let forms = Forms::back(back.as_ref(), sandbox);
    Ok(page(StatusCode::OK, &Outcome::new(found, payment, back, sandbox), &forms))
}
