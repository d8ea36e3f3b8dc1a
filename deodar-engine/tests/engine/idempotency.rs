//! Calls with a merchant's key: done once, answered alike, kept with what they did.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Gateway, terms};
use deodar_domain::id::{MerchantId, link_id};
use deodar_domain::order::Order;
use deodar_engine::{
    ANSWER_AGE_MAX, ANSWER_LIFETIME, Answer, Asked, Engine, EngineError, Keep, KeyedCall, Known,
    Made, NewLink, Turn,
};
use deodar_store::memory::LostAnswer;
use deodar_store::{ReferenceKey, Store};

const PATH: &str = "/links";

fn call(gateway: &Gateway) -> KeyedCall<'static> {
    KeyedCall { merchant: gateway.merchant().id, method: "POST", path: PATH, key: "k", body: b"b" }
}

fn answer(status: u16, body: impl Into<Box<str>>) -> Answer {
    Answer { status, body: body.into() }
}

/// What a caller in front of the engine answers a new link with.
fn made(order: &Order) -> Answer {
    answer(201, link_id(order.key).as_str())
}

async fn create(
    engine: &Engine,
    gateway: &Gateway,
    turn: &Arc<Turn>,
    reference: &str,
) -> Result<Answer, EngineError> {
    let new = NewLink { terms: terms(reference, 50_000), expire_by: None };
    let render = |order: &Order| Some(made(order));
    let keep = Keep::new(Some(Arc::clone(turn)), &render);
    match engine.create_link_once(gateway.merchant(), new, &keep).await? {
        Made::New(order) => Ok(made(&order)),
        Made::Existing(order) => Ok(answer(200, link_id(order.key).as_str())),
    }
}

/// The whole of a call that makes a link, as the API does it.
async fn create_once(
    engine: &Engine,
    gateway: &Gateway,
    call: KeyedCall<'_>,
    reference: &str,
) -> Known {
    let turn = match engine.take_turn(call).await.unwrap() {
        Asked::First(turn) => turn,
        Asked::Before(known) => return known,
    };
    let answered = create(engine, gateway, &turn, reference).await.ok();
    engine.end_turn(&turn, answered).await.unwrap().expect("an answer")
}

async fn first(engine: &Engine, call: KeyedCall<'_>) -> Arc<Turn> {
    match engine.take_turn(call).await.unwrap() {
        Asked::First(turn) => turn,
        Asked::Before(known) => panic!("it was done before: {known:?}"),
    }
}

async fn before(engine: &Engine, call: KeyedCall<'_>) -> Known {
    match engine.take_turn(call).await.unwrap() {
        Asked::First(_) => panic!("it was not done before"),
        Asked::Before(known) => known,
    }
}

fn just_under(duration: Duration) -> Duration {
    duration.checked_sub(Duration::from_micros(1)).unwrap()
}

async fn answers_of(gateway: &Gateway) -> usize {
    let end = deodar_domain::time::Timestamp::from_micros(i64::MAX);
    gateway.store.answers_before(end, usize::MAX).await.unwrap().len()
}

