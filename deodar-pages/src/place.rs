//! Where the pages of a payment are found: under its link's slug, or behind its challenge URL.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::Payment;
use deodar_domain::time::Timestamp;
use deodar_engine::{ChallengePage, Engine, LinkPage};
use http::request::Parts;

use crate::error::PageError;

/// The address of a request, as it stands there. Nothing in it is known to be right.
pub(crate) enum Address {
    /// The slug of a link.
    Slug(String),
    /// The token of a challenge page.
    Token(String),
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        // The challenge pages have no variable part in their paths.
        if let Ok(Path(slug)) = Path::<String>::from_request_parts(parts, state).await {
            return Ok(Self::Slug(slug));
        }
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let token = form_urlencoded::parse(query).find(|(name, _)| name == "token");
        token.map(|(_, token)| Self::Token(token.into_owned())).ok_or(PageError::NotFound)
    }
}

/// Which pages show a payment.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The pages of a link, by its slug: they show the order's last payment.
    Link(String),
    /// The challenge pages of one payment.
    Challenge {
        /// The token.
        token: String,
        /// The index of the payment.
        payment: u16,
    },
}

impl Place {
    /// The address of a step: `/wait`, `/result`; that of the first page is empty.
    pub(crate) fn step(&self, step: &str) -> String {
        match self {
            Self::Link(slug) => format!("/PLUTUS/{slug}{step}"),
            Self::Challenge { token, .. } => {
                let step = if step.is_empty() { "/" } else { step };
                format!("/web/auth/landing{step}?token={token}")
            }
        }
    }

    /// Whether the payer can pay in another way here.
    pub(crate) const fn has_methods(&self) -> bool {
        matches!(self, Self::Link(_))
    }
}

/// What an address led to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The order, as of now.
    pub(crate) order: Order,
    /// Whose it is.
    pub(crate) merchant: Arc<Merchant>,
    /// Business time.
    pub(crate) now: Timestamp,
    /// Which pages show it.
    pub(crate) place: Place,
}

impl Found {
    /// Finds what an address leads to. All wrong ones get the same answer, by which `guesses`
    /// knows them.
    pub(crate) async fn at(engine: &Engine, address: &Address) -> Result<Self, PageError> {
        Ok(match address {
            Address::Slug(slug) => engine.link_page(slug).await?.into(),
            Address::Token(token) => engine.challenge_page(token).await?.into(),
        })
    }

    /// The payment that the pages show.
    pub(crate) fn payment(&self) -> Option<&Payment> {
        match self.place {
            Place::Link(_) => self.order.payments.last(),
            Place::Challenge { payment, .. } => self.order.payment(payment),
        }
    }

    /// The same, while it is pending.
    pub(crate) fn in_flight(&self) -> Option<&Payment> {
        self.payment().filter(|payment| payment.is_pending())
    }
}

impl From<LinkPage> for Found {
    fn from(page: LinkPage) -> Self {
        let place = Place::Link(page.slug);
        Self { order: page.order, merchant: page.merchant, now: page.now, place }
    }
}

impl From<ChallengePage> for Found {
    fn from(page: ChallengePage) -> Self {
        let place = Place::Challenge { token: page.token, payment: page.payment };
        Self { order: page.order, merchant: page.merchant, now: page.now, place }
    }
}
