//! Texts with a length and an alphabet: once made, they need no further check.

use thiserror::Error;

/// Why a text was refused. The message is written for the caller of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidText {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// It is too short.
    #[error("must be at least {min} characters")]
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// It is too long.
    #[error("must be less than or equal to {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// It has a character outside its alphabet.
    #[error("{0}")]
    Alphabet(&'static str),
}

/// Checks length in characters, that no control character is there, and the alphabet.
pub(crate) fn check(
    text: &str,
    min: usize,
    max: usize,
    allowed: impl Fn(char) -> bool,
    message: &'static str,
) -> Result<(), InvalidText> {
    if text.is_empty() && min > 0 {
        return Err(InvalidText::Empty);
    }
    let is_ascii = text.is_ascii();
    let length = if is_ascii { text.len() } else { text.chars().count() };
    if length < min {
        return Err(InvalidText::TooShort { min });
    }
    if length > max {
        return Err(InvalidText::TooLong { max });
    }
    // Nearly every text is of bytes that are characters.
    let is_allowed = if is_ascii {
        text.bytes().all(|byte| allowed(char::from(byte)))
    } else {
        text.chars().all(allowed)
    };
    if !is_allowed {
        return Err(InvalidText::Alphabet(message));
    }
    Ok(())
}

/// Anything but control characters.
pub(crate) fn printable(character: char) -> bool {
    !character.is_control()
}

/// Decimal digits.
pub(crate) fn digit(character: char) -> bool {
    character.is_ascii_digit()
}

pub(crate) const NO_CONTROL: &str = "must not contain control characters";
pub(crate) const DIGITS: &str = "must contain the digits 0-9 only";

/// Declares a text type with its limits and alphabet.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, $min:expr, $max:expr, $allowed:expr, $message:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(Box<str>);

        impl $name {
            /// The fewest characters allowed.
            pub const LENGTH_MIN: usize = $min;
            /// The most characters allowed.
            pub const LENGTH_MAX: usize = $max;

            /// Checks `text` and takes it.
            pub fn parse(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::check(text, $min, $max, $allowed, $message)?;
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

text_type!(
    /// What a payment is for, as the payer reads it.
    Description, 1, 255, printable, NO_CONTROL
);
text_type!(
    /// The merchant's name, as the payer reads it.
    MerchantName, 1, 100, printable, NO_CONTROL
);
text_type!(
    /// The merchant's code of a product.
    ProductCode, 1, 100, printable, NO_CONTROL
);
text_type!(
    /// A key of the merchant's own metadata.
    MetadataKey, 1, 256, printable, NO_CONTROL
);
text_type!(
    /// A value of the merchant's own metadata. The documents' own sample is longer than the 256
    /// characters that they state, so the limit is 1,024.
    MetadataValue, 0, 1024, printable, NO_CONTROL
);
