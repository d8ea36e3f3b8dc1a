//! How a payment is split, and the bank account that alone may pay.

use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::money::Money;
use deodar_domain::split::{
    BasisPoints, SPLIT_PARTS_MAX, SettlementReference, Share, SplitInfo, SplitMerchantId,
    SplitPart, SplitType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::value::{Flag, List, Object, Percent, Text};
use crate::schema::{choices, money, texts};

/// The smallest part of a split, in minor units.
const PART_AMOUNT_MIN: u64 = 1;

/// `split_info` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Split, description = "How the money is split; the rest is the merchant's own")]
#[serde(default)]
pub(crate) struct RawSplit<'a> {
    #[serde(borrow)]
    #[schema(schema_with = choices::split_type, required)]
    split_type: Text<'a>,
    /// The parts, which may not exceed the amount.
    #[schema(value_type = Vec<RawPart<'a>>, required, min_items = 1, max_items = 50)]
    split_details: List<Object<RawPart<'a>>, SPLIT_PARTS_MAX>,
}

/// A part of a split as it is sent. What the gateway itself decides (`split_settlement_id`,
/// `status`, `updated_at`) is ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = SplitPart, description = "A part of a split: an amount or a percentage")]
#[serde(default)]
struct RawPart<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::split_merchant_id, required)]
    split_merchant_id: Text<'a>,
    #[schema(schema_with = texts::settlement_reference)]
    merchant_settlement_reference: Text<'a>,
    #[schema(value_type = money::PartAmount)]
    amount: Object<RawAmount<'a>>,
    #[schema(schema_with = money::percentage_given)]
    percentage: Percent,
    /// Whether the part is held back until it is released; false where it is absent.
    #[schema(value_type = bool)]
    on_hold: Flag,
}

impl RawSplit<'_> {
    /// Reads the split of `amount`.
    pub(crate) fn parse(&self, at: &At<'_>, amount: Money) -> Result<SplitInfo, InvalidRequest> {
        let split_type = match self.split_type.given() {
            Some(name) if name.eq_ignore_ascii_case("AMOUNT") => SplitType::Amount,
            Some(name) if name.eq_ignore_ascii_case("PERCENTAGE") => SplitType::Percentage,
            _ => return Err(at.key("split_type").refuse("must be AMOUNT or PERCENTAGE")),
        };
        let at = at.key("split_details");
        let raw = self.split_details.0.as_deref().unwrap_or_default();
        if raw.is_empty() {
            return Err(at.refuse("must not be empty"));
        }
        let parts = raw.iter().enumerate().map(|(index, raw)| {
            let at = at.index(index);
            let raw = raw.0.as_ref().ok_or_else(|| at.refuse("must be a list of objects"))?;
            raw.parse(&at, split_type, amount)
        });
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let exceeds = || at.refuse_with("The parts of a split must not exceed the amount");
        SplitInfo::new(split_type, parts, amount).ok_or_else(exceeds)
    }
}

impl RawPart<'_> {
    fn parse(
        &self,
        at: &At<'_>,
        split_type: SplitType,
        whole: Money,
    ) -> Result<SplitPart, InvalidRequest> {
        let share = match split_type {
            SplitType::Amount => {
                let rule = AmountRule { min: PART_AMOUNT_MIN, currency: Some(whole.currency()) };
                Share::Amount(amount::required(&at.key("amount"), &self.amount, rule)?)
            }
            SplitType::Percentage => {
                let at = at.key("percentage");
                let percent = self.percentage.0.as_deref().unwrap_or_default();
                let share = BasisPoints::parse_percent(percent);
                Share::Percentage(share.map_err(|problem| at.refuse(problem))?)
            }
        };
        let merchant_at = at.key("split_merchant_id");
        Ok(SplitPart {
            merchant: text(&merchant_at, &self.split_merchant_id, SplitMerchantId::parse)?
                .ok_or_else(|| merchant_at.refuse("must not be empty"))?,
            settlement_reference: text(
                &at.key("merchant_settlement_reference"),
                &self.merchant_settlement_reference,
                SettlementReference::parse,
            )?,
            share,
            on_hold: self.on_hold.0.unwrap_or(false),
        })
    }
}

/// `account_details` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Account, description = "The bank account that alone may pay")]
#[serde(default)]
pub(crate) struct RawAccount<'a> {
    #[serde(borrow)]
    #[schema(value_type = RawBank<'a>)]
    bank_details: Object<RawBank<'a>>,
}

/// `bank_details` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = BankAccount, description = "A bank account")]
#[serde(default)]
struct RawBank<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::account_number, required)]
    account_number: Text<'a>,
    #[schema(schema_with = texts::ifsc)]
    ifsc_code: Text<'a>,
    #[schema(schema_with = texts::bank_name)]
    bank_name: Text<'a>,
}

impl RawAccount<'_> {
    /// Reads the account; details without a bank are none.
    pub(crate) fn parse(&self, at: &At<'_>) -> Result<Option<BankAccount>, InvalidRequest> {
        let Some(raw) = &self.bank_details.0 else { return Ok(None) };
        let at = at.key("bank_details");
        let number_at = at.key("account_number");
        Ok(Some(BankAccount {
            number: text(&number_at, &raw.account_number, AccountNumber::parse)?
                .ok_or_else(|| number_at.refuse("must not be empty"))?,
            ifsc: text(&at.key("ifsc_code"), &raw.ifsc_code, Ifsc::parse)?,
            bank_name: text(&at.key("bank_name"), &raw.bank_name, BankName::parse)?,
        }))
    }
}
