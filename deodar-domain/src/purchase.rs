//! What is bought: products, cart, discounts and the merchant's own metadata. They are shown and
//! answered, never summed: the payer pays the order's amount.

use crate::money::{Currency, Money};
use crate::text::{MetadataKey, MetadataValue, NO_CONTROL, ProductCode, printable, text_type};
use crate::url::MerchantUrl;

/// The most products of an order, and the most items of a cart.
pub const PRODUCTS_MAX: usize = 100;
/// The most pairs of metadata.
pub const METADATA_PAIRS_MAX: usize = 10;
/// The most pieces of one item of a cart.
pub const ITEM_QUANTITY_MAX: u32 = 1_000_000;

text_type!(
    /// The merchant's id of an item of the cart.
    ItemId, 1, 100, printable, NO_CONTROL
);
text_type!(
    /// The name of an item of the cart, as the payer reads it.
    ItemName, 1, 255, printable, NO_CONTROL
);
text_type!(
    /// What an item of the cart is, as the payer reads it.
    ItemDescription, 1, 1024, printable, NO_CONTROL
);

/// A product that is bought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Product {
    /// The merchant's code of it.
    pub code: Option<ProductCode>,
    /// What it costs.
    pub amount: Option<Money>,
    /// What a coupon took off.
    pub coupon_discount: Option<Money>,
}

/// How many pieces of an item are bought: 1 to [`ITEM_QUANTITY_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quantity(u32);

impl Quantity {
    /// One piece, which stands where nothing was said.
    pub const ONE: Self = Self(1);

    /// Takes a number of pieces; `None` where it is out of range.
    pub const fn new(pieces: u32) -> Option<Self> {
        if pieces >= 1 && pieces <= ITEM_QUANTITY_MAX { Some(Self(pieces)) } else { None }
    }

    /// The number of pieces.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// An item of a cart in the form that orders have; links have products there. Its prices are of
/// one piece and in the currency of the order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CartItem {
    /// The merchant's id of it.
    pub id: Option<ItemId>,
    /// Its name.
    pub name: Option<ItemName>,
    /// What it is.
    pub description: Option<ItemDescription>,
    /// The merchant's page of it.
    pub details_url: Option<MerchantUrl>,
    /// A picture of it. It is answered and never shown: the pages ask nothing of other servers.
    pub image_url: Option<MerchantUrl>,
    /// What one piece costs.
    pub original_price: Option<Money>,
    /// What one piece costs after the discount.
    pub discounted_price: Option<Money>,
    /// How many pieces are bought.
    pub quantity: Option<Quantity>,
    /// The currency, where it was told; it is that of the order.
    pub currency: Option<Currency>,
}

impl CartItem {
    /// What all the pieces cost as they are bought, to be shown; `None` where no price was told.
    pub fn total(&self) -> Option<Money> {
        self.of_all(self.discounted_price.or(self.original_price)?)
    }

    /// What the discount takes off all the pieces, to be shown; `None` where there is none.
    pub fn discount(&self) -> Option<Money> {
        self.of_all(self.original_price?.minus(self.discounted_price?).ok()?)
    }

    /// The price of all the pieces; `None` where it would be too large for an amount.
    fn of_all(&self, price: Money) -> Option<Money> {
        let pieces = self.quantity.unwrap_or(Quantity::ONE).get();
        let minor = price.minor().checked_mul(u64::from(pieces))?;
        Some(Money::new(minor, price.currency()))
    }
}

/// The merchant's own pairs of text, in the order in which they were given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Metadata(Vec<(MetadataKey, MetadataValue)>);

impl Metadata {
    /// Takes at most [`METADATA_PAIRS_MAX`] pairs; `None` where there are more.
    pub fn new(pairs: Vec<(MetadataKey, MetadataValue)>) -> Option<Self> {
        (pairs.len() <= METADATA_PAIRS_MAX).then_some(Self(pairs))
    }

    /// The pairs.
    pub fn pairs(&self) -> &[(MetadataKey, MetadataValue)] {
        &self.0
    }
}
