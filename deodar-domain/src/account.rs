//! The bank account that alone may pay (third-party validation).

use std::fmt;

use crate::text::{NO_CONTROL, check, printable, text_type};

fn alphanumeric(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

text_type!(
    /// A bank account's number.
    AccountNumber, 1, 40, alphanumeric, "must contain letters and digits only"
);
text_type!(
    /// A bank's name.
    BankName, 1, 100, printable, NO_CONTROL
);

/// The Indian Financial System Code of a bank's branch, in capitals.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Ifsc(Box<str>);

impl Ifsc {
    /// Reads eleven characters: four letters, a zero, six letters or digits.
    pub fn parse(text: &str) -> Result<Self, crate::text::InvalidText> {
        const MESSAGE: &str = "must be an IFSC of 11 characters, like HDFC0000123";
        check(text, 11, 11, alphanumeric, MESSAGE)?;
        let text = text.to_ascii_uppercase();
        let shape = text.bytes().enumerate().all(|(at, byte)| match at {
            0..=3 => byte.is_ascii_uppercase(),
            4 => byte == b'0',
            _ => true,
        });
        if shape { Ok(Self(text.into())) } else { Err(crate::text::InvalidText::Alphabet(MESSAGE)) }
    }

    /// The eleven characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bank account. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// Its number.
    pub number: AccountNumber,
    /// Its branch.
    pub ifsc: Option<Ifsc>,
    /// Its bank.
    pub bank_name: Option<BankName>,
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankAccount(…)")
    }
}
