//! The rules, row by row, and the books under every history.

mod accounts;
mod audit;
mod emi;
mod follow_ons;
mod histories;
mod lenders;
mod points;
mod reopening;

use std::time::Duration;

use deodar_acquirer::{Abandoned, ChallengeAnswer, Instrument, Outcome, Status};
use deodar_domain::card::CardBrand;
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::{CardType, EmiCard};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::Challenge;

use super::{Bank, PayerDecision};
use crate::error::BankError;
use crate::rules::OTP;
use crate::test_kit::*;

fn bank() -> (Bank, TestClock) {
    let clock = TestClock::default();
    (Bank::open(in_memory(&clock)).unwrap(), clock)
}

fn decided(answer: ChallengeAnswer) -> Outcome {
    match answer {
        ChallengeAnswer::Decided(outcome) => outcome,
        other @ ChallengeAnswer::Wrong { .. } => panic!("not decided: {other:?}"),
    }
}

fn known(bank: &Bank, number: u128) -> Outcome {
    match bank.status(operation(number)).unwrap() {
        Status::Known(outcome) => outcome,
        Status::Unknown => panic!("unknown"),
    }
}

/// Approves a card payment by its one-time password.
fn pay_by_card(bank: &Bank, number: u128, holds: bool, digits: &str) {
    let request = if holds { hold(number, card(digits)) } else { sale(number, card(digits)) };
    bank.authorize(&request).unwrap();
    give_right_otp(bank, number);
}

/// Approves a payment by its one-time password.
fn give_right_otp(bank: &Bank, number: u128) {
    approval(decided(bank.answer_challenge(operation(number), OTP).unwrap()));
}

#[test]
fn each_card_has_its_outcome() {
    use DeclineReason as Reason;
    let rows = [
        // number, at once, after the right OTP
        ("4012001037141112", None, None),
        ("5123456789012346", None, None),
        ("6074820000000009", None, None),
        ("4111111111111111", None, None),
        ("4000000000000341", None, None),
        ("4000000000000002", None, Some(Reason::PaymentDeclined)),
        ("4000000000009995", None, Some(Reason::InsufficientFunds)),
        ("4000000000000069", Some(Reason::CardExpired), None),
        ("4000000000000127", Some(Reason::CardVerificationFailed), None),
        ("4100000000000019", Some(Reason::RiskCheckFailed), None),
    ];
    for (number, at_once, after_otp) in rows {
        let (bank, _) = bank();
        let first = bank.authorize(&sale(1, card(number))).unwrap();
        if at_once.is_some() {
            assert_eq!(reason(&first), at_once, "{number}");
            assert_eq!(known(&bank, 1), first, "{number}");
            continue;
        }
        assert!(page_of(first).starts_with(&format!("{PUBLIC_URL}/3ds/")), "{number}");
        let outcome = decided(bank.answer_challenge(operation(1), OTP).unwrap());
        assert_eq!(reason(&outcome), after_otp, "{number}");
        assert_eq!(known(&bank, 1), outcome, "{number}");
    }
}

#[test]
fn an_approval_has_the_numbers_and_the_card_that_a_bank_tells() {
    let rows = [
        ("4012001037141112", CardBrand::Visa, CardType::Credit, "1112"),
        ("5123456789012346", CardBrand::Mastercard, CardType::Credit, "2346"),
        ("6074820000000009", CardBrand::RuPay, CardType::Debit, "0009"),
    ];
    for (number, brand, card_type, last4) in rows {
        let (bank, _) = bank();
        bank.authorize(&sale(1, card(number))).unwrap();
        let given = approval(decided(bank.answer_challenge(operation(1), OTP).unwrap()));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(given.approval_code.as_str().len(), 6);
        assert!(digits(given.approval_code.as_str()));
        assert_eq!(given.rrn.as_str().len(), 12);
        assert!(digits(given.rrn.as_str()));
        let reference = given.acquirer_reference.as_str().strip_prefix("TXN").unwrap();
        assert!(reference.len() == 12 && digits(reference));
        let summary = given.card.unwrap();
        assert_eq!(summary.brand, brand);
        assert_eq!(summary.card_type, Some(card_type));
        assert_eq!(summary.last4.as_str(), last4);
        assert!(summary.issuer.is_some() && summary.category.is_some());
        assert!(summary.country_code.is_some());
    }
}

