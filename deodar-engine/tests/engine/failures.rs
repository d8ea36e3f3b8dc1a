//! Payments with one instrument that fail too often: whoever tries stolen cards is stopped.

use std::time::Duration;

use crate::acquirer::{approved, asks_for_password, challenged, declined, silent};
use crate::common::{Gateway, by_card, by_points, card_details, mobile, paid_with, terms};
use deodar_acquirer::{Abandoned, ChallengeAnswer, Instrument, Outcome, Status};
use deodar_domain::card::CardNumber;
use deodar_domain::customer::MobileNumber;
use deodar_domain::day::Day;
use deodar_domain::decline::DeclineReason;
use deodar_domain::emi::{AnnualRate, EmiPlan, Tenure};
use deodar_domain::instrument::{EmiCard, PayCode, WalletCode};
use deodar_domain::money::Money;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::ATTEMPT_LIFETIME;
use deodar_domain::upi::Vpa;
use deodar_engine::{ApiPayment, EngineError, FAILURES_MAX, FAILURES_WINDOW};
use deodar_store::Queue;

const AMOUNT: u64 = 50_000;
const MINUTE: Duration = Duration::from_mins(1);

/// A gateway with real money, on which each attempt is of an order of its own.
struct Shop {
    gateway: Gateway,
    orders: usize,
}

impl Shop {
    async fn open() -> Self {
        Self { gateway: Gateway::open_as(false).await, orders: 0 }
    }

    async fn pay(&mut self, payments: Vec<ApiPayment>) -> Result<Order, EngineError> {
        self.orders += 1;
        let reference = format!("order-{}", self.orders);
        let order = self.gateway.make_order(terms(&reference, AMOUNT)).await;
        self.gateway.attempt(&order, payments).await
    }

    async fn pay_with(&mut self, instrument: Instrument) -> Result<Order, EngineError> {
        self.pay(vec![paid_with(instrument, "p-1", AMOUNT)]).await
    }

    /// Tries to pay, and the acquirer answers so.
    async fn answered(&mut self, instrument: Instrument, outcome: Outcome) -> Order {
        self.gateway.acquirer.will_authorize([Ok(outcome)]);
        self.pay_with(instrument).await.unwrap()
    }

    /// Lets a payment fail.
    async fn fail(&mut self, instrument: Instrument) {
        let no = declined(DeclineReason::PaymentDeclined);
        assert_eq!(self.answered(instrument, no).await.state, OrderState::Attempted);
    }

    /// Lets one less fail than is too many.
    async fn fail_almost_too_often(&mut self) {
        for _ in 1..FAILURES_MAX {
            self.fail(visa()).await;
        }
    }

