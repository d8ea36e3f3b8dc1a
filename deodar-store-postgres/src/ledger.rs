//! The books: balances are sums of entries.

use deodar_domain::money::Currency;
use deodar_store::stored::parse_account;
use deodar_store::{Balance, StoreError};

use crate::error::unreadable;
use crate::options::BALANCES_TIME_MAX;
use crate::pool::Connections;

/// A sum of many may not fit 64 bits: it comes as text.
const SUMS: &str = "SELECT account, currency, sum(amount)::text FROM ledger_entry \
    GROUP BY account, currency";

/// The balances, in the order of accounts and currencies, all as of one moment.
pub(crate) async fn balances(connections: &Connections) -> Result<Vec<Balance>, StoreError> {
    let rows = connections.rows_within(BALANCES_TIME_MAX, SUMS, &[]).await?;
    let mut balances = Vec::with_capacity(rows.len());
    for row in &rows {
        let text = |column| row.try_get::<usize, &str>(column).map_err(unreadable);
        let (account, currency, sum) = (text(0)?, text(1)?, text(2)?);
        balances.push(Balance {
            account: parse_account(account)
                .ok_or_else(|| StoreError::Damaged(format!("no account {account}")))?,
            currency: Currency::from_code(currency)
                .ok_or_else(|| StoreError::Damaged(format!("no currency {currency}")))?,
            sum: sum.parse().map_err(unreadable)?,
        });
    }
    balances.sort_by(|a, b| (a.account, a.currency.code()).cmp(&(b.account, b.currency.code())));
    Ok(balances)
}
