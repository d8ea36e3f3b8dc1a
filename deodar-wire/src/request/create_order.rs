//! `POST /api/pay/v1/orders`

use deodar_domain::customer::MobileNumber;
use deodar_domain::money::{AMOUNT_MIN_PAISE, Money};
use deodar_domain::reference::MerchantReference;
use deodar_domain::terms::{Dialect, IntegrationMode, Terms};
use deodar_domain::text::Description;
use deodar_domain::url::MerchantUrl;
use serde::Deserialize;
use utoipa::ToSchema;

use super::amount::{self, AmountRule, RawAmount};
use super::cart::{RawCart, cart};
use super::create_link::{RawMethods, held_whole, methods};
use super::customer::{RawCustomer, text};
use super::invalid::{At, InvalidRequest};
use super::purchase::{self, DISCOUNT_MIN, RawMetadata, RawProduct, RawProducts};
use super::read::read_object;
use super::split::{RawAccount, RawSplit};
use super::value::{Flag, Object, Text, TextFlag, TextOrNumber};
use crate::schema::{self, choices, money, texts};

/// The body as it is sent. Fields that the API does not know are ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CreateOrder, description = "An order to be made")]
#[serde(default)]
struct RawOrder<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::reference_given, required)]
    merchant_order_reference: TextOrNumber<'a>,
    #[schema(value_type = money::Amount, required)]
    order_amount: Object<RawAmount<'a>>,
    #[schema(schema_with = choices::pre_auth_given)]
    pre_auth: TextFlag,
    /// Whether the order may be paid in parts; false where it is absent.
    #[schema(value_type = bool)]
    part_payment: Flag,
    #[schema(schema_with = choices::is_mcc_transaction_given)]
    is_mcc_transaction: TextFlag,
    #[schema(schema_with = choices::payment_methods_given)]
    allowed_payment_methods: RawMethods<'a>,
    #[schema(schema_with = texts::description)]
    notes: Text<'a>,
    #[schema(schema_with = texts::callback_url)]
    callback_url: Text<'a>,
    #[schema(schema_with = texts::failure_callback_url)]
    failure_callback_url: Text<'a>,
    #[schema(value_type = money::Discount)]
    cart_coupon_discount_amount: Object<RawAmount<'a>>,
    #[schema(value_type = RawPurchase<'a>)]
    purchase_details: Object<RawPurchase<'a>>,
    #[schema(value_type = RawSplit<'a>)]
    split_info: Object<RawSplit<'a>>,
    #[schema(value_type = RawAccount<'a>)]
    account_details: Object<RawAccount<'a>>,
}

/// `purchase_details` as it is sent. Products stand in `products` or in `product`; the split and
/// the account may stand here or beside it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PurchaseDetails, description = "What is bought, and by whom")]
#[serde(default)]
struct RawPurchase<'a> {
    #[serde(borrow)]
    #[schema(value_type = RawCustomer<'a>)]
    customer: Object<RawCustomer<'a>>,
    #[schema(schema_with = texts::metadata)]
    merchant_metadata: RawMetadata<'a>,
    /// What is bought; it is shown, and never summed.
    #[schema(value_type = Vec<RawProduct<'a>>, max_items = 100)]
    products: RawProducts<'a>,
    /// Another name of `products`, which wins where both are given.
    #[schema(value_type = Vec<RawProduct<'a>>, max_items = 100)]
    product: RawProducts<'a>,
    #[schema(value_type = RawCart<'a>)]
    cart_details: Object<RawCart<'a>>,
    #[schema(value_type = RawSplit<'a>)]
    split_info: Object<RawSplit<'a>>,
    #[schema(value_type = RawAccount<'a>)]
    account_details: Object<RawAccount<'a>>,
}

/// An order to be made, every field checked. What depends on the merchant (switches, plain-HTTP
/// callbacks) is the engine's to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOrder {
    /// What it is for. An empty set of allowed methods means all that the merchant has.
    pub terms: Terms,
}

schema::described_by!(CreateOrder, RawOrder<'static>);

impl CreateOrder {
    /// Reads the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidRequest> {
        let terms = read_object::<RawOrder<'_>>(body)?.terms()?;
        Ok(Self { terms })
    }
}

impl RawOrder<'_> {
    fn terms(&self) -> Result<Terms, InvalidRequest> {
        let at = At::ROOT;
        let reference_at = at.key("merchant_order_reference");
        let reference =
            text(&reference_at, &self.merchant_order_reference.0, MerchantReference::parse)?
                .ok_or_else(|| reference_at.refuse("must not be empty"))?;
        let rule = AmountRule { min: AMOUNT_MIN_PAISE, currency: None };
        let amount = amount::required(&at.key("order_amount"), &self.order_amount, rule)?;
        let pre_auth = self.pre_auth.0.unwrap_or(false);
        let part_payment = self.part_payment.0.unwrap_or(false);
        held_whole(&at, pre_auth, part_payment)?;
        let discount = AmountRule { min: DISCOUNT_MIN, currency: Some(amount.currency()) };
        let mut terms = Terms {
            reference,
            amount,
            description: text(&at.key("notes"), &self.notes, Description::parse)?,
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
            customer: None,
            products: None,
            cart: None,
            cart_items: None,
            cart_coupon_discount: amount::optional(
                &at.key("cart_coupon_discount_amount"),
                &self.cart_coupon_discount_amount,
                discount,
            )?,
            metadata: None,
            split: None,
            account: None,
            integration_mode: IntegrationMode::Seamless,
            dialect: Dialect::V2,
            // It is the merchant's, and no field of a request.
            passed_on_fee: None,
        };
        if let Some(purchase) = &self.purchase_details.0 {
            purchase.read_into(&mut terms, &at.key("purchase_details"))?;
        }
        read_money_routes(&mut terms, &at, &self.split_info, &self.account_details)?;
        Ok(terms)
    }
}

impl RawPurchase<'_> {
    fn read_into(&self, terms: &mut Terms, at: &At<'_>) -> Result<(), InvalidRequest> {
        let currency = terms.amount.currency();
        terms.customer = (self.customer.0.as_ref())
            .map(|raw| raw.parse(&at.key("customer"), MobileNumber::LENGTH_MIN_ORDER))
            .transpose()?;
        terms.metadata = purchase::metadata(&at.key("merchant_metadata"), &self.merchant_metadata)?;
        let one = purchase::products(&at.key("product"), &self.product, currency)?;
        let many = purchase::products(&at.key("products"), &self.products, currency)?;
        terms.products = many.or(one);
        let cart = cart(&at.key("cart_details"), &self.cart_details, currency)?;
        (terms.cart, terms.cart_items) = (cart.products, cart.items);
        read_money_routes(terms, at, &self.split_info, &self.account_details)
    }
}

/// Reads where the money goes and where it must come from, if that is told here.
fn read_money_routes(
    terms: &mut Terms,
    at: &At<'_>,
    split: &Object<RawSplit<'_>>,
    account: &Object<RawAccount<'_>>,
) -> Result<(), InvalidRequest> {
    let amount: Money = terms.amount;
    if let Some(raw) = &split.0 {
        terms.split = Some(raw.parse(&at.key("split_info"), amount)?);
    }
    if let Some(raw) = &account.0
        && let Some(account) = raw.parse(&at.key("account_details"))?
    {
        terms.account = Some(account);
    }
    Ok(())
}
