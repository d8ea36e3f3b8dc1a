//! A part of a list, as a reader sees it.

use std::cmp::Reverse;

use deodar_store::ListQuery;
use rusqlite::{Connection, OptionalExtension};

use super::{LISTS_END, ListingTail, kind_bit, kind_number};

pub(super) const NEWER_OF_LIST: &str = "SELECT holder_key, coalesce(order_key, holder_key) \
    FROM late_log WHERE seq > ?1 AND merchant = ?2 AND lists & ?3 \
    AND holder_key >= ?4 AND holder_key < ?5";
pub(super) const INDEXED: &str = "SELECT key, order_key FROM listing \
    WHERE merchant = ?1 AND kind = ?2 AND key >= ?3 AND key < ?4 ORDER BY key DESC";
pub(super) const DOCUMENT: &str = "SELECT document FROM order_record WHERE key = ?1";

/// A row of a page: the key of what is listed, that of its order, and the order's document.
pub(crate) type PageRow = (i64, i64, Option<String>);

/// The key of what is listed, and that of its order.
type Keys = (i64, i64);

/// A part of a list, newest first: as of one moment after its call.
pub(crate) fn page(
    connection: &Connection,
    tail: &ListingTail,
    query: &ListQuery,
) -> rusqlite::Result<Vec<PageRow>> {
    if query.from >= query.until {
        return Ok(Vec::new());
    }
    let (mut recent, last_seq) = in_memory(tail, query);
    // What was moved since, and what is newer, is in the database as of its own moment.
    let snapshot = connection.unchecked_transaction()?;
    recent.extend(newer(&snapshot, query, last_seq)?);
    recent.sort_unstable_by_key(|keys| Reverse(*keys));
    let mut document = snapshot.prepare_cached(DOCUMENT)?;
    selected(&snapshot, query, &recent)?
        .into_iter()
        .map(|(key, order_key)| {
            let found = document.query_row([order_key], |row| row.get(0)).optional()?;
            Ok((key, order_key, found))
        })
        .collect()
}

/// The newest rows that are in memory, as many as the page may need.
fn in_memory(tail: &ListingTail, query: &ListQuery) -> (Vec<Keys>, i64) {
    let ListQuery { merchant, kind, from, until, offset, limit } = *query;
    let range = |lists| {
        let first = (merchant.as_u32(), lists, from.as_i64(), i64::MIN);
        first..=(merchant.as_u32(), lists, until.as_i64() - 1, i64::MAX)
    };
    let has_kind = |lists: &u8| lists & kind_bit(kind) != 0;
    let ranges: Vec<_> = (1..LISTS_END).filter(has_kind).map(range).collect();
    let count = usize::try_from(u64::from(offset) + u64::from(limit)).unwrap_or(usize::MAX);
    let (rows, last_seq) = tail.look_last(&ranges, count);
    (rows.into_iter().map(|(.., key, order_key)| (key, order_key)).collect(), last_seq)
}

fn newer(connection: &Connection, query: &ListQuery, last_seq: i64) -> rusqlite::Result<Vec<Keys>> {
    let ListQuery { merchant, kind, from, until, .. } = *query;
    let bounds = (last_seq, merchant.as_u32(), kind_bit(kind), from.as_i64(), until.as_i64());
    connection
        .prepare_cached(NEWER_OF_LIST)?
        .query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The rows of the page, of those that are not in the index and those that are; some are both.
fn selected(
    connection: &Connection,
    query: &ListQuery,
    recent: &[Keys],
) -> rusqlite::Result<Vec<Keys>> {
    let ListQuery { merchant, kind, from, until, offset, limit } = *query;
    let mut statement = connection.prepare_cached(INDEXED)?;
    let bounds = (merchant.as_u32(), kind_number(kind), from.as_i64(), until.as_i64());
    let mut indexed = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut next_indexed: Option<Keys> = indexed.next().transpose()?;
    let mut recent = recent.iter().copied().peekable();
    let (mut skipped, mut page, mut last) = (0, Vec::new(), None);
    while page.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
        let next = match (recent.peek().copied(), next_indexed) {
            (Some(one), other) if other.is_none_or(|other| one >= other) => recent.next(),
            (_, Some(other)) => {
                next_indexed = indexed.next().transpose()?;
                Some(other)
            }
            _ => None,
        };
        let Some(next) = next else { break };
        if last == Some(next) {
            continue;
        }
        last = Some(next);
        if skipped < offset {
            skipped += 1;
        } else {
            page.push(next);
        }
    }
    Ok(page)
}
