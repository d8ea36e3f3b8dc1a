//! Answers: the only records that are removed, by their age.

use deodar_domain::time::Timestamp;
use deodar_store::stored::decode;
use deodar_store::{KeptAnswer, Record, StoreError, Version, Versioned};
use rusqlite::Connection;

use crate::prepared::RemovalRow;
use crate::record::Place;
use crate::reference::References;

/// The kind of answers among records.
const KIND: i64 = 6;

const BEFORE: &str = "SELECT key, version, document FROM answer_record \
    WHERE json_extract(document, '$.is.at') < ?1 \
    ORDER BY json_extract(document, '$.is.at') LIMIT ?2";
const DELETE: &str = "DELETE FROM answer_record WHERE key = ?1";

/// A row: key, version and document.
pub(crate) type AnswerRow = (i64, i64, String);

/// The rows of answers that were given before an instant, the oldest first.
pub(crate) fn before(
    connection: &Connection,
    instant: Timestamp,
    limit: i64,
) -> rusqlite::Result<Vec<AnswerRow>> {
    connection
        .prepare_cached(BEFORE)?
        .query_map((instant.micros(), limit), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// What a row says.
pub(crate) fn read(
    (key, version, document): &AnswerRow,
) -> Result<Versioned<KeptAnswer>, StoreError> {
    match decode(Place { kind: KIND, key: *key }.record_key()?, document)? {
        Record::Answer(kept) => {
            Ok(Versioned { record: *kept, version: Version(version.cast_unsigned()) })
        }
        _ => Err(StoreError::Damaged(format!("the record {key} is no answer"))),
    }
}

/// Removes an answer and frees its call.
pub(crate) fn remove(
    connection: &Connection,
    references: &mut References,
    removal: &RemovalRow,
) -> rusqlite::Result<()> {
    references.remove(connection, &removal.address, removal.place)?;
    connection.prepare_cached(DELETE)?.execute([removal.place.key])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_answers_are_found_by_the_index_of_their_age_and_never_by_reading_all() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../migrations/V1__first.sql")).unwrap();
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {BEFORE}"))
            .unwrap()
            .query_map((1, 1), |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(plan, ["SEARCH answer_record USING INDEX answer_age (<expr><?)"]);
    }
}
