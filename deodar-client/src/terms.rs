//! What a link or an order is for: amount, customer, products, split, account.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::SplitType;

/// An amount of money: an integer number of the currency's minor units (paise), never a fraction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The minor units: 50000 is ₹500.00.
    pub value: u64,
    /// The currency by ISO 4217.
    pub currency: String,
}

impl Amount {
    /// So many paise.
    pub fn paise(value: u64) -> Self {
        Self { value, currency: "INR".to_owned() }
    }
}

/// The payer. It does not print what it holds.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// The e-mail address, 1–50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_id: Option<String>,
    /// The first name, 1–50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name, 1–50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The gateway's own id of the customer, 1–19 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The mobile number, 10–20 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// The country code of the mobile number; 91 where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// Where bills go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Where parcels go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// The merchant's own id of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_customer_reference: Option<String>,
    /// The customer's tax number, 15 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gstin: Option<String>,
    /// Whether the payer may change the details on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_edit_customer_details_allowed: Option<bool>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Customer(…)")
    }
}

/// An address. It does not print what it holds.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The first line, up to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address1: Option<String>,
    /// The second line, up to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// The third line, up to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address3: Option<String>,
    /// The postal code, 6–10 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pincode: Option<String>,
    /// The city, up to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The state, up to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The country, up to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// A product. It is shown to the payer, and never summed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// The merchant's code of it.
    #[serde(rename = "product_code", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its price.
    #[serde(rename = "product_amount", skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What a coupon takes off its price.
    #[serde(rename = "product_coupon_discount_amount", skip_serializing_if = "Option::is_none")]
    pub coupon_discount: Option<Amount>,
}

/// A cart: products, or items that tell more. It is shown to the payer, and never summed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cart {
    /// The products in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Product>,
    /// The items in it, which are shown in place of the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cart_items: Vec<CartItem>,
}

/// An item of a cart. Its prices are of one piece, in minor units of the order's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CartItem {
    /// The merchant's own id of it, up to 100 characters.
    #[serde(rename = "item_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name, up to 255 characters.
    #[serde(rename = "item_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, up to 1,024 characters.
    #[serde(rename = "item_description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The merchant's page of it.
    #[serde(rename = "item_details_url", skip_serializing_if = "Option::is_none")]
    pub details_url: Option<String>,
    /// A picture of it, which the payment page does not load.
    #[serde(rename = "item_image_url", skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// What one piece costs.
    #[serde(rename = "item_original_unit_price", skip_serializing_if = "Option::is_none")]
    pub original_unit_price: Option<u64>,
    /// What one piece costs after the discount.
    #[serde(rename = "item_discounted_unit_price", skip_serializing_if = "Option::is_none")]
    pub discounted_unit_price: Option<u64>,
    /// How many pieces are bought; one where it is absent.
    #[serde(rename = "item_quantity", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// The order's currency.
    #[serde(rename = "item_currency", skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// What is bought, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PurchaseDetails {
    /// The payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// The merchant's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub merchant_metadata: BTreeMap<String, String>,
    /// What is bought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
    /// What is in the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_details: Option<Cart>,
    /// Who else gets a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_info: Option<SplitInfo>,
    /// The one bank account that may pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_details: Option<AccountDetails>,
}

/// How a payment is split among merchants; the rest is the merchant's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitInfo {
    /// Whether the parts are amounts or percentages.
    pub split_type: SplitType,
    /// The parts.
    pub split_details: Vec<SplitPart>,
}

/// A part of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SplitPart {
    /// Who gets it.
    pub split_merchant_id: String,
    /// The merchant's own reference of the settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_settlement_reference: Option<String>,
    /// The part, where the split is by amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The part in percent with at most two decimals (`12.50`), where the split is by percentages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<String>,
    /// Whether it is held back until it is released.
    pub on_hold: bool,
}

/// Third-party validation: the one bank account that may pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// The account.
    pub bank_details: BankDetails,
}

/// A bank account. It does not print what it holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetails {
    /// The number of the account.
    pub account_number: String,
    /// The code of the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ifsc_code: Option<String>,
    /// The name of the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
}

impl fmt::Debug for BankDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankDetails(…)")
    }
}
