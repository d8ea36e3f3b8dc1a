//! How a payer is asked, and what the bank keeps of what is paid with.

use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::Tenure;
use deodar_domain::instrument::{CardSummary, EmiCard, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::pay_later::PayLaterProvider;

/// How an amount is paid back, as the payer reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Repayment {
    pub(crate) tenure: Tenure,
    /// What is paid each month, but for the last.
    pub(crate) monthly: Money,
}

/// A lender's account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Borrower {
    pub(crate) provider: PayLaterProvider,
    pub(crate) mobile: MobileNumber,
}

/// How the payer is asked, with what the bank keeps of the instrument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// By a one-time password on the 3-D Secure page.
    Card(CardSummary),
    /// The same, for a card's points.
    Points(CardSummary),
    /// The same, for instalments on a card.
    CardEmi { on: EmiCard, card: CardSummary, repayment: Repayment },
    /// By a request in the UPI app.
    Collect,
    /// By a `upi://pay` link.
    Intent,
    /// On the bank's login page.
    Netbanking,
    /// On the wallet's login page.
    Wallet(WalletCode),
    /// By the lender's one-time password, which the payer gives to the gateway.
    CardlessEmi(Repayment),
    /// The same, for Pay Later.
    PayLater(Borrower),
}

/// What the payer is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asking {
    /// A one-time password, on a page of the bank or by the gateway.
    OtpAtTheBank,
    /// A one-time password, by the gateway alone.
    OtpAtTheGateway,
    /// Yes or no, on a page of the bank.
    YesOrNo,
}

impl Flow {
    /// The flow's name in the books.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Points(_) => "points",
            Self::CardEmi { on: EmiCard::Credit, .. } => "credit_emi",
            Self::CardEmi { on: EmiCard::Debit, .. } => "debit_emi",
            Self::Collect => "collect",
            Self::Intent => "intent",
            Self::Netbanking => "netbanking",
            Self::Wallet(_) => "wallet",
            Self::CardlessEmi(_) => "cardless_emi",
            Self::PayLater(_) => "pay_later",
        }
    }

    /// What the payer is asked for.
    pub(crate) const fn asking(&self) -> Asking {
        match self {
            Self::Card(_) | Self::Points(_) | Self::CardEmi { .. } => Asking::OtpAtTheBank,
            Self::CardlessEmi(_) | Self::PayLater(_) => Asking::OtpAtTheGateway,
            Self::Collect | Self::Intent | Self::Netbanking | Self::Wallet(_) => Asking::YesOrNo,
        }
    }

    /// The card, where there is one.
    pub(crate) const fn card(&self) -> Option<&CardSummary> {
        match self {
            Self::Card(card) | Self::Points(card) | Self::CardEmi { card, .. } => Some(card),
            _ => None,
        }
    }

    /// How the amount is paid back, where it is by EMI.
    pub(crate) const fn repayment(&self) -> Option<Repayment> {
        match self {
            Self::CardEmi { repayment, .. } | Self::CardlessEmi(repayment) => Some(*repayment),
            _ => None,
        }
    }

    /// Whose Pay Later account it is.
    pub(crate) const fn borrower(&self) -> Option<&Borrower> {
        match self {
            Self::PayLater(borrower) => Some(borrower),
            _ => None,
        }
    }

    /// The wallet.
    pub(crate) const fn wallet(&self) -> Option<&WalletCode> {
        match self {
            Self::Wallet(code) => Some(code),
            _ => None,
        }
    }
}
