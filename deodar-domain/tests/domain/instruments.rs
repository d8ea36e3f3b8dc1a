//! What payments are made with: each method once, and what the acquirer adds to a card.

use deodar_domain::card::{CardBrand, Last4};
use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::instrument::{
    CardSummary, CardType, EmiCard, Instrument, IssuerText, PayCode, UpiFlow,
};
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::{ATTEMPT_LIFETIME, Approval, COLLECT_LIFETIME, Payment};

use crate::attempt_rules::KIND;
use crate::made::{
    START, approval, card, collect, instruction_ids, order, payment, payment_operation, points,
    wallet,
};

fn plan() -> EmiPlan {
    let today = Day::parse("2025-03-06").unwrap();
    let tenure = Tenure::of_months(3).unwrap();
    EmiPlan::reckon(Money::paise(500), tenure, AnnualRate(1_600), today).unwrap()
}

fn card_emi(on: EmiCard) -> Instrument {
    Instrument::CardEmi { on, card: typed(), plan: plan() }
}

/// What the payer typed.
fn typed() -> CardSummary {
    card().card().unwrap().clone()
}

/// What the acquirer knows.
fn known() -> CardSummary {
    CardSummary {
        brand: CardBrand::RuPay,
        last4: Last4::parse("0009").unwrap(),
        card_type: Some(CardType::Credit),
        issuer: IssuerText::parse("Example Bank").ok(),
        category: None,
        country_code: None,
    }
}

/// Each instrument, with its method, and whether it has a card, a plan.
fn instruments() -> Vec<(Instrument, Method, bool, bool)> {
    let mobile = || MobileNumber::parse("9000000010", 10).unwrap();
    let pay_code = PayCode::parse("NB1531").unwrap();
    let pay_later = Instrument::PayLater {
        provider: PayLaterProvider::LazyPay,
        mobile: mobile(),
        instalments: Vec::new(),
    };
    vec![
        (card(), Method::Card, true, false),
        (collect(), Method::Upi, false, false),
        (Instrument::Upi(UpiFlow::Intent { qr: true }), Method::Upi, false, false),
        (Instrument::Netbanking { pay_code }, Method::Netbanking, false, false),
        (wallet(), Method::Wallet, false, false),
        (points(), Method::Points, true, false),
        (card_emi(EmiCard::Credit), Method::CreditEmi, true, true),
        (card_emi(EmiCard::Debit), Method::DebitEmi, true, true),
        (
            Instrument::CardlessEmi { mobile: mobile(), plan: plan() },
            Method::CardlessEmi,
            false,
            true,
        ),
        (pay_later, Method::Bnpl, false, false),
    ]
}

#[test]
fn every_method_has_an_instrument() {
    let instruments = instruments();
    for (instrument, method, has_card, has_plan) in &instruments {
        assert_eq!(instrument.method(), *method);
        assert_eq!(instrument.card().is_some(), *has_card, "{method:?}");
        assert_eq!(instrument.emi_plan().is_some(), *has_plan, "{method:?}");
        let is_collect = *instrument == collect();
        let lifetime = if is_collect { COLLECT_LIFETIME } else { ATTEMPT_LIFETIME };
        assert_eq!(Payment::lifetime(instrument), lifetime, "{method:?}");
    }
    for method in Method::ALL {
        assert!(instruments.iter().any(|(_, of, ..)| *of == method), "{method:?}");
    }
}

#[test]
fn an_approval_tells_more_of_a_card_and_of_nothing_else() {
    for (instrument, method, has_card, _) in instruments() {
        for told in [None, Some(known())] {
            let (mut order, _) = order(KIND);
            let new = payment(0, Money::paise(500), instrument.clone());
            let begun = order.start_attempt(vec![new], START).unwrap();
            let mut ids = instruction_ids(&order);
            let yes = Approval { card: told.clone(), ..approval() };
            let paid = order.approve(payment_operation(0), yes, &mut ids, START).unwrap();
            assert!(begun.ledger.is_empty() && paid.ledger.len() == 1);
            let kept = &order.payments[0].instrument;
            let is_as_it_was = told.is_none() || !has_card;
            assert_eq!(*kept == instrument, is_as_it_was, "{method:?}");
            assert_eq!(kept.method(), method);
            assert_eq!(kept.emi_plan(), instrument.emi_plan());
            let card = if is_as_it_was { instrument.card().cloned() } else { told };
            assert_eq!(kept.card(), card.as_ref(), "{method:?}");
        }
    }
}

#[test]
fn no_mobile_number_is_printed() {
    for (instrument, method, ..) in instruments() {
        assert!(!format!("{instrument:?}").contains("9000000010"), "{method:?}");
    }
}
