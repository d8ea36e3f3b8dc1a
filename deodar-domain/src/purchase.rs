//! What is bought: products, cart, discounts and the merchant's own metadata. They are shown and
//! answered, never summed: the payer pays the order's amount.

use crate::money::Money;
use crate::text::{MetadataKey, MetadataValue, ProductCode};

/// The most products of an order, and the most items of a cart.
pub const PRODUCTS_MAX: usize = 100;
/// The most pairs of metadata.
pub const METADATA_PAIRS_MAX: usize = 10;

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
