//! What the merchant gave, as it is answered: customer, products, metadata, split, account.

use deodar_domain::account::{BankAccount, BankName, Ifsc};
use deodar_domain::customer::{Address, Customer};
use deodar_domain::purchase::{Metadata, Product};
use deodar_domain::split::{Share, SplitInfo, SplitPart, SplitType};
use serde::{Serialize, Serializer};

use super::value::Amount;

/// An optional text of the domain.
macro_rules! text {
    ($value:expr) => {
        $value.as_ref().map(|text| text.as_str())
    };
}

/// `customer`
#[derive(Debug, Serialize)]
pub(crate) struct CustomerJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<AddressJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_address: Option<AddressJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_customer_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gstin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_edit_customer_details_allowed: Option<bool>,
}

impl<'a> CustomerJson<'a> {
    /// The customer of an order, who always carries whether the payer may change the details.
    pub(crate) fn of_order(customer: &'a Customer) -> Self {
        Self {
            is_edit_customer_details_allowed: Some(customer.editable),
            ..Self::of_link(customer)
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
#[derive(Debug, Serialize)]
struct AddressJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    address1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address3: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pincode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
#[derive(Debug, Serialize)]
struct ProductJson<'a> {
    #[serde(rename = "product_code", skip_serializing_if = "Option::is_none")]
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

/// `cart_details`
#[derive(Debug, Serialize)]
pub(crate) struct CartJson<'a> {
    /// What is in the cart.
    pub(crate) items: ProductsJson<'a>,
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
#[derive(Debug, Serialize)]
pub(crate) struct SplitJson<'a> {
    split_type: &'static str,
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

#[derive(Debug, Serialize)]
struct PartJson<'a> {
    split_merchant_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_settlement_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage: Option<String>,
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
#[derive(Debug, Serialize)]
pub(crate) struct AccountJson<'a> {
    bank_details: BankJson<'a>,
}

#[derive(Debug, Serialize)]
struct BankJson<'a> {
    account_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ifsc_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
