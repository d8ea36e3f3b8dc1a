//! Calls with a key that are done by several commits: whichever process is asked again waits for
//! the one that does them.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::{
    ANSWER_AGE_MAX, Answer, Asked, Engine, EngineError, KeyedCall, Known, RUNNING_MAX, Turn,
};
use tokio::task::JoinHandle;

use crate::common::Gateway;

struct Nodes {
    gateway: Gateway,
    one: Arc<Engine>,
    other: Arc<Engine>,
}

impl Nodes {
    async fn open() -> Self {
        let gateway = Gateway::open().await;
        let (one, other) = (Arc::clone(&gateway.engine), gateway.restarted().await);
        Self { gateway, one, other }
    }

    fn call(&self) -> KeyedCall<'static> {
        let merchant = self.gateway.merchant().id;
        KeyedCall { merchant, method: "POST", path: "/payments", key: "k", body: b"b" }
    }

    async fn first(&self, engine: &Engine) -> Arc<Turn> {
        match engine.take_long_turn(self.call()).await.unwrap() {
            Asked::First(turn) => turn,
            Asked::Before(known) => panic!("it was done before: {known:?}"),
        }
    }

    /// A repeat at the other process, which has begun to wait.
    async fn waiting(&self) -> JoinHandle<Result<Asked, EngineError>> {
        let (engine, call) = (Arc::clone(&self.other), self.call());
        let repeat = tokio::spawn(async move { engine.take_long_turn(call).await });
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!repeat.is_finished());
        repeat
    }
}

fn done() -> Answer {
    Answer { status: 200, body: "done".into() }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_at_another_process_waits_and_gets_the_first_answer() {
    let nodes = Nodes::open().await;
    let turn = nodes.first(&nodes.one).await;
    let repeat = nodes.waiting().await;
    let ended = nodes.one.end_turn(&turn, Some(done())).await.unwrap();
    assert_eq!(ended, Some(Known::Answered(done())));
    match repeat.await.unwrap().unwrap() {
        Asked::Before(known) => assert_eq!(known, Known::Answered(done())),
        Asked::First(_) => panic!("it would be done twice"),
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_at_once_one_does_it_whichever_process_they_ask() {
    let nodes = Nodes::open().await;
    let ask = |number: usize| {
        let engine = Arc::clone(if number.is_multiple_of(2) { &nodes.one } else { &nodes.other });
        let call = nodes.call();
        tokio::spawn(async move {
            match engine.take_long_turn(call).await.unwrap() {
                Asked::First(turn) => {
                    let answer = Answer { status: 200, body: number.to_string().into() };
                    // It takes its time.
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    engine.end_turn(&turn, Some(answer)).await.unwrap().unwrap()
                }
                Asked::Before(known) => known,
            }
        })
    };
    let mut answers = Vec::new();
    for task in (0..20).map(ask).collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_kept_may_be_done_by_whoever_waits() {
    let nodes = Nodes::open().await;
    let turn = nodes.first(&nodes.one).await;
    let repeat = nodes.waiting().await;
    assert_eq!(nodes.one.end_turn(&turn, None).await.unwrap(), None);
    assert!(matches!(repeat.await.unwrap().unwrap(), Asked::First(_)));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ended_in_the_middle_is_taken_over() {
    let nodes = Nodes::open().await;
    let dead = nodes.first(&nodes.one).await;
    nodes.gateway.clock.advance(RUNNING_MAX);
    let turn = nodes.first(&nodes.other).await;
    nodes.other.end_turn(&turn, Some(done())).await.unwrap();
    // It was slow and not dead: its answer comes too late, and is the other one.
    let own = Some(Answer { status: 422, body: "late".into() });
    let late = nodes.one.end_turn(&dead, own).await.unwrap();
    assert_eq!(late, Some(Known::Answered(done())));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_callers_do() {
    let nodes = Nodes::open().await;
    let _running = nodes.first(&nodes.one).await;
    let begun = tokio::time::Instant::now();
    let waited = nodes.other.take_long_turn(nodes.call()).await;
    assert!(matches!(waited, Err(EngineError::Unavailable(_))));
    assert_eq!(begun.elapsed().as_secs(), 25);
}

#[tokio::test(start_paused = true)]
async fn another_body_is_told_at_once() {
    let nodes = Nodes::open().await;
    let _running = nodes.first(&nodes.one).await;
    let call = KeyedCall { body: b"other", ..nodes.call() };
    let told = nodes.other.take_long_turn(call).await.unwrap();
    assert!(matches!(told, Asked::Before(Known::OtherBody)));
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_left_is_removed_with_the_old_answers() {
    let nodes = Nodes::open().await;
    drop(nodes.first(&nodes.one).await);
    nodes.gateway.clock.advance(ANSWER_AGE_MAX + Duration::from_secs(1));
    assert!(!nodes.other.remove_old_answers().await.unwrap());
    let turn = nodes.first(&nodes.other).await;
    assert_eq!(nodes.other.end_turn(&turn, None).await.unwrap(), None);
}
