//! Failures of the disk that tests ask for.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A failure of the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The next commit fails, and nothing of it is stored.
    CommitFails,
    /// The next commit is stored, but its answer is an error.
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
    reopens_refused: AtomicU32,
    hold: Mutex<()>,
}

impl Faults {
    /// Makes the next commit that writes fail so.
    pub fn fail_next_commit(&self, fault: Fault) {
        let code = match fault {
            Fault::CommitFails => COMMIT_FAILS,
            Fault::AnswerLost => ANSWER_LOST,
        };
        self.0.next_commit.store(code, Ordering::SeqCst);
    }

    /// Makes the next `count` attempts to reopen the database fail.
    pub fn refuse_reopens(&self, count: u32) {
        self.0.reopens_refused.store(count, Ordering::SeqCst);
    }

    /// Keeps the writer from starting its next batch until the answer is dropped, so that what is
    /// sent meanwhile is one batch.
    pub fn hold_writer(&self) -> impl Sized + '_ {
        self.0.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait_for_release(&self) {
        drop(self.0.hold.lock().unwrap_or_else(PoisonError::into_inner));
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

    pub(crate) fn take_reopen_refusal(&self) -> bool {
        self.0
            .reopens_refused
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok()
    }
}