async fn links_of(gateway: &Gateway, references: impl Iterator<Item = String>) -> usize {
    let mut count = 0;
    for text in references {
        let reference = terms(&text, 50_000).reference;
        let key = ReferenceKey::Link { merchant: gateway.merchant().id, reference };
        count += usize::from(gateway.store.find(&key).await.unwrap().is_some());
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_with_one_key_are_one_operation_with_one_answer() {
    let gateway = Arc::new(Gateway::open().await);
    let nodes = [Arc::clone(&gateway.engine), gateway.restarted().await];
    let calls: Vec<_> = (0..60)
        .map(|number: usize| {
            let (gateway, engine) = (Arc::clone(&gateway), Arc::clone(&nodes[number % 2]));
            // Another reference each, so that only the key makes them one.
            let reference = format!("ref-{number}");
            tokio::spawn(
                async move { create_once(&engine, &gateway, call(&gateway), &reference).await },
            )
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers.dedup();
    assert!(matches!(&*answers, [Known::Answered(Answer { status: 201, .. })]), "{answers:?}");
    assert_eq!(links_of(&gateway, (0..60).map(|number| format!("ref-{number}"))).await, 1);
}

#[tokio::test]
async fn a_repeat_waits_for_the_first_and_gets_its_answer() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    let turn = first(engine, call(&gateway)).await;
    let mut repeat = std::pin::pin!(engine.take_turn(call(&gateway)));
    assert!(is_pending(&mut repeat).await, "two have the turn");
    let given = create(engine, &gateway, &turn, "ref-1").await.unwrap();
    assert!(is_pending(&mut repeat).await, "the turn has not ended");
    drop(turn);
    match repeat.await.unwrap() {
        Asked::Before(known) => assert_eq!(known, Known::Answered(given)),
        Asked::First(_) => panic!("it would be done twice"),
    }
}

async fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    tokio::time::timeout(Duration::ZERO, future).await.is_err()
}

#[tokio::test]
async fn another_body_is_told_and_another_call_is_free() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    let given = create_once(engine, &gateway, call(&gateway), "ref-1").await;
    assert_eq!(before(engine, call(&gateway)).await, given);
    let other_body = KeyedCall { body: b"c", ..call(&gateway) };
    assert_eq!(before(engine, other_body).await, Known::OtherBody);
    let number = gateway.merchant().id.as_u32();
    let other = MerchantId::new(if number == 100_000 { 100_001 } else { 100_000 }).unwrap();
    let free = [
        KeyedCall { merchant: other, ..call(&gateway) },
        KeyedCall { method: "PUT", ..call(&gateway) },
        KeyedCall { path: "/links/x", ..call(&gateway) },
        KeyedCall { key: "K", ..call(&gateway) },
        // What the parts are, and not only what they are together, makes a call.
        KeyedCall { path: "/link", key: "sk", ..call(&gateway) },
    ];
    for free in free {
        drop(first(engine, free).await);
    }
}

#[tokio::test]
async fn an_answer_is_given_for_24_hours_and_then_the_call_is_done_again() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    let one = create_once(engine, &gateway, call(&gateway), "ref-1").await;
    engine.advance_clock(30 * 24 * 3_600).await.unwrap();
    assert_eq!(before(engine, call(&gateway)).await, one, "business time does not count");
    gateway.clock.advance(just_under(ANSWER_LIFETIME));
    assert_eq!(before(engine, call(&gateway)).await, one);
    gateway.clock.advance(Duration::from_micros(1));
    let other_body = KeyedCall { body: b"c", ..call(&gateway) };
    let two = create_once(engine, &gateway, other_body, "ref-2").await;
    assert_ne!(two, one);
    assert_eq!(before(engine, other_body).await, two, "and is kept for 24 hours of its own");
    gateway.clock.advance(just_under(ANSWER_LIFETIME));
    assert_eq!(before(engine, other_body).await, two);
}

#[tokio::test]
async fn of_two_processes_that_do_an_old_call_again_one_does() {
    let gateway = Gateway::open().await;
    let other = gateway.restarted().await;
    create_once(&gateway.engine, &gateway, call(&gateway), "ref-1").await;
    gateway.clock.advance(ANSWER_LIFETIME);
    let turns = [first(&gateway.engine, call(&gateway)).await, first(&other, call(&gateway)).await];
    let done = create(&gateway.engine, &gateway, &turns[0], "ref-2").await.unwrap();
    let late = create(&other, &gateway, &turns[1], "ref-3").await;
    assert!(matches!(late, Err(EngineError::Unavailable(_))), "{late:?}");
    let known = other.end_turn(&turns[1], None).await.unwrap();
    assert_eq!(known, Some(Known::Answered(done)));
    assert_eq!(links_of(&gateway, (1..4).map(|number| format!("ref-{number}"))).await, 2);
}

#[tokio::test]
async fn whoever_is_overtaken_by_another_body_is_told_so() {
    let gateway = Gateway::open().await;
    let other = gateway.restarted().await;
    let turn = first(&other, KeyedCall { body: b"c", ..call(&gateway) }).await;
    create_once(&gateway.engine, &gateway, call(&gateway), "ref-1").await;
    let refusal = Some(answer(422, "refused"));
    assert_eq!(other.end_turn(&turn, refusal).await.unwrap(), Some(Known::OtherBody));
}

#[tokio::test]
async fn an_answer_outlives_the_process() {
    let gateway = Gateway::open().await;
    let given = create_once(&gateway.engine, &gateway, call(&gateway), "ref-1").await;
    let restarted = gateway.restarted().await;
    assert_eq!(before(&restarted, call(&gateway)).await, given);
}

