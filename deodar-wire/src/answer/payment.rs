//! A payment of an order.

use deodar_domain::id::PaymentId;
use deodar_domain::instruction::{Instruction, InstructionKind, InstructionState};
use deodar_domain::instrument::{CardSummary, CardType, Instrument, IssuerText, UpiFlow};
use deodar_domain::order::{Capture, Order};
use deodar_domain::payment::{AcquirerData, AcquirerText, Challenge, Payment, PaymentState};
use serde::Serialize;

use super::value::{Amount, Shown, Time};

/// An element of `payments`.
#[derive(Debug, Serialize)]
pub(crate) struct PaymentJson<'a> {
    id: Shown<PaymentId>,
    merchant_payment_reference: &'a str,
    status: &'static str,
    payment_amount: Amount,
    payment_method: &'static str,
    payment_option: OptionJson<'a>,
    acquirer_data: AcquirerJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_detail: Option<FailureJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_data: Option<[CaptureJson<'a>; 1]>,
    created_at: Time,
    updated_at: Time,
}

impl<'a> PaymentJson<'a> {
    /// A payment of `order`.
    pub(crate) fn of(order: &'a Order, payment: &'a Payment) -> Self {
        Self {
            id: Shown(payment.id),
            merchant_payment_reference: payment.reference.as_str(),
            status: payment.status().name(),
            payment_amount: Amount(payment.amount),
            payment_method: payment.instrument.method().name(),
            payment_option: OptionJson::of(payment),
            acquirer_data: AcquirerJson::of(&payment.acquirer),
            error_detail: payment.failure().map(|failure| FailureJson {
                code: failure.reason.code(),
                message: failure.message().to_owned(),
            }),
            capture_data: CaptureJson::of(order, payment).map(|capture| [capture]),
            created_at: Time(payment.created_at),
            updated_at: Time(payment.updated_at),
        }
    }
}

/// `payment_option`
#[derive(Debug, Default, Serialize)]
struct OptionJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    card_data: Option<CardJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_data: Option<UpiJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_details: Option<UpiJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netbanking_data: Option<NetbankingJson<'a>>,
}

impl<'a> OptionJson<'a> {
    fn of(payment: &'a Payment) -> Self {
        match &payment.instrument {
            Instrument::Card(card) => {
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
        }
    }
}

/// What is told of a card; never its number.
#[derive(Debug, Serialize)]
struct CardJson<'a> {
    network_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<&'a str>,
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

#[derive(Clone, Copy, Debug, Serialize)]
struct UpiJson<'a> {
    txn_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<PayerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upi_qr: Option<bool>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PayerJson<'a> {
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

#[derive(Debug, Serialize)]
struct NetbankingJson<'a> {
    pay_code: &'a str,
}

/// `acquirer_data`. The authorisation code and the retrieval reference number are empty until
/// known.
#[derive(Debug, Serialize)]
struct AcquirerJson<'a> {
    approval_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer_reference: Option<&'a str>,
    rrn: &'a str,
    is_aggregator: bool,
    acquirer_name: &'a str,
}

impl<'a> AcquirerJson<'a> {
    fn of(acquirer: &'a AcquirerData) -> Self {
        let reference = acquirer.acquirer_reference.as_ref().map(AcquirerText::as_str);
        Self {
            approval_code: acquirer.approval_code.as_ref().map_or("", AcquirerText::as_str),
            acquirer_reference: reference.filter(|text| !text.is_empty()),
            rrn: acquirer.rrn.as_ref().map_or("", AcquirerText::as_str),
            is_aggregator: acquirer.is_aggregator,
            acquirer_name: acquirer.acquirer_name.as_str(),
        }
    }
}

/// `error_detail`
#[derive(Debug, Serialize)]
pub(crate) struct FailureJson {
    /// The API's code.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) message: String,
}

/// The capture that took the money of a payment that was only held at first.
#[derive(Debug, Serialize)]
struct CaptureJson<'a> {
    merchant_capture_reference: &'a str,
    capture_amount: Amount,
    created_at: Time,
}

impl<'a> CaptureJson<'a> {
    fn of(order: &'a Order, payment: &Payment) -> Option<Self> {
        let is_capture = |i: &&Instruction| {
            i.kind == InstructionKind::Capture
                && i.payment == payment.id.index
                && i.state == InstructionState::Done
        };
        let done = order.instructions.iter().rfind(is_capture)?;
        let capture: &Capture = order.captures.iter().rfind(|capture| !capture.refused)?;
        Some(Self {
            merchant_capture_reference: capture.reference.as_str(),
            capture_amount: Amount(done.amount),
            created_at: Time(done.ordered_at),
        })
    }
}
