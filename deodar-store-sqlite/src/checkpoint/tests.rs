//! How long the log becomes while somebody reads.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::open::connect_writer;
use crate::reader::Readers;

const WAL_BYTES_MAX: u64 = 256 * 1_024;
const READ_TIME_MAX: Duration = Duration::from_millis(50);
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT count(*) FROM t \
    UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

struct Writing {
    folder: TempDir,
    connection: Connection,
    pages: Arc<AtomicU32>,
    guard: WalGuard,
}

impl Writing {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deodar.db");
        drop(std::fs::File::create(&path).unwrap());
        let mut connection = connect_writer(&path, WAL_BYTES_MAX).unwrap();
        connection.execute_batch("CREATE TABLE t (content BLOB)").unwrap();
        let pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&pages);
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            seen.store(u32::try_from(pages).unwrap(), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).unwrap();
        let guard = WalGuard::new(Checkpointer::start(&path).unwrap(), WAL_BYTES_MAX);
        Self { folder, connection, pages, guard }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("deodar.db")
    }

    /// Writes about `bytes`, and tells how long the log has been at most.
    fn write(&mut self, bytes: u64) -> u64 {
        let mut longest = 0;
        for _ in 0..bytes / 8_192 {
            let sql = "INSERT INTO t VALUES (randomblob(8192))";
            self.connection.execute(sql, []).unwrap();
            let pages = self.pages.load(Ordering::Relaxed);
            longest = longest.max(u64::from(pages) * u64::from(PAGE_BYTES));
            if self.guard.after_commit(&self.connection, pages) {
                self.pages.store(0, Ordering::Relaxed);
            }
        }
        longest
    }
}

#[tokio::test]
async fn a_reader_that_never_ends_does_not_make_the_log_grow_for_ever() {
    let mut writing = Writing::new();
    let readers = Readers::start(&writing.database(), 1, READ_TIME_MAX).unwrap();
    // The writer waits as long as the reader needs until it is interrupted.
    writing.guard.readers_wait_max = Duration::from_mins(5);
    let (tell, told) = oneshot::channel();
    let endless = tokio::spawn(async move {
        let read = readers.read(move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            snapshot.query_row("SELECT count(*) FROM t", [], |_| Ok(()))?;
            let _ = tell.send(());
            snapshot.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))
        });
        read.await
    });
    told.await.unwrap();
    let longest = writing.write(20 * WAL_BYTES_MAX);
    assert!(longest <= WAL_BYTES_MAX + WAL_BYTES_MAX / 4, "{longest}");
    assert!(endless.await.unwrap().is_err());
}

/// A process that reads for long cannot be interrupted: the log grows for as long as it reads, and
/// is begun anew afterwards.
#[test]
fn the_log_begins_anew_once_another_process_has_read() {
    let mut writing = Writing::new();
    let other = Connection::open(writing.database()).unwrap();
    let count = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    other.execute_batch("BEGIN").unwrap();
    assert_eq!(count(&other), 0);
    let longest = writing.write(3 * WAL_BYTES_MAX);
    assert!(longest > 2 * WAL_BYTES_MAX, "{longest}");
    assert_eq!(count(&other), 0);
    other.execute_batch("COMMIT").unwrap();
    writing.write(WAL_BYTES_MAX);
    let longest = writing.write(8 * WAL_BYTES_MAX);
    assert!(longest <= WAL_BYTES_MAX + WAL_BYTES_MAX / 4, "{longest}");
}
