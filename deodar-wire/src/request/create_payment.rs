//! `POST /api/pay/v1/orders/{order_id}/payments`
//!
//! Architecture Invariant: nothing of a card is repeated in a refusal.

mod option;

use std::collections::HashSet;

use deodar_domain::method::Method;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::order::ATTEMPT_PAYMENTS_MAX;
use deodar_domain::reference::PaymentReference;
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::device::RawDevice;
use super::invalid::{At, InvalidRequest};
use super::offer::RawOffer;
use super::read::read_object;
use super::value::{List, Object, Text, TextOrNumber};
use crate::schema::{self, choices, money, texts};

use option::{RawOption, required};

pub use option::{PaidByCard, PayWith};

/// The body as it is sent. Fields that the API does not know are ignored.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = CreatePayment, description = "Payments to be made")]
#[serde(default)]
struct RawPayments<'a> {
    /// One payment, or several that are made together or not at all.
    #[serde(borrow)]
    #[schema(value_type = Vec<RawPayment<'a>>, required, min_items = 1, max_items = 10)]
    payments: List<Object<RawPayment<'a>>, ATTEMPT_PAYMENTS_MAX>,
}

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PaymentRequest, description = "A payment to be made")]
#[serde(default)]
struct RawPayment<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::payment_reference_given, required)]
    merchant_payment_reference: TextOrNumber<'a>,
    #[schema(schema_with = choices::payment_method_given, required)]
    payment_method: Text<'a>,
    #[schema(value_type = money::Amount, required)]
    payment_amount: Object<RawAmount<'a>>,
    #[schema(value_type = RawOption<'a>)]
    payment_option: Object<RawOption<'a>>,
    #[schema(value_type = RawDevice<'a>)]
    device_info: Object<RawDevice<'a>>,
    #[schema(value_type = RawOffer<'a>)]
    offer_data: Object<RawOffer<'a>>,
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

schema::described_by!(CreatePayment, RawPayments<'static>);

impl CreatePayment {
    /// Reads the body: one payment, or several that are made together or not at all. Their
    /// references differ.
    pub fn parse_all(body: &[u8]) -> Result<Vec<Self>, InvalidRequest> {
        let raw = read_object::<RawPayments<'_>>(body)?;
        let at = At::ROOT;
        let at = at.key("payments");
        let empty = || at.refuse("must not be empty");
        let raw = raw.payments.0.filter(|payments| !payments.is_empty()).ok_or_else(empty)?;
        let mut payments: Vec<Self> = Vec::with_capacity(raw.len());
        let mut references = HashSet::with_capacity(raw.len());
        for (index, Object(payment)) in raw.iter().enumerate() {
            let at = at.index(index);
            let payment = payment.as_ref().ok_or_else(|| at.refuse("must not be empty"))?;
            let payment = payment.parse(&at)?;
            if !references.insert(payment.reference.clone()) {
                let at = at.key("merchant_payment_reference");
                return Err(at.refuse("must differ from that of every other payment"));
            }
            payments.push(payment);
        }
        Ok(payments)
    }
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
        let with = self.with(at, method)?;
        Ok(CreatePayment { reference, amount, with })
    }
}
