//! One batch: what has queued, in one transaction with one sync.

use std::ops::Range;
use std::time::{Duration, Instant};

use deodar_store::{ChangeSetId, Sequence, StoreError};
use rusqlite::Connection;

use crate::apply::apply;
use crate::error::Failure;
use crate::faults::Fault;
use crate::job::{self, Depths};
use crate::options::Options;
use crate::recent::Recent;
use crate::request::Request;
use crate::sequence;
use crate::statements::Statements;
use crate::tails::Tails;

const PROBE: &str = "INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', randomblob(8))";

/// How a batch guards itself against a statement that fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Care {
    /// Not at all: each request was checked before it writes, but for new keys, and a savepoint
    /// has its price.
    Quick,
    /// Each request in a savepoint of its own, and all of it checked: one of them has failed.
    Savepoints,
}

/// A batch that is being written.
struct Batch<'a> {
    statements: Statements<'a>,
    recent: &'a Recent,
    tails: &'a mut Tails,
    ids: Vec<ChangeSetId>,
    depth: Depths,
    is_probed: bool,
}

/// Does what is asked in one transaction, and tells how long its commit took, where it had
/// something to write. The answers are kept in the requests, and count only where this succeeds.
pub(crate) fn run(
    connection: &Connection,
    recent: &mut Recent,
    tails: &mut Tails,
    requests: &mut [Request],
    care: Care,
    options: &Options,
) -> Result<Option<Duration>, Failure> {
    let start = Instant::now();
    execute(connection, "BEGIN IMMEDIATE")?;
    tails.begin();
    if tails.others_wrote(connection)? {
        recent.refresh(connection)?;
        tails.refresh(connection)?;
    }
    let before = connection.total_changes();
    let (ids, depth) = Batch::of(connection, recent, tails).handle_all(requests, care)?;
    tails.merge(connection)?;
    let seq = if ids.is_empty() { None } else { Some(recent.store(connection, &ids, depth)?) };
    let writes = connection.total_changes() != before;
    let fault = if writes { options.faults.take_commit_fault() } else { None };
    if fault == Some(Fault::CommitFails) {
        return Err(Failure::Lost("a test let the commit fail".to_owned()));
    }
    // Whatever a COMMIT answers but success, it is not known what became of it.
    let commit_start = Instant::now();
    execute(connection, "COMMIT").map_err(|error| Failure::Lost(error.to_string()))?;
    if fault == Some(Fault::AnswerLost) {
        return Err(Failure::Lost("a test lost the answer of the commit".to_owned()));
    }
    let commit_time = writes.then(|| commit_start.elapsed());
    tails.accept();
    // Workers that look for jobs share batches too. They are not counted: on an idle gateway they
    // would be all that is measured.
    if let Some(seq) = seq {
        let size = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        metrics::histogram!("deodar_commit_batch_size").record(f64::from(size));
        metrics::histogram!("deodar_commit_seconds").record(start.elapsed().as_secs_f64());
        recent.accept(seq, ids, depth);
    }
    Ok(commit_time)
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

impl<'a> Batch<'a> {
    fn of(connection: &'a Connection, recent: &'a Recent, tails: &'a mut Tails) -> Self {
        Self {
            statements: Statements::new(connection),
            recent,
            tails,
            ids: Vec::new(),
            depth: Depths::default(),
            is_probed: false,
        }
    }

    /// The ids of the change sets that are written now, and by how much the queues have grown.
    fn handle_all(
        mut self,
        requests: &mut [Request],
        care: Care,
    ) -> Result<(Vec<ChangeSetId>, Depths), Failure> {
        self.ids.reserve(requests.len());
        for request in requests {
            self.handle(request, care)?;
        }
        Ok((self.ids, self.depth))
    }

    fn handle(&mut self, request: &mut Request, care: Care) -> Result<(), Failure> {
        if care == Care::Quick {
            return self.answer(request, care);
        }
        execute(&self.statements, "SAVEPOINT request")?;
        let mark = self.tails.mark();
        match self.answer(request, care) {
            Ok(()) => {}
            Err(Failure::Statement(error)) => {
                tracing::error!(%error, "a request failed in spite of its check");
                execute(&self.statements, "ROLLBACK TO request")?;
                self.tails.roll_back(mark);
                request.refuse(&error);
            }
            Err(failure) => return Err(failure),
        }
        execute(&self.statements, "RELEASE request")?;
        Ok(())
    }

    fn answer(&mut self, request: &mut Request, care: Care) -> Result<(), Failure> {
        match request {
            Request::Commit(pending) => {
                let id = pending.work.id;
                // A batch may be written a second time.
                pending.work.is_written = false;
                if self.recent.contains(id) || self.ids.contains(&id) {
                    pending.keep(Ok(()));
                    return Ok(());
                }
                let verdict = apply(&self.statements, self.tails, &pending.work, care)?;
                pending.work.is_written = verdict.is_ok();
                pending.keep(verdict.map(|depth| {
                    self.depth.merge(depth);
                    self.ids.push(id);
                }));
            }
            Request::Lease(pending) => {
                let rows = job::lease(&self.statements, &pending.work)?;
                pending.keep(Ok(rows));
            }
            Request::Reserve(pending) => {
                let (sequence, count) = pending.work;
                pending.keep(reserve(&self.statements, sequence, count)?);
            }
            Request::WasCommitted(pending) => {
                let id = pending.work;
                pending.keep(Ok(self.recent.contains(id) || self.ids.contains(&id)));
            }
            Request::Probe(pending) => {
                if !self.is_probed {
                    execute(&self.statements, PROBE)?;
                    self.is_probed = true;
                }
                pending.keep(Ok(()));
            }
        }
        Ok(())
    }
}

fn reserve(
    connection: &Connection,
    sequence: Sequence,
    count: u64,
) -> rusqlite::Result<Result<Range<u64>, StoreError>> {
    let taken = match i64::try_from(count) {
        Ok(count) => sequence::take(connection, sequence.name(), count)?,
        Err(_) => None,
    };
    Ok(taken.map(|numbers| numbers.start.cast_unsigned()..numbers.end.cast_unsigned()).ok_or_else(
        || StoreError::Unavailable(format!("the sequence {} has ended", sequence.name())),
    ))
}