    /// Whether a payment is refused before it is made.
    async fn is_stopped(&mut self, instrument: Instrument) -> bool {
        let asked = self.gateway.acquirer.count("authorize");
        match self.pay_with(instrument).await {
            Ok(_) => false,
            Err(EngineError::TooManyFailures { .. }) => {
                assert_eq!(self.gateway.acquirer.count("authorize"), asked);
                true
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn visa() -> Instrument {
    Instrument::Card(card_details("4012001037141112"))
}

fn mastercard() -> Instrument {
    Instrument::Card(card_details("5123456789012346"))
}

fn collect(vpa: &str) -> Instrument {
    Instrument::UpiCollect(Vpa::parse(vpa).unwrap())
}

fn pay_later(provider: PayLaterProvider) -> Instrument {
    Instrument::PayLater { provider, mobile: mobile(), device: None }
}

#[tokio::test]
async fn after_five_failures_with_one_card_an_hour_has_to_pass() {
    let mut shop = Shop::open().await;
    for _ in 0..FAILURES_MAX {
        shop.fail(visa()).await;
        shop.gateway.clock.advance(MINUTE);
    }
    let refused = shop.pay_with(visa()).await.unwrap_err();
    let retry_after = FAILURES_WINDOW.checked_sub(5 * MINUTE).unwrap();
    assert_eq!(refused, EngineError::TooManyFailures { retry_after });
    assert!(!shop.is_stopped(mastercard()).await, "another card is free");
    shop.gateway.clock.advance(retry_after.checked_sub(Duration::from_micros(1)).unwrap());
    assert!(shop.is_stopped(visa()).await);
    shop.gateway.clock.advance(Duration::from_micros(1));
    shop.fail(visa()).await;
    assert!(shop.is_stopped(visa()).await, "four of the others still count");
}

#[tokio::test]
async fn a_card_is_the_same_however_it_is_paid_with_and_whoever_is_paid() {
    let mut shop = Shop::open().await;
    for _ in 0..FAILURES_MAX {
        shop.fail(visa()).await;
    }
    let mut other = card_details("4012 0010 3714 1112");
    other.name = deodar_domain::card::CardholderName::parse("").unwrap();
    let number = CardNumber::parse("4012001037141112").unwrap();
    let tenure = Tenure::of_months(3).unwrap();
    for same in [
        Instrument::CardEmi { on: EmiCard::Credit, card: card_details("4012001037141112"), tenure },
        Instrument::Points { number, mobile: mobile() },
        Instrument::Card(other),
    ] {
        assert!(shop.is_stopped(same).await);
    }
    let link = shop.gateway.make_link("link-1", AMOUNT).await;
    let paid = shop.gateway.engine.pay(link.key, crate::common::card("p-1")).await;
    assert!(matches!(paid, Err(EngineError::TooManyFailures { .. })), "the page is no way round");
    let beside = vec![by_points("a", 10_000), by_card("b", 40_000)];
    assert!(matches!(shop.pay(beside).await, Err(EngineError::TooManyFailures { .. })));
}

#[tokio::test]
async fn every_instrument_that_names_its_payer_is_counted_by_itself() {
    let mut shop = Shop::open().await;
    let kinds: [fn() -> Instrument; 4] = [
        || collect("asha@upi"),
        || pay_later(PayLaterProvider::Simpl),
        || Instrument::Points {
            number: CardNumber::parse("6074820000000009").unwrap(),
            mobile: mobile(),
        },
        mastercard,
    ];
    for kind in kinds {
        for _ in 0..FAILURES_MAX {
            shop.fail(kind()).await;
        }
        assert!(shop.is_stopped(kind()).await);
    }
    for free in [visa(), collect("asha@bank"), pay_later(PayLaterProvider::LazyPay)] {
        assert!(!shop.is_stopped(free).await);
    }
    // What names nobody is not counted.
    let nobody: [fn() -> Instrument; 3] = [
        || Instrument::UpiIntent,
        || Instrument::Netbanking(PayCode::parse("NB1531").unwrap()),
        || Instrument::Wallet(WalletCode::parse("AMAZON_PAY").unwrap()),
    ];
    for kind in nobody {
        for _ in 0..=FAILURES_MAX {
            shop.fail(kind()).await;
        }
    }
}

#[tokio::test]
async fn a_mobile_number_is_the_same_with_and_without_its_calling_code() {
    let mut shop = Shop::open().await;
    let tenure = Tenure::of_months(3).unwrap();
    let plan = || {
        let (amount, today) = (Money::paise(AMOUNT), Day::parse("2026-01-15").unwrap());
        EmiPlan::reckon(amount, tenure, AnnualRate(1_200), today).unwrap()
    };
    let cardless = |digits: &str| {
        let mobile = MobileNumber::parse(digits, 10).unwrap();
        Instrument::CardlessEmi { mobile, pan: None, tenure }
    };
    shop.gateway.acquirer.plans.lock().unwrap().extend((0..9).map(|_| Ok(vec![plan()])));
    for digits in ["9876543210", "919876543210", "09876543210", "0919876543210", "9876543210"] {
        shop.fail(cardless(digits)).await;
    }
    for digits in ["9876543210", "00919876543210"] {
        assert!(shop.is_stopped(cardless(digits)).await, "{digits}");
    }
    assert!(!shop.is_stopped(cardless("9876543211")).await);
}

#[tokio::test]
async fn nothing_is_counted_in_a_sandbox() {
    let mut shop = Shop { gateway: Gateway::open().await, orders: 0 };
    for _ in 0..3 * FAILURES_MAX {
        shop.fail(visa()).await;
    }
    assert!(!shop.is_stopped(visa()).await);
}

#[tokio::test]
async fn a_failure_by_a_password_is_counted_once() {
    let mut shop = Shop::open().await;
    shop.fail_almost_too_often().await;
    let order = shop.answered(visa(), asks_for_password()).await;
    let (id, merchant) = (order.payments[0].id, shop.gateway.merchant().clone());
    let no = declined(DeclineReason::UserAuthenticationFailed);
    shop.gateway.acquirer.answers.lock().unwrap().extend([
        Ok(ChallengeAnswer::Wrong { tries_remaining: 1 }),
        Ok(ChallengeAnswer::Decided(no)),
    ]);
    shop.gateway.engine.submit_otp(&merchant, id, "000000").await.unwrap();
    assert!(!shop.is_stopped(visa()).await, "a wrong password alone is no failure");
    shop.gateway.engine.submit_otp(&merchant, id, "000000").await.unwrap();
    assert!(shop.is_stopped(visa()).await);
}

#[tokio::test]
async fn a_failure_that_was_found_by_asking_is_counted_once() {
    let mut shop = Shop::open().await;
    shop.fail_almost_too_often().await;
    let order = shop.answered(visa(), challenged()).await;
    assert!(!shop.is_stopped(visa()).await);
    let no = || Status::Known(declined(DeclineReason::PaymentDeclined));
    shop.gateway.acquirer.will_tell([no()]);
    shop.gateway.engine.refresh_payment(order.key).await.unwrap();
    assert!(shop.is_stopped(visa()).await);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_a_worker_finds_before_the_call_hears_of_it_is_counted_once() {
    let mut shop = Shop::open().await;
    for _ in 2..FAILURES_MAX {
        shop.fail(visa()).await;
    }
    let no = || declined(DeclineReason::PaymentDeclined);
    shop.gateway.acquirer.will_authorize([Ok(no())]);
    let order = shop.gateway.make_order(terms("late", AMOUNT)).await;
    let key = order.key;
    let unanswered = shop.gateway.acquirer.gate.lock().await;
    let (engine, merchant) = (shop.gateway.engine.clone(), shop.gateway.merchant().clone());
    let payments = vec![paid_with(visa(), "p-1", AMOUNT)];
    let paying = tokio::spawn(async move { engine.pay_by_api(&merchant, key, payments).await });
    let asked = shop.gateway.acquirer.count("authorize");
    while shop.gateway.acquirer.count("authorize") == asked {
        tokio::task::yield_now().await;
    }
    shop.gateway.clock.advance(MINUTE);
    shop.gateway.acquirer.will_tell([Status::Known(no())]);
    shop.gateway.work(Queue::FollowUp).await;
    assert_eq!(shop.gateway.read(&order).await.state, OrderState::Attempted);
    drop(unanswered);
    paying.await.unwrap().unwrap();
    assert!(!shop.is_stopped(visa()).await);
    shop.fail(visa()).await;
    assert!(shop.is_stopped(visa()).await);
}

#[tokio::test]
async fn a_payer_who_does_nothing_is_counted_and_one_who_gives_up_is_not() {
    let mut shop = Shop::open().await;
    shop.fail_almost_too_often().await;
    let order = shop.answered(visa(), challenged()).await;
    shop.gateway.engine.give_up(order.key).await.unwrap();
    shop.answered(visa(), declined(DeclineReason::PaymentCancelled)).await;
    let order = shop.answered(visa(), challenged()).await;
    let gone = Ok(Abandoned::Decided(declined(DeclineReason::PaymentCancelled)));
    shop.gateway.acquirer.abandon.lock().unwrap().push_back(gone);
    shop.gateway.engine.give_up(order.key).await.unwrap();
    assert!(!shop.is_stopped(visa()).await, "giving up is no failure");
    shop.answered(visa(), challenged()).await;
    shop.gateway.clock.advance(ATTEMPT_LIFETIME);
    shop.gateway.acquirer.will_tell([Status::Known(challenged())]);
    shop.gateway.work(Queue::FollowUp).await;
    assert!(shop.is_stopped(visa()).await);
}

#[tokio::test]
async fn what_is_not_the_instruments_fault_is_not_counted() {
    let mut shop = Shop::open().await;
    shop.fail_almost_too_often().await;
    // It never reached the acquirer.
    shop.gateway.acquirer.will_authorize([Err(silent())]);
    shop.pay_with(visa()).await.unwrap();
    shop.gateway.clock.advance(MINUTE);
    shop.gateway.acquirer.will_tell([Status::Unknown]);
    shop.gateway.work(Queue::FollowUp).await;
    // Another payment of the attempt failed.
    let no = declined(DeclineReason::InsufficientFunds);
    shop.gateway.acquirer.will_authorize([Ok(approved()), Ok(no)]);
    let failed = shop.pay(vec![by_card("a", 40_000), by_points("b", 10_000)]).await.unwrap();
    assert_eq!(failed.state, OrderState::Attempted);
    shop.gateway.work(Queue::FollowUp).await;
    assert!(!shop.is_stopped(visa()).await);
    // A repeat makes no payment, so it is neither counted nor refused.
    shop.fail(visa()).await;
    let order = shop.gateway.engine.order(shop.gateway.merchant(), failed.key).await.unwrap();
    let again = shop.gateway.attempt(&order, vec![by_card("a", 40_000)]).await;
    assert!(again.is_ok());
    assert!(shop.is_stopped(visa()).await);
}
