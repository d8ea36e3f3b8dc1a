//! `POST /api/payment-option/eligibility/bnpl`

use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::pay_later::{Device, MaskedMobile, PayLaterProvider};
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::device::{RawDevice, device, provider};
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::{Object, Text, TextOrNumber};
use crate::schema::{self, choices, methods, money};

/// The body as it is sent. Fields that the API does not know are ignored.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = CheckEligibility, description = "A question whether a lender would pay")]
#[serde(default)]
struct RawEligibility<'a> {
    #[serde(borrow)]
    #[schema(schema_with = methods::masked_mobile, required)]
    mobile: TextOrNumber<'a>,
    #[schema(schema_with = choices::pay_later_provider_given, required)]
    pay_code: Text<'a>,
    #[schema(value_type = money::Amount, required)]
    amount: Object<RawAmount<'a>>,
    #[schema(value_type = RawDevice<'a>)]
    device_info: Object<RawDevice<'a>>,
}

/// A question whether a Pay Later lender would pay, every field checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckEligibility {
    /// The lender.
    pub provider: PayLaterProvider,
    /// By which the lender knows the payer; a part of it may be hidden.
    pub mobile: MaskedMobile,
    /// How much.
    pub amount: Money,
    /// The payer's device; it is there where the lender needs it.
    pub device: Option<Device>,
}

schema::described_by!(CheckEligibility, RawEligibility<'static>);

impl CheckEligibility {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw = read_object::<RawEligibility<'_>>(body)?;
        let at = At::ROOT;
        let mobile_at = at.key("mobile");
        let mobile = text(&mobile_at, &raw.mobile.0, MaskedMobile::parse)?
            .ok_or_else(|| mobile_at.refuse("must not be empty"))?;
        let provider = provider(&at.key("pay_code"), &raw.pay_code)?;
        let rule = AmountRule { min: AMOUNT_MIN_PAISE, currency: None };
        let amount = amount::required(&at.key("amount"), &raw.amount, rule)?;
        let device = device(&at, &raw.device_info, provider)?;
        Ok(Self { provider, mobile, amount, device })
    }
}
