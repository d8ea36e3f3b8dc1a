//! Instalments, on a card and without one.

use deodar_acquirer::Outcome;
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::{CardType, EmiCard};
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::payment::Challenge;

use super::{bank, decided, give_right_otp, known};
use crate::error::BankError;
use crate::rules::OTP;
use crate::test_kit::*;

#[test]
fn each_method_has_its_tenures_and_rates() {
    let table = [
        (
            Method::CreditEmi,
            [(3, 1_300), (6, 1_300), (9, 1_400), (12, 1_400), (18, 1_500), (24, 1_600)],
        ),
        (Method::DebitEmi, [3, 6, 9, 12, 18, 24].map(|months| (months, 1_600))),
        (Method::CardlessEmi, [3, 6, 9, 12, 18, 24].map(|months| (months, 1_800))),
    ];
    for (method, expected) in table {
        for paise in [100, 17_800, 100_000_000] {
            let (bank, _) = bank();
            let plans = bank.plans(method, Money::paise(paise)).unwrap();
            let told: Vec<_> =
                plans.iter().map(|plan| (plan.tenure.months(), plan.rate.0)).collect();
            assert_eq!(told, expected, "{method} of {paise}");
            for plan in &plans {
                assert!(plan.total().unwrap().minor() > paise, "{method} of {paise}");
            }
        }
    }
}

#[test]
fn a_plan_is_reckoned_from_the_banks_own_day_on() {
    let (bank, clock) = bank();
    // The clock begins on 1 January 1970 in London, which is early morning in India.
    clock.advance(std::time::Duration::from_hours(24 * 30));
    let plans = bank.plans(Method::DebitEmi, Money::paise(17_800)).unwrap();
    let first = plans.first().unwrap();
    let due: Vec<_> = first.instalments.iter().map(|part| part.due.to_string()).collect();
    assert_eq!(due, ["1970-02-28", "1970-03-31", "1970-04-30"]);
    assert_eq!(first.monthly(), Some(Money::paise(6_093)));
}

#[test]
fn less_than_a_rupee_and_other_methods_have_no_plans() {
    let (bank, _) = bank();
    assert_eq!(bank.plans(Method::CreditEmi, Money::paise(99)).unwrap(), []);
    for method in [Method::Card, Method::Upi, Method::Netbanking, Method::Wallet, Method::Bnpl] {
        let none = bank.plans(method, AMOUNT);
        assert!(matches!(none, Err(BankError::Unsupported(_))), "{method}");
    }
}

#[test]
fn a_card_by_emi_has_the_outcome_of_the_card() {
    use DeclineReason as Reason;
    let rows = [
        // number, at once, after the right OTP
        (GOOD_CARD, None, None),
        ("6074820000000009", None, None),
        ("4000000000000002", None, Some(Reason::PaymentDeclined)),
        ("4000000000009995", None, Some(Reason::InsufficientFunds)),
        ("4000000000000069", Some(Reason::CardExpired), None),
        ("4100000000000019", Some(Reason::RiskCheckFailed), None),
    ];
    let kinds = [(EmiCard::Credit, CardType::Credit), (EmiCard::Debit, CardType::Debit)];
    for (number, at_once, after_otp) in rows {
        for (on, card_type) in kinds {
            let (bank, _) = bank();
            let first = bank.authorize(&sale(1, card_emi(on, number, 3))).unwrap();
            if at_once.is_some() {
                assert_eq!(reason(&first), at_once, "{number}");
                continue;
            }
            assert!(page_of(first).starts_with(&format!("{PUBLIC_URL}/3ds/")), "{number}");
            let outcome = decided(bank.answer_challenge(operation(1), OTP).unwrap());
            assert_eq!(reason(&outcome), after_otp, "{number}");
            if after_otp.is_none() {
                assert_eq!(approval(outcome).card.unwrap().card_type, Some(card_type));
            }
        }
    }
}

#[test]
fn a_tenure_that_is_not_offered_is_not_asked_for() {
    let (bank, _) = bank();
    for request in [
        sale(1, card_emi(EmiCard::Credit, GOOD_CARD, 4)),
        sale(1, card_emi(EmiCard::Debit, GOOD_CARD, 60)),
        of_paise(sale(1, card_emi(EmiCard::Credit, GOOD_CARD, 3)), 99),
    ] {
        assert!(matches!(bank.authorize(&request), Err(BankError::Unsupported(_))));
    }
    bank.authorize(&sale(1, card_emi(EmiCard::Credit, GOOD_CARD, 3))).unwrap();
}

#[test]
fn without_a_card_the_gateway_asks_for_the_lenders_otp() {
    let (bank, _) = bank();
    let asked = bank.authorize(&sale(1, cardless_emi(GOOD_MOBILE))).unwrap();
    let Outcome::Challenged { challenge: Challenge::Otp, reference } = asked else {
        panic!("{asked:?}")
    };
    bank.resend_challenge(operation(1)).unwrap();
    give_right_otp(&bank, 1);
    let given = approval(known(&bank, 1));
    assert_eq!(Some(given.acquirer_reference), reference);
    assert_eq!(given.card, None);
}

#[test]
fn without_a_card_nobody_borrows_whom_the_lender_does_not_know() {
    let (bank, _) = bank();
    let refused = bank.authorize(&sale(1, cardless_emi("9876540000"))).unwrap();
    assert_eq!(reason(&refused), Some(DeclineReason::PaymentDeclined));
    let asked = bank.authorize(&sale(2, cardless_emi("9876541111"))).unwrap();
    assert!(matches!(asked, Outcome::Challenged { challenge: Challenge::Otp, .. }));
}

#[test]
fn the_reference_tells_the_rates() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/simulator.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (bank, _) = bank();
    for method in [Method::CreditEmi, Method::DebitEmi, Method::CardlessEmi] {
        let plans = bank.plans(method, AMOUNT).unwrap();
        let rates: Vec<_> = plans.iter().map(|plan| format!("{} %", plan.rate.0 / 100)).collect();
        let row = format!("| `{method}` | {} |", rates.join(" | "));
        assert!(page.contains(&row), "{row}");
    }
}
