//! Connections that break at a COMMIT: the change set is acknowledged once and stored once.

use std::time::Duration;

use deodar_kit::{PostgresCluster, wait_until};
use deodar_store::contract::fixtures::{order_key, order_reference};
use deodar_store::{ChangeSet, CommitError, RecordKey, Store, Version};
use deodar_store_postgres::{DatabaseAddress, Options};
use futures::future::join_all;

use crate::common::{check, claiming, everything, is_unavailable, open};
use crate::proxy::{Cut, Proxy, STRAIGHT};

const CUTS: [Cut; 4] = [Cut::AfterTheAnswer, Cut::BeforeTheAnswer, Cut::BeforeTheServer, Cut::Late];

/// The same database, by the way of a proxy.
async fn by_proxy() -> (Proxy, DatabaseAddress) {
    let text = PostgresCluster::shared_database().unwrap();
    let (before, port_and_name) = text.rsplit_once(':').unwrap();
    let (port, name) = port_and_name.split_once('/').unwrap();
    let proxy = Proxy::start(port.parse().unwrap()).await;
    let address = format!("{before}:{}/{name}", proxy.port);
    (proxy, DatabaseAddress::parse(&address).unwrap())
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_acknowledged_and_stored_once() {
    let (proxy, address) = by_proxy().await;
    let store = open(&address, Options::default()).await;
    for (number, cut) in (1..).zip(CUTS) {
        proxy.cut_next(cut);
        assert_eq!(store.commit(everything(number)).await, Ok(()), "{cut:?}");
        assert!(proxy.has_cut(), "{cut:?}");
        check(&*store, 1..number + 2, |asked| asked <= number).await;
    }
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_is_acknowledged_and_stored_once() {
    let (proxy, address) = by_proxy().await;
    let options = Options { writers: 1, ..Options::default() };
    let faults = options.faults.clone();
    let store = open(&address, options).await;
    for (round, cut) in (0..).zip(CUTS) {
        let numbers = round * 40 + 1..round * 40 + 41;
        proxy.cut_next(cut);
        let held = faults.hold_writers().await;
        let mut sent = join_all(numbers.clone().map(|number| store.commit(everything(number))));
        assert!(futures::poll!(&mut sent).is_pending());
        drop(held);
        let answers = sent.await;
        assert!(answers.iter().all(Result::is_ok), "{cut:?}: {answers:?}");
        assert!(proxy.has_cut(), "{cut:?}");
        check(&*store, 1..numbers.end, |_| true).await;
    }
}

#[tokio::test]
async fn where_nobody_can_tell_what_became_of_a_commit_everybody_is_told_so() {
    let (proxy, address) = by_proxy().await;
    let options = Options { recovery_time_max: Duration::ZERO, writers: 1, ..Options::default() };
    let store = open(&address, options).await;
    for (number, cut) in (1..).zip(CUTS.into_iter().filter(|cut| *cut != Cut::Late)) {
        store.commit(everything(100 + number)).await.unwrap();
        proxy.close(true);
        proxy.cut_next(cut);
        let answer = store.commit(everything(number)).await;
        assert!(is_unavailable(&answer), "{cut:?}: {answer:?}");
        proxy.close(false);
        // It is sent again, as a caller does who was told so, and stored once in all.
        while is_unavailable(&store.commit(everything(number)).await) {
            tokio::task::yield_now().await;
        }
    }
    check(&*store, (1..4).chain(101..105), |number| number < 104).await;
}

/// An order that only makes what is new: its batch is one statement.
fn straight(number: u32) -> ChangeSet {
    claiming(number, &format!("{STRAIGHT}{number}"))
}

/// Expects the orders of [`straight`] with these numbers to be there once, with their references.
async fn check_straight(store: &dyn Store, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let key = RecordKey::Order(order_key(number).unwrap());
        assert_eq!(store.get(key).await.unwrap().unwrap().version, Version(1), "{number}");
        let reference = order_reference(1, &format!("{STRAIGHT}{number}")).unwrap();
        assert_eq!(store.find(&reference).await, Ok(Some(key)), "{number}");
        assert_eq!(store.was_committed(straight(number).id).await, Ok(true), "{number}");
    }
}

#[tokio::test]
async fn a_batch_of_one_statement_whose_answer_is_lost_is_acknowledged_and_stored_once() {
    let (proxy, address) = by_proxy().await;
    let options = Options { writers: 1, ..Options::default() };
    let faults = options.faults.clone();
    let store = open(&address, options).await;
    for (round, cut) in (0..).zip(CUTS) {
        store.commit(straight(round * 40 + 1)).await.unwrap();
        let numbers = round * 40 + 2..round * 40 + 41;
        proxy.cut_next(cut);
        let held = faults.hold_writers().await;
        let mut sent = join_all(numbers.clone().map(|number| store.commit(straight(number))));
        assert!(futures::poll!(&mut sent).is_pending());
        drop(held);
        let answers = sent.await;
        assert!(answers.iter().all(Result::is_ok), "{cut:?}: {answers:?}");
        assert!(proxy.has_cut(), "{cut:?}");
        check_straight(&*store, 1..numbers.end).await;
    }
}

#[tokio::test]
async fn what_may_still_be_stored_is_not_told_to_be_refused() {
    let (proxy, address) = by_proxy().await;
    let options = Options { writers: 1, ..Options::default() };
    let store = open(&address, options.clone()).await;
    let other_node = open(&address, options).await;
    for node in [&store, &other_node] {
        node.commit(claiming(8, "both-are-connected")).await.unwrap();
    }
    proxy.cut_next(Cut::Held);
    proxy.close(true);
    let lost = store.commit(straight(1));
    let meanwhile = async {
        let has_cut = async || proxy.has_cut().then_some(());
        wait_until("the cut", Duration::from_mins(10), has_cut).await.unwrap();
        let taken = claiming(2, &format!("{STRAIGHT}1"));
        assert_eq!(other_node.commit(taken).await, Ok(()));
        proxy.close(false);
    };
    let (answer, ()) = tokio::join!(lost, meanwhile);
    assert!(is_unavailable(&answer), "{answer:?}");
    proxy.release();
    // Whoever asks again is told who has it.
    let again = store.commit(claiming(4, &format!("{STRAIGHT}1"))).await;
    assert!(matches!(again, Err(CommitError::Conflict(_))), "{again:?}");
    assert_eq!(store.get(RecordKey::Order(order_key(1).unwrap())).await, Ok(None));
}
