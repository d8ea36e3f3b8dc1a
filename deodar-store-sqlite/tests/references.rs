//! References: whose hashes are equal, and which are on their way into their index.

#![expect(clippy::unwrap_used, reason = "what the tests share fails as they do")]

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use deodar_store::contract::fixtures::{
    answer, at, call_reference, change_set, link_reference, making, merchant_id, order_key,
    order_record, order_reference,
};
use deodar_store::{Conflict, ListKind, ListQuery, RecordKey, Store};
use deodar_store_sqlite::{OpenMode, Options, SqliteStore};
use futures::future::join_all;
use rusqlite::Connection;

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

const WRITERS: u32 = 8;
const COMMITS: u32 = 250;

/// Reads without an end what was acknowledged, until the writers are done.
async fn find_all(store: Arc<SqliteStore>, acknowledged: Arc<Mutex<Vec<u32>>>, first: usize) {
    let mut place = first;
    loop {
        let (number, count) = {
            let known = acknowledged.lock().unwrap();
            place = (place + 7) % known.len().max(1);
            (known.get(place).copied(), known.len())
        };
        if let Some(number) = number {
            let reference = order_reference(1, &format!("R-{number}")).unwrap();
            let holder = RecordKey::Order(order_key(number).unwrap());
            assert_eq!(store.find(&reference).await, Ok(Some(holder)), "{number}");
        }
        if count == usize::try_from(WRITERS * COMMITS).unwrap() {
            return;
        }
        let query = ListQuery {
            merchant: merchant_id(1).unwrap(),
            kind: ListKind::Order,
            from: order_key(0).unwrap(),
            until: order_key(WRITERS * COMMITS + 1).unwrap(),
            offset: u32::try_from(count.saturating_sub(1)).unwrap(),
            limit: 1,
        };
        let told = store.list(query).await.unwrap().len();
        assert!(told == 1 || count == 0, "fewer than {count} are listed");
        tokio::task::yield_now().await;
    }
}

/// Whoever reads finds what was acknowledged at every moment of its way from memory to the index.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_found_while_it_goes_into_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        reference_run_rows: 3,
        reference_bucket_rows: 2,
        listing_run_rows: 3,
        ..Options::default()
    };
    let path = folder.path().join("deodar.db");
    let store = Arc::new(SqliteStore::open_with(path, OpenMode::Server, options).unwrap());
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let readers = (0..4).map(|reader| {
        tokio::spawn(find_all(Arc::clone(&store), Arc::clone(&acknowledged), reader))
    });
    let readers: Vec<_> = readers.collect();
    let writers = (0..WRITERS).map(|writer| {
        let (store, acknowledged) = (Arc::clone(&store), Arc::clone(&acknowledged));
        tokio::spawn(async move {
            for index in 0..COMMITS {
                let number = 1 + index * WRITERS + writer;
                let holder = RecordKey::Order(order_key(number).unwrap());
                let reference = order_reference(1, &format!("R-{number}")).unwrap();
                let set = making(number, order_record(number).unwrap()).claim(reference, holder);
                store.commit(set).await.unwrap();
                acknowledged.lock().unwrap().push(number);
            }
        })
    });
    for task in writers.collect::<Vec<_>>().into_iter().chain(readers) {
        task.await.unwrap();
    }
}

/// How many rows a query counts in the database.
fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// How many references the runs hold.
const IN_RUNS: &str = "SELECT coalesce(sum(length(rows)), 0) / 12 FROM reference_bucket";

/// Commits orders from a number on, with a reference each.
async fn claim_each(store: &SqliteStore, numbers: Range<u32>) {
    for number in numbers {
        let set = making(number, order_record(number).unwrap());
        let reference = order_reference(1, &format!("R-{number}")).unwrap();
        let holder = RecordKey::Order(order_key(number).unwrap());
        store.commit(set.claim(reference, holder)).await.unwrap();
    }
}

#[tokio::test]
async fn a_reference_that_is_removed_leaves_the_log_at_once_and_the_index_with_a_merge() {
    const ANSWERS: u32 = 64;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let options = Options { reference_run_rows: 4, reference_bucket_rows: 2, ..Options::default() };
    let store = SqliteStore::open_with(&path, OpenMode::Server, options).unwrap();
    for number in 1..=ANSWERS {
        let call = call_reference(1, u128::from(number)).unwrap();
        let kept = answer(number).unwrap();
        let holder = kept.key();
        store.commit(making(number, kept).claim(call, holder)).await.unwrap();
    }
    assert!(count(&path, IN_RUNS) > 50, "nothing was moved");
    for kept in store.answers_before(at(1_000), 100).await.unwrap() {
        let number = u32::try_from(kept.record.call.0).unwrap();
        let set = change_set(1_000 + number).remove(&kept.record, kept.version);
        store.commit(set).await.unwrap();
        assert_eq!(store.find(&call_reference(1, u128::from(number)).unwrap()).await, Ok(None));
    }
    for table in ["answer_record", "late_log"] {
        assert_eq!(count(&path, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    // The other half of what fills eight runs of the level above.
    claim_each(&store, 2_001..2_600).await;
    let first = "SELECT count(*) FROM reference_run WHERE level = 0 AND id < 30";
    assert_eq!(count(&path, first), 0, "the first runs were never merged");
    let held = count(&path, IN_RUNS);
    let whole = count(&path, "SELECT count(*) FROM late_log");
    assert!(held <= 2 * whole, "{held} in runs, of {whole} that there are");
}

/// However many references there are, a look goes into few runs, and what was merged is dropped.
#[tokio::test]
async fn runs_are_merged_into_greater_ones_and_every_reference_is_in_one_of_them() {
    const ORDERS: u32 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let open = || {
        let options =
            Options { reference_run_rows: 4, reference_bucket_rows: 3, ..Options::default() };
        SqliteStore::open_with(&path, OpenMode::Server, options).unwrap()
    };
    let mut next = 1;
    while next < ORDERS {
        let store = open();
        // Each server ends somewhere else: in the middle of a merge, or of what it drops.
        let end = (next + 241).min(ORDERS + 1);
        claim_each(&store, next..end).await;
        next = end;
        let whole = count(&path, "SELECT count(*) FROM reference_run WHERE state = 2");
        assert!(whole < 50, "{whole} runs");
        let rows = count(
            &path,
            "SELECT sum(length(bucket.rows)) / 12 FROM reference_run AS run \
            JOIN reference_bucket AS bucket ON bucket.place >> 24 & 0x3fffffffff = run.id \
            WHERE run.state = 2",
        );
        let merged = count(&path, "SELECT merged_seq FROM late_index WHERE name = 'reference'");
        assert_eq!(rows, merged, "a row is lost, or is in two runs");
    }
    let levels = count(&path, "SELECT max(level) FROM reference_run");
    assert!(levels >= 3, "{levels} levels");
    let store = open();
    for number in 1..next {
        let reference = order_reference(1, &format!("R-{number}")).unwrap();
        let holder = RecordKey::Order(order_key(number).unwrap());
        assert_eq!(store.find(&reference).await, Ok(Some(holder)), "{number}");
    }
}
