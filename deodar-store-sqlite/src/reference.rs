//! References, and the index that finds them: the only random keys of the database, and so the
//! only place that has to change when the index is filled later than its rows.
//!
//! The index is narrow: a keyed hash of 64 bits and the row of the log. The full reference is in
//! the log and is compared on each hit, so that two references with one hash both fit. The key
//! is random and of this database alone, so that nobody can choose references that collide.

use deodar_store::ReferenceKey;
use rusqlite::{Connection, OptionalExtension};
use siphasher::sip::SipHasher24;

use crate::record::Place;

const INSERT_LOG: &str =
    "INSERT INTO reference_log (reference, holder_kind, holder_key) VALUES (?1, ?2, ?3)";
const INSERT_INDEX: &str = "INSERT INTO reference_index (hash, seq) VALUES (?1, ?2)";
const INSERT_NUMBER: &str =
    "INSERT INTO link_number (number, holder_kind, holder_key) VALUES (?1, ?2, ?3)";
const FIND_REFERENCE: &str = "SELECT log.holder_kind, log.holder_key \
    FROM reference_index AS hit JOIN reference_log AS log ON log.seq = hit.seq \
    WHERE hit.hash = ?1 AND log.reference = ?2";
const FIND_ROW: &str = "SELECT log.seq \
    FROM reference_index AS hit JOIN reference_log AS log ON log.seq = hit.seq \
    WHERE hit.hash = ?1 AND log.reference = ?2 AND log.holder_kind = ?3 AND log.holder_key = ?4";
const DELETE_LOG: &str = "DELETE FROM reference_log WHERE seq = ?1";
const DELETE_INDEX: &str = "DELETE FROM reference_index WHERE hash = ?1 AND seq = ?2";
const FIND_NUMBER: &str = "SELECT holder_kind, holder_key FROM link_number WHERE number = ?1";

/// Hashes references under the key of one database.
#[derive(Clone)]
pub(crate) struct ReferenceHasher {
    hasher: SipHasher24,
    mask: u64,
}

impl ReferenceHasher {
    /// Reads the key of the database; `bits` of each hash are used.
    pub(crate) fn load(connection: &Connection, bits: u32) -> rusqlite::Result<Self> {
        let key: [u8; 16] = connection.query_row(
            "SELECT value FROM meta WHERE name = 'reference_hash_key'",
            [],
            |row| row.get(0),
        )?;
        let mask = u64::MAX >> 64_u32.saturating_sub(bits).min(63);
        Ok(Self { hasher: SipHasher24::new_with_key(&key), mask })
    }

    /// How `reference` is found.
    pub(crate) fn address(&self, reference: &ReferenceKey) -> Address {
        let text = match reference {
            ReferenceKey::Order { merchant, reference } => format!("order:{merchant}:{reference}"),
            ReferenceKey::Link { merchant, reference } => format!("link:{merchant}:{reference}"),
            ReferenceKey::Client(id) => format!("client:{id}"),
            ReferenceKey::Call { merchant, digest } => format!("call:{merchant}:{:032x}", digest.0),
            ReferenceKey::LinkNumber(number) => return Address::Number(number.0.cast_signed()),
        };
        let hash = (self.hasher.hash(text.as_bytes()) & self.mask).cast_signed();
        Address::Text { hash, text }
    }
}

/// How a reference is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Address {
    /// A text of the merchant's or of ours, by its hash.
    Text {
        /// The keyed hash.
        hash: i64,
        /// The full text, with its namespace and its merchant.
        text: String,
    },
    /// A dense number, as it is.
    Number(i64),
}

/// The record that holds a reference.
pub(crate) fn find(connection: &Connection, address: &Address) -> rusqlite::Result<Option<Place>> {
    let place = |row: &rusqlite::Row<'_>| Ok(Place { kind: row.get(0)?, key: row.get(1)? });
    match address {
        Address::Text { hash, text } => {
            connection.prepare_cached(FIND_REFERENCE)?.query_row((hash, text), place).optional()
        }
        Address::Number(number) => {
            connection.prepare_cached(FIND_NUMBER)?.query_row([number], place).optional()
        }
    }
}

/// Writes down who holds a reference that nobody holds.
pub(crate) fn insert(
    connection: &Connection,
    address: &Address,
    holder: Place,
) -> rusqlite::Result<()> {
    match address {
        Address::Text { hash, text } => {
            connection.prepare_cached(INSERT_LOG)?.execute((text, holder.kind, holder.key))?;
            let seq = connection.last_insert_rowid();
            connection.prepare_cached(INSERT_INDEX)?.execute((hash, seq))?;
        }
        Address::Number(number) => {
            let row = (number, holder.kind, holder.key);
            connection.prepare_cached(INSERT_NUMBER)?.execute(row)?;
        }
    }
    Ok(())
}

/// Frees a reference that `holder` has; one that another record has stays as it is.
pub(crate) fn remove(
    connection: &Connection,
    address: &Address,
    holder: Place,
) -> rusqlite::Result<()> {
    // A link's number is never free again.
    let Address::Text { hash, text } = address else { return Ok(()) };
    let row = connection
        .prepare_cached(FIND_ROW)?
        .query_row((hash, text, holder.kind, holder.key), |row| row.get::<_, i64>(0))
        .optional()?;
    if let Some(seq) = row {
        connection.prepare_cached(DELETE_INDEX)?.execute((hash, seq))?;
        connection.prepare_cached(DELETE_LOG)?.execute([seq])?;
    }
    Ok(())
}
