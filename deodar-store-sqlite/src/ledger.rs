//! The books: balances are sums of entries, in chunks that no reader spends long on.

use std::collections::BTreeMap;

use deodar_domain::ledger::Account;
use deodar_domain::money::Currency;
use deodar_store::stored::parse_account;
use deodar_store::{Balance, StoreError};
use rusqlite::Connection;

const LAST: &str = "SELECT coalesce(max(seq), 0) FROM ledger_entry";
/// Each amount is summed in two halves, since a sum of many may not fit 64 bits.
const CHUNK: &str = "SELECT account, currency, sum(amount >> 32), sum(amount & 4294967295) \
    FROM ledger_entry WHERE seq > ?1 AND seq <= ?2 GROUP BY account, currency";

/// The sum of one account's entries in one currency, in a chunk.
pub(crate) struct ChunkSum {
    account: String,
    currency: String,
    sum: i128,
}

/// The last entry of the books; 0 where there is none.
pub(crate) fn last_entry(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached(LAST)?.query_row([], |row| row.get(0))
}

/// Sums the entries after `from`, up to and including `to`.
pub(crate) fn chunk(
    connection: &Connection,
    from: i64,
    to: i64,
) -> rusqlite::Result<Vec<ChunkSum>> {
    let sum = |row: &rusqlite::Row<'_>| {
        let (high, low): (i64, i64) = (row.get(2)?, row.get(3)?);
        let sum = (i128::from(high) << 32) + i128::from(low);
        Ok(ChunkSum { account: row.get(0)?, currency: row.get(1)?, sum })
    };
    connection.prepare_cached(CHUNK)?.query_map((from, to), sum)?.collect()
}

/// The sums of all chunks so far.
#[derive(Default)]
pub(crate) struct Sums(BTreeMap<(String, String), i128>);

impl Sums {
    /// Adds a chunk.
    pub(crate) fn add(&mut self, chunk: Vec<ChunkSum>) {
        for ChunkSum { account, currency, sum } in chunk {
            *self.0.entry((account, currency)).or_default() += sum;
        }
    }

    /// The balances, in the order of accounts and currencies.
    pub(crate) fn into_balances(self) -> Result<Vec<Balance>, StoreError> {
        let mut balances = Vec::with_capacity(self.0.len());
        for ((account, currency), sum) in self.0 {
            balances.push(Balance {
                account: known_account(&account)?,
                currency: Currency::from_code(&currency)
                    .ok_or_else(|| StoreError::Damaged(format!("no currency {currency}")))?,
                sum,
            });
        }
        balances
            .sort_by(|a, b| (a.account, a.currency.code()).cmp(&(b.account, b.currency.code())));
        Ok(balances)
    }
}

fn known_account(text: &str) -> Result<Account, StoreError> {
    parse_account(text).ok_or_else(|| StoreError::Damaged(format!("no account {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_beyond_64_bits_and_across_chunks() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE ledger_entry (seq INTEGER PRIMARY KEY, account TEXT, \
                 currency TEXT, amount INTEGER)",
            )
            .unwrap();
        let insert = |account: &str, amount: i64| {
            connection
                .execute(
                    "INSERT INTO ledger_entry (account, currency, amount) VALUES (?1, 'INR', ?2)",
                    (account, amount),
                )
                .unwrap();
        };
        for _ in 0..5 {
            insert("acquirer_receivable", i64::MAX);
            insert("merchant_payable:100001", i64::MIN + 1);
            insert("merchant_payable:100002", -1);
        }
        let last = last_entry(&connection).unwrap();
        assert_eq!(last, 15);
        let mut sums = Sums::default();
        for (from, to) in [(0, 4), (4, 11), (11, 15)] {
            sums.add(chunk(&connection, from, to).unwrap());
        }
        let balances: Vec<i128> =
            sums.into_balances().unwrap().iter().map(|balance| balance.sum).collect();
        let whole = 5 * i128::from(i64::MAX);
        assert_eq!(balances, [whole, -whole, -5]);
    }
}
