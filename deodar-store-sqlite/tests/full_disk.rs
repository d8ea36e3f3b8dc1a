//! A disk that is full while references go into their index: a small file system in memory, which
//! the test mounts where nobody else sees it. Where it may not mount one, the size of files is
//! limited instead, which the test's output tells.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "what the test is made of fails as it does"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use deodar_store::contract::fixtures::{
    change_set, making, order_key, order_record, order_reference,
};
use deodar_store::{
    ChangeSet, CommitError, Conflict, RecordKey, ReferenceKey, Store, StoreError, Version,
    Versioned,
};
use deodar_store_sqlite::{Faults, OpenMode, Options, SqliteStore};
use futures::future::join_all;
use rusqlite::{Connection, OpenFlags};

/// Tells the test that it is the process on the full disk, and in which folder it works.
const CHILD: &str = "DEODAR_TEST_FULL_FOLDER";
/// Tells it that the folder is a file system of its own.
const IS_MOUNTED: &str = "DEODAR_TEST_FULL_MOUNTED";
const TEST: &str = "a_full_disk_leaves_memory_and_disk_agreeing_while_runs_are_merged";

/// The room there is at first: of the disk, or of each file.
const DISK_BYTES: u64 = 3_584 << 10;
const FILE_BYTES: u64 = 3 << 20;
/// How often the disk is full, and by how much the room grows each time.
const ROUNDS: u64 = 6;
const ROOM_BYTES: u64 = 256 << 10;
/// How often it is at most, until that was in the middle of a merge: about every second time is.
const ROUNDS_MAX: u64 = 60;
/// How many change sets are sent at once.
const BATCH: u32 = 16;
/// The change set that claims the reference of another has the number of that, and so much more.
const SECOND: u32 = 1_000_000_000;

fn open(database: &Path, faults: &Faults) -> SqliteStore {
    let options = Options {
        wal_bytes_max: 1 << 20,
        reference_run_rows: 40,
        reference_bucket_rows: 5,
        listing_run_rows: 40,
        faults: faults.clone(),
        ..Options::default()
    };
    SqliteStore::open_with(database, OpenMode::Server, options).unwrap()
}

fn reference(number: u32) -> ReferenceKey {
    order_reference(1, &format!("R-{number}")).unwrap()
}

fn holder(number: u32) -> RecordKey {
    RecordKey::Order(order_key(number).unwrap())
}

fn claiming(number: u32) -> ChangeSet {
    making(number, order_record(number).unwrap()).claim(reference(number), holder(number))
}

/// How the disk becomes full, and gets room again.
enum Disk {
    /// By the size of the file system, which grows.
    Mounted(PathBuf),
    /// By a limit of the size of each file, which is raised.
    Limited,
}

impl Disk {
    fn begin(folder: &Path) -> Self {
        if std::env::var_os(IS_MOUNTED).is_none() {
            println!("no file system may be mounted here: the size of files is limited instead");
            limit_files(FILE_BYTES);
            return Self::Limited;
        }
        println!("on a file system of {DISK_BYTES} bytes");
        Self::Mounted(folder.to_path_buf())
    }

    /// A little more room.
    fn make_room(&self, round: u64) {
        let room = (round + 1) * ROOM_BYTES;
        match self {
            Self::Mounted(folder) => resize(folder, DISK_BYTES + room),
            Self::Limited => limit_files(FILE_BYTES + room),
        }
    }

    /// Room for all that is still to come.
    fn make_enough_room(&self) {
        match self {
            Self::Mounted(folder) => resize(folder, 10 * DISK_BYTES),
            Self::Limited => limit_files(libc::RLIM_INFINITY),
        }
    }
}

/// Gives the file system in memory another size.
fn resize(folder: &Path, bytes: u64) {
    let options = format!("remount,size={bytes}");
    let resized = Command::new("mount").args(["-o", &options]).arg(folder).status().unwrap();
    assert!(resized.success(), "mount: {resized}");
}

/// Lets no file of this process grow over `bytes`.
#[expect(unsafe_code, reason = "no safe library sets the limits of a process")]
fn limit_files(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both calls are given valid arguments, and this process is the test's own.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
}

/// What a test on a full disk has sent.
struct Filling {
    store: SqliteStore,
    faults: Faults,
    database: PathBuf,
    stored: BTreeSet<u32>,
    next: u32,
}

impl Filling {
    /// Sends some change sets as one batch, and tells those whose answer was that nobody knows.
    async fn send(&self, numbers: &[u32]) -> Vec<(u32, Result<(), CommitError>)> {
        let held = self.faults.hold_writer();
        let mut sent = join_all(numbers.iter().map(|number| self.store.commit(claiming(*number))));
        let _ = futures::poll!(&mut sent);
        drop(held);
        numbers.iter().copied().zip(sent.await).collect()
    }

