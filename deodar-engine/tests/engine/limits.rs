//! What is limited on all nodes together, on a store that is shared, away, or opened again.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::{Engine, Limit};
use deodar_store::memory::LostAnswer;
use deodar_store::{CounterKey, Store};

use crate::common::Gateway;

const HOUR: Duration = Duration::from_hours(1);
const LIMIT: Limit = Limit { name: "test", times_max: 4, window: HOUR };
/// Longer than sums are held to be true.
const MOMENT: Duration = Duration::from_millis(300);
const KEY: &[&[u8]] = &[b"198.51.100.1", b"asha@example.com"];

/// Three nodes on one store.
struct Nodes {
    gateway: Gateway,
    engines: [Arc<Engine>; 3],
}

impl Nodes {
    async fn open() -> Self {
        let gateway = Gateway::open_as(false).await;
        let engines =
            [Arc::clone(&gateway.engine), gateway.restarted().await, gateway.restarted().await];
        Self { gateway, engines }
    }

    /// Lets each node tell the others what it has counted, and a moment pass.
    async fn share(&self) {
        for engine in &self.engines {
            engine.share_tallies().await.unwrap();
        }
        self.gateway.clock.advance(MOMENT);
    }

    async fn takes(&self, node: usize) -> bool {
        self.engines[node].take_of_limit(&LIMIT, KEY).await.is_ok()
    }

