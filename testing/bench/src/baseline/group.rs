//! A thread that does what has queued in one go, as a store with group commit does.

use std::thread::JoinHandle;

use deodar_store::{CommitError, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::unavailable;

/// How much is done in one go at most: as many as the gateway's own store takes.
const GROUP_MAX: usize = 256;
/// How much may wait.
const QUEUE_MAX: usize = 4_096;

type Answer = Result<(), CommitError>;
type Waiting<T> = (T, oneshot::Sender<Answer>);

/// The thread. It ends when this is dropped.
pub(crate) struct Group<T> {
    queue: Option<mpsc::Sender<Waiting<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Group<T> {
    /// Starts the thread; `write` does a group and tells whether it is on the disk.
    pub(crate) fn start(
        mut write: impl FnMut(&[T]) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (queue, mut waiting) = mpsc::channel::<Waiting<T>>(QUEUE_MAX);
        let work = move || {
            let mut group = Vec::with_capacity(GROUP_MAX);
            let mut answers = Vec::with_capacity(GROUP_MAX);
            while let Some(first) = waiting.blocking_recv() {
                let mut next = Some(first);
                while let Some((item, answer)) = next {
                    group.push(item);
                    answers.push(answer);
                    next = if group.len() < GROUP_MAX { waiting.try_recv().ok() } else { None };
                }
                let written = write(&group);
                group.clear();
                for answer in answers.drain(..) {
                    // Whoever asked may have gone away.
                    let _ = answer.send(written.clone().map_err(CommitError::from));
                }
            }
        };
        let thread = std::thread::Builder::new().name(String::from("group")).spawn(work);
        Ok(Self { queue: Some(queue), thread: Some(thread.map_err(unavailable)?) })
    }

    /// Has `item` done, and waits until it is.
    pub(crate) async fn run(&self, item: T) -> Answer {
        let gone = || unavailable("the group's thread has ended");
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        let (answer, answered) = oneshot::channel();
        queue.send((item, answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl<T> Drop for Group<T> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
