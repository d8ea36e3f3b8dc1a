//! The rules of the lenders: who may borrow, and how much.

use deodar_domain::decline::DeclineReason;
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::{IN_THREE_MIN_PAISE, PayLaterProvider};

/// How much a payer may owe to one lender, in paise.
pub(crate) const CREDIT_LIMIT: Money = Money::paise(1_000_000);
/// The mobile numbers of those whom no lender knows end in this.
const NOT_KNOWN_ENDING: &str = "0000";
/// The mobile numbers of those who have borrowed all they may end in this.
const USED_UP_ENDING: &str = "1111";

/// What a lender thinks of a payer before it looks at what is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Repute {
    /// It lends the payer nothing.
    NotKnown,
    /// It lends the payer nothing more.
    UsedUp,
    /// It lends up to [`CREDIT_LIMIT`].
    Good,
}

/// What the lenders think of a mobile number, or of what is shown of one.
pub(crate) fn repute(mobile: &str) -> Repute {
    if mobile.ends_with(NOT_KNOWN_ENDING) {
        Repute::NotKnown
    } else if mobile.ends_with(USED_UP_ENDING) {
        Repute::UsedUp
    } else {
        Repute::Good
    }
}

/// Whether a lender lends such amounts at all.
pub(crate) fn is_lent(provider: PayLaterProvider, amount: Money) -> bool {
    let splits = provider == PayLaterProvider::SimplInThree;
    amount.currency() == Currency::INR && (!splits || amount.minor() >= IN_THREE_MIN_PAISE)
}

/// Why a lender refuses before it looks at what is owed.
pub(crate) fn refusal(
    provider: PayLaterProvider,
    mobile: &str,
    amount: Money,
) -> Option<DeclineReason> {
    let lends = repute(mobile) == Repute::Good && is_lent(provider, amount);
    (!lends).then_some(DeclineReason::PaymentDeclined)
}

/// Whether the lender of an EMI without a card knows a mobile number.
pub(crate) fn lends_without_card(mobile: &str) -> bool {
    repute(mobile) != Repute::NotKnown
}
