//! What the tests share: stores on databases of their own, and change sets with something in most
//! tables.

use std::sync::Arc;

use deodar_domain::money::Money;
use deodar_kit::PostgresCluster;
use deodar_store::contract::fixtures::{
    at, captured, delivery, job, making, order_key, order_record, order_reference, pointer,
};
use deodar_store::{
    Adjustment, ChangeSet, CommitError, CounterKey, Queue, RecordKey, Store, StoreError, Version,
};
use deodar_store_postgres::{DatabaseAddress, Options, PostgresStore};

/// A new database in the cluster that all tests share.
pub(crate) fn new_database() -> DatabaseAddress {
    DatabaseAddress::parse(&PostgresCluster::shared_database().unwrap()).unwrap()
}

pub(crate) async fn open(address: &DatabaseAddress, options: Options) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::open_with(address, options).await.unwrap())
}

/// Stores on one database, as many nodes have them.
pub(crate) async fn open_nodes(address: &DatabaseAddress, count: usize) -> Vec<Arc<PostgresStore>> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(open(address, Options::default()).await);
    }
    nodes
}

pub(crate) fn counter() -> CounterKey {
    CounterKey("stored".into())
}

/// Counts a change set that is stored.
pub(crate) fn counting(mut set: ChangeSet) -> ChangeSet {
    set.adjustments.push(Adjustment { key: counter(), delta: 1, min: 0, max: i64::MAX });
    set
}

/// An order that claims a reference.
pub(crate) fn claiming(number: u32, reference: &str) -> ChangeSet {
    let holder = RecordKey::Order(order_key(number).unwrap());
    making(number, order_record(number).unwrap())
        .claim(order_reference(1, reference).unwrap(), holder)
}

/// A change set with something in most tables.
pub(crate) fn everything(number: u32) -> ChangeSet {
    let mut set = claiming(number, &format!("R-{number}"))
        .put(pointer(number).unwrap(), Version::ABSENT)
        .put(delivery(number).unwrap(), Version::ABSENT);
    set.jobs.push(job(number, Queue::Deadline, at(60)).unwrap());
    set.ledger.push(captured(number, 1, Money::paise(100)).unwrap());
    counting(set)
}

pub(crate) fn is_unavailable(answer: &Result<(), CommitError>) -> bool {
    matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_))))
}

/// Of the change sets of [`everything`] with these numbers, each is there whole or not at all, those
/// that were acknowledged are there, and nothing is there twice.
pub(crate) async fn check(
    store: &dyn Store,
    numbers: impl Iterator<Item = u32>,
    acknowledged: impl Fn(u32) -> bool,
) {
    let mut found = 0_i64;
    for number in numbers {
        let key = RecordKey::Order(order_key(number).unwrap());
        let order = store.get(key).await.unwrap();
        let is_there = order.is_some();
        assert!(order.is_none_or(|order| order.version == Version(1)), "{number}");
        assert!(is_there || !acknowledged(number), "{number} is lost");
        for record in [pointer(number).unwrap(), delivery(number).unwrap()] {
            assert_eq!(store.get(record.key()).await.unwrap().is_some(), is_there, "{number}");
        }
        let reference = order_reference(1, &format!("R-{number}")).unwrap();
        assert_eq!(store.find(&reference).await, Ok(is_there.then_some(key)), "{number}");
        assert_eq!(store.was_committed(everything(number).id).await, Ok(is_there), "{number}");
        found += i64::from(is_there);
    }
    assert_eq!(store.counter(&counter()).await, Ok(found));
    let sums: Vec<i128> = store.balances().await.unwrap().iter().map(|one| one.sum).collect();
    assert_eq!(sums, [i128::from(found) * 100, i128::from(found) * -100]);
    let depths = store.queue_depths(at(0), at(60)).await.unwrap();
    let waiting = depths.iter().find(|depth| depth.queue == Queue::Deadline).unwrap().waiting;
    assert_eq!(i64::try_from(waiting), Ok(found));
}
