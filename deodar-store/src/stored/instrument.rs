//! The stored form of what payments are made with.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::instalment::Instalment;
use deodar_domain::instrument::{
    CardSummary, CardType, EmiCard, Instrument, IssuerText, PayCode, UpiFlow, WalletCode,
};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::upi::Vpa;
use serde::{Deserialize, Serialize};

use super::customer::STORED_MOBILE_LENGTH_MIN;
use super::value::{StoredMoney, Text, damaged, read_optional};
use crate::store::StoreError;

/// The stored form of an [`Instrument`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
pub(super) enum StoredInstrument<'a> {
    Card(StoredCard<'a>),
    UpiCollect(Text<'a>),
    UpiIntent {
        qr: bool,
    },
    Netbanking(Text<'a>),
    Wallet(Text<'a>),
    Points(StoredCard<'a>),
    CardEmi {
        on: StoredEmiCard,
        card: StoredCard<'a>,
        plan: StoredPlan<'a>,
    },
    CardlessEmi {
        mobile: Text<'a>,
        plan: StoredPlan<'a>,
    },
    PayLater {
        provider: Text<'a>,
        mobile: Text<'a>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<StoredInstalment<'a>>,
    },
}

/// The stored form of an [`EmiCard`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoredEmiCard {
    Credit,
    Debit,
}

/// The stored form of an [`EmiPlan`]. Its tenure is the number of its parts.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredPlan<'a> {
    rate: u16,
    parts: Vec<StoredInstalment<'a>>,
}

/// The stored form of an [`Instalment`]: how much, and by when. Its number is its place.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredInstalment<'a>(StoredMoney, Text<'a>);

fn stored_parts<'a>(parts: &[Instalment]) -> Vec<StoredInstalment<'a>> {
    let stored =
        |part: &Instalment| StoredInstalment(StoredMoney::of(part.amount), Text::owned(part.due));
    parts.iter().map(stored).collect()
}

fn restored_parts(stored: &[StoredInstalment<'_>]) -> Result<Vec<Instalment>, StoreError> {
    (1..)
        .zip(stored)
        .map(|(serial, StoredInstalment(amount, due))| {
            let due = Day::parse(due.as_str()).ok_or_else(|| damaged("due"))?;
            Ok(Instalment { serial, amount: amount.restore(), due })
        })
        .collect()
}

impl StoredPlan<'_> {
    fn of(plan: &EmiPlan) -> Self {
        Self { rate: plan.rate.0, parts: stored_parts(&plan.instalments) }
    }

    fn restore(&self) -> Result<EmiPlan, StoreError> {
        let months = u16::try_from(self.parts.len()).ok();
        let tenure = months.and_then(Tenure::of_months).ok_or_else(|| damaged("tenure"))?;
        let instalments = restored_parts(&self.parts)?;
        Ok(EmiPlan { tenure, rate: AnnualRate(self.rate), instalments })
    }
}

/// The stored form of a [`CardSummary`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredCard<'a> {
    brand: Text<'a>,
    last4: Text<'a>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    card_type: Option<StoredCardType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Text<'a>>,
}

/// The stored form of a [`CardType`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoredCardType {
    Credit,
    Debit,
    Prepaid,
}

impl<'a> StoredInstrument<'a> {
    pub(super) fn of(instrument: &'a Instrument) -> Self {
        match instrument {
            Instrument::Card(card) => Self::Card(StoredCard::of(card)),
            Instrument::Upi(UpiFlow::Collect { vpa }) => Self::UpiCollect(Text::of(vpa.as_str())),
            Instrument::Upi(UpiFlow::Intent { qr }) => Self::UpiIntent { qr: *qr },
            Instrument::Netbanking { pay_code } => Self::Netbanking(Text::of(pay_code.as_str())),
            Instrument::Wallet { wallet_code } => Self::Wallet(Text::of(wallet_code.as_str())),
            Instrument::Points(card) => Self::Points(StoredCard::of(card)),
            Instrument::CardEmi { on, card, plan } => Self::CardEmi {
                on: match on {
                    EmiCard::Credit => StoredEmiCard::Credit,
                    EmiCard::Debit => StoredEmiCard::Debit,
                },
                card: StoredCard::of(card),
                plan: StoredPlan::of(plan),
            },
            Instrument::CardlessEmi { mobile, plan } => {
                Self::CardlessEmi { mobile: Text::of(mobile.as_str()), plan: StoredPlan::of(plan) }
            }
            Instrument::PayLater { provider, mobile, instalments } => Self::PayLater {
                provider: Text::of(provider.name()),
                mobile: Text::of(mobile.as_str()),
                parts: stored_parts(instalments),
            },
        }
    }

