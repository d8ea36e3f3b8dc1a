//! What an order has asked of an acquirer beyond its authorisations: captures, voids, refunds and
//! reversals. Each has an operation id of its own, made in the commit that orders it, and is asked
//! for until its outcome is known.

use crate::decline::Failure;
use crate::id::OperationId;
use crate::key::OrderKey;
use crate::money::Money;
use crate::payment::CancelCause;
use crate::time::Timestamp;

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstructionKind {
    /// Take what was held, for the capture of this index.
    Capture(u16),
    /// Let go of what was held, for this cause.
    Void(CancelCause),
    /// Give back what was taken, for this refund.
    Refund(OrderKey),
    /// Undo a payment whose attempt has ended: one that was approved, or may be yet.
    Reversal,
}

/// Whether the acquirer has done it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstructionState {
    /// It was ordered; the outcome is not known.
    Ordered,
    /// The acquirer has done it.
    Done,
    /// The acquirer refused.
    Refused(Failure),
}

/// One thing asked of an acquirer for one payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Its id, and its idempotency key at the acquirer.
    pub operation: OperationId,
    /// What is asked.
    pub kind: InstructionKind,
    /// The index of the payment that it acts on.
    pub payment: u16,
    /// How much.
    pub amount: Money,
    /// Whether it is done.
    pub state: InstructionState,
    /// When it was ordered.
    pub ordered_at: Timestamp,
}

impl Instruction {
    /// Whether its outcome is not known.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, InstructionState::Ordered)
    }
}
