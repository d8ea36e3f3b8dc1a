//! Where the pages of a payment are found: under its link's slug, on the hosted page of its order,
//! or behind its challenge URL.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use deodar_domain::merchant::Merchant;
use deodar_domain::method::MethodSet;
use deodar_domain::order::Order;
use deodar_domain::payment::Payment;
use deodar_domain::time::Timestamp;
use deodar_engine::{CHECKOUT_PATH, ChallengePage, CheckoutPage, CheckoutStage, Engine, LinkPage};
use http::request::Parts;

use crate::error::PageError;

/// The address of a request, as it stands there. Nothing in it is known to be right.
pub(crate) enum Address {
    /// The slug of a link.
    Slug(String),
    /// The token of a challenge page.
    Token(String),
    /// The token of a hosted page.
    Checkout(String),
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        // Only those of links have a variable part in their paths.
        if let Ok(Path(slug)) = Path::<String>::from_request_parts(parts, state).await {
            return Ok(Self::Slug(slug));
        }
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let token = form_urlencoded::parse(query).find(|(name, _)| name == "token");
        let token = token.ok_or(PageError::NotFound)?.1.into_owned();
        let hosted = parts.uri.path().starts_with(CHECKOUT_PATH);
        Ok(if hosted { Self::Checkout(token) } else { Self::Token(token) })
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
    /// The hosted page of an order: it shows the order's last payment.
    Checkout {
        /// The token.
        token: String,
        /// Whether a payment can still be begun here.
        is_open: bool,
        /// Whether it may stand in a frame of the merchant's page.
        is_framed: bool,
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
            Self::Checkout { token, .. } => format!("{CHECKOUT_PATH}{step}?token={token}"),
        }
    }

    /// The address of a step with `notes`, a query that begins with its `?` or is empty.
    pub(crate) fn noted(&self, step: &str, notes: &str) -> String {
        let address = self.step(step);
        match notes.strip_prefix('?') {
            Some(rest) if address.contains('?') => format!("{address}&{rest}"),
            _ => format!("{address}{notes}"),
        }
    }

    /// Whether the payer can pay in another way here.
    pub(crate) const fn has_methods(&self) -> bool {
        match self {
            Self::Link(_) => true,
            Self::Challenge { .. } => false,
            Self::Checkout { is_open, .. } => *is_open,
        }
    }

    /// Whether the pages may stand in a frame, where other sites' pages cannot.
    pub(crate) const fn is_framed(&self) -> bool {
        matches!(self, Self::Checkout { is_framed: true, .. })
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
    /// The methods that can be chosen on its page.
    pub(crate) methods: MethodSet,
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
            Address::Checkout(token) => {
                let page = engine.checkout_page(token).await?;
                if page.stage == CheckoutStage::Ended {
                    return Err(PageError::CheckoutEnded);
                }
                page.into()
            }
        })
    }

    /// Whether the payer may change the contact details here.
    pub(crate) fn may_change_contact(&self) -> bool {
        let hosted = matches!(self.place, Place::Checkout { is_open: true, .. });
        hosted && self.order.is_contact_editable() && self.order.may_start(self.now).is_ok()
    }

    /// The payment that the pages show.
    pub(crate) fn payment(&self) -> Option<&Payment> {
        match self.place {
            Place::Link(_) | Place::Checkout { .. } => self.order.last_payment(),
            Place::Challenge { payment, .. } => {
                let shown = self.order.payment(payment)?;
                self.order.telling_payment(shown.attempt)
            }
        }
    }

    /// The same, while it is pending.
    pub(crate) fn in_flight(&self) -> Option<&Payment> {
        self.payment().filter(|payment| payment.is_pending())
    }
}

impl From<LinkPage> for Found {
    fn from(page: LinkPage) -> Self {
        Self {
            order: page.order,
            merchant: page.merchant,
            now: page.now,
            methods: page.methods,
            place: Place::Link(page.slug),
        }
    }
}

impl From<ChallengePage> for Found {
    fn from(page: ChallengePage) -> Self {
        Self {
            order: page.order,
            merchant: page.merchant,
            now: page.now,
            methods: MethodSet::EMPTY,
            place: Place::Challenge { token: page.token, payment: page.payment },
        }
    }
}

impl From<CheckoutPage> for Found {
    fn from(page: CheckoutPage) -> Self {
        let is_open = page.stage == CheckoutStage::Open;
        Self {
            order: page.order,
            merchant: page.merchant,
            now: page.now,
            methods: page.methods,
            place: Place::Checkout { token: page.token, is_open, is_framed: page.is_framed },
        }
    }
}
