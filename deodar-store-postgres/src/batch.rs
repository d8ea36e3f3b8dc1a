//! One batch: what has queued, in one transaction of two round trips.

use std::collections::{BTreeSet, HashSet};

use deadpool_postgres::ClientWrapper;
use deodar_store::{ChangeSetId, Version};
use tokio_postgres::{Error, Row};

use crate::direct;
use crate::error::{Failure, describe, is_end};
use crate::faults::{Fault, Faults};
use crate::group::{Care, Group, Way};
use crate::judge::{Found, Judge};
use crate::options::ROUND_TRIP_TIME_MAX;
use crate::pipeline::Pipeline;
use crate::prepared::Prepared;
use crate::record::Place;
use crate::request::{Pending, Verdict};
use crate::settle::wait_for_standbys;
use crate::steps::{Parameters, Step, steps};
use crate::tables::{INSERT_IDS, Places, Tables};
use crate::value::Bits;

/// Writes ids of change sets, and tells which were not there. One that a transaction has written and not
/// committed is waited for.
pub(crate) const WRITE_IDS: &str = "INSERT INTO change_set_log (id) SELECT * FROM unnest($1::uuid[]) \
    ON CONFLICT DO NOTHING RETURNING id";
const DELETE_IDS: &str = "DELETE FROM change_set_log \
    USING unnest($1::uuid[]) AS refused(id) WHERE change_set_log.id = refused.id";
const LOCK_RECORDS: &str = "SELECT record.kind, record.key, record.version, record.format \
    FROM unnest($1::smallint[], $2::bigint[]) AS asked(kind, key) \
    JOIN record ON record.kind = asked.kind AND record.key = asked.key \
    ORDER BY record.kind, record.key FOR UPDATE OF record";
/// Records that are read and not written, and that many commits read at the same time.
const SHARE_RECORDS: &str = "SELECT record.kind, record.key, record.version, record.format \
    FROM unnest($1::smallint[], $2::bigint[]) AS asked(kind, key) \
    JOIN record ON record.kind = asked.kind AND record.key = asked.key \
    ORDER BY record.kind, record.key FOR SHARE OF record";
const HOLDERS: &str = "SELECT reference.reference, reference.holder_kind, reference.holder_key \
    FROM unnest($1::text[]) AS asked(reference) \
    JOIN reference ON reference.reference = asked.reference COLLATE \"C\"";
const LOCK_JOBS: &str = "SELECT job.id, job.queue, job.lease \
    FROM unnest($1::bigint[]) AS asked(id) JOIN job ON job.id = asked.id \
    ORDER BY job.id FOR UPDATE OF job";
const TAKEN_JOBS: &str =
    "SELECT job.id FROM unnest($1::bigint[]) AS asked(id) JOIN job ON job.id = asked.id";
const LOCK_COUNTERS: &str = "SELECT counter.name, counter.value \
    FROM unnest($1::text[]) AS asked(name) \
    JOIN counter ON counter.name = asked.name COLLATE \"C\" \
    ORDER BY counter.name FOR UPDATE OF counter";

/// Every statement of this file, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    WRITE_IDS,
    DELETE_IDS,
    LOCK_RECORDS,
    SHARE_RECORDS,
    HOLDERS,
    LOCK_JOBS,
    TAKEN_JOBS,
    LOCK_COUNTERS,
];

/// Why a batch was not stored.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing of it is stored.
    Aborted(Failure),
    /// It may be stored: the connection broke when it was asked to be.
    InDoubt(String),
    /// What was sent may be stored, now or later: it may lie before the server, which has not begun
    /// with it.
    OnItsWay {
        /// What broke.
        reason: String,
        /// The change sets that were sent. The others of the batch were refused before.
        sent: HashSet<ChangeSetId>,
    },
}

/// Stores the good ones of a group, and tells of each what became of it.
pub(crate) async fn run(
    client: &ClientWrapper,
    group: &Group,
    faults: &Faults,
) -> Result<Vec<Verdict>, Trouble> {
    match group.way() {
        Way::Direct => run_directly(client, group.batch(), faults).await,
        Way::LookingUp(care) => run_looking_up(client, group.batch(), care, faults).await,
    }
}

