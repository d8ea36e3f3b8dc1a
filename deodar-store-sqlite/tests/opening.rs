//! Opening: what is refused, and two processes on one file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use deodar_store::contract::fixtures::{
    at, change_set, job, making, making_jobs, merchant, merchant_id, order_record, request,
};
use deodar_store::{Epoch, Queue, RecordKey, Store, Version};
use deodar_store_sqlite::{OpenError, OpenMode, Options, SqliteStore};
use rusqlite::Connection;

fn open(path: &Path, mode: OpenMode) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, mode)
}

#[test]
fn what_is_no_database_of_ours_is_refused_in_one_sentence_and_left_alone() {
    type Prepare = fn(&Path);
    let table: [(&str, Prepare); 6] = [
        ("is not a database", |path| {
            std::fs::write(path, "Dear diary, ".repeat(1_000)).unwrap();
        }),
        ("is damaged", |path| {
            drop(open(path, OpenMode::Server).unwrap());
            let mut bytes = std::fs::read(path).unwrap();
            bytes[100..1_000].fill(0xff);
            std::fs::write(path, bytes).unwrap();
        }),
        ("is the database of another program", |path| {
            Connection::open(path).unwrap().execute_batch("CREATE TABLE diary (day)").unwrap();
        }),
        ("cannot be opened", |path| std::fs::create_dir(path).unwrap()),
        ("has schema 7001, which a newer release wrote", |path| {
            drop(open(path, OpenMode::Server).unwrap());
            let newer = "INSERT INTO refinery_schema_history VALUES (7001, 'newer', '', '')";
            Connection::open(path).unwrap().execute_batch(newer).unwrap();
        }),
        ("is already served by another process", |path| {
            // The server of this table never ends.
            std::mem::forget(open(path, OpenMode::Server).unwrap());
        }),
    ];
    for (sentence, prepare) in table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        prepare(&path);
        let before = std::fs::read(&path).ok();
        let error = open(&path, OpenMode::Server).err().unwrap().to_string();
        assert!(error.contains(sentence), "{error}");
        assert!(error.contains(path.to_str().unwrap()) && !error.contains('\n'), "{error}");
        assert_eq!(std::fs::read(&path).ok(), before, "{sentence}");
    }
    let missing = Path::new("/nonexistent/deodar.db");
    let error = open(missing, OpenMode::Server).err().unwrap();
    assert!(matches!(error, OpenError::CannotOpen { .. }), "{error}");
}

#[test]
fn a_file_whose_first_migration_was_killed_is_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole.db"), folder.path().join("killed.db"));
    drop(open(&whole, OpenMode::Server).unwrap());
    let history: String = Connection::open(&whole)
        .unwrap()
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = 'refinery_schema_history'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    Connection::open(&killed).unwrap().execute_batch(&history).unwrap();
    open(&killed, OpenMode::Server).unwrap();
}

#[test]
fn a_server_that_ended_makes_room_for_another_and_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let served = OpenError::AlreadyServed { path: path.canonicalize().unwrap_or(path.clone()) };
    let first = open(&path, OpenMode::Server).unwrap();
    assert_eq!(open(&path, OpenMode::Server).err(), Some(served));
    drop(first);
    assert!(!folder.path().join("deodar.db-wal").exists());
    drop(open(&path, OpenMode::Server).unwrap());
}

#[test]
fn a_new_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let store = open(&path, OpenMode::Server).unwrap();
    for name in ["deodar.db", "deodar.db-wal", "deodar.db.lock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    drop(store);
}

#[tokio::test]
async fn a_server_sees_the_merchants_that_a_command_beside_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let server = open(&path, OpenMode::Server).unwrap();
    server.commit(making(1, merchant(1).unwrap())).await.unwrap();
    let seen = server.changed_since(Epoch::default()).await.unwrap();

    let command = open(&path, OpenMode::Beside).unwrap();
    command.commit(making(2, merchant(2).unwrap())).await.unwrap();
    let changes = server.changed_since(seen.epoch).await.unwrap();
    let second = RecordKey::Merchant(merchant_id(2).unwrap());
    assert_eq!(changes.keys, [second]);
    assert_eq!(server.get(second).await.unwrap().unwrap().version, Version(1));
    // What the other process has committed is not committed again.
    assert_eq!(server.commit(making(2, merchant(2).unwrap())).await, Ok(()));
    assert!(server.was_committed(change_set(2).id).await.unwrap());

    let update = |number| change_set(number).put(merchant(2).unwrap(), Version(1));
    server.commit(update(3)).await.unwrap();
    assert!(command.commit(update(4)).await.is_err());
}

#[tokio::test]
async fn two_writers_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let server = open(&path, OpenMode::Server).unwrap();
    let command = open(&path, OpenMode::Beside).unwrap();
    let all = (1..=400).map(|number| {
        let store = if number % 2 == 0 { &server } else { &command };
        store.commit(making(number, merchant(number).unwrap()))
    });
    for outcome in futures::future::join_all(all).await {
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(server.merchants().await.unwrap().len(), 400);
    assert_eq!(command.changed_since(Epoch::default()).await.unwrap().keys.len(), 400);
}

#[tokio::test]
async fn a_server_ends_the_leases_of_the_one_before_it_and_a_command_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let first = open(&path, OpenMode::Server).unwrap();
    let jobs = vec![job(1, Queue::Deadline, at(0)).unwrap()];
    first.commit(making_jobs(1, jobs)).await.unwrap();
    let held = first.lease(request(Queue::Deadline, at(1))).await.unwrap();
    assert_eq!(held.len(), 1);
    drop(first);
    let command = open(&path, OpenMode::Beside).unwrap();
    assert_eq!(command.lease(request(Queue::Deadline, at(2))).await.unwrap(), []);
    drop(command);
    let second = open(&path, OpenMode::Server).unwrap();
    let again = second.lease(request(Queue::Deadline, at(2))).await.unwrap();
    assert_eq!((again.len(), again[0].tries), (1, 2));
    assert_ne!(again[0].lease, held[0].lease);
}

#[tokio::test]
async fn the_log_keeps_its_limit_under_steady_load() {
    const WAL_BYTES_MAX: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let options = Options {
        wal_bytes_max: WAL_BYTES_MAX,
        read_time_max: Duration::from_mins(5),
        ..Options::default()
    };
    let store = SqliteStore::open_with(&path, OpenMode::Server, options).unwrap();
    let wal = folder.path().join("deodar.db-wal");
    let mut longest = 0;
    for round in 0..100 {
        let batch = (0..50).map(|index| {
            let number = round * 50 + index + 1;
            store.commit(making(number, order_record(number).unwrap()))
        });
        let read = store.get(order_record(1).unwrap().key());
        let (outcomes, read) = futures::future::join(futures::future::join_all(batch), read).await;
        assert!(outcomes.iter().all(Result::is_ok));
        read.unwrap();
        longest = longest.max(std::fs::metadata(&wal).unwrap().len());
    }
    // The commit that reaches the limit may go beyond it by what it writes itself.
    assert!(longest <= WAL_BYTES_MAX + WAL_BYTES_MAX / 4, "{longest}");
    let stored = std::fs::metadata(&path).unwrap().len();
    assert!(stored > 2 * WAL_BYTES_MAX, "too little was written to tell: {stored}");
}
