//! Captures, voids, refunds and reversals.

use deodar_acquirer::{Outcome, Status};
use deodar_domain::decline::DeclineReason::{
    self, AmountLimitExceeded, PaymentCancelled, PaymentDeclined, PaymentExpired,
    PaymentNotAuthorized,
};
use deodar_domain::money::{Currency, Money};

use super::{bank, known, pay_by_card};
use crate::bank::Bank;
use crate::books::FollowOnKind::{self, Capture, Refund, Reversal, Void};
use crate::error::BankError;
use crate::rules::OTP;
use crate::test_kit::*;

/// Asks, and tells why it was refused; `None` where it was done.
fn ask(
    bank: &Bank,
    kind: FollowOnKind,
    number: u128,
    of: u128,
    paise: u64,
) -> Option<DeclineReason> {
    let outcome = bank.follow_on(kind, &about(number, of, paise)).unwrap();
    if let Outcome::Approved(_) = outcome {
        return None;
    }
    assert!(reason(&outcome).is_some(), "{outcome:?}");
    reason(&outcome)
}

/// What is asked, how much, and why it is refused.
type Step = (FollowOnKind, u64, Option<DeclineReason>);

/// Plays steps of one authorisation.
fn play(holds: bool, steps: &[Step]) {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, holds, GOOD_CARD);
    for (step, (kind, paise, expected)) in steps.iter().enumerate() {
        let number = 100 + u128::try_from(step).unwrap();
        assert_eq!(ask(&bank, *kind, number, 1, *paise), *expected, "{steps:?} at {step}");
        assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn what_may_follow_an_authorisation() {
    let refused = Some(PaymentNotAuthorized);
    let over = Some(AmountLimitExceeded);
    let table: &[(bool, &[Step])] = &[
        (true, &[(Capture, 50_000, None), (Capture, 1, refused)]),
        (true, &[(Capture, 50_001, over), (Capture, 20_000, None), (Void, 50_000, refused)]),
        (true, &[(Capture, 0, over)]),
        (true, &[(Void, 50_000, None), (Capture, 100, refused), (Void, 50_000, refused)]),
        (true, &[(Refund, 100, refused)]),
        (true, &[(Capture, 20_000, None), (Refund, 20_001, over), (Refund, 20_000, None)]),
        (false, &[(Capture, 100, refused), (Void, 50_000, refused)]),
        (false, &[(Refund, 49_999, None), (Refund, 2, over), (Refund, 1, None), (Refund, 1, over)]),
        (true, &[(Reversal, 50_000, None), (Capture, 100, refused), (Void, 50_000, refused)]),
        (true, &[(Capture, 300, None), (Reversal, 50_000, None), (Refund, 1, over)]),
        (true, &[(Void, 50_000, None), (Reversal, 50_000, None), (Reversal, 50_000, None)]),
        (false, &[(Refund, 100, None), (Reversal, 50_000, None), (Refund, 1, over)]),
    ];
    for (holds, steps) in table {
        play(*holds, steps);
    }
}

#[test]
fn asking_twice_moves_money_once() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    let first = bank.follow_on(Refund, &about(2, 1, 30_000)).unwrap();
    assert_eq!(bank.follow_on(Refund, &about(2, 1, 30_000)).unwrap(), first);
    assert_eq!(known(&bank, 2), first);
    assert_eq!(ask(&bank, Refund, 3, 1, 20_000), None, "the other part is still there");
    let refused = bank.follow_on(Refund, &about(4, 1, 1)).unwrap();
    assert_eq!(bank.follow_on(Refund, &about(4, 1, 1)).unwrap(), refused);
}

#[test]
fn an_operation_id_is_not_used_for_another_amount_or_kind() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    bank.follow_on(Refund, &about(2, 1, 100)).unwrap();
    for (kind, request) in
        [(Refund, about(2, 1, 101)), (Refund, about(2, 3, 100)), (Reversal, about(2, 1, 100))]
    {
        assert!(matches!(bank.follow_on(kind, &request), Err(BankError::Unsupported(_))));
    }
    assert!(matches!(bank.authorize(&sale(2, card(GOOD_CARD))), Err(BankError::Unsupported(_))));
    assert!(matches!(bank.abandon(operation(2)), Err(BankError::Unsupported(_))));
}

#[test]
fn a_card_whose_captures_and_refunds_fail() {
    const CARD: &str = "4000000000000341";
    let (bank, _) = bank();
    pay_by_card(&bank, 1, true, CARD);
    assert_eq!(ask(&bank, Capture, 2, 1, 100), Some(PaymentDeclined));
    assert_eq!(ask(&bank, Void, 3, 1, 50_000), None);
    pay_by_card(&bank, 4, false, CARD);
    assert_eq!(ask(&bank, Refund, 5, 4, 100), Some(PaymentDeclined));
    assert_eq!(ask(&bank, Reversal, 6, 4, 50_000), None);
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn nothing_follows_what_was_not_approved() {
    let (bank, _) = bank();
    bank.authorize(&sale(1, card(GOOD_CARD))).unwrap();
    bank.authorize(&sale(2, card("4000000000000069"))).unwrap();
    let mut number = 10;
    for authorization in [1, 2, 3] {
        for kind in [Capture, Void, Refund] {
            number += 1;
            let refused = ask(&bank, kind, number, authorization, 100);
            assert_eq!(refused, Some(PaymentNotAuthorized), "{kind:?} of {authorization}");
        }
    }
}

#[test]
fn another_currency_is_refused() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    let mut refund = about(2, 1, 100);
    refund.amount = Money::new(100, Currency::from_code("USD").unwrap());
    let outcome = bank.follow_on(Refund, &refund).unwrap();
    assert_eq!(reason(&outcome), Some(AmountLimitExceeded));
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn a_reversal_ends_what_was_not_decided_or_never_came() {
    let (bank, _) = bank();
    bank.authorize(&sale(1, card(GOOD_CARD))).unwrap();
    assert_eq!(ask(&bank, Reversal, 2, 1, 50_000), None);
    bank.answer_challenge(operation(1), OTP).unwrap();
    assert_eq!(reason(&known(&bank, 1)), Some(PaymentCancelled));

    assert_eq!(ask(&bank, Reversal, 4, 3, 50_000), None);
    let late = bank.authorize(&sale(3, vpa("timeout@upi"))).unwrap();
    assert_eq!(reason(&late), Some(PaymentExpired));
}

#[test]
fn a_reversed_sale_has_gone_back_in_full() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    assert_eq!(ask(&bank, Refund, 2, 1, 10_000), None);
    assert_eq!(ask(&bank, Reversal, 3, 1, 50_000), None);
    let returned = bank
        .work(|books, now| {
            let authorization = super::super::find(books, operation(1), now)?.unwrap();
            Ok(crate::books::movements(books, &authorization)?.returned)
        })
        .unwrap();
    assert_eq!(returned, AMOUNT);
}

#[test]
fn a_follow_on_that_was_asked_about_before_it_was_asked_for_is_refused() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    assert_eq!(bank.status(operation(2)).unwrap(), Status::Unknown);
    assert_eq!(ask(&bank, Refund, 2, 1, 100), Some(PaymentExpired));
    assert_eq!(ask(&bank, Refund, 3, 1, 50_000), None);
}
