//! Attempts of several payments in doubt: each payment is asked about once it can have arrived.

use std::sync::Arc;
use std::time::Duration;

use crate::acquirer::{approved, challenged, declined, silent};
use crate::common::{Gateway, by_card, card_and_points, terms};
use crate::webhooks::render_all;
use deodar_acquirer::{Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::event::EventType;
use deodar_domain::id::OperationId;
use deodar_domain::instruction::InstructionState;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{ATTEMPT_LIFETIME, Payment, PaymentStatus};
use deodar_engine::Engine;
use deodar_store::Queue;

const IN_FLIGHT: OrderState = OrderState::Pending { in_flight: Some(0) };
/// The acquirer's time for an answer and the grace after it, for one payment.
const ONE: Duration = Duration::from_secs(6);
const MICROSECOND: Duration = Duration::from_micros(1);

/// An attempt of two payments that the acquirer answers so.
async fn attempt<const N: usize>(
    gateway: &Gateway,
    answers: [Result<Outcome, deodar_acquirer::AcquirerError>; N],
) -> Order {
    gateway.acquirer.will_authorize(answers);
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    gateway.attempt(&order, card_and_points("p")).await.unwrap()
}

fn statuses(order: &Order) -> Vec<PaymentStatus> {
    order.payments.iter().map(Payment::status).collect()
}

/// What was asked about, in order.
fn asked_about(gateway: &Gateway) -> Vec<OperationId> {
    let asked = gateway.acquirer.asked.lock().unwrap();
    asked.iter().filter(|(verb, _)| *verb == "status").map(|(_, operation)| *operation).collect()
}

#[tokio::test]
async fn silence_about_the_first_is_cleared_by_asking_and_the_order_is_paid() {
    let gateway = Gateway::open().await;
    let order = attempt(&gateway, [Err(silent()), Ok(approved())]).await;
    assert_eq!(order.state, IN_FLIGHT);
    gateway.clock.advance(ONE.saturating_sub(MICROSECOND));
    assert_eq!(gateway.work(Queue::FollowUp).await, 0, "the acquirer is given its time");
    gateway.clock.advance(MICROSECOND);
    gateway.acquirer.will_tell([Status::Known(approved())]);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    assert_eq!(asked_about(&gateway), [order.payments[0].operation]);
    assert_eq!(gateway.read(&order).await.state, OrderState::Processed);
    assert_eq!(gateway.owed().await, 50_000);
    gateway.clock.advance(ONE);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1, "the second's job finds it decided");
    assert_eq!(asked_about(&gateway).len(), 1);
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
}

#[tokio::test]
async fn silence_about_the_second_is_cleared_no_earlier_than_it_can_have_arrived() {
    for (told, state, owed) in [
        (Status::Known(approved()), OrderState::Processed, 50_000),
        (Status::Known(declined(DeclineReason::PaymentDeclined)), OrderState::Attempted, 0),
        (Status::Unknown, OrderState::Attempted, 0),
    ] {
        let gateway = Gateway::open().await;
        let order = attempt(&gateway, [Ok(approved()), Err(silent())]).await;
        assert_eq!(order.state, IN_FLIGHT);
        gateway.clock.advance((2 * ONE).saturating_sub(MICROSECOND));
        assert_eq!(gateway.work(Queue::FollowUp).await, 1, "the first's job finds it approved");
        assert!(asked_about(&gateway).is_empty());
        gateway.clock.advance(MICROSECOND);
        gateway.acquirer.will_tell([told]);
        assert_eq!(gateway.work(Queue::FollowUp).await, 1);
        assert_eq!(asked_about(&gateway), [order.payments[1].operation]);
        let known = gateway.read(&order).await;
        assert_eq!(known.state, state);
        gateway.work(Queue::FollowUp).await;
        assert_eq!(gateway.acquirer.count("reverse"), usize::from(owed == 0));
        assert_eq!(gateway.owed().await, owed);
        assert_eq!(render_all(&gateway).await.len(), 1);
    }
}

#[tokio::test]
async fn silence_about_both_is_cleared_one_after_the_other() {
    let gateway = Gateway::open().await;
    let order = attempt(&gateway, [Err(silent()), Err(silent())]).await;
    gateway.clock.advance(2 * ONE);
    gateway.acquirer.will_tell([Status::Known(approved()), Status::Unknown]);
    assert_eq!(gateway.work(Queue::FollowUp).await, 2);
    let failed = gateway.read(&order).await;
    assert_eq!(statuses(&failed), [PaymentStatus::Cancelled, PaymentStatus::Failed]);
    gateway.work(Queue::FollowUp).await;
    let failed = gateway.read(&order).await;
    assert_eq!(failed.instructions.len(), 1);
    assert_eq!(failed.instructions[0].state, InstructionState::Done);
    assert_eq!(gateway.owed().await, 0);
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
}

