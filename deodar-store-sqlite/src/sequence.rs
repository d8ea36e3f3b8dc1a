//! Dense numbers, each given once.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};

const NEXT: &str = "SELECT next FROM sequence WHERE name = ?1";
const SET_NEXT: &str = "INSERT INTO sequence (name, next) VALUES (?1, ?2) \
    ON CONFLICT (name) DO UPDATE SET next = excluded.next";

/// Takes the next `count` numbers of a sequence; `None` where it has no more.
pub(crate) fn take(
    connection: &Connection,
    name: &str,
    count: i64,
) -> rusqlite::Result<Option<Range<i64>>> {
    let first: i64 = connection
        .prepare_cached(NEXT)?
        .query_row([name], |row| row.get(0))
        .optional()?
        .unwrap_or(1);
    let Some(next) = first.checked_add(count) else { return Ok(None) };
    connection.prepare_cached(SET_NEXT)?.execute((name, next))?;
    Ok(Some(first..next))
}
