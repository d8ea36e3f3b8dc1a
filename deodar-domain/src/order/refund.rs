//! Refunds: captured money goes back, never more than was taken.

use super::attempt::booked;
use super::{Order, OrderState, REFUNDS_MAX};
use crate::effects::Effects;
use crate::event::Event;
use crate::instruction::{Instruction, InstructionKind, InstructionState};
use crate::key::OrderKey;
use crate::ledger::EntrySet;
use crate::money::{AMOUNT_MIN_PAISE, Money};
use crate::order::OperationIds;
use crate::payment::PaymentStatus;
use crate::reference::MerchantReference;
use crate::refund::{Refund, RefundState};
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// What of the captured money has not gone back and is not on its way.
    pub fn refundable(&self) -> Result<Money, Refusal> {
        let returned = self.refunded()?.plus(self.refund_pending()?)?;
        Ok(self.captured()?.minus(returned)?)
    }

    /// Orders a refund of `amount`, or of all that is left. Bounded by the captured money, not by
    /// the order's state.
    pub fn start_refund(
        &mut self,
        key: OrderKey,
        reference: Option<MerchantReference>,
        amount: Option<Money>,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let left = self.refundable()?;
        if left.is_zero() {
            return Err(Refusal::NothingToRefund);
        }
        let whole = amount.is_none();
        let amount = amount.unwrap_or(left);
        if amount.exceeds(left)? {
            return Err(Refusal::RefundExceedsCaptured);
        }
        if amount.minor() < AMOUNT_MIN_PAISE && amount != left {
            return Err(Refusal::RefundTooSmall);
        }
        if self.refunds.len() >= REFUNDS_MAX {
            return Err(Refusal::TooManyRefunds);
        }
        self.may_order_more(|kind| matches!(kind, InstructionKind::Refund(_)))?;
        let mut effects = Effects::none();
        let mut rest = amount;
        for index in self.points_last(PaymentStatus::Processed) {
            let part = rest.at_most(self.refundable_of(index)?)?;
            if !part.is_zero() {
                rest = rest.minus(part)?;
                let kind = InstructionKind::Refund(key);
                effects = effects.and(self.order(kind, index, part, ids, now));
            }
        }
        self.0.refunds.push(Refund {
            key,
            reference,
            amount,
            whole,
            state: RefundState::Pending,
            created_at: now,
            updated_at: now,
        });
        self.settle_refund_state(now)?;
        Ok(effects)
    }

    fn refundable_of(&self, index: u16) -> Result<Money, Refusal> {
        let captured = self.payment(index).ok_or(Refusal::UnknownPayment)?.captured();
        let done = self.refunded_of(index)?;
        let open = self.refund_instructions(&InstructionState::Ordered, Some(index))?;
        Ok(captured.minus(done)?.minus(open)?)
    }

    pub(super) fn refund_part_done(
        &mut self,
        key: OrderKey,
        instruction: &Instruction,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let set = EntrySet::refund(instruction.operation, now, self.merchant, instruction.amount);
        Ok(booked(set)?.and(self.finish_refund(key, now)?))
    }

    /// The refund once the acquirer has answered for all its parts: processed where all went
    /// through, else failed; what had gone back stays counted.
    pub(super) fn finish_refund(
        &mut self,
        key: OrderKey,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let of_refund: Vec<_> =
            self.instructions.iter().filter(|i| i.kind == InstructionKind::Refund(key)).collect();
        let open = of_refund.iter().any(|i| i.is_open());
        let failure = of_refund.iter().find_map(|i| match &i.state {
            InstructionState::Refused(failure) => Some(failure.clone()),
            _ => None,
        });
        let (state, event) = match (open, failure) {
            (true, _) => (RefundState::Pending, None),
            (false, None) => (RefundState::Processed, Some(Event::RefundProcessed(key))),
            (false, Some(failure)) => {
                (RefundState::Failed(failure), Some(Event::RefundFailed(key)))
            }
        };
        if let Some(refund) = self.0.refunds.iter_mut().find(|refund| refund.key == key) {
            refund.state = state;
            refund.updated_at = now;
        }
        self.settle_refund_state(now)?;
        Ok(Effects { events: event.into_iter().collect(), ..Effects::none() })
    }

    /// The order's state by what went back or is on its way. Terminal and unfinished orders keep
    /// theirs.
    pub(super) fn settle_refund_state(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let counts = matches!(
            self.state,
            OrderState::Processed
                | OrderState::PartiallyCaptured
                | OrderState::PartiallyRefunded
                | OrderState::FullyRefunded
        );
        if !counts {
            return Ok(());
        }
        let left = self.refundable()?;
        let state = if left.is_zero() {
            OrderState::FullyRefunded
        } else if left == self.captured()? {
            self.captured_state()?
        } else {
            OrderState::PartiallyRefunded
        };
        self.enter(state, now);
        Ok(())
    }
}
