//! The Pay Later lenders: who may borrow, how much, and what is owed.

use std::sync::Arc;

use deodar_acquirer::{ChallengeAnswer, Outcome};
use deodar_domain::decline::DeclineReason::{
    self, AmountLimitExceeded, PaymentDeclined, PaymentExpired, UserAuthenticationFailed,
};
use deodar_domain::money::{Currency, Money};
use deodar_domain::pay_later::Eligibility;
use deodar_domain::pay_later::PayLaterProvider::{self, LazyPay, Simpl, SimplInThree};
use deodar_domain::payment::Challenge;

use super::{bank, decided, give_right_otp, known};
use crate::bank::Bank;
use crate::books::FollowOnKind::{self, Capture, Refund, Reversal, Void};
use crate::rules::OTP;
use crate::rules::pay_later::CREDIT_LIMIT;
use crate::test_kit::*;

const LIMIT: u64 = CREDIT_LIMIT.minor();

fn ask(bank: &Bank, provider: PayLaterProvider, mobile: &str, paise: u64) -> Eligibility {
    bank.eligibility(&eligibility_of(provider, mobile, paise)).unwrap()
}

/// How much the payer with [`GOOD_MOBILE`] may still borrow from `LazyPay`.
fn left(bank: &Bank) -> u64 {
    ask(bank, LazyPay, GOOD_MOBILE, 100).limit.minor()
}

/// Asks for a payment of the payer with [`GOOD_MOBILE`] by `LazyPay`; why it is declined.
fn borrow(bank: &Bank, number: u128, holds: bool, paise: u64) -> Option<DeclineReason> {
    let instrument = pay_later(LazyPay, GOOD_MOBILE);
    let request = if holds { hold(number, instrument) } else { sale(number, instrument) };
    reason(&bank.authorize(&of_paise(request, paise)).unwrap())
}

#[test]
fn who_may_borrow_hangs_on_the_mobile_number_and_the_amount() {
    let rows = [
        // lender, mobile number, paise, eligible, limit, parts
        (LazyPay, GOOD_MOBILE, 100, true, LIMIT, 0),
        (LazyPay, GOOD_MOBILE, LIMIT, true, LIMIT, 0),
        (LazyPay, GOOD_MOBILE, LIMIT + 1, false, LIMIT, 0),
        (Simpl, GOOD_MOBILE, 100, true, LIMIT, 0),
        (SimplInThree, GOOD_MOBILE, 3_400, true, LIMIT, 3),
        (SimplInThree, GOOD_MOBILE, 300, true, LIMIT, 3),
        (SimplInThree, GOOD_MOBILE, 299, false, LIMIT, 0),
        (SimplInThree, GOOD_MOBILE, LIMIT + 1, false, LIMIT, 0),
        (LazyPay, "9876540000", 100, false, 0, 0),
        (SimplInThree, "9876540000", 3_400, false, 0, 0),
        (LazyPay, "9876541111", 100, true, 0, 0),
        (SimplInThree, "9876541111", 3_400, true, 0, 3),
        (SimplInThree, "9876541111", 299, false, 0, 0),
        (LazyPay, "xxxxxx2032", 100, true, LIMIT, 0),
        (LazyPay, "xxxxxx0000", 100, false, 0, 0),
        (Simpl, "xxxxxx1111", 100, true, 0, 0),
        (Simpl, "xxxxxxxxx0", 100, true, LIMIT, 0),
    ];
    let (bank, _) = bank();
    for (provider, mobile, paise, eligible, limit, parts) in rows {
        let told = ask(&bank, provider, mobile, paise);
        assert_eq!(told.eligible, eligible, "{provider:?} {mobile} {paise}");
        assert_eq!(told.limit, Money::paise(limit), "{provider:?} {mobile} {paise}");
        assert_eq!(told.instalments.len(), parts, "{provider:?} {mobile} {paise}");
    }
}

