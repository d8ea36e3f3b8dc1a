//! The mobile numbers by which banks and lenders know a payer: ten digits, as India dials them.

use deodar_domain::customer::{CountryCode, MobileNumber};
use deodar_domain::order::Order;
use deodar_domain::pay_later::{self, MOBILE_LENGTH};

/// How many of the last digits are told to whoever has the page.
const SHOWN_DIGITS: usize = 2;

/// Reads a number as payers write it: with gaps, and with India's calling code or a zero before it.
pub(crate) fn read(text: &str) -> Option<MobileNumber> {
    let plain: String =
        text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}')).collect();
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let whole = |prefix| plain.strip_prefix(prefix).filter(|rest| rest.len() == MOBILE_LENGTH);
    let digits = whole(CountryCode::INDIA).or_else(|| whole("0")).unwrap_or(plain);
    pay_later::parse_mobile(digits).ok()
}

/// The number of the order's customer, where it is one that banks and lenders of India know.
pub(crate) fn of_customer(order: &Order) -> Option<MobileNumber> {
    let customer = order.customer()?;
    let code = customer.country_code.as_ref().map_or(CountryCode::INDIA, CountryCode::as_str);
    let is_indian = code.strip_prefix('+').unwrap_or(code) == CountryCode::INDIA;
    customer.mobile.as_ref().filter(|_| is_indian).and_then(|mobile| read(mobile.as_str()))
}

/// The last digits, by which its owner knows a number.
pub(crate) fn ending(mobile: &MobileNumber) -> &str {
    let digits = mobile.as_str();
    digits.get(digits.len().saturating_sub(SHOWN_DIGITS)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_payers_write_it() {
        let cases = [
            ("9876543210", true),
            (" 98765 43210 ", true),
            ("+91 98765-43210", true),
            ("919876543210", true),
            ("09876543210", true),
            ("", false),
            ("987654321", false),
            ("98765432101", false),
            ("xxxxxx3210", false),
            ("९८७६५४३२१०", false),
        ];
        for (text, reads) in cases {
            let mobile = read(text);
            let digits = mobile.as_ref().map(MobileNumber::as_str);
            assert_eq!(digits, reads.then_some("9876543210"), "{text:?}");
        }
        // A number may begin like a calling code.
        assert_eq!(read("9198765432").as_ref().map(MobileNumber::as_str), Some("9198765432"));
    }
}
