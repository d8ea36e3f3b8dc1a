//! The stored form of the contact details that a payer gave.

use deodar_domain::customer::{Contact, Email, MobileNumber, PersonName};
use serde::{Deserialize, Serialize};

use super::customer::STORED_MOBILE_LENGTH_MIN;
use super::value::{Text, read_optional};
use crate::store::StoreError;

/// The stored form of a [`Contact`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredContact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<Text<'a>>,
}

impl<'a> StoredContact<'a> {
    pub(super) fn of(contact: &'a Contact) -> Self {
        Self {
            first_name: contact.first_name.as_ref().map(|text| Text::of(text.as_str())),
            last_name: contact.last_name.as_ref().map(|text| Text::of(text.as_str())),
            email: contact.email.as_ref().map(|text| Text::of(text.as_str())),
            mobile: contact.mobile.as_ref().map(|text| Text::of(text.as_str())),
        }
    }

    pub(super) fn restore(&self) -> Result<Contact, StoreError> {
        let name = |text, field| read_optional(text, field, PersonName::parse);
        let mobile = |text: &str| MobileNumber::parse(text, STORED_MOBILE_LENGTH_MIN);
        Ok(Contact {
            first_name: name(self.first_name.as_ref(), "contact.first_name")?,
            last_name: name(self.last_name.as_ref(), "contact.last_name")?,
            email: read_optional(self.email.as_ref(), "contact.email", Email::parse)?,
            mobile: read_optional(self.mobile.as_ref(), "contact.mobile", mobile)?,
        })
    }
}