#[test]
fn the_third_wrong_otp_declines() {
    let (bank, _) = bank();
    bank.authorize(&sale(1, card(GOOD_CARD))).unwrap();
    let answer = |otp| bank.answer_challenge(operation(1), otp).unwrap();
    assert_eq!(answer("000000"), ChallengeAnswer::Wrong { tries_remaining: 2 });
    assert_eq!(answer(""), ChallengeAnswer::Wrong { tries_remaining: 1 });
    let third = decided(answer("1234567"));
    assert_eq!(reason(&third), Some(DeclineReason::UserAuthenticationFailed));
    assert_eq!(decided(answer(OTP)), third, "the right one comes too late");
}

#[test]
fn a_right_otp_after_two_wrong_ones_approves() {
    let (bank, _) = bank();
    bank.authorize(&sale(1, card(GOOD_CARD))).unwrap();
    bank.answer_challenge(operation(1), "1").unwrap();
    bank.answer_challenge(operation(1), "2").unwrap();
    approval(decided(bank.answer_challenge(operation(1), " 123456 ").unwrap()));
}

#[test]
fn each_upi_address_has_its_outcome() {
    let (bank, clock) = bank();
    let failed = bank.authorize(&sale(1, vpa("failure@upi"))).unwrap();
    assert_eq!(reason(&failed), Some(DeclineReason::PaymentDeclined));

    for (number, address) in [(2, "success@upi"), (3, "asha@okbank")] {
        let token = token_of(bank.authorize(&sale(number, vpa(address))).unwrap());
        bank.decide(&token, PayerDecision::Approve).unwrap().unwrap();
        approval(known(&bank, number));
    }

    assert_eq!(bank.authorize(&sale(4, vpa("pending@upi"))).unwrap(), Outcome::Pending);
    clock.advance(LIFETIME.checked_sub(Duration::from_micros(1)).unwrap());
    assert_eq!(known(&bank, 4), Outcome::Pending);
    clock.advance(Duration::from_micros(1));
    assert_eq!(reason(&known(&bank, 4)), Some(DeclineReason::PaymentExpired));
}

#[test]
fn the_lost_answer_is_found_by_asking_again() {
    let (bank, _) = bank();
    for _ in 0..2 {
        let lost = bank.authorize(&sale(1, vpa("timeout@upi")));
        assert!(matches!(lost, Err(BankError::AnswerLost)));
    }
    let found = approval(known(&bank, 1));
    assert_eq!(approval(known(&bank, 1)), found, "it was approved once");
}

#[test]
fn a_no_in_the_app_or_at_the_login_declines() {
    for instrument in [vpa("success@upi"), Instrument::UpiIntent, bank_login(), wallet()] {
        let (bank, _) = bank();
        let token = token_of(bank.authorize(&sale(1, instrument)).unwrap());
        bank.decide(&token, PayerDecision::Decline).unwrap().unwrap();
        let outcome = known(&bank, 1);
        assert_eq!(reason(&outcome), Some(DeclineReason::PaymentDeclined));
        bank.decide(&token, PayerDecision::Approve).unwrap().unwrap();
        assert_eq!(known(&bank, 1), outcome, "a yes after a no changes nothing");
    }
}

#[test]
fn an_intent_carries_a_upi_link_and_the_app() {
    let (bank, _) = bank();
    let outcome = bank.authorize(&sale(1, Instrument::UpiIntent)).unwrap();
    let Outcome::Challenged { challenge: Challenge::Intent { link, app: Some(_) }, .. } = &outcome
    else {
        panic!("{outcome:?}")
    };
    let expected = format!(
        "upi://pay?pa=merchant111111@simulator&pn=Asha%27s%20%3CTea%3E%20%26%20Spices\
         &am=500.00&tr={}&cu=INR",
        operation(1)
    );
    assert_eq!(link.as_str(), expected);
    let scanned = bank.upi_token(operation(1)).unwrap();
    assert_eq!(scanned, Some(token_of(outcome)));
}

#[test]
fn a_pages_address_tells_nothing_of_the_operation() {
    let (bank, _) = bank();
    let first = page_of(bank.authorize(&sale(1, card(GOOD_CARD))).unwrap());
    let second = page_of(bank.authorize(&sale(2, card(GOOD_CARD))).unwrap());
    assert!(!first.contains(&operation(1).to_string()));
    assert_ne!(first, second);
}

