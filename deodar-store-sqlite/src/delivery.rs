//! Deliveries, as their merchant looks at them: newest first.

use deodar_store::stored::decode;
use deodar_store::{Delivery, DeliveryQuery, Record, StoreError, Version, Versioned};
use rusqlite::Connection;

use crate::record::Place;

/// The kind of deliveries among records.
const KIND: i64 = 4;

const PAGE: &str = "SELECT key, version, document FROM delivery_record \
    WHERE merchant = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";

/// A row: key, version and document.
pub(crate) type DeliveryRow = (i64, i64, String);

/// The rows of a merchant's deliveries.
pub(crate) fn page(
    connection: &Connection,
    query: &DeliveryQuery,
) -> rusqlite::Result<Vec<DeliveryRow>> {
    let DeliveryQuery { merchant, before, limit } = *query;
    let end = before.map_or(i64::MAX, |before| before.0);
    connection
        .prepare_cached(PAGE)?
        .query_map((merchant.as_u32(), end, limit), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect()
}

/// What a row says.
pub(crate) fn read(
    (key, version, document): &DeliveryRow,
) -> Result<Versioned<Delivery>, StoreError> {
    match decode(Place { kind: KIND, key: *key }.record_key()?, document)? {
        Record::Delivery(delivery) => {
            Ok(Versioned { record: *delivery, version: Version(version.cast_unsigned()) })
        }
        _ => Err(StoreError::Damaged(format!("the record {key} is no delivery"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_found_by_their_merchant_and_never_by_reading_all() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../migrations/V1__first.sql")).unwrap();
        connection.execute_batch(include_str!("../migrations/V3__deliveries.sql")).unwrap();
        let last = include_str!("../migrations/V5__delivery_merchant.sql");
        connection.execute_batch(last).unwrap();
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {PAGE}"))
            .unwrap()
            .query_map((1, 1, 1), |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let searched =
            "SEARCH delivery_record USING INDEX delivery_merchant (merchant=? AND rowid<?)";
        assert_eq!(plan, [searched]);
    }
}
