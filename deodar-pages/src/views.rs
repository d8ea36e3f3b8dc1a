//! What the templates show: texts and amounts that are ready to read, and nothing secret.

mod checkout;
mod details;
mod input;
mod link;
mod messages;
mod methods;
mod notes;
mod outcome;
mod plans;
mod receipt;
mod summary;
mod wait;

pub(crate) use checkout::{left, order_ended};
pub(crate) use details::DetailsView;
pub(crate) use link::{LinkView, MOBILE_KEPT};
pub(crate) use messages::MessagesPage;
pub(crate) use notes::{Field, Notes, OfferNote};
pub(crate) use outcome::{Back, Outcome, ended, ended_in_vain, is_yes};
pub(crate) use plans::tenure_name;
pub(crate) use receipt::Receipt;
pub(crate) use wait::{OtpNote, Wait, onward, onward_title, pay_link, stage, web_address};

use askama::Template;
use deodar_domain::emi::EmiPlan;
use deodar_domain::instalment::Instalment;
use deodar_domain::instrument::{Instrument, UpiFlow};
use deodar_domain::merchant::Merchant;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::Payment;

use crate::brand::LogoView;
use crate::language::{self, Switch, texts};
use crate::texts::{Texts, fill};
use crate::{assets, banks, brand, mask, wallets};

/// What every page carries.
pub(crate) struct Frame {
    /// The texts of the page's language.
    pub(crate) t: &'static Texts,
    /// The title of the page.
    pub(crate) title: String,
    /// The way to the same page in another language.
    pub(crate) switch: Option<Switch>,
    /// The address of the stylesheet.
    pub(crate) style: String,
    /// The address of the stylesheet of the merchant's colour.
    pub(crate) brand: Option<String>,
    /// The merchant's logo.
    pub(crate) logo: Option<LogoView>,
    /// The address of the script.
    pub(crate) script: String,
    /// The address of the icon.
    pub(crate) icon: String,
    /// Whether to say that no real money moves.
    pub(crate) sandbox: bool,
}

impl Frame {
    /// The frame of a page with this title.
    pub(crate) fn new(title: String, sandbox: bool) -> Self {
        Self {
            t: texts(),
            title,
            switch: language::switch(),
            style: assets::STYLE.path(),
            brand: None,
            logo: None,
            script: assets::SCRIPT.path(),
            icon: assets::ICON.path(),
            sandbox,
        }
    }

    /// The same on the pages of a merchant, in its colour and under its logo.
    pub(crate) fn of(self, merchant: &Merchant) -> Self {
        Self { brand: brand::style_path(merchant), logo: LogoView::of(merchant), ..self }
    }
}

/// What a page tells, for its icon and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is done.
    Good,
    /// It went wrong.
    Bad,
    /// Neither.
    Neutral,
}

impl Kind {
    /// The name of its style.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }
}

/// A line of a receipt.
pub(crate) struct Row {
    /// What it is.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: String,
}

impl Row {
    /// A line.
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }
}

/// A page that tells one thing and asks nothing: an expired link, a wrong address, a fault.
#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice {
    /// The frame.
    pub(crate) frame: Frame,
    /// What it tells.
    pub(crate) kind: Kind,
    /// The heading.
    pub(crate) heading: &'static str,
    /// A sentence.
    pub(crate) text: String,
    /// A second one.
    pub(crate) more: Option<String>,
    /// What it is about.
    pub(crate) rows: Vec<Row>,
    /// The way to the receipt.
    pub(crate) receipt: Option<String>,
    /// The way back to the merchant.
    pub(crate) back: Option<Back>,
}

/// The page between ours and the bank's: a redirect after a form would be held against the form's
/// policy, so the browser goes on by itself, or the payer by the link.
#[derive(Template)]
#[template(path = "go.html")]
pub(crate) struct Go {
    /// The frame.
    pub(crate) frame: Frame,
    /// The bank's page.
    pub(crate) url: String,
    /// What the way there is called.
    pub(crate) onward: &'static str,
    /// Whether this page stands in a frame, where the bank's cannot: the payer takes the whole
    /// window there, by the link.
    pub(crate) framed: bool,
}

/// What a payment was made with, as its payer recognises it.
fn paid_with(t: &Texts, payment: &Payment) -> String {
    let name = t.method_name(payment.instrument.method());
    match &payment.instrument {
        Instrument::Card(card) => {
            format!(
                "{} •••• {}",
                fill(t.card_ending, brand(card.brand)).trim(),
                card.last4.as_str()
            )
        }
        Instrument::Points(card) => format!("{name} •••• {}", card.last4.as_str()),
        Instrument::CardEmi { card, plan, .. } => {
            format!("{name} •••• {} · {}", card.last4.as_str(), months(t, plan))
        }
        Instrument::CardlessEmi { plan, .. } => format!("{name} · {}", months(t, plan)),
        Instrument::Wallet { wallet_code } => {
            let known = wallets::find(wallet_code.as_str());
            format!("{name} · {}", known.map_or(wallet_code.as_str(), |wallet| wallet.name))
        }
        Instrument::PayLater { provider, .. } => format!("{name} · {}", lender(*provider)),
        Instrument::Upi(UpiFlow::Collect { vpa }) => format!("{} · {}", t.upi, mask::vpa(vpa)),
        Instrument::Upi(UpiFlow::Intent { .. }) => t.upi.to_owned(),
        Instrument::Netbanking { pay_code } => {
            let bank = banks::find(pay_code.as_str()).map_or(pay_code.as_str(), |bank| bank.name);
            format!("{} · {bank}", t.netbanking)
        }
    }
}

/// How what was lent is paid back: when, and how much.
fn paid_back(t: &Texts, payment: &Payment) -> Vec<(String, String)> {
    let monthly = payment.instrument.emi_plan().and_then(|plan| {
        Some((months(t, plan), fill(t.emi_monthly, &plan.monthly()?.display_indian())))
    });
    let due = |part: &Instalment| (fill(t.due_on, &t.day(part.due)), part.amount.display_indian());
    match &payment.instrument {
        Instrument::PayLater { instalments, .. } => instalments.iter().map(due).collect(),
        _ => monthly.into_iter().collect(),
    }
}

/// The tenure of an EMI in words.
fn months(t: &Texts, plan: &EmiPlan) -> String {
    fill(t.emi_months, &plan.tenure.months().to_string())
}

/// The name of a Pay Later lender as it writes it.
pub(crate) const fn lender(provider: PayLaterProvider) -> &'static str {
    match provider {
        PayLaterProvider::LazyPay => "LazyPay",
        PayLaterProvider::Simpl => "Simpl",
        PayLaterProvider::SimplInThree => "Simpl Pay-in-3",
    }
}

/// The name of a card scheme as its cards print it.
pub(crate) const fn brand(brand: deodar_domain::card::CardBrand) -> &'static str {
    use deodar_domain::card::CardBrand;
    match brand {
        CardBrand::Visa => "Visa",
        CardBrand::Mastercard => "Mastercard",
        CardBrand::RuPay => "RuPay",
        CardBrand::AmericanExpress => "American Express",
        CardBrand::DinersClub => "Diners Club",
        CardBrand::Maestro => "Maestro",
        CardBrand::Jcb => "JCB",
        CardBrand::Unknown => "",
    }
}
