//! The ids of recent change sets: in memory for the writer, on the disk for its successor.

use std::collections::{HashSet, VecDeque};

use deodar_store::ChangeSetId;
use deodar_store::store::RECENT_CHANGE_SETS_MIN;
use rusqlite::{Connection, OptionalExtension};

use crate::job::Depths;

/// How many ids are remembered at least, once there are as many.
const IDS_KEPT_MIN: usize = 65_536;
const _: () = assert!(IDS_KEPT_MIN >= RECENT_CHANGE_SETS_MIN);
/// How many rows outlive their use before they are dropped.
const STALE_ROWS_MAX: i64 = 1_024;

const NEWER: &str = "SELECT seq, ids, depths FROM change_set_log WHERE seq > ?1 ORDER BY seq";
const TAIL: &str = "SELECT seq, ids FROM change_set_log ORDER BY seq DESC";
const DEPTHS: &str = "SELECT depths FROM change_set_log ORDER BY seq DESC LIMIT 1";
const INSERT: &str = "INSERT INTO change_set_log (seq, ids, depths) VALUES (?1, ?2, ?3)";
const PRUNE: &str = "DELETE FROM change_set_log WHERE seq <= ?1";

/// The ids of the last change sets that are on the disk, by any process.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    known: HashSet<ChangeSetId>,
    rows: VecDeque<(i64, Vec<ChangeSetId>)>,
    /// The last row that was read or written.
    last_seq: i64,
    /// The last row that is not remembered any more.
    stale_seq: i64,
    /// The last row that was dropped from the table.
    pruned_seq: i64,
    /// How many jobs each queue has.
    depths: Depths,
}

/// How many jobs each queue has, for a reader.
pub(crate) fn depths(connection: &Connection) -> rusqlite::Result<Depths> {
    let text: Option<String> =
        connection.prepare_cached(DEPTHS)?.query_row([], |row| row.get(0)).optional()?;
    Ok(text.map(|text| Depths::parse(&text)).unwrap_or_default())
}

impl Recent {
    /// Reads the tail of the table.
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut recent = Self { depths: depths(connection)?, ..Self::default() };
        let mut statement = connection.prepare_cached(TAIL)?;
        let mut rows = statement.query([])?;
        let mut count = 0;
        while count < IDS_KEPT_MIN {
            let Some(row) = rows.next()? else { break };
            let (seq, ids) = (row.get(0)?, unpack(row.get_ref(1)?.as_blob()?));
            count += ids.len();
            recent.known.extend(&ids);
            recent.last_seq = recent.last_seq.max(seq);
            recent.stale_seq = seq - 1;
            recent.rows.push_front((seq, ids));
        }
        Ok(recent)
    }

    /// Reads what other processes have committed meanwhile.
    pub(crate) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(NEWER)?;
        let mut rows = statement.query([self.last_seq])?;
        while let Some(row) = rows.next()? {
            let (seq, ids) = (row.get(0)?, unpack(row.get_ref(1)?.as_blob()?));
            let depths = Depths::parse(row.get_ref(2)?.as_str()?);
            self.accept(seq, ids, Depths::default());
            self.depths = depths;
        }
        Ok(())
    }

    /// Whether a change set is on the disk, of those that are remembered.
    pub(crate) fn contains(&self, id: ChangeSetId) -> bool {
        self.known.contains(&id)
    }

    /// Writes the ids of a batch and how the queues are after it, and now and then drops old ids.
    /// What it answers is to be given to [`Recent::accept`] once the batch is on the disk.
    pub(crate) fn store(
        &self,
        connection: &Connection,
        ids: &[ChangeSetId],
        change: Depths,
    ) -> rusqlite::Result<i64> {
        let seq = self.last_seq + 1;
        let packed: Vec<u8> = ids.iter().flat_map(|id| id.0.to_be_bytes()).collect();
        connection.prepare_cached(INSERT)?.execute((seq, packed, self.after(change).to_text()))?;
        if self.must_prune() {
            connection.prepare_cached(PRUNE)?.execute([self.stale_seq])?;
        }
        Ok(seq)
    }

    fn after(&self, change: Depths) -> Depths {
        let mut depths = self.depths;
        depths.merge(change);
        depths
    }

    fn must_prune(&self) -> bool {
        self.stale_seq - self.pruned_seq >= STALE_ROWS_MAX
    }

    /// Remembers a batch that is on the disk.
    pub(crate) fn accept(&mut self, seq: i64, ids: Vec<ChangeSetId>, change: Depths) {
        self.depths = self.after(change);
        if self.must_prune() {
            self.pruned_seq = self.stale_seq;
        }
        self.known.extend(&ids);
        self.rows.push_back((seq, ids));
        self.last_seq = seq;
        while let Some((seq, oldest)) = self.rows.front() {
            if self.known.len() < IDS_KEPT_MIN + oldest.len() {
                break;
            }
            self.stale_seq = *seq;
            for id in oldest {
                self.known.remove(id);
            }
            self.rows.pop_front();
        }
    }
}

fn unpack(bytes: &[u8]) -> Vec<ChangeSetId> {
    let (ids, _) = bytes.as_chunks::<16>();
    ids.iter().map(|id| ChangeSetId(u128::from_be_bytes(*id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE change_set_log (seq INTEGER PRIMARY KEY, ids BLOB, depths TEXT)",
            )
            .unwrap();
        connection
    }

    fn batch(number: u128, size: u128) -> Vec<ChangeSetId> {
        (0..size).map(|index| ChangeSetId(number * 1_000 + index)).collect()
    }

    fn write(recent: &mut Recent, connection: &Connection, ids: Vec<ChangeSetId>) {
        let seq = recent.store(connection, &ids, Depths::default()).unwrap();
        recent.accept(seq, ids, Depths::default());
    }

    #[test]
    fn the_last_65_536_ids_are_known_and_older_rows_are_dropped() {
        let connection = database();
        let mut recent = Recent::default();
        for number in 0..4_000 {
            write(&mut recent, &connection, batch(number, 32));
        }
        let kept = IDS_KEPT_MIN as u128 / 32;
        for (number, known) in [(0, false), (3_999 - kept, false), (4_000 - kept, true)] {
            assert_eq!(recent.contains(ChangeSetId(number * 1_000)), known, "{number}");
        }
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM change_set_log", [], |r| r.get(0)).unwrap();
        assert!((2_048..4_000 - 500).contains(&rows), "{rows}");
    }

    #[test]
    fn a_successor_knows_what_its_predecessor_knew() {
        let connection = database();
        let mut recent = Recent::default();
        for number in 0..3_000 {
            write(&mut recent, &connection, batch(number, 32));
        }
        let mut successor = Recent::load(&connection).unwrap();
        assert_eq!(successor.known, recent.known);
        write(&mut recent, &connection, batch(9_000, 3));
        assert!(!successor.contains(ChangeSetId(9_000_002)));
        successor.refresh(&connection).unwrap();
        assert!(successor.contains(ChangeSetId(9_000_002)));
        assert_eq!(successor.last_seq, recent.last_seq);
    }

    #[test]
    fn a_batch_that_was_not_stored_is_not_known() {
        let connection = database();
        let recent = Recent::default();
        connection.execute_batch("BEGIN").unwrap();
        recent.store(&connection, &batch(1, 2), Depths::default()).unwrap();
        connection.execute_batch("ROLLBACK").unwrap();
        assert!(!recent.contains(ChangeSetId(1_000)));
    }
}
