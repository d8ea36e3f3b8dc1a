//! What the payer sees: the link page with its methods, the wait, the outcome and the way back.
//!
//! Every step is a plain form that posts and redirects (303), so that a reload repeats nothing and
//! the back button breaks nothing; all of it works without JavaScript but the countdown and the
//! live waiting. The accessible names are part of the contract with merchants' tests.
//!
//! Architecture Invariant: nothing here knows SQL or a bank. A card number and a CVV go from the
//! form into the engine's types and into no page, address, cookie or log. Pages ask nothing of
//! third parties and set no cookie but the one of the language, when a payer chooses it.

mod assets;
mod banks;
mod brand;
mod compression;
mod device;
mod error;
mod form;
mod framing;
mod guesses;
mod handlers;
mod headers;
mod language;
mod mask;
mod mobile;
mod offers;
mod person;
mod place;
mod qr;
mod schemes;
mod texts;
mod views;
mod wallets;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use deodar_engine::{CHECKOUT_PATH, Engine};

use error::PageError;
use handlers::{challenge, checkout, details, link, messages, otp, outcome, pay, wait};

/// The pages of payment links, of the hosted checkout and behind challenge URLs, and the files that
/// they load.
pub fn router(engine: Arc<Engine>) -> Router {
    let links = Router::new()
        .route("/PLUTUS/{slug}", get(link::open))
        .route("/PLUTUS/{slug}/pay", post(pay::pay).get(link::back))
        .route("/PLUTUS/{slug}/go", get(wait::go))
        .route("/PLUTUS/{slug}/wait", get(wait::wait))
        .route("/PLUTUS/{slug}/status", get(wait::status))
        .route("/PLUTUS/{slug}/qr.svg", get(wait::qr))
        .route("/PLUTUS/{slug}/otp", post(otp::submit).get(link::back))
        .route("/PLUTUS/{slug}/otp/resend", post(otp::resend).get(link::back))
        .route("/PLUTUS/{slug}/give-up", post(wait::give_up).get(link::back))
        // A bank sends the payer back by GET or by POST, as it likes.
        .route("/PLUTUS/{slug}/return", get(outcome::come_back).post(outcome::come_back))
        .route("/PLUTUS/{slug}/result", get(outcome::show))
        .route("/PLUTUS/{slug}/receipt", get(outcome::receipt));
    let links = if engine.is_sandbox() {
        links
    } else {
        links.route_layer(from_fn_with_state(Arc::clone(&engine), guesses::limit))
    };
    // A signed token cannot be guessed, so wrong ones are not counted.
    let challenges = Router::new()
        .route("/web/auth/landing", get(challenge::open))
        .route("/web/auth/landing/", get(challenge::open))
        .route("/web/auth/landing/wait", get(wait::wait))
        .route("/web/auth/landing/status", get(wait::status))
        .route("/web/auth/landing/qr.svg", get(wait::qr))
        .route("/web/auth/landing/qr.png", get(wait::qr_png))
        .route("/web/auth/landing/otp", post(otp::submit).get(challenge::open))
        .route("/web/auth/landing/otp/resend", post(otp::resend).get(challenge::open))
        .route("/web/auth/landing/give-up", post(wait::give_up).get(challenge::open))
        .route("/web/auth/landing/return", get(outcome::come_back).post(outcome::come_back))
        .route("/web/auth/landing/result", get(outcome::show))
        .route("/web/auth/landing/receipt", get(outcome::receipt));
    let hosted = |step: &str| format!("{CHECKOUT_PATH}{step}");
    let checkouts = Router::new()
        .route(CHECKOUT_PATH, get(checkout::open))
        .route(&hosted("/pay"), post(pay::pay).get(checkout::back))
        .route(&hosted("/go"), get(wait::go))
        .route(&hosted("/wait"), get(wait::wait))
        .route(&hosted("/status"), get(wait::status))
        .route(&hosted("/qr.svg"), get(wait::qr))
        .route(&hosted("/otp"), post(otp::submit).get(checkout::back))
        .route(&hosted("/otp/resend"), post(otp::resend).get(checkout::back))
        .route(&hosted("/give-up"), post(wait::give_up).get(checkout::back))
        .route(&hosted("/return"), get(outcome::come_back).post(outcome::come_back))
        .route(&hosted("/result"), get(outcome::show))
        .route(&hosted("/receipt"), get(outcome::receipt))
        .route(&hosted("/leave"), get(checkout::leave))
        .route(&hosted("/details"), get(details::show).post(details::save))
        .route_layer(from_fn_with_state(Arc::clone(&engine), framing::layer));
    let is_secure = engine.public_url().starts_with("https://");
    let rules = language::CookieRules { is_secure };
    let kept = if engine.is_sandbox() { outbox() } else { Router::new() };
    links
        .merge(challenges)
        .merge(checkouts)
        .merge(kept)
        .route_layer(from_fn_with_state(rules, language::layer))
        .route("/assets/{name}", get(assets::get))
        .route("/brand/{name}", get(brand::get))
        .route_layer(compression::layer())
        .method_not_allowed_fallback(|| async { PageError::WrongMethod })
        .with_state(engine)
}

/// The messages that a sandbox keeps.
fn outbox() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sandbox/messages", get(messages::list))
        .route("/sandbox/messages/{number}", get(messages::html))
}
