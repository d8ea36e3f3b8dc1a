//! An order, in the order of the documents' sample.

use deodar_domain::id::{MerchantId, order_id};
use deodar_domain::order::Order;
use deodar_domain::terms::{IntegrationMode, Terms};
use deodar_domain::text::Description;
use deodar_domain::url::MerchantUrl;
use serde::{Serialize, Serializer};

use super::payment::PaymentJson;
use super::refund::RefundJson;
use super::terms::{AccountJson, CartJson, CustomerJson, MetadataJson, ProductsJson, SplitJson};
use super::value::{Amount, MethodNames, Shown, Time};

/// An order.
#[derive(Debug, Serialize)]
pub struct OrderJson<'a> {
    order_id: String,
    merchant_order_reference: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_url: Option<&'a str>,
    merchant_id: Shown<MerchantId>,
    order_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
    pre_auth: bool,
    part_payment: bool,
    allowed_payment_methods: MethodNames,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_coupon_discount_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_details: Option<PurchaseJson<'a>>,
    payments: PaymentsJson<'a>,
    refunds: RefundsJson<'a>,
    created_at: Time,
    updated_at: Time,
    integration_mode: &'static str,
    payment_retries_remaining: u16,
    is_mcc_transaction: bool,
}

impl<'a> OrderJson<'a> {
    /// An order.
    pub(crate) fn of(order: &'a Order, challenge_url: Option<&'a str>) -> Self {
        let terms = &order.terms;
        Self {
            order_id: order_id(order.key),
            merchant_order_reference: terms.reference.as_str(),
            kind: "CHARGE",
            status: order.state.name(),
            challenge_url,
            merchant_id: Shown(order.merchant),
            order_amount: Amount(terms.amount),
            notes: terms.description.as_ref().map(Description::as_str),
            pre_auth: terms.pre_auth,
            part_payment: terms.part_payment,
            allowed_payment_methods: MethodNames(terms.allowed_methods),
            callback_url: terms.callback_url.as_ref().map(MerchantUrl::as_str),
            failure_callback_url: terms.failure_callback_url.as_ref().map(MerchantUrl::as_str),
            cart_coupon_discount_amount: terms.cart_coupon_discount.map(Amount),
            purchase_details: PurchaseJson::of(terms),
            payments: PaymentsJson(order),
            refunds: RefundsJson(order),
            created_at: Time(order.created_at),
            updated_at: Time(order.updated_at),
            integration_mode: integration_mode(terms.integration_mode),
            payment_retries_remaining: order.retries_remaining(),
            is_mcc_transaction: terms.multi_currency,
        }
    }
}

const fn integration_mode(mode: IntegrationMode) -> &'static str {
    match mode {
        IntegrationMode::Seamless => "SEAMLESS",
        IntegrationMode::Redirect => "REDIRECT",
        IntegrationMode::Iframe => "IFRAME",
    }
}

/// `purchase_details`
#[derive(Debug, Serialize)]
struct PurchaseJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_metadata: Option<MetadataJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<ProductsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_details: Option<CartJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split_info: Option<SplitJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_details: Option<AccountJson<'a>>,
}

impl<'a> PurchaseJson<'a> {
    fn of(terms: &'a Terms) -> Option<Self> {
        let any = terms.customer.is_some()
            || terms.metadata.is_some()
            || terms.products.is_some()
            || terms.cart.is_some()
            || terms.split.is_some()
            || terms.account.is_some();
        any.then(|| Self {
            customer: terms.customer.as_ref().map(CustomerJson::of_order),
            merchant_metadata: terms.metadata.as_ref().map(MetadataJson),
            products: terms.products.as_deref().map(ProductsJson),
            cart_details: terms.cart.as_deref().map(|cart| CartJson { items: ProductsJson(cart) }),
            split_info: terms.split.as_ref().map(SplitJson::of),
            account_details: terms.account.as_ref().map(AccountJson::of),
        })
    }
}

/// The payments of an order, newest first.
#[derive(Debug)]
struct PaymentsJson<'a>(&'a Order);

impl Serialize for PaymentsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let payments = self.0.payments.iter().rev();
        serializer.collect_seq(payments.map(|payment| PaymentJson::of(self.0, payment)))
    }
}

/// The refunds of an order, newest first.
#[derive(Debug)]
struct RefundsJson<'a>(&'a Order);

impl Serialize for RefundsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let refunds = self.0.refunds.iter().rev();
        serializer.collect_seq(refunds.map(|refund| RefundJson::of(self.0, refund)))
    }
}
