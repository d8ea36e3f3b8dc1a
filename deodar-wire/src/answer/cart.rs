//! The cart, as it is answered: each form of it as it was sent.

use deodar_domain::money::Currency;
use deodar_domain::purchase::{CartItem, ItemDescription, ItemId, ItemName, Quantity};
use deodar_domain::terms::Terms;
use deodar_domain::url::MerchantUrl;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::terms::{ProductJson, ProductsJson};
use crate::schema::{money, texts};

/// `cart_details`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartAnswered, description = "The cart")]
pub(crate) struct CartJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ProductJson<'a>>)]
    items: Option<ProductsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ItemJson<'a>>)]
    cart_items: Option<ItemsJson<'a>>,
}

impl<'a> CartJson<'a> {
    /// The cart of an order or a link; `None` where it has none.
    pub(crate) fn of(terms: &'a Terms) -> Option<Self> {
        let items = terms.cart.as_deref().map(ProductsJson);
        let cart_items = terms.cart_items.as_deref().map(ItemsJson);
        (items.is_some() || cart_items.is_some()).then_some(Self { items, cart_items })
    }
}

/// The items of a cart.
#[derive(Debug)]
struct ItemsJson<'a>(&'a [CartItem]);

impl Serialize for ItemsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ItemJson::of))
    }
}

/// An element of `cart_items`; prices are in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartItemAnswered, description = "An item of the cart")]
struct ItemJson<'a> {
    #[serde(rename = "item_id", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::item_id)]
    id: Option<&'a str>,
    #[serde(rename = "item_name", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::item_name)]
    name: Option<&'a str>,
    #[serde(rename = "item_description", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::item_description)]
    description: Option<&'a str>,
    #[serde(rename = "item_details_url", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::details_url)]
    details_url: Option<&'a str>,
    #[serde(rename = "item_image_url", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::image_url)]
    image_url: Option<&'a str>,
    #[serde(rename = "item_original_unit_price", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = money::item_price)]
    original_price: Option<u64>,
    #[serde(rename = "item_discounted_unit_price", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = money::item_price)]
    discounted_price: Option<u64>,
    #[serde(rename = "item_quantity", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = money::item_quantity)]
    quantity: Option<u32>,
    #[serde(rename = "item_currency", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = money::currency)]
    currency: Option<&'a str>,
}

impl<'a> ItemJson<'a> {
    fn of(item: &'a CartItem) -> Self {
        Self {
            id: item.id.as_ref().map(ItemId::as_str),
            name: item.name.as_ref().map(ItemName::as_str),
            description: item.description.as_ref().map(ItemDescription::as_str),
            details_url: item.details_url.as_ref().map(MerchantUrl::as_str),
            image_url: item.image_url.as_ref().map(MerchantUrl::as_str),
            original_price: item.original_price.map(|price| price.minor()),
            discounted_price: item.discounted_price.map(|price| price.minor()),
            quantity: item.quantity.map(Quantity::get),
            currency: item.currency.as_ref().map(Currency::code),
        }
    }
}
