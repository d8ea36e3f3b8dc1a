//! Backups: what is in them, and what is left where there is none.

#![expect(clippy::unwrap_used, reason = "what the tests share fails as they do")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deodar_domain::money::Money;
use deodar_store::contract::fixtures::{
    captured, making, order_key, order_record, order_reference,
};
use deodar_store::{ChangeSet, RecordKey, Store};
use deodar_store_sqlite::{
    Backup, BackupError, OpenError, OpenMode, Options, Progress, SqliteStore, back_up,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// How many are acknowledged before a backup begins.
const ACKNOWLEDGED_BEFORE: u32 = 600;
const WRITERS: u32 = 16;

/// An order with a reference and with money that moved.
fn paid(number: u32) -> ChangeSet {
    let holder = RecordKey::Order(order_key(number).unwrap());
    let mut set = making(number, order_record(number).unwrap())
        .claim(order_reference(1, &format!("R-{number}")).unwrap(), holder);
    set.ledger.push(captured(number, 1, Money::paise(100)).unwrap());
    set
}

fn copy_to(source: &Path, target: &Path) -> Result<Backup, BackupError> {
    back_up(source, target, &Arc::default(), &mut |_| {})
}

/// A folder with the database of a server that has ended.
async fn database(orders: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("deodar.db");
    let store = SqliteStore::open(&path, OpenMode::Server).unwrap();
    let sets = (1..=orders).map(|number| store.commit(paid(number)));
    assert!(futures::future::join_all(sets).await.iter().all(Result::is_ok));
    (folder, path)
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Opens a copy as a server does and counts its orders: each is there whole or not at all, those up
/// to `acknowledged` are there, and the books balance over all of them.
async fn orders_in(copy: &Path, acknowledged: u32, known: u32) -> u32 {
    let store = SqliteStore::open(copy, OpenMode::Server).unwrap();
    let mut found = 0;
    for number in 1..=known {
        let key = order_record(number).unwrap().key();
        let is_there = store.get(key).await.unwrap().is_some();
        assert!(is_there || number > acknowledged, "{number} is lost");
        let reference = order_reference(1, &format!("R-{number}")).unwrap();
        let holder = store.find(&reference).await.unwrap();
        assert_eq!(holder, is_there.then_some(key), "{number}");
        found += u32::from(is_there);
    }
    let sums: Vec<_> = store.balances().await.unwrap().iter().map(|one| one.sum).collect();
    assert_eq!(sums, [i128::from(found) * 100, i128::from(found) * -100]);
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_commits_holds_what_was_acknowledged_before_it_began() {
    let (folder, path) = database(ACKNOWLEDGED_BEFORE).await;
    let target = folder.path().join("copy.db");
    let server = Arc::new(SqliteStore::open(&path, OpenMode::Server).unwrap());
    let ended = Arc::new(AtomicBool::new(false));
    let writers = (0..WRITERS).map(|writer| {
        let (server, ended) = (Arc::clone(&server), Arc::clone(&ended));
        tokio::spawn(async move {
            let mut number = ACKNOWLEDGED_BEFORE + 1 + writer;
            while !ended.load(Ordering::Relaxed) {
                server.commit(paid(number)).await.unwrap();
                number += WRITERS;
            }
            number
        })
    });
    let writers: Vec<_> = writers.collect();
    // Commits are under way before the backup begins, and between its steps.
    let last_before = paid(ACKNOWLEDGED_BEFORE + WRITERS * 4).id;
    while !server.was_committed(last_before).await.unwrap() {}
    let (source, file) = (path.clone(), target.clone());
    let backup = tokio::task::spawn_blocking(move || copy_to(&source, &file)).await.unwrap();
    ended.store(true, Ordering::Relaxed);
    let mut known = 0;
    for writer in writers {
        known = known.max(writer.await.unwrap());
    }
    drop(server);

    let size = std::fs::metadata(&target).unwrap().len();
    assert_eq!(backup.unwrap().bytes, size);
    let in_copy = orders_in(&target, ACKNOWLEDGED_BEFORE, known).await;
    let in_server = orders_in(&path, ACKNOWLEDGED_BEFORE, known).await;
    assert!(ACKNOWLEDGED_BEFORE < in_copy && in_copy < in_server, "{in_copy} of {in_server}");
}

#[tokio::test]
async fn a_copy_is_one_file_that_its_owner_alone_can_read() {
    let (folder, path) = database(50).await;
    // The name has what a URI would read otherwise.
    let backups = folder.path().join("back ups?100%#1");
    std::fs::create_dir(&backups).unwrap();
    let mut told = Vec::new();
    let target = backups.join("copy.db");
    let backup = back_up(&path, &target, &Arc::default(), &mut |progress| told.push(progress));
    let Backup { bytes, schema, .. } = backup.unwrap();
    assert_eq!(names_in(&backups), BTreeSet::from(["copy.db".to_owned()]));
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let all = Progress::Copying { bytes, bytes_total: bytes };
    assert_eq!(told, [all, Progress::Syncing, Progress::Checking]);
    let version = "SELECT max(version) FROM refinery_schema_history";
    let copied = Connection::open(&path).unwrap().query_row(version, [], |row| row.get(0));
    assert_eq!(copied, Ok(schema));
    assert_eq!(orders_in(&target, 50, 60).await, 50);
}

#[tokio::test]
async fn nothing_is_overwritten_and_no_name_of_the_database_is_taken() {
    let (folder, path) = database(1).await;
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "a letter").unwrap();
    std::os::unix::fs::symlink("/nonexistent", folder.path().join("dangling")).unwrap();
    let before = names_in(folder.path());
    for name in ["precious", "dangling", "deodar.db", "deodar.db.lock"] {
        let refused = copy_to(&path, &folder.path().join(name)).unwrap_err();
        assert!(matches!(refused, BackupError::Exists { .. }), "{name}: {refused}");
    }
    for name in ["deodar.db-wal", "deodar.db-shm", "deodar.db-journal"] {
        let refused = copy_to(&path, &folder.path().join(name)).unwrap_err();
        assert!(matches!(refused, BackupError::BelongsToDatabase { .. }), "{name}: {refused}");
    }
    let refused = copy_to(&path, Path::new("/nonexistent/copy.db")).unwrap_err();
    assert!(matches!(refused, BackupError::CannotWrite { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "a letter");
    assert_eq!(names_in(folder.path()), before);
}

#[tokio::test]
async fn a_name_that_is_taken_while_the_copy_is_made_is_not_overwritten() {
    let (folder, path) = database(1).await;
    let target = folder.path().join("copy.db");
    let mut take_name = |progress| {
        if progress == Progress::Checking {
            std::fs::write(&target, "another's").unwrap();
        }
    };
    let refused = back_up(&path, &target, &Arc::default(), &mut take_name).unwrap_err();
    assert!(matches!(refused, BackupError::Exists { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "another's");
    assert!(names_in(folder.path()).iter().all(|name| !name.contains(".part")));
}

#[tokio::test]
async fn a_backup_that_is_stopped_leaves_nothing_behind() {
    let (folder, path) = database(20).await;
    let before = names_in(folder.path());
    let moments: [fn(Progress) -> bool; 3] = [
        |progress| matches!(progress, Progress::Copying { .. }),
        |progress| progress == Progress::Syncing,
        |progress| progress == Progress::Checking,
    ];
    for is_moment in moments {
        let stop = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&stop);
        let mut watch = |progress| {
            set.fetch_or(is_moment(progress), Ordering::Relaxed);
        };
        let stopped = back_up(&path, &folder.path().join("copy.db"), &stop, &mut watch);
        assert!(matches!(stopped, Err(BackupError::Stopped)), "{stopped:?}");
        assert_eq!(names_in(folder.path()), before);
    }
}

#[tokio::test]
async fn a_long_reader_of_another_process_stops_no_commit_and_the_log_begins_anew_after_it() {
    const WAL_BYTES_MAX: u64 = 1 << 20;
    let (folder, path) = database(1).await;
    let options = Options { wal_bytes_max: WAL_BYTES_MAX, ..Options::default() };
    let server = SqliteStore::open_with(&path, OpenMode::Server, options).unwrap();
    let log_bytes = || std::fs::metadata(folder.path().join("deodar.db-wal")).unwrap().len();
    let mut next = 2;
    let mut commit_some = async || {
        let sets = (next..next + 200).map(|number| server.commit(paid(number)));
        assert!(futures::future::join_all(sets).await.iter().all(Result::is_ok));
        next += 200;
    };
    let mut other = Connection::open(&path).unwrap();
    let reader = other.transaction().unwrap();
    reader.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0)).unwrap();
    while log_bytes() < 2 * WAL_BYTES_MAX {
        commit_some().await;
    }
    drop(reader);
    while log_bytes() > WAL_BYTES_MAX {
        commit_some().await;
    }
}

#[tokio::test]
async fn a_damaged_database_is_told_and_makes_no_copy() {
    let (folder, path) = database(400).await;
    let before = names_in(folder.path());
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    let (page, middle) = (4_096, whole.len() / 4_096 / 2);
    for damaged in bytes.chunks_mut(page).skip(middle).take(20) {
        damaged.fill(0xa5);
    }
    std::fs::write(&path, bytes).unwrap();
    let refused = copy_to(&path, &folder.path().join("copy.db")).unwrap_err();
    assert!(matches!(refused, BackupError::Unsound { .. }), "{refused}");
    assert_eq!(names_in(folder.path()), before);
}

#[test]
fn what_is_no_database_of_ours_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("diary.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE diary (day)").unwrap();
    let target = folder.path().join("copy.db");
    let refused = copy_to(&other, &target).unwrap_err();
    assert!(matches!(refused, BackupError::Source(OpenError::OtherDatabase { .. })), "{refused}");
    assert!(!target.exists());
}
