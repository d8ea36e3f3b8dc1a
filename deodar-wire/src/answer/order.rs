//! An order, in the order of the documents' sample.

use deodar_domain::id::{MerchantId, order_id};
use deodar_domain::order::Order;
use deodar_domain::terms::IntegrationMode;
use deodar_domain::text::Description;
use deodar_domain::url::MerchantUrl;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::cart::CartJson;
use super::payment::PaymentJson;
use super::refund::RefundJson;
use super::terms::ProductJson;
use super::terms::{AccountJson, CustomerJson, MetadataJson, ProductsJson, SplitJson};
use super::value::{Amount, MethodNames, Shown, Time};
use crate::schema::{choices, texts};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order, description = "An order")]
pub struct OrderJson<'a> {
    #[schema(schema_with = texts::order_id)]
    order_id: String,
    #[schema(schema_with = texts::link_reference)]
    merchant_order_reference: &'a str,
    #[serde(rename = "type")]
    #[schema(schema_with = choices::order_type)]
    kind: &'static str,
    #[schema(schema_with = choices::order_status)]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::challenge_url)]
    challenge_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::qr_image_url)]
    image_url: Option<&'a str>,
    #[schema(schema_with = texts::merchant_id)]
    merchant_id: Shown<MerchantId>,
    /// What is to be paid.
    order_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::description)]
    notes: Option<&'a str>,
    /// Whether the money is only held until it is captured.
    pre_auth: bool,
    /// Whether it may be paid in parts.
    part_payment: bool,
    #[schema(schema_with = choices::payment_methods, required)]
    allowed_payment_methods: MethodNames,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::callback_url)]
    callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::failure_callback_url)]
    failure_callback_url: Option<&'a str>,
    /// What is taken off; it is shown, and never subtracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_coupon_discount_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_details: Option<PurchaseJson<'a>>,
    /// The payments, newest first.
    #[schema(value_type = Vec<PaymentJson<'a>>)]
    payments: PaymentsJson<'a>,
    /// The refunds, newest first.
    #[schema(value_type = Vec<RefundJson<'a>>)]
    refunds: RefundsJson<'a>,
    /// When it was made.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
    #[schema(schema_with = choices::integration_mode)]
    integration_mode: &'static str,
    /// How many attempts to pay are left.
    payment_retries_remaining: u16,
    /// Whether the payer may pay in another currency.
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
            image_url: None,
            merchant_id: Shown(order.merchant),
            order_amount: Amount(terms.amount),
            notes: terms.description.as_ref().map(Description::as_str),
            pre_auth: terms.pre_auth,
            part_payment: terms.part_payment,
            allowed_payment_methods: MethodNames(terms.allowed_methods),
            callback_url: terms.callback_url.as_ref().map(MerchantUrl::as_str),
            failure_callback_url: terms.failure_callback_url.as_ref().map(MerchantUrl::as_str),
            cart_coupon_discount_amount: terms.cart_coupon_discount.map(Amount),
            purchase_details: PurchaseJson::of(order),
            payments: PaymentsJson(order),
            refunds: RefundsJson(order),
            created_at: Time(order.created_at),
            updated_at: Time(order.updated_at),
            integration_mode: integration_mode(terms.integration_mode),
            payment_retries_remaining: order.retries_remaining(),
            is_mcc_transaction: terms.multi_currency,
        }
    }

    /// The same, with the address of a QR code.
    pub(crate) const fn with_image(mut self, image_url: Option<&'a str>) -> Self {
        self.image_url = image_url;
        self
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PurchaseDetailsAnswered, description = "What is bought, and by whom")]
struct PurchaseJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::metadata)]
    merchant_metadata: Option<MetadataJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ProductJson<'a>>)]
    products: Option<ProductsJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart_details: Option<CartJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split_info: Option<SplitJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_details: Option<AccountJson<'a>>,
}

impl<'a> PurchaseJson<'a> {
    fn of(order: &'a Order) -> Option<Self> {
        let terms = &order.terms;
        let any = terms.customer.is_some()
            || terms.metadata.is_some()
            || terms.products.is_some()
            || terms.cart.is_some()
            || terms.cart_items.is_some()
            || terms.split.is_some()
            || terms.account.is_some();
        any.then(|| Self {
            customer: (terms.customer.as_ref())
                .map(|customer| CustomerJson::of_order(customer, order.contact.as_ref())),
            merchant_metadata: terms.metadata.as_ref().map(MetadataJson),
            products: terms.products.as_deref().map(ProductsJson),
            cart_details: CartJson::of(terms),
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
