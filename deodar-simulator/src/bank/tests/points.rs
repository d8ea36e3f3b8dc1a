//! Loyalty points.

use deodar_domain::card::CardNumber;
use deodar_domain::decline::DeclineReason::{self, InsufficientFunds};
use deodar_domain::money::{Currency, Money};

use super::{bank, give_right_otp, known};
use crate::rules::points;
use crate::test_kit::*;

/// What all the points of a card pay for.
const WORTH: u64 = 2_500_000;

#[test]
fn a_card_with_an_even_end_has_points() {
    for (number, expected) in [
        (GOOD_CARD, 100_000),
        ("5123456789012346", 100_000),
        ("4000000000000002", 100_000),
        ("6074820000000009", 0),
        (ODD_CARD, 0),
    ] {
        let balance = points::balance(&CardNumber::parse(number).unwrap());
        assert_eq!(balance.points, expected, "{number}");
        assert_eq!(balance.worth, Money::paise(expected * 25), "{number}");
    }
}

#[test]
fn a_point_pays_for_a_quarter_of_a_rupee() {
    for (paise, cost) in [(1, 1), (25, 1), (26, 2), (50_000, 2_000), (WORTH, 100_000)] {
        assert_eq!(points::cost(Money::paise(paise)), cost, "{paise}");
    }
}

#[test]
fn who_has_enough_points_is_asked_and_who_has_not_is_declined() {
    let rows: [(&str, u64, Option<DeclineReason>); 5] = [
        (GOOD_CARD, 100, None),
        (GOOD_CARD, WORTH, None),
        (GOOD_CARD, WORTH + 1, Some(InsufficientFunds)),
        (ODD_CARD, 100, Some(InsufficientFunds)),
        (GOOD_CARD, u64::MAX >> 1, Some(InsufficientFunds)),
    ];
    for (number, paise, expected) in rows {
        let (bank, _) = bank();
        let first = bank.authorize(&of_paise(sale(1, points(number)), paise)).unwrap();
        assert_eq!(reason(&first), expected, "{number} {paise}");
        if expected.is_none() {
            assert!(page_of(first).starts_with(&format!("{PUBLIC_URL}/3ds/")));
            give_right_otp(&bank, 1);
            assert_eq!(approval(known(&bank, 1)).card.unwrap().last4.as_str(), "1112");
        }
        assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn points_beside_another_payment_ask_for_no_yes_of_their_own() {
    for (number, expected) in [(GOOD_CARD, None), (ODD_CARD, Some(InsufficientFunds))] {
        let (bank, _) = bank();
        let mut request = sale(1, points(number));
        request.asked_beside = true;
        let outcome = bank.authorize(&request).unwrap();
        assert_eq!(reason(&outcome), expected, "{number}");
        assert_eq!(known(&bank, 1), outcome);
        if expected.is_none() {
            approval(outcome);
        }
    }
}

#[test]
fn what_is_asked_beside_is_asked_of_everybody_else() {
    let (bank, _) = bank();
    let mut request = sale(1, card(GOOD_CARD));
    request.asked_beside = true;
    page_of(bank.authorize(&request).unwrap());
}

#[test]
fn the_points_never_run_low() {
    let (bank, _) = bank();
    for number in 1..=3 {
        bank.authorize(&of_paise(sale(number, points(GOOD_CARD)), WORTH)).unwrap();
        give_right_otp(&bank, number);
    }
}

#[test]
fn points_pay_for_rupees_alone() {
    let (bank, _) = bank();
    let mut request = sale(1, points(GOOD_CARD));
    request.amount = Money::new(100, Currency::from_code("USD").unwrap());
    assert_eq!(reason(&bank.authorize(&request).unwrap()), Some(InsufficientFunds));
}
