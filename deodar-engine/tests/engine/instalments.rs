//! EMI plans that are agreed before anything is written down, and Pay Later.

use std::time::Duration;

use crate::acquirer::silent;
use crate::common::{Gateway, MASTER_KEY, by_points, card_details, mobile, paid_with, terms};
use deodar_acquirer::Instrument;
use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::instrument::{EmiCard, Instrument as KeptInstrument};
use deodar_domain::merchant::Merchant;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::order::{Order, OrderState};
use deodar_domain::pay_later::{Eligibility, MaskedMobile, PayLaterProvider};
use deodar_engine::{
    ApiPayment, ELIGIBILITY_CHECKS_MAX, ELIGIBILITY_WINDOW, EligibilityCheck, EngineError,
    PAGE_CHECKS_MAX, PaymentProblem,
};

const AMOUNT: u64 = 50_000;

fn tenure(months: u16) -> Tenure {
    Tenure::of_months(months).unwrap()
}

fn plan(months: u16) -> EmiPlan {
    let today = Day::parse("2026-01-15").unwrap();
    EmiPlan::reckon(Money::paise(AMOUNT), tenure(months), AnnualRate(1_600), today).unwrap()
}

fn card_emi(on: EmiCard, months: u16) -> Instrument {
    let card = card_details("4012001037141112");
    Instrument::CardEmi { on, card, tenure: tenure(months) }
}

fn every_emi(months: u16) -> [Instrument; 3] {
    let cardless = Instrument::CardlessEmi { mobile: mobile(), pan: None, tenure: tenure(months) };
    [card_emi(EmiCard::Credit, months), card_emi(EmiCard::Debit, months), cardless]
}

async fn order(gateway: &Gateway) -> Order {
    gateway.make_order(terms("order-1", AMOUNT)).await
}

fn whole(instrument: Instrument) -> Vec<ApiPayment> {
    vec![paid_with(instrument, "p-1", AMOUNT)]
}

#[tokio::test]
async fn the_acquirers_plan_is_kept_with_the_payment() {
    for instrument in every_emi(6) {
        let gateway = Gateway::open().await;
        let plans = Ok(vec![plan(3), plan(6), plan(9)]);
        gateway.acquirer.plans.lock().unwrap().push_back(plans);
        let order = order(&gateway).await;
        let method = instrument.method();
        let paid = gateway.attempt(&order, whole(instrument)).await.unwrap();
        assert_eq!(paid.state, OrderState::Processed);
        assert_eq!(paid.payments[0].id.method, method);
        assert_eq!(paid.payments[0].instrument.emi_plan(), Some(&plan(6)));
        let stored = gateway.restarted().await.order(gateway.merchant(), order.key).await.unwrap();
        assert_eq!(stored, paid, "the plan is not reckoned anew");
    }
}

#[tokio::test]
async fn a_tenure_that_the_acquirer_does_not_offer_is_refused_and_nothing_is_stored() {
    for plans in [vec![], vec![plan(3), plan(9)]] {
        for instrument in every_emi(6) {
            let gateway = Gateway::open().await;
            gateway.acquirer.plans.lock().unwrap().push_back(Ok(plans.clone()));
            let order = order(&gateway).await;
            let refused = gateway.attempt(&order, whole(instrument)).await.unwrap_err();
            let problem = PaymentProblem::NoSuchTenure;
            assert_eq!(refused, EngineError::InvalidPayment { element: 0, problem });
            assert_eq!(gateway.read(&order).await, order);
            assert_eq!(gateway.acquirer.count("authorize"), 0);
        }
    }
}

#[tokio::test]
async fn the_payment_that_cannot_be_made_is_named_by_its_place() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let at_second =
        |instrument| vec![by_points("points", 10_000), paid_with(instrument, "other", 40_000)];
    let expired = || {
        let mut card = card_details("4012001037141112");
        card.expiry = deodar_domain::card::CardExpiry::parse("12", "2025").unwrap();
        card
    };
    let on = EmiCard::Debit;
    for (instrument, problem) in [
        (card_emi(on, 3), PaymentProblem::NoSuchTenure),
        (Instrument::Card(expired()), PaymentProblem::CardExpired),
        (
            Instrument::CardEmi { on, card: expired(), tenure: tenure(3) },
            PaymentProblem::CardExpired,
        ),
    ] {
        let refused = gateway.attempt(&order, at_second(instrument)).await.unwrap_err();
        assert_eq!(refused, EngineError::InvalidPayment { element: 1, problem });
    }
    let mut only_points = terms("order-2", AMOUNT);
    only_points.allowed_methods = [Method::Points].into_iter().collect();
    let only_points = gateway.make_order(only_points).await;
    let refused = gateway.attempt(&only_points, at_second(card_emi(on, 3))).await.unwrap_err();
    let problem = PaymentProblem::MethodNotAllowed;
    assert_eq!(refused, EngineError::InvalidPayment { element: 1, problem });
    assert_eq!(gateway.read(&order).await, order);
    assert_eq!(gateway.acquirer.count("authorize"), 0);
}

