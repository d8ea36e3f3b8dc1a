//! The stored form of an order's terms: amount, products, metadata, split.

use deodar_domain::merchant::PassedOnFee;
use deodar_domain::money::Money;
use deodar_domain::purchase::{CartItem, Metadata, Product};
use deodar_domain::reference::MerchantReference;
use deodar_domain::split::{
    BasisPoints, SettlementReference, Share, SplitInfo, SplitMerchantId, SplitPart, SplitType,
};
use deodar_domain::terms::{Dialect, IntegrationMode, Terms};
use deodar_domain::text::{Description, MetadataKey, MetadataValue, ProductCode};
use deodar_domain::url::MerchantUrl;
use serde::{Deserialize, Serialize};

use super::cart::StoredItem;
use super::customer::{StoredAccount, StoredCustomer};
use super::value::{StoredMethods, StoredMoney, Text, damaged, is_false, read_optional};
use crate::store::StoreError;

/// The stored form of [`Terms`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
#[expect(clippy::struct_excessive_bools, reason = "each is a term of its own")]
pub(super) struct StoredTerms<'a> {
    reference: Text<'a>,
    amount: StoredMoney,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pre_auth: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    parts: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    multi_currency: bool,
    methods: StoredMethods,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_callback: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<StoredCustomer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<StoredProduct<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart: Option<Vec<StoredProduct<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_items: Option<Vec<StoredItem<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_discount: Option<StoredMoney>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Vec<(Text<'a>, Text<'a>)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<StoredSplit<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<StoredAccount<'a>>,
    mode: StoredMode,
    /// Whether the legacy API made it.
    #[serde(default, skip_serializing_if = "is_false")]
    legacy: bool,
    /// In basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_on_fee: Option<u16>,
}

/// The stored form of an [`IntegrationMode`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMode {
    Seamless,
    Redirect,
    Iframe,
}

impl<'a> StoredTerms<'a> {
    pub(super) fn of(terms: &'a Terms) -> Self {
        let products = |products: &'a Option<Vec<Product>>| {
            products.as_ref().map(|products| products.iter().map(StoredProduct::of).collect())
        };
        Self {
            reference: Text::of(terms.reference.as_str()),
            amount: StoredMoney::of(terms.amount),
            description: terms.description.as_ref().map(|text| Text::of(text.as_str())),
            pre_auth: terms.pre_auth,
            parts: terms.part_payment,
            multi_currency: terms.multi_currency,
            methods: StoredMethods(terms.allowed_methods),
            callback: terms.callback_url.as_ref().map(|url| Text::of(url.as_str())),
            failure_callback: terms.failure_callback_url.as_ref().map(|url| Text::of(url.as_str())),
            customer: terms.customer.as_ref().map(StoredCustomer::of),
            products: products(&terms.products),
            cart: products(&terms.cart),
            cart_items: terms
                .cart_items
                .as_ref()
                .map(|items| items.iter().map(StoredItem::of).collect()),
            cart_discount: terms.cart_coupon_discount.map(StoredMoney::of),
            metadata: terms.metadata.as_ref().map(|metadata| {
                let pair = |(key, value): &'a (MetadataKey, MetadataValue)| {
                    (Text::of(key.as_str()), Text::of(value.as_str()))
                };
                metadata.pairs().iter().map(pair).collect()
            }),
            split: terms.split.as_ref().map(StoredSplit::of),
            account: terms.account.as_ref().map(StoredAccount::of),
            mode: match terms.integration_mode {
                IntegrationMode::Seamless => StoredMode::Seamless,
                IntegrationMode::Redirect => StoredMode::Redirect,
                IntegrationMode::Iframe => StoredMode::Iframe,
            },
            legacy: terms.dialect == Dialect::Legacy,
            passed_on_fee: terms.passed_on_fee.map(PassedOnFee::basis_points),
        }
    }

    pub(super) fn restore(&self) -> Result<Terms, StoreError> {
        let amount = self.amount.restore();
        let url = |text, field| read_optional(text, field, MerchantUrl::parse);
        let parse =
            if self.legacy { MerchantReference::parse_legacy } else { MerchantReference::parse };
        Ok(Terms {
            reference: self.reference.read("reference", parse)?,
            amount,
            description: read_optional(
                self.description.as_ref(),
                "description",
                Description::parse,
            )?,
            pre_auth: self.pre_auth,
            part_payment: self.parts,
            multi_currency: self.multi_currency,
            allowed_methods: self.methods.0,
            callback_url: url(self.callback.as_ref(), "callback")?,
            failure_callback_url: url(self.failure_callback.as_ref(), "failure_callback")?,
            customer: self.customer.as_ref().map(StoredCustomer::restore).transpose()?,
            products: self.products.as_deref().map(restore_products).transpose()?,
            cart: self.cart.as_deref().map(restore_products).transpose()?,
            cart_items: self.cart_items.as_deref().map(restore_items).transpose()?,
            cart_coupon_discount: self.cart_discount.map(StoredMoney::restore),
            metadata: self.metadata.as_deref().map(restore_metadata).transpose()?,
            split: self.split.as_ref().map(|split| split.restore(amount)).transpose()?,
            account: self.account.as_ref().map(StoredAccount::restore).transpose()?,
            integration_mode: match self.mode {
                StoredMode::Seamless => IntegrationMode::Seamless,
                StoredMode::Redirect => IntegrationMode::Redirect,
                StoredMode::Iframe => IntegrationMode::Iframe,
            },
            dialect: if self.legacy { Dialect::Legacy } else { Dialect::V2 },
            passed_on_fee: (self.passed_on_fee.map(PassedOnFee::new).transpose())
                .map_err(|_| damaged("passed_on_fee"))?,
        })
    }
}

