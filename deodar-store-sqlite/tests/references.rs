//! References whose hashes are equal.

use deodar_store::contract::fixtures::{
    link_reference, making, order_key, order_record, order_reference,
};
use deodar_store::{Conflict, RecordKey, Store};
use deodar_store_sqlite::{OpenMode, Options, SqliteStore};
use futures::future::join_all;

/// With a hash of eight bits, six hundred references have two to a hash and more.
#[tokio::test]
async fn references_with_one_hash_both_fit_and_are_told_apart() {
    const COUNT: u32 = 600;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let open = || {
        let options = Options { reference_hash_bits: 8, ..Options::default() };
        SqliteStore::open_with(&path, OpenMode::Server, options).unwrap()
    };
    let key = |number| RecordKey::Order(order_key(number).unwrap());
    let reference = |number| order_reference(1, &format!("R-{number}")).unwrap();
    let store = open();
    let commits = (1..=COUNT).map(|number| {
        let set = making(number, order_record(number).unwrap());
        store.commit(set.claim(reference(number), key(number)))
    });
    assert!(join_all(commits).await.iter().all(Result::is_ok));

    drop(store);
    let store = open();
    for number in 1..=COUNT {
        assert_eq!(store.find(&reference(number)).await, Ok(Some(key(number))), "{number}");
        let others = [
            reference(COUNT + number),
            order_reference(2, &format!("R-{number}")).unwrap(),
            link_reference(1, &format!("R-{number}")).unwrap(),
        ];
        for other in others {
            assert_eq!(store.find(&other).await, Ok(None), "{other:?}");
        }
    }
    let again = making(9_000, order_record(9_000).unwrap()).claim(reference(7), key(9_000));
    let taken = Conflict::ReferenceTaken { reference: reference(7), holder: key(7) };
    assert_eq!(store.commit(again).await, Err(taken.into()));
}
