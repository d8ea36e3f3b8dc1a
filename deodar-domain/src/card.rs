//! Cards: the number, the CVV and the expiry, and what may be kept of them.
//!
//! Architecture Invariant: [`CardNumber`] and [`Cvv`] do not print, compare, serialise or reach a
//! store; they are wiped when they are dropped.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::text::{NO_CONTROL, printable, text_type};
use crate::time::Timestamp;

/// The fewest digits of a card number (ISO/IEC 7812).
pub const CARD_NUMBER_LENGTH_MIN: usize = 12;
/// The most digits of a card number (ISO/IEC 7812).
pub const CARD_NUMBER_LENGTH_MAX: usize = 19;

text_type!(
    /// The name on a card. It may be empty.
    CardholderName, 0, 100, printable, NO_CONTROL
);

/// Why a card's detail was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidCard {
    /// Not 12 to 19 digits.
    #[error("must be 12 to 19 digits")]
    NumberShape,
    /// The check digit is wrong (Luhn, ISO/IEC 7812-1 annex B).
    #[error("is not a valid card number")]
    CheckDigit,
    /// Not the three or four digits that the brand prints.
    #[error("must be the 3 digits on the back of the card, 4 on the front for American Express")]
    Cvv,
    /// Not a month and a year.
    #[error("must be a month from 01 to 12 and a year of two or four digits")]
    Expiry,
    /// The card has expired.
    #[error("is in the past")]
    Expired,
}

/// A card number that passes the Luhn check. It is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// Reads 12 to 19 digits, with spaces or hyphens between them, that pass the Luhn check.
    pub fn parse(text: &str) -> Result<Self, InvalidCard> {
        let mut digits = Zeroizing::new(String::with_capacity(CARD_NUMBER_LENGTH_MAX));
        for character in text.trim().chars() {
            match character {
                ' ' | '-' => {}
                '0'..='9' if digits.len() < CARD_NUMBER_LENGTH_MAX => digits.push(character),
                _ => return Err(InvalidCard::NumberShape),
            }
        }
        if digits.len() < CARD_NUMBER_LENGTH_MIN {
            return Err(InvalidCard::NumberShape);
        }
        if luhn(&digits) { Ok(Self(digits)) } else { Err(InvalidCard::CheckDigit) }
    }

    /// The digits, for the acquirer alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four digits, which may be shown and kept.
    pub fn last4(&self) -> Last4 {
        Last4(self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default().into())
    }

    /// The brand, by the first digits.
    pub fn brand(&self) -> CardBrand {
        CardBrand::of(&self.0)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(…)")
    }
}

/// Whether the digits pass the Luhn check.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The last four digits of a card number.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Last4(Box<str>);

impl Last4 {
    /// Takes four digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self(text.into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A card's verification value. It is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Cvv(Zeroizing<String>);

impl Cvv {
    /// Reads the three digits, or the four of American Express.
    pub fn parse(text: &str, brand: CardBrand) -> Result<Self, InvalidCard> {
        let length = if brand == CardBrand::AmericanExpress { 4 } else { 3 };
        let text = text.trim();
        if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(InvalidCard::Cvv)
        }
    }

    /// The digits, for the acquirer alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cvv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cvv(…)")
    }
}

/// The month in which a card expires.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CardExpiry {
    year: u16,
    month: u8,
}

impl CardExpiry {
    /// Reads a month and a year of two or four digits.
    pub fn parse(month: &str, year: &str) -> Result<Self, InvalidCard> {
        let number = |text: &str| -> Result<u16, InvalidCard> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if digits {
                text.parse().map_err(|_| InvalidCard::Expiry)
            } else {
                Err(InvalidCard::Expiry)
            }
        };
        let (month, year) = (month.trim(), year.trim());
        let year = match year.len() {
            2 => 2000 + number(year)?,
            4 => number(year)?,
            _ => return Err(InvalidCard::Expiry),
        };
        match u8::try_from(number(month)?) {
            Ok(month @ 1..=12) => Ok(Self { year, month }),
            _ => Err(InvalidCard::Expiry),
        }
    }

    /// Reads `MM/YY`, with or without spaces, or `MMYY`.
    pub fn parse_slashed(text: &str) -> Result<Self, InvalidCard> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match compact.split_once(['/', '-']) {
            Some((month, year)) => Self::parse(month, year),
            None if compact.len() == 4 || compact.len() == 6 => {
                let (month, year) = compact.split_at_checked(2).ok_or(InvalidCard::Expiry)?;
                Self::parse(month, year)
            }
            None => Err(InvalidCard::Expiry),
        }
    }

    /// Refuses a card whose last month has ended at `now` everywhere on earth.
    pub fn check_not_past(self, now: Timestamp) -> Result<(), InvalidCard> {
        let compact = now.minus(std::time::Duration::from_hours(12)).compact();
        let current = (
            compact.get(0..2).and_then(|text| text.parse::<u16>().ok()).unwrap_or(0) + 2000,
            compact.get(2..4).and_then(|text| text.parse::<u8>().ok()).unwrap_or(0),
        );
        if (self.year, self.month) < current { Err(InvalidCard::Expired) } else { Ok(()) }
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The year, with its century.
    pub const fn year(self) -> u16 {
        self.year
    }
}

impl fmt::Debug for CardExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardExpiry(…)")
    }
}

/// A card scheme, recognised by the first digits of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardBrand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// RuPay, of the NPCI.
    RuPay,
    /// American Express.
    AmericanExpress,
    /// Diners Club and Discover.
    DinersClub,
    /// Maestro.
    Maestro,
    /// JCB.
    Jcb,
    /// Anything else.
    Unknown,
}

impl CardBrand {
    /// Every brand that is recognised.
    pub const ALL: [Self; 8] = [
        Self::Visa,
        Self::Mastercard,
        Self::RuPay,
        Self::AmericanExpress,
        Self::DinersClub,
        Self::Maestro,
        Self::Jcb,
        Self::Unknown,
    ];

    /// The brand's name in the API, in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "VISA",
            Self::Mastercard => "MASTERCARD",
            Self::RuPay => "RUPAY",
            Self::AmericanExpress => "AMEX",
            Self::DinersClub => "DINERS",
            Self::Maestro => "MAESTRO",
            Self::Jcb => "JCB",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The brand of a name as [`CardBrand::name`] writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.name() == name)
    }

    /// The brand of a number, by the issuer ranges that the schemes publish.
    fn of(digits: &str) -> Self {
        let prefix = |length: usize| -> u32 {
            digits.get(..length).and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        match (prefix(2), prefix(4), prefix(6)) {
            (_, 6521..=6522 | 8172 | 8201, _)
            | (
                _,
                _,
                508_500..=508_999
                | 606_985..=607_984
                | 608_001..=608_500
                | 652_150..=653_149
                | 817_200..=820_199,
            ) => Self::RuPay,
            (40..=49, _, _) => Self::Visa,
            (51..=55, _, _) | (_, 2221..=2720, _) => Self::Mastercard,
            (34 | 37, _, _) => Self::AmericanExpress,
            (36 | 38 | 39 | 65, _, _) | (_, 3000..=3059 | 6011, _) => Self::DinersClub,
            (_, 3528..=3589, _) => Self::Jcb,
            (50 | 56..=58 | 67, _, _) => Self::Maestro,
            _ => Self::Unknown,
        }
    }
}
