//! The stored form of the items of a cart.

use deodar_domain::purchase::{CartItem, ItemDescription, ItemId, ItemName, Quantity};
use deodar_domain::url::MerchantUrl;
use serde::{Deserialize, Serialize};

use super::value::{StoredCurrency, StoredMoney, Text, damaged, read_optional};
use crate::store::StoreError;

/// The stored form of a [`CartItem`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredItem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<StoredMoney>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discounted: Option<StoredMoney>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<StoredCurrency>,
}

impl<'a> StoredItem<'a> {
    pub(super) fn of(item: &'a CartItem) -> Self {
        Self {
            id: item.id.as_ref().map(|id| Text::of(id.as_str())),
            name: item.name.as_ref().map(|name| Text::of(name.as_str())),
            text: item.description.as_ref().map(|text| Text::of(text.as_str())),
            details: item.details_url.as_ref().map(|url| Text::of(url.as_str())),
            image: item.image_url.as_ref().map(|url| Text::of(url.as_str())),
            price: item.original_price.map(StoredMoney::of),
            discounted: item.discounted_price.map(StoredMoney::of),
            pieces: item.quantity.map(Quantity::get),
            currency: item.currency.map(StoredCurrency),
        }
    }

    pub(super) fn restore(&self) -> Result<CartItem, StoreError> {
        let quantity = |pieces| Quantity::new(pieces).ok_or_else(|| damaged("item.pieces"));
        Ok(CartItem {
            id: read_optional(self.id.as_ref(), "item.id", ItemId::parse)?,
            name: read_optional(self.name.as_ref(), "item.name", ItemName::parse)?,
            description: read_optional(self.text.as_ref(), "item.text", ItemDescription::parse)?,
            details_url: read_optional(self.details.as_ref(), "item.details", MerchantUrl::parse)?,
            image_url: read_optional(self.image.as_ref(), "item.image", MerchantUrl::parse)?,
            original_price: self.price.map(StoredMoney::restore),
            discounted_price: self.discounted.map(StoredMoney::restore),
            quantity: self.pieces.map(quantity).transpose()?,
            currency: self.currency.map(|currency| currency.0),
        })
    }
}
