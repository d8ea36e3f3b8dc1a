//! A payment link, in the order of the documents' sample.

use deodar_domain::id::{link_id, order_id};
use deodar_domain::order::Order;
use deodar_domain::text::Description;
use deodar_domain::url::MerchantUrl;
use serde::Serialize;
use utoipa::ToSchema;

use super::cart::CartJson;
use super::terms::ProductJson;
use super::terms::{AccountJson, CustomerJson, MetadataJson, ProductsJson, SplitJson};
use super::value::{Amount, MethodNames, Time};
use crate::schema::{choices, texts};

/// A payment link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentLink, description = "A payment link")]
pub struct LinkJson<'a> {
    #[schema(schema_with = texts::own_url)]
    payment_link: &'a str,
    #[schema(schema_with = texts::payment_link_id)]
    payment_link_id: String,
    #[schema(schema_with = choices::link_status)]
    status: &'static str,
    /// What is to be paid.
    amount: Amount,
    /// What is still to be paid.
    amount_due: Amount,
    #[schema(schema_with = texts::order_id)]
    order_id: String,
    #[schema(schema_with = texts::link_reference)]
    merchant_payment_link_reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::description)]
    description: Option<&'a str>,
    /// When it ends.
    expire_by: Time,
    #[schema(schema_with = choices::payment_methods, required)]
    allowed_payment_methods: MethodNames,
    /// Whether the money is only held until it is captured.
    pre_auth: bool,
    /// Whether the payer may pay in another currency.
    is_mcc_transaction: bool,
    /// Whether it may be paid in parts.
    part_payment: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::callback_url)]
    callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::failure_callback_url)]
    failure_callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ProductJson<'a>>)]
    product_details: Option<ProductsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_details: Option<CartJson<'a>>,
    /// What is taken off; it is shown, and never subtracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_coupon_discount_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::metadata)]
    merchant_metadata: Option<MetadataJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split_info: Option<SplitJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_details: Option<AccountJson<'a>>,
    /// When it was made.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
}

impl<'a> LinkJson<'a> {
    /// The link of an order, whose page is at `page_url`.
    pub(crate) fn of(order: &'a Order, page_url: &'a str) -> Option<Self> {
        let link = order.link.as_ref()?;
        let terms = &order.terms;
        Some(Self {
            payment_link: page_url,
            payment_link_id: link_id(order.key),
            status: link.state.name(),
            amount: Amount(terms.amount),
            amount_due: Amount(order.due()),
            order_id: order_id(order.key),
            merchant_payment_link_reference: terms.reference.as_str(),
            description: terms.description.as_ref().map(Description::as_str),
            expire_by: Time(link.expire_by),
            allowed_payment_methods: MethodNames(terms.allowed_methods),
            pre_auth: terms.pre_auth,
            is_mcc_transaction: terms.multi_currency,
            part_payment: terms.part_payment,
            callback_url: terms.callback_url.as_ref().map(MerchantUrl::as_str),
            failure_callback_url: terms.failure_callback_url.as_ref().map(MerchantUrl::as_str),
            customer: terms.customer.as_ref().map(CustomerJson::of_link),
            product_details: terms.products.as_deref().map(ProductsJson),
            cart_details: CartJson::of(terms),
            cart_coupon_discount_amount: terms.cart_coupon_discount.map(Amount),
            merchant_metadata: terms.metadata.as_ref().map(MetadataJson),
            split_info: terms.split.as_ref().map(SplitJson::of),
            account_details: terms.account.as_ref().map(AccountJson::of),
            created_at: Time(order.created_at),
            updated_at: Time(link.updated_at),
        })
    }
}
