//! The cart: products, as links send them, or items, as orders send them.

use deodar_domain::money::{AMOUNT_MAX_PAISE, Currency, Money};
use deodar_domain::purchase::{
    CartItem, ITEM_QUANTITY_MAX, ItemDescription, ItemId, ItemName, PRODUCTS_MAX, Product, Quantity,
};
use deodar_domain::url::MerchantUrl;
use serde::Deserialize;
use utoipa::ToSchema;

use super::customer::text;
use super::invalid::{At, InvalidRequest};
use super::purchase::RawProduct;
use super::purchase::{self, RawProducts};
use super::value::{List, Minor, Object, Text};
use crate::schema::{money, texts};

/// `cart_details` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Cart, description = "The cart, which is shown and never summed: products, or items")]
#[serde(default)]
pub(crate) struct RawCart<'a> {
    #[serde(borrow)]
    #[schema(value_type = Vec<RawProduct<'a>>, max_items = 100)]
    items: RawProducts<'a>,
    #[schema(value_type = Vec<RawItem<'a>>, max_items = 100)]
    cart_items: List<Object<RawItem<'a>>, PRODUCTS_MAX>,
}

/// An element of `cart_items` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CartItem, description = "An item of the cart")]
#[serde(default)]
struct RawItem<'a> {
    #[serde(borrow, rename = "item_id")]
    #[schema(schema_with = texts::item_id)]
    id: Text<'a>,
    #[serde(rename = "item_name")]
    #[schema(schema_with = texts::item_name)]
    name: Text<'a>,
    #[serde(rename = "item_description")]
    #[schema(schema_with = texts::item_description)]
    description: Text<'a>,
    #[serde(rename = "item_details_url")]
    #[schema(schema_with = texts::details_url)]
    details_url: Text<'a>,
    #[serde(rename = "item_image_url")]
    #[schema(schema_with = texts::image_url)]
    image_url: Text<'a>,
    #[serde(rename = "item_original_unit_price")]
    #[schema(schema_with = money::item_price)]
    original_price: Minor,
    #[serde(rename = "item_discounted_unit_price")]
    #[schema(schema_with = money::item_price)]
    discounted_price: Minor,
    #[serde(rename = "item_quantity")]
    #[schema(schema_with = money::item_quantity)]
    quantity: Minor,
    #[serde(rename = "item_currency")]
    #[schema(schema_with = money::currency)]
    currency: Text<'a>,
}

/// What a cart holds.
#[derive(Debug, Default)]
pub(crate) struct Cart {
    /// The products of `items`.
    pub(crate) products: Option<Vec<Product>>,
    /// The items of `cart_items`.
    pub(crate) items: Option<Vec<CartItem>>,
}

/// Reads a cart, whose amounts are in `currency`; an absent one holds nothing.
pub(crate) fn cart(
    at: &At<'_>,
    raw: &Object<RawCart<'_>>,
    currency: Currency,
) -> Result<Cart, InvalidRequest> {
    let Some(raw) = &raw.0 else { return Ok(Cart::default()) };
    let items_at = at.key("cart_items");
    let items = raw.cart_items.0.as_ref().map(|items| {
        let items = items.iter().enumerate().map(|(index, raw)| {
            let at = items_at.index(index);
            let raw = raw.0.as_ref().ok_or_else(|| at.refuse("must be a list of objects"))?;
            raw.parse(&at, currency)
        });
        items.collect::<Result<_, _>>()
    });
    Ok(Cart {
        products: purchase::products(&at.key("items"), &raw.items, currency)?,
        items: items.transpose()?,
    })
}

impl RawItem<'_> {
    fn parse(&self, at: &At<'_>, currency: Currency) -> Result<CartItem, InvalidRequest> {
        let currency_at = at.key("item_currency");
        let told = text(&currency_at, &self.currency, |code| {
            Currency::from_code(code)
                .filter(|told| *told == currency)
                .ok_or("must be the currency of the amount that is paid")
        })?;
        let price = |name, raw| price(&at.key(name), raw, currency);
        Ok(CartItem {
            id: text(&at.key("item_id"), &self.id, ItemId::parse)?,
            name: text(&at.key("item_name"), &self.name, ItemName::parse)?,
            description: text(
                &at.key("item_description"),
                &self.description,
                ItemDescription::parse,
            )?,
            details_url: text(&at.key("item_details_url"), &self.details_url, MerchantUrl::parse)?,
            image_url: text(&at.key("item_image_url"), &self.image_url, MerchantUrl::parse)?,
            original_price: price("item_original_unit_price", self.original_price)?,
            discounted_price: price("item_discounted_unit_price", self.discounted_price)?,
            quantity: quantity(&at.key("item_quantity"), self.quantity)?,
            currency: told,
        })
    }
}

/// Reads the price of one piece, in minor units; it may be nothing.
fn price(at: &At<'_>, raw: Minor, currency: Currency) -> Result<Option<Money>, InvalidRequest> {
    match raw {
        Minor::Absent => Ok(None),
        Minor::Whole(minor) if minor <= AMOUNT_MAX_PAISE => Ok(Some(Money::new(minor, currency))),
        Minor::Whole(_) | Minor::Huge | Minor::Other => {
            Err(at.refuse(format_args!("must be an Integer value from 0 to {AMOUNT_MAX_PAISE}")))
        }
    }
}

fn quantity(at: &At<'_>, raw: Minor) -> Result<Option<Quantity>, InvalidRequest> {
    let pieces = match raw {
        Minor::Absent => return Ok(None),
        Minor::Whole(pieces) => u32::try_from(pieces).ok().and_then(Quantity::new),
        Minor::Huge | Minor::Other => None,
    };
    let wrong =
        || at.refuse(format_args!("must be an Integer value from 1 to {ITEM_QUANTITY_MAX}"));
    pieces.ok_or_else(wrong).map(Some)
}