#[test]
fn asking_twice_does_it_once_and_answers_the_same() {
    for instrument in [
        || card(GOOD_CARD),
        || card("4000000000000069"),
        || vpa("success@upi"),
        || vpa("failure@upi"),
        || vpa("pending@upi"),
        || Instrument::UpiIntent,
        bank_login,
        wallet,
        || points(GOOD_CARD),
        || points(ODD_CARD),
        || card_emi(EmiCard::Credit, GOOD_CARD, 3),
        || cardless_emi(GOOD_MOBILE),
        || pay_later(PayLaterProvider::LazyPay, GOOD_MOBILE),
    ] {
        let (bank, _) = bank();
        let first = bank.authorize(&sale(1, instrument())).unwrap();
        assert_eq!(bank.authorize(&sale(1, instrument())).unwrap(), first);
        assert_eq!(known(&bank, 1), first);
    }
    let (bank, _) = bank();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    let paid = known(&bank, 1);
    assert_eq!(bank.authorize(&sale(1, card(GOOD_CARD))).unwrap(), paid);
}

#[test]
fn an_operation_id_is_not_used_for_two_things() {
    let (bank, _) = bank();
    pay_by_card(&bank, 1, true, GOOD_CARD);
    let mut other = hold(1, card(GOOD_CARD));
    other.amount = deodar_domain::money::Money::paise(50_001);
    assert!(matches!(bank.authorize(&other), Err(BankError::Unsupported(_))));
    let capture = bank.follow_on(crate::books::FollowOnKind::Capture, &about(1, 1, 100));
    assert!(matches!(capture, Err(BankError::Unsupported(_))));
    approval(known(&bank, 1));
}

#[test]
fn what_was_asked_about_before_it_was_asked_for_is_refused() {
    let (bank, _) = bank();
    assert_eq!(bank.status(operation(1)).unwrap(), Status::Unknown);
    assert_eq!(bank.status(operation(1)).unwrap(), Status::Unknown);
    for instrument in [card(GOOD_CARD), vpa("timeout@upi")] {
        let (bank, _) = self::bank();
        assert_eq!(bank.status(operation(1)).unwrap(), Status::Unknown);
        let late = bank.authorize(&sale(1, instrument)).unwrap();
        assert_eq!(reason(&late), Some(DeclineReason::PaymentExpired));
        assert_eq!(known(&bank, 1), late);
    }
}

#[test]
fn an_abandoned_authorisation_can_have_no_yes() {
    let (bank, _) = bank();
    let token = token_of(bank.authorize(&sale(1, vpa("success@upi"))).unwrap());
    for _ in 0..2 {
        assert_eq!(bank.abandon(operation(1)).unwrap(), Abandoned::Ended);
    }
    bank.decide(&token, PayerDecision::Approve).unwrap().unwrap();
    assert_eq!(reason(&known(&bank, 1)), Some(DeclineReason::PaymentCancelled));

    assert_eq!(bank.abandon(operation(2)).unwrap(), Abandoned::Ended);
    let late = bank.authorize(&sale(2, card(GOOD_CARD))).unwrap();
    assert_eq!(reason(&late), Some(DeclineReason::PaymentExpired));

    pay_by_card(&bank, 3, false, GOOD_CARD);
    assert_eq!(bank.abandon(operation(3)).unwrap(), Abandoned::Decided(known(&bank, 3)));
}

#[test]
fn a_payer_who_comes_too_late_finds_it_expired() {
    let (bank, clock) = bank();
    let token = token_of(bank.authorize(&sale(1, card(GOOD_CARD))).unwrap());
    clock.advance(LIFETIME);
    bank.give_otp(&token, OTP).unwrap().unwrap();
    assert_eq!(reason(&known(&bank, 1)), Some(DeclineReason::PaymentExpired));
}

#[test]
fn yes_or_no_is_no_one_time_password() {
    let (bank, _) = bank();
    bank.authorize(&sale(1, vpa("success@upi"))).unwrap();
    bank.authorize(&sale(2, card(GOOD_CARD))).unwrap();
    for number in [1, 3] {
        let answer = bank.answer_challenge(operation(number), OTP);
        assert!(matches!(answer, Err(BankError::Unsupported(_))), "{number}");
        let again = bank.resend_challenge(operation(number));
        assert!(matches!(again, Err(BankError::Unsupported(_))), "{number}");
    }
    bank.resend_challenge(operation(2)).unwrap();
}

#[test]
fn what_makes_no_sense_is_not_written_down() {
    let (bank, _) = bank();
    let mut nothing = sale(1, card(GOOD_CARD));
    nothing.amount = deodar_domain::money::Money::paise(0);
    let mut nowhere = sale(1, card(GOOD_CARD));
    nowhere.return_url = "javascript:alert(1)".to_owned();
    for request in [nothing, nowhere] {
        assert!(matches!(bank.authorize(&request), Err(BankError::Unsupported(_))));
    }
    bank.authorize(&sale(1, card(GOOD_CARD))).unwrap();
}
