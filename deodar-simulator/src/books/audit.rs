//! Whether the books hold: checked by tests after every step, and by whoever asks.

use deodar_domain::money::Money;
use rusqlite::Connection;

use super::read::{movements, read_authorization};
use super::{Authorization, State};
use crate::error::BankError;

/// What the books get wrong; empty where they hold: returned ≤ captured ≤ authorised, nothing
/// moves of what was not approved, what is captured is not held, and an operation is one thing.
pub(crate) fn audit(connection: &Connection) -> Result<Vec<String>, BankError> {
    let mut faults = double_entries(connection)?;
    let mut statement = connection.prepare("SELECT * FROM authorization")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let authorization = read_authorization(row)?;
        for fault in faults_of(connection, &authorization)? {
            faults.push(format!("authorisation {}: {fault}", authorization.operation));
        }
    }
    Ok(faults)
}

fn faults_of(
    connection: &Connection,
    authorization: &Authorization,
) -> Result<Vec<&'static str>, BankError> {
    let sums = movements(connection, authorization)?;
    let exceeds = |a: Money, b: Money| {
        a.exceeds(b).map_err(|_| BankError::Corrupt("movements of two currencies"))
    };
    let approved = matches!(authorization.state, State::Approved(_));
    let mut faults = Vec::new();
    if exceeds(sums.captured, authorization.amount)? {
        faults.push("more was captured than authorised");
    }
    if exceeds(sums.returned, sums.captured)? {
        faults.push("more went back than was captured");
    }
    if !approved && !sums.captured.is_zero() {
        faults.push("money moved without an approval");
    }
    if !authorization.moves_money && authorization.hold && !sums.captured.is_zero() {
        faults.push("a card whose captures fail was captured");
    }
    if !sums.captured.is_zero() && !sums.released {
        faults.push("it was captured, and the rest is still held");
    }
    if ended_twice(connection, authorization)? {
        faults.push("the hold ended more than once");
    }
    Ok(faults)
}

fn ended_twice(connection: &Connection, of: &Authorization) -> Result<bool, BankError> {
    let ends: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM follow_on WHERE authorization_id = ?1 \
             AND state = 'approved' AND kind IN ('capture', 'void')",
        )?
        .query_row([of.operation.0.to_be_bytes()], |row| row.get(0))?;
    Ok(ends + i64::from(!of.hold) > 1)
}

/// Operations that stand in the books as two things, and movements of what is not there.
fn double_entries(connection: &Connection) -> Result<Vec<String>, BankError> {
    let checks = [
        (
            "operations are both an authorisation and a follow-on",
            "SELECT count(*) FROM follow_on JOIN authorization USING (operation)",
        ),
        (
            "movements belong to no authorisation",
            "SELECT count(*) FROM follow_on WHERE moved > 0 AND authorization_id NOT IN \
             (SELECT operation FROM authorization)",
        ),
        (
            "follow-ons have another currency than their authorisation",
            "SELECT count(*) FROM follow_on JOIN authorization \
             ON authorization.operation = follow_on.authorization_id \
             WHERE moved > 0 AND follow_on.currency <> authorization.currency",
        ),
    ];
    let mut faults = Vec::new();
    for (fault, query) in checks {
        let count: i64 = connection.query_row(query, [], |row| row.get(0))?;
        if count > 0 {
            faults.push(format!("{count} {fault}"));
        }
    }
    Ok(faults)
}