    async fn counters(&self) -> Vec<(CounterKey, i64)> {
        let [from, end] = ["", "z"].map(|name| CounterKey(name.into()));
        self.gateway.store.counters_between(&from, &end, 10_000).await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_holds_on_all_nodes_together() {
    let nodes = Nodes::open().await;
    for node in [0, 1, 2, 0] {
        assert!(nodes.takes(node).await);
        nodes.share().await;
    }
    for node in 0..3 {
        assert!(!nodes.takes(node).await, "node {node}");
        let other: &[&[u8]] = &[b"198.51.100.2", b"asha@example.com"];
        assert!(nodes.engines[node].take_of_limit(&LIMIT, other).await.is_ok());
        let another = Limit { name: "another", ..LIMIT };
        assert!(nodes.engines[node].check_limit(&another, KEY).await.is_ok());
    }
    nodes.gateway.clock.advance(HOUR + HOUR / 4);
    for node in 0..3 {
        assert!(nodes.engines[node].check_limit(&LIMIT, KEY).await.is_ok(), "node {node}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_never_saw_a_key_knows_what_the_others_counted() {
    let nodes = Nodes::open().await;
    for _ in 0..LIMIT.times_max {
        nodes.engines[0].count_for_limit(&LIMIT, KEY);
    }
    nodes.share().await;
    assert!(nodes.engines[1].check_limit(&LIMIT, KEY).await.is_err());
}

#[tokio::test]
async fn the_limit_of_one_node_is_exact_at_once_whatever_is_on_its_way() {
    let nodes = Nodes::open().await;
    let started = nodes.gateway.engine.real_now();
    for turn in 0..LIMIT.times_max {
        assert!(nodes.takes(0).await, "turn {turn}");
        nodes.engines[0].share_tallies().await.unwrap();
        nodes.gateway.clock.advance(MOMENT);
    }
    let wait = nodes.engines[0].take_of_limit(&LIMIT, KEY).await.unwrap_err();
    let now = nodes.gateway.engine.real_now();
    assert_eq!(wait, started.plus(HOUR).since(now), "until the very first is an hour ago");
    nodes.gateway.clock.advance(wait);
    assert!(nodes.takes(0).await);
    assert!(!nodes.takes(0).await);
}

#[tokio::test]
async fn many_who_ask_one_node_at_once_are_given_no_more_than_there_is() {
    let nodes = Nodes::open().await;
    let ask = |_| {
        let engine = Arc::clone(&nodes.engines[0]);
        tokio::spawn(async move { engine.take_of_limit(&LIMIT, KEY).await.is_ok() })
    };
    let mut taken = 0;
    for task in (0..50).map(ask).collect::<Vec<_>>() {
        taken += u32::from(task.await.unwrap());
    }
    assert_eq!(taken, LIMIT.times_max);
}

#[tokio::test(start_paused = true)]
async fn what_was_counted_outlives_a_restart() {
    let nodes = Nodes::open().await;
    for _ in 0..LIMIT.times_max {
        assert!(nodes.takes(0).await);
    }
    nodes.share().await;
    let again = nodes.gateway.restarted().await;
    assert!(again.take_of_limit(&LIMIT, KEY).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_stops_nobody_and_is_told_later_once() {
    let nodes = Nodes::open().await;
    for (fate, expected) in [(LostAnswer::Stored, 1), (LostAnswer::Dropped, 2)] {
        assert!(nodes.takes(0).await);
        // What becomes of the change set is not known: it is sent again, and counts once.
        nodes.gateway.store.lose_answers(&[fate, fate]).unwrap();
        for _ in 0..2 {
            assert!(nodes.engines[0].share_tallies().await.is_err());
        }
        nodes.share().await;
        let sum: i64 = nodes.counters().await.iter().map(|(_, value)| value).sum();
        assert_eq!(sum, expected, "{fate:?}");
    }
    assert!(nodes.takes(1).await && nodes.takes(1).await, "two are left");
    assert!(!nodes.takes(1).await);
}

#[tokio::test]
async fn nothing_is_written_where_nothing_was_counted_and_once_where_it_was() {
    let nodes = Nodes::open().await;
    for engine in &nodes.engines {
        assert!(engine.check_limit(&LIMIT, KEY).await.is_ok());
    }
    nodes.share().await;
    assert_eq!(nodes.counters().await, []);
    nodes.engines[0].count_for_limit(&LIMIT, KEY);
    for _ in 0..3 {
        nodes.share().await;
    }
    let counters = nodes.counters().await;
    assert_eq!(counters.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_counter_names_nobody() {
    let nodes = Nodes::open().await;
    nodes.engines[0].count_for_limit(&LIMIT, KEY);
    nodes.share().await;
    let (CounterKey(name), _) = nodes.counters().await.remove(0);
    for personal in ["198.51.100.1", "asha", &hex::encode("198.51.100.1"), &hex::encode("asha")] {
        assert!(!name.contains(personal), "{name} tells {personal}");
    }
    assert!(name.starts_with("until 00") && name.contains(" test "), "{name}");
}

#[tokio::test]
async fn counters_that_are_over_are_removed_and_others_are_not() {
    let nodes = Nodes::open().await;
    for number in 0_u32..1_200 {
        nodes.engines[0].count_for_limit(&LIMIT, &[&number.to_be_bytes()]);
    }
    for sent in [500, 1_000, 1_200] {
        nodes.share().await;
        assert_eq!(nodes.counters().await.len(), sent, "so many at a time");
    }
    assert!(!nodes.engines[1].remove_old_counters().await.unwrap(), "none is over");
    nodes.gateway.clock.advance(2 * HOUR);
    nodes.engines[0].count_for_limit(&LIMIT, KEY);
    nodes.share().await;
    let mut rounds = 0;
    while nodes.engines[rounds % 3].remove_old_counters().await.unwrap() {
        rounds += 1;
    }
    assert_eq!(rounds, 1, "a thousand at a time");
    assert_eq!(nodes.counters().await.len(), 1, "the one that counts");
}

#[tokio::test]
async fn nodes_that_remove_the_same_counters_do_no_harm() {
    let nodes = Nodes::open().await;
    nodes.engines[0].count_for_limit(&LIMIT, KEY);
    nodes.share().await;
    nodes.gateway.clock.advance(2 * HOUR);
    let [one, two, three] = &nodes.engines;
    let removed = tokio::join!(
        one.remove_old_counters(),
        two.remove_old_counters(),
        three.remove_old_counters()
    );
    assert_eq!((removed.0.unwrap(), removed.1.unwrap(), removed.2.unwrap()), (false, false, false));
    assert_eq!(nodes.counters().await, []);
}

#[tokio::test]
async fn each_node_knows_how_many_there_are() {
    let nodes = Nodes::open().await;
    let count = async || {
        for engine in nodes.engines.iter().chain(&nodes.engines) {
            engine.count_nodes().await.unwrap();
        }
        nodes.engines.each_ref().map(|engine| engine.nodes().get())
    };
    assert_eq!(nodes.engines[0].nodes().get(), 1, "one, until it is known");
    assert_eq!(count().await, [3, 3, 3]);
    // Two are gone: they are missed once a whole period has passed without them.
    for expected in [3, 1] {
        nodes.gateway.clock.advance(Duration::from_secs(10));
        nodes.engines[0].count_nodes().await.unwrap();
        assert_eq!(nodes.engines[0].nodes().get(), expected);
    }
}

#[tokio::test]
async fn a_node_whose_answer_was_lost_is_counted_once() {
    let nodes = Nodes::open().await;
    nodes.gateway.store.lose_answers(&[LostAnswer::Stored]).unwrap();
    assert!(nodes.engines[0].count_nodes().await.is_err());
    nodes.engines[0].count_nodes().await.unwrap();
    assert_eq!(nodes.engines[0].nodes().get(), 1);
}
