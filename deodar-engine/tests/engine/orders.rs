//! Orders without a link: made, captured, cancelled; doubt is never an answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::acquirer::{approval, challenged, silent};
use crate::common::{Gateway, card, terms};
use deodar_acquirer::{Abandoned, Outcome};
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::event::EventType;
use deodar_domain::instruction::{InstructionKind, InstructionState};
use deodar_domain::money::Money;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{CancelCause, PaymentState};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;
use deodar_domain::terms::Terms;
use deodar_engine::{EngineError, Made, NewCapture};
use deodar_store::Queue;

fn held(reference: &str) -> Terms {
    Terms { pre_auth: true, ..terms(reference, 50_000) }
}

fn capture_of(reference: &str, amount: Option<u64>) -> NewCapture {
    NewCapture {
        reference: MerchantReference::parse(reference).unwrap(),
        amount: amount.map(Money::paise),
    }
}

async fn capture(
    gateway: &Gateway,
    order: &Order,
    reference: &str,
    amount: Option<u64>,
) -> Result<Order, EngineError> {
    let new = capture_of(reference, amount);
    gateway.engine.capture(gateway.merchant(), order.key, new).await
}

async fn cancel(gateway: &Gateway, order: &Order) -> Result<Order, EngineError> {
    gateway.engine.cancel_order(gateway.merchant(), order.key).await
}

fn refuse_next(gateway: &Gateway, reason: DeclineReason) {
    let no = Outcome::Declined(Failure::of(reason));
    gateway.acquirer.next_follow_on.lock().unwrap().push_back(no);
}

fn be_silent(gateway: &Gateway, times: u64) {
    gateway.acquirer.silent_follow_ons.store(times, Ordering::SeqCst);
}

fn challenge_next(gateway: &Gateway) {
    gateway.acquirer.will_authorize([Ok(challenged())]);
}

async fn authorized(gateway: &Gateway) -> Order {
    let order = gateway.make_order(held("order-1")).await;
    let order = gateway.pay(&order, "p-1").await;
    assert!(matches!(order.state, OrderState::Authorized { .. }));
    order
}

async fn pending(gateway: &Gateway) -> Order {
    challenge_next(gateway);
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    let order = gateway.pay(&order, "p-1").await;
    assert_eq!(order.state, OrderState::Pending { in_flight: Some(0) });
    order
}

#[tokio::test]
async fn the_same_reference_answers_the_same_deal_and_refuses_another() {
    let gateway = Gateway::open().await;
    let made = gateway.make_order(terms("order-1", 50_000)).await;
    assert_eq!((made.state, &made.link), (OrderState::Created, &None));
    assert_eq!(made.terms.allowed_methods, gateway.merchant().methods);
    let again = Terms { failure_callback_url: None, ..terms("order-1", 50_000) };
    let engine = &gateway.engine;
    match engine.create_order(gateway.merchant(), again).await.unwrap() {
        Made::Existing(order) => assert_eq!(order, made),
        Made::New(_) => panic!("a second order"),
    }
    for other in [terms("order-1", 50_001), held("order-1")] {
        let refused = engine.create_order(gateway.merchant(), other).await.unwrap_err();
        assert_eq!(refused, EngineError::DuplicateReference);
    }
    // A link's reference is in a namespace of its own, and an order is found before a link's.
    let link = gateway.make_link("order-1", 70_000).await;
    assert_ne!(link.key, made.key);
    let reference = &made.terms.reference;
    let found = engine.order_or_refund_by_reference(gateway.merchant(), reference).await.unwrap();
    assert_eq!((found.key, found.order), (made.key, made));
}

#[tokio::test]
async fn a_repeat_is_answered_whatever_the_merchant_may_do_by_now() {
    let gateway = Gateway::open().await;
    let made = gateway.make_order(held("order-1")).await;
    let mut merchant = gateway.merchant().clone();
    merchant.switches.pre_auth = false;
    let again = gateway.engine.create_order(&merchant, held("order-1")).await.unwrap();
    assert!(matches!(again, Made::Existing(order) if order.key == made.key));
    let refused = gateway.engine.create_order(&merchant, held("order-2")).await.unwrap_err();
    assert_eq!(refused, EngineError::NotEnabled("Pre-authorization"));
}

