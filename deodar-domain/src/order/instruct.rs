//! What is asked of the acquirer beyond authorisations, and its answers.

use super::{INSTRUCTIONS_MAX, Order};
use crate::decline::Failure;
use crate::effects::Effects;
use crate::id::OperationId;
use crate::instruction::{Instruction, InstructionKind, InstructionState};
use crate::money::Money;
use crate::order::OperationIds;
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// Orders one thing of the acquirer.
    pub(super) fn order(
        &mut self,
        kind: InstructionKind,
        payment: u16,
        amount: Money,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Effects {
        let operation = ids();
        self.0.instructions.push(Instruction {
            operation,
            kind,
            payment,
            amount,
            state: InstructionState::Ordered,
            ordered_at: now,
        });
        self.0.updated_at = now;
        Effects { ordered: vec![operation], ..Effects::none() }
    }

    /// Refuses to order one more thing of a kind where there are [`INSTRUCTIONS_MAX`] of it: an
    /// order is stored as a whole, and must not grow by what its merchant tries again for ever.
    pub(super) fn may_order_more(
        &self,
        is_of_kind: impl Fn(InstructionKind) -> bool,
    ) -> Result<(), Refusal> {
        let count = self.instructions.iter().filter(|asked| is_of_kind(asked.kind)).count();
        if count < INSTRUCTIONS_MAX { Ok(()) } else { Err(Refusal::RefusedTooOften) }
    }

    /// Takes the acquirer's word that it has done what was asked. A repeated word changes nothing.
    pub fn instruction_done(
        &mut self,
        operation: OperationId,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let Some(instruction) = self.close(operation, InstructionState::Done)? else {
            return Ok(Effects::none());
        };
        self.0.updated_at = now;
        match instruction.kind {
            InstructionKind::Capture(_) => self.captured_payment(&instruction, now),
            InstructionKind::Void(cause) => self.voided_payment(&instruction, cause, now),
            InstructionKind::Refund(key) => self.refund_part_done(key, &instruction, now),
            InstructionKind::Reversal => Ok(Effects::none()),
        }
    }

    /// Takes the acquirer's refusal of what was asked. A repeated refusal changes nothing.
    pub fn instruction_refused(
        &mut self,
        operation: OperationId,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let refused = InstructionState::Refused(failure.clone());
        let Some(instruction) = self.close(operation, refused)? else {
            return Ok(Effects::none());
        };
        self.0.updated_at = now;
        match instruction.kind {
            InstructionKind::Capture(index) => {
                self.capture_refused(index, failure);
                Ok(Effects::none())
            }
            InstructionKind::Refund(key) => self.finish_refund(key, now),
            InstructionKind::Void(_) | InstructionKind::Reversal => Ok(Effects::none()),
        }
    }

    /// Closes an open instruction and gives a copy of it; `None` where it was closed already.
    fn close(
        &mut self,
        operation: OperationId,
        state: InstructionState,
    ) -> Result<Option<Instruction>, Refusal> {
        let instruction = self
            .0
            .instructions
            .iter_mut()
            .find(|instruction| instruction.operation == operation)
            .ok_or(Refusal::UnknownOperation)?;
        if !instruction.is_open() {
            return Ok(None);
        }
        instruction.state = state;
        Ok(Some(instruction.clone()))
    }
}
