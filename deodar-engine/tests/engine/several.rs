//! Attempts of several payments: made together or not at all.

use std::time::Duration;

use crate::acquirer::{approved, asks_for_password, challenged, declined, silent};
use crate::common::{Gateway, by_points, card_and_points, paid_with, terms};
use crate::webhooks::render_all;
use deodar_acquirer::{Abandoned, ChallengeAnswer, Instrument, Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::event::EventType;
use deodar_domain::instruction::{InstructionKind, InstructionState};
use deodar_domain::instrument::PayCode;
use deodar_domain::link::LinkState;
use deodar_domain::money::Money;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{CancelCause, Payment, PaymentState, PaymentStatus};
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, OtpAnswer};
use deodar_store::Queue;

const MINUTE: Duration = Duration::from_mins(1);
const IN_FLIGHT: OrderState = OrderState::Pending { in_flight: Some(0) };

async fn order(gateway: &Gateway) -> Order {
    gateway.make_order(terms("order-1", 50_000)).await
}

fn statuses(order: &Order) -> Vec<PaymentStatus> {
    order.payments.iter().map(Payment::status).collect()
}

/// The payments that reversals were ordered of, and whether all of those are done.
fn reversed(order: &Order) -> (Vec<u16>, bool) {
    let reversals: Vec<_> =
        order.instructions.iter().filter(|i| i.kind == InstructionKind::Reversal).collect();
    let done = reversals.iter().all(|reversal| reversal.state == InstructionState::Done);
    (reversals.iter().map(|reversal| reversal.payment).collect(), done)
}

/// Lets workers do what is left, several times over.
async fn settle(gateway: &Gateway, order: &Order) -> Order {
    for _ in 0..3 {
        gateway.work(Queue::FollowUp).await;
        gateway.clock.advance(MINUTE);
    }
    assert_eq!(gateway.work(Queue::FollowUp).await, 0, "nothing is left to be asked");
    gateway.read(order).await
}

/// An attempt of which the card's payment asks for a password and the points were taken.
async fn asked_for_password(gateway: &Gateway) -> Order {
    gateway.acquirer.will_authorize([Ok(asks_for_password()), Ok(approved())]);
    let order = order(gateway).await;
    let order = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!(order.state, IN_FLIGHT);
    assert_eq!(order.payments[1].state, PaymentState::Approved);
    order
}

/// Lets other tasks run until so many authorisations were asked for.
async fn until_asked(gateway: &Gateway, count: usize) {
    while gateway.acquirer.count("authorize") < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn several_payments_that_are_all_approved_pay_the_order_once() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let paid = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!(paid.state, OrderState::Processed);
    assert_eq!(statuses(&paid), [PaymentStatus::Processed; 2]);
    assert_eq!(paid.retries_remaining(), 9, "two payments are one attempt");
    let names: Vec<_> = paid.payments.iter().map(|p| p.acquirer.acquirer_name.as_str()).collect();
    assert_eq!(names, ["SCRIPTED_CARD", "SCRIPTED_POINTS"]);
    assert_eq!(*gateway.acquirer.asked_beside.lock().unwrap(), [false, true]);
    assert_eq!(gateway.owed().await, 50_000);
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
    let settled = settle(&gateway, &order).await;
    assert_eq!((settled.state, gateway.owed().await), (OrderState::Processed, 50_000));
    assert_eq!(gateway.acquirer.count("reverse"), 0);
}

#[tokio::test]
async fn several_payments_are_held_together_where_the_order_asks_for_it() {
    let gateway = Gateway::open().await;
    let mut held = terms("order-1", 50_000);
    held.pre_auth = true;
    let order = gateway.make_order(held).await;
    let order = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!(statuses(&order), [PaymentStatus::Authorized; 2]);
    assert_eq!(order.held().unwrap(), Money::paise(50_000));
    assert_eq!(gateway.owed().await, 0);
    assert_eq!(render_all(&gateway).await, [EventType::OrderAuthorized]);
}

#[tokio::test]
async fn a_declined_second_payment_undoes_the_first() {
    let gateway = Gateway::open().await;
    let no = declined(DeclineReason::InsufficientFunds);
    gateway.acquirer.will_authorize([Ok(approved()), Ok(no)]);
    let order = order(&gateway).await;
    let failed = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!((failed.state, failed.retries_remaining()), (OrderState::Attempted, 9));
    assert_eq!(statuses(&failed), [PaymentStatus::Cancelled, PaymentStatus::Failed]);
    let cause = CancelCause::AttemptFailed;
    assert_eq!(failed.payments[0].state, PaymentState::Cancelled { cause });
    assert_eq!(reversed(&failed), (vec![0], false));
    let settled = settle(&gateway, &order).await;
    assert_eq!(reversed(&settled), (vec![0], true));
    assert_eq!(gateway.acquirer.count("reverse"), 1);
    assert_eq!(gateway.owed().await, 0, "no money was ever booked");
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
    let paid = gateway.attempt(&order, card_and_points("q")).await.unwrap();
    assert_eq!((paid.state, gateway.owed().await), (OrderState::Processed, 50_000));
}

