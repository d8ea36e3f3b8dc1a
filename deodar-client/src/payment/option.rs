//! With what a payment pays.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::instalment::Instalment;
use crate::names::PayLaterProvider;

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
    /// The wallet.
    pub wallet_data: Option<WalletData>,
    /// Who pays by EMI without a card.
    pub cardless_data: Option<CardlessData>,
    /// The Pay Later lender.
    pub bnpl_data: Option<PayLaterData>,
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
    /// Whether a QR code was asked for.
    pub upi_qr: bool,
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

/// A payment by wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WalletData {
    /// The wallet's code.
    pub wallet_code: Option<String>,
}

/// An EMI without a card. It does not print the mobile number.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CardlessData {
    /// By which the lender knows the payer.
    pub registered_mobile_number: Option<String>,
}

impl fmt::Debug for CardlessData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardlessData(…)")
    }
}

/// A payment by Pay Later. It does not print the mobile number.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PayLaterData {
    /// By which the lender knows the payer.
    pub mobile: Option<String>,
    /// The lender.
    #[serde(rename = "bnpl_pay_code")]
    pub provider: Option<PayLaterProvider>,
    /// How it is paid back; empty where it is one bill.
    #[serde(rename = "installments")]
    pub instalments: Vec<Instalment>,
}

impl fmt::Debug for PayLaterData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (provider, instalments) = (&self.provider, &self.instalments);
        write!(f, "PayLaterData({provider:?}, {instalments:?}, …)")
    }
}
