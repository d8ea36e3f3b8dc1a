//! `POST /api/pay/v1/orders/{order_id}/payments`
//!
//! Architecture Invariant: nothing of a card is repeated in a refusal.

use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::instrument::PayCode;
use deodar_domain::method::Method;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::reference::PaymentReference;
use deodar_domain::upi::Vpa;
use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::{Flag, List, Object, Text, TextOrNumber};

/// The most elements of `payments` that are read.
const PAYMENTS_MAX: usize = 10;

/// The body as it is sent. Fields that the API does not know are ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPayments<'a> {
    #[serde(borrow)]
    payments: List<Object<RawPayment<'a>>, PAYMENTS_MAX>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPayment<'a> {
    #[serde(borrow)]
    merchant_payment_reference: TextOrNumber<'a>,
    payment_method: Text<'a>,
    payment_amount: Object<RawAmount<'a>>,
    payment_option: Object<RawOption<'a>>,
    /// What the merchant knows of the payer's device: it is an object, and nobody reads it.
    #[serde(rename = "device_info")]
    _device_info: Object<IgnoredFields>,
}

/// An object whose fields are free.
struct IgnoredFields;

impl<'de> Deserialize<'de> for IgnoredFields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawOption<'a> {
    #[serde(borrow, rename = "card_details")]
    card: Object<RawCard<'a>>,
    #[serde(rename = "upi_details")]
    upi: Object<RawUpi<'a>>,
    #[serde(rename = "netbanking_details")]
    netbanking: Object<RawNetbanking<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCard<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    card_number: Text<'a>,
    cvv: Text<'a>,
    expiry_month: TextOrNumber<'a>,
    expiry_year: TextOrNumber<'a>,
    /// Cards are not kept, whatever it says.
    #[serde(rename = "save")]
    _save: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawUpi<'a> {
    #[serde(borrow)]
    txn_mode: Text<'a>,
    payer: Object<RawPayer<'a>>,
    upi_qr: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPayer<'a> {
    #[serde(borrow)]
    vpa: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawNetbanking<'a> {
    #[serde(borrow)]
    pay_code: Text<'a>,
    txn_mode: Text<'a>,
}

/// What a payment is made with, with its secrets.
#[derive(Debug)]
pub enum PayWith {
    /// A card.
    Card {
        /// The number.
        number: CardNumber,
        /// The verification value.
        cvv: Cvv,
        /// The month in which it expires. Whether that has passed is not looked at.
        expiry: CardExpiry,
        /// The name on it; it may be empty.
        name: CardholderName,
    },
    /// A UPI request to an address.
    UpiCollect(Vpa),
    /// A `upi://pay` link.
    UpiIntent {
        /// Whether a QR code is wanted.
        qr: bool,
    },
    /// A bank's login page.
    Netbanking(PayCode),
    /// A method whose details no acquirer takes yet; they are not read.
    Other(Method),
}

/// A payment to be made, every field checked. What depends on the order, the time or the merchant
/// is the engine's to check.
#[derive(Debug)]
pub struct CreatePayment {
    /// The merchant's reference of it.
    pub reference: PaymentReference,
    /// How much.
    pub amount: Money,
    /// With what.
    pub with: PayWith,
}

/// Why a body is not a payment to be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidCreatePayment {
    /// A field is malformed or out of range.
    #[error(transparent)]
    Malformed(#[from] InvalidRequest),
    /// Several payments in one call.
    #[error("Payments must have one element: several payments in one call are not supported")]
    SeveralPayments,
}

impl CreatePayment {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidCreatePayment> {
        let raw = read_object::<RawPayments<'_>>(body)?;
        let at = At::ROOT;
        let at = at.key("payments");
        let empty = || at.refuse("must not be empty");
        match raw.payments.0.as_deref().unwrap_or_default() {
            [] => Err(empty().into()),
            [Object(payment)] => {
                let payment = payment.as_ref().ok_or_else(empty)?;
                Ok(payment.parse(&at.index(0))?)
            }
            _ => Err(InvalidCreatePayment::SeveralPayments),
        }
    }
}

