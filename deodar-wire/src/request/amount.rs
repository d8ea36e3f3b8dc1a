//! Amounts of money.

use deodar_domain::money::{AMOUNT_MAX_PAISE, Currency, Money};
use serde::Deserialize;

use super::invalid::{At, InvalidRequest};
use super::value::{Minor, Object, Text};

/// `{"value": 50000, "currency": "INR"}`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawAmount<'a> {
    value: Minor,
    #[serde(borrow)]
    currency: Text<'a>,
}

/// What an amount may be.
#[derive(Clone, Copy)]
pub(crate) struct AmountRule {
    /// The fewest minor units.
    pub(crate) min: u64,
    /// The one currency that is right; any known one where it is absent.
    pub(crate) currency: Option<Currency>,
}

impl RawAmount<'_> {
    fn parse(&self, at: &At<'_>, rule: AmountRule) -> Result<Money, InvalidRequest> {
        let value = at.key("value");
        let minor = match self.value {
            Minor::Whole(minor) if minor < rule.min => return Err(too_small(&value, rule.min)),
            Minor::Whole(minor) if minor <= AMOUNT_MAX_PAISE => minor,
            Minor::Whole(_) | Minor::Huge => {
                return Err(value.refuse_with(format!(
                    "Amount must be an Integer value less than or equal to {AMOUNT_MAX_PAISE}"
                )));
            }
            Minor::Absent | Minor::Other => return Err(too_small(&value, rule.min)),
        };
        let at = at.key("currency");
        let code = self.currency.given().ok_or_else(|| at.refuse("must not be empty"))?;
        let currency = Currency::from_code(code)
            .ok_or_else(|| at.refuse("must be an ISO 4217 code that is supported, like INR"))?;
        if rule.currency.is_some_and(|right| right != currency) {
            return Err(at.refuse("must be the currency of the amount that is paid"));
        }
        Ok(Money::new(minor, currency))
    }
}

fn too_small(at: &At<'_>, min: u64) -> InvalidRequest {
    at.refuse_with(format!("Amount must be an Integer value greater than or equal to {min}"))
}

/// An amount that must be there.
pub(crate) fn required(
    at: &At<'_>,
    raw: &Object<RawAmount<'_>>,
    rule: AmountRule,
) -> Result<Money, InvalidRequest> {
    raw.0.as_ref().ok_or_else(|| too_small(at, rule.min))?.parse(at, rule)
}

/// An amount that may be absent.
pub(crate) fn optional(
    at: &At<'_>,
    raw: &Object<RawAmount<'_>>,
    rule: AmountRule,
) -> Result<Option<Money>, InvalidRequest> {
    raw.0.as_ref().map(|raw| raw.parse(at, rule)).transpose()
}
