//! What a payment is made with, as far as it may be kept.

use crate::card::{CardBrand, Last4};
use crate::method::Method;
use crate::text::{NO_CONTROL, printable, text_type};
use crate::upi::Vpa;

text_type!(
    /// The code of a bank for netbanking, `NB1531`.
    PayCode, 1, 20, |c: char| c.is_ascii_alphanumeric() || c == '_', "must contain letters and digits only"
);
text_type!(
    /// A name that an acquirer gave: an issuer, a card category.
    IssuerText, 1, 100, printable, NO_CONTROL
);

/// Whose money a card spends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardType {
    /// The bank's, paid back later.
    Credit,
    /// The payer's account.
    Debit,
    /// What was loaded before.
    Prepaid,
}

impl CardType {
    /// The type's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
            Self::Prepaid => "PREPAID",
        }
    }
}

/// What may be kept and told of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardSummary {
    /// The scheme.
    pub brand: CardBrand,
    /// The last four digits.
    pub last4: Last4,
    /// Whose money it spends, where the acquirer knows.
    pub card_type: Option<CardType>,
    /// The bank that issued it, where the acquirer knows.
    pub issuer: Option<IssuerText>,
    /// `CONSUMER`, `COMMERCIAL`, …, where the acquirer knows.
    pub category: Option<IssuerText>,
    /// The issuer's country by ISO 3166-1, where the acquirer knows.
    pub country_code: Option<IssuerText>,
}

/// How a UPI payment reaches the payer's app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UpiFlow {
    /// A request is sent to an address.
    Collect {
        /// The payer's address.
        vpa: Vpa,
    },
    /// A link or QR code opens the payer's app.
    Intent {
        /// Whether a QR code was asked for.
        qr: bool,
    },
}

/// What a payment is made with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Instrument {
    /// A card.
    Card(CardSummary),
    /// UPI.
    Upi(UpiFlow),
    /// A bank's login page.
    Netbanking {
        /// The bank.
        pay_code: PayCode,
    },
}

impl Instrument {
    /// The method.
    pub const fn method(&self) -> Method {
        match self {
            Self::Card(_) => Method::Card,
            Self::Upi(_) => Method::Upi,
            Self::Netbanking { .. } => Method::Netbanking,
        }
    }
}
