//! EMI, equated monthly instalments: a bank or lender pays the merchant at once, and the payer pays
//! it back in equal parts with interest.

use std::fmt;

use zeroize::Zeroizing;

use crate::day::Day;
use crate::instalment::Instalment;
use crate::money::Money;
use crate::text::InvalidText;

/// The longest tenure, in months.
pub const TENURE_MAX_MONTHS: u16 = 60;
/// A rate of 100 % a year, in basis points of a month: 12 months of 10,000 basis points.
const WHOLE_PER_MONTH: u128 = 120_000;
/// The scale of the fixed-point numbers that interest is reckoned with.
const SCALE: u128 = 1_000_000_000_000;

/// How many months an amount is paid back over: 1 to [`TENURE_MAX_MONTHS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Tenure(u16);

impl Tenure {
    /// A tenure of so many months, if there can be one.
    pub const fn of_months(months: u16) -> Option<Self> {
        if months == 0 || months > TENURE_MAX_MONTHS { None } else { Some(Self(months)) }
    }

    /// The months.
    pub const fn months(self) -> u16 {
        self.0
    }
}

/// A yearly rate of interest, in basis points: 1,600 is 16 %.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct AnnualRate(pub u16);

/// How an amount is paid back: agreed when the payment is begun, and never reckoned anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmiPlan {
    /// Over how many months.
    pub tenure: Tenure,
    /// At which rate.
    pub rate: AnnualRate,
    /// What is paid back each month; the last part evens out the rounding.
    pub instalments: Vec<Instalment>,
}

impl EmiPlan {
    /// Reckons the plan of `amount`, lent on `today`, the first part due a month later. Interest is
    /// reckoned monthly on what is still owed, each month rounded to the nearest minor unit. `None`
    /// where the amount does not fit.
    pub fn reckon(amount: Money, tenure: Tenure, rate: AnnualRate, today: Day) -> Option<Self> {
        let monthly = monthly_amount(amount.minor(), tenure, rate)?;
        let mut owed = u128::from(amount.minor());
        let mut instalments = Vec::with_capacity(usize::from(tenure.0));
        for serial in 1..=tenure.0 {
            let interest = rounded(owed.checked_mul(u128::from(rate.0))?, WHOLE_PER_MONTH);
            let with_interest = owed.checked_add(interest)?;
            let is_last = serial == tenure.0;
            let part = if is_last { with_interest } else { monthly.min(with_interest) };
            owed = with_interest.checked_sub(part)?;
            instalments.push(Instalment {
                serial,
                amount: Money::new(u64::try_from(part).ok()?, amount.currency()),
                due: today.plus_months(serial),
            });
        }
        Some(Self { tenure, rate, instalments })
    }

    /// What is paid each month, but for the last.
    pub fn monthly(&self) -> Option<Money> {
        self.instalments.first().map(|first| first.amount)
    }

    /// What is paid back in all; `None` where it does not fit.
    pub fn total(&self) -> Option<Money> {
        let mut amounts = self.instalments.iter().map(|part| part.amount);
        let first = amounts.next()?;
        amounts.try_fold(first, |sum, part| sum.plus(part).ok())
    }
}

/// The annuity of an amount: `P·r·(1+r)ⁿ / ((1+r)ⁿ − 1)`, rounded up, so that the last part is no
/// larger but for the rounding of each month's interest.
fn monthly_amount(minor: u64, tenure: Tenure, rate: AnnualRate) -> Option<u128> {
    let (amount, months) = (u128::from(minor), u128::from(tenure.0));
    if rate.0 == 0 {
        return Some(amount.div_ceil(months));
    }
    let step = SCALE.checked_add(rounded(SCALE * u128::from(rate.0), WHOLE_PER_MONTH))?;
    let mut growth = SCALE;
    for _ in 0..tenure.0 {
        growth = rounded(growth.checked_mul(step)?, SCALE);
    }
    let above = amount.checked_mul(u128::from(rate.0))?.checked_mul(growth)?;
    let below = WHOLE_PER_MONTH.checked_mul(growth.checked_sub(SCALE)?)?;
    above.checked_add(below.checked_sub(1)?)?.checked_div(below)
}

