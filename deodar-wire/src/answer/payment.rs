//! A payment of an order.

mod offer;
mod option;

use deodar_domain::id::PaymentId;
use deodar_domain::instruction::{Instruction, InstructionKind, InstructionState};
use deodar_domain::order::{Capture, Order};
use deodar_domain::payment::{AcquirerData, AcquirerText, Payment};
use serde::Serialize;
use utoipa::ToSchema;

use offer::OfferJson;
use option::OptionJson;

use super::value::{Amount, Shown, Time};
use crate::schema::{choices, texts};

/// An element of `payments`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payment, description = "A payment of an order")]
pub(crate) struct PaymentJson<'a> {
    #[schema(schema_with = texts::payment_id)]
    id: Shown<PaymentId>,
    #[schema(schema_with = texts::payment_reference)]
    merchant_payment_reference: &'a str,
    #[schema(schema_with = choices::payment_status)]
    status: &'static str,
    /// How much.
    payment_amount: Amount,
    #[schema(schema_with = choices::payment_method)]
    payment_method: &'static str,
    payment_option: OptionJson<'a>,
    acquirer_data: AcquirerJson<'a>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_data: Option<OfferJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_detail: Option<FailureJson>,
    /// The capture that took the money that was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<CaptureJson<'a>>, min_items = 1, max_items = 1)]
    capture_data: Option<[CaptureJson<'a>; 1]>,
    /// When it was begun.
    created_at: Time,
    /// When it last changed.
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
            offer_data: OfferJson::of(payment),
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

/// `acquirer_data`. The authorisation code and the retrieval reference number are empty until
/// known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AcquirerData, description = "What the acquirer said")]
struct AcquirerJson<'a> {
    /// The authorisation code; empty until it is known.
    approval_code: &'a str,
    /// The acquirer's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer_reference: Option<&'a str>,
    /// The retrieval reference number; empty until it is known.
    rrn: &'a str,
    /// Whether the acquirer is an aggregator.
    is_aggregator: bool,
    /// The name of the acquirer.
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Failure, description = "Why a payment or refund failed")]
pub(crate) struct FailureJson {
    /// The API's code.
    #[schema(schema_with = choices::failure_code)]
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) message: String,
}

/// The capture that took the money of a payment that was only held at first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Capture, description = "A capture")]
struct CaptureJson<'a> {
    #[schema(schema_with = texts::reference)]
    merchant_capture_reference: &'a str,
    /// How much.
    capture_amount: Amount,
    /// When it was ordered.
    created_at: Time,
}

impl<'a> CaptureJson<'a> {
    fn of(order: &'a Order, payment: &Payment) -> Option<Self> {
        let is_done =
            |i: &&Instruction| i.payment == payment.id.index && i.state == InstructionState::Done;
        let (done, index) =
            order.instructions.iter().filter(is_done).find_map(|asked| match asked.kind {
                InstructionKind::Capture(index) => Some((asked, index)),
                _ => None,
            })?;
        let capture: &Capture = order.captures.get(usize::from(index))?;
        Some(Self {
            merchant_capture_reference: capture.reference.as_str(),
            capture_amount: Amount(done.amount),
            created_at: Time(done.ordered_at),
        })
    }
}
