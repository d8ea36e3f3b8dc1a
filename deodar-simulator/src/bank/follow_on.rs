//! Captures, voids, refunds and reversals: decided when they are asked for, bounded by what the
//! books say of the authorisation.

use deodar_acquirer::{FollowOnRequest, Outcome};
use deodar_domain::decline::DeclineReason;
use deodar_domain::money::Money;
use deodar_domain::time::Timestamp;
use rusqlite::Connection;

use super::{Bank, USED_OTHERWISE, find, lender};
use crate::books::{self, Authorization, Decision, FollowOn, FollowOnKind, Movements, State};
use crate::error::BankError;
use crate::random;

impl Bank {
    /// Does what is asked of an authorisation, or refuses it. Asked again, it answers the same.
    pub(crate) fn follow_on(
        &self,
        kind: FollowOnKind,
        request: &FollowOnRequest,
    ) -> Result<Outcome, BankError> {
        self.work(|books, now| {
            if let Some(known) = books::follow_on(books, request.operation)? {
                let same = known.kind == kind
                    && known.authorization == request.authorization
                    && known.amount == request.amount;
                return if same { Ok(known.outcome()) } else { Err(USED_OTHERWISE) };
            }
            if books::authorization(books, request.operation)?.is_some() {
                return Err(USED_OTHERWISE);
            }
            let decision = if books::is_refused(books, request.operation)? {
                Decision::Refused(DeclineReason::PaymentExpired)
            } else {
                decide(books, kind, request, now)?
            };
            let new = FollowOn {
                operation: request.operation,
                authorization: request.authorization,
                kind,
                amount: request.amount,
                decision,
            };
            books::insert_follow_on(books, &new, now)?;
            lender::note_if_repaid(books, request.authorization)?;
            Ok(new.outcome())
        })
    }
}

fn decide(
    books: &Connection,
    kind: FollowOnKind,
    request: &FollowOnRequest,
    now: Timestamp,
) -> Result<Decision, BankError> {
    let found = find(books, request.authorization, now)?;
    if kind == FollowOnKind::Reversal {
        let moved = reverse(books, found, request, now)?;
        return done(moved);
    }
    let moved = match found {
        Some(authorization) => {
            let sums = books::movements(books, &authorization)?;
            allowed(kind, request.amount, &authorization, sums)
        }
        None => Err(DeclineReason::PaymentNotAuthorized),
    };
    match moved {
        Ok(moved) => done(moved),
        Err(reason) => Ok(Decision::Refused(reason)),
    }
}

fn done(moved: Money) -> Result<Decision, BankError> {
    let (receipt, reference) = (random::receipt()?, random::reference()?);
    Ok(Decision::Done { receipt, reference, moved })
}

/// How much a capture, void or refund moves, or why it is refused.
fn allowed(
    kind: FollowOnKind,
    amount: Money,
    of: &Authorization,
    sums: Movements,
) -> Result<Money, DeclineReason> {
    if !matches!(of.state, State::Approved(_)) {
        return Err(DeclineReason::PaymentNotAuthorized);
    }
    let nothing = Money::zero(of.amount.currency());
    let bound = match kind {
        FollowOnKind::Void if sums.released => return Err(DeclineReason::PaymentNotAuthorized),
        FollowOnKind::Void | FollowOnKind::Reversal => return Ok(nothing),
        FollowOnKind::Capture if sums.released => {
            return Err(DeclineReason::PaymentNotAuthorized);
        }
        FollowOnKind::Capture => of.amount,
        FollowOnKind::Refund if sums.captured.is_zero() => {
            return Err(DeclineReason::PaymentNotAuthorized);
        }
        FollowOnKind::Refund => {
            sums.captured.minus(sums.returned).map_err(|_| DeclineReason::AmountLimitExceeded)?
        }
    };
    if !of.moves_money {
        return Err(DeclineReason::PaymentDeclined);
    }
    match amount.exceeds(bound) {
        Ok(false) if !amount.is_zero() => Ok(amount),
        _ => Err(DeclineReason::AmountLimitExceeded),
    }
}

/// Undoes an authorisation, whatever it is by now, and tells how much went back: one that was never
/// asked for is refused from now on, an undecided one ends, a hold is let go, money goes back.
fn reverse(
    books: &Connection,
    found: Option<Authorization>,
    request: &FollowOnRequest,
    now: Timestamp,
) -> Result<Money, BankError> {
    let nothing = Money::zero(request.amount.currency());
    let Some(mut authorization) = found else {
        books::refuse_from_now_on(books, request.authorization, now)?;
        return Ok(nothing);
    };
    if !authorization.state.is_decided() {
        authorization.state = State::Abandoned;
        books::update_state(books, &authorization, now)?;
        return Ok(nothing);
    }
    let sums = books::movements(books, &authorization)?;
    let left = sums.captured.minus(sums.returned);
    left.map_err(|_| BankError::Corrupt("more went back than was captured"))
}
