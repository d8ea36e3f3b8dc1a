//! The texts of wallets, loyalty points, instalments and Pay Later.

use deodar_domain::customer::MobileNumber;
use deodar_domain::emi::TENURE_MAX_MONTHS;
use deodar_domain::instrument::WalletCode;
use deodar_domain::pay_later::{DeviceText, MOBILE_LENGTH};
use utoipa::openapi::schema::{KnownFormat, Object, SchemaFormat};

use super::{one_of, string, string_or_integer};

/// The code of a wallet.
pub fn wallet_code() -> Object {
    string("The code of the wallet")
        .min_length(Some(WalletCode::LENGTH_MIN))
        .max_length(Some(WalletCode::LENGTH_MAX))
        .pattern(Some("^[A-Za-z0-9_-]+$"))
        .examples(["AMAZON_PAY"])
        .build()
}

fn mobile(description: &str, min: usize) -> Object {
    string_or_integer(description)
        .min_length(Some(min))
        .max_length(Some(MobileNumber::LENGTH_MAX))
        .pattern(Some("^[0-9]+$"))
        .examples(["9876543210"])
        .build()
}

/// The mobile number of a card with points.
pub fn points_mobile() -> Object {
    mobile("The mobile number by which the card's bank knows the payer", 10)
}

/// The mobile number of a lender's customer.
pub fn cardless_mobile() -> Object {
    mobile("The mobile number by which the lender knows the payer", 9)
}

/// The mobile number of a Pay Later account.
pub fn pay_later_mobile() -> Object {
    string_or_integer("The mobile number by which the lender knows the payer")
        .min_length(Some(MOBILE_LENGTH))
        .max_length(Some(MOBILE_LENGTH))
        .pattern(Some("^[0-9]{10}$"))
        .examples(["9876543210"])
        .build()
}

/// The same, of which a part may be hidden.
pub fn masked_mobile() -> Object {
    const TEXT: &str = "The mobile number by which the lender knows the payer: 10 digits, of which \
                        the first may be hidden behind `x`";
    string_or_integer(TEXT)
        .min_length(Some(MOBILE_LENGTH))
        .max_length(Some(MOBILE_LENGTH))
        .pattern(Some("^[xX]*[0-9]+$"))
        .examples(["xxxxxx2032"])
        .build()
}

/// The last digits of a card with points.
pub fn card_last4() -> Object {
    string_or_integer("The last four digits of `card_number`")
        .min_length(Some(4))
        .max_length(Some(4))
        .pattern(Some("^[0-9]{4}$"))
        .examples(["1112"])
        .build()
}

/// A Permanent Account Number.
pub fn pan_number() -> Object {
    string("The payer's PAN. It goes to the lender, and is never stored or answered")
        .pattern(Some("^([A-Za-z]{5}[0-9]{4}[A-Za-z]|[0-9]{3}[0-9A-Za-z])$"))
        .examples(["ABCDE1234F"])
        .build()
}

/// The end of a Permanent Account Number.
pub fn pan_last_digits() -> Object {
    string_or_integer("The last four characters of the payer's PAN, where not all are known")
        .min_length(Some(4))
        .pattern(Some("^([A-Za-z]{5}[0-9]{4}[A-Za-z]|[0-9]{3}[0-9A-Za-z])$"))
        .examples(["1234"])
        .build()
}

/// What is told of the payer's device.
pub fn device_text() -> Object {
    string_or_integer("Free text")
        .min_length(Some(DeviceText::LENGTH_MIN))
        .max_length(Some(DeviceText::LENGTH_MAX))
        .build()
}

/// What a tenure is counted in.
pub fn tenure_type() -> Object {
    one_of("What the tenure is counted in", ["MONTH"])
}

/// Over how many months an EMI is paid back.
pub fn tenure_value_given() -> Object {
    string_or_integer("Over how many months it is paid back; one of the acquirer's tenures")
        .minimum(Some(1))
        .maximum(Some(TENURE_MAX_MONTHS))
        .pattern(Some("^[0-9]{1,2}$"))
        .examples([6])
        .build()
}

/// Who lends.
pub fn issuer_type() -> Object {
    one_of(
        "Who lends: the bank of a credit card or of a debit card, or a lender without a card",
        ["CC_BANK", "DC_BANK", "NBFC"],
    )
}

/// What kind of plan an EMI is.
pub fn emi_type() -> Object {
    one_of("Whether the payer pays interest", ["STANDARD", "NO_COST"])
}

/// When an instalment is due.
pub fn due_date() -> Object {
    string("By when, in India")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .pattern(Some(r"^\d{4}-\d{2}-\d{2}$"))
        .examples(["2026-12-21"])
        .build()
}

/// How much more a payer may borrow.
pub fn credit_limit() -> Object {
    string("How much more the payer may borrow, in paise, as text")
        .pattern(Some("^[0-9]+$"))
        .examples(["1000000"])
        .build()
}
