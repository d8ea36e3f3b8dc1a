//! Connections that break at a COMMIT: the change set is acknowledged once and stored once.

use std::time::Duration;

use deodar_kit::PostgresCluster;
use deodar_store::Store;
use deodar_store_postgres::{DatabaseAddress, Options};
use futures::future::join_all;

use crate::common::{check, everything, is_unavailable, open};
use crate::proxy::{Cut, Proxy};

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
