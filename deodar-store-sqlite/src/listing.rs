//! Lists of what merchants have made: a narrow row for each thing, under the merchant, the list and
//! the key, so that a range of time is a range of the index and no record is read that is not told.
//!
//! Each merchant's rows only grow at their end, but a batch holds many merchants, and each would
//! touch a page of its own. So a commit appends its rows to a log, and one of many commits moves
//! the log into the index, in the order of the index: a page is then written once for all rows
//! that go there. Both happen in the transaction of a batch, so that a list is never without what
//! was acknowledged. A list reads the index and the log, which has a limit.

use deodar_store::{ListKind, ListQuery, Listing};
use rusqlite::Connection;

const APPEND: &str =
    "INSERT INTO listing_log (merchant, kind, key, order_key) VALUES (?1, ?2, ?3, ?4)";
const LOG_LENGTH: &str = "SELECT coalesce(max(seq), 0) FROM listing_log";
const MERGE: &str = "INSERT INTO listing (merchant, kind, key, order_key) \
    SELECT merchant, kind, key, order_key FROM listing_log ORDER BY merchant, kind, key";
const EMPTY_LOG: &str = "DELETE FROM listing_log";
/// The left join keeps the order of the page, and tells an order that is not there.
const PAGE: &str = "SELECT page.key, page.order_key, record.document FROM ( \
        SELECT key, order_key FROM listing \
            WHERE merchant = ?1 AND kind = ?2 AND key >= ?3 AND key < ?4 \
        UNION ALL SELECT key, order_key FROM listing_log \
            WHERE merchant = ?1 AND kind = ?2 AND key >= ?3 AND key < ?4 \
        ORDER BY key DESC LIMIT ?5 OFFSET ?6) AS page \
    LEFT JOIN order_record AS record ON record.key = page.order_key \
    ORDER BY page.key DESC";

/// A row of a page: the key of what is listed, that of its order, and the order's document.
pub(crate) type PageRow = (i64, i64, Option<String>);

/// The number of a list. The numbers are kept for ever.
const fn kind_number(kind: ListKind) -> i64 {
    match kind {
        ListKind::Order => 1,
        ListKind::Link => 2,
        ListKind::Refund => 3,
    }
}

/// Appends a row to the log.
pub(crate) fn append(connection: &Connection, listing: &Listing) -> rusqlite::Result<()> {
    let Listing { merchant, kind, key, order } = *listing;
    let row = (merchant.as_u32(), kind_number(kind), key.as_i64(), order.as_i64());
    connection.prepare_cached(APPEND)?.execute(row)?;
    Ok(())
}

/// Moves the log into the index where it has `log_rows_max` rows or more. An empty log begins with
/// 1 again, so that its last number is its length.
pub(crate) fn merge(connection: &Connection, log_rows_max: i64) -> rusqlite::Result<()> {
    let length: i64 = connection.prepare_cached(LOG_LENGTH)?.query_row([], |row| row.get(0))?;
    if length >= log_rows_max {
        connection.prepare_cached(MERGE)?.execute([])?;
        connection.prepare_cached(EMPTY_LOG)?.execute([])?;
    }
    Ok(())
}

/// A part of a list, newest first.
pub(crate) fn page(connection: &Connection, query: &ListQuery) -> rusqlite::Result<Vec<PageRow>> {
    let ListQuery { merchant, kind, from, until, offset, limit } = *query;
    let (from, until) = (from.as_i64(), until.as_i64());
    connection
        .prepare_cached(PAGE)?
        .query_map((merchant.as_u32(), kind_number(kind), from, until, limit, offset), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use deodar_store::contract::fixtures::{merchant_id, order_key};

    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../migrations/V1__first.sql")).unwrap();
        connection
    }

    fn plan(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        for parameter in 1..=statement.parameter_count() {
            statement.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get("detail").unwrap());
        }
        plan
    }

    fn listing(number: u32) -> Listing {
        let key = order_key(number).unwrap();
        let merchant = merchant_id(number % 3).unwrap();
        Listing { merchant, kind: ListKind::Order, key, order: key }
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    /// Everything but the log, which has a limit, is searched by a key.
    #[test]
    fn a_list_is_found_by_its_index_and_never_by_reading_all() {
        let connection = database();
        let plan = plan(&connection, PAGE);
        let searched =
            "SEARCH listing USING PRIMARY KEY (merchant=? AND kind=? AND key>? AND key<?)";
        assert!(plan.iter().any(|step| step == searched), "{plan:?}");
        let joined = "SEARCH record USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN";
        assert!(plan.iter().any(|step| step == joined), "{plan:?}");
        let scans: Vec<_> = plan.iter().filter(|step| step.starts_with("SCAN")).collect();
        assert_eq!(scans, ["SCAN listing_log", "SCAN page"]);
    }

    #[test]
    fn the_log_has_a_limit_and_what_it_held_is_in_the_index() {
        let connection = database();
        for number in 1..=100 {
            append(&connection, &listing(number)).unwrap();
            merge(&connection, 7).unwrap();
            assert!(count(&connection, "listing_log") < 7);
        }
        assert_eq!(count(&connection, "listing"), 98);
        assert_eq!(count(&connection, "listing_log"), 2);
        let query = ListQuery {
            merchant: merchant_id(1).unwrap(),
            kind: ListKind::Order,
            from: order_key(0).unwrap(),
            until: order_key(1_000).unwrap(),
            offset: 0,
            limit: 1_000,
        };
        let told: Vec<i64> = page(&connection, &query).unwrap().iter().map(|row| row.0).collect();
        let ours = (1..=100).rev().filter(|number| number % 3 == 1);
        let expected: Vec<i64> = ours.map(|number| order_key(number).unwrap().as_i64()).collect();
        assert_eq!(told, expected);
    }
}
