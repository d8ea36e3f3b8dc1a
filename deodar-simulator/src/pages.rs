//! What the payer sees of the bank: the page of the one-time password, the logins of
//! netbanking and of a wallet, and the UPI app.
//!
//! Every step is a plain form that posts and is redirected (303), so that a reload repeats nothing;
//! nothing needs JavaScript. A page's address carries a token of the bank's own that nobody can
//! guess, and whoever holds it is the payer.

mod answer;
mod assets;
mod form;
mod handlers;
#[cfg(test)]
mod tests;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::simulator::Simulator;

/// The largest form that a payer sends, in bytes; a pasted `upi://pay` link is the longest.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// The pages and what they load. It is to be nested under the path of
/// [`SimulatorConfig::public_url`](crate::SimulatorConfig::public_url): `/simulator`.
pub fn router(simulator: Arc<Simulator>) -> Router {
    Router::new()
        .route("/3ds/{token}", get(handlers::otp_page).post(handlers::otp_given))
        .route("/3ds/{token}/cancel", post(handlers::cancelled))
        .route("/netbanking/{token}", get(handlers::login_page).post(handlers::login_decided))
        .route("/wallet/{token}", get(handlers::wallet_page).post(handlers::wallet_decided))
        .route("/upi", get(handlers::app_page).post(handlers::link_pasted))
        .route("/upi/{token}", get(handlers::upi_page).post(handlers::upi_decided))
        .route("/assets/simulator.css", get(assets::stylesheet))
        .fallback(handlers::no_such_page)
        .method_not_allowed_fallback(handlers::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(simulator)
}