#[tokio::test]
async fn concurrent_creates_make_one_order() {
    let gateway = Gateway::open().await;
    let merchant = Arc::new(gateway.merchant().clone());
    let creates = (0..20).map(|_| {
        let (engine, merchant) = (gateway.engine.clone(), Arc::clone(&merchant));
        tokio::spawn(async move { engine.create_order(&merchant, terms("o", 100)).await })
    });
    let mut keys = Vec::new();
    for made in creates.collect::<Vec<_>>() {
        let (Made::New(order) | Made::Existing(order)) = made.await.unwrap().unwrap();
        keys.push(order.key);
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn what_is_held_is_captured_in_full_or_in_part_and_booked_once() {
    for (amount, state, owed) in [
        (None, OrderState::Processed, 50_000),
        (Some(50_000), OrderState::Processed, 50_000),
        (Some(100), OrderState::PartiallyCaptured, 100),
    ] {
        let gateway = Gateway::open().await;
        let order = authorized(&gateway).await;
        for _ in 0..2 {
            let captured = capture(&gateway, &order, "c-1", amount).await.unwrap();
            assert_eq!(captured.state, state);
            assert_eq!(gateway.owed().await, owed);
        }
        assert_eq!(gateway.acquirer.count("capture"), 1);
        let other = capture(&gateway, &order, "c-1", Some(200)).await.unwrap_err();
        assert_eq!(other, EngineError::DuplicateReference);
        let second = capture(&gateway, &order, "c-2", None).await.unwrap_err();
        assert_eq!(second, EngineError::Refused(Refusal::NotAuthorized));
        gateway.clock.advance(Duration::from_mins(1));
        gateway.work(Queue::FollowUp).await;
        assert_eq!(gateway.acquirer.count("capture"), 1, "the job finds it done");
        let told = crate::webhooks::render_all(&gateway).await;
        assert_eq!(told, [EventType::OrderAuthorized, EventType::OrderProcessed]);
    }
}

#[tokio::test]
async fn a_capture_that_cannot_be_is_refused_before_the_acquirer_is_asked() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    let created = gateway.make_order(terms("order-2", 50_000)).await;
    let cases = [
        (&order, Some(50_001), Refusal::CaptureExceedsAuthorised),
        (&order, Some(99), Refusal::CaptureTooSmall),
        (&created, None, Refusal::NotAuthorized),
    ];
    for (order, amount, refusal) in cases {
        let refused = capture(&gateway, order, "c-1", amount).await.unwrap_err();
        assert_eq!(refused, EngineError::Refused(refusal));
    }
    assert_eq!(gateway.acquirer.count("capture"), 0);
}

#[tokio::test]
async fn a_capture_in_doubt_is_pending_until_a_worker_knows() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    be_silent(&gateway, 1);
    let doubt = capture(&gateway, &order, "c-1", None).await.unwrap_err();
    assert_eq!(doubt, EngineError::Refused(Refusal::OperationInFlight));
    for refused in [
        capture(&gateway, &order, "c-2", None).await.unwrap_err(),
        cancel(&gateway, &order).await.unwrap_err(),
    ] {
        assert_eq!(refused, EngineError::Refused(Refusal::OperationInFlight));
    }
    assert_eq!(gateway.work(Queue::FollowUp).await, 0, "the call is given its time");
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    assert_eq!(gateway.owed().await, 50_000);
    let repeated = capture(&gateway, &order, "c-1", None).await.unwrap();
    assert_eq!(repeated.state, OrderState::Processed);
    assert_eq!(gateway.acquirer.count("capture"), 2);
}

#[tokio::test]
async fn a_repeated_capture_in_doubt_asks_again_and_takes_the_money_once() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    be_silent(&gateway, 1);
    capture(&gateway, &order, "c-1", Some(20_000)).await.unwrap_err();
    let captured = capture(&gateway, &order, "c-1", Some(20_000)).await.unwrap();
    assert_eq!(captured.state, OrderState::PartiallyCaptured);
    assert_eq!(captured.captures.len(), 1);
    assert_eq!(gateway.owed().await, 20_000);
}