#[tokio::test]
async fn after_a_declined_first_payment_the_second_is_not_asked_for() {
    let gateway = Gateway::open().await;
    gateway.acquirer.will_authorize([Ok(declined(DeclineReason::CardExpired))]);
    let order = order(&gateway).await;
    let failed = gateway.attempt(&order, card_and_points("p")).await.unwrap();
    assert_eq!(statuses(&failed), [PaymentStatus::Failed, PaymentStatus::Cancelled]);
    assert_eq!(gateway.acquirer.count("authorize"), 1);
    let settled = settle(&gateway, &order).await;
    // Nothing was asked for; should it still come from anywhere, it is refused.
    assert_eq!(reversed(&settled), (vec![1], true));
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
}

#[tokio::test]
async fn the_right_password_pays_the_order_once() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    assert_eq!(gateway.owed().await, 0, "points that were taken are not booked yet");
    let right = Ok(ChallengeAnswer::Decided(approved()));
    gateway.acquirer.answers.lock().unwrap().push_back(right);
    let (merchant, id) = (gateway.merchant(), order.payments[0].id);
    let points = gateway.engine.submit_otp(merchant, order.payments[1].id, "123456").await;
    assert_eq!(points.unwrap_err(), EngineError::Refused(Refusal::NoPasswordAsked));
    let answer = gateway.engine.submit_otp(merchant, id, "123456").await.unwrap();
    assert_eq!(answer, OtpAnswer::Accepted);
    let again = gateway.engine.submit_otp(merchant, id, "123456").await.unwrap_err();
    assert_eq!(again, EngineError::Refused(Refusal::PaymentEnded));
    let paid = settle(&gateway, &order).await;
    assert_eq!(statuses(&paid), [PaymentStatus::Processed; 2]);
    assert_eq!(gateway.owed().await, 50_000);
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
}

#[tokio::test]
async fn the_third_wrong_password_undoes_every_payment() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    let no = declined(DeclineReason::UserAuthenticationFailed);
    gateway.acquirer.answers.lock().unwrap().extend([
        Ok(ChallengeAnswer::Wrong { tries_remaining: 2 }),
        Ok(ChallengeAnswer::Wrong { tries_remaining: 1 }),
        Ok(ChallengeAnswer::Decided(no)),
    ]);
    let id = order.payments[0].id;
    for tries in 1..=3 {
        let answer = gateway.engine.submit_otp(gateway.merchant(), id, "000000").await.unwrap();
        let is_last = matches!(answer, OtpAnswer::Declined(_));
        assert_eq!(is_last, tries == 3, "{answer:?}");
        let now = gateway.read(&order).await;
        assert_eq!(now.state == IN_FLIGHT, tries < 3);
    }
    let failed = settle(&gateway, &order).await;
    assert_eq!(statuses(&failed), [PaymentStatus::Failed, PaymentStatus::Cancelled]);
    assert_eq!(reversed(&failed), (vec![1], true));
    assert_eq!(gateway.owed().await, 0);
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
}

#[tokio::test]
async fn a_password_that_comes_as_the_merchant_cancels_is_not_called_right() {
    for said in [approved(), declined(DeclineReason::PaymentCancelled)] {
        let gateway = Gateway::open().await;
        let order = asked_for_password(&gateway).await;
        let answer = Ok(ChallengeAnswer::Decided(said));
        gateway.acquirer.answers.lock().unwrap().push_back(answer);
        let (merchant, id) = (gateway.merchant(), order.payments[0].id);
        let submit = gateway.engine.submit_otp(merchant, id, "123456");
        let cancel = gateway.engine.cancel_order(merchant, order.key);
        let (answer, cancelled) = tokio::join!(submit, cancel);
        assert_eq!(cancelled.unwrap().state, OrderState::Cancelled);
        assert_eq!(answer, Err(EngineError::Refused(Refusal::PaymentEnded)));
        let settled = settle(&gateway, &order).await;
        assert_eq!((settled.state, gateway.owed().await), (OrderState::Cancelled, 0));
        assert!(reversed(&settled).1);
    }
}

