//! The merchants' own references: idempotency keys that are kept for ever.

use crate::text::{NO_CONTROL, printable, text_type};

fn reference_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

text_type!(
    /// A merchant's reference of an order, a link, a capture or a refund: 1–50 of `A-Z a-z 0-9 - _`.
    MerchantReference, 1, 50, reference_character,
    "must contain only the characters A-Z, a-z, 0-9, - and _"
);
text_type!(
    /// A merchant's reference of a payment: 1–50 printable characters.
    PaymentReference, 1, 50, printable, NO_CONTROL
);
