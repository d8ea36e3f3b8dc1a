//! Refunds: never more than was taken, once for each reference, and known in the end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{Gateway, terms};
use deodar_acquirer::Outcome;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::event::EventType;
use deodar_domain::id::order_id;
use deodar_domain::money::Money;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refund::{Refund, RefundState};
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, Found, NewRefund};
use deodar_store::Queue;

fn refund_of(reference: &str, amount: Option<u64>) -> NewRefund {
    NewRefund {
        reference: MerchantReference::parse(reference).unwrap(),
        amount: amount.map(Money::paise),
    }
}

async fn refund(
    gateway: &Gateway,
    order: &Order,
    reference: &str,
    amount: Option<u64>,
) -> Result<Found, EngineError> {
    let new = refund_of(reference, amount);
    gateway.engine.refund(gateway.merchant(), order.key, new).await
}

fn refund_in(found: &Found) -> &Refund {
    found.refund().unwrap()
}

async fn paid(gateway: &Gateway, reference: &str) -> Order {
    let order = gateway.make_order(terms(reference, 50_000)).await;
    gateway.pay(&order, "p-1").await
}

fn be_silent(gateway: &Gateway, times: u64) {
    gateway.acquirer.silent_follow_ons.store(times, Ordering::SeqCst);
}

#[tokio::test]
async fn a_payment_goes_back_in_parts_and_then_all_that_is_left() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let steps = [
        ("r-1", Some(100), 100, OrderState::PartiallyRefunded),
        ("r-2", Some(19_900), 19_900, OrderState::PartiallyRefunded),
        ("r-3", None, 30_000, OrderState::FullyRefunded),
    ];
    for (reference, amount, given, state) in steps {
        let found = refund(&gateway, &order, reference, amount).await.unwrap();
        assert_eq!(refund_in(&found).state, RefundState::Processed);
        assert_eq!(refund_in(&found).amount, Money::paise(given));
        assert_eq!(found.order.state, state);
    }
    assert_eq!(gateway.owed().await, 0);
    let nothing = refund(&gateway, &order, "r-4", None).await.unwrap_err();
    assert_eq!(nothing, EngineError::Refused(Refusal::NothingToRefund));
    let told = crate::webhooks::render_all(&gateway).await;
    let back = EventType::RefundProcessed;
    assert_eq!(told, [EventType::OrderProcessed, back, back, back]);
}

#[tokio::test]
async fn a_refund_that_cannot_be_is_refused_and_leaves_nothing() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let unpaid = gateway.make_order(terms("order-2", 50_000)).await;
    let cases = [
        (&order, Some(50_001), Refusal::RefundExceedsCaptured),
        (&order, Some(99), Refusal::RefundTooSmall),
        (&unpaid, None, Refusal::NothingToRefund),
    ];
    for (order, amount, refusal) in cases {
        let refused = refund(&gateway, order, "r-1", amount).await.unwrap_err();
        assert_eq!(refused, EngineError::Refused(refusal));
    }
    refund(&gateway, &order, "r-1", Some(49_950)).await.unwrap();
    let rest = refund(&gateway, &order, "r-2", Some(50)).await.unwrap();
    assert_eq!(rest.order.state, OrderState::FullyRefunded, "exactly the rest may be small");
}

