//! References: the log that holds them, and the index that finds them, the only random keys of the
//! database. They go into the index late ([`crate::late`]), which is made of runs ([`runs`]).
//!
//! The index is narrow: a keyed hash of 48 bits and the row of the log. The log holds the full
//! reference, which is compared on each hit, so that two references with one hash both fit.
//!
//! The index holds the row of the log and not the key of the holder. A hit so costs two look-ups,
//! but only repeats and searches hit: a new reference is looked for in vain, mostly in memory
//! alone. The row's number is shorter than a holder's kind and key; the log, whose rows are
//! appended, is there for the text anyway; and what memory or the index says is never believed
//! before the log has said the same, so that neither can be wrong about a reference that is not
//! there any more.

mod address;
mod convert;
mod filter;
mod growth;
mod removed;
mod run;
mod runs;
mod stand;

use rusqlite::{Connection, OptionalExtension, Statement};

use crate::late::{Late, Progress, SharedTail};
use crate::record::Place;
use crate::statements::Statements;

pub(crate) use address::{Address, ReferenceHasher};
pub(crate) use convert::convert;
pub(crate) use runs::{Runs, SharedFilters};

/// The name of the index among those that are filled late.
pub(crate) const INDEX: &str = "reference";

const INSERT_NUMBER: &str =
    "INSERT INTO link_number (number, holder_kind, holder_key) VALUES (?1, ?2, ?3)";
const LOGGED: &str = "SELECT seq, holder_kind, holder_key FROM late_log \
    WHERE seq = ?1 AND reference = ?2";
const NEWER: &str = "SELECT seq, holder_kind, holder_key FROM late_log \
    WHERE seq > ?1 AND reference = ?2";
const DELETE_LOG: &str = "DELETE FROM late_log WHERE seq = ?1";
const FIND_NUMBER: &str = "SELECT holder_kind, holder_key FROM link_number WHERE number = ?1";

/// A row of the index: the hash, and the row of the log.
pub(crate) type Entry = (i64, i64);

/// What is in memory of references, for readers too.
pub(crate) type ReferenceTail = SharedTail<Entry>;

/// A row of the log, and the record that holds its reference.
type Hit = (i64, Place);

fn hit(row: &rusqlite::Row<'_>) -> rusqlite::Result<Hit> {
    Ok((row.get(0)?, Place { kind: row.get(1)?, key: row.get(2)? }))
}

/// Finds a text among rows of the log that memory or the index has named.
fn logged(connection: &Connection, entries: &[Entry], text: &str) -> rusqlite::Result<Option<Hit>> {
    for (_, seq) in entries {
        let found = connection.prepare_cached(LOGGED)?.query_row((seq, text), hit).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn find_number(find: &mut Statement<'_>, number: i64) -> rusqlite::Result<Option<Place>> {
    find.query_row([number], |row| Ok(Place { kind: row.get(0)?, key: row.get(1)? })).optional()
}

/// What readers see of references.
#[derive(Clone)]
pub(crate) struct SharedReferences {
    /// Those that may not be in the index.
    pub(crate) tail: ReferenceTail,
    /// What memory holds of the index.
    pub(crate) filters: SharedFilters,
}

impl SharedReferences {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self { tail: ReferenceTail::new(), filters: SharedFilters::default() }
    }

    /// The record that holds a reference: as of a moment after the call.
    pub(crate) fn find(
        &self,
        connection: &Connection,
        address: &Address,
    ) -> rusqlite::Result<Option<Place>> {
        let (hash, text) = match address {
            Address::Text { hash, text } => (*hash, text),
            Address::Number(number) => {
                let mut find = connection.prepare_cached(FIND_NUMBER)?;
                return find_number(&mut find, *number);
            }
        };
        let (entries, last_seq) = self.tail.look(&((hash, i64::MIN)..=(hash, i64::MAX)));
        if let Some((_, place)) = logged(connection, &entries, text)? {
            return Ok(Some(place));
        }
        // What was moved since, and what is newer, is in the database as of its own moment.
        let snapshot = connection.unchecked_transaction()?;
        let entries = runs::look(&snapshot, &self.filters, hash)?;
        if let Some((_, place)) = logged(&snapshot, &entries, text)? {
            return Ok(Some(place));
        }
        let mut newer = snapshot.prepare_cached(NEWER)?;
        let found = newer.query_row((last_seq, text), hit).optional()?;
        Ok(found.map(|(_, place)| place))
    }
}

/// The writer's side.
pub(crate) struct References {
    /// Those that may not be in the index.
    pub(crate) late: Late<Entry>,
    /// The index.
    pub(crate) runs: Runs,
}

impl References {
    /// Begins a batch. What one before it changed and did not get accepted is forgotten.
    pub(crate) fn begin(&mut self) {
        self.late.begin();
        self.runs.begin();
    }

    /// Makes a run of what memory holds, where that is enough, and merges runs.
    pub(crate) fn merge(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Self { late, runs } = self;
        late.merge(connection, |connection, rows| runs.add(connection, rows))?;
        runs.advance(connection, late.added())
    }

    /// The batch is on the disk.
    pub(crate) fn accept(&mut self) {
        // Whoever does not find a row in memory any more must know of its run.
        self.runs.accept();
        self.late.accept();
    }

    /// The row of the log that has a reference: what the batch has claimed counts.
    fn find_text(
        &self,
        connection: &Connection,
        hash: i64,
        text: &str,
    ) -> rusqlite::Result<Option<Hit>> {
        let entries = self.late.range(&((hash, i64::MIN)..=(hash, i64::MAX)));
        if let Some(found) = logged(connection, &entries, text)? {
            return Ok(Some(found));
        }
        logged(connection, &self.runs.look(connection, hash)?, text)
    }

    /// The record that holds a reference.
    pub(crate) fn find(
        &self,
        statements: &Statements<'_>,
        address: &Address,
    ) -> rusqlite::Result<Option<Place>> {
        match address {
            Address::Text { hash, text } => {
                Ok(self.find_text(statements, *hash, text)?.map(|(_, place)| place))
            }
            Address::Number(number) => {
                statements.with(FIND_NUMBER, |find| find_number(find, *number))
            }
        }
    }

    /// Frees a reference that `holder` has; one that another record has stays as it is.
    pub(crate) fn remove(
        &mut self,
        connection: &Connection,
        address: &Address,
        holder: Place,
    ) -> rusqlite::Result<()> {
        // A link's number is never free again.
        let Address::Text { hash, text } = address else { return Ok(()) };
        match self.find_text(connection, *hash, text)? {
            Some((seq, place)) if place == holder => {
                connection.prepare_cached(DELETE_LOG)?.execute([seq])?;
                removed::mark(connection, seq)?;
                Progress::set_removed(connection, INDEX, seq)?;
                self.late.remove((*hash, seq));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Writes down who holds a number that nobody holds.
pub(crate) fn insert_number(
    statements: &Statements<'_>,
    number: i64,
    holder: Place,
) -> rusqlite::Result<()> {
    let row = (number, holder.kind, holder.key);
    statements.with(INSERT_NUMBER, |insert| insert.execute(row)).map(drop)
}