    pub(super) fn restore(&self) -> Result<Instrument, StoreError> {
        let mobile = |text: &Text<'_>| {
            text.read("mobile", |text| MobileNumber::parse(text, STORED_MOBILE_LENGTH_MIN))
        };
        Ok(match self {
            Self::Card(card) => Instrument::Card(card.restore()?),
            Self::UpiCollect(vpa) => {
                Instrument::Upi(UpiFlow::Collect { vpa: vpa.read("vpa", Vpa::parse)? })
            }
            Self::UpiIntent { qr } => Instrument::Upi(UpiFlow::Intent { qr: *qr }),
            Self::Netbanking(code) => {
                Instrument::Netbanking { pay_code: code.read("pay_code", PayCode::parse)? }
            }
            Self::Wallet(code) => {
                Instrument::Wallet { wallet_code: code.read("wallet_code", WalletCode::parse)? }
            }
            Self::Points(card) => Instrument::Points(card.restore()?),
            Self::CardEmi { on, card, plan } => Instrument::CardEmi {
                on: match on {
                    StoredEmiCard::Credit => EmiCard::Credit,
                    StoredEmiCard::Debit => EmiCard::Debit,
                },
                card: card.restore()?,
                plan: plan.restore()?,
            },
            Self::CardlessEmi { mobile: number, plan } => {
                Instrument::CardlessEmi { mobile: mobile(number)?, plan: plan.restore()? }
            }
            Self::PayLater { provider, mobile: number, parts } => Instrument::PayLater {
                provider: PayLaterProvider::from_name(provider.as_str())
                    .ok_or_else(|| damaged("provider"))?,
                mobile: mobile(number)?,
                instalments: restored_parts(parts)?,
            },
        })
    }
}

impl<'a> StoredCard<'a> {
    fn of(card: &'a CardSummary) -> Self {
        Self {
            brand: Text::of(card.brand.name()),
            last4: Text::of(card.last4.as_str()),
            card_type: card.card_type.map(|card_type| match card_type {
                CardType::Credit => StoredCardType::Credit,
                CardType::Debit => StoredCardType::Debit,
                CardType::Prepaid => StoredCardType::Prepaid,
            }),
            issuer: card.issuer.as_ref().map(|text| Text::of(text.as_str())),
            category: card.category.as_ref().map(|text| Text::of(text.as_str())),
            country: card.country_code.as_ref().map(|text| Text::of(text.as_str())),
        }
    }

    fn restore(&self) -> Result<CardSummary, StoreError> {
        let told = |text, field| read_optional(text, field, IssuerText::parse);
        Ok(CardSummary {
            brand: CardBrand::from_name(self.brand.as_str()).ok_or_else(|| damaged("brand"))?,
            last4: Last4::parse(self.last4.as_str()).ok_or_else(|| damaged("last4"))?,
            card_type: self.card_type.map(|card_type| match card_type {
                StoredCardType::Credit => CardType::Credit,
                StoredCardType::Debit => CardType::Debit,
                StoredCardType::Prepaid => CardType::Prepaid,
            }),
            issuer: told(self.issuer.as_ref(), "issuer")?,
            category: told(self.category.as_ref(), "category")?,
            country_code: told(self.country.as_ref(), "card.country")?,
        })
    }
}
