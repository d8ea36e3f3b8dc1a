//! The payments of an order.

use std::fmt;

use deodar_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::names::{Code, Method, PaymentStatus};
use crate::terms::Amount;
use crate::time;

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

/// With what a payment pays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PaymentOption {
    /// The card, never with its number.
    pub card_data: Option<CardData>,
    /// The UPI address or intent.
    pub upi_data: Option<UpiData>,
    /// The bank.
    pub netbanking_data: Option<NetbankingData>,
    /// What this client has no types for, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What is known of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CardData {
    /// `VISA`, `MASTERCARD`, `RUPAY` …
    pub network_name: Option<String>,
    /// `CREDIT`, `DEBIT` …
    pub card_type: Option<String>,
    /// The bank.
    pub issuer_name: Option<String>,
    /// `CONSUMER`, `COMMERCIAL` …
    pub card_category: Option<String>,
    /// The country of the bank.
    pub country_code: Option<String>,
    /// The last four digits.
    pub last4_digit: Option<String>,
}

/// A payment by UPI.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UpiData {
    /// `COLLECT` or `INTENT`.
    pub txn_mode: Option<String>,
    /// Who is asked to pay.
    pub payer: Option<UpiPayer>,
    /// What opens the payer's UPI app.
    pub intent_url: Option<String>,
}

/// Who is asked to pay by UPI. It does not print the address.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UpiPayer {
    /// The payer's UPI address.
    pub vpa: Option<String>,
}

impl fmt::Debug for UpiPayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpiPayer(…)")
    }
}

/// A payment by netbanking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct NetbankingData {
    /// The bank's code.
    pub pay_code: Option<String>,
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
