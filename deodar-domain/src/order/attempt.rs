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
use crate::payment::{
    AcquirerText, Approval, CancelCause, Challenge, NewPayment, Payment, PaymentState,
};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// How many payments one attempt can have.
pub const ATTEMPT_PAYMENTS_MAX: usize = 10;

impl Order {
    /// Begins an attempt. Its payments are made together or not at all.
    pub fn start_attempt(
        &mut self,
        payments: Vec<NewPayment>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.may_start(now)?;
        self.may_pay(&payments)?;
        let attempt = self.payments.last().map_or(0, |payment| payment.attempt + 1);
        let effects = self.apply_to_link(LinkCommand::AttemptStarted, now)?;
        for new in payments {
            let index = u16::try_from(self.payments.len()).map_err(|_| Refusal::TooManyPayments)?;
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
        }
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

    fn may_pay(&self, payments: &[NewPayment]) -> Result<(), Refusal> {
        let allowed = self.terms.allowed_methods;
        if !payments.iter().all(|new| allowed.contains(new.instrument.method())) {
            return Err(Refusal::MethodNotAllowed);
        }
        let space = PAYMENTS_MAX.saturating_sub(self.payments.len());
        if payments.len() > space.min(ATTEMPT_PAYMENTS_MAX) {
            return Err(Refusal::TooManyPayments);
        }
        let due = self.due();
        let amount = self.sum(payments.iter().map(|new| new.amount))?;
        if amount.exceeds(due)? {
            return Err(Refusal::AmountExceedsDue);
        }
        let rest = due.minus(amount)?;
        if !rest.is_zero() && !self.terms.part_payment {
            return Err(Refusal::AmountNotDue);
        }
        let too_small = |amount: Money| amount.minor() < AMOUNT_MIN_PAISE;
        // What one payment alone holds can be captured alone, and a capture has the same bound.
        if payments.is_empty()
            || payments.iter().any(|new| too_small(new.amount))
            || (!rest.is_zero() && too_small(rest))
        {
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

    /// Notes what the payer has to do before the acquirer decides, and the acquirer's reference
    /// where it has given one. A repeated word, and one on a payment that was decided or ended,
    /// changes nothing.
    pub fn challenge(
        &mut self,
        operation: OperationId,
        asked: Challenge,
        reference: Option<AcquirerText>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let payment = self.payment_mut(operation)?;
        let PaymentState::Pending { challenge, .. } = &mut payment.state else {
            return Ok(Effects::none());
        };
        let reference = reference.or_else(|| payment.acquirer.acquirer_reference.clone());
        let is_told =
            challenge.as_ref() == Some(&asked) && payment.acquirer.acquirer_reference == reference;
        if !is_told {
            *challenge = Some(asked);
            payment.acquirer.acquirer_reference = reference;
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
        let payment = self.payment_mut(operation)?;
        match payment.state {
            PaymentState::Approved | PaymentState::Authorized | PaymentState::Processed { .. } => {
                return Ok(Effects::none());
            }
            PaymentState::Cancelled { .. } | PaymentState::Failed { .. } => {
                return Ok(self.reverse_late(operation, ids, now));
            }
            PaymentState::Pending { .. } => {}
        }
        payment.acquirer.approval_code = Some(approval.approval_code);
        payment.acquirer.acquirer_reference = Some(approval.acquirer_reference);
        payment.acquirer.rrn = Some(approval.rrn);
        if let Some(card) = approval.card {
            payment.instrument.learn(card);
        }
        payment.state = PaymentState::Approved;
        payment.updated_at = now;
        let attempt = payment.attempt;
        self.0.updated_at = now;
        if self.attempt(attempt).any(Payment::is_pending) {
            return Ok(Effects::none());
        }
        self.complete(attempt, now)
    }

    /// Ends an attempt of which every payment was approved: the money is held, or it was taken.
    fn complete(&mut self, attempt: u16, now: Timestamp) -> Result<Effects, Refusal> {
        let (pre_auth, merchant) = (self.terms.pre_auth, self.merchant);
        let mut entries = Effects::none();
        for payment in self.0.payments.iter_mut().filter(|payment| payment.attempt == attempt) {
            let (operation, amount) = (payment.operation, payment.amount);
            payment.updated_at = now;
            if pre_auth {
                payment.state = PaymentState::Authorized;
            } else {
                payment.state = PaymentState::Processed { captured: amount };
                entries = entries.and(booked(EntrySet::capture(operation, now, merchant, amount))?);
            }
        }
        if pre_auth {
            self.enter(OrderState::Authorized { since: now }, now);
            let link = self.apply_to_link(LinkCommand::Paid, now)?;
            return Ok(Effects::events([Event::OrderAuthorized]).and(link));
        }
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

    /// Takes the acquirer's no: it ends the whole attempt. On an attempt that has ended it changes
    /// nothing.
    pub fn decline(
        &mut self,
        operation: OperationId,
        failure: Failure,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.end_attempt(operation, PaymentState::Failed { failure }, ids, now)
    }

    /// Ends an attempt whose time ran out and of which the acquirer knows no yes.
    pub fn time_out(
        &mut self,
        operation: OperationId,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.decline(operation, Failure::of(DeclineReason::PaymentExpired), ids, now)
    }

    /// Ends an attempt that the payer gave up, after the acquirer let go of it.
    pub fn give_up(
        &mut self,
        operation: OperationId,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let end = PaymentState::Cancelled { cause: CancelCause::Payer };
        self.end_attempt(operation, end, ids, now)
    }

    /// Ends the payment of `operation`, of which the acquirer holds nothing, and with it the other
    /// payments of its attempt: whatever became or becomes of those at the acquirer is undone.
    pub(super) fn end_payments(
        &mut self,
        operation: OperationId,
        end: PaymentState,
        of_others: CancelCause,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let payment = self.payment_mut(operation)?;
        payment.state = end;
        payment.updated_at = now;
        let attempt = payment.attempt;
        let mut others = Vec::new();
        let of_attempt = |payment: &&mut Payment| payment.attempt == attempt;
        for payment in self.0.payments.iter_mut().filter(of_attempt) {
            if payment.is_in_flight() {
                payment.state = PaymentState::Cancelled { cause: of_others };
                payment.updated_at = now;
                others.push((payment.id.index, payment.amount));
            }
        }
        Ok(others.into_iter().fold(Effects::none(), |effects, (index, amount)| {
            effects.and(self.order(InstructionKind::Reversal, index, amount, ids, now))
        }))
    }

    fn end_attempt(
        &mut self,
        operation: OperationId,
        end: PaymentState,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        if !self.payment_mut(operation)?.is_pending() {
            return Ok(Effects::none());
        }
        let undone = self.end_payments(operation, end, CancelCause::AttemptFailed, ids, now)?;
        let mut effects = Effects::events([Event::PaymentFailed]).and(undone);
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
