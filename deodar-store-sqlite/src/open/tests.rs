//! Databases of earlier releases.

use deodar_store::contract::fixtures::{
    at, link_reference, merchant_id, order_key, order_of, order_reference, pointer_to,
};
use deodar_store::stored::encode;
use deodar_store::{ListKind, ListQuery, Queue, Record, RecordKey, Store};
use refinery::Target;
use siphasher::sip::SipHasher24;

use super::*;
use crate::options::{OpenMode, Options};
use crate::store::SqliteStore;

const ORDERS: u32 = 40;

fn address(connection: &Connection, number: u32) -> (i64, String) {
    let sql = "SELECT value FROM meta WHERE name = 'reference_hash_key'";
    let key: [u8; 16] = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let text = order_reference(1, &format!("R-{number}")).unwrap().text();
    let hash = SipHasher24::new_with_key(&key).hash(text.as_bytes());
    (hash.cast_signed(), text)
}

/// A database as the release before the late indexes left it: its references in their index, some
/// rows of lists in theirs and others in a log, and jobs counted in a table.
fn make_version_3(path: &Path) {
    make_file(path).unwrap();
    let mut connection = connect_writer(path, 1 << 20).unwrap();
    embedded::migrations::runner().set_target(Target::Version(3)).run(&mut connection).unwrap();
    for number in 1..=ORDERS {
        let record = Record::Order(Box::new(order_of(1, number, true).unwrap()));
        let key = order_key(number).unwrap().as_i64();
        let row = (key, encode(&record).unwrap());
        let insert = "INSERT INTO order_record VALUES (?1, 1, 1, ?2)";
        connection.execute(insert, row).unwrap();
        let (hash, text) = address(&connection, number);
        let insert = "INSERT INTO reference_log VALUES (?1, ?2, 2, ?3)";
        connection.execute(insert, (number, text, key)).unwrap();
        connection.execute("INSERT INTO reference_index VALUES (?1, ?2)", (hash, number)).unwrap();
        let merchant = merchant_id(1).unwrap().as_u32();
        for kind in [1, 2] {
            let insert = if number <= ORDERS / 2 {
                "INSERT INTO listing VALUES (?1, ?2, ?3, ?4)"
            } else {
                "INSERT INTO listing_log (merchant, kind, key, order_key) VALUES (?1, ?2, ?3, ?4)"
            };
            connection.execute(insert, (merchant, kind, key, key)).unwrap();
        }
    }
    let refund = order_key(ORDERS + 1).unwrap().as_i64();
    let row = (merchant_id(1).unwrap().as_u32(), refund, order_key(1).unwrap().as_i64());
    let insert = "INSERT INTO listing_log (merchant, kind, key, order_key) VALUES (?1, 3, ?2, ?3)";
    connection.execute(insert, row).unwrap();
    connection.execute_batch("UPDATE queue_depth SET waiting = 7 * queue WHERE queue < 6").unwrap();
}

async fn keys_listed(store: &SqliteStore, kind: ListKind) -> Vec<u32> {
    let query = ListQuery {
        merchant: merchant_id(1).unwrap(),
        kind,
        from: order_key(0).unwrap(),
        until: order_key(1_000).unwrap(),
        offset: 0,
        limit: 1_000,
    };
    let listed = store.list(query).await.unwrap();
    let number = |key| (1..1_000).find(|number| order_key(*number).unwrap() == key).unwrap();
    listed.iter().map(|listed| number(listed.key)).collect()
}

#[tokio::test]
async fn a_database_of_the_release_before_keeps_its_references_lists_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    make_version_3(&path);
    let open = || {
        let options = Options {
            reference_run_rows: 5,
            reference_bucket_rows: 3,
            listing_run_rows: 5,
            ..Options::default()
        };
        SqliteStore::open_with(&path, OpenMode::Server, options).unwrap()
    };
    // Opened a second time, it is what a server of this release has left.
    for _ in 0..2 {
        let store = open();
        for number in 1..=ORDERS {
            let reference = order_reference(1, &format!("R-{number}")).unwrap();
            let key = RecordKey::Order(order_key(number).unwrap());
            assert_eq!(store.find(&reference).await, Ok(Some(key)), "{number}");
        }
        assert_eq!(store.find(&link_reference(1, "R-1").unwrap()).await, Ok(None));
        for kind in [ListKind::Order, ListKind::Link] {
            let newest_first: Vec<u32> = (1..=ORDERS).rev().collect();
            assert_eq!(keys_listed(&store, kind).await, newest_first);
        }
        assert_eq!(keys_listed(&store, ListKind::Refund).await, [ORDERS + 1]);
        let depths = store.queue_depths(at(0), at(0)).await.unwrap();
        let waiting: Vec<u64> = depths.iter().map(|depth| depth.waiting).collect();
        assert_eq!(waiting, [7, 14, 21, 28, 35, 0]);
        assert_eq!(depths[3].queue, Queue::Deadline);
        drop(store);
    }
    let store = open();
    let more = pointer_to(1, ORDERS + 2, 1).unwrap();
    store.commit(deodar_store::contract::fixtures::making(1, more)).await.unwrap();
    assert_eq!(keys_listed(&store, ListKind::Refund).await, [ORDERS + 2, ORDERS + 1]);
}

/// The references of each schema before this one become a run, which knows how many it has.
#[tokio::test]
async fn a_database_of_each_schema_before_this_keeps_its_references() {
    for version in 3..newest_schema() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        make_version_3(&path);
        let target = Target::Version(i32::try_from(version).unwrap());
        let mut connection = connect_writer(&path, 1 << 20).unwrap();
        embedded::migrations::runner().set_target(target).run(&mut connection).unwrap();
        drop(connection);
        let store = SqliteStore::open(&path, OpenMode::Server).unwrap();
        for number in 1..=ORDERS {
            let reference = order_reference(1, &format!("R-{number}")).unwrap();
            let key = RecordKey::Order(order_key(number).unwrap());
            assert_eq!(store.find(&reference).await, Ok(Some(key)), "{number} of {version}");
        }
        drop(store);
        let rows: i64 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT sum(row_count) FROM reference_run", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, i64::from(ORDERS), "{version}");
    }
}

/// What the writer, the checkpointer and the readers are set to.
#[test]
fn each_connection_has_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = make_file(&folder.path().join("deodar.db")).unwrap();
    let ask = |connection: &Connection, name: &str| -> i64 {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
    };
    let writer = connect_writer(&path, 1 << 20).unwrap();
    let full = 2;
    let settings = [
        ("page_size", 4_096),
        ("synchronous", full),
        ("cache_size", -16 * 1_024),
        ("wal_autocheckpoint", 0),
        ("journal_size_limit", 1 << 20),
        ("mmap_size", 0),
    ];
    for (name, value) in settings {
        assert_eq!(ask(&writer, name), value, "{name}");
    }
    let checkpointer = connect_checkpointer(&path).unwrap();
    for (name, value) in [("synchronous", full), ("wal_autocheckpoint", 0)] {
        assert_eq!(ask(&checkpointer, name), value, "{name}");
    }
    let reader = connect_reader(&path).unwrap();
    for (name, value) in [("wal_autocheckpoint", 0), ("query_only", 1)] {
        assert_eq!(ask(&reader, name), value, "{name}");
    }
    assert!(ask(&reader, "mmap_size") >= 1 << 30);
}