#[tokio::test]
async fn a_refused_capture_tells_why_each_time_and_another_may_be_made() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    let reasons = [DeclineReason::PaymentDeclined, DeclineReason::CardExpired];
    for (reference, reason) in ["c-1", "c-2"].into_iter().zip(reasons) {
        refuse_next(&gateway, reason);
        let refused = capture(&gateway, &order, reference, None).await.unwrap_err();
        assert_eq!(refused, EngineError::Declined(Failure::of(reason)));
    }
    for (reference, reason) in ["c-1", "c-2"].into_iter().zip(reasons) {
        let again = capture(&gateway, &order, reference, None).await.unwrap_err();
        assert_eq!(again, EngineError::Declined(Failure::of(reason)));
    }
    assert_eq!(gateway.acquirer.count("capture"), 2);
    let captured = capture(&gateway, &order, "c-3", None).await.unwrap();
    assert_eq!(captured.state, OrderState::Processed);
}

#[tokio::test]
async fn captures_at_once_under_other_references_take_the_money_once() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    let (key, merchant) = (order.key, Arc::new(gateway.merchant().clone()));
    let tries = (0..20).map(|n| {
        let (engine, merchant) = (gateway.engine.clone(), Arc::clone(&merchant));
        let new = capture_of(&format!("c-{}", n % 5), None);
        tokio::spawn(async move { engine.capture(&merchant, key, new).await.is_ok() })
    });
    let mut captured = 0;
    for done in tries.collect::<Vec<_>>() {
        captured += usize::from(done.await.unwrap());
    }
    assert!(captured >= 1);
    assert_eq!(gateway.owed().await, 50_000);
    assert_eq!(gateway.read(&order).await.captures.len(), 1);
}

#[tokio::test]
async fn an_order_without_money_is_cancelled_at_once() {
    let gateway = Gateway::open().await;
    let created = gateway.make_order(terms("order-1", 50_000)).await;
    let attempted = gateway.make_order(terms("order-2", 50_000)).await;
    let no = Ok(Outcome::Declined(Failure::of(DeclineReason::PaymentDeclined)));
    gateway.acquirer.authorize.lock().unwrap().push_back(no);
    gateway.pay(&attempted, "p-1").await;
    for order in [created, attempted] {
        assert_eq!(cancel(&gateway, &order).await.unwrap().state, OrderState::Cancelled);
        let again = cancel(&gateway, &order).await.unwrap_err();
        assert_eq!(again, EngineError::Refused(Refusal::OrderCancelled));
        let paying = gateway.engine.pay(order.key, card("p-2")).await.unwrap_err();
        assert_eq!(paying, EngineError::Refused(Refusal::OrderCancelled));
    }
    let paid = gateway.make_order(terms("order-3", 50_000)).await;
    gateway.pay(&paid, "p-1").await;
    let refused = cancel(&gateway, &paid).await.unwrap_err();
    assert_eq!(refused, EngineError::Refused(Refusal::OrderNotCancellable));
}

#[tokio::test]
async fn what_is_held_is_voided_by_a_cancel() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    refuse_next(&gateway, DeclineReason::PaymentDeclined);
    let refused = cancel(&gateway, &order).await.unwrap_err();
    let why = Failure::of(DeclineReason::PaymentDeclined);
    assert_eq!(refused, EngineError::Declined(why));
    assert!(matches!(gateway.read(&order).await.state, OrderState::Authorized { .. }));
    be_silent(&gateway, 1);
    let doubt = cancel(&gateway, &order).await.unwrap_err();
    assert_eq!(doubt, EngineError::Refused(Refusal::OperationInFlight));
    gateway.clock.advance(Duration::from_secs(30));
    gateway.work(Queue::FollowUp).await;
    assert_eq!(gateway.read(&order).await.state, OrderState::Cancelled);
    assert_eq!(gateway.owed().await, 0);

    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    assert_eq!(cancel(&gateway, &order).await.unwrap().state, OrderState::Cancelled);
    assert_eq!(gateway.acquirer.count("void"), 1);
    let told = crate::webhooks::render_all(&gateway).await;
    assert_eq!(told, [EventType::OrderAuthorized, EventType::OrderCancelled]);
}

