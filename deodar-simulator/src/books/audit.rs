//! Whether the books hold: checked by tests after every step, and by whoever asks.

use deodar_domain::money::Money;
use rusqlite::Connection;

use super::read::{borrowed, debts, movements, read_authorization, read_borrower};
use super::{Authorization, Flow, State};
use crate::error::BankError;
use crate::rules::pay_later::{CREDIT_LIMIT, refusal};
use crate::rules::points;

/// What the books get wrong; empty where they hold: returned ≤ captured ≤ authorised, nothing
/// moves of what was not approved, what is captured is not held, an operation is one thing, nobody
/// has borrowed more than the limit, and where one bank account alone may pay no other has.
pub(crate) fn audit(connection: &Connection) -> Result<Vec<String>, BankError> {
    let mut faults = double_entries(connection)?;
    faults.extend(loans_over_the_limit(connection)?);
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
    if authorization.flow.borrower().is_some() && approved {
        let repaid = sums.owed(authorization.amount).is_ok_and(|owed| owed.is_zero());
        if is_noted_as_repaid(connection, authorization)? != repaid {
            faults.push("what is noted of its debt is not what is owed");
        }
    }
    if ended_twice(connection, authorization)? {
        faults.push("the hold ended more than once");
    }
    faults.extend(approved.then(|| fault_of_the_rules(authorization)).flatten());
    Ok(faults)
}

/// Which rule forbids that this was approved.
fn fault_of_the_rules(approved: &Authorization) -> Option<&'static str> {
    let at_a_bank = matches!(approved.flow, Flow::Collect | Flow::Intent | Flow::Netbanking);
    if approved.account_end.is_some() && !at_a_bank {
        return Some("it was not paid from the account that alone may pay");
    }
    match &approved.flow {
        Flow::Points(_) if !points::can_pay(approved.amount) => {
            Some("more was paid with points than any card has")
        }
        Flow::PayLater(borrower) => {
            refusal(borrower.provider, borrower.mobile.as_str(), approved.amount)
                .map(|_| "it was lent to somebody who may not borrow")
        }
        _ => None,
    }
}

/// The debtors of lenders who owe more than they may, with what waits for their yes.
fn loans_over_the_limit(connection: &Connection) -> Result<Vec<String>, BankError> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT lender, mobile FROM authorization WHERE lender IS NOT NULL \
         AND state IN ('waiting', 'approved')",
    )?;
    let mut rows = statement.query([])?;
    let mut faults = Vec::new();
    while let Some(row) = rows.next()? {
        let borrower = read_borrower(row)?;
        let debts = debts(connection, &borrowed(connection, &borrower)?)?;
        let sum = debts.owed.plus(debts.waiting);
        if sum.and_then(|sum| sum.exceeds(CREDIT_LIMIT)) != Ok(false) {
            faults.push(format!("{} lent more than its limit", borrower.provider.name()));
        }
    }
    Ok(faults)
}

fn is_noted_as_repaid(connection: &Connection, loan: &Authorization) -> Result<bool, BankError> {
    Ok(connection
        .prepare_cached("SELECT repaid FROM authorization WHERE operation = ?1")?
        .query_row([loan.operation.0.to_be_bytes()], |row| row.get(0))?)
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
