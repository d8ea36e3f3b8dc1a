//! `payment_option`: what may be told of what a payment is made with.

use deodar_domain::instrument::{CardSummary, CardType, Instrument, IssuerText, UpiFlow};
use deodar_domain::payment::{Challenge, Payment, PaymentState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::instalment::InstalmentJson;
use crate::schema::{choices, methods, texts};

/// `payment_option`
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PaymentOption, description = "What the payment is made with")]
pub(super) struct OptionJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    card_data: Option<CardJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_data: Option<UpiJson<'a>>,
    /// The same as `upi_data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_details: Option<UpiJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netbanking_data: Option<NetbankingJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_data: Option<WalletJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cardless_data: Option<CardlessJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bnpl_data: Option<PayLaterJson<'a>>,
}

impl<'a> OptionJson<'a> {
    pub(super) fn of(payment: &'a Payment) -> Self {
        match &payment.instrument {
            Instrument::Card(card)
            | Instrument::Points(card)
            | Instrument::CardEmi { card, .. } => {
                Self { card_data: Some(CardJson::of(card)), ..Self::default() }
            }
            Instrument::Upi(flow) => {
                let upi = UpiJson::of(flow, &payment.state);
                Self { upi_data: Some(upi), upi_details: Some(upi), ..Self::default() }
            }
            Instrument::Netbanking { pay_code } => Self {
                netbanking_data: Some(NetbankingJson { pay_code: pay_code.as_str() }),
                ..Self::default()
            },
            Instrument::Wallet { wallet_code } => Self {
                wallet_data: Some(WalletJson { wallet_code: wallet_code.as_str() }),
                ..Self::default()
            },
            Instrument::CardlessEmi { mobile, .. } => Self {
                cardless_data: Some(CardlessJson { registered_mobile_number: mobile.as_str() }),
                ..Self::default()
            },
            Instrument::PayLater { provider, mobile, instalments } => Self {
                bnpl_data: Some(PayLaterJson {
                    mobile: mobile.as_str(),
                    bnpl_pay_code: provider.name(),
                    installments: InstalmentJson::all(instalments),
                }),
                ..Self::default()
            },
        }
    }
}

/// What is told of a card; never its number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Card, description = "What is told of a card; never its number")]
struct CardJson<'a> {
    #[schema(schema_with = choices::card_network)]
    network_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = choices::card_type)]
    card_type: Option<&'static str>,
    /// Who issued it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_name: Option<&'a str>,
    /// What kind of card it is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_category: Option<&'a str>,
    /// Where it was issued, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<&'a str>,
    #[schema(schema_with = texts::last4)]
    last4_digit: &'a str,
}

impl<'a> CardJson<'a> {
    fn of(card: &'a CardSummary) -> Self {
        Self {
            network_name: card.brand.name(),
            card_type: card.card_type.map(CardType::name),
            issuer_name: card.issuer.as_ref().map(IssuerText::as_str),
            card_category: card.category.as_ref().map(IssuerText::as_str),
            country_code: card.country_code.as_ref().map(IssuerText::as_str),
            last4_digit: card.last4.as_str(),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Upi, description = "A payment by UPI")]
struct UpiJson<'a> {
    #[schema(schema_with = choices::upi_mode)]
    txn_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<PayerJson<'a>>,
    /// The link that opens the payer's app, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    intent_url: Option<&'a str>,
    /// Whether a QR code was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_qr: Option<bool>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = UpiPayerAnswered, description = "Who pays by UPI")]
struct PayerJson<'a> {
    #[schema(schema_with = texts::vpa)]
    vpa: &'a str,
}

impl<'a> UpiJson<'a> {
    fn of(flow: &'a UpiFlow, state: &'a PaymentState) -> Self {
        match flow {
            UpiFlow::Collect { vpa } => Self {
                txn_mode: "COLLECT",
                payer: Some(PayerJson { vpa: vpa.as_str() }),
                intent_url: None,
                upi_qr: None,
            },
            UpiFlow::Intent { qr } => {
                let intent_url = match state {
                    PaymentState::Pending {
                        challenge: Some(Challenge::Intent { link, .. }),
                        ..
                    } => Some(link.as_str()),
                    _ => None,
                };
                Self { txn_mode: "INTENT", payer: None, intent_url, upi_qr: qr.then_some(true) }
            }
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Netbanking, description = "A payment by netbanking")]
struct NetbankingJson<'a> {
    #[schema(schema_with = texts::pay_code)]
    pay_code: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Wallet, description = "A payment by wallet")]
struct WalletJson<'a> {
    #[schema(schema_with = methods::wallet_code)]
    wallet_code: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cardless, description = "Instalments without a card")]
struct CardlessJson<'a> {
    #[schema(schema_with = methods::cardless_mobile)]
    registered_mobile_number: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayLater, description = "A payment by Pay Later")]
struct PayLaterJson<'a> {
    #[schema(schema_with = methods::pay_later_mobile)]
    mobile: &'a str,
    #[schema(schema_with = choices::pay_later_provider)]
    bnpl_pay_code: &'static str,
    /// How it is paid back, where that is not by one bill.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    installments: Vec<InstalmentJson>,
}