/// A process that ends between its commit and its answer leaves both the operation and its answer;
/// one that ends before leaves neither.
#[tokio::test]
async fn an_operation_and_its_answer_are_stored_together_or_not_at_all() {
    for (fate, stored) in [(LostAnswer::Stored, true), (LostAnswer::Dropped, false)] {
        let gateway = Gateway::open().await;
        // The block of numbers is taken before the commit that is lost.
        gateway.make_link("ref-0", 50_000).await;
        let turn = first(&gateway.engine, call(&gateway)).await;
        gateway.store.lose_answers(&[fate]).unwrap();
        let lost = create(&gateway.engine, &gateway, &turn, "ref-1").await;
        assert!(matches!(lost, Err(EngineError::Unavailable(_))), "{lost:?}");
        assert_eq!(gateway.engine.end_turn(&turn, None).await.unwrap(), None);
        let there = links_of(&gateway, std::iter::once("ref-1".to_owned())).await == 1;
        assert_eq!(there, stored);
        let restarted = gateway.restarted().await;
        let repeat = restarted.take_turn(call(&gateway)).await.unwrap();
        assert_eq!(matches!(repeat, Asked::Before(Known::Answered(_))), stored, "{fate:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_kept_and_what_is_not_to_be_kept_is_not() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    let turn = first(engine, call(&gateway)).await;
    assert_eq!(engine.end_turn(&turn, None).await.unwrap(), None);
    drop(turn);
    let turn = first(engine, call(&gateway)).await;
    let refusal = answer(422, "refused");
    let ended = engine.end_turn(&turn, Some(refusal.clone())).await.unwrap();
    assert_eq!(ended, Some(Known::Answered(refusal.clone())));
    drop(turn);
    assert_eq!(before(engine, call(&gateway)).await, Known::Answered(refusal));
}

#[tokio::test]
async fn a_refusal_that_cannot_be_kept_is_not_given() {
    let gateway = Gateway::open().await;
    let turn = first(&gateway.engine, call(&gateway)).await;
    gateway.store.lose_answers(&[LostAnswer::Dropped]).unwrap();
    let ended = gateway.engine.end_turn(&turn, Some(answer(422, "refused"))).await;
    assert!(matches!(ended, Err(EngineError::Unavailable(_))), "{ended:?}");
}

/// The first cancels; the second process finds the link cancelled and must not say so.
#[tokio::test]
async fn a_late_process_gives_the_first_answer_and_not_its_own_refusal() {
    let gateway = Gateway::open().await;
    let order = gateway.make_link("ref-1", 50_000).await;
    let other = gateway.restarted().await;
    let late = first(&other, call(&gateway)).await;
    let turn = first(&gateway.engine, call(&gateway)).await;
    let render = |order: &Order| Some(answer(200, order.state.name()));
    let cancel = async |engine: &Engine, turn: &Arc<Turn>| {
        let keep = Keep::new(Some(Arc::clone(turn)), &render);
        engine.cancel_link_once(gateway.merchant(), order.key, &keep).await
    };
    cancel(&gateway.engine, &turn).await.unwrap();
    let refused = cancel(&other, &late).await.unwrap_err();
    assert!(matches!(refused, EngineError::Refused(_)), "{refused:?}");
    let ended = other.end_turn(&late, Some(answer(422, "cancelled before"))).await.unwrap();
    assert_eq!(ended, Some(Known::Answered(answer(200, "CANCELLED"))));
}

#[tokio::test]
async fn the_clock_is_moved_once_for_one_key() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    let turn = first(engine, call(&gateway)).await;
    let render = |now: &deodar_domain::time::Timestamp| Some(answer(200, now.to_string()));
    let keep = Keep::new(Some(Arc::clone(&turn)), &render);
    let moved = engine.advance_clock_once(2 * 24 * 3_600, &keep).await.unwrap();
    assert_eq!(engine.now(), moved);
    drop((keep, turn));
    let known = before(engine, call(&gateway)).await;
    assert_eq!(known, Known::Answered(answer(200, moved.to_string())));
}

/// Nothing of the key or the body can be found in what is stored.
#[tokio::test]
async fn neither_the_key_nor_the_body_is_stored() {
    let gateway = Gateway::open().await;
    let call = KeyedCall { key: "opaque-key", body: b"opaque-body", ..call(&gateway) };
    create_once(&gateway.engine, &gateway, call, "ref-1").await;
    let stored = format!("{:?}", gateway.store);
    assert!(stored.contains("ref-1"), "the records are printed");
    assert!(!stored.contains("opaque"));
}

#[tokio::test]
async fn answers_are_removed_after_48_hours_and_their_calls_are_free() {
    let gateway = Gateway::open().await;
    let engine = &gateway.engine;
    // More than are removed at once.
    let keys: Vec<String> = (0..280).map(|number| format!("k{number}")).collect();
    let call = |key| KeyedCall { key, ..call(&gateway) };
    for key in &keys {
        let turn = first(engine, call(key)).await;
        engine.end_turn(&turn, Some(answer(422, "refused"))).await.unwrap();
    }
    gateway.clock.advance(ANSWER_AGE_MAX);
    assert!(!engine.remove_old_answers().await.unwrap());
    assert_eq!(answers_of(&gateway).await, 280, "they are not older than that");
    // One of the old ones is in use again.
    let turn = first(engine, call("k7")).await;
    engine.end_turn(&turn, Some(answer(422, "again"))).await.unwrap();
    drop(turn);
    gateway.clock.advance(Duration::from_micros(1));
    assert!(engine.remove_old_answers().await.unwrap());
    assert_eq!(answers_of(&gateway).await, 30);
    assert!(!engine.remove_old_answers().await.unwrap());
    assert_eq!(answers_of(&gateway).await, 1);
    assert_eq!(before(engine, call("k7")).await, Known::Answered(answer(422, "again")));
    drop(first(engine, call("k8")).await);
}
