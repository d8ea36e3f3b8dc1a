//! `PUT /api/pay/v1/orders/{order_id}/capture`

use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::reference::MerchantReference;
use serde::Deserialize;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::{Object, TextOrNumber};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawCapture<'a> {
    #[serde(borrow)]
    merchant_capture_reference: TextOrNumber<'a>,
    capture_amount: Object<RawAmount<'a>>,
}

/// A capture to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureOrder {
    /// The merchant's reference of it.
    pub reference: MerchantReference,
    /// How much; all that is held where it is absent.
    pub amount: Option<Money>,
}

impl CaptureOrder {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw = read_object::<RawCapture<'_>>(body)?;
        let at = At::ROOT.key("merchant_capture_reference");
        let reference = text(&at, &raw.merchant_capture_reference.0, MerchantReference::parse)?
            .ok_or_else(|| at.refuse("must not be empty"))?;
        let rule = AmountRule { min: AMOUNT_MIN_PAISE, currency: None };
        let at = At::ROOT.key("capture_amount");
        Ok(Self { reference, amount: amount::optional(&at, &raw.capture_amount, rule)? })
    }
}
