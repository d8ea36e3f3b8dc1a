//! `PUT /api/pay/v1/orders/{order_id}/capture`

use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::reference::MerchantReference;
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::{Object, TextOrNumber};
use crate::schema::{self, money, texts};

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(
    as = CaptureOrder,
    description = "A capture to be made; of all that is held where it has no amount"
)]
#[serde(default)]
struct RawCapture<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::reference_given, required)]
    merchant_capture_reference: TextOrNumber<'a>,
    #[schema(value_type = money::Amount)]
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

schema::described_by!(CaptureOrder, RawCapture<'static>);

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