/// A text that must be there.
fn required<T, E: std::fmt::Display>(
    at: &At<'_>,
    raw: &Text<'_>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, InvalidRequest> {
    text(at, raw, parse)?.ok_or_else(|| at.refuse("must not be empty"))
}

impl RawPayment<'_> {
    fn parse(&self, at: &At<'_>) -> Result<CreatePayment, InvalidRequest> {
        let reference = required(
            &at.key("merchant_payment_reference"),
            &self.merchant_payment_reference.0,
            PaymentReference::parse,
        )?;
        let rule = AmountRule { min: AMOUNT_MIN_PAISE, currency: None };
        let amount = amount::required(&at.key("payment_amount"), &self.payment_amount, rule)?;
        let method = self.payment_method.given().and_then(Method::from_name).ok_or_else(|| {
            at.key("payment_method").refuse_with("Payment method is missing/invalid")
        })?;
        let with = self.with(&at.key("payment_option"), method)?;
        Ok(CreatePayment { reference, amount, with })
    }

    fn with(&self, at: &At<'_>, method: Method) -> Result<PayWith, InvalidRequest> {
        fn given<'r, T>(at: &At<'_>, raw: Option<&'r T>) -> Result<&'r T, InvalidRequest> {
            raw.ok_or_else(|| at.refuse("must not be empty"))
        }
        let option = self.payment_option.0.as_ref();
        match method {
            Method::Card => {
                let at = at.key("card_details");
                given(&at, option.and_then(|option| option.card.0.as_ref()))?.parse(&at)
            }
            Method::Upi => {
                let at = at.key("upi_details");
                given(&at, option.and_then(|option| option.upi.0.as_ref()))?.parse(&at)
            }
            Method::Netbanking => {
                let at = at.key("netbanking_details");
                let details = option.and_then(|option| option.netbanking.0.as_ref());
                given(&at, details)?.parse(&at)
            }
            other => Ok(PayWith::Other(other)),
        }
    }
}

impl RawCard<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        let number = required(&at.key("card_number"), &self.card_number, CardNumber::parse)?;
        let brand = number.brand();
        let cvv = required(&at.key("cvv"), &self.cvv, |text| Cvv::parse(text, brand))?;
        let month_at = at.key("expiry_month");
        // The month is read beside a year that is right, so that each is blamed for itself.
        let month = required(&month_at, &self.expiry_month.0, |month| {
            CardExpiry::parse(month, "2000").map(|_| month.to_owned())
        })?;
        let expiry = required(&at.key("expiry_year"), &self.expiry_year.0, |year| {
            CardExpiry::parse(&month, year)
        })?;
        let name = CardholderName::parse(self.name.given().unwrap_or_default())
            .map_err(|problem| at.key("name").refuse(problem))?;
        Ok(PayWith::Card { number, cvv, expiry, name })
    }
}

impl RawUpi<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        let qr = self.upi_qr.0.unwrap_or(false);
        let mode_at = at.key("txn_mode");
        match self.txn_mode.given() {
            Some(mode) if mode.eq_ignore_ascii_case("INTENT") => Ok(PayWith::UpiIntent { qr }),
            Some(mode) if mode.eq_ignore_ascii_case("COLLECT") => {
                if qr {
                    let qr_at = at.key("upi_qr");
                    return Err(qr_at.refuse("must be false where Txn Mode is COLLECT"));
                }
                let payer_at = at.key("payer");
                let payer = self.payer.0.as_ref();
                let payer = payer.ok_or_else(|| payer_at.refuse("must not be empty"))?;
                let vpa = required(&payer_at.key("vpa"), &payer.vpa, Vpa::parse)?;
                Ok(PayWith::UpiCollect(vpa))
            }
            _ => Err(mode_at.refuse("must be COLLECT or INTENT")),
        }
    }
}

impl RawNetbanking<'_> {
    fn parse(&self, at: &At<'_>) -> Result<PayWith, InvalidRequest> {
        // What it may be is not documented; it is a word like the pay code.
        text(&at.key("txn_mode"), &self.txn_mode, PayCode::parse)?;
        required(&at.key("pay_code"), &self.pay_code, PayCode::parse).map(PayWith::Netbanking)
    }
}
