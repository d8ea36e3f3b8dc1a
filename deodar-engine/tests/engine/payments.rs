//! Payments survive doubt: silence, crashes, late answers, double submission.

use std::time::Duration;

use crate::acquirer::{approval, challenged, declined, silent};
use crate::common::{Gateway, card};
use deodar_acquirer::{Abandoned, Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::event::EventType;
use deodar_domain::instruction::{InstructionKind, InstructionState};
use deodar_domain::link::LinkState;
use deodar_domain::order::OrderState;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, PaymentProblem};
use deodar_store::Queue;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_approved_payment_processes_the_order_and_is_booked_once() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let paid = gateway.pay(&link, "p-1").await;
    assert_eq!(paid.state, OrderState::Processed);
    assert_eq!(paid.link.as_ref().unwrap().state, LinkState::Processed);
    assert_eq!(paid.payments[0].status(), PaymentStatus::Processed);
    assert_eq!(gateway.owed().await, 50_000);
}

#[tokio::test]
async fn the_same_reference_makes_one_payment_however_often_it_is_sent() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let tries = (0..20).map(|_| {
        let (engine, key) = (gateway.engine.clone(), link.key);
        tokio::spawn(async move { engine.pay(key, card("p-1")).await.unwrap() })
    });
    for paid in tries.collect::<Vec<_>>() {
        assert_eq!(paid.await.unwrap().index, 0);
    }
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!((order.payments.len(), order.state), (1, OrderState::Processed));
    assert_eq!(gateway.acquirer.count("authorize"), 1);
    assert_eq!(gateway.owed().await, 50_000);
}

#[tokio::test]
async fn payments_at_once_under_other_references_make_one_attempt_at_a_time() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-0").await;
    let tries = (1..20).map(|n| {
        let (engine, key) = (gateway.engine.clone(), link.key);
        tokio::spawn(async move { engine.pay(key, card(&format!("p-{n}"))).await })
    });
    for refused in tries.collect::<Vec<_>>() {
        let error = refused.await.unwrap().unwrap_err();
        assert_eq!(error, EngineError::Refused(Refusal::AttemptInFlight));
    }
    assert_eq!(gateway.acquirer.count("authorize"), 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_asking_again() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Err(silent()));
    let link = gateway.make_link("ref-1", 50_000).await;
    let pending = gateway.pay(&link, "p-1").await;
    assert_eq!(pending.state, OrderState::Pending { in_flight: Some(0) });
    assert_eq!(gateway.work(Queue::FollowUp).await, 0, "the acquirer is given its time");
    gateway.clock.advance(Duration::from_secs(6));
    let yes = Ok(Status::Known(Outcome::Approved(approval())));
    gateway.acquirer.status.lock().unwrap().extend([Err(silent()), yes]);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    assert_eq!(gateway.owed().await, 0, "silence is not an answer");
    gateway.clock.advance(MINUTE);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!((order.state, order.payments.len()), (OrderState::Processed, 1));
    assert_eq!(gateway.owed().await, 50_000);
    gateway.clock.advance(MINUTE);
    assert_eq!(gateway.work(Queue::FollowUp).await, 0);
}

#[tokio::test]
async fn an_attempt_that_the_acquirer_never_heard_of_fails_after_a_restart() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Err(silent()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(MINUTE);
    let restarted = gateway.restarted().await;
    gateway.acquirer.status.lock().unwrap().push_back(Ok(Status::Unknown));
    for job in restarted.take_jobs(Queue::FollowUp, 10).await.unwrap() {
        restarted.do_job(job).await.unwrap();
    }
    let order = restarted.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Attempted);
    let failure = order.payments[0].failure().unwrap();
    assert_eq!(failure.reason, DeclineReason::PaymentExpired);
}

#[tokio::test]
async fn a_polling_payer_never_ends_an_attempt_that_may_still_be_on_its_way() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Err(silent()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    for status in [Ok(Status::Unknown), Err(silent())] {
        gateway.acquirer.status.lock().unwrap().push_back(status);
        let order = gateway.engine.refresh_payment(link.key).await.unwrap();
        assert_eq!(order.state, OrderState::Pending { in_flight: Some(0) });
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_about_an_authorisation_that_may_not_have_arrived_yet() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let unanswered = gateway.acquirer.gate.lock().await;
    let (engine, key) = (gateway.engine.clone(), link.key);
    let paying = tokio::spawn(async move { engine.pay(key, card("p-1")).await.unwrap() });
    while gateway.acquirer.count("authorize") == 0 {
        tokio::task::yield_now().await;
    }
    gateway.engine.refresh_payment(link.key).await.unwrap();
    gateway.restarted().await.refresh_payment(link.key).await.unwrap();
    assert_eq!(gateway.acquirer.count("status"), 0);
    drop(unanswered);
    assert_eq!(paying.await.unwrap().order.state, OrderState::Processed);
}

#[tokio::test]
async fn a_payer_who_cancels_at_the_bank_makes_the_payment_cancelled() {
    let gateway = Gateway::open().await;
    let no = declined(DeclineReason::PaymentCancelled);
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(no));
    let link = gateway.make_link("ref-1", 50_000).await;
    let order = gateway.pay(&link, "p-1").await;
    assert_eq!(order.payments[0].status(), PaymentStatus::Cancelled);
    assert_eq!(order.state, OrderState::Attempted);
}