#[tokio::test]
async fn an_acquirer_that_tells_no_plans_in_time_has_stored_nothing() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    for instrument in every_emi(3) {
        gateway.acquirer.plans.lock().unwrap().push_back(Err(silent()));
        let refused = gateway.attempt(&order, whole(instrument)).await.unwrap_err();
        assert_eq!(refused, EngineError::TimedOut);
    }
    assert_eq!(gateway.read(&order).await, order);
    // The same reference is free, and its repeat needs no plan.
    gateway.acquirer.plans.lock().unwrap().push_back(Ok(vec![plan(3)]));
    let paid = gateway.attempt(&order, whole(card_emi(EmiCard::Credit, 3))).await.unwrap();
    gateway.acquirer.plans.lock().unwrap().push_back(Err(silent()));
    let again = gateway.attempt(&order, whole(card_emi(EmiCard::Credit, 3))).await.unwrap();
    assert_eq!(again, paid);
}

#[tokio::test]
async fn plans_are_shown_for_a_short_while_and_agreed_anew() {
    let gateway = Gateway::open().await;
    let tell = |plans: Result<Vec<EmiPlan>, _>| {
        gateway.acquirer.plans.lock().unwrap().push_back(plans);
    };
    let (method, amount) = (Method::CreditEmi, Money::paise(AMOUNT));
    let shown = async || gateway.engine.offered_plans(method, amount).await;
    tell(Err(silent()));
    assert_eq!(shown().await, Err(EngineError::TimedOut));
    tell(Ok(vec![plan(3)]));
    assert_eq!(*shown().await.unwrap(), [plan(3)], "silence is not remembered");
    tell(Ok(vec![plan(6)]));
    assert_eq!(*shown().await.unwrap(), [plan(3)]);
    // What is chosen is asked of the acquirer, whatever is shown.
    let order = order(&gateway).await;
    let refused = gateway.attempt(&order, whole(card_emi(EmiCard::Credit, 3))).await.unwrap_err();
    let problem = PaymentProblem::NoSuchTenure;
    assert_eq!(refused, EngineError::InvalidPayment { element: 0, problem });
    gateway.clock.advance(Duration::from_secs(30));
    tell(Ok(vec![plan(9)]));
    assert_eq!(*shown().await.unwrap(), [plan(9)]);
}

#[tokio::test]
async fn the_instalments_of_pay_later_are_kept_with_the_payment() {
    for (provider, parts) in [
        (PayLaterProvider::LazyPay, vec![]),
        (PayLaterProvider::Simpl, vec![]),
        (
            PayLaterProvider::SimplInThree,
            vec![(16_668, "2026-01-15"), (16_666, "2026-02-21"), (16_666, "2026-03-21")],
        ),
    ] {
        let gateway = Gateway::open().await;
        let order = order(&gateway).await;
        let instrument = Instrument::PayLater { provider, mobile: mobile(), device: None };
        gateway.attempt(&order, whole(instrument)).await.unwrap();
        // A day later, and by another process, they are what they were.
        gateway.clock.advance(Duration::from_hours(24));
        let stored = gateway.restarted().await.order(gateway.merchant(), order.key).await.unwrap();
        let KeptInstrument::PayLater { instalments, .. } = &stored.payments[0].instrument else {
            panic!("not by Pay Later")
        };
        let kept: Vec<_> =
            instalments.iter().map(|part| (part.amount.minor(), part.due.to_string())).collect();
        let parts: Vec<_> = parts.into_iter().map(|(paise, due)| (paise, due.to_owned())).collect();
        assert_eq!(kept, parts);
    }
}

fn question(mobile: &str) -> EligibilityCheck {
    EligibilityCheck {
        provider: PayLaterProvider::Simpl,
        mobile: MaskedMobile::parse(mobile).unwrap(),
        amount: Money::paise(AMOUNT),
        device: None,
    }
}

