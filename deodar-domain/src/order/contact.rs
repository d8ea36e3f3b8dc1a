//! The payer changes how the payer is reached.

use std::borrow::Cow;

use super::{CONTACT_CHANGES_MAX, Order};
use crate::customer::{Contact, CountryCode, Customer};
use crate::effects::Effects;
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// Takes the details that the payer gave in place of the merchant's, where the merchant allows
    /// that and the order can be paid, [`CONTACT_CHANGES_MAX`] times at most. Those that the payer
    /// left out stay as they are.
    pub fn change_contact(&mut self, given: Contact, now: Timestamp) -> Result<Effects, Refusal> {
        if !self.is_contact_editable() {
            return Err(Refusal::ContactFixed);
        }
        self.may_start(now)?;
        let before = self.contact.clone().unwrap_or_default();
        let contact = given.over(before.clone());
        if contact == before {
            return Ok(Effects::none());
        }
        self.0.contact = Some(contact);
        self.0.contact_changes += 1;
        self.0.updated_at = now;
        Ok(Effects::none())
    }

    /// Whether the merchant lets the payer change the contact details, and the payer has not done
    /// so too often.
    pub fn is_contact_editable(&self) -> bool {
        let allowed = self.terms.customer.as_ref().is_some_and(|customer| customer.editable);
        allowed && self.contact_changes < CONTACT_CHANGES_MAX
    }

    /// Who pays: what the merchant said, with the details that the payer gave in place of it.
    pub fn customer(&self) -> Option<Cow<'_, Customer>> {
        let customer = self.terms.customer.as_ref()?;
        let Some(contact) = &self.contact else { return Some(Cow::Borrowed(customer)) };
        let contact = contact.clone();
        let country_code = customer.country_code.clone();
        Some(Cow::Owned(Customer {
            email: contact.email.or_else(|| customer.email.clone()),
            first_name: contact.first_name.or_else(|| customer.first_name.clone()),
            last_name: contact.last_name.or_else(|| customer.last_name.clone()),
            country_code: country_code
                .or_else(|| contact.mobile.is_some().then(CountryCode::india)),
            mobile: contact.mobile.or_else(|| customer.mobile.clone()),
            ..customer.clone()
        }))
    }
}
