//! References: the log that holds them, and the index that finds them, the only random keys of the
//! database. They go into the index late ([`crate::late`]).
//!
//! The index is narrow: a keyed hash of 64 bits and the row of the log. The log holds the full
//! reference, which is compared on each hit, so that two references with one hash both fit.
//!
//! The index holds the row of the log and not the key of the holder. A hit so costs two look-ups,
//! but only repeats and searches hit: a new reference is looked for in vain, in the index alone.
//! The row's number is shorter than a holder's kind and key, so that a page holds more rows and a
//! run writes fewer pages; the log, whose rows are appended, is there for the text anyway; and
//! what memory or the index says is never believed before the log has said the same, so that
//! neither can be wrong about a reference that is not there any more.

mod address;

use rusqlite::{Connection, OptionalExtension};

use crate::late::{Late, Progress, SharedTail};
use crate::record::Place;

pub(crate) use address::{Address, ReferenceHasher};

/// The name of the index among those that are filled late.
pub(crate) const INDEX: &str = "reference";

/// A run that a crash cut short has put some of its rows there already.
const INSERT: &str = "INSERT OR IGNORE INTO reference_index (hash, seq) VALUES (?1, ?2)";
const INSERT_NUMBER: &str =
    "INSERT INTO link_number (number, holder_kind, holder_key) VALUES (?1, ?2, ?3)";
const LOGGED: &str = "SELECT seq, holder_kind, holder_key FROM late_log \
    WHERE seq = ?1 AND reference = ?2";
const INDEXED: &str = "SELECT log.seq, log.holder_kind, log.holder_key \
    FROM reference_index AS hit JOIN late_log AS log ON log.seq = hit.seq \
    WHERE hit.hash = ?1 AND log.reference = ?2";
/// One statement sees the index and the log as of one moment.
const INDEXED_OR_NEWER: &str = "SELECT log.seq, log.holder_kind, log.holder_key \
    FROM reference_index AS hit JOIN late_log AS log ON log.seq = hit.seq \
    WHERE hit.hash = ?1 AND log.reference = ?2 \
    UNION ALL SELECT seq, holder_kind, holder_key FROM late_log \
    WHERE seq > ?3 AND reference = ?2";
const DELETE_LOG: &str = "DELETE FROM late_log WHERE seq = ?1";
const DELETE_INDEX: &str = "DELETE FROM reference_index WHERE hash = ?1 AND seq = ?2";
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

/// Finds a text among rows of the log that memory has named.
fn logged(connection: &Connection, entries: &[Entry], text: &str) -> rusqlite::Result<Option<Hit>> {
    for (_, seq) in entries {
        let found = connection.prepare_cached(LOGGED)?.query_row((seq, text), hit).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn find_number(connection: &Connection, number: i64) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(FIND_NUMBER)?
        .query_row([number], |row| Ok(Place { kind: row.get(0)?, key: row.get(1)? }))
        .optional()
}

/// The record that holds a reference, for a reader: as of a moment after its call.
pub(crate) fn find(
    connection: &Connection,
    tail: &ReferenceTail,
    address: &Address,
) -> rusqlite::Result<Option<Place>> {
    let (hash, text) = match address {
        Address::Text { hash, text } => (*hash, text),
        Address::Number(number) => return find_number(connection, *number),
    };
    let (entries, last_seq) = tail.look(&((hash, i64::MIN)..=(hash, i64::MAX)));
    let found = match logged(connection, &entries, text)? {
        Some(found) => Some(found),
        None => connection
            .prepare_cached(INDEXED_OR_NEWER)?
            .query_row((hash, text, last_seq), hit)
            .optional()?,
    };
    Ok(found.map(|(_, place)| place))
}

/// The row of the log that has a reference, for the writer.
fn find_text(
    connection: &Connection,
    late: &Late<Entry>,
    hash: i64,
    text: &str,
) -> rusqlite::Result<Option<Hit>> {
    let entries = late.range(&((hash, i64::MIN)..=(hash, i64::MAX)));
    if let Some(found) = logged(connection, &entries, text)? {
        return Ok(Some(found));
    }
    connection.prepare_cached(INDEXED)?.query_row((hash, text), hit).optional()
}

/// The record that holds a reference, for the writer: what its batch has claimed counts.
pub(crate) fn find_in_batch(
    connection: &Connection,
    late: &Late<Entry>,
    address: &Address,
) -> rusqlite::Result<Option<Place>> {
    match address {
        Address::Text { hash, text } => {
            Ok(find_text(connection, late, *hash, text)?.map(|(_, place)| place))
        }
        Address::Number(number) => find_number(connection, *number),
    }
}

/// Moves a row into the index.
pub(crate) fn insert(connection: &Connection, entry: Entry) -> rusqlite::Result<()> {
    connection.prepare_cached(INSERT)?.execute(entry).map(drop)
}

/// Writes down who holds a number that nobody holds.
pub(crate) fn insert_number(
    connection: &Connection,
    number: i64,
    holder: Place,
) -> rusqlite::Result<()> {
    let row = (number, holder.kind, holder.key);
    connection.prepare_cached(INSERT_NUMBER)?.execute(row).map(drop)
}

/// Frees a reference that `holder` has; one that another record has stays as it is.
pub(crate) fn remove(
    connection: &Connection,
    late: &mut Late<Entry>,
    address: &Address,
    holder: Place,
) -> rusqlite::Result<()> {
    // A link's number is never free again.
    let Address::Text { hash, text } = address else { return Ok(()) };
    match find_text(connection, late, *hash, text)? {
        Some((seq, place)) if place == holder => {
            // A row that is in memory may be in the index too, by a run that was cut short.
            connection.prepare_cached(DELETE_INDEX)?.execute((hash, seq))?;
            connection.prepare_cached(DELETE_LOG)?.execute([seq])?;
            Progress::set_removed(connection, INDEX, seq)?;
            late.remove((*hash, seq));
            Ok(())
        }
        _ => Ok(()),
    }
}