#[tokio::test]
async fn a_payer_who_gives_up_one_payment_gives_up_all() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    let gone = gateway.engine.give_up(order.key).await.unwrap();
    assert_eq!(gone.state, OrderState::Attempted);
    assert_eq!(gone.payments[0].state, PaymentState::Cancelled { cause: CancelCause::Payer });
    let asked = gateway.acquirer.asked.lock().unwrap().last().copied();
    assert_eq!(asked, Some(("abandon", order.payments[0].operation)), "the points have no payer");
    let settled = settle(&gateway, &order).await;
    assert_eq!(reversed(&settled), (vec![1], true));
    assert_eq!(render_all(&gateway).await, [EventType::PaymentFailed]);
    // Nothing comes of giving up, or of the points, a second time.
    let again = gateway.engine.give_up_payment(order.key, 1).await.unwrap();
    assert_eq!(again, settled);
}

#[tokio::test]
async fn a_merchant_who_cancels_ends_every_payment() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    let cancel = || gateway.engine.cancel_order(gateway.merchant(), order.key);
    gateway.acquirer.abandon.lock().unwrap().push_back(Err(silent()));
    assert_eq!(cancel().await.unwrap_err(), EngineError::Refused(Refusal::AttemptInFlight));
    assert_eq!(gateway.read(&order).await, order, "nothing changes");
    let cancelled = cancel().await.unwrap();
    assert_eq!(cancelled.state, OrderState::Cancelled);
    let by_merchant = PaymentState::Cancelled { cause: CancelCause::Merchant };
    assert!(cancelled.payments.iter().all(|payment| payment.state == by_merchant));
    let settled = settle(&gateway, &order).await;
    assert_eq!(reversed(&settled), (vec![1], true));
    assert_eq!(render_all(&gateway).await, [EventType::OrderCancelled]);
}

#[tokio::test]
async fn a_cancel_yields_to_a_payment_that_had_been_decided_only_when_it_was_the_last() {
    let gateway = Gateway::open().await;
    gateway.acquirer.will_authorize([Ok(asks_for_password()), Ok(challenged())]);
    let order = order(&gateway).await;
    gateway.attempt(&order, card_and_points("p")).await.unwrap();
    // The first had been paid; the second lets go, and the first is undone.
    let yes = Ok(Abandoned::Decided(approved()));
    gateway.acquirer.abandon.lock().unwrap().push_back(yes);
    let cancelled = gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap();
    assert_eq!(cancelled.state, OrderState::Cancelled);
    assert_eq!(reversed(&settle(&gateway, &order).await), (vec![0], true));
    assert_eq!(gateway.owed().await, 0);

    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    let yes = Ok(Abandoned::Decided(approved()));
    gateway.acquirer.abandon.lock().unwrap().push_back(yes);
    let refused = gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap_err();
    assert_eq!(refused, EngineError::Refused(Refusal::OrderNotCancellable));
    assert_eq!((gateway.read(&order).await.state, gateway.owed().await).1, 50_000);
}

#[tokio::test(start_paused = true)]
async fn what_was_cancelled_while_the_first_was_asked_for_is_never_asked_for() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    gateway.acquirer.will_authorize([Err(silent())]);
    let bank = gateway.acquirer.gate.lock().await;
    let (engine, merchant, key) = (gateway.engine.clone(), gateway.merchant().clone(), order.key);
    let paying = tokio::spawn(async move {
        engine.pay_by_api(&merchant, key, card_and_points("p")).await.unwrap()
    });
    until_asked(&gateway, 1).await;
    gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap();
    drop(bank);
    assert_eq!(paying.await.unwrap().state, OrderState::Cancelled);
    assert_eq!(gateway.acquirer.count("authorize"), 1);
    assert_eq!(reversed(&settle(&gateway, &order).await), (vec![1], true));
}

#[tokio::test(start_paused = true)]
async fn a_yes_to_what_was_ended_while_it_was_asked_for_is_undone_once() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    gateway.acquirer.will_authorize([Ok(challenged()), Ok(approved())]);
    let gate = &gateway.acquirer.gate;
    let first = gate.lock().await;
    let (engine, merchant, key) = (gateway.engine.clone(), gateway.merchant().clone(), order.key);
    let paying = tokio::spawn(async move {
        engine.pay_by_api(&merchant, key, card_and_points("p")).await.unwrap()
    });
    until_asked(&gateway, 1).await;
    // The gate is taken in turn: the first goes through, and then it is shut again.
    let (second, ()) = tokio::join!(gate.lock(), async { drop(first) });
    until_asked(&gateway, 2).await;
    gateway.engine.cancel_order(gateway.merchant(), order.key).await.unwrap();
    drop(second);
    assert_eq!(paying.await.unwrap().state, OrderState::Cancelled);
    assert_eq!(reversed(&settle(&gateway, &order).await), (vec![1], true));
    assert_eq!(gateway.owed().await, 0);
}

