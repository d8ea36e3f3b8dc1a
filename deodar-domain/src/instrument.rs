//! What a payment is made with, as far as it may be kept.

use crate::card::{CardBrand, Last4};
use crate::customer::MobileNumber;
use crate::emi::EmiPlan;
use crate::instalment::Instalment;
use crate::method::Method;
use crate::pay_later::PayLaterProvider;
use crate::text::{NO_CONTROL, printable, text_type};
use crate::upi::Vpa;

text_type!(
    /// The code of a bank for netbanking, `NB1531`.
    PayCode, 1, 20, |c: char| c.is_ascii_alphanumeric() || c == '_', "must contain letters and digits only"
);
text_type!(
    /// The code of a wallet, `AMAZON_PAY`.
    WalletCode, 1, 50, |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-', "must contain letters, digits, - and _ only"
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

/// Which cards an EMI plan is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EmiCard {
    /// Credit cards.
    Credit,
    /// Debit cards.
    Debit,
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
    /// A wallet.
    Wallet {
        /// The wallet.
        wallet_code: WalletCode,
    },
    /// The loyalty points of a card.
    Points(CardSummary),
    /// Instalments on a card.
    CardEmi {
        /// Which kind of card.
        on: EmiCard,
        /// The card.
        card: CardSummary,
        /// How it is paid back.
        plan: EmiPlan,
    },
    /// Instalments without a card.
    CardlessEmi {
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// How it is paid back.
        plan: EmiPlan,
    },
    /// Pay Later.
    PayLater {
        /// The lender.
        provider: PayLaterProvider,
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// How it is paid back; none where it is one bill.
        instalments: Vec<Instalment>,
    },
}

impl Instrument {
    /// The method.
    pub const fn method(&self) -> Method {
        match self {
            Self::Card(_) => Method::Card,
            Self::Upi(_) => Method::Upi,
            Self::Netbanking { .. } => Method::Netbanking,
            Self::Wallet { .. } => Method::Wallet,
            Self::Points(_) => Method::Points,
            Self::CardEmi { on: EmiCard::Credit, .. } => Method::CreditEmi,
            Self::CardEmi { on: EmiCard::Debit, .. } => Method::DebitEmi,
            Self::CardlessEmi { .. } => Method::CardlessEmi,
            Self::PayLater { .. } => Method::Bnpl,
        }
    }

    /// The card, where there is one.
    pub const fn card(&self) -> Option<&CardSummary> {
        match self {
            Self::Card(card) | Self::Points(card) | Self::CardEmi { card, .. } => Some(card),
            _ => None,
        }
    }

    /// Takes what the acquirer knows of the card beyond what the payer typed.
    pub(crate) fn learn(&mut self, known: CardSummary) {
        match self {
            Self::Card(card) | Self::Points(card) | Self::CardEmi { card, .. } => *card = known,
            _ => {}
        }
    }

    /// The plan of an EMI.
    pub const fn emi_plan(&self) -> Option<&EmiPlan> {
        match self {
            Self::CardEmi { plan, .. } | Self::CardlessEmi { plan, .. } => Some(plan),
            _ => None,
        }
    }
}
