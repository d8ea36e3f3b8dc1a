//! What the payer sees: the link page with its methods, the wait, the outcome and the way back.
//!
//! Every step is a plain form that posts and redirects (303), so that a reload repeats nothing and
//! the back button breaks nothing; all of it works without JavaScript but the countdown and the
//! live waiting. The accessible names are part of the contract with merchants' tests.
//!
//! Architecture Invariant: nothing here knows SQL or a bank. A card number and a CVV go from the
//! form into the engine's types and into no page, address, cookie or log. Pages set no cookies and
//! ask nothing of third parties.

mod assets;
mod banks;
mod error;
mod form;
mod guesses;
mod handlers;
mod headers;
mod mask;
mod person;
mod place;
mod schemes;
mod texts;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use deodar_engine::Engine;

use error::PageError;
use guesses::Guesses;
use handlers::{challenge, link, outcome, pay, wait};

/// The pages of payment links and behind challenge URLs, and the files that they load.
pub fn router(engine: Arc<Engine>) -> Router {
    let links = Router::new()
        .route("/PLUTUS/{slug}", get(link::open))
        .route("/PLUTUS/{slug}/pay", post(pay::pay).get(link::back))
        .route("/PLUTUS/{slug}/go", get(wait::go))
        .route("/PLUTUS/{slug}/wait", get(wait::wait))
        .route("/PLUTUS/{slug}/status", get(wait::status))
        .route("/PLUTUS/{slug}/qr.svg", get(wait::qr))
        .route("/PLUTUS/{slug}/give-up", post(wait::give_up).get(link::back))
        // A bank sends the payer back by GET or by POST, as it likes.
        .route("/PLUTUS/{slug}/return", get(outcome::come_back).post(outcome::come_back))
        .route("/PLUTUS/{slug}/result", get(outcome::show));
    let links = if engine.is_sandbox() {
        links
    } else {
        links.route_layer(from_fn_with_state(Arc::<Guesses>::default(), guesses::limit))
    };
    // A signed token cannot be guessed, so wrong ones are not counted.
    let challenges = Router::new()
        .route("/web/auth/landing", get(challenge::open))
        .route("/web/auth/landing/", get(challenge::open))
        .route("/web/auth/landing/wait", get(wait::wait))
        .route("/web/auth/landing/status", get(wait::status))
        .route("/web/auth/landing/qr.svg", get(wait::qr))
        .route("/web/auth/landing/give-up", post(wait::give_up).get(challenge::open))
        .route("/web/auth/landing/return", get(outcome::come_back).post(outcome::come_back))
        .route("/web/auth/landing/result", get(outcome::show));
    links
        .merge(challenges)
        .route("/assets/{name}", get(assets::get))
        .method_not_allowed_fallback(|| async { PageError::WrongMethod })
        .with_state(engine)
}
