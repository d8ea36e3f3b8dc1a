//! What became of a payment: the acquirer's word, asked for again, or the payer's giving up.

use std::time::Duration;

use deodar_acquirer::{Abandoned, AcquirerError, Capabilities, Outcome, Status};
use deodar_domain::decline::DeclineReason;
use deodar_domain::effects::Effects;
use deodar_domain::id::OperationId;
use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_domain::payment::{Payment, PaymentState};
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;
use tracing::info;

use super::FOLLOW_UP_GRACE;
use crate::commit::{Context, Extra, only};
use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// Commits what the acquirer said of a payment, with `extra` beside it.
    pub(crate) async fn apply(
        &self,
        key: OrderKey,
        operation: OperationId,
        outcome: &Outcome,
        extra: impl Fn() -> Extra + Send + Sync,
    ) -> Result<Order, EngineError> {
        let order = self
            .decide(key, |order, context| {
                Ok((take_word(order, operation, outcome, context)?, extra()))
            })
            .await?;
        self.count_failure(&order, operation);
        Ok(order)
    }

    /// Asks the acquirer about the attempt in flight, if there is one, and gives the order as of
    /// now. The pages call it when the payer comes back from the bank, and while the payer waits.
    /// A silent acquirer changes nothing.
    pub async fn refresh_payment(&self, order: OrderKey) -> Result<Order, EngineError> {
        let mut loaded = self.load_as_of_now(order).await?;
        let Some(in_flight) = loaded.payment_in_flight() else { return Ok(loaded) };
        let pending = loaded.attempt(in_flight.attempt).filter(|payment| payment.is_pending());
        for payment in pending.cloned().collect::<Vec<_>>() {
            let is_open = loaded.payment(payment.id.index).is_some_and(Payment::is_pending);
            if is_open && self.may_ask(&loaded, &payment) {
                loaded = self.refresh_one(loaded, &payment).await?;
            }
        }
        Ok(loaded)
    }

    async fn refresh_one(&self, loaded: Order, payment: &Payment) -> Result<Order, EngineError> {
        let operation = payment.operation;
        let past = self.now() >= expiry_of(payment);
        let asked = self.parts.acquirer.status(operation);
        match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(Status::Known(outcome)) if is_decided(&outcome) || !past => {
                self.apply(loaded.key, operation, &outcome, Extra::default).await
            }
            // Its time is up: a worker ends it at the acquirer first. An attempt that the acquirer
            // does not know yet may still be on its way there.
            Ok(_) | Err(AcquirerError::Silent(_)) => Ok(loaded),
            Err(error @ AcquirerError::Unsupported(_)) => {
                Err(EngineError::Internal(error.to_string()))
            }
        }
    }

    /// Whether the acquirer may be asked about a pending payment. Before its authorisation has
    /// arrived there, the question would have it refused.
    fn may_ask(&self, order: &Order, payment: &Payment) -> bool {
        let challenged = matches!(payment.state, PaymentState::Pending { challenge: Some(_), .. });
        let place = order.attempt(payment.attempt).take_while(|p| p.id != payment.id).count();
        challenged
            || self.ended_calls.get(&payment.operation).is_some()
            || self.now() >= payment.created_at.plus(self.asked_within(place))
    }

    /// How long after an attempt was begun its payment at `place` has reached the acquirer, if it
    /// ever does: they are asked for one after the other.
    pub(super) fn asked_within(&self, place: usize) -> Duration {
        let one = self.parts.acquirer.capabilities().answer_timeout + FOLLOW_UP_GRACE;
        let places = u32::try_from(place.saturating_add(1)).unwrap_or(u32::MAX);
        one.saturating_mul(places)
    }

    /// Ends the payment in flight because the payer gave it up: the acquirer first, then ours. Where
    /// the acquirer had decided, its decision stands.
    pub async fn give_up(&self, order: OrderKey) -> Result<Order, EngineError> {
        let loaded = self.load_as_of_now(order).await?;
        match loaded.payment_in_flight() {
            Some(payment) => self.give_up_payment(order, payment.id.index).await,
            None => Ok(loaded),
        }
    }

    /// The same, for this payment alone: where it is not in flight any more, nothing changes.
    pub async fn give_up_payment(&self, order: OrderKey, index: u16) -> Result<Order, EngineError> {
        let loaded = self.load_as_of_now(order).await?;
        let in_flight = loaded.payment_in_flight().filter(|payment| payment.id.index == index);
        let Some(payment) = in_flight else { return Ok(loaded) };
        let operation = payment.operation;
        let asked = self.parts.acquirer.abandon(operation);
        match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(Abandoned::Ended) => {
                let end = |order: &mut Order, context: &mut Context<'_>| {
                    let now = context.now;
                    only(order.give_up(operation, &mut || context.operation(), now))
                };
                let order = self.decide(order, end).await?;
                info!(%operation, "the payer gave up a payment");
                Ok(order)
            }
            Ok(Abandoned::Decided(outcome)) => {
                self.apply(order, operation, &outcome, Extra::default).await
            }
            Err(AcquirerError::Silent(_)) => Err(Refusal::AttemptInFlight.into()),
            Err(error) => Err(EngineError::Internal(error.to_string())),
        }
    }
}

/// What the acquirer's word on an authorisation makes of its order.
fn take_word(
    order: &mut Order,
    operation: OperationId,
    outcome: &Outcome,
    context: &mut Context<'_>,
) -> Result<Effects, Refusal> {
    let now = context.now;
    let ids = &mut || context.operation();
    match outcome {
        Outcome::Approved(approval) => order.approve(operation, approval.clone(), ids, now),
        Outcome::Declined(failure) if failure.reason == DeclineReason::PaymentCancelled => {
            let payment = order.payment_by_operation(operation);
            // After the attempt's time it was cancelled for that reason, whoever did it.
            if payment.is_some_and(|payment| now >= expiry_of(payment)) {
                order.time_out(operation, ids, now)
            } else {
                order.give_up(operation, ids, now)
            }
        }
        Outcome::Declined(failure) => order.decline(operation, failure.clone(), ids, now),
        Outcome::Challenged { challenge, reference } => {
            let known = order.payment_by_operation(operation).is_some_and(|payment| {
                matches!(&payment.state, PaymentState::Pending { challenge: Some(_), .. })
            });
            if known {
                return Ok(Effects::none());
            }
            order.challenge(operation, challenge.clone(), reference.clone(), now)
        }
        Outcome::Pending => Ok(Effects::none()),
    }
}

/// Gives the acquirer its time for an answer; then it counts as silent.
pub(crate) async fn within<T>(
    capabilities: &Capabilities,
    asked: impl Future<Output = Result<T, AcquirerError>>,
) -> Result<T, AcquirerError> {
    match tokio::time::timeout(capabilities.answer_timeout, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(AcquirerError::Silent("no answer in time".to_owned())),
    }
}

/// Whether the acquirer has made up its mind.
pub(crate) const fn is_decided(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Approved(_) | Outcome::Declined(_))
}

/// When an attempt ends unless the acquirer says yes.
pub(crate) fn expiry_of(payment: &Payment) -> Timestamp {
    match payment.state {
        PaymentState::Pending { expires_at, .. } => expires_at,
        _ => payment.updated_at,
    }
}
