//! What is shown of the payer's own details: enough to recognise them, too little to learn them.

use deodar_domain::customer::Customer;
use deodar_domain::upi::Vpa;

/// A name with all but the first letter of each word hidden: `K••• S•••`. The number of dots does
/// not tell the length.
pub(crate) fn name(text: &str) -> String {
    let words = text.split_whitespace().filter_map(|word| word.chars().next());
    words.map(|first| format!("{first}•••")).collect::<Vec<_>>().join(" ")
}

/// A UPI address with all but its first letters and its handle hidden: `su•••@upi`.
pub(crate) fn vpa(vpa: &Vpa) -> String {
    let (name, handle) = vpa.as_str().split_once('@').unwrap_or((vpa.as_str(), ""));
    let shown = if name.chars().count() > 4 { 2 } else { 1 };
    let first: String = name.chars().take(shown).collect();
    format!("{first}•••@{handle}")
}

/// The payer's own name, phone and e-mail, masked, as far as the merchant gave them.
pub(crate) fn customer(customer: &Customer) -> Vec<String> {
    let names = [&customer.first_name, &customer.last_name];
    let full: Vec<String> = names.into_iter().flatten().map(|part| name(part.as_str())).collect();
    let mut shown = Vec::new();
    if !full.is_empty() {
        shown.push(full.join(" "));
    }
    if let Some(mobile) = &customer.mobile {
        shown.push(mobile.masked());
    }
    if let Some(email) = &customer.email {
        shown.push(email.masked());
    }
    shown
}

#[cfg(test)]
mod tests {
    use deodar_domain::customer::{Email, MobileNumber, PersonName};

    use super::*;

    #[test]
    fn a_payer_recognises_the_details_and_nobody_learns_them() {
        let payer = Customer {
            first_name: Some(PersonName::parse("Kevin Anil").unwrap()),
            last_name: Some(PersonName::parse("Bob").unwrap()),
            mobile: Some(MobileNumber::parse("9876543210", 10).unwrap()),
            email: Some(Email::parse("kevin.bob@example.com").unwrap()),
            ..Customer::default()
        };
        assert_eq!(customer(&payer), ["K••• A••• B•••", "••••••••10", "k•••@example.com"]);
    }

    #[test]
    fn a_upi_address_is_masked() {
        let cases = [("success@upi", "su•••@upi"), ("raj@okbank", "r•••@okbank")];
        for (address, masked) in cases {
            assert_eq!(vpa(&Vpa::parse(address).unwrap()), masked);
        }
    }
}
