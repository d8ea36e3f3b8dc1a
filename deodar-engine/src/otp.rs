//! One-time passwords that the payer gives to the merchant's page instead of the bank's.

use std::sync::Arc;
use std::time::Duration;

use deodar_acquirer::{AcquirerError, ChallengeAnswer};
use deodar_domain::decline::Failure;
use deodar_domain::id::{OperationId, PaymentId};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::{Payment, PaymentState, PaymentStatus};
use deodar_domain::refusal::Refusal;
use deodar_store::{Adjustment, ChangeSet, CommitError, Conflict};

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::pay::{expiry_of, within};
use crate::tally::ending_counter;

/// How often the password of one payment can be sent again.
pub const RESENDS_MAX: u32 = 3;
/// How long it is remembered how often a password was sent: longer than any attempt takes.
const SENDS_REMEMBERED_FOR: Duration = Duration::from_hours(24);

/// What came of a one-time password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtpAnswer {
    /// It was right. What becomes of the payment is the acquirer's to say.
    Accepted,
    /// It was wrong; more may be tried.
    Wrong,
    /// The payment was refused, by this answer or before it was known.
    Declined(Failure),
}

impl Engine {
    /// Gives the acquirer the payer's one-time password. [`Refusal::PaymentEnded`] where the
    /// payment is decided, [`Refusal::NoPasswordAsked`] where it asks for none,
    /// [`Refusal::AttemptInFlight`] where the acquirer is silent.
    pub async fn submit_otp(
        self: &Arc<Self>,
        merchant: &Merchant,
        payment: PaymentId,
        otp: &str,
    ) -> Result<OtpAnswer, EngineError> {
        let operation = self.awaiting_otp(merchant, payment).await?.operation;
        let (engine, otp) = (Arc::clone(self), zeroize::Zeroizing::new(otp.to_owned()));
        // The password is used up at the acquirer, so what it brings about is written down even
        // where the caller goes away.
        let task = tokio::spawn(async move { engine.answer(payment, operation, &otp).await });
        task.await.map_err(|error| EngineError::Internal(format!("an answer's task: {error}")))?
    }

    async fn answer(
        &self,
        payment: PaymentId,
        operation: OperationId,
        otp: &str,
    ) -> Result<OtpAnswer, EngineError> {
        let asked = self.parts.acquirer.answer_challenge(operation, otp);
        let outcome = match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(ChallengeAnswer::Wrong { .. }) => return Ok(OtpAnswer::Wrong),
            Ok(ChallengeAnswer::Decided(outcome)) => outcome,
            Err(error) => return Err(not_asked(&error)),
        };
        let order = self.apply(payment.order, operation, &outcome, Extra::default).await?;
        let answered = order.payment(payment.index);
        match answered.and_then(Payment::failure) {
            Some(failure) => Ok(OtpAnswer::Declined(failure)),
            // Right or not, it came too late: the attempt was ended meanwhile.
            None if answered.is_some_and(|paid| paid.status() == PaymentStatus::Cancelled) => {
                Err(Refusal::PaymentEnded.into())
            }
            None => Ok(OtpAnswer::Accepted),
        }
    }

    /// Has the acquirer send the one-time password. Asked for again it counts as
    /// [`Engine::resend_otp`].
    pub async fn generate_otp(
        &self,
        merchant: &Merchant,
        payment: PaymentId,
    ) -> Result<(), EngineError> {
        let waiting = self.awaiting_otp(merchant, payment).await?;
        if self.count_send(&waiting, "otp", 1).await? {
            return self.send(&waiting).await;
        }
        self.send_again(&waiting).await
    }

    /// Has the acquirer send the one-time password again, at most [`RESENDS_MAX`] times a
    /// payment; then [`EngineError::TooManyRequests`].
    pub async fn resend_otp(
        &self,
        merchant: &Merchant,
        payment: PaymentId,
    ) -> Result<(), EngineError> {
        let waiting = self.awaiting_otp(merchant, payment).await?;
        self.send_again(&waiting).await
    }

    async fn send_again(&self, payment: &Payment) -> Result<(), EngineError> {
        if !self.count_send(payment, "otp-again", RESENDS_MAX).await? {
            let retry_after = expiry_of(payment).since(self.now());
            return Err(EngineError::TooManyRequests { retry_after });
        }
        self.send(payment).await
    }

    async fn send(&self, payment: &Payment) -> Result<(), EngineError> {
        let asked = self.parts.acquirer.resend_challenge(payment.operation);
        let answer = within(self.parts.acquirer.capabilities(), asked).await;
        answer.map_err(|error| not_asked(&error))
    }

    /// Counts that a payment's password is sent, unless it was sent `most` times: exactly, whichever
    /// node is asked. It is written down before anything is sent.
    async fn count_send(
        &self,
        payment: &Payment,
        name: &str,
        most: u32,
    ) -> Result<bool, EngineError> {
        let end = payment.created_at.plus(SENDS_REMEMBERED_FOR);
        let key = ending_counter(end, name, payment.operation.0);
        let mut change_set = ChangeSet::new(self.change_set_id()?);
        change_set.adjustments.push(Adjustment { key, delta: 1, min: 0, max: i64::from(most) });
        match self.parts.store.commit(change_set).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(Conflict::CounterBound(_))) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The payment of an id, if it waits for its payer.
    async fn awaiting_otp(
        &self,
        merchant: &Merchant,
        id: PaymentId,
    ) -> Result<Payment, EngineError> {
        const NOT_FOUND: EngineError = EngineError::NotFound(Thing::Payment);
        let order: Order = match self.order(merchant, id.order).await {
            Err(EngineError::NotFound(_)) => return Err(NOT_FOUND),
            found => found?,
        };
        let payment = order.payment(id.index).filter(|payment| payment.id == id);
        let payment = payment.ok_or(NOT_FOUND)?;
        match payment.state {
            PaymentState::Pending { .. } => Ok(payment.clone()),
            // It is pending for its merchant, because of another payment of its attempt.
            PaymentState::Approved => Err(Refusal::NoPasswordAsked.into()),
            _ => Err(Refusal::PaymentEnded.into()),
        }
    }
}

/// Why the acquirer takes no password now.
fn not_asked(error: &AcquirerError) -> EngineError {
    match error {
        AcquirerError::Silent(_) => Refusal::AttemptInFlight.into(),
        AcquirerError::Unsupported(_) => Refusal::NoPasswordAsked.into(),
    }
}
