//! What is bought: products, cart and metadata.

use deodar_domain::money::Currency;
use deodar_domain::purchase::{METADATA_PAIRS_MAX, Metadata, PRODUCTS_MAX, Product};
use deodar_domain::text::{MetadataKey, MetadataValue, ProductCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::value::{List, Object, Pairs, Text};
use crate::schema::{money, texts};

/// The smallest price of a product, in minor units.
const PRODUCT_AMOUNT_MIN: u64 = 1;
/// The smallest discount, in minor units.
pub(crate) const DISCOUNT_MIN: u64 = 0;

/// A product as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Product, description = "A product; its prices are shown, and never summed")]
#[serde(default)]
pub(crate) struct RawProduct<'a> {
    #[serde(borrow, rename = "product_code")]
    #[schema(schema_with = texts::product_code)]
    code: Text<'a>,
    #[serde(rename = "product_amount")]
    #[schema(value_type = money::PartAmount)]
    amount: Object<RawAmount<'a>>,
    #[serde(rename = "product_coupon_discount_amount")]
    #[schema(value_type = money::Discount)]
    coupon_discount: Object<RawAmount<'a>>,
}

/// Products or the items of a cart, as they are sent.
pub(crate) type RawProducts<'a> = List<Object<RawProduct<'a>>, PRODUCTS_MAX>;

/// The merchant's own pairs of text, as they are sent.
pub(crate) type RawMetadata<'a> = Pairs<'a, METADATA_PAIRS_MAX>;

/// Reads products, whose amounts are in `currency`.
pub(crate) fn products(
    at: &At<'_>,
    raw: &RawProducts<'_>,
    currency: Currency,
) -> Result<Option<Vec<Product>>, InvalidRequest> {
    let Some(raw) = &raw.0 else { return Ok(None) };
    let products = raw.iter().enumerate().map(|(index, raw)| {
        let at = at.index(index);
        let raw = raw.0.as_ref().ok_or_else(|| at.refuse("must be a list of objects"))?;
        product(&at, raw, currency)
    });
    products.collect::<Result<_, _>>().map(Some)
}

fn product(
    at: &At<'_>,
    raw: &RawProduct<'_>,
    currency: Currency,
) -> Result<Product, InvalidRequest> {
    let rule = |min| AmountRule { min, currency: Some(currency) };
    Ok(Product {
        code: text(&at.key("product_code"), &raw.code, ProductCode::parse)?,
        amount: amount::optional(&at.key("product_amount"), &raw.amount, rule(PRODUCT_AMOUNT_MIN))?,
        coupon_discount: amount::optional(
            &at.key("product_coupon_discount_amount"),
            &raw.coupon_discount,
            rule(DISCOUNT_MIN),
        )?,
    })
}

/// Reads metadata. A pair whose value is `null` is absent; an empty value is kept.
pub(crate) fn metadata(
    at: &At<'_>,
    raw: &RawMetadata<'_>,
) -> Result<Option<Metadata>, InvalidRequest> {
    let Some(raw) = &raw.0 else { return Ok(None) };
    let mut pairs = Vec::with_capacity(raw.len());
    for (key, value) in raw {
        let Some(value) = value.given_or_empty() else { continue };
        let parsed_key = MetadataKey::parse(key)
            .map_err(|problem| at.refuse_with(format!("A key of Merchant Metadata {problem}")))?;
        let value = MetadataValue::parse(value).map_err(|problem| {
            at.key(key).refuse_with(format!("A value of Merchant Metadata {problem}"))
        })?;
        pairs.push((parsed_key, value));
    }
    let too_many = || at.refuse(format_args!("must have at most {METADATA_PAIRS_MAX} pairs"));
    Metadata::new(pairs).ok_or_else(too_many).map(Some)
}
