//! Cancelling an order: at once, after its attempt in flight has ended, or by a void.

use std::sync::Arc;

use deodar_acquirer::{Abandoned, AcquirerError};
use deodar_domain::id::OperationId;
use deodar_domain::instruction::{Instruction, InstructionKind, InstructionState};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{CancelCause, Payment, PaymentStatus};
use deodar_domain::refusal::Refusal;

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::idempotency::Keep;
use crate::pay::{is_decided, within};

/// How often a cancel looks at the order anew because another attempt came first.
const LOOKS_MAX: u32 = 4;

const VOID: InstructionKind = InstructionKind::Void(CancelCause::Merchant);

impl Engine {
    /// Cancels an order. An attempt in flight is ended at the acquirer first; where that is not
    /// known, [`Refusal::AttemptInFlight`], and nothing changes. What is held is let go: where the
    /// acquirer has not answered, [`Refusal::OperationInFlight`], and [`EngineError::Declined`]
    /// where it refused.
    pub async fn cancel_order(
        self: &Arc<Self>,
        merchant: &Merchant,
        key: OrderKey,
    ) -> Result<Order, EngineError> {
        self.cancel_order_once(merchant, key, &Keep::nothing()).await
    }

    /// The same, for a call with a key: the answer of an order that is cancelled by one commit is
    /// kept with it.
    pub async fn cancel_order_once(
        self: &Arc<Self>,
        merchant: &Merchant,
        key: OrderKey,
        keep: &Keep<'_, Order>,
    ) -> Result<Order, EngineError> {
        self.order(merchant, key).await?;
        let mut ended = None;
        for _ in 0..LOOKS_MAX {
            match self.decide_cancel(key, ended, keep).await {
                Err(EngineError::Refused(Refusal::AttemptInFlight)) => {
                    ended = self.end_attempt(key).await?;
                }
                Err(error) => return Err(error),
                Ok(order) => return self.let_go(order).await,
            }
        }
        Err(Refusal::AttemptInFlight.into())
    }

    /// Decides the cancel; `ended` is the attempt that the acquirer has ended.
    async fn decide_cancel(
        &self,
        key: OrderKey,
        ended: Option<OperationId>,
        keep: &Keep<'_, Order>,
    ) -> Result<Order, EngineError> {
        self.decide(key, |order, context| {
            let now = context.now;
            let mut ids = || context.operation();
            let effects = match ended {
                Some(operation) => order.cancel_attempt(operation, &mut ids, now)?,
                None => order.cancel(&mut ids, now)?,
            };
            let is_over = order.state == OrderState::Cancelled;
            let answer = if is_over { keep.with(order) } else { None };
            let follow_up_after = self.follow_up_after();
            Ok((effects, Extra { follow_up_after, answer, ..Extra::default() }))
        })
        .await
    }

    /// Ends the payment in flight at the acquirer, and gives its operation; the others of its attempt
    /// are undone when the cancel is written down. Where the acquirer had
    /// decided it, that is stored instead, and the order is to be looked at anew.
    async fn end_attempt(
        self: &Arc<Self>,
        key: OrderKey,
    ) -> Result<Option<OperationId>, EngineError> {
        let order = self.load_as_of_now(key).await?;
        let Some(payment) = order.payment_in_flight() else { return Ok(None) };
        if order.link.is_some() {
            return Err(Refusal::AttemptInFlight.into());
        }
        let operation = payment.operation;
        let asked = self.parts.acquirer.abandon(operation);
        match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(Abandoned::Ended) => Ok(Some(operation)),
            Ok(Abandoned::Decided(outcome)) if is_decided(&outcome) => {
                self.apply(key, operation, &outcome, Extra::default).await?;
                Ok(None)
            }
            Ok(Abandoned::Decided(_)) | Err(AcquirerError::Silent(_)) => {
                Err(Refusal::AttemptInFlight.into())
            }
            Err(error @ AcquirerError::Unsupported(_)) => {
                Err(EngineError::Internal(error.to_string()))
            }
        }
    }

    /// Has the acquirer let go of what the order holds. Where a part of it was captured before, the
    /// order is not cancelled by that, but captured in part.
    async fn let_go(self: &Arc<Self>, order: Order) -> Result<Order, EngineError> {
        let order = self.carry_out(order, |kind| kind == VOID).await?;
        let held: Vec<&Payment> =
            order.payments.iter().filter(|p| p.status() == PaymentStatus::Authorized).collect();
        let voids = held.iter().filter_map(|payment| {
            let of_it = |asked: &&Instruction| asked.payment == payment.id.index;
            order.instructions.iter().rev().filter(of_it).find(|asked| asked.kind == VOID)
        });
        let mut refused = None;
        for void in voids {
            match &void.state {
                InstructionState::Refused(failure) => refused = Some(failure.clone()),
                _ => return Err(Refusal::OperationInFlight.into()),
            }
        }
        match refused {
            Some(failure) => Err(EngineError::Declined(failure)),
            None if held.is_empty() => Ok(order),
            None => Err(Refusal::OperationInFlight.into()),
        }
    }
}
