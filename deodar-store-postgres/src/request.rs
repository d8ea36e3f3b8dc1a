//! What is asked of a writer, and how it answers.

use deodar_store::{CommitError, StoreError};
use tokio::sync::oneshot;

use crate::prepared::Prepared;

/// What became of a change set.
pub(crate) type Verdict = Result<(), CommitError>;

/// A change set to be stored, and whom to tell.
pub(crate) struct Pending {
    pub(crate) work: Box<Prepared>,
    reply: oneshot::Sender<Verdict>,
}

impl Pending {
    pub(crate) fn new(work: Box<Prepared>) -> (Self, oneshot::Receiver<Verdict>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, reply }, answer)
    }

    /// Tells what became of it.
    pub(crate) fn answer(self, verdict: Verdict) {
        // A caller that no longer waits has cancelled its request; what is stored stays stored.
        drop(self.reply.send(verdict));
    }

    /// Tells that it is not known to be stored.
    pub(crate) fn fail(self, reason: &str) {
        self.answer(Err(StoreError::Unavailable(reason.to_owned()).into()));
    }
}