#[tokio::test]
async fn an_attempt_that_is_found_ended_at_the_bank_after_its_time_ran_out_of_time() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(16 * MINUTE);
    // An earlier process had ended it at the bank and died before it wrote that down.
    let ended = Status::Known(declined(DeclineReason::PaymentCancelled));
    gateway.acquirer.status.lock().unwrap().push_back(Ok(ended));
    gateway.work(Queue::FollowUp).await;
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.payments[0].failure().unwrap().reason, DeclineReason::PaymentExpired);
}

#[tokio::test(start_paused = true)]
async fn a_late_yes_is_reversed_and_never_applied() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let unanswered = gateway.acquirer.gate.lock().await;
    let (engine, key) = (gateway.engine.clone(), link.key);
    let paying = tokio::spawn(async move { engine.pay(key, card("p-1")).await.unwrap() });
    while gateway.acquirer.count("authorize") == 0 {
        tokio::task::yield_now().await;
    }
    let gone = gateway.engine.give_up(link.key).await.unwrap();
    assert_eq!(gone.payments[0].status(), PaymentStatus::Cancelled);
    // The bank breaks its word: a yes comes for what it had let go.
    drop(unanswered);
    paying.await.unwrap();
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Attempted);
    assert_eq!(order.instructions[0].kind, InstructionKind::Reversal);
    assert_eq!(order.instructions[0].state, InstructionState::Done);
    assert_eq!(gateway.acquirer.count("reverse"), 1);
    assert_eq!(gateway.owed().await, 0);
}

#[tokio::test]
async fn giving_up_yields_to_a_decision_that_came_first() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    let decided = Ok(Abandoned::Decided(Outcome::Approved(approval())));
    gateway.acquirer.abandon.lock().unwrap().push_back(decided);
    let order = gateway.engine.give_up(link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Processed);
    assert_eq!(gateway.owed().await, 50_000);
}

#[tokio::test]
async fn a_decline_leaves_other_attempts_and_the_tenth_fails_the_order() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    for n in 1..=10 {
        let no = declined(DeclineReason::InsufficientFunds);
        gateway.acquirer.authorize.lock().unwrap().push_back(Ok(no));
        let order = gateway.pay(&link, &format!("p-{n}")).await;
        let expected = if n < 10 { OrderState::Attempted } else { OrderState::Failed };
        assert_eq!((order.state, order.retries_remaining()), (expected, 10 - n));
    }
    let refused = gateway.engine.pay(link.key, card("p-11")).await.unwrap_err();
    assert_eq!(refused, EngineError::Refused(Refusal::OrderFailed));
    let order = gateway.engine.link(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.link.as_ref().unwrap().state, LinkState::Cancelled);
}

#[tokio::test]
async fn an_attempt_ends_at_the_acquirer_before_it_ends_here() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(16 * MINUTE);
    let waiting = || Ok(Status::Known(challenged()));
    gateway.acquirer.status.lock().unwrap().extend([waiting(), waiting()]);
    gateway.acquirer.abandon.lock().unwrap().push_back(Err(silent()));
    gateway.work(Queue::FollowUp).await;
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Pending { in_flight: Some(0) });
    gateway.clock.advance(MINUTE);
    gateway.work(Queue::FollowUp).await;
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.payments[0].failure().unwrap().reason, DeclineReason::PaymentExpired);
}

#[tokio::test]
async fn an_attempt_in_flight_keeps_a_link_whose_time_ran_out_until_it_is_known() {
    let gateway = Gateway::open().await;
    for (reference, status, expected) in [
        ("ref-1", Outcome::Approved(approval()), LinkState::Processed),
        ("ref-2", declined(DeclineReason::PaymentDeclined), LinkState::Expired),
    ] {
        gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
        let now = gateway.engine.now();
        let new = deodar_engine::NewLink {
            terms: crate::common::terms(reference, 50_000),
            expire_by: Some(now.plus(MINUTE)),
        };
        let made = gateway.engine.create_link(gateway.merchant(), new).await.unwrap();
        let (deodar_engine::Made::New(link) | deodar_engine::Made::Existing(link)) = made;
        gateway.pay(&link, "p-1").await;
        gateway.clock.advance(2 * MINUTE);
        gateway.work(Queue::Deadline).await;
        let order = gateway.engine.link(gateway.merchant(), link.key).await.unwrap();
        assert_eq!(order.link.as_ref().unwrap().state, LinkState::PaymentInitiated);
        gateway.acquirer.status.lock().unwrap().push_back(Ok(Status::Known(status)));
        let order = gateway.engine.refresh_payment(link.key).await.unwrap();
        assert_eq!(order.link.as_ref().unwrap().state, expected, "{reference}");
    }
}

