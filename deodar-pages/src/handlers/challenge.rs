//! `GET /web/auth/landing/?token=…`: the one page behind every `challenge_url`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use deodar_engine::Engine;

use super::{outcome, wait};
use crate::error::PageError;
use crate::place::{Address, Found};

/// Leads the payer to the bank, waits, or tells the outcome and goes back to the merchant: by
/// where the payment stands.
pub(crate) async fn open(
    State(engine): State<Arc<Engine>>,
    address: Address,
) -> Result<Response, PageError> {
    let mut found = Found::at(&engine, &address).await?;
    wait::refresh(&engine, &mut found).await?;
    match found.in_flight() {
        Some(payment) => Ok(wait::bank_page(&engine, &found, payment)
            .unwrap_or_else(|| wait::wait_page(&engine, &found, payment, None))),
        None => outcome::outcome_page(&engine, &found).await,
    }
}
