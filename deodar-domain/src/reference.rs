//! The merchants' own references: idempotency keys that are kept for ever.

use crate::text::{InvalidText, NO_CONTROL, check, printable, text_type};

fn reference_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

fn legacy_reference_character(character: char) -> bool {
    printable(character) && character != '&' && character != '='
}

text_type!(
    /// A merchant's reference of an order, a link, a capture or a refund: 1–50 of `A-Z a-z 0-9 - _`.
    /// That of a link which the legacy API made may be any that
    /// [`MerchantReference::parse_legacy`] takes.
    MerchantReference, 1, 50, reference_character,
    "must contain only the characters A-Z, a-z, 0-9, - and _"
);
impl MerchantReference {
    /// The most characters that the legacy API allows.
    pub const LEGACY_LENGTH_MAX: usize = 100;

    /// Checks a reference by the wider rule of the legacy API: 1–100 printable characters, not all
    /// of them blank, and neither `&` nor `=`, which part the fields of what is signed.
    pub fn parse_legacy(text: &str) -> Result<Self, InvalidText> {
        const MESSAGE: &str = "must not contain control characters, & or =";
        check(text, 1, Self::LEGACY_LENGTH_MAX, legacy_reference_character, MESSAGE)?;
        if text.trim().is_empty() {
            return Err(InvalidText::Empty);
        }
        Ok(Self(text.into()))
    }
}

text_type!(
    /// A merchant's reference of a payment: 1–50 printable characters.
    PaymentReference, 1, 50, printable, NO_CONTROL
);
