//! Captures, voids and refunds of what several payments hold or took: money before points.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::acquirer::{approved, declined};
use crate::common::{Gateway, card_and_points, terms};
use crate::webhooks::render_all;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::event::EventType;
use deodar_domain::money::Money;
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order, OrderState};
use deodar_domain::payment::{CancelCause, Payment, PaymentState, PaymentStatus};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::RefundState;
use deodar_domain::refusal::Refusal;
use deodar_domain::terms::Terms;
use deodar_engine::{EngineError, Found, NewCapture, NewRefund};
use deodar_store::Queue;

const DECLINED: DeclineReason = DeclineReason::PaymentDeclined;

/// An order of which ₹400 are held by card and ₹100 by points.
async fn held(gateway: &Gateway) -> Order {
    let terms = Terms { pre_auth: true, ..terms("order-1", 50_000) };
    let order = gateway.make_order(terms).await;
    gateway.attempt(&order, card_and_points("p")).await.unwrap()
}

/// The same, of which the money was taken.
async fn paid(gateway: &Gateway) -> Order {
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    gateway.attempt(&order, card_and_points("p")).await.unwrap()
}

async fn capture(
    gateway: &Gateway,
    order: &Order,
    reference: &str,
    amount: Option<u64>,
) -> Result<Order, EngineError> {
    let reference = MerchantReference::parse(reference).unwrap();
    let new = NewCapture { reference, amount: amount.map(Money::paise) };
    gateway.engine.capture(gateway.merchant(), order.key, new).await
}

async fn cancel(gateway: &Gateway, order: &Order) -> Result<Order, EngineError> {
    gateway.engine.cancel_order(gateway.merchant(), order.key).await
}

async fn refund(
    gateway: &Gateway,
    order: &Order,
    reference: &str,
    amount: Option<u64>,
) -> Result<Found, EngineError> {
    let reference = MerchantReference::parse(reference).unwrap();
    let new = NewRefund { reference, amount: amount.map(Money::paise) };
    gateway.engine.refund(gateway.merchant(), order.key, new).await
}

/// The next captures, voids and refunds are answered so, one after the other: yes or no.
fn answer_next<const N: usize>(gateway: &Gateway, answers: [bool; N]) {
    let answers = answers.map(|yes| if yes { approved() } else { declined(DECLINED) });
    gateway.acquirer.next_follow_on.lock().unwrap().extend(answers);
}

fn be_silent(gateway: &Gateway, times: u64) {
    gateway.acquirer.silent_follow_ons.store(times, Ordering::SeqCst);
}

fn refused() -> EngineError {
    EngineError::Declined(Failure::of(DECLINED))
}

/// What was taken by card and by points.
fn taken(order: &Order) -> Vec<u64> {
    order.payments.iter().map(|payment| payment.captured().minor()).collect()
}

fn statuses(order: &Order) -> Vec<PaymentStatus> {
    order.payments.iter().map(Payment::status).collect()
}

#[tokio::test]
async fn a_capture_takes_money_first_and_lets_go_of_the_points_it_does_not_need() {
    for (amount, by_card, by_points, state) in [
        (None, 40_000, 10_000, OrderState::Processed),
        (Some(50_000), 40_000, 10_000, OrderState::Processed),
        (Some(40_001), 40_000, 1, OrderState::PartiallyCaptured),
        (Some(40_000), 40_000, 0, OrderState::PartiallyCaptured),
        (Some(100), 100, 0, OrderState::PartiallyCaptured),
    ] {
        let gateway = Gateway::open().await;
        let order = held(&gateway).await;
        for _ in 0..2 {
            let captured = capture(&gateway, &order, "c-1", amount).await.unwrap();
            assert_eq!((captured.state, taken(&captured)), (state, vec![by_card, by_points]));
        }
        let let_go = usize::from(by_points == 0);
        assert_eq!(gateway.acquirer.count("capture"), 2 - let_go);
        assert_eq!(gateway.acquirer.count("void"), let_go);
        assert_eq!(gateway.owed().await, i128::from(by_card + by_points));
        let expected = [EventType::OrderAuthorized, EventType::OrderProcessed];
        assert_eq!(render_all(&gateway).await, expected);
    }
}

