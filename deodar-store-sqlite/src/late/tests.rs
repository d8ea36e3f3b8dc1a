//! How rows go through memory into the index.

use super::*;

type Row = (i64, i64);

fn insert(connection: &Connection, rows: &[Row]) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT OR IGNORE INTO test_index (a, b) VALUES (?1, ?2)";
    rows.iter().try_for_each(|row| connection.execute(INSERT, *row).map(drop))
}

struct Writing {
    connection: Connection,
    shared: SharedTail<Row>,
    late: Late<Row>,
}

impl Writing {
    fn new(run_rows: u32) -> Self {
        Self::at(Pace::Steps, run_rows)
    }

    fn at(pace: Pace, run_rows: u32) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE late_index (name TEXT PRIMARY KEY, merged_seq, removed_seq);
                INSERT INTO late_index VALUES ('test', 0, 0);
                CREATE TABLE test_index (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID",
            )
            .unwrap();
        let shared = SharedTail::new();
        let late = Late::new("test", shared.clone(), pace, run_rows, Vec::new(), (0, 0));
        Self { connection, shared, late }
    }

    /// Appends rows to the log, whose order in the index is another.
    fn append(&mut self, count: i64) {
        for _ in 0..count {
            let seq = self.late.last_seq() + 1;
            self.late.see(seq);
            self.late.add((seq * 7_919 % 10_007, seq));
        }
    }

    /// A batch that appends rows; tells how many it has moved.
    fn commit(&mut self, count: i64) -> usize {
        self.late.begin();
        self.append(count);
        self.late.merge(&self.connection, insert).unwrap();
        let moved = self.late.batch.merged.len();
        self.late.accept();
        moved
    }

    fn count(&self, sql: &str) -> i64 {
        self.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn in_index(&self) -> i64 {
        self.count("SELECT count(*) FROM test_index")
    }

    fn merged_seq(&self) -> i64 {
        Progress::load(&self.connection, "test").unwrap().merged_seq
    }

    fn in_memory(&self) -> i64 {
        let all = (i64::MIN, i64::MIN)..=(i64::MAX, i64::MAX);
        i64::try_from(self.shared.look(&all).0.len()).unwrap()
    }
}

#[test]
fn a_row_is_seen_by_its_batch_at_once_and_by_others_once_it_is_stored() {
    let mut writing = Writing::new(100);
    writing.late.begin();
    writing.append(2);
    let all = (0, 0)..=(i64::MAX, i64::MAX);
    assert_eq!((writing.late.range(&all).len(), writing.in_memory()), (2, 0));
    let mark = writing.late.mark();
    writing.append(3);
    writing.late.remove((7_919, 1));
    writing.late.roll_back(mark);
    assert_eq!((writing.late.range(&all).len(), writing.late.last_seq()), (2, 2));
    writing.late.accept();
    assert_eq!(writing.shared.look(&all), (vec![(5_831, 2), (7_919, 1)], 2));

    // The next batch fails: the one after it knows nothing of it.
    writing.late.begin();
    writing.append(4);
    writing.late.remove((7_919, 1));
    writing.late.begin();
    assert_eq!((writing.late.range(&all).len(), writing.late.last_seq()), (2, 2));
    writing.late.remove((7_919, 1));
    writing.late.accept();
    assert_eq!(writing.shared.look(&all), (vec![(5_831, 2)], 2));
}

/// What is moved is about as much as is added, and memory holds no more than two runs.
#[test]
fn rows_go_into_the_index_in_small_steps_and_memory_has_a_limit() {
    const RUN_ROWS: u32 = 1_000;
    let mut writing = Writing::new(RUN_ROWS);
    let (mut appended, mut since) = (0, 0);
    for batch in 0..400 {
        let count = 1 + batch * 37 % 64;
        appended += count;
        since += usize::try_from(count).unwrap();
        let moved = writing.commit(count);
        assert!(moved <= 2 * since + 1, "{moved} after {since}");
        assert!(moved == 0 || moved < 3 * STEP_ROWS_MIN, "{moved}");
        since = if moved == 0 { since } else { 0 };
        let in_memory = writing.in_memory();
        assert!(in_memory <= i64::from(2 * RUN_ROWS) + 64, "{in_memory} in memory");
        assert_eq!(in_memory + writing.in_index(), appended, "a row is lost or twice");
        let merged = writing.merged_seq();
        let below = format!("SELECT count(*) FROM test_index WHERE b <= {merged}");
        assert_eq!(writing.count(&below), merged, "the index has not what it is said to have");
    }
    assert!(writing.merged_seq() > appended - i64::from(2 * RUN_ROWS) - 64);
}

