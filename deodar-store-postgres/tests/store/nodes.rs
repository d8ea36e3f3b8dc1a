//! Many nodes on one database: they start at once, and race for the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deodar_store::contract::fixtures::{
    at, change_set, clicked_order_record, clock, job, making, making_jobs, merchant, merchant_id,
    order_key, order_record, order_reference, request,
};
use deodar_store::{
    Adjustment, ChangeSet, CommitError, Conflict, CounterKey, Epoch, LeaseRequest, Queue, Record,
    RecordKey, Sequence, Setting, Store, Version, Versioned,
};
use deodar_store_postgres::{Options, PostgresStore};
use futures::future::join_all;

use crate::common::{check, claiming, everything, new_database, open, open_nodes};

const NODES: usize = 6;

type Answer = Result<(), CommitError>;

/// Commits one change set in each node at the same time; how each is answered.
async fn at_once(nodes: &[Arc<PostgresStore>], sets: Vec<ChangeSet>) -> Vec<Answer> {
    let commits = nodes.iter().zip(sets).map(|(node, set)| {
        let node = Arc::clone(node);
        tokio::spawn(async move { node.commit(set).await })
    });
    join_all(commits).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_that_start_at_once_on_a_new_database_all_start() {
    for count in [2, NODES] {
        let address = new_database();
        let starts = (0..count).map(|_| open(&address, Options::default()));
        let nodes = join_all(starts).await;
        for (number, node) in (1..).zip(&nodes) {
            assert_eq!(node.commit(everything(number)).await, Ok(()));
        }
        check(&**nodes.first().unwrap(), 1..8, |number| number as usize <= count).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_nodes_that_claim_a_reference_one_gets_it_and_the_others_learn_who() {
    let nodes = open_nodes(&new_database(), NODES).await;
    for round in 0..20_u32 {
        let reference = format!("A-{round}");
        let numbers: Vec<u32> = (1..=6).map(|node| round * 10 + node).collect();
        let sets = numbers.iter().map(|number| claiming(*number, &reference)).collect();
        let answers = at_once(&nodes, sets).await;
        let winner = numbers.iter().zip(&answers).find(|(_, answer)| answer.is_ok()).unwrap().0;
        let key = |number| RecordKey::Order(order_key(number).unwrap());
        let reference = order_reference(1, &reference).unwrap();
        for (number, answer) in numbers.iter().zip(answers) {
            let is_there = nodes[0].get(key(*number)).await.unwrap().is_some();
            assert_eq!(is_there, number == winner);
            let (reference, holder) = (reference.clone(), key(*winner));
            let taken = Conflict::ReferenceTaken { reference, holder };
            let expected = if number == winner { Ok(()) } else { Err(taken.into()) };
            assert_eq!(answer, expected, "{number}");
        }
    }
}

/// Adds one to a setting, again and again where another came first; how often that was.
async fn add_one(node: &PostgresStore, id: u32) -> u32 {
    let key = clock(0).key();
    let mut tries = 0;
    loop {
        let read = node.get(key).await.unwrap();
        let (seconds, version) = match read {
            Some(Versioned {
                record: Record::Setting(Setting::ClockOffset { seconds }),
                version,
            }) => (seconds, version),
            other => panic!("{other:?}"),
        };
        match node.commit(change_set(id * 1_000 + tries).put(clock(seconds + 1), version)).await {
            Ok(()) => return tries,
            Err(refusal) => assert_eq!(refusal, Conflict::Version(key).into()),
        }
        tries += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_of_a_record_is_lost_between_nodes() {
    const ROUNDS: u32 = 15;
    let nodes = open_nodes(&new_database(), NODES).await;
    nodes[0].commit(making(1, clock(0))).await.unwrap();
    let writers = (1..).zip(&nodes).map(|(number, node)| {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            for round in 0..ROUNDS {
                add_one(&node, number * 100 + round).await;
            }
        })
    });
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    let stored = u64::from(ROUNDS) * nodes.len() as u64;
    let read = nodes[0].get(clock(0).key()).await.unwrap().unwrap();
    assert_eq!((read.record, read.version), (clock(stored), Version(stored + 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_keeps_its_bound_across_nodes() {
    let nodes = open_nodes(&new_database(), NODES).await;
    let key = CounterKey("limit".into());
    let commits = (1..=120_u32).map(|number| {
        let node = Arc::clone(&nodes[number as usize % NODES]);
        let mut set = change_set(number);
        set.adjustments.push(Adjustment { key: key.clone(), delta: 3, min: 0, max: 100 });
        tokio::spawn(async move { node.commit(set).await })
    });
    let answers: Vec<Answer> = join_all(commits).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 33);
    let refused = Err(Conflict::CounterBound(key.clone()).into());
    assert_eq!(answers.iter().filter(|answer| **answer == refused).count(), 87);
    assert_eq!(nodes[0].counter(&key).await, Ok(99));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_skew_is_refused_across_nodes() {
    let nodes = open_nodes(&new_database(), 2).await;
    for round in 0..20_u32 {
        let (one, other) = (round * 10 + 1, round * 10 + 2);
        for number in [one, other] {
            nodes[0].commit(making(number, order_record(number).unwrap())).await.unwrap();
        }
        let set = |id: u32, written: u32, read: u32| {
            let read = order_record(read).unwrap().key();
            change_set(id)
                .put(clicked_order_record(written).unwrap(), Version(1))
                .expect(read, Version(1))
        };
        let (first, second) = (set(round * 10 + 3, one, other), set(round * 10 + 4, other, one));
        let answers = at_once(&nodes, vec![first, second]).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_rests_on_there_being_no_record_is_refused_where_there_comes_to_be_one() {
    let nodes = open_nodes(&new_database(), 2).await;
    for round in 0..20_u32 {
        let (one, other) = (round * 10 + 1, round * 10 + 2);
        let set = |made: u32, absent: u32| {
            let absent = order_record(absent).unwrap().key();
            making(made, order_record(made).unwrap()).expect(absent, Version::ABSENT)
        };
        let answers = at_once(&nodes, vec![set(one, other), set(other, one)]).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for (number, answer) in [one, other].into_iter().zip(answers) {
            let read = nodes[0].get(order_record(number).unwrap().key()).await.unwrap();
            assert_eq!(read.is_some(), answer.is_ok());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_one_setting_do_not_hold_up_each_other_and_learn_of_its_change() {
    let nodes = open_nodes(&new_database(), 2).await;
    nodes[0].commit(making(1, clock(1))).await.unwrap();
    let key = clock(0).key();
    let reading =
        |number: u32| making(number, order_record(number).unwrap()).expect(key, Version(1));
    let answers = at_once(&nodes, vec![reading(2), reading(3)]).await;
    assert_eq!(answers, [Ok(()), Ok(())]);
    let change = change_set(4).put(clock(2), Version(1));
    let answers = at_once(&nodes, vec![change, reading(5)]).await;
    assert_eq!(answers[0], Ok(()));
    let late = nodes[1].commit(reading(6)).await;
    assert_eq!(late, Err(Conflict::Version(key).into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_set_that_reaches_every_node_has_one_effect() {
    let nodes = open_nodes(&new_database(), NODES).await;
    for number in 1..10 {
        let answers = at_once(&nodes, vec![everything(number); NODES]).await;
        assert_eq!(answers, vec![Ok(()); NODES]);
    }
    check(&*nodes[0], 1..11, |number| number < 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_job_is_leased_by_one_node_and_each_number_given_to_one() {
    let nodes = open_nodes(&new_database(), NODES).await;
    let jobs = (1..=200).map(|number| job(number, Queue::Event, at(0)).unwrap()).collect();
    nodes[0].commit(making_jobs(1, jobs)).await.unwrap();
    let workers = nodes.iter().map(|node| {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            let (mut found, mut numbers) = (Vec::new(), Vec::new());
            loop {
                let asked = LeaseRequest { limit: 7, ..request(Queue::Event, at(10)) };
                let leased = node.lease(asked).await.unwrap();
                numbers.extend(node.reserve(Sequence::Link, 3).await.unwrap());
                if leased.is_empty() {
                    return (found, numbers);
                }
                found.extend(leased.into_iter().map(|leased| leased.job.id.0));
            }
        })
    });
    let (mut jobs, mut numbers) = (Vec::new(), Vec::new());
    for worker in join_all(workers).await {
        let (found, given) = worker.unwrap();
        jobs.extend(found);
        numbers.extend(given);
    }
    jobs.sort_unstable();
    numbers.sort_unstable();
    assert_eq!(jobs, (1..=200).collect::<Vec<i64>>());
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_the_changes_of_other_nodes_misses_none() {
    const MERCHANTS: u32 = 12;
    let nodes = open_nodes(&new_database(), NODES).await;
    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (node, done) = (Arc::clone(&nodes[0]), Arc::clone(&done));
        tokio::spawn(async move {
            let (mut epoch, mut seen) = (Epoch::default(), BTreeMap::new());
            loop {
                let is_last = done.load(Ordering::SeqCst);
                let changes = node.changed_since(epoch).await.unwrap();
                assert!(changes.epoch >= epoch);
                for key in changes.keys {
                    let read = node.get(key).await.unwrap().unwrap();
                    seen.insert(key, read.version);
                }
                epoch = changes.epoch;
                if is_last {
                    return seen;
                }
            }
        })
    };
    let writers = (0..MERCHANTS).map(|number| {
        let node = Arc::clone(&nodes[number as usize % NODES]);
        tokio::spawn(async move {
            for version in 0..=u64::from(number % 5) {
                let id = number * 100 + u32::try_from(version).unwrap();
                let record = merchant(number).unwrap();
                node.commit(change_set(id).put(record, Version(version))).await.unwrap();
            }
        })
    });
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    done.store(true, Ordering::SeqCst);
    let seen = follower.await.unwrap();
    let expected: BTreeMap<RecordKey, Version> = (0..MERCHANTS)
        .map(|number| {
            let key = RecordKey::Merchant(merchant_id(number).unwrap());
            (key, Version(u64::from(number % 5) + 1))
        })
        .collect();
    assert_eq!(seen, expected);
    let known: BTreeSet<_> =
        nodes[1].changed_since(Epoch::default()).await.unwrap().keys.into_iter().collect();
    assert_eq!(known, expected.into_keys().collect());
}
