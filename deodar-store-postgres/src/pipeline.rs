//! Statements that are sent one after the other without waiting for their answers.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::{Error, Row};

type Answer = Result<Vec<Row>, Error>;
type Waiting<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

enum Slot<'a> {
    Waiting(Waiting<'a>),
    Answered(Answer),
}

/// Statements on their way, in the order in which they were sent.
#[derive(Default)]
pub(crate) struct Pipeline<'a>(Vec<Slot<'a>>);

impl<'a> Pipeline<'a> {
    /// Sends a statement. The client library puts its messages into the queue of the connection when
    /// the statement is polled first, so polling it here is what keeps the order.
    pub(crate) async fn send(&mut self, statement: impl Future<Output = Answer> + Send + 'a) {
        let mut waiting: Waiting<'a> = Box::pin(statement);
        let first = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context)));
        self.0.push(match first.await {
            Poll::Ready(answer) => Slot::Answered(answer),
            Poll::Pending => Slot::Waiting(waiting),
        });
    }

    /// Waits for every answer, and gives them in the order of the statements.
    pub(crate) async fn answers(self) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(self.0.len());
        for slot in self.0 {
            answers.push(match slot {
                Slot::Answered(answer) => answer,
                Slot::Waiting(waiting) => waiting.await,
            });
        }
        answers
    }
}