#[tokio::test]
async fn the_same_reference_answers_the_same_refund_of_the_same_order_alone() {
    let gateway = Gateway::open().await;
    let (order, other) = (paid(&gateway, "order-1").await, paid(&gateway, "order-2").await);
    let first = refund(&gateway, &order, "r-1", Some(20_000)).await.unwrap();
    let again = refund(&gateway, &order, "r-1", Some(20_000)).await.unwrap();
    assert_eq!((again.key, refund_in(&again)), (first.key, refund_in(&first)));
    let whole = refund(&gateway, &order, "r-2", None).await.unwrap();
    assert_eq!(refund(&gateway, &order, "r-2", None).await.unwrap().key, whole.key);
    let others = [
        (&order, "r-1", Some(20_001)),
        (&order, "r-1", None),
        (&order, "r-2", Some(30_000)),
        (&other, "r-1", Some(20_000)),
        (&other, "order-1", None),
        (&other, "order-2", None),
    ];
    for (order, reference, amount) in others {
        let refused = refund(&gateway, order, reference, amount).await.unwrap_err();
        assert_eq!(refused, EngineError::DuplicateReference, "{reference} {amount:?}");
    }
    let taken = gateway.engine.create_order(gateway.merchant(), terms("r-1", 20_000)).await;
    assert_eq!(taken.unwrap_err(), EngineError::DuplicateReference);
    assert_eq!(gateway.acquirer.count("refund"), 2);
    // Another process knows it, too.
    let restarted = gateway.restarted().await;
    let new = refund_of("r-2", Some(30_000));
    let refused = restarted.refund(gateway.merchant(), order.key, new).await.unwrap_err();
    assert_eq!(refused, EngineError::DuplicateReference, "no amount equals only no amount");
}

#[tokio::test]
async fn the_orders_own_id_is_no_reference() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let own = order_id(order.key);
    let first = refund(&gateway, &order, &own, Some(10_000)).await.unwrap();
    assert_eq!(refund_in(&first).reference, None);
    let second = refund(&gateway, &order, &own, Some(10_000)).await.unwrap();
    assert_ne!(second.key, first.key, "the first was processed: this is another");
    be_silent(&gateway, 2);
    let pending = refund(&gateway, &order, &own, Some(10_000)).await.unwrap();
    assert_eq!(refund_in(&pending).state, RefundState::Pending);
    let repeated = refund(&gateway, &order, &own, Some(10_000)).await.unwrap();
    assert_eq!(repeated.key, pending.key);
    let other = refund(&gateway, &order, &own, Some(5_000)).await.unwrap();
    assert_ne!(other.key, pending.key);
    assert_eq!(other.order.refunds.len(), 4);
}

#[tokio::test]
async fn a_refund_is_found_by_its_id_and_by_its_reference() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let made = refund(&gateway, &order, "r-1", None).await.unwrap();
    let (engine, merchant) = (&gateway.engine, gateway.merchant());
    let reference = MerchantReference::parse("r-1").unwrap();
    let found = [
        engine.order_or_refund(merchant, made.key).await.unwrap(),
        engine.order_or_refund_by_reference(merchant, &reference).await.unwrap(),
    ];
    for found in found {
        assert_eq!((found.key, found.order.key), (made.key, order.key));
        assert_eq!(refund_in(&found).state, RefundState::Processed);
    }
    assert!(engine.order_or_refund(merchant, order.key).await.unwrap().refund().is_none());
    let other = gateway.make_merchant(crate::common::MASTER_KEY).await.merchant;
    let not_found = EngineError::NotFound(deodar_engine::Thing::Order);
    assert_eq!(engine.order_or_refund(&other, made.key).await.unwrap_err(), not_found);
    // A refund is not an order that can be refunded.
    let new = refund_of("r-2", None);
    assert_eq!(engine.refund(merchant, made.key, new).await.unwrap_err(), not_found);
}

#[tokio::test]
async fn a_refund_without_an_answer_is_pending_until_a_worker_knows() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    be_silent(&gateway, 1);
    let pending = refund(&gateway, &order, "r-1", Some(20_000)).await.unwrap();
    assert_eq!(refund_in(&pending).state, RefundState::Pending);
    assert_eq!(gateway.owed().await, 50_000, "silence is not an answer");
    let too_much = refund(&gateway, &order, "r-2", Some(30_001)).await.unwrap_err();
    assert_eq!(too_much, EngineError::Refused(Refusal::RefundExceedsCaptured));
    assert_eq!(gateway.work(Queue::FollowUp).await, 0, "the call is given its time");
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    let found = gateway.engine.order_or_refund(gateway.merchant(), pending.key).await.unwrap();
    assert_eq!(refund_in(&found).state, RefundState::Processed);
    assert_eq!(gateway.owed().await, 30_000);
}

