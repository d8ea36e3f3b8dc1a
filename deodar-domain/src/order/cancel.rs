//! Cancelling an order, voiding what it holds, and releasing what nobody captured.

use super::{AUTHORISATION_LIFETIME, Order, OrderState};
use crate::effects::Effects;
use crate::event::Event;
use crate::id::OperationId;
use crate::instruction::{Instruction, InstructionKind};
use crate::link::LinkCommand;
use crate::order::OperationIds;
use crate::payment::{CancelCause, Payment, PaymentState, PaymentStatus};
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// The merchant cancels the order: at once, or, where money is held, by a void that the
    /// acquirer must confirm. An attempt in flight must be ended first.
    pub fn cancel(&mut self, ids: OperationIds<'_>, now: Timestamp) -> Result<Effects, Refusal> {
        self.refuse_if_final()?;
        match self.state {
            OrderState::Created
            | OrderState::Attempted
            | OrderState::Pending { in_flight: None } => {
                // An order without a link has no part payments on a page to wait for.
                if self.link.is_some() {
                    return self.cancel_link(now);
                }
                self.enter(OrderState::Cancelled, now);
                Ok(Effects::events([Event::OrderCancelled]))
            }
            OrderState::Pending { in_flight: Some(_) } => Err(Refusal::AttemptInFlight),
            OrderState::Authorized { .. } => {
                let cause = CancelCause::Merchant;
                // A release is asked for by time alone, and goes on.
                self.may_order_more(|kind| kind == InstructionKind::Void(cause))?;
                self.void(cause, ids, now)
            }
            _ => Err(Refusal::OrderNotCancellable),
        }
    }

    /// The merchant cancels the order after the acquirer has ended its attempt in flight. The order
    /// of a link is cancelled only as its link may be, which is not while an attempt is in flight.
    pub fn cancel_attempt(
        &mut self,
        operation: OperationId,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        if !self.payment_by_operation(operation).is_some_and(Payment::is_pending) {
            return self.cancel(ids, now);
        }
        if self.link.is_some() {
            return Err(Refusal::AttemptInFlight);
        }
        let end = PaymentState::Cancelled { cause: CancelCause::Merchant };
        let undone = self.end_payments(operation, end, CancelCause::Merchant, ids, now)?;
        self.enter(OrderState::Cancelled, now);
        Ok(Effects::events([Event::OrderCancelled]).and(undone))
    }

    /// Lets go of an authorisation that nobody captured in time. Too early, it does nothing.
    pub fn release(&mut self, ids: OperationIds<'_>, now: Timestamp) -> Result<Effects, Refusal> {
        match self.state {
            OrderState::Authorized { since } if now >= since.plus(AUTHORISATION_LIFETIME) => {
                self.void(CancelCause::Released, ids, now)
            }
            _ => Ok(Effects::none()),
        }
    }

    fn void(
        &mut self,
        cause: CancelCause,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        if self.has_open_instruction() {
            return Err(Refusal::OperationInFlight);
        }
        let mut effects = Effects::none();
        for index in self.points_last(PaymentStatus::Authorized) {
            let Some(payment) = self.payment(index) else { continue };
            let amount = payment.amount;
            effects =
                effects.and(self.order(InstructionKind::Void(cause), index, amount, ids, now));
        }
        Ok(effects)
    }

    pub(super) fn voided_payment(
        &mut self,
        instruction: &Instruction,
        cause: CancelCause,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let index = usize::from(instruction.payment);
        let payment = self.0.payments.get_mut(index).ok_or(Refusal::UnknownPayment)?;
        payment.state = PaymentState::Cancelled { cause };
        payment.updated_at = now;
        let held = self.payments.iter().any(|p| p.status() == PaymentStatus::Authorized);
        if held {
            return Ok(Effects::none());
        }
        if !self.captured()?.is_zero() {
            return self.after_capture(now);
        }
        self.enter(OrderState::Cancelled, now);
        let link = self.apply_to_link(LinkCommand::OrderEnded, now)?;
        Ok(Effects::events([Event::OrderCancelled]).and(link))
    }
}