#[tokio::test]
async fn an_authorisation_that_nobody_captures_is_released_after_seven_days() {
    let gateway = Gateway::open().await;
    let mut held = crate::common::terms("ref-1", 50_000);
    held.pre_auth = true;
    let link = gateway.make(held).await;
    let order = gateway.pay(&link, "p-1").await;
    assert!(matches!(order.state, OrderState::Authorized { .. }));
    assert_eq!(gateway.owed().await, 0);
    gateway.clock.advance(Duration::from_hours(7 * 24));
    gateway.work(Queue::Deadline).await;
    gateway.work(Queue::FollowUp).await;
    let order = gateway.engine.link(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Cancelled);
    assert_eq!(order.link.as_ref().unwrap().state, LinkState::Cancelled);
    assert_eq!(gateway.acquirer.count("void"), 1);
}

#[tokio::test]
async fn a_method_that_the_acquirer_cannot_hold_is_refused_before_it_is_asked() {
    let gateway = Gateway::open().await;
    let mut held = crate::common::terms("ref-1", 50_000);
    held.pre_auth = true;
    let link = gateway.make(held).await;
    let mut request = card("p-1");
    request.instrument = deodar_acquirer::Instrument::UpiIntent;
    let refused = gateway.engine.pay(link.key, request).await.unwrap_err();
    let problem = PaymentProblem::MethodNotEnabled(deodar_domain::method::Method::Upi);
    assert_eq!(refused, EngineError::InvalidPayment { element: 0, problem });
    assert_eq!(gateway.acquirer.count("authorize"), 0);
}

#[tokio::test]
async fn a_release_that_the_acquirer_refuses_is_tried_again_the_next_day() {
    let gateway = Gateway::open().await;
    let mut held = crate::common::terms("ref-1", 50_000);
    held.pre_auth = true;
    let link = gateway.make(held).await;
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(Duration::from_hours(7 * 24));
    let no = declined(DeclineReason::PaymentDeclined);
    gateway.acquirer.next_follow_on.lock().unwrap().push_back(no);
    gateway.work(Queue::Deadline).await;
    gateway.work(Queue::FollowUp).await;
    let order = gateway.engine.link(gateway.merchant(), link.key).await.unwrap();
    assert!(matches!(order.state, OrderState::Authorized { .. }));
    for _ in 0..2 {
        gateway.clock.advance(Duration::from_hours(24));
        gateway.work(Queue::Deadline).await;
        gateway.work(Queue::FollowUp).await;
    }
    let order = gateway.engine.link(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Cancelled);
    assert_eq!(gateway.acquirer.count("void"), 2);
    gateway.clock.advance(Duration::from_hours(1_000));
    assert_eq!(gateway.work(Queue::Deadline).await, 0, "nothing is left to look at");
}

#[tokio::test]
async fn an_acquirer_that_cannot_say_whether_it_let_go_is_asked_again() {
    let gateway = Gateway::open().await;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    gateway.clock.advance(16 * MINUTE);
    let undecided = Ok(Abandoned::Decided(Outcome::Pending));
    gateway.acquirer.abandon.lock().unwrap().push_back(undecided);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    let yes = Ok(Status::Known(Outcome::Approved(approval())));
    gateway.acquirer.status.lock().unwrap().push_back(yes);
    gateway.clock.advance(MINUTE);
    assert_eq!(gateway.work(Queue::FollowUp).await, 1);
    let order = gateway.engine.order(gateway.merchant(), link.key).await.unwrap();
    assert_eq!(order.state, OrderState::Processed);
}

#[tokio::test]
async fn a_link_ends_although_a_process_whose_clock_is_behind_ended_its_last_attempt() {
    let gateway = Gateway::open().await;
    let new = deodar_engine::NewLink {
        terms: crate::common::terms("ref-1", 50_000),
        expire_by: Some(gateway.engine.now().plus(MINUTE)),
    };
    let made = gateway.engine.create_link(gateway.merchant(), new).await.unwrap();
    let (deodar_engine::Made::New(link) | deodar_engine::Made::Existing(link)) = made;
    gateway.acquirer.authorize.lock().unwrap().push_back(Ok(challenged()));
    gateway.pay(&link, "p-1").await;
    let ahead = gateway.restarted().await;
    ahead.advance_clock(120).await.unwrap();
    for job in ahead.take_jobs(Queue::Deadline, 10).await.unwrap() {
        ahead.do_job(job).await.unwrap();
    }
    let no = Ok(Status::Known(declined(DeclineReason::PaymentDeclined)));
    gateway.acquirer.status.lock().unwrap().push_back(no);
    let behind = gateway.engine.refresh_payment(link.key).await.unwrap();
    assert_eq!(behind.link.as_ref().unwrap().state, LinkState::Clicked);
    gateway.engine.refresh().await.unwrap();
    gateway.clock.advance(15 * MINUTE);
    gateway.work(Queue::Deadline).await;
    let told = crate::webhooks::render_all(&gateway).await;
    assert_eq!(told, [EventType::PaymentFailed, EventType::OrderCancelled]);
}