#[test]
fn a_batch_that_fails_moves_nothing_and_the_next_moves_the_same() {
    let mut writing = Writing::new(4);
    writing.commit(8);
    writing.connection.execute_batch("BEGIN").unwrap();
    writing.late.begin();
    writing.append(4);
    writing.late.merge(&writing.connection, insert).unwrap();
    let first = writing.late.batch.merged.clone();
    assert!(!first.is_empty());
    writing.connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!((writing.in_index(), writing.in_memory()), (0, 8));
    assert_eq!(writing.commit(4), first.len());
    assert_eq!(writing.in_index() + writing.in_memory(), 12);
}

#[test]
fn a_row_that_is_removed_while_its_run_is_under_way_does_not_come_back() {
    let mut writing = Writing::new(8);
    writing.commit(8);
    let all = (0, 0)..=(i64::MAX, i64::MAX);
    writing.late.begin();
    for row in writing.late.range(&all) {
        writing.late.remove(row);
    }
    writing.append(1);
    writing.late.merge(&writing.connection, insert).unwrap();
    writing.late.accept();
    assert_eq!((writing.in_index(), writing.in_memory(), writing.merged_seq()), (0, 1, 8));
}

#[test]
fn an_idle_gateway_moves_what_it_has_and_then_writes_no_more() {
    let mut writing = Writing::new(1_000_000);
    writing.commit(IDLE_RUN_ROWS);
    let busy = (0..IDLE_BATCHES).map(|_| writing.commit(0)).sum::<usize>();
    assert_eq!((busy, writing.in_index()), (0, 0));
    for _ in 0..IDLE_RUN_ROWS {
        writing.commit(0);
    }
    let rows = (writing.in_index(), writing.in_memory(), writing.merged_seq());
    assert_eq!(rows, (IDLE_RUN_ROWS, 0, IDLE_RUN_ROWS));
    let before = writing.connection.total_changes();
    writing.commit(0);
    assert_eq!(writing.connection.total_changes(), before);
}

/// A log of which this index has no rows still goes on, so that a start does not read all of it.
#[test]
fn rows_of_others_move_the_beginning_of_the_tail_too() {
    let mut writing = Writing::new(10);
    writing.commit(3);
    for _ in 0..100 {
        writing.late.begin();
        writing.late.see(writing.late.last_seq() + 1);
        writing.late.merge(&writing.connection, insert).unwrap();
        writing.late.accept();
    }
    assert_eq!((writing.in_index(), writing.in_memory()), (3, 0));
    assert!(writing.merged_seq() > 80, "{}", writing.merged_seq());
}

#[test]
fn a_whole_run_goes_with_the_next_batch_and_comes_back_where_that_fails() {
    let mut writing = Writing::at(Pace::Whole, 100);
    writing.commit(99);
    assert_eq!(writing.commit(2), 0);
    writing.connection.execute_batch("BEGIN").unwrap();
    writing.late.begin();
    writing.append(3);
    writing.late.merge(&writing.connection, insert).unwrap();
    assert_eq!(writing.late.batch.merged.len(), 101);
    writing.connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!((writing.in_index(), writing.in_memory(), writing.merged_seq()), (0, 101, 0));
    assert_eq!(writing.commit(5), 101);
    assert_eq!((writing.in_index(), writing.in_memory(), writing.merged_seq()), (101, 5, 101));
}

#[test]
fn who_does_not_look_after_an_index_moves_nothing() {
    let mut writing = Writing::at(Pace::Never, 1);
    assert_eq!((0..200).map(|_| writing.commit(1)).sum::<usize>(), 0);
    assert_eq!((writing.in_index(), writing.in_memory(), writing.merged_seq()), (0, 200, 0));
}