#[tokio::test]
async fn an_attempt_in_flight_ends_at_the_acquirer_before_its_order_is_cancelled() {
    let gateway = Gateway::open().await;
    let order = pending(&gateway).await;
    for unknown in [Err(silent()), Ok(Abandoned::Decided(Outcome::Pending))] {
        gateway.acquirer.abandon.lock().unwrap().push_back(unknown);
        let refused = cancel(&gateway, &order).await.unwrap_err();
        assert_eq!(refused, EngineError::Refused(Refusal::AttemptInFlight));
        assert_eq!(gateway.read(&order).await, order, "nothing changes");
    }
    let cancelled = cancel(&gateway, &order).await.unwrap();
    assert_eq!(cancelled.state, OrderState::Cancelled);
    let cause = CancelCause::Merchant;
    assert_eq!(cancelled.payments[0].state, PaymentState::Cancelled { cause });
    let told = crate::webhooks::render_all(&gateway).await;
    assert_eq!(told, [EventType::OrderCancelled]);
}

#[tokio::test]
async fn a_cancel_yields_to_what_the_acquirer_had_decided() {
    let gateway = Gateway::open().await;
    let order = pending(&gateway).await;
    let yes = Ok(Abandoned::Decided(Outcome::Approved(approval())));
    gateway.acquirer.abandon.lock().unwrap().push_back(yes);
    let refused = cancel(&gateway, &order).await.unwrap_err();
    assert_eq!(refused, EngineError::Refused(Refusal::OrderNotCancellable));
    assert_eq!(gateway.read(&order).await.state, OrderState::Processed);

    let gateway = Gateway::open().await;
    let order = pending(&gateway).await;
    let no = Outcome::Declined(Failure::of(DeclineReason::PaymentDeclined));
    gateway.acquirer.abandon.lock().unwrap().push_back(Ok(Abandoned::Decided(no)));
    assert_eq!(cancel(&gateway, &order).await.unwrap().state, OrderState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_comes_after_the_cancel_is_reversed() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    let bank = gateway.acquirer.gate.lock().await;
    let (engine, key) = (gateway.engine.clone(), order.key);
    let paying = tokio::spawn(async move { engine.pay(key, card("p-1")).await });
    while gateway.acquirer.count("authorize") == 0 {
        tokio::task::yield_now().await;
    }
    let order = gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap();
    assert_eq!(order.state, OrderState::Cancelled);
    drop(bank);
    paying.await.unwrap().unwrap();
    gateway.work(Queue::FollowUp).await;
    let order = gateway.read(&order).await;
    assert_eq!(order.state, OrderState::Cancelled);
    assert_eq!(order.instructions[0].kind, InstructionKind::Reversal);
    assert_eq!(order.instructions[0].state, InstructionState::Done);
    assert_eq!(gateway.owed().await, 0);
}

#[tokio::test]
async fn the_last_attempt_of_an_order_can_be_cancelled_with_it() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    for n in 1..=9 {
        let no = Ok(Outcome::Declined(Failure::of(DeclineReason::PaymentDeclined)));
        gateway.acquirer.authorize.lock().unwrap().push_back(no);
        gateway.pay(&order, &format!("p-{n}")).await;
    }
    challenge_next(&gateway);
    gateway.pay(&order, "p-10").await;
    assert_eq!(cancel(&gateway, &order).await.unwrap().state, OrderState::Cancelled);
}

#[tokio::test]
async fn the_order_of_a_link_is_cancelled_only_as_its_link_may_be() {
    let gateway = Gateway::open().await;
    let free = gateway.make_link("ref-1", 50_000).await;
    assert_eq!(cancel(&gateway, &free).await.unwrap().state, OrderState::Cancelled);
    challenge_next(&gateway);
    let link = gateway.make_link("ref-2", 50_000).await;
    gateway.pay(&link, "p-1").await;
    let refused = cancel(&gateway, &link).await.unwrap_err();
    assert_eq!(refused, EngineError::Refused(Refusal::AttemptInFlight));
    assert_eq!(gateway.acquirer.count("abandon"), 0);
}

#[tokio::test]
async fn an_order_is_another_merchants_to_nobody_else() {
    let gateway = Gateway::open().await;
    let order = authorized(&gateway).await;
    let other = gateway.make_merchant(crate::common::MASTER_KEY).await.merchant;
    let engine = &gateway.engine;
    let not_found = EngineError::NotFound(deodar_engine::Thing::Order);
    let new = capture_of("c-1", None);
    assert_eq!(engine.capture(&other, order.key, new).await.unwrap_err(), not_found);
    assert_eq!(engine.cancel_order(&other, order.key).await.unwrap_err(), not_found);
    let found = engine.order_or_refund(&other, order.key).await;
    assert_eq!(found.unwrap_err(), not_found);
}