fn restore_products(products: &[StoredProduct<'_>]) -> Result<Vec<Product>, StoreError> {
    products.iter().map(StoredProduct::restore).collect()
}

fn restore_items(items: &[StoredItem<'_>]) -> Result<Vec<CartItem>, StoreError> {
    items.iter().map(StoredItem::restore).collect()
}

fn restore_metadata(pairs: &[(Text<'_>, Text<'_>)]) -> Result<Metadata, StoreError> {
    let pair = |(key, value): &(Text<'_>, Text<'_>)| {
        Ok((
            key.read("metadata", MetadataKey::parse)?,
            value.read("metadata", MetadataValue::parse)?,
        ))
    };
    let pairs: Result<Vec<_>, StoreError> = pairs.iter().map(pair).collect();
    Metadata::new(pairs?).ok_or_else(|| damaged("metadata"))
}

/// The stored form of a [`Product`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredProduct<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<StoredMoney>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<StoredMoney>,
}

impl<'a> StoredProduct<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            code: product.code.as_ref().map(|code| Text::of(code.as_str())),
            amount: product.amount.map(StoredMoney::of),
            discount: product.coupon_discount.map(StoredMoney::of),
        }
    }

    fn restore(&self) -> Result<Product, StoreError> {
        Ok(Product {
            code: read_optional(self.code.as_ref(), "code", ProductCode::parse)?,
            amount: self.amount.map(StoredMoney::restore),
            coupon_discount: self.discount.map(StoredMoney::restore),
        })
    }
}

/// The stored form of a [`SplitInfo`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredSplit<'a> {
    by: StoredSplitType,
    parts: Vec<StoredPart<'a>>,
}

/// The stored form of a [`SplitType`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredSplitType {
    Amount,
    Percentage,
}

/// The stored form of a [`SplitPart`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredPart<'a> {
    merchant: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Text<'a>>,
    share: StoredShare,
    #[serde(default, skip_serializing_if = "is_false")]
    on_hold: bool,
}

/// The stored form of a [`Share`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredShare {
    Amount(StoredMoney),
    Points(u16),
}

impl<'a> StoredSplit<'a> {
    fn of(split: &'a SplitInfo) -> Self {
        let part = |part: &'a SplitPart| StoredPart {
            merchant: Text::of(part.merchant.as_str()),
            reference: part.settlement_reference.as_ref().map(|text| Text::of(text.as_str())),
            share: match part.share {
                Share::Amount(amount) => StoredShare::Amount(StoredMoney::of(amount)),
                Share::Percentage(share) => StoredShare::Points(share.points()),
            },
            on_hold: part.on_hold,
        };
        Self {
            by: match split.split_type() {
                SplitType::Amount => StoredSplitType::Amount,
                SplitType::Percentage => StoredSplitType::Percentage,
            },
            parts: split.parts().iter().map(part).collect(),
        }
    }

    fn restore(&self, amount: Money) -> Result<SplitInfo, StoreError> {
        let part = |part: &StoredPart<'_>| {
            Ok(SplitPart {
                merchant: part.merchant.read("split.merchant", SplitMerchantId::parse)?,
                settlement_reference: read_optional(
                    part.reference.as_ref(),
                    "split.reference",
                    SettlementReference::parse,
                )?,
                share: match part.share {
                    StoredShare::Amount(amount) => Share::Amount(amount.restore()),
                    StoredShare::Points(points) => Share::Percentage(
                        BasisPoints::new(points).ok_or_else(|| damaged("split.share"))?,
                    ),
                },
                on_hold: part.on_hold,
            })
        };
        let parts: Result<Vec<_>, StoreError> = self.parts.iter().map(part).collect();
        let split_type = match self.by {
            StoredSplitType::Amount => SplitType::Amount,
            StoredSplitType::Percentage => SplitType::Percentage,
        };
        SplitInfo::new(split_type, parts?, amount).ok_or_else(|| damaged("split"))
    }
}
