//! Attempts: begun, challenged, approved, declined, given up, run out of time.

use super::{Order, OrderState, PAYMENTS_MAX};
use crate::decline::{DeclineReason, Failure};
use crate::effects::Effects;
use crate::event::Event;
use crate::id::{OperationId, PaymentId};
use crate::instruction::InstructionKind;
use crate::ledger::{EntrySet, Unbalanced};
use crate::link::LinkCommand;
use crate::money::{AMOUNT_MIN_PAISE, Money};
use crate::order::OperationIds;
use crate::payment::{Approval, CancelCause, Challenge, NewPayment, Payment, PaymentState};
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// Begins an attempt with one payment.
    pub fn start_attempt(&mut self, new: NewPayment, now: Timestamp) -> Result<Effects, Refusal> {
        self.may_start(now)?;
        self.may_pay(&new)?;
        let index = u16::try_from(self.payments.len()).map_err(|_| Refusal::TooManyPayments)?;
        let attempt = self.payments.last().map_or(0, |payment| payment.attempt + 1);
        let effects = self.apply_to_link(LinkCommand::AttemptStarted, now)?;
        self.0.payments.push(Payment {
            id: PaymentId { order: self.key, method: new.instrument.method(), index },
            attempt,
            number: new.number,
            reference: new.reference,
            amount: new.amount,
            operation: new.operation,
            acquirer: new.acquirer,
            state: PaymentState::Pending {
                challenge: None,
                expires_at: now.plus(Payment::lifetime(&new.instrument)),
            },
            instrument: new.instrument,
            created_at: now,
            updated_at: now,
        });
        self.enter(OrderState::Pending { in_flight: Some(attempt) }, now);
        Ok(effects)
    }

    /// Whether an attempt may begin at `now`, whatever its amount and method.
    pub fn may_start(&self, now: Timestamp) -> Result<(), Refusal> {
        if let Some(link) = &self.link {
            let open =
                !link.state.is_final() && !matches!(self.state, OrderState::Authorized { .. });
            if link.state == crate::link::LinkState::Expired
                || (open && link.is_past(now) && !self.due().is_zero())
            {
                return Err(Refusal::LinkExpired);
            }
        }
        self.refuse_if_final()?;
        match self.state {
            OrderState::Pending { in_flight: Some(_) } => return Err(Refusal::AttemptInFlight),
            OrderState::Created
            | OrderState::Attempted
            | OrderState::Pending { in_flight: None } => {}
            _ => return Err(Refusal::AlreadyPaid),
        }
        if self.payments.len() >= PAYMENTS_MAX {
            return Err(Refusal::TooManyPayments);
        }
        Ok(())
    }

    fn may_pay(&self, new: &NewPayment) -> Result<(), Refusal> {
        if !self.terms.allowed_methods.contains(new.instrument.method()) {
            return Err(Refusal::MethodNotAllowed);
        }
        let due = self.due();
        if new.amount.exceeds(due)? {
            return Err(Refusal::AmountExceedsDue);
        }
        let rest = due.minus(new.amount)?;
        if rest.is_zero() {
            return Ok(());
        }
        if !self.terms.part_payment {
            return Err(Refusal::AmountNotDue);
        }
        if new.amount.minor() < AMOUNT_MIN_PAISE || rest.minor() < AMOUNT_MIN_PAISE {
            return Err(Refusal::PartTooSmall);
        }
        Ok(())
    }

    fn payment_mut(&mut self, operation: OperationId) -> Result<&mut Payment, Refusal> {
        self.0
            .payments
            .iter_mut()
            .find(|payment| payment.operation == operation)
            .ok_or(Refusal::UnknownPayment)
    }

    /// Notes what the payer has to do before the acquirer decides. On an attempt that has ended
    /// it changes nothing.
    pub fn challenge(
        &mut self,
        operation: OperationId,
        asked: Challenge,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let payment = self.payment_mut(operation)?;
        if let PaymentState::Pending { challenge, .. } = &mut payment.state {
            *challenge = Some(asked);
            payment.updated_at = now;
            self.0.updated_at = now;
        }
        Ok(Effects::none())
    }

    /// Takes the acquirer's yes. On a payment that was already paid it changes nothing; on an
    /// attempt that had ended it orders the reversal of the late yes.
    pub fn approve(
        &mut self,
        operation: OperationId,
        approval: Approval,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let pre_auth = self.terms.pre_auth;
        let payment = self.payment_mut(operation)?;
        match payment.state {
            PaymentState::Authorized | PaymentState::Processed { .. } => return Ok(Effects::none()),
            PaymentState::Cancelled { .. } | PaymentState::Failed { .. } => {
                return Ok(self.reverse_late(operation, ids, now));
            }
            PaymentState::Pending { .. } => {}
        }
        payment.acquirer.approval_code = Some(approval.approval_code);
        payment.acquirer.acquirer_reference = Some(approval.acquirer_reference);
        payment.acquirer.rrn = Some(approval.rrn);
        if let Some(instrument) = approval.instrument
            && instrument.method() == payment.instrument.method()
        {
            payment.instrument = instrument;
        }
        payment.updated_at = now;
        let amount = payment.amount;
        if pre_auth {
            payment.state = PaymentState::Authorized;
            self.enter(OrderState::Authorized { since: now }, now);
            let link = self.apply_to_link(LinkCommand::Paid, now)?;
            return Ok(Effects::events([Event::OrderAuthorized]).and(link));
        }
        payment.state = PaymentState::Processed { captured: amount };
        let entries = booked(EntrySet::capture(operation, now, self.merchant, amount))?;
        Ok(entries.and(self.after_payment(now)?))
    }

    /// The order and link after money was taken: paid in full, or in part.
    fn after_payment(&mut self, now: Timestamp) -> Result<Effects, Refusal> {
        if self.due().is_zero() {
            self.enter(OrderState::Processed, now);
            // An earlier part may have gone back before the last one came.
            self.settle_refund_state(now)?;
            let link = self.apply_to_link(LinkCommand::Paid, now)?;
            return Ok(Effects::events([Event::OrderProcessed]).and(link));
        }
        self.enter(OrderState::Pending { in_flight: None }, now);
        let link = self.apply_to_link(LinkCommand::PartPaid, now)?;
        Ok(link.and(self.expire_link(now)))
    }

    fn reverse_late(
        &mut self,
        operation: OperationId,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Effects {
        let Some(payment) = self.payment_by_operation(operation) else { return Effects::none() };
        let (index, amount) = (payment.id.index, payment.amount);
        // A void has let go of the money already, and one reversal is enough.
        let undone = self.instructions.iter().any(|i| {
            i.payment == index
                && matches!(i.kind, InstructionKind::Reversal | InstructionKind::Void(_))
        });
        if undone {
            return Effects::none();
        }
        self.order(InstructionKind::Reversal, index, amount, ids, now)
    }

    /// Takes the acquirer's no. On an attempt that has ended it changes nothing.
    pub fn decline(
        &mut self,
        operation: OperationId,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.end_attempt(operation, PaymentState::Failed { failure }, now)
    }

    /// Ends an attempt whose time ran out and of which the acquirer knows no yes.
    pub fn time_out(&mut self, operation: OperationId, now: Timestamp) -> Result<Effects, Refusal> {
        self.decline(operation, Failure::of(DeclineReason::PaymentExpired), now)
    }

    /// Ends an attempt that the payer gave up, after the acquirer let go of it.
    pub fn give_up(&mut self, operation: OperationId, now: Timestamp) -> Result<Effects, Refusal> {
        self.end_attempt(operation, PaymentState::Cancelled { cause: CancelCause::Payer }, now)
    }

    fn end_attempt(
        &mut self,
        operation: OperationId,
        end: PaymentState,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let payment = self.payment_mut(operation)?;
        if !payment.is_pending() {
            return Ok(Effects::none());
        }
        payment.state = end;
        payment.updated_at = now;
        let mut effects = Effects::events([Event::PaymentFailed]);
        let part_paid = self.due() != self.terms.amount;
        if self.retries_remaining() == 0 {
            self.enter(OrderState::Failed, now);
            effects.events.push(Event::OrderFailed);
            return Ok(effects.and(self.apply_to_link(LinkCommand::OrderEnded, now)?));
        }
        let next =
            if part_paid { OrderState::Pending { in_flight: None } } else { OrderState::Attempted };
        self.enter(next, now);
        let link = self.apply_to_link(LinkCommand::AttemptEnded { part_paid }, now)?;
        Ok(effects.and(link).and(self.expire_link(now)))
    }

    /// The amount that an attempt pays where the payer chose none: all that is due.
    pub fn amount_to_pay(&self) -> Money {
        self.due()
    }
}

/// Puts a set of entries in the effects. One that does not balance or fit stops the command.
pub(super) fn booked(set: Result<EntrySet, Unbalanced>) -> Result<Effects, Refusal> {
    let set = set.map_err(|_| Refusal::AmountOutOfRange)?;
    Ok(Effects { ledger: vec![set], ..Effects::none() })
}