#[tokio::test]
async fn a_second_payment_that_a_dead_process_never_asked_for_ends_the_attempt() {
    let gateway = Gateway::open().await;
    // The first asks the payer; the process dies before it asks for the second.
    let order = attempt(&gateway, [Ok(challenged()), Err(silent())]).await;
    let restarted = gateway.restarted().await;
    gateway.clock.advance(2 * ONE);
    gateway.acquirer.will_tell([Status::Known(challenged()), Status::Unknown]);
    for job in restarted.take_jobs(Queue::FollowUp, 10).await.unwrap() {
        restarted.do_job(job).await.unwrap();
    }
    let failed = gateway.read(&order).await;
    assert_eq!(statuses(&failed), [PaymentStatus::Cancelled, PaymentStatus::Failed]);
    assert_eq!(failed.payments[1].failure().unwrap().reason, DeclineReason::PaymentExpired);
    assert_eq!(failed.instructions[0].payment, 0, "the payer's is ended at the acquirer, too");
}

#[tokio::test(start_paused = true)]
async fn a_polling_payer_asks_about_each_payment_only_once_it_can_have_arrived() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    let unanswered = gateway.acquirer.gate.lock().await;
    let (engine, merchant, key) = (gateway.engine.clone(), gateway.merchant().clone(), order.key);
    let paying = tokio::spawn(async move {
        engine.pay_by_api(&merchant, key, card_and_points("p")).await.unwrap()
    });
    while gateway.acquirer.count("authorize") == 0 {
        tokio::task::yield_now().await;
    }
    let payments = gateway.read(&order).await.payments.clone();
    let both: Vec<_> = payments.iter().map(|payment| payment.operation).collect();
    let elsewhere = gateway.restarted().await;
    let poll = async |engine: &Arc<Engine>| {
        gateway.acquirer.asked.lock().unwrap().clear();
        engine.refresh_payment(order.key).await.unwrap();
        asked_about(&gateway)
    };
    for (advance, asked) in [
        (Duration::ZERO, 0),
        (ONE.saturating_sub(MICROSECOND), 0),
        (MICROSECOND, 1),
        (ONE.saturating_sub(MICROSECOND), 1),
        (MICROSECOND, 2),
    ] {
        gateway.clock.advance(advance);
        assert_eq!(poll(&elsewhere).await, both[..asked]);
    }
    drop(unanswered);
    assert_eq!(paying.await.unwrap().state, OrderState::Processed);
    // The process that asked knows when its own calls have ended.
    let gateway = Gateway::open().await;
    let order = attempt(&gateway, [Err(silent()), Err(silent())]).await;
    gateway.engine.refresh_payment(order.key).await.unwrap();
    assert_eq!(asked_about(&gateway).len(), 2);
}

#[tokio::test]
async fn an_attempt_whose_time_is_up_is_undone_as_a_whole() {
    let gateway = Gateway::open().await;
    let order = attempt(&gateway, [Ok(approved()), Ok(challenged())]).await;
    for (waited, known) in [(2 * ONE, IN_FLIGHT), (ATTEMPT_LIFETIME, OrderState::Attempted)] {
        gateway.clock.advance(waited);
        gateway.acquirer.will_tell([Status::Known(challenged())]);
        gateway.work(Queue::FollowUp).await;
        assert_eq!(gateway.read(&order).await.state, known);
    }
    gateway.work(Queue::FollowUp).await;
    let failed = gateway.read(&order).await;
    assert_eq!(statuses(&failed), [PaymentStatus::Cancelled, PaymentStatus::Failed]);
    assert_eq!(failed.payments[1].failure().unwrap().reason, DeclineReason::PaymentExpired);
    assert_eq!(gateway.acquirer.count("reverse"), 1);
    assert_eq!(gateway.acquirer.count("abandon"), 1);
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
}

#[tokio::test]
async fn a_yes_to_a_payment_of_an_attempt_that_has_ended_is_undone_once() {
    let gateway = Gateway::open().await;
    let order = attempt(&gateway, [Err(silent()), Err(silent())]).await;
    gateway.acquirer.will_tell([
        Status::Known(declined(DeclineReason::PaymentDeclined)),
        Status::Known(approved()),
    ]);
    gateway.clock.advance(2 * ONE);
    gateway.work(Queue::FollowUp).await;
    for _ in 0..3 {
        gateway.work(Queue::FollowUp).await;
        gateway.engine.refresh_payment(order.key).await.unwrap();
        gateway.clock.advance(Duration::from_mins(1));
    }
    assert_eq!(gateway.read(&order).await.instructions.len(), 1);
    assert_eq!(gateway.acquirer.count("reverse"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_although_the_acquirer_is_silent_about_many_payments_one_after_the_other() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("order-1", 80_000)).await;
    let bank = gateway.acquirer.gate.lock().await;
    let payments = (0..8).map(|place| by_card(&format!("p-{place}"), 10_000)).collect();
    let began = tokio::time::Instant::now();
    let made = gateway.attempt(&order, payments).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "the API would say that nothing is known");
    assert_eq!(made.state, IN_FLIGHT);
    assert!(gateway.acquirer.count("authorize") < 8);
    drop(bank);
    // The attempt goes on without its caller.
    while gateway.acquirer.count("authorize") < 8 {
        tokio::task::yield_now().await;
    }
}
