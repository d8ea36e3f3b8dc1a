//! What is asked of the writer, and how it answers.

use std::ops::Range;

use deodar_store::{ChangeSetId, CommitError, LeaseRequest, Sequence, StoreError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::job::LeasedRow;
use crate::prepared::Prepared;

/// Something to be done in a batch, the answer once it is known, and whom to tell.
pub(crate) struct Pending<W, T> {
    pub(crate) work: W,
    answer: Option<T>,
    reply: oneshot::Sender<T>,
}

impl<W, T> Pending<W, T> {
    pub(crate) fn new(work: W) -> (Self, oneshot::Receiver<T>) {
        let (reply, receiver) = oneshot::channel();
        (Self { work, answer: None, reply }, receiver)
    }

    /// Keeps an answer, which nobody sees before the batch is on the disk.
    pub(crate) fn keep(&mut self, answer: T) {
        self.answer = Some(answer);
    }

    fn send(self, otherwise: impl FnOnce(&W) -> T) {
        let answer = self.answer.unwrap_or_else(|| otherwise(&self.work));
        // A caller that no longer waits has cancelled its request; what is stored stays stored.
        drop(self.reply.send(answer));
    }
}

/// Requests whose answers were kept. Dropping this gives them, so that they come wherever it ends.
pub(crate) struct Answers(Vec<Request>);

impl Answers {
    /// Gives the answers in a task of the runtime, where there is one: were each caller woken by the
    /// writer, the system would have to wake a thread for nearly every one of them, which has served
    /// one and sleeps again before the next is answered.
    pub(crate) fn give(self, runtime: Option<&Handle>) {
        match runtime {
            Some(runtime) if self.0.len() > 1 => {
                runtime.spawn(async move { drop(self) });
            }
            _ => drop(self),
        }
    }
}

impl From<Vec<Request>> for Answers {
    fn from(requests: Vec<Request>) -> Self {
        Self(requests)
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Request::answer);
    }
}

/// A request to the writer.
pub(crate) enum Request {
    /// Store a change set.
    Commit(Pending<Box<Prepared>, Result<(), CommitError>>),
    /// Lease jobs.
    Lease(Pending<LeaseRequest, Result<Vec<LeasedRow>, StoreError>>),
    /// Take numbers of a sequence.
    Reserve(Pending<(Sequence, u64), Result<Range<u64>, StoreError>>),
    /// Tell whether a change set is there.
    WasCommitted(Pending<ChangeSetId, Result<bool, StoreError>>),
    /// Write something and sync it.
    Probe(Pending<(), Result<(), StoreError>>),
}

impl Request {
    /// Gives the answer that was kept.
    fn answer(self) {
        let nothing = || StoreError::Unavailable("the writer had no answer".to_owned());
        self.answer_or(&nothing);
    }

    fn answer_or(self, error: &dyn Fn() -> StoreError) {
        match self {
            Self::Commit(pending) => pending.send(|_| Err(error().into())),
            Self::Lease(pending) => pending.send(|_| Err(error())),
            Self::Reserve(pending) => pending.send(|_| Err(error())),
            Self::WasCommitted(pending) => pending.send(|_| Err(error())),
            Self::Probe(pending) => pending.send(|()| Err(error())),
        }
    }

    /// Drops the answers that were kept, since the batch that they rest on was not stored, and
    /// says so; but a change set that is there after all, by `stored`, is acknowledged.
    pub(crate) fn fail(self, reason: &str, stored: &dyn Fn(ChangeSetId) -> bool) {
        let error = || StoreError::Unavailable(reason.to_owned());
        match self {
            Self::Commit(mut pending) => {
                pending.answer = None;
                pending.send(|work| if stored(work.id) { Ok(()) } else { Err(error().into()) });
            }
            mut other => {
                other.forget();
                other.answer_or(&error);
            }
        }
    }

    /// Keeps an error as the answer.
    pub(crate) fn refuse(&mut self, error: &StoreError) {
        match self {
            Self::Commit(pending) => pending.keep(Err(error.clone().into())),
            Self::Lease(pending) => pending.keep(Err(error.clone())),
            Self::Reserve(pending) => pending.keep(Err(error.clone())),
            Self::WasCommitted(pending) => pending.keep(Err(error.clone())),
            Self::Probe(pending) => pending.keep(Err(error.clone())),
        }
    }

    fn forget(&mut self) {
        match self {
            Self::Commit(pending) => pending.answer = None,
            Self::Lease(pending) => pending.answer = None,
            Self::Reserve(pending) => pending.answer = None,
            Self::WasCommitted(pending) => pending.answer = None,
            Self::Probe(pending) => pending.answer = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    type Answer = oneshot::Receiver<Result<bool, StoreError>>;

    /// Requests whose answers are kept: `true` for those of even numbers.
    fn answered(count: u128) -> (Answers, Vec<Answer>) {
        let one = |number| {
            let (mut pending, answer) = Pending::new(ChangeSetId(number));
            pending.keep(Ok(number % 2 == 0));
            (Request::WasCommitted(pending), answer)
        };
        let (requests, answers): (Vec<_>, _) = (0..count).map(one).unzip();
        (Answers::from(requests), answers)
    }

    fn threads() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).build().unwrap()
    }

    #[test]
    fn each_is_given_its_answer_with_and_without_a_runtime() {
        let (working, ended) = (threads(), threads());
        let of_ended = ended.handle().clone();
        drop(ended);
        for runtime in [None, Some(working.handle()), Some(&of_ended)] {
            for count in [0, 1, 5] {
                let (answers, waiting) = answered(count);
                answers.give(runtime);
                for (number, answer) in waiting.into_iter().enumerate() {
                    assert_eq!(answer.blocking_recv(), Ok(Ok(number % 2 == 0)));
                }
            }
        }
    }

    #[test]
    fn who_has_gone_keeps_nobody_from_its_answer() {
        let (answers, mut waiting) = answered(4);
        drop(waiting.remove(2));
        drop(waiting.remove(0));
        answers.give(None);
        let given: Vec<_> = waiting.into_iter().map(oneshot::Receiver::blocking_recv).collect();
        assert_eq!(given, [Ok(Ok(false)), Ok(Ok(false))]);
    }
}
