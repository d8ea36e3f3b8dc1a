//! The customer.

use std::fmt::Display;

use deodar_domain::customer::{
    Address, AddressLine, CountryCode, Customer, CustomerId, CustomerReference, Email, Gstin,
    MobileNumber, PersonName, Pincode, PlaceName,
};
use serde::Deserialize;

use super::invalid::{At, InvalidRequest};
use super::value::{Object, Text, TextFlag};

/// `customer` as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCustomer<'a> {
    #[serde(borrow)]
    email_id: Text<'a>,
    first_name: Text<'a>,
    last_name: Text<'a>,
    customer_id: Text<'a>,
    mobile_number: Text<'a>,
    country_code: Text<'a>,
    billing_address: Object<RawAddress<'a>>,
    shipping_address: Object<RawAddress<'a>>,
    merchant_customer_reference: Text<'a>,
    gstin: Text<'a>,
    is_edit_customer_details_allowed: TextFlag,
}

/// An address as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAddress<'a> {
    #[serde(borrow)]
    address1: Text<'a>,
    address2: Text<'a>,
    address3: Text<'a>,
    pincode: Text<'a>,
    city: Text<'a>,
    state: Text<'a>,
    country: Text<'a>,
}

/// Reads an optional text by the domain's rules for it.
pub(crate) fn text<T, E: Display>(
    at: &At<'_>,
    raw: &Text<'_>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, InvalidRequest> {
    raw.given().map(|text| parse(text).map_err(|problem| at.refuse(problem))).transpose()
}

impl RawCustomer<'_> {
    /// Reads the customer; the mobile number has at least `mobile_length_min` digits.
    pub(crate) fn parse(
        &self,
        at: &At<'_>,
        mobile_length_min: usize,
    ) -> Result<Customer, InvalidRequest> {
        let mobile = text(&at.key("mobile_number"), &self.mobile_number, |digits| {
            MobileNumber::parse(digits, mobile_length_min)
        })?;
        let country_code = text(&at.key("country_code"), &self.country_code, CountryCode::parse)?;
        let address = |name: &str, raw: &Object<RawAddress<'_>>| {
            raw.0.as_ref().map(|raw| raw.parse(&at.key(name))).transpose()
        };
        Ok(Customer {
            email: text(&at.key("email_id"), &self.email_id, Email::parse)?,
            first_name: text(&at.key("first_name"), &self.first_name, PersonName::parse)?,
            last_name: text(&at.key("last_name"), &self.last_name, PersonName::parse)?,
            customer_id: text(&at.key("customer_id"), &self.customer_id, CustomerId::parse)?,
            country_code: country_code.or_else(|| mobile.is_some().then(CountryCode::india)),
            mobile,
            billing_address: address("billing_address", &self.billing_address)?,
            shipping_address: address("shipping_address", &self.shipping_address)?,
            reference: text(
                &at.key("merchant_customer_reference"),
                &self.merchant_customer_reference,
                CustomerReference::parse,
            )?,
            gstin: text(&at.key("gstin"), &self.gstin, Gstin::parse)?,
            editable: self.is_edit_customer_details_allowed.0.unwrap_or(false),
        })
    }
}

impl RawAddress<'_> {
    fn parse(&self, at: &At<'_>) -> Result<Address, InvalidRequest> {
        Ok(Address {
            address1: text(&at.key("address1"), &self.address1, AddressLine::parse)?,
            address2: text(&at.key("address2"), &self.address2, AddressLine::parse)?,
            address3: text(&at.key("address3"), &self.address3, AddressLine::parse)?,
            pincode: text(&at.key("pincode"), &self.pincode, Pincode::parse)?,
            city: text(&at.key("city"), &self.city, PlaceName::parse)?,
            state: text(&at.key("state"), &self.state, PlaceName::parse)?,
            country: text(&at.key("country"), &self.country, PlaceName::parse)?,
        })
    }
}
