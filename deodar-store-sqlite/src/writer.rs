//! The one thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deodar_store::{RecordKey, Version};
use rusqlite::Connection;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;

use crate::batch::{self, Care};
use crate::checkpoint::WalGuard;
use crate::error::Failure;
use crate::gather::Gather;
use crate::open::connect_writer;
use crate::options::{BATCH_REQUESTS_MAX, Options};
use crate::recent::Recent;
use crate::record::Place;
use crate::request::{Answers, Request};
use crate::tails::{SharedTails, Tails};
use crate::versions::Versions;

/// A connection, and what is in memory about the database; both are of the same moment.
pub(crate) struct Session {
    connection: Connection,
    recent: Recent,
    tails: Tails,
    wal_pages: Arc<AtomicU32>,
}

impl Session {
    /// Takes a connection to a database of this release's schema.
    pub(crate) fn new(mut connection: Connection, shared: &SharedTails) -> rusqlite::Result<Self> {
        let recent = Recent::load(&connection)?;
        let tails = Tails::load(&connection, shared)?;
        let wal_pages = Arc::new(AtomicU32::new(0));
        let pages_seen = Arc::clone(&wal_pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            pages_seen.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { connection, recent, tails, wal_pages })
    }
}

/// The thread that writes.
pub(crate) struct Writer {
    path: PathBuf,
    options: Options,
    shared: SharedTails,
    versions: Arc<Versions>,
    /// Absent after a failure, until the database can be opened again.
    session: Option<Session>,
    wal: WalGuard,
    gather: Gather,
    /// Where callers are given their answers.
    runtime: Option<Handle>,
}

impl Writer {
    /// A writer on an open database.
    pub(crate) fn new(
        path: PathBuf,
        options: Options,
        shared: SharedTails,
        versions: Arc<Versions>,
        session: Session,
        wal: WalGuard,
    ) -> Self {
        let gather = Gather::new();
        let runtime = runtime();
        Self { path, options, shared, versions, session: Some(session), wal, gather, runtime }
    }

    /// Works until nobody can ask any more.
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut batch = Vec::with_capacity(BATCH_REQUESTS_MAX);
        while requests.blocking_recv_many(&mut batch, BATCH_REQUESTS_MAX) > 0 {
            self.options.faults.wait_for_release();
            if batch.len() < BATCH_REQUESTS_MAX {
                self.gather.wait(|| batch.len() + requests.len());
            }
            while batch.len() < BATCH_REQUESTS_MAX
                && let Ok(request) = requests.try_recv()
            {
                batch.push(request);
            }
            self.commit(&mut batch, || requests.len());
        }
    }

    fn commit(&mut self, requests: &mut Vec<Request>, queued: impl Fn() -> usize) {
        let session = match self.session.take() {
            Some(session) => Ok(session),
            None => self.reopen(),
        };
        let mut session = match session {
            Ok(session) => session,
            Err(reason) => return fail_all(requests, &reason),
        };
        let versions = Arc::clone(&self.versions);
        let writing = versions.write(orders_of(requests));
        match self.try_commit(&mut session, requests) {
            Ok(commit_time) => {
                writing.written(versions_of(requests));
                if let Some(time) = commit_time {
                    self.gather.note(time, requests.len(), queued());
                }
                Answers::from(std::mem::take(requests)).give(self.runtime.as_ref());
                let pages = session.wal_pages.load(Ordering::Relaxed);
                if self.wal.after_commit(&session.connection, pages) {
                    session.wal_pages.store(0, Ordering::Relaxed);
                }
                self.session = Some(session);
            }
            Err(Failure::Lost(reason)) => {
                tracing::error!(reason, "a commit failed; the database is opened again");
                drop(session);
                self.recover(requests, &reason);
            }
            Err(failure) => {
                let reason = failure.into_store_error().to_string();
                tracing::warn!(reason, "a batch was not stored");
                fail_all(requests, &reason);
                self.session = Some(session);
            }
        }
    }

    /// Writes the batch; where a statement failed, once more with each request by itself. After an
    /// error nothing is left open.
    fn try_commit(
        &self,
        session: &mut Session,
        requests: &mut [Request],
    ) -> Result<Option<Duration>, Failure> {
        let Session { connection, recent, tails, .. } = session;
        let mut outcome =
            batch::run(connection, recent, tails, requests, Care::Quick, &self.options);
        if let Err(Failure::Statement(_)) = outcome {
            roll_back(connection)?;
            outcome =
                batch::run(connection, recent, tails, requests, Care::Savepoints, &self.options);
        }
        if outcome.is_err() {
            roll_back(connection)?;
        }
        outcome
    }

    fn reopen(&self) -> Result<Session, String> {
        if self.options.faults.take_reopen_refusal() {
            return Err("a test refused to reopen the database".to_owned());
        }
        connect_writer(&self.path, self.options.wal_bytes_max)
            .and_then(|connection| Session::new(connection, &self.shared))
            .map_err(|error| error.to_string())
    }

    /// Opens the database again and tells each change set whether it is there. What is found
    /// counts only once it was moved to the database and synced there, since the sync of the log
    /// may be what has failed.
    fn recover(&mut self, requests: &mut Vec<Request>, reason: &str) {
        let session = match self.reopen() {
            Ok(session) => session,
            Err(again) => return fail_all(requests, &again),
        };
        let is_certain = self.wal.flush(&session.connection).unwrap_or(false);
        let stored = |id| is_certain && session.recent.contains(id);
        for request in requests.drain(..) {
            request.fail(reason, &stored);
        }
        self.session = Some(session);
    }
}

/// The runtime of whoever opens the store, if its threads work by themselves. One that works only
/// while somebody waits in it might never come to the answers.
fn runtime() -> Option<Handle> {
    let runtime = Handle::try_current().ok()?;
    (runtime.runtime_flavor() == RuntimeFlavor::MultiThread).then_some(runtime)
}

/// The orders that a batch writes.
fn orders_of(requests: &[Request]) -> Vec<i64> {
    let works = requests.iter().filter_map(|request| match request {
        Request::Commit(pending) => Some(&pending.work.puts),
        _ => None,
    });
    let orders = works.flatten().filter_map(|put| match put.key {
        // Nobody can know an order that is new.
        RecordKey::Order(_) if put.replaces != Version::ABSENT => Some(Place::of(put.key).key),
        _ => None,
    });
    orders.collect()
}

/// The orders that a batch has written, with their versions of now.
fn versions_of(requests: &[Request]) -> impl Iterator<Item = (i64, Version)> {
    let works = requests.iter().filter_map(|request| match request {
        Request::Commit(pending) if pending.work.is_written => Some(&pending.work.puts),
        _ => None,
    });
    works.flatten().filter_map(|put| match put.key {
        RecordKey::Order(_) if put.replaces != Version::ABSENT => {
            Some((Place::of(put.key).key, put.replaces.next()))
        }
        _ => None,
    })
}

fn roll_back(connection: &Connection) -> Result<(), Failure> {
    if connection.is_autocommit() {
        return Ok(());
    }
    connection.execute_batch("ROLLBACK").map_err(|error| Failure::Lost(error.to_string()))
}

fn fail_all(requests: &mut Vec<Request>, reason: &str) {
    for request in requests.drain(..) {
        request.fail(reason, &|_| false);
    }
}