/// The same, with a look at what the batch rests on.
async fn run_looking_up(
    client: &ClientWrapper,
    batch: &[Pending],
    care: Care,
    faults: &Faults,
) -> Result<Vec<Verdict>, Trouble> {
    let asked = Asked::of(batch, care);
    let first = asked.send(client);
    let (fresh, found) = within(first).await.map_err(Trouble::Aborted)?;
    let mut judge = Judge::new(&found);
    // What was stored before this batch is not stored again.
    let (verdicts, stored) = judge_all(&mut judge, batch, |id| fresh.contains(id));
    let refused: Vec<Bits> = fresh.difference(&stored).copied().map(Bits::from).collect();
    let tables = Tables::of(&judge.outcome());
    let is_kept = !stored.is_empty();
    let fault = if is_kept { faults.take_commit_fault() } else { None };
    let is_kept = is_kept && fault != Some(Fault::CommitFails);
    finish(client, &tables, &refused, is_kept).await?;
    // What the verdicts rest on beside this commit is acknowledged with it, or here: a refusal tells
    // of what is there too, and whoever called repeats what that one has done.
    if stored.is_empty() {
        wait_for_standbys(client).await.map_err(Trouble::InDoubt)?;
    }
    match fault {
        None => Ok(verdicts),
        Some(_) => Err(Trouble::InDoubt("a test broke the connection".to_owned())),
    }
}

/// The same for a batch that only makes what is new: its change sets are judged by each other here,
/// and by what is there in the indexes.
async fn run_directly(
    client: &ClientWrapper,
    batch: &[Pending],
    faults: &Faults,
) -> Result<Vec<Verdict>, Trouble> {
    let found = Found::default();
    let mut judge = Judge::new(&found);
    let (verdicts, stored) = judge_all(&mut judge, batch, |_| true);
    let tables = Tables::of(&judge.outcome());
    let mut ids: Vec<Bits> = stored.into_iter().map(Bits::from).collect();
    ids.sort_unstable();
    let fault = faults.take_commit_fault();
    if fault != Some(Fault::CommitFails) {
        direct::write(client, &ids, &tables).await?;
    }
    match fault {
        None => Ok(verdicts),
        Some(_) => Err(direct::on_its_way(&ids, "a test broke the connection".to_owned())),
    }
}

/// Judges the change sets of a batch that are new; tells of each what becomes of it, and which are to
/// be stored. A copy in the batch is not stored again.
fn judge_all<'a>(
    judge: &mut Judge<'a>,
    batch: &'a [Pending],
    is_new: impl Fn(&ChangeSetId) -> bool,
) -> (Vec<Verdict>, HashSet<ChangeSetId>) {
    let mut stored = HashSet::with_capacity(batch.len());
    let verdicts = batch.iter().map(|pending| {
        let id = pending.work.id;
        if !is_new(&id) || stored.contains(&id) {
            return Ok(());
        }
        judge.judge(&pending.work).map(|()| {
            stored.insert(id);
        })
    });
    (verdicts.collect(), stored)
}

/// Does a round trip in a bounded time.
pub(crate) async fn within<T>(trip: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(ROUND_TRIP_TIME_MAX, trip).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Err(_) => Err(Failure::Lost("the database took too long to answer".to_owned())),
    }
}

/// Sends one statement of a transaction.
pub(crate) async fn query(
    client: &ClientWrapper,
    sql: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, &parameters).await
}

