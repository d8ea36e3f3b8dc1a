//! `…/return` and `…/result`: back from the bank, the outcome, and the way back to the merchant.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use deodar_engine::Engine;
use http::StatusCode;

use super::wait::refresh;
use super::{Slug, find, to_payment};
use crate::error::PageError;
use crate::headers::{Forms, page};
use crate::views::Outcome;

/// `…/return`: the bank sends the payer back. What it says counts for nothing: the acquirer is
/// asked.
pub(crate) async fn come_back(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
) -> Result<Response, PageError> {
    let mut found = find(&engine, &slug).await?;
    refresh(&engine, &mut found).await?;
    Ok(to_payment(&found.slug, found.order.payments.last()))
}

/// `GET …/result`: what became of the last payment.
pub(crate) async fn show(
    State(engine): State<Arc<Engine>>,
    slug: Slug,
) -> Result<Response, PageError> {
    let found = find(&engine, &slug).await?;
    let payment = match found.order.payments.last() {
        Some(payment) if !payment.is_pending() => payment,
        other => return Ok(to_payment(&found.slug, other)),
    };
    let sandbox = engine.is_sandbox();
    let back = engine.return_form(&found.order).await?;
    let forms = Forms::back(back.as_ref(), sandbox);
    Ok(page(StatusCode::OK, &Outcome::new(&found, payment, back, sandbox), &forms))
}
