//! What is left when the process is killed or its disk fails. Each test runs itself once more as
//! the process that is killed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests share fails as they do"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use deodar_domain::money::Money;
use deodar_store::contract::fixtures::{
    answer, at, call_reference, captured, change_set, delivery, job, making, order_key,
    order_record, order_reference, pointer,
};
use deodar_store::{
    ChangeSet, CommitError, Conflict, Queue, Record, RecordKey, ReferenceKey, Store, StoreError,
    Version, Versioned,
};
use deodar_store_sqlite::{OpenMode, Options, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

/// Tells a test that it is the process to be killed, and on which database it works.
const CHILD: &str = "DEODAR_TEST_DATABASE";
/// Tells it with which number it begins.
const FIRST: &str = "DEODAR_TEST_FIRST";
/// Tells it that it is the one to serve what another has left.
const SERVES: &str = "DEODAR_TEST_SERVES";
/// How many are acknowledged before the process is killed.
const ACKNOWLEDGED_MIN: usize = 3_000;
const WRITERS: usize = 32;
/// The change set that removes an answer has the number of the answer, and so much more.
const REMOVING: u32 = 1_000_000_000;

/// A store whose rows go into their indexes all the time: there is hardly a moment when no run is
/// under way.
fn open(database: &Path) -> SqliteStore {
    let options = Options {
        reference_run_rows: 40,
        reference_bucket_rows: 5,
        listing_run_rows: 40,
        ..Options::default()
    };
    SqliteStore::open_with(database, OpenMode::Server, options).unwrap()
}

fn child_database() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// A folder with the guarded data, the shadow copies and the library.
struct Guard {
    folder: TempDir,
}

impl Guard {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "shadow"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let guard = Self { folder };
        guard.compile("sync_guard");
        guard
    }

    /// Makes one of the libraries that are preloaded, and answers its path.
    fn compile(&self, name: &str) -> PathBuf {
        let library = self.folder.path().canonicalize().unwrap().join(format!("lib{name}.so"));
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testing/sync-guard");
        let status = Command::new("cc")
            .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(sources.join(format!("{name}.c")))
            .args(["-ldl", "-lpthread"])
            .status()
            .unwrap();
        assert!(status.success());
        library
    }

    fn database(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("data/deodar.db")
    }

    fn failure(&self) -> PathBuf {
        self.folder.path().join("fail")
    }

    fn guard(&self, command: &mut Command) {
        let folder = self.folder.path().canonicalize().unwrap();
        command
            .env("LD_PRELOAD", folder.join("libsync_guard.so"))
            .env("SYNC_GUARD_DIR", folder.join("data"))
            .env("SYNC_GUARD_SHADOW", folder.join("shadow"))
            .env("SYNC_GUARD_FAIL", self.failure());
    }
}

/// This very test, as a process of its own on `database`.
fn myself(test: &str, database: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, database)
        .stdout(Stdio::piped());
    command
}

/// The numbers that the process says were acknowledged, until it is killed: once there are so many.
fn kill_after(child: Child, count: usize) -> BTreeSet<u32> {
    kill_where(child, |acknowledged| acknowledged >= count)
}

/// The same, killed once `is_over` is told a number of acknowledged ones that it says yes to.
fn kill_where(mut child: Child, is_over: impl Fn(usize) -> bool) -> BTreeSet<u32> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = BTreeSet::new();
    while !is_over(acknowledged.len()) {
        let line = lines.next().expect("the process ended by itself").unwrap();
        acknowledged.extend(line.strip_prefix("stored ").and_then(|n| n.parse::<u32>().ok()));
    }
    child.kill().unwrap();
    for line in lines.map_while(Result::ok) {
        acknowledged.extend(line.strip_prefix("stored ").and_then(|n| n.parse::<u32>().ok()));
    }
    assert!(!child.wait().unwrap().success());
    acknowledged
}

fn tell(number: u32) {
    // A whole line in one write: what the other side reads was acknowledged.
    std::io::stdout().lock().write_all(format!("stored {number}\n").as_bytes()).unwrap();
}