/// What a batch asks for in its first round trip, in the order of the keys.
struct Asked<'a> {
    care: Care,
    ids: Vec<Bits>,
    locked: Places,
    shared: Places,
    references: Vec<&'a str>,
    job_changes: Vec<i64>,
    jobs: Vec<i64>,
    counters: Vec<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(batch: &'a [Pending], care: Care) -> Self {
        let works = || batch.iter().map(|pending| &*pending.work);
        let ids: BTreeSet<_> = works().map(|work| Bits::from(work.id)).collect();
        let (locked, shared) = expected(works(), care);
        let references: BTreeSet<&str> = works()
            .flat_map(|work| {
                let claims = work.claims.iter().map(|claim| claim.text.as_str());
                claims.chain(work.removals.iter().map(|removal| removal.text.as_str()))
            })
            .collect();
        let job_changes: BTreeSet<_> =
            works().flat_map(|work| work.job_changes.iter().map(|change| change.id.0)).collect();
        let jobs: BTreeSet<_> = works()
            .filter(|_| care == Care::Full)
            .flat_map(|work| work.jobs.iter().map(|job| job.id))
            .collect();
        let counters: BTreeSet<&str> =
            works().flat_map(|work| work.adjustments.iter().map(|a| &*a.key.0)).collect();
        Self {
            care,
            ids: ids.into_iter().collect(),
            locked: locked.into_iter().collect(),
            shared: shared.into_iter().collect(),
            references: references.into_iter().collect(),
            job_changes: job_changes.into_iter().collect(),
            jobs: jobs.into_iter().collect(),
            counters: counters.into_iter().collect(),
        }
    }

    /// Begins the transaction, writes the ids, takes the locks and reads what is under them. The
    /// order is the same in every node, so that two that meet wait and do not lock each other out.
    async fn send(&self, client: &ClientWrapper) -> Result<(HashSet<ChangeSetId>, Found), Error> {
        let are_ids_asked = self.care == Care::Full;
        let begin = async { client.batch_execute("BEGIN").await.map(|()| Vec::new()) };
        let steps: [(&str, bool, Parameters<'_>); 8] = [
            (INSERT_IDS, !are_ids_asked, vec![&self.ids]),
            (WRITE_IDS, are_ids_asked, vec![&self.ids]),
            (
                SHARE_RECORDS,
                !self.shared.keys.is_empty(),
                vec![&self.shared.kinds, &self.shared.keys],
            ),
            (
                LOCK_RECORDS,
                !self.locked.keys.is_empty(),
                vec![&self.locked.kinds, &self.locked.keys],
            ),
            (LOCK_JOBS, !self.job_changes.is_empty(), vec![&self.job_changes]),
            (TAKEN_JOBS, !self.jobs.is_empty(), vec![&self.jobs]),
            (LOCK_COUNTERS, !self.counters.is_empty(), vec![&self.counters]),
            (HOLDERS, !self.references.is_empty(), vec![&self.references]),
        ];
        prepare(client, steps.iter().filter(|step| step.1).map(|step| step.0)).await?;
        let mut pipeline = Pipeline::default();
        pipeline.send(begin).await;
        let mut sent = Vec::with_capacity(steps.len());
        for (sql, is_needed, parameters) in steps {
            if is_needed {
                sent.push(sql);
                pipeline.send(query(client, sql, parameters)).await;
            }
        }
        let answers = first_error(pipeline.answers().await)?;
        let mut found = Found::default();
        let mut fresh: HashSet<_> = if are_ids_asked {
            HashSet::new()
        } else {
            self.ids.iter().map(|id| ChangeSetId(id.0)).collect()
        };
        for (sql, rows) in sent.into_iter().zip(answers.into_iter().skip(1)) {
            for row in rows {
                match sql {
                    WRITE_IDS => {
                        fresh.insert(ChangeSetId(row.try_get::<_, Bits>(0)?.0));
                    }
                    _ => found.add(sql, &row)?,
                }
            }
        }
        Ok((fresh, found))
    }
}