#[tokio::test]
async fn what_a_partly_refused_capture_left_is_captured_by_a_second() {
    for (answers, first, second) in
        [([false, true], vec![0, 10_000], 40_000), ([true, false], vec![40_000, 0], 10_000)]
    {
        let gateway = Gateway::open().await;
        let order = held(&gateway).await;
        answer_next(&gateway, answers);
        assert_eq!(capture(&gateway, &order, "c-1", None).await.unwrap_err(), refused());
        let part = gateway.read(&order).await;
        assert!(matches!(part.state, OrderState::Authorized { .. }));
        assert_eq!(taken(&part), first);
        assert_eq!(gateway.owed().await, 50_000 - i128::from(second));
        assert_eq!(capture(&gateway, &order, "c-1", None).await.unwrap_err(), refused());
        let too_much = capture(&gateway, &order, "c-2", Some(second + 1)).await.unwrap_err();
        assert_eq!(too_much, EngineError::Refused(Refusal::CaptureExceedsAuthorised));
        let whole = capture(&gateway, &order, "c-2", None).await.unwrap();
        assert_eq!((whole.state, taken(&whole)), (OrderState::Processed, vec![40_000, 10_000]));
        assert_eq!(gateway.owed().await, 50_000);
        let expected = [EventType::OrderAuthorized, EventType::OrderProcessed];
        assert_eq!(render_all(&gateway).await, expected);
    }
}

#[tokio::test]
async fn what_a_partly_refused_capture_left_is_let_go_by_a_cancel_or_in_time() {
    for by_merchant in [true, false] {
        let gateway = Gateway::open().await;
        let order = held(&gateway).await;
        answer_next(&gateway, [true, false]);
        assert_eq!(capture(&gateway, &order, "c-1", None).await.unwrap_err(), refused());
        let cause = if by_merchant {
            let left = cancel(&gateway, &order).await.unwrap();
            assert_eq!(left.state, OrderState::PartiallyCaptured);
            CancelCause::Merchant
        } else {
            gateway.clock.advance(AUTHORISATION_LIFETIME);
            gateway.work(Queue::Deadline).await;
            gateway.work(Queue::FollowUp).await;
            CancelCause::Released
        };
        let left = gateway.read(&order).await;
        assert_eq!((left.state, taken(&left)), (OrderState::PartiallyCaptured, vec![40_000, 0]));
        assert_eq!(left.payments[1].state, PaymentState::Cancelled { cause });
        assert_eq!(gateway.owed().await, 40_000);
        let expected = [EventType::OrderAuthorized, EventType::OrderProcessed];
        assert_eq!(render_all(&gateway).await, expected);
        let again = cancel(&gateway, &order).await.unwrap_err();
        assert_eq!(again, EngineError::Refused(Refusal::OrderNotCancellable));
    }
}

#[tokio::test]
async fn points_that_a_capture_does_not_need_stay_held_where_the_acquirer_keeps_them() {
    let gateway = Gateway::open().await;
    let order = held(&gateway).await;
    answer_next(&gateway, [true, false]);
    for _ in 0..2 {
        let part = capture(&gateway, &order, "c-1", Some(40_000)).await.unwrap();
        assert!(matches!(part.state, OrderState::Authorized { .. }));
        assert_eq!(statuses(&part), [PaymentStatus::Processed, PaymentStatus::Authorized]);
    }
    assert_eq!(gateway.owed().await, 40_000);
    gateway.clock.advance(AUTHORISATION_LIFETIME);
    gateway.work(Queue::Deadline).await;
    gateway.work(Queue::FollowUp).await;
    assert_eq!(gateway.read(&order).await.state, OrderState::PartiallyCaptured);
    let expected = [EventType::OrderAuthorized, EventType::OrderProcessed];
    assert_eq!(render_all(&gateway).await, expected);
}

#[tokio::test]
async fn a_capture_of_which_a_part_is_in_doubt_is_pending_until_a_worker_knows() {
    let gateway = Gateway::open().await;
    let order = held(&gateway).await;
    be_silent(&gateway, 1);
    let doubt = capture(&gateway, &order, "c-1", None).await.unwrap_err();
    assert_eq!(doubt, EngineError::Refused(Refusal::OperationInFlight));
    assert_eq!(taken(&gateway.read(&order).await), [0, 10_000], "the other part is asked for");
    let cancelled = cancel(&gateway, &order).await.unwrap_err();
    assert_eq!(cancelled, EngineError::Refused(Refusal::OperationInFlight));
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    let captured = capture(&gateway, &order, "c-1", None).await.unwrap();
    assert_eq!((captured.state, gateway.owed().await), (OrderState::Processed, 50_000));
}

