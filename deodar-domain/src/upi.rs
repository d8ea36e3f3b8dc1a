//! UPI: the virtual payment address and the `upi://pay` link (NPCI, UPI linking specifications).

use std::fmt;

use crate::id::OperationId;
use crate::money::Money;
use crate::text::{InvalidText, check};

/// A virtual payment address, `name@handle`, in lower case. It is often a mobile number and does
/// not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Vpa(Box<str>);

impl fmt::Debug for Vpa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vpa(…)")
    }
}

impl Vpa {
    /// The most characters of an address.
    pub const LENGTH_MAX: usize = 255;

    /// Reads an address: letters, digits, dots, hyphens and underscores, one `@`, and a handle.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const MESSAGE: &str = "must be a UPI ID like name@bank";
        let text = text.trim();
        check(text, 3, Self::LENGTH_MAX, |c| c.is_ascii_graphic(), MESSAGE)?;
        let (name, handle) = text.split_once('@').ok_or(InvalidText::Alphabet(MESSAGE))?;
        let name_ok = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        let handle_ok = !handle.is_empty() && handle.chars().all(|c| c.is_ascii_alphanumeric());
        if name_ok && handle_ok {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(InvalidText::Alphabet(MESSAGE))
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The link that a UPI app opens: `upi://pay?pa=…&pn=…&am=…&tr=…&cu=INR`.
pub fn pay_link(payee: &Vpa, name: &str, amount: Money, operation: OperationId) -> String {
    format!(
        "upi://pay?pa={}&pn={}&am={}&tr={}&cu={}",
        payee.as_str(),
        percent_encode(name),
        amount.decimal(),
        operation,
        amount.currency()
    )
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