/// The records that are to be locked: those that others must not touch before this is committed,
/// and those that others may read. A record that is new by its own key needs neither.
fn expected<'a>(
    works: impl Iterator<Item = &'a Prepared>,
    care: Care,
) -> (BTreeSet<Place>, BTreeSet<Place>) {
    let (mut locked, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for work in works {
        for expect in &work.expects {
            let place = Place::of(expect.key);
            let is_written = work.puts.iter().any(|put| put.place == place)
                || work.removals.iter().any(|removal| removal.place == place);
            let is_new = is_written && expect.version == Version::ABSENT;
            if is_new && care != Care::Full {
                continue;
            }
            if place.is_followed() && !is_written {
                shared.insert(place);
            } else {
                locked.insert(place);
            }
        }
    }
    shared.retain(|place| !locked.contains(place));
    (locked, shared)
}

impl Found {
    fn add(&mut self, sql: &str, row: &Row) -> Result<(), Error> {
        match sql {
            LOCK_RECORDS | SHARE_RECORDS => {
                let place = Place { kind: row.try_get(0)?, key: row.try_get(1)? };
                self.records.insert(place, (row.try_get(2)?, row.try_get(3)?));
            }
            HOLDERS => {
                let holder = Place { kind: row.try_get(1)?, key: row.try_get(2)? };
                self.holders.insert(row.try_get(0)?, holder);
            }
            LOCK_JOBS => {
                self.jobs.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
            }
            TAKEN_JOBS => {
                self.taken_jobs.insert(row.try_get(0)?);
            }
            _ => {
                self.counters.insert(row.try_get(0)?, row.try_get(1)?);
            }
        }
        Ok(())
    }
}

/// Prepares what this connection has not prepared yet: a statement that is not waits for an answer
/// of its own, and those behind it would be sent first.
async fn prepare<'a>(
    client: &ClientWrapper,
    statements: impl Iterator<Item = &'a str>,
) -> Result<(), Error> {
    for sql in statements {
        client.prepare_cached(sql).await?;
    }
    Ok(())
}

/// The answers, or the error that broke the transaction: those after it only say that it is broken.
fn first_error(answers: Vec<Result<Vec<Row>, Error>>) -> Result<Vec<Vec<Row>>, Error> {
    answers.into_iter().collect()
}

/// Writes what the good ones write, and commits; or undoes everything, where none is good.
async fn finish(
    client: &ClientWrapper,
    tables: &Tables<'_>,
    refused: &Vec<Bits>,
    is_kept: bool,
) -> Result<(), Trouble> {
    let end = async {
        client.batch_execute(if is_kept { "COMMIT" } else { "ROLLBACK" }).await.map(|()| Vec::new())
    };
    let steps: Vec<Step<'_>> = if is_kept {
        std::iter::once((DELETE_IDS, vec![refused as _]))
            .filter(|_| !refused.is_empty())
            .chain(steps(tables))
            .collect()
    } else {
        Vec::new()
    };
    let trip = async {
        prepare(client, steps.iter().map(|step| step.0)).await.map_err(Ending::Before)?;
        let mut pipeline = Pipeline::default();
        for (sql, parameters) in steps {
            pipeline.send(query(client, sql, parameters)).await;
        }
        pipeline.send(end).await;
        let mut answers = pipeline.answers().await;
        let end = answers.pop();
        first_error(answers).map_err(Ending::Writing)?;
        end.transpose().map_err(Ending::Committing)
    };
    let lost = "the database took too long to answer";
    match tokio::time::timeout(ROUND_TRIP_TIME_MAX, trip).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(ending)) => Err(ending.trouble(is_kept)),
        Err(_) if is_kept => Err(Trouble::InDoubt(lost.to_owned())),
        Err(_) => Err(Trouble::Aborted(Failure::Lost(lost.to_owned()))),
    }
}

/// Where the second round trip failed.
enum Ending {
    /// Before anything was sent.
    Before(Error),
    /// At a statement that writes, the commit being sent behind it.
    Writing(Error),
    /// At the commit itself.
    Committing(Error),
}

impl Ending {
    /// What is known of the batch. An error that PostgreSQL tells of a statement ends the
    /// transaction. Where it tells nothing, or ends the connection in place of the commit's answer,
    /// the commit may have been made.
    fn trouble(self, is_kept: bool) -> Trouble {
        match self {
            Self::Writing(error) if is_kept && error.as_db_error().is_none() => {
                Trouble::InDoubt(describe(&error))
            }
            Self::Committing(error) if is_kept && error.as_db_error().is_none_or(is_end) => {
                Trouble::InDoubt(describe(&error))
            }
            Self::Before(error) | Self::Writing(error) | Self::Committing(error) => {
                Trouble::Aborted(Failure::of(&error))
            }
        }
    }
}
