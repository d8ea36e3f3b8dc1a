//! The payments of an order.

pub(crate) mod offer;
pub(crate) mod option;

use deodar_domain::time::Timestamp;
use serde::Deserialize;

use crate::names::{Code, Method, PaymentStatus};
use crate::terms::Amount;
use crate::time;

use offer::Offer;
use option::PaymentOption;

/// An attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Its id.
    pub id: String,
    /// The merchant's own id of it.
    pub merchant_payment_reference: Option<String>,
    /// Its state.
    pub status: PaymentStatus,
    /// What it pays.
    pub payment_amount: Amount,
    /// How it pays.
    pub payment_method: Method,
    /// With what it pays.
    #[serde(default)]
    pub payment_option: PaymentOption,
    /// What the acquirer says of it.
    pub acquirer_data: Option<AcquirerData>,
    /// How the payer pays it back, where it is an EMI.
    pub offer_data: Option<Offer>,
    /// Why it failed.
    pub error_detail: Option<ErrorDetail>,
    /// What was taken of the money that it held.
    #[serde(default)]
    pub capture_data: Vec<Capture>,
    /// When it was made.
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "time::read")]
    pub updated_at: Timestamp,
}

/// What the acquirer says of a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AcquirerData {
    /// The authorisation code, empty until it is known.
    pub approval_code: String,
    /// The acquirer's own id of the payment.
    pub acquirer_reference: Option<String>,
    /// The retrieval reference number, empty until it is known.
    pub rrn: String,
    /// Whether the acquirer is an aggregator.
    pub is_aggregator: bool,
    /// Its name.
    pub acquirer_name: Option<String>,
}

/// Why a payment or a refund failed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// The code.
    pub code: Code,
    /// A sentence.
    pub message: String,
}

/// A capture of held money.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Capture {
    /// The merchant's own id of it.
    pub merchant_capture_reference: String,
    /// What it took.
    pub capture_amount: Amount,
    /// When.
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
}
