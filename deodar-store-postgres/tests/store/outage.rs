//! The database goes away under load, in every way, and comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use deodar_kit::{PostgresCluster, Stop, wait_until};
use deodar_store::contract::fixtures::{at, order_key, request};
use deodar_store::{Queue, RecordKey, Sequence, Store};
use deodar_store_postgres::{DatabaseAddress, Options, PostgresStore};
use tokio::task::JoinSet;

use crate::common::{check, everything, is_unavailable, open, open_nodes};

const WRITERS: usize = 16;
/// How many are acknowledged between two outages.
const BETWEEN: usize = 300;
const PATIENCE: Duration = Duration::from_mins(10);

/// How the database goes away.
#[derive(Clone, Copy, Debug)]
enum Outage {
    Stopped(Stop),
    Killed,
}

/// Commits until it is told to stop, each change set until it is acknowledged or given up; tells
/// what was acknowledged.
async fn write(
    store: Arc<PostgresStore>,
    next: Arc<AtomicU32>,
    done: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
) -> Vec<u32> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        // Some give up at once, so that what nobody could tell stays as it is.
        let tries = if number.is_multiple_of(7) { 1 } else { usize::MAX };
        for _ in 0..tries {
            match store.commit(everything(number)).await {
                Ok(()) => {
                    acknowledged.push(number);
                    done.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                answer => assert!(is_unavailable(&answer), "{number}: {answer:?}"),
            }
            tokio::task::yield_now().await;
        }
    }
    acknowledged
}

async fn blocking(cluster: &Arc<PostgresCluster>, work: fn(&PostgresCluster)) {
    let cluster = Arc::clone(cluster);
    tokio::task::spawn_blocking(move || work(&cluster)).await.unwrap();
}

async fn go_away(cluster: &Arc<PostgresCluster>, outage: Outage) {
    let work: fn(&PostgresCluster) = match outage {
        Outage::Stopped(Stop::Fast) => |cluster| cluster.stop(Stop::Fast).unwrap(),
        Outage::Stopped(Stop::Immediate) => |cluster| cluster.stop(Stop::Immediate).unwrap(),
        Outage::Killed => |cluster| cluster.kill().unwrap(),
    };
    blocking(cluster, work).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_once_however_often_the_database_goes_away() {
    let cluster = Arc::new(PostgresCluster::new().unwrap());
    let address = DatabaseAddress::parse(&cluster.create_database().unwrap()).unwrap();
    let nodes = open_nodes(&address, 2).await;
    let (next, done) = (Arc::new(AtomicU32::new(1)), Arc::new(AtomicU32::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = Arc::clone(&nodes[number % nodes.len()]);
        writers.spawn(write(store, Arc::clone(&next), Arc::clone(&done), Arc::clone(&stop)));
    }
    let acknowledge = async |more: usize| {
        let until = done.load(Ordering::Relaxed) as usize + more;
        let reached = async || (done.load(Ordering::Relaxed) as usize >= until).then_some(());
        wait_until("acknowledged commits", PATIENCE, reached).await.unwrap();
    };
    let outages = [Outage::Stopped(Stop::Fast), Outage::Stopped(Stop::Immediate), Outage::Killed];
    for outage in outages.into_iter().cycle().take(6) {
        acknowledge(BETWEEN).await;
        go_away(&cluster, outage).await;
        blocking(&cluster, |cluster| cluster.start().unwrap()).await;
    }
    acknowledge(BETWEEN).await;
    stop.store(true, Ordering::Relaxed);
    let acknowledged: BTreeSet<u32> = writers.join_all().await.into_iter().flatten().collect();
    drop(nodes);
    let store = open(&address, Options::default()).await;
    let last = next.load(Ordering::Relaxed);
    check(&*store, 1..last, |number| acknowledged.contains(&number)).await;
}

#[tokio::test]
async fn while_the_database_is_away_everybody_is_told_and_afterwards_everything_goes_on() {
    let cluster = Arc::new(PostgresCluster::new().unwrap());
    let address = DatabaseAddress::parse(&cluster.create_database().unwrap()).unwrap();
    let options = Options { recovery_time_max: Duration::ZERO, ..Options::default() };
    let store = open(&address, options).await;
    store.commit(everything(1)).await.unwrap();
    let key = RecordKey::Order(order_key(1).unwrap());
    for outage in [Outage::Stopped(Stop::Fast), Outage::Killed] {
        assert_eq!(store.health().await, Ok(()));
        go_away(&cluster, outage).await;
        for _ in 0..3 {
            let answer = store.commit(everything(2)).await;
            assert!(is_unavailable(&answer), "{answer:?}");
            assert!(store.get(key).await.is_err());
        }
        assert!(store.health().await.is_err());
        assert!(store.reserve(Sequence::Link, 1).await.is_err());
        assert!(store.lease(request(Queue::Deadline, at(9))).await.is_err());
        let told = store.health().await.unwrap_err().to_string();
        assert!(!told.contains("password"), "{told}");
        blocking(&cluster, |cluster| cluster.start().unwrap()).await;
        let healthy = async || store.health().await.ok();
        wait_until("the store", PATIENCE, healthy).await.unwrap();
        assert!(store.get(key).await.unwrap().is_some());
    }
    let commit = async || store.commit(everything(2)).await.ok();
    wait_until("a commit", PATIENCE, commit).await.unwrap();
    check(&*store, 1..4, |number| number < 3).await;
}

#[tokio::test]
async fn a_restart_between_two_commits_is_not_noticed() {
    let cluster = Arc::new(PostgresCluster::new().unwrap());
    let address = DatabaseAddress::parse(&cluster.create_database().unwrap()).unwrap();
    let options = Options { recovery_time_max: PATIENCE, ..Options::default() };
    let store = open(&address, options).await;
    for number in 1..4 {
        assert_eq!(store.commit(everything(number)).await, Ok(()));
        let key = RecordKey::Order(order_key(number).unwrap());
        go_away(&cluster, Outage::Stopped(Stop::Fast)).await;
        blocking(&cluster, |cluster| cluster.start().unwrap()).await;
        assert!(store.get(key).await.unwrap().is_some());
    }
    check(&*store, 1..5, |number| number < 4).await;
}
