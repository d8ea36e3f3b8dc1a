//! Calls that make several payments, sent again: one attempt, whatever the order of events.

use std::sync::Arc;

use crate::acquirer::{challenged, declined};
use crate::common::{Gateway, by_card, by_points, card_and_points, terms};
use deodar_domain::decline::DeclineReason;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::refusal::Refusal;
use deodar_engine::{ApiPayment, EngineError};

async fn order(gateway: &Gateway) -> Order {
    gateway.make_order(terms("order-1", 50_000)).await
}

/// Calls at once, each with payments of its own.
async fn at_once(
    gateway: &Gateway,
    order: &Order,
    calls: impl IntoIterator<Item = Vec<ApiPayment>>,
) -> Vec<Result<Order, EngineError>> {
    let merchant = Arc::new(gateway.merchant().clone());
    let (engine, key) = (&gateway.engine, order.key);
    let calls = calls.into_iter().map(|payments| {
        let (engine, merchant) = (engine.clone(), Arc::clone(&merchant));
        tokio::spawn(async move { engine.pay_by_api(&merchant, key, payments).await })
    });
    let mut answers = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        answers.push(call.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn the_same_call_at_once_makes_one_attempt_and_all_get_it() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let calls = (0..20).map(|_| card_and_points("p"));
    for answer in at_once(&gateway, &order, calls).await {
        let references: Vec<_> =
            answer.unwrap().payments.iter().map(|p| p.reference.as_str().to_owned()).collect();
        assert_eq!(references, ["p-card", "p-points"]);
    }
    let order = gateway.read(&order).await;
    assert_eq!((order.state, order.payments.len()), (OrderState::Processed, 2));
    assert_eq!(gateway.acquirer.count("authorize"), 2);
    assert_eq!(gateway.owed().await, 50_000);
}

#[tokio::test]
async fn calls_at_once_that_share_a_reference_make_one_attempt() {
    let gateway = Gateway::open().await;
    gateway.acquirer.will_authorize([Ok(challenged())]);
    let order = order(&gateway).await;
    let pair = |one: &str, other: &str| vec![by_card(one, 40_000), by_points(other, 10_000)];
    let calls = (0..21).map(|n| match n % 3 {
        0 => pair("a", "b"),
        1 => pair("b", "c"),
        _ => pair("c", "a"),
    });
    let answers = at_once(&gateway, &order, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7);
    let others = answers.into_iter().filter_map(Result::err);
    let refused = EngineError::DuplicateReference;
    let in_flight = EngineError::Refused(Refusal::AttemptInFlight);
    assert!(others.into_iter().all(|error| error == refused || error == in_flight));
    assert_eq!(gateway.read(&order).await.payments.len(), 2);
    assert_eq!(gateway.acquirer.count("authorize"), 2);
}

#[tokio::test]
async fn a_repeat_is_answered_in_whatever_state_the_order_is() {
    let gateway = Gateway::open().await;
    gateway.acquirer.will_authorize([Ok(challenged())]);
    let order = order(&gateway).await;
    let made = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    let mut turned = card_and_points("p");
    turned.reverse();
    assert_eq!(gateway.attempt(&order, turned).await.unwrap(), made);
    gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap();
    let again = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!(again.state, OrderState::Cancelled);
    let restarted = gateway.restarted().await;
    let again = restarted.pay_by_api(gateway.merchant(), order.key, card_and_points("p")).await;
    assert_eq!(again.unwrap().state, OrderState::Cancelled);
    assert_eq!(gateway.acquirer.count("authorize"), 2);
}

#[tokio::test]
async fn another_deal_under_a_known_reference_is_refused_and_changes_nothing() {
    let gateway = Gateway::open().await;
    let no = declined(DeclineReason::PaymentDeclined);
    gateway.acquirer.will_authorize([Ok(no.clone()), Ok(no)]);
    let order = order(&gateway).await;
    gateway.attempt(&order, card_and_points("p")).await.unwrap();
    gateway.attempt(&order, card_and_points("q")).await.unwrap();
    let before = gateway.read(&order).await;
    let pair = |one, other| vec![one, other];
    for payments in [
        // One that is known beside one that is new.
        pair(by_card("p-card", 40_000), by_points("new", 10_000)),
        pair(by_card("new", 40_000), by_points("p-points", 10_000)),
        // Of two attempts.
        pair(by_card("p-card", 40_000), by_points("q-points", 10_000)),
        // Other amounts, other methods.
        pair(by_card("p-card", 30_000), by_points("p-points", 20_000)),
        pair(by_points("p-card", 40_000), by_card("p-points", 10_000)),
    ] {
        let refused = gateway.attempt(&order, payments).await.unwrap_err();
        assert_eq!(refused, EngineError::DuplicateReference);
    }
    assert_eq!(gateway.read(&order).await, before);
}

#[tokio::test]
async fn a_reference_that_is_used_twice_in_a_call_is_refused_whether_it_is_known_or_not() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let twice = || vec![by_card("a", 25_000), by_card("a", 25_000)];
    let refused = gateway.attempt(&order, twice()).await.unwrap_err();
    assert_eq!(refused, EngineError::DuplicateReference);
    assert_eq!(gateway.read(&order).await, order);
    gateway.attempt(&order, vec![by_card("a", 25_000), by_card("b", 25_000)]).await.unwrap();
    let refused = gateway.attempt(&order, twice()).await.unwrap_err();
    assert_eq!(refused, EngineError::DuplicateReference);
}
