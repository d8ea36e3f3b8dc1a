//! The stored form of customers and bank accounts.

use deodar_domain::account::{AccountNumber, BankAccount, BankName, Ifsc};
use deodar_domain::customer::{
    Address, AddressLine, CountryCode, Customer, CustomerId, CustomerReference, Email, Gstin,
    MobileNumber, PersonName, Pincode, PlaceName,
};
use serde::{Deserialize, Serialize};

use super::value::{Text, is_false, read_optional};
use crate::store::StoreError;

/// The fewest digits of a stored mobile number; how many an order or a link needs was checked when
/// it was made.
pub(super) const STORED_MOBILE_LENGTH_MIN: usize = 1;

/// The stored form of a [`Customer`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredCustomer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing: Option<StoredAddress<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<StoredAddress<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gstin: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    editable: bool,
}

impl<'a> StoredCustomer<'a> {
    pub(super) fn of(customer: &'a Customer) -> Self {
        Self {
            email: customer.email.as_ref().map(|text| Text::of(text.as_str())),
            first_name: customer.first_name.as_ref().map(|text| Text::of(text.as_str())),
            last_name: customer.last_name.as_ref().map(|text| Text::of(text.as_str())),
            id: customer.customer_id.as_ref().map(|text| Text::of(text.as_str())),
            mobile: customer.mobile.as_ref().map(|text| Text::of(text.as_str())),
            country_code: customer.country_code.as_ref().map(|text| Text::of(text.as_str())),
            billing: customer.billing_address.as_ref().map(StoredAddress::of),
            shipping: customer.shipping_address.as_ref().map(StoredAddress::of),
            reference: customer.reference.as_ref().map(|text| Text::of(text.as_str())),
            gstin: customer.gstin.as_ref().map(|text| Text::of(text.as_str())),
            editable: customer.editable,
        }
    }

    pub(super) fn restore(&self) -> Result<Customer, StoreError> {
        let mobile = |text: &str| MobileNumber::parse(text, STORED_MOBILE_LENGTH_MIN);
        let name = |text, field| read_optional(text, field, PersonName::parse);
        let address =
            |stored: Option<&StoredAddress<'_>>| stored.map(StoredAddress::restore).transpose();
        Ok(Customer {
            email: read_optional(self.email.as_ref(), "email", Email::parse)?,
            first_name: name(self.first_name.as_ref(), "first_name")?,
            last_name: name(self.last_name.as_ref(), "last_name")?,
            customer_id: read_optional(self.id.as_ref(), "customer.id", CustomerId::parse)?,
            mobile: read_optional(self.mobile.as_ref(), "mobile", mobile)?,
            country_code: read_optional(
                self.country_code.as_ref(),
                "country_code",
                CountryCode::parse,
            )?,
            billing_address: address(self.billing.as_ref())?,
            shipping_address: address(self.shipping.as_ref())?,
            reference: read_optional(
                self.reference.as_ref(),
                "customer.reference",
                CustomerReference::parse,
            )?,
            gstin: read_optional(self.gstin.as_ref(), "gstin", Gstin::parse)?,
            editable: self.editable,
        })
    }
}

/// The stored form of an [`Address`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredAddress<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line1: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line2: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line3: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pincode: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Text<'a>>,
}

impl<'a> StoredAddress<'a> {
    fn of(address: &'a Address) -> Self {
        Self {
            line1: address.address1.as_ref().map(|text| Text::of(text.as_str())),
            line2: address.address2.as_ref().map(|text| Text::of(text.as_str())),
            line3: address.address3.as_ref().map(|text| Text::of(text.as_str())),
            pincode: address.pincode.as_ref().map(|text| Text::of(text.as_str())),
            city: address.city.as_ref().map(|text| Text::of(text.as_str())),
            state: address.state.as_ref().map(|text| Text::of(text.as_str())),
            country: address.country.as_ref().map(|text| Text::of(text.as_str())),
        }
    }

    fn restore(&self) -> Result<Address, StoreError> {
        let line = |text, field| read_optional(text, field, AddressLine::parse);
        let place = |text, field| read_optional(text, field, PlaceName::parse);
        Ok(Address {
            address1: line(self.line1.as_ref(), "line1")?,
            address2: line(self.line2.as_ref(), "line2")?,
            address3: line(self.line3.as_ref(), "line3")?,
            pincode: read_optional(self.pincode.as_ref(), "pincode", Pincode::parse)?,
            city: place(self.city.as_ref(), "city")?,
            state: place(self.state.as_ref(), "address.state")?,
            country: place(self.country.as_ref(), "country")?,
        })
    }
}

/// The stored form of a [`BankAccount`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredAccount<'a> {
    number: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ifsc: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<Text<'a>>,
}

impl<'a> StoredAccount<'a> {
    pub(super) fn of(account: &'a BankAccount) -> Self {
        Self {
            number: Text::of(account.number.as_str()),
            ifsc: account.ifsc.as_ref().map(|text| Text::of(text.as_str())),
            bank: account.bank_name.as_ref().map(|text| Text::of(text.as_str())),
        }
    }

    pub(super) fn restore(&self) -> Result<BankAccount, StoreError> {
        Ok(BankAccount {
            number: self.number.read("account.number", AccountNumber::parse)?,
            ifsc: read_optional(self.ifsc.as_ref(), "ifsc", Ifsc::parse)?,
            bank_name: read_optional(self.bank.as_ref(), "bank", BankName::parse)?,
        })
    }
}
