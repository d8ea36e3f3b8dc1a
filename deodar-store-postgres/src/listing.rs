//! What is read in parts: lists of what merchants have made, their deliveries, and old answers.
//! Each is a range of an index, so that no record is read that is not told.

use deodar_domain::key::OrderKey;
use deodar_domain::time::Timestamp;
use deodar_store::stored::decode;
use deodar_store::{
    Delivery, DeliveryQuery, KeptAnswer, ListKind, ListQuery, Listed, Record, RecordKey,
    StoreError, Versioned,
};
use tokio_postgres::Row;

use crate::error::unreadable;
use crate::pool::Connections;
use crate::record::{ANSWER, DELIVERY, Place, versioned};

/// The page is found in the index alone; the left join tells an order that is not there.
macro_rules! page {
    ($order_key:literal, $of_list:literal) => {
        concat!(
            "SELECT page.key, page.order_key, held.document FROM (SELECT key, ",
            $order_key,
            " AS order_key FROM record WHERE merchant = $1 AND ",
            $of_list,
            " AND key >= $2 AND key < $3 ORDER BY key DESC LIMIT $4 OFFSET $5) AS page \
             LEFT JOIN record AS held ON held.kind = 2 AND held.key = page.order_key \
             ORDER BY page.key DESC"
        )
    };
}

pub(crate) const ORDERS: &str = page!("key", "kind = 2");
pub(crate) const LINKS: &str = page!("key", "has_link");
pub(crate) const REFUNDS: &str = page!("order_key", "kind = 3");
pub(crate) const DELIVERIES: &str = "SELECT key, version, document FROM record \
    WHERE merchant = $1 AND kind = 4 AND key < $2 ORDER BY key DESC LIMIT $3";
pub(crate) const ANSWERS: &str = "SELECT key, version, document FROM record \
    WHERE aged_at < $1 ORDER BY aged_at LIMIT $2";

/// Every statement of this file, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[ORDERS, LINKS, REFUNDS, DELIVERIES, ANSWERS];

/// A part of a list, newest first.
pub(crate) async fn page(
    connections: &Connections,
    query: ListQuery,
) -> Result<Vec<Listed>, StoreError> {
    let ListQuery { merchant, kind, from, until, offset, limit } = query;
    let sql = match kind {
        ListKind::Order => ORDERS,
        ListKind::Link => LINKS,
        ListKind::Refund => REFUNDS,
    };
    let (merchant, from, until) = (merchant.as_u32().cast_signed(), from.as_i64(), until.as_i64());
    let (limit, offset) = (i64::from(limit), i64::from(offset));
    let rows = connections.rows(sql, &[&merchant, &from, &until, &limit, &offset]).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<Listed, StoreError> {
    let key: i64 = row.try_get(0).map_err(unreadable)?;
    let order_key: Option<i64> = row.try_get(1).map_err(unreadable)?;
    let document: Option<&str> = row.try_get(2).map_err(unreadable)?;
    let damaged = || StoreError::Damaged(format!("{key} is listed and its order is not there"));
    let order_key = order_key.and_then(OrderKey::from_i64).ok_or_else(damaged)?;
    match decode(RecordKey::Order(order_key), document.ok_or_else(damaged)?)? {
        Record::Order(order) => {
            Ok(Listed { key: OrderKey::from_i64(key).ok_or_else(damaged)?, order: *order })
        }
        _ => Err(damaged()),
    }
}

/// A part of a merchant's deliveries, newest first, without those that cannot be read.
pub(crate) async fn deliveries(
    connections: &Connections,
    query: DeliveryQuery,
) -> Result<Vec<Versioned<Delivery>>, StoreError> {
    let DeliveryQuery { merchant, before, limit } = query;
    let merchant = merchant.as_u32().cast_signed();
    let end = before.map_or(i64::MAX, |before| before.0);
    let rows = connections.rows(DELIVERIES, &[&merchant, &end, &i64::from(limit)]).await?;
    Ok(readable(&rows, DELIVERY, |record| match record {
        Record::Delivery(delivery) => Some(*delivery),
        _ => None,
    }))
}

/// Answers that were given before an instant, the oldest first, without those that cannot be read.
pub(crate) async fn answers_before(
    connections: &Connections,
    instant: Timestamp,
    limit: usize,
) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = connections.rows(ANSWERS, &[&instant.micros(), &limit]).await?;
    Ok(readable(&rows, ANSWER, |record| match record {
        Record::Answer(kept) => Some(*kept),
        _ => None,
    }))
}

/// The records of one kind that can be read; the others are told to the log alone.
fn readable<T>(rows: &[Row], kind: i16, take: impl Fn(Record) -> Option<T>) -> Vec<Versioned<T>> {
    let read = |row: &Row| -> Result<Versioned<T>, StoreError> {
        let key: i64 = row.try_get(0).map_err(unreadable)?;
        let Versioned { record, version } = versioned(Place { kind, key }, row, 1)?;
        let wrong = || StoreError::Damaged(format!("the record {key} is of another kind"));
        Ok(Versioned { record: take(record).ok_or_else(wrong)?, version })
    };
    rows.iter()
        .filter_map(|row| {
            read(row)
                .inspect_err(|error| {
                    let key = row.try_get::<_, i64>(0).unwrap_or_default();
                    tracing::error!(kind, key, %error, "a record cannot be read");
                })
                .ok()
        })
        .collect()
}
