//! What follows from a command: to be written in the commit that stores its result.

use crate::event::Event;
use crate::id::OperationId;
use crate::ledger::EntrySet;

/// What follows from a command.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[must_use = "what follows from a command belongs in the commit that stores its result"]
pub struct Effects {
    /// What is told to the merchant, in order.
    pub events: Vec<Event>,
    /// What is written in the books.
    pub ledger: Vec<EntrySet>,
    /// What the acquirer must be asked to do.
    pub ordered: Vec<OperationId>,
}

impl Effects {
    /// Nothing follows.
    pub fn none() -> Self {
        Self::default()
    }

    /// Only these events follow.
    pub fn events<const N: usize>(events: [Event; N]) -> Self {
        Self { events: events.into(), ..Self::default() }
    }

    /// Both, one after the other.
    pub fn and(mut self, other: Self) -> Self {
        self.events.extend(other.events);
        self.ledger.extend(other.ledger);
        self.ordered.extend(other.ordered);
        self
    }
}