fn reference_of(number: u32) -> ReferenceKey {
    order_reference(1, &format!("R-{number}")).unwrap()
}

fn call_of(number: u32) -> ReferenceKey {
    call_reference(1, u128::from(number)).unwrap()
}

/// The change set that removes the answer of another, where it is one of those that lose it.
fn removing(number: u32) -> Option<ChangeSet> {
    let Record::Answer(kept) = answer(number).unwrap() else { unreachable!() };
    number.is_multiple_of(3).then(|| change_set(REMOVING + number).remove(&kept, Version(1)))
}

/// A change set with something in most tables.
fn everything(number: u32) -> ChangeSet {
    let order = RecordKey::Order(order_key(number).unwrap());
    let mut set = making(number, order_record(number).unwrap())
        .put(pointer(number).unwrap(), Version::ABSENT)
        .put(delivery(number).unwrap(), Version::ABSENT)
        .put(answer(number).unwrap(), Version::ABSENT)
        .claim(reference_of(number), order)
        .claim(call_of(number), answer(number).unwrap().key());
    set.jobs.push(job(number, Queue::Deadline, at(60)).unwrap());
    set.ledger.push(captured(number, 1, Money::paise(100)).unwrap());
    set
}

async fn commit_at_last(store: &SqliteStore, set: ChangeSet) {
    loop {
        match store.commit(set.clone()).await {
            Ok(()) => break,
            Err(CommitError::Store(StoreError::Unavailable(_))) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Commits for ever, and tells what was acknowledged.
fn write_until_killed(database: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let store = Arc::new(open(database));
    let first = std::env::var_os(FIRST).map_or(1, |n| n.to_str().unwrap().parse().unwrap());
    let next = Arc::new(AtomicU32::new(first));
    runtime.block_on(async {
        let writers = (0..WRITERS).map(|_| {
            let (store, next) = (Arc::clone(&store), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    commit_at_last(&store, everything(number)).await;
                    tell(number);
                    if let Some(removal) = removing(number) {
                        commit_at_last(&store, removal).await;
                        tell(REMOVING + number);
                    }
                }
            })
        });
        futures::future::join_all(writers).await;
    });
}

/// The answer of a change set is there with the claim of its call, or both are removed.
async fn check_answer(
    store: &SqliteStore,
    number: u32,
    was_made: bool,
    acknowledged: &BTreeSet<u32>,
) {
    let key = answer(number).unwrap().key();
    let is_there = store.get(key).await.unwrap().is_some();
    let holder = store.find(&call_of(number)).await.unwrap();
    assert_eq!(holder, is_there.then_some(key), "{number}");
    if acknowledged.contains(&(REMOVING + number)) {
        assert!(!is_there, "the answer {number} is there again");
    } else if removing(number).is_none() {
        assert_eq!(is_there, was_made, "{number}");
    }
}

/// Every acknowledged change set is there, and of each other one all or nothing.
fn check(database: &Path, acknowledged: &BTreeSet<u32>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = open(database);
    runtime.block_on(async {
        let last = *acknowledged.range(..REMOVING).next_back().unwrap();
        let mut found = 0;
        for number in 1..=last + u32::try_from(2 * WRITERS).unwrap() {
            let order = order_record(number).unwrap();
            let key = order.key();
            let is_there = store.get(key).await.unwrap();
            let expected = Versioned { record: order, version: Version(1) };
            let is_there = is_there.map(|order| assert_eq!(order, expected)).is_some();
            assert!(is_there || !acknowledged.contains(&number), "{number} is lost");
            for record in [pointer(number).unwrap(), delivery(number).unwrap()] {
                assert_eq!(store.get(record.key()).await.unwrap().is_some(), is_there, "{number}");
            }
            let holder = store.find(&reference_of(number)).await.unwrap();
            assert_eq!(holder, is_there.then_some(key), "{number}");
            let second = making(2 * REMOVING + number, order_record(REMOVING).unwrap())
                .claim(reference_of(number), order_record(REMOVING).unwrap().key());
            if is_there {
                let reference = reference_of(number);
                let taken = Conflict::ReferenceTaken { reference, holder: key };
                assert_eq!(store.commit(second).await, Err(taken.into()), "{number}");
            }
            check_answer(&store, number, is_there, acknowledged).await;
            let is_known = store.was_committed(everything(number).id).await.unwrap();
            assert_eq!(is_known, is_there, "{number}");
            found += i128::from(is_there);
        }
        let balances = store.balances().await.unwrap();
        assert_eq!(balances.iter().map(|b| b.sum).collect::<Vec<_>>(), [found * 100, -found * 100]);
        let depths = store.queue_depths(at(0), at(60)).await.unwrap();
        let waiting = depths.iter().find(|depth| depth.queue == Queue::Deadline).unwrap().waiting;
        assert_eq!(i128::from(waiting), found);
        assert_eq!(store.commit(everything(1_000_000)).await, Ok(()));
    });
}

#[test]
fn what_was_acknowledged_survives_sigkill() {
    if let Some(database) = child_database() {
        return write_until_killed(&database);
    }
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("deodar.db");
    // Each process goes on with what the one before it left, in the middle of a run.
    let (mut acknowledged, mut first) = (BTreeSet::new(), 1);
    for count in [700, 310, 941, 523, 487] {
        let mut command = myself("what_was_acknowledged_survives_sigkill", &database);
        let child = command.env(FIRST, first.to_string()).spawn().unwrap();
        acknowledged.extend(kill_after(child, count));
        let last = acknowledged.range(..REMOVING).next_back().unwrap();
        first = last + u32::try_from(2 * WRITERS).unwrap();
    }
    check(&database, &acknowledged);
}

#[test]
fn what_was_acknowledged_survives_a_kill_that_takes_what_was_not_synced() {
    if let Some(database) = child_database() {
        return write_until_killed(&database);
    }
    let guard = Guard::new();
    let test = "what_was_acknowledged_survives_a_kill_that_takes_what_was_not_synced";
    let mut command = myself(test, &guard.database());
    guard.guard(&mut command);
    let acknowledged = kill_after(command.spawn().unwrap(), ACKNOWLEDGED_MIN);
    check(&guard.database(), &acknowledged);
}

#[test]
fn what_was_acknowledged_survives_syncs_that_fail_and_then_a_kill() {
    if let Some(database) = child_database() {
        return write_until_killed(&database);
    }
    let guard = Guard::new();
    let test = "what_was_acknowledged_survives_syncs_that_fail_and_then_a_kill";
    let mut command = myself(test, &guard.database());
    guard.guard(&mut command);
    let acknowledged = kill_where(command.spawn().unwrap(), |count| {
        if count % 200 == 100 && count < ACKNOWLEDGED_MIN - 400 {
            std::fs::write(guard.failure(), "").unwrap();
        }
        // The file is gone once a sync has failed for it; what is read here may be long past.
        count >= ACKNOWLEDGED_MIN && !guard.failure().exists()
    });
    check(&guard.database(), &acknowledged);
}

/// Tells which of the numbers up to `last` it has, while another connection has the database open,
/// as that of a backup does: SQLite moves the log to the database where the last one is closed, and
/// here none is.
fn serve_until_killed(database: &Path, last: u32) {
    let beside = Connection::open(database).unwrap();
    beside.query_row("SELECT count(*) FROM meta", [], |_| Ok(())).unwrap();
    let store = open(database);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for number in 1..=last {
        let key = order_record(number).unwrap().key();
        if runtime.block_on(store.get(key)).unwrap().is_some() {
            tell(number);
        }
    }
    loop {
        std::thread::park();
    }
}

/// A process is killed before its commits are synced, and the next one finds them in what the
/// system has in memory. What that one tells must be there after a failure of the power.
#[test]
fn what_a_killed_server_had_not_synced_is_synced_before_the_next_one_tells_it() {
    match (child_database(), std::env::var_os(SERVES)) {
        (Some(database), Some(last)) => {
            serve_until_killed(&database, last.to_str().unwrap().parse().unwrap());
        }
        (Some(database), None) => return write_until_killed(&database),
        _ => {}
    }
    let guard = Guard::new();
    let database = guard.database();
    drop(open(&database));
    let test = "what_a_killed_server_had_not_synced_is_synced_before_the_next_one_tells_it";
    let mut command = myself(test, &database);
    guard.guard(&mut command);
    let both = [guard.compile("no_sync"), guard.compile("sync_guard")];
    command.env("LD_PRELOAD", both.map(|library| library.to_str().unwrap().to_owned()).join(":"));
    let written = kill_after(command.spawn().unwrap(), 100);
    let orders = written.range(..REMOVING);
    let (count, last) = (orders.clone().count(), orders.max().unwrap());

    let mut command = myself(test, &database);
    guard.guard(&mut command);
    let told = kill_after(command.env(SERVES, last.to_string()).spawn().unwrap(), count);
    check(&database, &told);
}

/// The guard itself is tried on plain SQLite: without syncs it takes what was acknowledged, and
/// with syncs it takes nothing.
fn write_plainly(database: &Path, synchronous: &str) {
    let connection = Connection::open(database).unwrap();
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS t (i INTEGER PRIMARY KEY)").unwrap();
    for number in 1.. {
        connection.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
        tell(number);
    }
}

fn rows_left(test: &str) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let guard = Guard::new();
    let mut command = myself(test, &guard.database());
    guard.guard(&mut command);
    let acknowledged = kill_after(command.spawn().unwrap(), 500);
    let connection = Connection::open(guard.database()).unwrap();
    let found = connection.prepare("SELECT i FROM t").and_then(|mut statement| {
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
    });
    (acknowledged, found.unwrap_or_default())
}