#[tokio::test(start_paused = true)]
async fn an_acquirer_that_has_not_decided_is_asked_again_within_the_call() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let undecided = |times| std::iter::repeat_n(Outcome::Pending, times);
    gateway.acquirer.next_follow_on.lock().unwrap().extend(undecided(3));
    let found = refund(&gateway, &order, "r-1", Some(20_000)).await.unwrap();
    assert_eq!(refund_in(&found).state, RefundState::Processed);
    gateway.acquirer.next_follow_on.lock().unwrap().extend(undecided(100));
    let began = tokio::time::Instant::now();
    let found = refund(&gateway, &order, "r-2", Some(20_000)).await.unwrap();
    assert_eq!(refund_in(&found).state, RefundState::Pending);
    assert!(began.elapsed() <= Duration::from_secs(10));
    gateway.acquirer.next_follow_on.lock().unwrap().clear();
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    assert_eq!(gateway.owed().await, 10_000);
}

#[tokio::test]
async fn a_failed_refund_is_told_and_frees_its_share() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let why = Failure::of(DeclineReason::PaymentDeclined);
    let no = Outcome::Declined(why.clone());
    gateway.acquirer.next_follow_on.lock().unwrap().push_back(no);
    let failed = refund(&gateway, &order, "r-1", None).await.unwrap();
    assert_eq!(refund_in(&failed).state, RefundState::Failed(why));
    assert_eq!(failed.order.state, OrderState::Processed);
    let again = refund(&gateway, &order, "r-1", None).await.unwrap();
    assert_eq!(again.key, failed.key, "a reference is kept for ever");
    let other = refund(&gateway, &order, "r-2", None).await.unwrap();
    assert_eq!(other.order.state, OrderState::FullyRefunded);
    let told = crate::webhooks::render_all(&gateway).await;
    let expected = [EventType::OrderProcessed, EventType::RefundFailed, EventType::RefundProcessed];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn refunds_at_once_make_one_for_each_reference_and_never_more_than_was_taken() {
    let gateway = Gateway::open().await;
    let order = paid(&gateway, "order-1").await;
    let (key, merchant) = (order.key, Arc::new(gateway.merchant().clone()));
    let tries = (0..24).map(|n| {
        let (engine, merchant) = (gateway.engine.clone(), Arc::clone(&merchant));
        let new = refund_of(&format!("r-{}", n % 8), Some(15_000));
        tokio::spawn(async move { engine.refund(&merchant, key, new).await })
    });
    let mut keys = Vec::new();
    for done in tries.collect::<Vec<_>>() {
        match done.await.unwrap() {
            Ok(found) => keys.push(found.key),
            Err(error) => {
                assert_eq!(error, EngineError::Refused(Refusal::RefundExceedsCaptured));
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    let order = gateway.engine.order(gateway.merchant(), order.key).await.unwrap();
    assert_eq!(order.refunds.len(), 3);
    assert_eq!(gateway.owed().await, 5_000);
    assert_eq!(order.check(), Ok(()));
}

#[tokio::test]
async fn a_captured_part_bounds_its_refunds() {
    let gateway = Gateway::open().await;
    let mut held = terms("order-1", 50_000);
    held.pre_auth = true;
    let order = gateway.make_order(held).await;
    gateway.pay(&order, "p-1").await;
    let new = deodar_engine::NewCapture {
        reference: MerchantReference::parse("c-1").unwrap(),
        amount: Some(Money::paise(20_000)),
    };
    gateway.engine.capture(gateway.merchant(), order.key, new).await.unwrap();
    let too_much = refund(&gateway, &order, "r-1", Some(20_001)).await.unwrap_err();
    assert_eq!(too_much, EngineError::Refused(Refusal::RefundExceedsCaptured));
    let all = refund(&gateway, &order, "r-1", None).await.unwrap();
    assert_eq!(refund_in(&all).amount, Money::paise(20_000));
    assert_eq!(all.order.state, OrderState::FullyRefunded);
}