async fn check(
    gateway: &Gateway,
    merchant: &Merchant,
    mobile: &str,
) -> Result<Eligibility, EngineError> {
    gateway.engine.check_eligibility(merchant, question(mobile)).await
}

#[tokio::test]
async fn a_merchant_asks_about_one_number_ten_times_an_hour() {
    let gateway = Gateway::open().await;
    let (merchant, other) = (gateway.merchant(), gateway.make_merchant(MASTER_KEY).await.merchant);
    for _ in 0..ELIGIBILITY_CHECKS_MAX {
        check(&gateway, merchant, "9876543210").await.unwrap();
        gateway.clock.advance(Duration::from_mins(1));
    }
    let too_many = check(&gateway, merchant, "9876543210").await.unwrap_err();
    let retry_after = ELIGIBILITY_WINDOW.checked_sub(Duration::from_mins(10)).unwrap();
    assert_eq!(too_many, EngineError::TooManyRequests { retry_after });
    check(&gateway, merchant, "9876543211").await.unwrap();
    check(&gateway, &other, "9876543210").await.unwrap();
    // Business time has nothing to do with it.
    gateway.engine.advance_clock(3_600).await.unwrap();
    assert_eq!(check(&gateway, merchant, "9876543210").await.unwrap_err(), too_many);
    gateway.clock.advance(retry_after);
    check(&gateway, merchant, "9876543210").await.unwrap();
    assert!(check(&gateway, merchant, "9876543210").await.is_err(), "only the oldest has ended");
}

#[tokio::test]
async fn the_payers_own_checks_are_counted_with_the_merchants() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let mobile: MobileNumber = mobile();
    for _ in 0..ELIGIBILITY_CHECKS_MAX {
        let check = EligibilityCheck {
            provider: PayLaterProvider::LazyPay,
            mobile: (&mobile).into(),
            amount: order.amount_to_pay(),
            device: None,
        };
        let checked = gateway.engine.check_eligibility_of_payer(&order, check);
        assert!(checked.await.unwrap().eligible);
    }
    let too_many = check(&gateway, gateway.merchant(), mobile.as_str()).await.unwrap_err();
    assert!(matches!(too_many, EngineError::TooManyRequests { .. }));
}

#[tokio::test]
async fn a_page_cannot_be_used_to_ask_about_many_numbers() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let ask = async |index: u32| {
        let check = question(&format!("98765{index:05}"));
        gateway.engine.check_eligibility_of_payer(&order, check).await
    };
    for index in 0..PAGE_CHECKS_MAX {
        ask(index).await.unwrap();
    }
    let too_many = ask(PAGE_CHECKS_MAX).await.unwrap_err();
    assert!(matches!(too_many, EngineError::TooManyRequests { .. }));
}

#[tokio::test]
async fn a_typed_number_is_sealed_for_its_order_alone() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let sealed = gateway.engine.seal_mobile(&order, &mobile()).unwrap();
    assert!(!sealed.contains(mobile().as_str()));
    assert_eq!(gateway.engine.open_mobile(&order, &sealed), Some(mobile()));
    let other = gateway.make_order(terms("order-2", AMOUNT)).await;
    assert_eq!(gateway.engine.open_mobile(&other, &sealed), None);
    let first = sealed.chars().next().unwrap();
    let changed = sealed.replacen(first, if first == '0' { "1" } else { "0" }, 1);
    for forged in ["", "00", "zz", &changed, &sealed.repeat(2)] {
        assert_eq!(gateway.engine.open_mobile(&order, forged), None, "{forged}");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_is_refused_by_its_cause() {
    let gateway = Gateway::open().await;
    gateway.acquirer.eligibility.lock().unwrap().push_back(Err(silent()));
    let silence = check(&gateway, gateway.merchant(), "9876543210").await.unwrap_err();
    assert_eq!(silence, EngineError::TimedOut);
    let mut merchant = gateway.merchant().clone();
    merchant.methods = MethodSet::all().iter().filter(|m| *m != Method::Bnpl).collect();
    let off = check(&gateway, &merchant, "9876543210").await.unwrap_err();
    assert_eq!(off, EngineError::MethodNotEnabled(Method::Bnpl));
    let dollars = Currency::from_code("USD").unwrap();
    let mut foreign = question("9876543210");
    foreign.amount = Money::new(AMOUNT, dollars);
    let foreign = gateway.engine.check_eligibility(gateway.merchant(), foreign).await;
    assert_eq!(foreign.unwrap_err(), EngineError::CurrencyNotEnabled(dollars));
}
