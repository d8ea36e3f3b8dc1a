//! Money: an integer number of minor units (paise) with its currency, and checked arithmetic.

use std::fmt;

use thiserror::Error;

/// The smallest amount of an order, link, payment or capture, in minor units (₹1).
pub const AMOUNT_MIN_PAISE: u64 = 100;
/// The largest amount of an order or link, in minor units (₹10 lakh).
pub const AMOUNT_MAX_PAISE: u64 = 100_000_000;

/// A currency by its ISO 4217 code, with the exponent of its minor unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
}

/// The currencies that this gateway knows, with their ISO 4217 exponents.
const CURRENCIES: &[([u8; 3], u8)] = &[
    (*b"AED", 2),
    (*b"AUD", 2),
    (*b"BHD", 3),
    (*b"CAD", 2),
    (*b"CHF", 2),
    (*b"CNY", 2),
    (*b"EUR", 2),
    (*b"GBP", 2),
    (*b"HKD", 2),
    (*b"IDR", 2),
    (*b"INR", 2),
    (*b"JPY", 0),
    (*b"KWD", 3),
    (*b"LKR", 2),
    (*b"MYR", 2),
    (*b"NPR", 2),
    (*b"NZD", 2),
    (*b"OMR", 3),
    (*b"QAR", 2),
    (*b"SAR", 2),
    (*b"SGD", 2),
    (*b"THB", 2),
    (*b"USD", 2),
    (*b"ZAR", 2),
];

impl Currency {
    /// The Indian rupee.
    pub const INR: Self = Self { code: *b"INR" };

    /// The currency of an ISO 4217 code in capitals, if the gateway knows it.
    pub fn from_code(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        CURRENCIES.iter().any(|(known, _)| *known == code).then_some(Self { code })
    }

    /// The ISO 4217 code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimal digits the minor unit has: 2 for INR, 0 for JPY.
    pub fn exponent(&self) -> u8 {
        CURRENCIES
            .iter()
            .find(|(known, _)| *known == self.code)
            .map_or(2, |(_, exponent)| *exponent)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount that is not negative, in minor units of its currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: u64,
    currency: Currency,
}

/// Why two amounts could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The amounts are of different currencies.
    #[error("amounts of {0} and {1} cannot be combined")]
    CurrencyMismatch(Currency, Currency),
    /// The result does not fit, or would be negative.
    #[error("the amount is out of range")]
    OutOfRange,
}

impl Money {
    /// An amount of `minor` units of `currency`.
    pub const fn new(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount of Indian rupees, in paise.
    pub const fn paise(paise: u64) -> Self {
        Self::new(paise, Currency::INR)
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The number of minor units.
    pub const fn minor(&self) -> u64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether this is nothing at all.
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self::new(minor, self.currency))
    }

    /// What remains when `other` is taken away; an error where that is less than nothing.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Whether this is more than `other`; an error where the currencies differ.
    pub fn exceeds(self, other: Self) -> Result<bool, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor > other.minor)
    }

    /// The smaller of both; an error where the currencies differ.
    pub fn at_most(self, other: Self) -> Result<Self, MoneyError> {
        Ok(if self.exceeds(other)? { other } else { self })
    }

    /// The digits of the minor units, with at least one before those of the fraction, and how many
    /// of them are before it.
    fn digits(&self) -> (String, usize) {
        let exponent = usize::from(self.currency.exponent());
        let mut digits = self.minor.to_string();
        if let Some(missing) = (exponent + 1).checked_sub(digits.len()) {
            digits.insert_str(0, &"0".repeat(missing));
        }
        let whole = digits.len().saturating_sub(exponent);
        (digits, whole)
    }

    /// The amount in major units with all decimals and no grouping: `500.00`.
    pub fn decimal(&self) -> String {
        let (mut digits, whole) = self.digits();
        if whole < digits.len() {
            digits.insert(whole, '.');
        }
        digits
    }

    /// The amount as an Indian reader writes it, with lakh grouping: `₹1,00,000.00`.
    /// Other currencies carry their code: `USD 1,00,000.00`.
    pub fn display_indian(&self) -> String {
        let (digits, length) = self.digits();
        // Room for all of it: a sign or a code, and a comma for at most every second digit.
        let mut out = String::with_capacity(2 * digits.len() + 4);
        if self.currency == Currency::INR {
            out.push('₹');
        } else {
            out.push_str(self.currency.code());
            out.push(' ');
        }
        for (index, digit) in digits.chars().enumerate() {
            if index == length {
                out.push('.');
            } else if let Some(left) = length.checked_sub(index)
                && index > 0
                && (left == 3 || (left > 3 && left % 2 == 1))
            {
                out.push(',');
            }
            out.push(digit);
        }
        out
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}
