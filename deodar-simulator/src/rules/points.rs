//! The rules of loyalty points.

use deodar_acquirer::PointsBalance;
use deodar_domain::card::CardNumber;
use deodar_domain::money::{Currency, Money};

/// What one point pays for, in paise.
const POINT_PAISE: u64 = 25;
/// How many points a card has that has any. Paying with them never makes them fewer.
const POINTS: u64 = 100_000;

/// The points of a card: those whose number ends in an even digit have some.
pub(crate) fn balance(number: &CardNumber) -> PointsBalance {
    let is_even = number.expose().bytes().next_back().is_some_and(|digit| digit % 2 == 0);
    let points = if is_even { POINTS } else { 0 };
    PointsBalance { points, worth: Money::paise(points * POINT_PAISE) }
}

/// How many points an amount costs.
pub(crate) const fn cost(amount: Money) -> u64 {
    amount.minor().div_ceil(POINT_PAISE)
}

/// Whether the points of a card that has any pay for an amount. They pay for rupees alone.
pub(crate) fn can_pay(amount: Money) -> bool {
    amount.currency() == Currency::INR && cost(amount) <= POINTS
}

/// Whether a card's points pay for an amount.
pub(crate) fn are_enough(number: &CardNumber, amount: Money) -> bool {
    can_pay(amount) && cost(amount) <= balance(number).points
}