#[tokio::test]
async fn a_cancel_tells_whether_everything_was_let_go() {
    for answers in [[false, true], [true, false], [false, false]] {
        let gateway = Gateway::open().await;
        let order = held(&gateway).await;
        answer_next(&gateway, answers);
        assert_eq!(cancel(&gateway, &order).await.unwrap_err(), refused(), "{answers:?}");
        let left = gateway.read(&order).await;
        assert!(matches!(left.state, OrderState::Authorized { .. }));
        for (status, let_go) in statuses(&left).into_iter().zip(answers) {
            assert_eq!(status == PaymentStatus::Cancelled, let_go);
        }
        let asked = gateway.acquirer.count("void");
        assert_eq!(cancel(&gateway, &order).await.unwrap().state, OrderState::Cancelled);
        let still_held = answers.iter().filter(|let_go| !**let_go).count();
        assert_eq!(gateway.acquirer.count("void") - asked, still_held);
        let expected = [EventType::OrderAuthorized, EventType::OrderCancelled];
        assert_eq!(render_all(&gateway).await, expected);
    }
    let gateway = Gateway::open().await;
    let order = held(&gateway).await;
    be_silent(&gateway, 1);
    let doubt = cancel(&gateway, &order).await.unwrap_err();
    assert_eq!(doubt, EngineError::Refused(Refusal::OperationInFlight));
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    assert_eq!(gateway.read(&order).await.state, OrderState::Cancelled);
}

#[tokio::test]
async fn a_refund_gives_money_back_first_and_points_last() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway).await;
    for (reference, amount, parts, state) in [
        ("r-1", Some(30_000), 1, OrderState::PartiallyRefunded),
        ("r-2", Some(15_000), 2, OrderState::PartiallyRefunded),
        ("r-3", None, 1, OrderState::FullyRefunded),
    ] {
        let asked = gateway.acquirer.count("refund");
        let found = refund(&gateway, &order, reference, amount).await.unwrap();
        assert_eq!(found.refund().unwrap().state, RefundState::Processed);
        assert_eq!(found.order.state, state);
        assert_eq!(gateway.acquirer.count("refund") - asked, parts);
    }
    assert_eq!(gateway.owed().await, 0);
    let back = EventType::RefundProcessed;
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed, back, back, back]);
}

#[tokio::test]
async fn a_partly_refused_refund_has_failed_and_what_went_back_stays_counted() {
    for (answers, went_back) in [([true, false], 40_000), ([false, true], 10_000)] {
        let gateway = Gateway::open().await;
        let order = paid(&gateway).await;
        answer_next(&gateway, answers);
        let failed = refund(&gateway, &order, "r-1", None).await.unwrap();
        let why = Failure::of(DECLINED);
        assert_eq!(failed.refund().unwrap().state, RefundState::Failed(why));
        assert_eq!(failed.order.state, OrderState::PartiallyRefunded);
        assert_eq!(gateway.owed().await, 50_000 - i128::from(went_back));
        let too_much = refund(&gateway, &order, "r-2", Some(50_001 - went_back)).await;
        let bound = EngineError::Refused(Refusal::RefundExceedsCaptured);
        assert_eq!(too_much.unwrap_err(), bound);
        let rest = refund(&gateway, &order, "r-2", None).await.unwrap();
        assert_eq!(rest.refund().unwrap().amount, Money::paise(50_000 - went_back));
        assert_eq!(rest.order.state, OrderState::FullyRefunded);
        assert_eq!(gateway.owed().await, 0);
        let told = render_all(&gateway).await;
        let (no, yes) = (EventType::RefundFailed, EventType::RefundProcessed);
        assert_eq!(told, [EventType::OrderProcessed, no, yes]);
    }
}

#[tokio::test]
async fn what_was_captured_goes_back_while_the_rest_is_still_held() {
    let gateway = Gateway::open().await;
    let order = held(&gateway).await;
    answer_next(&gateway, [true, false]);
    assert_eq!(capture(&gateway, &order, "c-1", None).await.unwrap_err(), refused());
    let back = refund(&gateway, &order, "r-1", None).await.unwrap();
    assert_eq!(back.refund().unwrap().amount, Money::paise(40_000));
    assert!(matches!(back.order.state, OrderState::Authorized { .. }));
    assert_eq!(gateway.owed().await, 0);
    let whole = capture(&gateway, &order, "c-2", None).await.unwrap();
    assert_eq!(whole.state, OrderState::PartiallyRefunded);
    assert_eq!(gateway.owed().await, 10_000);
}
