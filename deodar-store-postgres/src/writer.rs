//! A task that writes: it takes what has queued, and answers once it knows.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::ClientWrapper;
use tokio::sync::{Mutex, mpsc};

use crate::batch::{self, Trouble};
use crate::error::Failure;
use crate::gather::Gather;
use crate::group::{Group, Way, fail_all};
use crate::options::{
    BACK_OFF_MAX, BACK_OFF_MIN, BATCH_CHANGE_SETS_MAX, BATCH_TIME_MAX, CAREFUL_BATCHES, Options,
    ROUND_TRIP_TIME_MAX,
};
use crate::request::Pending;
use crate::session::Connector;
use crate::settle;

/// What several writers take from, in turns.
pub(crate) type Queue = Arc<Mutex<mpsc::Receiver<Pending>>>;

/// A task that writes.
pub(crate) struct Writer {
    connector: Connector,
    options: Options,
    /// Absent after a failure, until the database can be reached again.
    client: Option<ClientWrapper>,
    outage: Arc<Outage>,
    gather: Arc<Gather>,
    /// For how many batches more what they rest on is looked up first, because one was refused by an
    /// index: where references are used again and again, going straight ahead is in vain.
    careful_batches: u32,
}

impl Writer {
    /// A writer that knows what the others of its node know about the database, and of each other.
    pub(crate) fn new(
        connector: Connector,
        options: Options,
        outage: Arc<Outage>,
        gather: Arc<Gather>,
    ) -> Self {
        Self { connector, options, client: None, outage, gather, careful_batches: 0 }
    }

    /// Works until nobody can ask any more.
    pub(crate) async fn run(mut self, queue: Queue) {
        let mut batch = Vec::with_capacity(BATCH_CHANGE_SETS_MAX);
        loop {
            let at_work = {
                let mut queue = queue.lock().await;
                self.options.faults.wait_for_release().await;
                if queue.recv_many(&mut batch, BATCH_CHANGE_SETS_MAX).await == 0 {
                    return;
                }
                self.gather.wait().await;
                // What came while a test held the writers belongs to this batch.
                self.options.faults.wait_for_release().await;
                while batch.len() < BATCH_CHANGE_SETS_MAX
                    && let Ok(pending) = queue.try_recv()
                {
                    batch.push(pending);
                }
                self.gather.begin()
            };
            self.commit(std::mem::take(&mut batch)).await;
            drop(at_work);
        }
    }

    /// Stores a batch, whole or in parts, and tells each what became of it.
    async fn commit(&mut self, batch: Vec<Pending>) {
        let start = Instant::now();
        // Who comes while the database is away is told so at once; who was there when it went away
        // waits a while for it to come back.
        if self.client.is_none()
            && let Err(reason) = self.connect_once().await
        {
            return fail_all(batch, &reason);
        }
        let patience = start + self.options.recovery_time_max;
        let mut groups = VecDeque::from([Group::new(batch, self.careful_batches > 0)]);
        self.careful_batches = self.careful_batches.saturating_sub(1);
        while let Some(group) = groups.pop_front() {
            if start.elapsed() > BATCH_TIME_MAX {
                group.fail("the database took too long");
                continue;
            }
            self.try_group(group, &mut groups, patience).await;
        }
        metrics::histogram!("deodar_commit_seconds").record(start.elapsed().as_secs_f64());
    }

    async fn try_group(&mut self, group: Group, groups: &mut VecDeque<Group>, patience: Instant) {
        let Some(client) = &self.client else {
            return match self.connect_until(patience).await {
                Ok(()) => groups.push_front(group),
                Err(reason) => group.fail(&reason),
            };
        };
        let begun = Instant::now();
        let trouble = match batch::run(client, &group, &self.options.faults).await {
            Ok(verdicts) => {
                self.outage.is_over();
                if verdicts.iter().any(Result::is_ok) {
                    self.gather.note(begun.elapsed());
                }
                let batch = group.into_batch();
                let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
                metrics::histogram!("deodar_commit_batch_size").record(f64::from(size));
                for (pending, verdict) in batch.into_iter().zip(verdicts) {
                    pending.answer(verdict);
                }
                return;
            }
            Err(trouble) => trouble,
        };
        let way = group.way();
        match trouble {
            Trouble::InDoubt(reason) => {
                self.settle(group.into_batch(), groups, patience, &reason).await;
            }
            Trouble::OnItsWay { reason, sent } => {
                let mut batch = group.into_batch();
                batch
                    .iter_mut()
                    .filter(|pending| sent.contains(&pending.work.id))
                    .for_each(Pending::is_on_its_way);
                self.settle(batch, groups, patience, &reason).await;
            }
            Trouble::Aborted(Failure::Lost(reason)) => {
                tracing::warn!(reason, "the connection to the database is lost");
                self.client = None;
                groups.push_front(group);
            }
            Trouble::Aborted(Failure::Race(reason)) => {
                tracing::debug!(reason, "a batch met a race and is tried again");
                if way == Way::Direct {
                    self.careful_batches = CAREFUL_BATCHES;
                }
                self.undo(way).await;
                group.again_after_race(groups);
            }
            Trouble::Aborted(Failure::Locked(reason)) => {
                tracing::warn!(reason, "a batch waited for a row in vain");
                self.undo(way).await;
                group.each_by_itself(&reason, groups);
            }
            Trouble::Aborted(Failure::Statement(error)) => {
                self.undo(way).await;
                group.isolate(&error, groups);
            }
            Trouble::Aborted(Failure::Refused(reason)) => {
                tracing::warn!(reason, "the database refused a batch");
                self.undo(way).await;
                group.fail(&reason);
            }
        }
    }

