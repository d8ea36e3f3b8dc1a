//! `POST /api/pay/v1/paymentlink`

use deodar_domain::customer::MobileNumber;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::AMOUNT_MIN_PAISE;
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::{Dialect, IntegrationMode, Terms};
use deodar_domain::text::Description;
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::cart::{RawCart, cart};
use super::customer::{RawCustomer, text};
use super::invalid::{At, InvalidRequest};
use super::purchase::{self, DISCOUNT_MIN, RawMetadata, RawProduct, RawProducts};
use super::read::read_object;
use super::split::{RawAccount, RawSplit};
use super::value::{Flag, List, Object, Text, TextFlag, TextOrNumber};
use crate::schema::{self, choices, money, texts};

/// The most names of payment methods that are read; those that are there twice count twice.
const METHOD_NAMES_MAX: usize = 50;

/// The names of payment methods as they are sent.
pub(crate) type RawMethods<'a> = List<Text<'a>, METHOD_NAMES_MAX>;

/// The body as it is sent. Fields that the API does not know are ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CreatePaymentLink, description = "A payment link to be made")]
#[serde(default)]
struct RawLink<'a> {
    #[serde(borrow)]
    #[schema(value_type = money::Amount, required)]
    amount: Object<RawAmount<'a>>,
    #[schema(schema_with = texts::description)]
    description: Text<'a>,
    #[schema(schema_with = texts::expire_by_given)]
    expire_by: Text<'a>,
    #[schema(schema_with = choices::payment_methods_given)]
    allowed_payment_methods: RawMethods<'a>,
    #[schema(schema_with = choices::pre_auth_given)]
    pre_auth: TextFlag,
    #[schema(schema_with = choices::is_mcc_transaction_given)]
    is_mcc_transaction: TextFlag,
    #[schema(schema_with = texts::failure_callback_url)]
    failure_callback_url: Text<'a>,
    #[schema(schema_with = texts::reference_given, required)]
    merchant_payment_link_reference: TextOrNumber<'a>,
    #[schema(value_type = RawCustomer<'a>)]
    customer: Object<RawCustomer<'a>>,
    #[schema(value_type = Vec<RawProduct<'a>>, max_items = 100)]
    product_details: RawProducts<'a>,
    #[schema(value_type = money::Discount)]
    cart_coupon_discount_amount: Object<RawAmount<'a>>,
    #[schema(schema_with = texts::metadata)]
    merchant_metadata: RawMetadata<'a>,
    #[schema(value_type = RawSplit<'a>)]
    split_info: Object<RawSplit<'a>>,
    #[schema(value_type = RawAccount<'a>)]
    account_details: Object<RawAccount<'a>>,
    #[schema(schema_with = texts::callback_url)]
    callback_url: Text<'a>,
    /// Whether the payer may pay in parts; false where it is absent.
    #[schema(value_type = bool)]
    part_payment: Flag,
    #[schema(value_type = RawCart<'a>)]
    cart_details: Object<RawCart<'a>>,
}

/// A link to be made, every field checked. What depends on the time or on the merchant (the range
/// of `expire_by`, switches, plain-HTTP callbacks) is the engine's to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateLink {
    /// What it is for. An empty set of allowed methods means all that the merchant has.
    pub terms: Terms,
    /// When it ends, if the merchant says.
    pub expire_by: Option<Timestamp>,
}

schema::described_by!(CreateLink, RawLink<'static>);

impl CreateLink {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        read_object::<RawLink<'_>>(body)?.parse()
    }
}

impl RawLink<'_> {
    fn parse(&self) -> Result<CreateLink, InvalidRequest> {
        let at = At::ROOT;
        let rule = AmountRule { min: AMOUNT_MIN_PAISE, currency: None };
        let amount = amount::required(&at.key("amount"), &self.amount, rule)?;
        let reference_at = at.key("merchant_payment_link_reference");
        let reference =
            text(&reference_at, &self.merchant_payment_link_reference.0, MerchantReference::parse)?
                .ok_or_else(|| reference_at.refuse("must not be empty"))?;
        let pre_auth = self.pre_auth.0.unwrap_or(false);
        let part_payment = self.part_payment.0.unwrap_or(false);
        held_whole(&at, pre_auth, part_payment)?;
        let currency = amount.currency();
        let discount = AmountRule { min: DISCOUNT_MIN, currency: Some(currency) };
        let split = |raw: &RawSplit<'_>| raw.parse(&at.key("split_info"), amount);
        let cart = cart(&at.key("cart_details"), &self.cart_details, currency)?;
        let terms = Terms {
            reference,
            amount,
            description: text(&at.key("description"), &self.description, Description::parse)?,
            pre_auth,
            part_payment,
            multi_currency: self.is_mcc_transaction.0.unwrap_or(false),
            allowed_methods: methods(
                &at.key("allowed_payment_methods"),
                &self.allowed_payment_methods,
            )?,
            callback_url: text(&at.key("callback_url"), &self.callback_url, MerchantUrl::parse)?,
            failure_callback_url: text(
                &at.key("failure_callback_url"),
                &self.failure_callback_url,
                MerchantUrl::parse,
            )?,
            customer: (self.customer.0.as_ref())
                .map(|raw| raw.parse(&at.key("customer"), MobileNumber::LENGTH_MIN_LINK))
                .transpose()?,
            products: purchase::products(
                &at.key("product_details"),
                &self.product_details,
                currency,
            )?,
            cart: cart.products,
            cart_items: cart.items,
            cart_coupon_discount: amount::optional(
                &at.key("cart_coupon_discount_amount"),
                &self.cart_coupon_discount_amount,
                discount,
            )?,
            metadata: purchase::metadata(&at.key("merchant_metadata"), &self.merchant_metadata)?,
            split: self.split_info.0.as_ref().map(split).transpose()?,
            account: match &self.account_details.0 {
                Some(raw) => raw.parse(&at.key("account_details"))?,
                None => None,
            },
            integration_mode: IntegrationMode::Seamless,
            dialect: Dialect::V2,
            // It is the merchant's, and no field of a request.
            passed_on_fee: None,
        };
        let expire_by = text(&at.key("expire_by"), &self.expire_by, Timestamp::parse)?;
        Ok(CreateLink { terms, expire_by })
    }
}

/// Refuses money that would be held in parts.
pub(crate) fn held_whole(
    at: &At<'_>,
    pre_auth: bool,
    part_payment: bool,
) -> Result<(), InvalidRequest> {
    if pre_auth && part_payment {
        let message = "Part Payment must be false where Pre Auth is true";
        return Err(at.key("part_payment").refuse_with(message));
    }
    Ok(())
}

/// Reads the names of payment methods.
pub(crate) fn methods(at: &At<'_>, raw: &RawMethods<'_>) -> Result<MethodSet, InvalidRequest> {
    let names = raw.0.as_deref().unwrap_or_default();
    let methods = names.iter().enumerate().map(|(index, name)| {
        let unknown = || at.index(index).refuse_with("Payment method is missing/invalid");
        name.given().and_then(Method::from_name).ok_or_else(unknown)
    });
    methods.collect()
}