#[test]
fn three_parts_begin_on_the_banks_own_day() {
    let (bank, clock) = bank();
    clock.advance(std::time::Duration::from_hours(24 * 29));
    let told = ask(&bank, SimplInThree, GOOD_MOBILE, 3_400);
    let parts: Vec<_> =
        told.instalments.iter().map(|part| (part.amount.minor(), part.due.to_string())).collect();
    let expected = [(1_134, "1970-01-30"), (1_133, "1970-02-21"), (1_133, "1970-03-21")];
    assert_eq!(parts, expected.map(|(paise, due)| (paise, due.to_owned())));
}

#[test]
fn who_may_not_borrow_is_declined_at_once() {
    let rows = [
        (LazyPay, "9876540000", 100, PaymentDeclined),
        (Simpl, "9876541111", 100, PaymentDeclined),
        (SimplInThree, GOOD_MOBILE, 299, PaymentDeclined),
        (LazyPay, GOOD_MOBILE, LIMIT + 1, AmountLimitExceeded),
        // What the lender does not lend at all is over no limit.
        (LazyPay, "9876540000", LIMIT + 1, PaymentDeclined),
    ];
    for (provider, mobile, paise, expected) in rows {
        let (bank, _) = bank();
        let request = of_paise(sale(1, pay_later(provider, mobile)), paise);
        let outcome = bank.authorize(&request).unwrap();
        assert_eq!(reason(&outcome), Some(expected), "{provider:?} {mobile} {paise}");
        assert_eq!(known(&bank, 1), outcome);
        assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn the_lenders_otp_is_given_to_the_gateway() {
    for provider in PayLaterProvider::ALL {
        let (bank, _) = bank();
        let asked = bank.authorize(&sale(1, pay_later(provider, GOOD_MOBILE))).unwrap();
        let Outcome::Challenged { challenge: Challenge::Otp, reference: Some(reference) } = &asked
        else {
            panic!("{asked:?}")
        };
        assert_eq!(known(&bank, 1), asked, "the reference stays");
        bank.resend_challenge(operation(1)).unwrap();
        let wrong = bank.answer_challenge(operation(1), "000000").unwrap();
        assert_eq!(wrong, ChallengeAnswer::Wrong { tries_remaining: 2 });
        give_right_otp(&bank, 1);
        assert_eq!(approval(known(&bank, 1)).acquirer_reference, *reference);
    }
}

#[test]
fn the_third_wrong_otp_frees_what_was_asked_for() {
    let (bank, _) = bank();
    assert_eq!(borrow(&bank, 1, false, LIMIT), None);
    for _ in 0..2 {
        bank.answer_challenge(operation(1), "000000").unwrap();
    }
    let third = decided(bank.answer_challenge(operation(1), "000000").unwrap());
    assert_eq!(reason(&third), Some(UserAuthenticationFailed));
    assert_eq!(borrow(&bank, 2, false, LIMIT), None);
}

/// What follows an approved payment of ₹5,000, and what may be borrowed then.
type Step = (FollowOnKind, u64, u64);

#[test]
fn what_was_let_go_or_given_back_is_not_owed() {
    let table: &[(bool, &[Step])] = &[
        (false, &[(Refund, 200_000, 700_000), (Refund, 300_000, LIMIT)]),
        (false, &[(Reversal, 500_000, LIMIT)]),
        (false, &[(Refund, 100_000, 600_000), (Reversal, 500_000, LIMIT)]),
        (true, &[(Void, 500_000, LIMIT)]),
        (true, &[(Reversal, 500_000, LIMIT)]),
        (true, &[(Capture, 500_000, 500_000), (Refund, 500_000, LIMIT)]),
        (true, &[(Capture, 100_000, 900_000), (Refund, 40_000, 940_000)]),
    ];
    for (holds, steps) in table {
        let (bank, _) = bank();
        assert_eq!(borrow(&bank, 1, *holds, 500_000), None);
        assert_eq!(left(&bank), LIMIT, "what only waits is not owed");
        give_right_otp(&bank, 1);
        assert_eq!(left(&bank), 500_000);
        for (number, (kind, paise, expected)) in (10..).zip(*steps) {
            approval(bank.follow_on(*kind, &about(number, 1, *paise)).unwrap());
            assert_eq!(left(&bank), *expected, "{steps:?}");
            assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
        }
        assert_eq!(borrow(&bank, 2, false, left(&bank) + 1), Some(AmountLimitExceeded));
        assert_eq!(borrow(&bank, 3, false, left(&bank)), None);
    }
}

#[test]
fn each_lender_and_each_payer_has_an_account_of_its_own() {
    let (bank, _) = bank();
    assert_eq!(borrow(&bank, 1, false, LIMIT), None);
    give_right_otp(&bank, 1);
    for (provider, mobile, limit) in [
        (LazyPay, GOOD_MOBILE, 0),
        (Simpl, GOOD_MOBILE, LIMIT),
        (SimplInThree, GOOD_MOBILE, LIMIT),
        (LazyPay, "9876543211", LIMIT),
        // Of a number that is hidden in part nobody knows what is owed.
        (LazyPay, "xxxxxx3210", LIMIT),
    ] {
        let told = ask(&bank, provider, mobile, 300);
        assert_eq!(told.limit, Money::paise(limit), "{provider:?} {mobile}");
        assert_eq!(told.eligible, limit > 0, "{provider:?} {mobile}");
    }
}

#[test]
fn what_waits_counts_until_its_time_runs_out() {
    let (bank, clock) = bank();
    assert_eq!(borrow(&bank, 1, false, 600_000), None);
    assert_eq!(borrow(&bank, 2, false, 600_000), Some(AmountLimitExceeded));
    assert_eq!(borrow(&bank, 3, false, 400_000), None, "a smaller one fits beside it");
    clock.advance(LIFETIME);
    assert_eq!(borrow(&bank, 4, false, LIMIT), None);
    assert_eq!(reason(&known(&bank, 1)), Some(PaymentExpired));
    let late = decided(bank.answer_challenge(operation(3), OTP).unwrap());
    assert_eq!(reason(&late), Some(PaymentExpired));
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn what_was_abandoned_is_free_again() {
    let (bank, _) = bank();
    assert_eq!(borrow(&bank, 1, false, LIMIT), None);
    bank.abandon(operation(1)).unwrap();
    assert_eq!(borrow(&bank, 2, false, LIMIT), None);
}

#[test]
fn asked_for_again_it_counts_once() {
    let (bank, _) = bank();
    assert_eq!(borrow(&bank, 1, false, 600_000), None);
    assert_eq!(borrow(&bank, 1, false, 600_000), None);
    give_right_otp(&bank, 1);
    assert_eq!(borrow(&bank, 1, false, 600_000), None, "the approval is told again");
    assert_eq!(left(&bank), 400_000);
}

#[test]
fn of_two_at_once_that_fit_only_apart_one_is_declined() {
    for _ in 0..20 {
        let (bank, _) = bank();
        let bank = Arc::new(bank);
        let start = Arc::new(std::sync::Barrier::new(8));
        let threads: Vec<_> = (1..=8)
            .map(|number| {
                let (bank, start) = (Arc::clone(&bank), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    borrow(&bank, number, number % 2 == 0, 600_000)
                })
            })
            .collect();
        let told: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(told.iter().filter(|refused| refused.is_none()).count(), 1, "{told:?}");
        assert_eq!(told.iter().filter(|why| **why == Some(AmountLimitExceeded)).count(), 7);
        assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn lenders_lend_rupees_alone() {
    let (bank, _) = bank();
    let dollars = Money::new(100, Currency::from_code("USD").unwrap());
    let mut request = sale(1, pay_later(LazyPay, GOOD_MOBILE));
    request.amount = dollars;
    assert_eq!(reason(&bank.authorize(&request).unwrap()), Some(PaymentDeclined));
    for mobile in [GOOD_MOBILE, "9876541111"] {
        let mut question = eligibility_of(LazyPay, mobile, 100);
        question.amount = dollars;
        assert!(!bank.eligibility(&question).unwrap().eligible, "{mobile}");
    }
}