#[test]
fn the_guard_takes_what_was_never_synced() {
    if let Some(database) = child_database() {
        return write_plainly(&database, "OFF");
    }
    let (acknowledged, found) = rows_left("the_guard_takes_what_was_never_synced");
    assert!(found.len() + 100 < acknowledged.len(), "{} rows are left", found.len());
}

#[test]
fn the_guard_leaves_what_was_synced() {
    if let Some(database) = child_database() {
        return write_plainly(&database, "FULL");
    }
    let (acknowledged, found) = rows_left("the_guard_leaves_what_was_synced");
    assert_eq!(acknowledged.difference(&found).count(), 0);
}

/// Lets no file of this process grow over `bytes`, as on a disk that is full.
#[expect(unsafe_code, reason = "no safe library sets the limits of a process")]
fn limit_files(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both calls are given valid arguments, and this process is the test's own.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
}

async fn fill_the_disk(database: &Path) {
    let store = open(database);
    let commit = |number| store.commit(everything(number));
    for number in 1..=50 {
        commit(number).await.unwrap();
    }
    limit_files(1 << 20);
    // The first refusals make the store move its log to the database, which makes room; then the
    // database itself is as large as it may be.
    let (mut number, mut refusals) = (51, 0);
    while refusals < 5 {
        match commit(number).await {
            Ok(()) => (number, refusals) = (number + 1, 0),
            Err(CommitError::Store(StoreError::Unavailable(_))) => refusals += 1,
            Err(error) => panic!("{error}"),
        }
        assert!(number < 5_000, "the disk was never full");
    }
    let refused = number;
    let last = order_record(refused - 1).unwrap().key();
    assert!(store.get(last).await.unwrap().is_some());
    limit_files(libc::RLIM_INFINITY);
    for number in refused..refused + 50 {
        assert_eq!(commit(number).await, Ok(()), "{number}");
    }
    drop(store);
    check_in_a_thread(database, (1..refused + 50).collect()).await;
}

async fn check_in_a_thread(database: &Path, numbers: BTreeSet<u32>) {
    let database = database.to_path_buf();
    tokio::task::spawn_blocking(move || check(&database, &numbers)).await.unwrap();
}

#[test]
fn a_full_disk_is_told_as_unavailable_and_writing_goes_on_when_there_is_room() {
    if let Some(database) = child_database() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        return runtime.block_on(fill_the_disk(&database));
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "a_full_disk_is_told_as_unavailable_and_writing_goes_on_when_there_is_room";
    let output = myself(test, &folder.path().join("deodar.db")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("1 passed"), "{told}");
}
