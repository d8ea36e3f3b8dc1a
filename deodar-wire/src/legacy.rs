//! The words of the legacy Pay by Link API: forms in, JSON out.
//!
//! Every answer has a code and its message, and the codes have an order: what is checked first is
//! answered first.

mod answer;
mod form;
mod new_link;

pub use answer::{LegacyAnswer, LegacyLinkAnswer, LegacyStatusAnswer};
pub use form::LegacyForm;

/// What is answered, where it is no success: a code and its message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegacyRefusal {
    /// Anything without a code of its own.
    Failure,
    /// The amount is missing, no whole number, or out of range.
    Amount,
    /// The merchant's number is missing, no number, or unknown.
    MerchantId,
    /// The description is too long, or has control characters.
    Description,
    /// The e-mail address is malformed.
    Email,
    /// The mobile number is malformed.
    Mobile,
    /// The product's code is malformed, or too long.
    ProductCode,
    /// The access code is missing, or has not the shape of one.
    AccessCode,
    /// The access code is not this merchant's.
    Pair,
    /// There is a product's code, and the merchant's brand EMI is off.
    BrandEmiOff,
    /// Brand EMI is on, and the product's code is missing or not one of the merchant's.
    UnknownProduct,
}

impl LegacyRefusal {
    /// Every refusal, in the order of the codes.
    pub const ALL: [Self; 11] = [
        Self::Failure,
        Self::Amount,
        Self::MerchantId,
        Self::Description,
        Self::Email,
        Self::Mobile,
        Self::ProductCode,
        Self::AccessCode,
        Self::Pair,
        Self::BrandEmiOff,
        Self::UnknownProduct,
    ];

    /// The code.
    pub const fn code(self) -> i8 {
        match self {
            Self::Failure => -1,
            Self::Amount => -2,
            Self::MerchantId => -3,
            Self::Description => -4,
            Self::Email => -5,
            Self::Mobile => -6,
            Self::ProductCode => -7,
            Self::AccessCode => -8,
            Self::Pair => -9,
            Self::BrandEmiOff => -10,
            Self::UnknownProduct => -11,
        }
    }

    /// The code's message.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Failure => "FAILURE",
            Self::Amount => "INVALID AMOUNT",
            Self::MerchantId => "INVALID MERCHANT_ID",
            Self::Description => "INVALID PRODUCT DESCRIPTION",
            Self::Email => "INVALID CUSTOMER EMAIL ID",
            Self::Mobile => "INVALID CUSTOMER MOBILE NO",
            Self::ProductCode => "INVALID PRODUCT_CODE",
            Self::AccessCode => "INVALID MERCHANT_ACCESS_CODE",
            Self::Pair => "INVALID MERCHANT ID ACCESS CODE",
            Self::BrandEmiOff => "BRAND_EMI_NOT_ENABLED_AND_PRODUCT_CODE_PRESENT_IN_REQUEST",
            Self::UnknownProduct => {
                "EITHER PRODUCT_CODE NOT PRESENT OR MAPPING NOT PRESENT WITH MERCHANT"
            }
        }
    }
}
