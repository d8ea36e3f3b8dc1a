//! Failures that tests ask for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use tokio::sync::{Mutex, MutexGuard};

/// A failure of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The connection of the next commit breaks, and nothing of it is stored.
    CommitFails,
    /// The next commit is stored, but the connection breaks before the answer.
    AnswerLost,
}

const NONE: u8 = 0;
const COMMIT_FAILS: u8 = 1;
const ANSWER_LOST: u8 = 2;

/// Where tests ask for failures. The default never fails.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<State>);

#[derive(Debug, Default)]
struct State {
    next_commit: AtomicU8,
    connections_refused: AtomicU32,
    hold: Mutex<()>,
}

impl Faults {
    /// Makes the next commit fail so.
    pub fn fail_next_commit(&self, fault: Fault) {
        let code = match fault {
            Fault::CommitFails => COMMIT_FAILS,
            Fault::AnswerLost => ANSWER_LOST,
        };
        self.0.next_commit.store(code, Ordering::SeqCst);
    }

    /// Makes the next `count` attempts of writers to connect fail.
    pub fn refuse_connections(&self, count: u32) {
        self.0.connections_refused.store(count, Ordering::SeqCst);
    }

    /// Keeps writers from starting their next batch until the answer is dropped, so that what is
    /// sent meanwhile is one batch.
    pub async fn hold_writers(&self) -> MutexGuard<'_, ()> {
        self.0.hold.lock().await
    }

    pub(crate) async fn wait_for_release(&self) {
        drop(self.0.hold.lock().await);
    }

    pub(crate) fn take_commit_fault(&self) -> Option<Fault> {
        if self.0.next_commit.load(Ordering::Relaxed) == NONE {
            return None;
        }
        match self.0.next_commit.swap(NONE, Ordering::SeqCst) {
            COMMIT_FAILS => Some(Fault::CommitFails),
            ANSWER_LOST => Some(Fault::AnswerLost),
            _ => None,
        }
    }

    pub(crate) fn take_refusal(&self) -> bool {
        self.0
            .connections_refused
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok()
    }
}