    /// Commits until nothing more is taken, and gives the numbers of what was not.
    async fn fill(&mut self) -> Vec<u32> {
        let mut refused = Vec::new();
        let mut refusals = 0;
        while refusals < 3 {
            let numbers: Vec<u32> = (self.next..self.next + BATCH).collect();
            self.next += BATCH;
            assert!(self.next < 100_000, "the disk was never full");
            refusals += 1;
            for (number, answer) in self.send(&numbers).await {
                match answer {
                    Ok(()) => {
                        refusals = 0;
                        self.stored.insert(number);
                    }
                    Err(CommitError::Store(StoreError::Unavailable(_))) => refused.push(number),
                    Err(error) => panic!("{number}: {error}"),
                }
            }
        }
        refused
    }

    fn merges_under_way(&self) -> i64 {
        let connection =
            Connection::open_with_flags(&self.database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let sql = "SELECT count(*) FROM reference_run WHERE state = 1";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What memory and disk say of a change set is the same, and is what its sender was told.
    async fn check(&self, number: u32) {
        let is_stored = self.stored.contains(&number);
        let found = self.store.get(holder(number)).await.unwrap();
        let expected = Versioned { record: order_record(number).unwrap(), version: Version(1) };
        assert_eq!(found, is_stored.then_some(expected), "{number}");
        let held = self.store.find(&reference(number)).await.unwrap();
        assert_eq!(held, is_stored.then_some(holder(number)), "{number}");
    }

    /// Each change set that was refused is not there, or its sender is told that it is. It may be
    /// sent again, and is stored once; gives the numbers of those that are refused again.
    async fn repeat(&mut self, refused: &[u32]) -> Vec<u32> {
        for number in refused {
            if self.store.was_committed(claiming(*number).id).await.unwrap() {
                self.stored.insert(*number);
            }
            self.check(*number).await;
        }
        let mut again = Vec::new();
        for (number, answer) in self.send(refused).await {
            match answer {
                Ok(()) => drop(self.stored.insert(number)),
                Err(CommitError::Store(StoreError::Unavailable(_))) => again.push(number),
                Err(error) => panic!("{number}: {error}"),
            }
        }
        again
    }

    /// Nobody gets a reference that another has.
    async fn claim_again(&self, number: u32) {
        let second = SECOND + number;
        let set = change_set(second)
            .put(order_record(SECOND).unwrap(), Version::ABSENT)
            .claim(reference(number), holder(SECOND));
        let taken =
            Conflict::ReferenceTaken { reference: reference(number), holder: holder(number) };
        assert_eq!(self.store.commit(set).await, Err(taken.into()), "{number}");
    }
}

async fn fill_again_and_again(folder: &Path) {
    let (database, faults) = (folder.join("deodar.db"), Faults::default());
    let store = open(&database, &faults);
    let mut filling = Filling { store, faults, database, stored: BTreeSet::new(), next: 1 };
    let disk = Disk::begin(folder);
    let (mut merges, mut refused) = (0, Vec::new());
    for round in 0..ROUNDS_MAX {
        if round >= ROUNDS && merges > 0 {
            break;
        }
        refused.extend(filling.fill().await);
        merges += filling.merges_under_way();
        for number in &filling.stored {
            filling.check(*number).await;
        }
        disk.make_room(round);
        refused = filling.repeat(&refused).await;
    }
    disk.make_enough_room();
    assert_eq!(filling.repeat(&refused).await, [0_u32; 0]);
    assert!(merges > 0, "the disk was never full in the middle of a merge");
    for _ in 0..2 {
        for number in 1..filling.next {
            assert!(filling.stored.contains(&number), "{number} was never stored");
            filling.check(number).await;
            filling.claim_again(number).await;
        }
        let Filling { store, faults, database, stored, next } = filling;
        drop(store);
        let store = open(&database, &faults);
        filling = Filling { store, faults, database, stored, next };
    }
    println!("{} orders, {merges} merges", filling.stored.len());
}

/// Whether this process may mount what no other sees.
fn may_mount(folder: &Path) -> bool {
    let tried = in_its_own_namespace(folder, "true", &[]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// A program in a namespace of its own, where `folder` is a small file system in memory: nothing of
/// it is left when the program has ended, however that was.
fn in_its_own_namespace(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=\"$1\" none \"$2\" && shift 2 && exec \"$@\"";
    command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
    command.arg(DISK_BYTES.to_string()).arg(folder).arg(program).args(arguments);
    command
}

#[test]
fn a_full_disk_leaves_memory_and_disk_agreeing_while_runs_are_merged() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        return runtime.block_on(fill_again_and_again(Path::new(&folder)));
    }
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let this = this.to_str().unwrap();
    let arguments = [TEST, "--exact", "--nocapture", "--test-threads=1"];
    let mut command = if may_mount(folder.path()) {
        let mut command = in_its_own_namespace(folder.path(), this, &arguments);
        command.env(IS_MOUNTED, "");
        command
    } else {
        let mut command = Command::new(this);
        command.args(arguments);
        command
    };
    let output = command.env(CHILD, folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "{told}");
}
