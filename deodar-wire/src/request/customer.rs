//! The customer.

use std::fmt::Display;

use deodar_domain::customer::{
    Address, AddressLine, CountryCode, Customer, CustomerId, CustomerReference, Email, Gstin,
    MobileNumber, PersonName, Pincode, PlaceName,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::invalid::{At, InvalidRequest};
use super::value::{Object, Text, TextFlag};
use crate::schema::{choices, texts};

/// `customer` as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Customer, description = "Who pays")]
#[serde(default)]
pub(crate) struct RawCustomer<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::email)]
    email_id: Text<'a>,
    #[schema(schema_with = texts::person_name)]
    first_name: Text<'a>,
    #[schema(schema_with = texts::person_name)]
    last_name: Text<'a>,
    #[schema(schema_with = texts::customer_id)]
    customer_id: Text<'a>,
    #[schema(schema_with = texts::mobile_number)]
    mobile_number: Text<'a>,
    #[schema(schema_with = texts::country_code)]
    country_code: Text<'a>,
    #[schema(value_type = RawAddress<'a>)]
    billing_address: Object<RawAddress<'a>>,
    #[schema(value_type = RawAddress<'a>)]
    shipping_address: Object<RawAddress<'a>>,
    #[schema(schema_with = texts::customer_reference)]
    merchant_customer_reference: Text<'a>,
    #[schema(schema_with = texts::gstin)]
    gstin: Text<'a>,
    #[schema(schema_with = choices::editable_given)]
    is_edit_customer_details_allowed: TextFlag,
}

/// An address as it is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Address, description = "An address")]
#[serde(default)]
struct RawAddress<'a> {
    #[serde(borrow)]
    #[schema(schema_with = texts::address_line)]
    address1: Text<'a>,
    #[schema(schema_with = texts::address_line)]
    address2: Text<'a>,
    #[schema(schema_with = texts::address_line)]
    address3: Text<'a>,
    #[schema(schema_with = texts::pincode)]
    pincode: Text<'a>,
    #[schema(schema_with = texts::place_name)]
    city: Text<'a>,
    #[schema(schema_with = texts::place_name)]
    state: Text<'a>,
    #[schema(schema_with = texts::place_name)]
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