#[tokio::test]
async fn one_challenge_page_leads_the_payer_through_every_payment() {
    let gateway = Gateway::open().await;
    let bank = Instrument::Netbanking(PayCode::parse("NB1531").unwrap());
    let payments = vec![by_points("points", 10_000), paid_with(bank, "bank", 40_000)];
    gateway.acquirer.will_authorize([Ok(asks_for_password()), Ok(challenged())]);
    let order = order(&gateway).await;
    let order = gateway.attempt(&order, payments).await.unwrap();
    let url = |order: &Order| gateway.engine.challenge_url(order).unwrap();
    let first = url(&order).unwrap();
    let token = first.rsplit_once("token=").unwrap().1.to_owned();
    let page = || gateway.engine.challenge_page(&token);
    assert_eq!(page().await.unwrap().payment, 0);
    let right = Ok(ChallengeAnswer::Decided(approved()));
    gateway.acquirer.answers.lock().unwrap().push_back(right);
    let id = order.payments[0].id;
    gateway.engine.submit_otp(gateway.merchant(), id, "123456").await.unwrap();
    let waiting = page().await.unwrap();
    assert_eq!(waiting.payment, 1, "the page goes on to the one that waits");
    assert_eq!(url(&waiting.order).as_deref(), Some(first.as_str()));
    assert_eq!(gateway.engine.return_form(&waiting.order).await.unwrap(), None);
    let no = Status::Known(declined(DeclineReason::PaymentDeclined));
    gateway.acquirer.will_tell([no]);
    let failed = gateway.engine.refresh_payment(order.key).await.unwrap();
    assert_eq!((failed.state, url(&failed)), (OrderState::Attempted, None));
    assert_eq!(page().await.unwrap().payment, 1, "the one that failed is told");
    let form = gateway.engine.return_form(&failed).await.unwrap().unwrap();
    let field = |name| form.fields.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
    assert_eq!((field("status"), field("error_code")), ("FAILED", "PAYMENT_DECLINED"));
    // The next attempt has a page of its own.
    gateway.acquirer.will_authorize([Ok(challenged())]);
    let next = gateway.attempt(&order, card_and_points("q")).await.unwrap();
    assert_ne!(url(&next).unwrap(), first);
}

#[tokio::test]
async fn a_payer_who_cancels_at_the_bank_cancels_every_payment() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    let gone = Status::Known(declined(DeclineReason::PaymentCancelled));
    gateway.acquirer.will_tell([gone]);
    let ended = gateway.engine.refresh_payment(order.key).await.unwrap();
    assert_eq!(statuses(&ended), [PaymentStatus::Cancelled; 2]);
    let form = gateway.engine.return_form(&ended).await.unwrap().unwrap();
    assert!(form.fields.contains(&("status", "CANCELLED".to_owned())));
    assert!(form.fields.contains(&("error_code", "PAYMENT_CANCELLED".to_owned())));
}

#[tokio::test]
async fn the_tenth_failed_attempt_fails_the_order_however_many_payments_each_had() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    for n in 1..=10 {
        let no = declined(DeclineReason::PaymentDeclined);
        gateway.acquirer.will_authorize([Ok(approved()), Ok(no)]);
        let order = gateway.attempt(&link, card_and_points(&format!("p{n}"))).await.unwrap();
        let expected = if n < 10 { OrderState::Attempted } else { OrderState::Failed };
        assert_eq!((order.state, order.retries_remaining()), (expected, 10 - n));
    }
    let order = settle(&gateway, &link).await;
    assert_eq!(order.link.as_ref().unwrap().state, LinkState::Cancelled);
    assert_eq!(reversed(&order), ((0..20).step_by(2).collect(), true));
    assert_eq!(gateway.owed().await, 0);
}

#[tokio::test]
async fn amounts_that_do_not_add_up_are_refused_before_the_acquirer_is_asked() {
    let gateway = Gateway::open().await;
    let order = order(&gateway).await;
    let points = |paise| vec![by_points("a", 40_000), by_points("b", paise)];
    for (payments, refusal) in [
        (points(9_999), Refusal::AmountNotDue),
        (points(10_001), Refusal::AmountExceedsDue),
        (vec![by_points("a", 49_901), by_points("b", 99)], Refusal::PartTooSmall),
        (Vec::new(), Refusal::AmountNotDue),
    ] {
        let refused = gateway.attempt(&order, payments).await.unwrap_err();
        assert_eq!(refused, EngineError::Refused(refusal));
    }
    assert_eq!(gateway.read(&order).await, order);
    assert_eq!(gateway.acquirer.count("authorize"), 0);
}

#[tokio::test]
async fn an_outcome_that_is_repeated_changes_nothing() {
    let gateway = Gateway::open().await;
    let order = asked_for_password(&gateway).await;
    for outcome in [asks_for_password(), Outcome::Pending] {
        gateway.acquirer.will_tell([Status::Known(outcome)]);
        assert_eq!(gateway.engine.refresh_payment(order.key).await.unwrap(), order);
    }
}
