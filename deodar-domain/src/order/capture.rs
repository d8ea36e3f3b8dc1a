//! Captures: what was held is taken, once, in full or in part; the rest is let go.

use super::attempt::booked;
use super::{Capture, Order, OrderState};
use crate::decline::Failure;
use crate::effects::Effects;
use crate::event::Event;
use crate::instruction::{Instruction, InstructionKind};
use crate::ledger::EntrySet;
use crate::method::Method;
use crate::money::{AMOUNT_MIN_PAISE, Money};
use crate::order::OperationIds;
use crate::payment::{CancelCause, PaymentState, PaymentStatus};
use crate::reference::MerchantReference;
use crate::refusal::Refusal;
use crate::time::Timestamp;

impl Order {
    /// Orders a capture of `amount`, or of all that is held.
    pub fn capture(
        &mut self,
        reference: MerchantReference,
        amount: Option<Money>,
        ids: OperationIds<'_>,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        self.refuse_if_final()?;
        if !matches!(self.state, OrderState::Authorized { .. }) {
            return Err(Refusal::NotAuthorized);
        }
        if self.has_open_instruction() {
            return Err(Refusal::OperationInFlight);
        }
        let held = self.held()?;
        let amount = amount.unwrap_or(held);
        if amount.exceeds(held)? {
            return Err(Refusal::CaptureExceedsAuthorised);
        }
        if amount.minor() < AMOUNT_MIN_PAISE {
            return Err(Refusal::CaptureTooSmall);
        }
        self.may_order_more(|kind| matches!(kind, InstructionKind::Capture(_)))?;
        let index_of_capture =
            u16::try_from(self.captures.len()).map_err(|_| Refusal::TooManyPayments)?;
        let mut effects = Effects::none();
        let mut rest = amount;
        for index in self.points_last(PaymentStatus::Authorized) {
            let Some(payment) = self.payment(index) else { continue };
            let part = rest.at_most(payment.amount)?;
            rest = rest.minus(part)?;
            effects = effects.and(if part.is_zero() {
                let cause = CancelCause::Released;
                self.order(InstructionKind::Void(cause), index, payment.amount, ids, now)
            } else {
                self.order(InstructionKind::Capture(index_of_capture), index, part, ids, now)
            });
        }
        let whole = amount == held;
        self.0.captures.push(Capture { reference, amount, whole, refused: None });
        Ok(effects)
    }

    /// The payments in `status`, money before points.
    pub(super) fn points_last(&self, status: PaymentStatus) -> Vec<u16> {
        let mut found: Vec<_> = self
            .payments
            .iter()
            .filter(|payment| payment.status() == status)
            .map(|payment| payment.id)
            .collect();
        found.sort_by_key(|id| (id.method == Method::Points, id.index));
        found.into_iter().map(|id| id.index).collect()
    }

    pub(super) fn captured_payment(
        &mut self,
        instruction: &Instruction,
        now: Timestamp,
    ) -> Result<Effects, Refusal> {
        let index = usize::from(instruction.payment);
        let payment = self.0.payments.get_mut(index).ok_or(Refusal::UnknownPayment)?;
        payment.state = PaymentState::Processed { captured: instruction.amount };
        payment.updated_at = now;
        let set = EntrySet::capture(instruction.operation, now, self.merchant, instruction.amount);
        Ok(booked(set)?.and(self.after_capture(now)?))
    }

    /// The order once nothing of it is held any more: processed, or captured in part.
    pub(super) fn after_capture(&mut self, now: Timestamp) -> Result<Effects, Refusal> {
        let held = self.payments.iter().any(|p| p.status() == PaymentStatus::Authorized);
        if held || self.captured()?.is_zero() {
            return Ok(Effects::none());
        }
        self.enter(self.captured_state()?, now);
        // A part that was captured earlier may have gone back before the rest came.
        self.settle_refund_state(now)?;
        Ok(Effects::events([Event::OrderProcessed]))
    }

    /// The state of an order whose money was taken and of which nothing went back.
    pub(super) fn captured_state(&self) -> Result<OrderState, Refusal> {
        let full = self.captured()? == self.terms.amount;
        Ok(if full { OrderState::Processed } else { OrderState::PartiallyCaptured })
    }

    pub(super) fn capture_refused(&mut self, index: u16, failure: Failure) {
        if let Some(capture) = self.0.captures.get_mut(usize::from(index)) {
            capture.refused.get_or_insert(failure);
        }
    }
}
