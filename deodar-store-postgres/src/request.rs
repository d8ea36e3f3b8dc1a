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
    is_on_its_way: bool,
}

impl Pending {
    pub(crate) fn new(work: Box<Prepared>) -> (Self, oneshot::Receiver<Verdict>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, reply, is_on_its_way: false }, answer)
    }

    /// An attempt to store it may still be carried out, whatever becomes of the next one.
    pub(crate) fn is_on_its_way(&mut self) {
        self.is_on_its_way = true;
    }

    /// Tells what became of it. Who may still be stored is not told to be refused.
    pub(crate) fn answer(self, verdict: Verdict) {
        let verdict = match verdict {
            Err(_) if self.is_on_its_way => {
                let unknown = "an earlier attempt may still be carried out";
                Err(StoreError::Unavailable(unknown.to_owned()).into())
            }
            known => known,
        };
        // A caller that no longer waits has cancelled its request; what is stored stays stored.
        drop(self.reply.send(verdict));
    }

    /// Tells that it is not known to be stored.
    pub(crate) fn fail(self, reason: &str) {
        self.answer(Err(StoreError::Unavailable(reason.to_owned()).into()));
    }
}