/// The quotient to the nearest whole, a half upwards.
const fn rounded(above: u128, below: u128) -> u128 {
    (above + below / 2) / below
}

/// A Permanent Account Number of the Indian tax office, or its last digits, by which a lender knows
/// the payer. It does not print, and is wiped when it is dropped.
#[derive(Clone)]
pub struct PanNumber(Zeroizing<String>);

impl PanNumber {
    /// Reads five letters, four digits and a letter, or the last four characters of that.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        const SHAPE: InvalidText =
            InvalidText::Alphabet("must be a PAN of 10 characters or its last 4");
        let shape = match text.len() {
            10 => "AAAAA0000A",
            4 if text.bytes().all(|byte| byte.is_ascii_digit()) => "0000",
            4 => "000A",
            _ => return Err(SHAPE),
        };
        let fits = text.bytes().zip(shape.bytes()).all(|(byte, kind)| match kind {
            b'A' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_digit(),
        });
        if fits { Ok(Self(Zeroizing::new(text.to_ascii_uppercase()))) } else { Err(SHAPE) }
    }

    /// The characters, to be told to the lender and to nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PanNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PanNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(paise: u64, months: u16, basis_points: u16) -> EmiPlan {
        let tenure = Tenure::of_months(months).unwrap();
        let today = Day::parse("2025-01-31").unwrap();
        EmiPlan::reckon(Money::paise(paise), tenure, AnnualRate(basis_points), today).unwrap()
    }

    #[test]
    fn a_plan_pays_back_the_amount_and_its_interest() {
        for (paise, months, basis_points, monthly, total) in [
            // ₹178.00 over three months at 16 %: 237, 159 and 80 paise of interest.
            (17_800, 3, 1_600, 6_093, 18_276),
            (1_550_000, 3, 2_000, 533_984, 1_601_951),
            (120_000, 12, 0, 10_000, 120_000),
            (100_000, 3, 0, 33_334, 100_000),
            (100, 60, 4_800, 5, 214),
        ] {
            let plan = plan(paise, months, basis_points);
            let told = (plan.monthly().unwrap().minor(), plan.total().unwrap().minor());
            assert_eq!(plan.instalments.len(), usize::from(months));
            assert_eq!(told, (monthly, total), "{paise} over {months} at {basis_points}");
        }
    }

    #[test]
    fn the_parts_are_due_a_month_apart() {
        let due: Vec<_> =
            plan(30_000, 3, 1_200).instalments.iter().map(|part| part.due.to_string()).collect();
        assert_eq!(due, ["2025-02-28", "2025-03-31", "2025-04-30"]);
    }

    #[test]
    fn no_amount_and_no_tenure_breaks_the_reckoning() {
        let today = Day::parse("2025-01-01").unwrap();
        for minor in [1, 2, 99, 100, 100_000_000, u64::MAX] {
            for months in [1, 2, 36, TENURE_MAX_MONTHS] {
                for rate in [0, 1, 1_600, u16::MAX] {
                    let tenure = Tenure::of_months(months).unwrap();
                    let plan =
                        EmiPlan::reckon(Money::paise(minor), tenure, AnnualRate(rate), today);
                    if let Some(total) = plan.and_then(|plan| plan.total()) {
                        assert!(total.minor() >= minor);
                    }
                }
            }
        }
    }

    #[test]
    fn a_tenure_has_one_month_at_least_and_sixty_at_most() {
        for (months, is_one) in [(0, false), (1, true), (60, true), (61, false)] {
            assert_eq!(Tenure::of_months(months).is_some(), is_one, "{months}");
        }
    }

    #[test]
    fn a_pan_has_its_shape_or_is_its_end() {
        for text in ["ABCDE1234F", "abcde1234f", "1089", "234F"] {
            assert!(PanNumber::parse(text).is_ok(), "{text}");
        }
        for text in ["", "ABCDE12345", "ABCD", "12", "ABCDE1234FX", "१२३४"] {
            assert!(PanNumber::parse(text).is_err(), "{text}");
        }
    }
}
