//! The lenders: what a payer owes, and who may borrow more.

use deodar_acquirer::EligibilityRequest;
use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::EmiPlan;
use deodar_domain::id::OperationId;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::pay_later::{Eligibility, parse_mobile};
use deodar_domain::time::Timestamp;
use rusqlite::Connection;

use super::{Bank, expire};
use crate::books::{self, Authorization, Borrower, State};
use crate::error::BankError;
use crate::rules::emi;
use crate::rules::pay_later::{self, CREDIT_LIMIT, Repute};

impl Bank {
    /// The plans on which an amount can be paid back from today on.
    pub(crate) fn plans(&self, method: Method, amount: Money) -> Result<Vec<EmiPlan>, BankError> {
        match method {
            Method::CreditEmi | Method::DebitEmi | Method::CardlessEmi => {
                Ok(emi::plans(method, amount, Day::of((self.clock)())))
            }
            _ => Err(BankError::Unsupported("instalments by this method")),
        }
    }

    /// Whether a lender would lend now. Nothing is held by it.
    pub(crate) fn eligibility(
        &self,
        request: &EligibilityRequest,
    ) -> Result<Eligibility, BankError> {
        let (provider, amount) = (request.provider, request.amount);
        let repute = pay_later::repute(request.mobile.as_str());
        // Of a number that is hidden in part nobody knows what is owed.
        let borrower =
            parse_mobile(request.mobile.as_str()).ok().map(|mobile| Borrower { provider, mobile });
        let (limit, today) = self.work(|books, now| {
            let owed = match &borrower {
                Some(borrower) => books::debts(books, &books::borrowed(books, borrower)?)?.owed,
                None => Money::zero(CREDIT_LIMIT.currency()),
            };
            let left = CREDIT_LIMIT.minus(owed);
            let limit = left.map_err(|_| BankError::Corrupt("more is owed than was lent"))?;
            Ok((limit, Day::of(now)))
        })?;
        let nothing = Money::zero(CREDIT_LIMIT.currency());
        let (lends, limit) = match repute {
            Repute::NotKnown => (false, nothing),
            Repute::UsedUp => (true, nothing),
            Repute::Good => (amount.exceeds(limit) == Ok(false), limit),
        };
        let eligible = lends && pay_later::is_lent(provider, amount);
        let instalments = if eligible { provider.instalments(amount, today) } else { Vec::new() };
        Ok(Eligibility { eligible, limit, instalments })
    }
}

/// Declines a new Pay Later payment where it and what is owed or waits exceed the limit. It runs in
/// the transaction that writes it down, so that of two that fit only apart one is declined.
pub(super) fn decline_over_limit(
    books: &Connection,
    new: &mut Authorization,
    now: Timestamp,
) -> Result<(), BankError> {
    let Some(borrower) = new.flow.borrower().filter(|_| new.state == State::Waiting) else {
        return Ok(());
    };
    // What has waited too long is declined by the look at it: a yes that still came would be lent
    // twice.
    let mut loans = books::borrowed(books, borrower)?;
    for loan in &mut loans {
        expire(books, loan, now)?;
    }
    let debts = books::debts(books, &loans)?;
    let sum = debts.owed.plus(debts.waiting).and_then(|sum| sum.plus(new.amount));
    let fits = sum.and_then(|sum| sum.exceeds(CREDIT_LIMIT)) == Ok(false);
    if !fits {
        new.state = State::Declined(DeclineReason::AmountLimitExceeded);
    }
    Ok(())
}

/// Notes a Pay Later payment of which nothing is owed any more: what went back does not come again.
pub(super) fn note_if_repaid(books: &Connection, operation: OperationId) -> Result<(), BankError> {
    let loan = books::authorization(books, operation)?
        .filter(|loan| loan.flow.borrower().is_some() && matches!(loan.state, State::Approved(_)));
    let Some(loan) = loan else { return Ok(()) };
    let owed = books::movements(books, &loan)?.owed(loan.amount);
    if owed.is_ok_and(|owed| owed.is_zero()) {
        books::note_repaid(books, operation)
    } else {
        Ok(())
    }
}
