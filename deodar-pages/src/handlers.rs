//! The pages, one file for each step of the way.

pub(crate) mod challenge;
pub(crate) mod checkout;
pub(crate) mod details;
pub(crate) mod eligibility;
pub(crate) mod link;
pub(crate) mod messages;
pub(crate) mod otp;
pub(crate) mod outcome;
pub(crate) mod pay;
pub(crate) mod wait;

use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use deodar_domain::payment::Payment;
use deodar_engine::{Engine, LinkPage};
use http::HeaderMap;
use http::request::Parts;

use crate::error::PageError;
use crate::headers::see_other;
use crate::place::Place;

/// The variable part of an address: the slug of a link, or the number of a message. What cannot be
/// read is a wrong one, and is looked for like any other: wrong ones take the same time.
pub(crate) struct Slug(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Slug {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(slug)| slug).unwrap_or_default()))
    }
}

/// Finds the link of a slug. All wrong ones get the same answer, by which `guesses` knows them.
async fn find(engine: &Engine, slug: &Slug) -> Result<LinkPage, PageError> {
    Ok(engine.link_page(&slug.0).await?)
}

/// The address of a step of a link.
fn step(slug: &str, step: &str) -> String {
    format!("/PLUTUS/{slug}{step}")
}

/// Goes to the page that shows where a payment stands.
fn to_payment(place: &Place, payment: Option<&Payment>) -> Response {
    match payment {
        None => see_other(&place.step("")),
        Some(payment) if payment.is_pending() => see_other(&place.step("/wait")),
        Some(_) => see_other(&place.step("/result")),
    }
}

/// Refuses a form that a page of another site sent in the payer's name (Fetch Metadata).
fn refuse_foreign(headers: &HeaderMap) -> Result<(), PageError> {
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if foreign { Err(PageError::Refused) } else { Ok(()) }
}

/// The index of the payment whose page a form comes from; absent where the page did not tell. An
/// index that no payment has is that of another payment.
fn shown_payment(body: &[u8]) -> Option<u16> {
    let index = form_urlencoded::parse(body).find(|(name, _)| name == "payment");
    index.map(|(_, text)| text.parse().unwrap_or(u16::MAX))
}
