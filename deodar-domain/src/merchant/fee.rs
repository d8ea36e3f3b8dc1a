//! The part of an amount by which a merchant passes its costs on to the payer.

use std::fmt;

use thiserror::Error;

use crate::money::Money;

/// The smallest passed-on fee, in basis points: 0.01 %.
pub const PASSED_ON_FEE_MIN_BASIS_POINTS: u16 = 1;
/// The largest passed-on fee, in basis points: 10 %.
pub const PASSED_ON_FEE_MAX_BASIS_POINTS: u16 = 1_000;
/// How many basis points the price is.
const WHOLE_BASIS_POINTS: u128 = 10_000;
/// How many decimals a percentage can have.
const DECIMALS: usize = 2;

/// A text that is no passed-on fee.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be a percentage from 0.01 to 10.00 with at most two decimals")]
pub struct InvalidFee;

/// A convenience fee that a merchant's amounts contain: a percentage on top of the price. It is
/// told to payers and moves no money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct PassedOnFee(u16);

impl PassedOnFee {
    /// Takes basis points, hundredths of a percent.
    pub fn new(basis_points: u16) -> Result<Self, InvalidFee> {
        let range = PASSED_ON_FEE_MIN_BASIS_POINTS..=PASSED_ON_FEE_MAX_BASIS_POINTS;
        if range.contains(&basis_points) { Ok(Self(basis_points)) } else { Err(InvalidFee) }
    }

    /// Reads a percentage: `2`, `2.5` or `2.00`.
    pub fn parse(text: &str) -> Result<Self, InvalidFee> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
            return Err(InvalidFee);
        }
        let digits = format!("{whole}{decimals:0<DECIMALS$}");
        Self::new(digits.parse().map_err(|_| InvalidFee)?)
    }

    /// The basis points.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// How much of `amount` is the fee, rounded half up to the minor unit: the amount less the
    /// price, where the amount is the price and the percentage of it.
    pub fn part_of(self, amount: Money) -> Money {
        let points = u128::from(self.0);
        let divisor = 2 * (WHOLE_BASIS_POINTS + points);
        // Twice the amount times the points is far below 2^128, and the fee is below the amount.
        let doubled = 2 * u128::from(amount.minor()) * points + WHOLE_BASIS_POINTS + points;
        let fee = u64::try_from(doubled / divisor).unwrap_or(u64::MAX);
        Money::new(fee, amount.currency())
    }
}

impl fmt::Display for PassedOnFee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_percentage_is_read_with_up_to_two_decimals() {
        let cases = [
            ("2", 200, "2.00"),
            ("2.5", 250, "2.50"),
            ("2.00", 200, "2.00"),
            ("0.01", 1, "0.01"),
            ("10", 1_000, "10.00"),
            ("10.00", 1_000, "10.00"),
            ("07.5", 750, "7.50"),
        ];
        for (text, basis_points, shown) in cases {
            let fee = PassedOnFee::parse(text).unwrap();
            assert_eq!((fee.basis_points(), fee.to_string()), (basis_points, shown.to_owned()));
        }
        let refused =
            ["", ".", "2.", ".5", "0", "0.00", "10.01", "11", "2.005", "-1", "+2", "2 %", "2,5"];
        for text in refused.into_iter().chain(["99999999999999999999", "1e1", "٢"]) {
            assert_eq!(PassedOnFee::parse(text), Err(InvalidFee), "{text:?}");
        }
    }

    #[test]
    fn the_fee_is_a_part_of_the_amount_and_rounded_half_up() {
        let cases = [
            // 500 rupees are 490.196… and 2 % of it.
            (50_000, 200, 980),
            (10_200, 200, 200),
            (100, 200, 2),
            (100, 1, 0),
            (0, 200, 0),
            (100_000_000, 1_000, 9_090_909),
            (11_000, 1_000, 1_000),
            // 0.5 goes up: 5.5 paise are 5 and half a paisa of fee.
            (55, 1_000, 5),
            (60, 1_000, 5),
            (50, 1_000, 5),
            (49, 1_000, 4),
            (51, 200, 1),
            (25, 200, 0),
            (26, 200, 1),
        ];
        for (amount, basis_points, fee) in cases {
            let rate = PassedOnFee::new(basis_points).unwrap();
            let part = rate.part_of(Money::paise(amount));
            assert_eq!(part, Money::paise(fee), "{rate} of {amount}");
        }
        let yen = Currency::from_code("JPY").unwrap();
        let rate = PassedOnFee::new(200).unwrap();
        assert_eq!(rate.part_of(Money::new(1_020, yen)), Money::new(20, yen));
        assert!(rate.part_of(Money::paise(u64::MAX)).minor() < u64::MAX);
    }
}
