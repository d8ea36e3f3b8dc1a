//! `POST /api/pay/v1/refunds/{order_id}`

use deodar_domain::money::Money;
use deodar_domain::reference::MerchantReference;
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::read::read_object;
use super::value::{Object, TextOrNumber};
use crate::schema::{self, money, texts};

/// The smallest refund, in minor units: what is left of an order may be as little.
const REFUND_AMOUNT_MIN: u64 = 1;
const AMOUNT: &str = "order_amount";
const AMOUNT_ALIAS: &str = "refund_amount";

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(
    as = CreateRefund,
    description = "A refund to be made; of all that is left where it has no amount"
)]
#[serde(default)]
struct RawRefund<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::reference_given, required)]
    merchant_order_reference: TextOrNumber<'a>,
    #[schema(value_type = money::PartAmount)]
    order_amount: Object<RawAmount<'a>>,
    /// Another name of `order_amount`; where both are given they are equal.
    #[schema(value_type = money::PartAmount)]
    refund_amount: Object<RawAmount<'a>>,
}

/// A refund to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRefund {
    /// The merchant's reference of it; the order's own id stands for none.
    pub reference: MerchantReference,
    /// How much; all that is left where it is absent.
    pub amount: Option<Money>,
    /// The field in which the amount came: `order_amount` or `refund_amount`.
    pub amount_field: &'static str,
}

schema::described_by!(CreateRefund, RawRefund<'static>);

impl CreateRefund {
    /// Reads the body. A shop plugin sends the amount as `refund_amount`.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let raw = read_object::<RawRefund<'_>>(body)?;
        let at = At::ROOT.key("merchant_order_reference");
        let reference = text(&at, &raw.merchant_order_reference.0, MerchantReference::parse)?
            .ok_or_else(|| at.refuse("must not be empty"))?;
        let rule = AmountRule { min: REFUND_AMOUNT_MIN, currency: None };
        let amount = amount::optional(&At::ROOT.key(AMOUNT), &raw.order_amount, rule)?;
        let at = At::ROOT.key(AMOUNT_ALIAS);
        let alias = amount::optional(&at, &raw.refund_amount, rule)?;
        if amount.is_some() && alias.is_some() && amount != alias {
            return Err(at.refuse("must equal Order Amount where both are given"));
        }
        let is_alias = amount.is_none() && alias.is_some();
        let amount_field = if is_alias { AMOUNT_ALIAS } else { AMOUNT };
        Ok(Self { reference, amount: amount.or(alias), amount_field })
    }
}
