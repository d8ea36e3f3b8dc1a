//! What the merchant gave, as it is answered: customer, products, metadata, split, account.

use deodar_domain::account::{BankAccount, BankName, Ifsc};
use deodar_domain::customer::{Address, Contact, CountryCode, Customer};
use deodar_domain::purchase::{Metadata, Product};
use deodar_domain::split::{Share, SplitInfo, SplitPart, SplitType};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::value::Amount;
use crate::schema::{choices, money, texts};

/// An optional text of the domain.
macro_rules! text {
    ($value:expr) => {
        $value.as_ref().map(|text| text.as_str())
    };
}

/// `customer`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerAnswered, description = "Who pays")]
pub(crate) struct CustomerJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::email)]
    email_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::person_name)]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::person_name)]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::customer_id)]
    customer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::mobile_number)]
    mobile_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::country_code)]
    country_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<AddressJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_address: Option<AddressJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::customer_reference)]
    merchant_customer_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::gstin)]
    gstin: Option<&'a str>,
    /// Whether the payer may change the contact details.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_edit_customer_details_allowed: Option<bool>,
}

impl<'a> CustomerJson<'a> {
    /// The customer of an order, with the details that the payer gave on the page in place of the
    /// merchant's; it always carries whether the payer may change them.
    pub(crate) fn of_order(customer: &'a Customer, contact: Option<&'a Contact>) -> Self {
        let told = Self {
            is_edit_customer_details_allowed: Some(customer.editable),
            ..Self::of_link(customer)
        };
        let Some(contact) = contact else { return told };
        let mobile = text!(contact.mobile);
        Self {
            email_id: text!(contact.email).or(told.email_id),
            first_name: text!(contact.first_name).or(told.first_name),
            last_name: text!(contact.last_name).or(told.last_name),
            mobile_number: mobile.or(told.mobile_number),
            country_code: told.country_code.or(mobile.map(|_| CountryCode::INDIA)),
            ..told
        }
    }

    /// The customer of a link.
    pub(crate) fn of_link(customer: &'a Customer) -> Self {
        Self {
            email_id: text!(customer.email),
            first_name: text!(customer.first_name),
            last_name: text!(customer.last_name),
            customer_id: text!(customer.customer_id),
            mobile_number: text!(customer.mobile),
            country_code: text!(customer.country_code),
            billing_address: customer.billing_address.as_ref().map(AddressJson::of),
            shipping_address: customer.shipping_address.as_ref().map(AddressJson::of),
            merchant_customer_reference: text!(customer.reference),
            gstin: text!(customer.gstin),
            is_edit_customer_details_allowed: customer.editable.then_some(true),
        }
    }
}

/// An address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddressAnswered, description = "An address")]
struct AddressJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::address_line)]
    address1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::address_line)]
    address2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::address_line)]
    address3: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::pincode)]
    pincode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::place_name)]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::place_name)]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::place_name)]
    country: Option<&'a str>,
}

impl<'a> AddressJson<'a> {
    fn of(address: &'a Address) -> Self {
        Self {
            address1: text!(address.address1),
            address2: text!(address.address2),
            address3: text!(address.address3),
            pincode: text!(address.pincode),
            city: text!(address.city),
            state: text!(address.state),
            country: text!(address.country),
        }
    }
}

/// An element of `product_details` or of a cart's `items`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductAnswered, description = "A product")]
pub(crate) struct ProductJson<'a> {
    #[serde(rename = "product_code", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::product_code)]
    code: Option<&'a str>,
    #[serde(rename = "product_amount", skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(rename = "product_coupon_discount_amount", skip_serializing_if = "Option::is_none")]
    coupon_discount: Option<Amount>,
}

impl<'a> ProductJson<'a> {
    fn of(product: &'a Product) -> Self {
        Self {
            code: text!(product.code),
            amount: product.amount.map(Amount),
            coupon_discount: product.coupon_discount.map(Amount),
        }
    }
}

/// A list of products.
#[derive(Debug)]
pub(crate) struct ProductsJson<'a>(pub(crate) &'a [Product]);

impl Serialize for ProductsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ProductJson::of))
    }
}

/// `merchant_metadata`
#[derive(Debug)]
pub(crate) struct MetadataJson<'a>(pub(crate) &'a Metadata);

impl Serialize for MetadataJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.pairs().iter();
        serializer.collect_map(pairs.map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

/// `split_info`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SplitAnswered, description = "How the money is split")]
pub(crate) struct SplitJson<'a> {
    #[schema(schema_with = choices::split_type)]
    split_type: &'static str,
    #[schema(value_type = Vec<PartJson<'a>>)]
    split_details: PartsJson<'a>,
}

impl<'a> SplitJson<'a> {
    /// A split.
    pub(crate) fn of(split: &'a SplitInfo) -> Self {
        let split_type = match split.split_type() {
            SplitType::Amount => "AMOUNT",
            SplitType::Percentage => "PERCENTAGE",
        };
        Self { split_type, split_details: PartsJson(split.parts()) }
    }
}

#[derive(Debug)]
struct PartsJson<'a>(&'a [SplitPart]);

impl Serialize for PartsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(PartJson::of))
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SplitPartAnswered, description = "A part of a split: an amount or a percentage")]
struct PartJson<'a> {
    #[schema(schema_with = texts::split_merchant_id)]
    split_merchant_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::settlement_reference)]
    merchant_settlement_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = money::percentage)]
    percentage: Option<String>,
    /// Whether the part is held back until it is released.
    on_hold: bool,
}

impl<'a> PartJson<'a> {
    fn of(part: &'a SplitPart) -> Self {
        let (amount, percentage) = match part.share {
            Share::Amount(amount) => (Some(Amount(amount)), None),
            Share::Percentage(share) => {
                let points = share.points();
                (None, Some(format!("{}.{:02}", points / 100, points % 100)))
            }
        };
        Self {
            split_merchant_id: part.merchant.as_str(),
            merchant_settlement_reference: text!(part.settlement_reference),
            amount,
            percentage,
            on_hold: part.on_hold,
        }
    }
}

/// `account_details`
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountAnswered, description = "The bank account that alone may pay")]
pub(crate) struct AccountJson<'a> {
    bank_details: BankJson<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BankAccountAnswered, description = "A bank account")]
struct BankJson<'a> {
    #[schema(schema_with = texts::account_number, required)]
    account_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::ifsc)]
    ifsc_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = texts::bank_name)]
    bank_name: Option<&'a str>,
}

impl<'a> AccountJson<'a> {
    /// An account.
    pub(crate) fn of(account: &'a BankAccount) -> Self {
        Self {
            bank_details: BankJson {
                account_number: account.number.as_str(),
                ifsc_code: account.ifsc.as_ref().map(Ifsc::as_str),
                bank_name: account.bank_name.as_ref().map(BankName::as_str),
            },
        }
    }
}
