//! Pay Later: a lender pays the merchant at once, and the payer pays the lender back.

use std::fmt;

use crate::customer::MobileNumber;
use crate::day::Day;
use crate::instalment::Instalment;
use crate::money::Money;
use crate::text::{InvalidText, NO_CONTROL, printable, text_type};

/// How many digits the mobile number of a Pay Later account has.
pub const MOBILE_LENGTH: usize = 10;
/// The parts in which SIMPL3 is paid back.
const PARTS_IN_THREE: u16 = 3;
/// The day of the month on which the second and third part are due.
const DUE_DAY_IN_THREE: i8 = 21;
/// The least that can be split in three, in minor units: each part is one rupee at least.
pub const IN_THREE_MIN_PAISE: u64 = 300;

/// A Pay Later lender.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum PayLaterProvider {
    /// `LazyPay`: one bill.
    LazyPay,
    /// `Simpl`: one bill.
    Simpl,
    /// `Simpl` in three parts.
    SimplInThree,
}

impl PayLaterProvider {
    /// All lenders, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::LazyPay, Self::Simpl, Self::SimplInThree];

    /// The lender's pay code in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LazyPay => "LAZYPAY",
            Self::Simpl => "SIMPL",
            Self::SimplInThree => "SIMPL3",
        }
    }

    /// The lender of a pay code, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name().eq_ignore_ascii_case(name))
    }

    /// Whether the lender must be told of the payer's device.
    pub const fn needs_device(self) -> bool {
        matches!(self, Self::Simpl | Self::SimplInThree)
    }

    /// The instalments in which `amount`, lent on `today`, is paid back; none where it is one bill
    /// or where the amount is too small to be split. What cannot be divided goes on the first.
    pub fn instalments(self, amount: Money, today: Day) -> Vec<Instalment> {
        if self != Self::SimplInThree || amount.minor() < IN_THREE_MIN_PAISE {
            return Vec::new();
        }
        let parts = u64::from(PARTS_IN_THREE);
        let (part, rest) = (amount.minor() / parts, amount.minor() % parts);
        (0..PARTS_IN_THREE)
            .map(|index| Instalment {
                serial: index + 1,
                amount: Money::new(part + if index == 0 { rest } else { 0 }, amount.currency()),
                due: if index == 0 { today } else { today.in_months(index, DUE_DAY_IN_THREE) },
            })
            .collect()
    }
}

/// The mobile number of a Pay Later account as an eligibility check takes it: ten digits, of which
/// the first may be hidden behind `x`. It does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MaskedMobile(Box<str>);

impl MaskedMobile {
    /// Reads ten digits, of which the first may be hidden.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const SHAPE: InvalidText = InvalidText::Alphabet("must be a mobile number of 10 digits");
        let digits = text.trim_start_matches(['x', 'X']);
        let is_number = text.len() == MOBILE_LENGTH
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text.to_ascii_lowercase().into())) } else { Err(SHAPE) }
    }

    /// The number, with what is hidden of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&MobileNumber> for MaskedMobile {
    fn from(mobile: &MobileNumber) -> Self {
        Self(mobile.as_str().into())
    }
}

impl fmt::Debug for MaskedMobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskedMobile(…)")
    }
}

/// Reads the whole mobile number of a Pay Later account: ten digits.
pub fn parse_mobile(text: &str) -> Result<MobileNumber, InvalidText> {
    if text.len() > MOBILE_LENGTH {
        return Err(InvalidText::TooLong { max: MOBILE_LENGTH });
    }
    MobileNumber::parse(text, MOBILE_LENGTH)
}

text_type!(
    /// What the merchant knows of the payer's device: free text.
    DeviceText, 1, 1024, printable, NO_CONTROL
);

/// The payer's device, for a lender's own checks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Device {
    /// The operating system.
    pub operating_system: Option<DeviceText>,
    /// The address that the request comes from.
    pub source_ip_address: Option<DeviceText>,
    /// The address of the browser.
    pub browser_ip_address: Option<DeviceText>,
    /// What the browser calls itself.
    pub browser_user_agent: Option<DeviceText>,
    /// The model.
    pub device_model: Option<DeviceText>,
    /// Who made it.
    pub device_manufacturer: Option<DeviceText>,
}

/// What a lender says before it is asked to pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Eligibility {
    /// Whether it would pay this amount for this payer.
    pub eligible: bool,
    /// How much more the payer may borrow, in all.
    pub limit: Money,
    /// The instalments in which the amount would be paid back; none where it is one bill.
    pub instalments: Vec<Instalment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(provider: PayLaterProvider, paise: u64) -> Vec<(u16, u64, String)> {
        let today = Day::parse("2025-06-30").unwrap();
        provider
            .instalments(Money::paise(paise), today)
            .into_iter()
            .map(|part| (part.serial, part.amount.minor(), part.due.to_string()))
            .collect()
    }

    #[test]
    fn what_cannot_be_divided_in_three_goes_on_the_first() {
        let due = ["2025-06-30", "2025-07-21", "2025-08-21"].map(str::to_owned);
        for (paise, parts) in
            [(3_400, [1_134, 1_133, 1_133]), (300, [100, 100, 100]), (302, [102, 100, 100])]
        {
            let expected: Vec<_> =
                (1..).zip(parts).zip(due.clone()).map(|((n, part), day)| (n, part, day)).collect();
            assert_eq!(amounts(PayLaterProvider::SimplInThree, paise), expected);
        }
    }

    #[test]
    fn one_bill_and_what_is_too_small_have_no_instalments() {
        assert!(amounts(PayLaterProvider::SimplInThree, 299).is_empty());
        assert!(amounts(PayLaterProvider::Simpl, 3_400).is_empty());
        assert!(amounts(PayLaterProvider::LazyPay, 3_400).is_empty());
    }

    #[test]
    fn a_hidden_number_is_letters_x_and_then_digits() {
        for text in ["9876543210", "xxxxxx2032", "xxxxxxxxx1", "XXXXXX2032"] {
            assert!(MaskedMobile::parse(text).is_ok(), "{text}");
        }
        for text in
            ["", "xxxxxxxxxx", "987654321", "98765432101", "xx12xx3456", "987654321٠", "98765x3210"]
        {
            assert!(MaskedMobile::parse(text).is_err(), "{text}");
        }
        assert!(parse_mobile("xxxxxx2032").is_err());
        assert!(parse_mobile("9876543210").is_ok());
        assert!(parse_mobile("98765432101").is_err());
    }
}
