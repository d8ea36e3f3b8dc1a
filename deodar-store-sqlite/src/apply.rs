//! One change set: checked as a whole before anything of it is written, so that a refusal leaves
//! nothing to be undone and needs no savepoint. A drawn key that its table would refuse is looked
//! up only where it has refused something.

use deodar_store::stored::FORMAT;
use deodar_store::{
    Adjustment, CommitError, Conflict, CounterKey, Expect, RecordKey, StoreError, Version,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use crate::answer;
use crate::batch::Care;
use crate::job::{self, Depths};
use crate::prepared::{Claim, LedgerRow, Prepared, Put};
use crate::record::{Place, is_followed, sql_of};
use crate::reference::Address;
use crate::statements::Statements;
use crate::tails::Tails;

const NEXT_EPOCH: &str = "INSERT OR REPLACE INTO change (epoch, kind, key) \
    VALUES ((SELECT coalesce(max(epoch), 0) + 1 FROM change), ?1, ?2)";
const INSERT_ENTRY: &str = "INSERT INTO ledger_entry (cause, at, account, currency, amount) \
    VALUES (?1, ?2, ?3, ?4, ?5)";
const COUNTER: &str = "SELECT value FROM counter WHERE name = ?1";
const SET_COUNTER: &str = "INSERT INTO counter (name, value) VALUES (?1, ?2) \
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE_COUNTER: &str = "DELETE FROM counter WHERE name = ?1";
const COUNTERS_BETWEEN: &str = "SELECT name, value FROM counter \
    WHERE name >= ?1 AND name < ?2 ORDER BY name LIMIT ?3";

/// Whether a change set was taken, or why not.
pub(crate) type Verdict = Result<Depths, CommitError>;

/// What the check found out and the writing needs.
struct Checked {
    /// The queue of each job that changes.
    queues: Vec<i64>,
    /// The new value of each counter that changes.
    counters: Vec<i64>,
}

/// Checks a change set against the rows and writes it. The outer error is SQLite's.
pub(crate) fn apply(
    statements: &Statements<'_>,
    tails: &mut Tails,
    work: &Prepared,
    care: Care,
) -> rusqlite::Result<Verdict> {
    match check(statements, tails, work, care)? {
        Ok(checked) => write(statements, tails, work, &checked).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn check(
    statements: &Statements<'_>,
    tails: &Tails,
    work: &Prepared,
    care: Care,
) -> rusqlite::Result<Result<Checked, CommitError>> {
    let mut newest_format = 0;
    for expect in work.expects.iter().filter(|expect| !is_left_to_key(work, expect, care)) {
        let (version, format) = stored_version(statements, expect.key)?;
        if version != expect.version {
            return Ok(Err(Conflict::Version(expect.key).into()));
        }
        if work.puts.iter().any(|put| put.key == expect.key) {
            newest_format = newest_format.max(format);
        }
    }
    for claim in work.claims.iter().filter(|claim| !is_number(claim, care)) {
        if let Some(holder) = tails.find(statements, &claim.address)? {
            return Ok(Err(taken(claim, holder)));
        }
    }
    for row in work.jobs.iter().filter(|_| care == Care::Savepoints) {
        if job::exists(statements, row.id)? {
            // The decision is made again, with another id for the job.
            return Ok(Err(Conflict::Version(row.subject).into()));
        }
    }
    let mut queues = Vec::with_capacity(work.job_changes.len());
    for change in &work.job_changes {
        match job::held_queue(statements, change)? {
            Some(queue) => queues.push(queue),
            None => return Ok(Err(Conflict::LeaseLost(change.id).into())),
        }
    }
    let mut counters = Vec::with_capacity(work.adjustments.len());
    for Adjustment { key, delta, min, max } in &work.adjustments {
        let value = counter(statements, &key.0)?.checked_add(*delta);
        match value.filter(|value| (min..=max).contains(&value)) {
            Some(value) => counters.push(value),
            None => return Ok(Err(Conflict::CounterBound(key.clone()).into())),
        }
    }
    if newest_format > FORMAT {
        return Ok(Err(StoreError::NewerFormat { found: newest_format, known: FORMAT }.into()));
    }
    Ok(Ok(Checked { queues, counters }))
}

/// Whether it is left to the key of a table that what is new is not there yet: these keys are drawn
/// or counted, so that one that is taken is as good as never seen. Where it is, the statement fails,
/// and the batch is written again with every look.
fn is_left_to_key(work: &Prepared, expect: &Expect, care: Care) -> bool {
    let is_drawn =
        matches!(expect.key, RecordKey::Order(_) | RecordKey::Refund(_) | RecordKey::Delivery(_));
    care == Care::Quick
        && is_drawn
        && expect.version == Version::ABSENT
        && work.puts.iter().any(|put| put.key == expect.key)
}

/// The same of a link's number.
fn is_number(claim: &Claim, care: Care) -> bool {
    care == Care::Quick && matches!(claim.address, Address::Number(_))
}

/// Why a claim is refused.
fn taken(claim: &Claim, holder: Place) -> CommitError {
    match holder.record_key() {
        Ok(holder) => {
            Conflict::ReferenceTaken { reference: claim.reference.clone(), holder }.into()
        }
        Err(damaged) => damaged.into(),
    }
}

/// The version and the format of a record; none of both where it is absent.
fn stored_version(statements: &Statements<'_>, key: RecordKey) -> rusqlite::Result<(Version, u32)> {
    let row = statements.with(sql_of(key).check, |check| {
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
        check.query_row([Place::of(key).key], row).optional()
    })?;
    Ok(row.map_or((Version::ABSENT, 0), |(version, format)| {
        (Version(version.cast_unsigned()), format)
    }))
}

/// The value of a counter; 0 where it is absent.
pub(crate) fn counter(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let value = connection.prepare_cached(COUNTER)?.query_row([name], |row| row.get(0));
    Ok(value.optional()?.unwrap_or(0))
}

/// The first counters whose names come from `from` on and before `end`.
pub(crate) fn counters_between(
    connection: &Connection,
    from: &str,
    end: &str,
    limit: usize,
) -> rusqlite::Result<Vec<(CounterKey, i64)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(COUNTERS_BETWEEN)?
        .query_map((from, end, limit), |row| Ok((CounterKey(row.get(0)?), row.get(1)?)))?
        .collect()
}

fn write(
    statements: &Statements<'_>,
    tails: &mut Tails,
    work: &Prepared,
    checked: &Checked,
) -> rusqlite::Result<Depths> {
    for put in &work.puts {
        write_record(statements, put)?;
    }
    for claim in &work.claims {
        tails.claim(statements, claim)?;
    }
    for listed in &work.listed {
        tails.list(statements, *listed)?;
    }
    for removal in &work.removals {
        answer::remove(statements, &mut tails.references, removal)?;
    }
    if !work.entries.is_empty() {
        statements.with(INSERT_ENTRY, |insert| write_entries(insert, &work.entries))?;
    }
    for (adjustment, value) in work.adjustments.iter().zip(&checked.counters) {
        let name = &adjustment.key.0;
        match *value {
            0 => statements.prepare_cached(REMOVE_COUNTER)?.execute([name])?,
            value => statements.prepare_cached(SET_COUNTER)?.execute((name, value))?,
        };
    }
    let mut depth = Depths::default();
    for (change, queue) in work.job_changes.iter().zip(&checked.queues) {
        job::change(statements, change, *queue, &mut depth)?;
    }
    for row in &work.jobs {
        job::insert(statements, row, &mut depth)?;
    }
    Ok(depth)
}

fn write_record(statements: &Statements<'_>, put: &Put) -> rusqlite::Result<()> {
    let sql = sql_of(put.key);
    let place = Place::of(put.key);
    let is_new = put.replaces == Version::ABSENT;
    let version = put.replaces.next().0.cast_signed();
    let row = (place.key, version, put.format, &put.document);
    let merchant = put.merchant.filter(|_| is_new);
    statements.with(if is_new { sql.insert } else { sql.update }, |write| match merchant {
        Some(merchant) => write.execute((row.0, row.1, row.2, row.3, merchant)),
        None => write.execute(row),
    })?;
    if is_followed(put.key) {
        statements.prepare_cached(NEXT_EPOCH)?.execute((place.kind, place.key))?;
    }
    Ok(())
}

fn write_entries(insert: &mut Statement<'_>, entries: &[LedgerRow]) -> rusqlite::Result<()> {
    for entry in entries {
        let LedgerRow { cause, at, account, currency, amount } = entry;
        insert.execute(params![cause, at, account, currency, amount])?;
    }
    Ok(())
}