    /// Ends a transaction that was broken in its first half. One statement has undone itself.
    async fn undo(&mut self, way: Way) {
        if way == Way::Direct {
            return;
        }
        let Some(client) = &self.client else { return };
        let undone = tokio::time::timeout(ROUND_TRIP_TIME_MAX, client.batch_execute("ROLLBACK"));
        if !matches!(undone.await, Ok(Ok(()))) {
            self.client = None;
        }
    }

    /// Finds out which of a batch is stored, and acknowledges that; the others are tried again.
    /// Where nobody can tell, each is told so.
    async fn settle(
        &mut self,
        batch: Vec<Pending>,
        groups: &mut VecDeque<Group>,
        patience: Instant,
        reason: &str,
    ) {
        tracing::warn!(reason, "the answer of a commit was lost; its fate is looked up");
        self.client = None;
        loop {
            if self.connect_until(patience).await.is_err() {
                return fail_all(batch, reason);
            }
            let Some(client) = &self.client else { return fail_all(batch, reason) };
            let ids = batch.iter().map(|pending| pending.work.id);
            match settle::settled(client, ids).await {
                Ok(stored) => {
                    let (there, rest): (Vec<_>, Vec<_>) =
                        batch.into_iter().partition(|pending| stored.contains(&pending.work.id));
                    for pending in there {
                        pending.answer(Ok(()));
                    }
                    if !rest.is_empty() {
                        groups.push_front(Group::careful(rest));
                    }
                    return;
                }
                Err(again) => {
                    tracing::warn!(reason = again, "the fate of a commit is still not known");
                    self.client = None;
                    if Instant::now() >= patience {
                        return fail_all(batch, reason);
                    }
                }
            }
        }
    }

    /// Connects again and again, until that succeeds or it is too late.
    async fn connect_until(&mut self, patience: Instant) -> Result<(), String> {
        loop {
            let Err(reason) = self.connect_once().await else { return Ok(()) };
            let pause = self.outage.pause();
            if Instant::now() + pause >= patience {
                return Err(reason);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Connects, unless that has just failed.
    async fn connect_once(&mut self) -> Result<(), String> {
        if self.client.is_some() {
            return Ok(());
        }
        if let Some(reason) = self.outage.reason_to_wait() {
            return Err(reason);
        }
        let made = if self.options.faults.take_refusal() {
            Err("a test refused to connect".to_owned())
        } else {
            self.connector.open().await
        };
        match made {
            Ok(client) => {
                self.client = Some(client);
                self.outage.is_over();
                Ok(())
            }
            Err(reason) => {
                self.outage.failed(&reason);
                Err(reason)
            }
        }
    }
}

/// What the writers of a node know of an outage: how long the database has been away, and when it is
/// asked for again.
#[derive(Default)]
pub(crate) struct Outage {
    is_on: AtomicBool,
    state: std::sync::Mutex<Failed>,
}

/// The failures to connect since the database was there last.
#[derive(Default)]
struct Failed {
    pause: Duration,
    last: Option<(Instant, String)>,
}

impl Outage {
    fn state(&self) -> MutexGuard<'_, Failed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, reason: &str) {
        let mut state = self.state();
        if state.last.is_none() {
            tracing::warn!(reason, "the database cannot be reached");
        }
        state.pause = (state.pause * 2).clamp(BACK_OFF_MIN, BACK_OFF_MAX);
        state.last = Some((Instant::now(), reason.to_owned()));
        self.is_on.store(true, Ordering::Release);
    }

    /// The database is there: whoever has no connection may ask for one at once.
    fn is_over(&self) {
        if self.is_on.swap(false, Ordering::AcqRel) {
            *self.state() = Failed::default();
        }
    }

    fn pause(&self) -> Duration {
        self.state().pause
    }

    /// Why it is not asked for yet.
    fn reason_to_wait(&self) -> Option<String> {
        let state = self.state();
        let (at, reason) = state.last.as_ref()?;
        (at.elapsed() < state.pause).then(|| reason.clone())
    }
}
