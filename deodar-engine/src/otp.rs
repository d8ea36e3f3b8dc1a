//! One-time passwords that the payer gives to the merchant's page instead of the bank's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use deodar_acquirer::{AcquirerError, ChallengeAnswer};
use deodar_domain::decline::Failure;
use deodar_domain::id::{OperationId, PaymentId};
use deodar_domain::merchant::Merchant;
use deodar_domain::order::Order;
use deodar_domain::payment::{Payment, PaymentState, PaymentStatus};
use deodar_domain::refusal::Refusal;

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::pay::{expiry_of, within};

/// How often the password of one payment can be sent again.
pub const RESENDS_MAX: u8 = 3;
/// How many payments are remembered.
pub(crate) const SENDS_ENTRIES: usize = 10_000;

/// Whether the password of a payment was sent on the merchant's word, and how often again. It is counted in memory,
/// by each node for itself, as every limit of calls is.
#[derive(Debug, Default)]
pub(crate) struct Sends {
    generated: AtomicBool,
    resent: AtomicU8,
}

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
        if self.sends_of(&waiting).generated.swap(true, Ordering::Relaxed) {
            return self.send_again(&waiting).await;
        }
        self.send(&waiting).await
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
        let one_more = |sent: u8| (sent < RESENDS_MAX).then_some(sent.saturating_add(1));
        let sends = self.sends_of(payment);
        if sends.resent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err() {
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

    fn sends_of(&self, payment: &Payment) -> Arc<Sends> {
        let new = || Ok::<_, std::convert::Infallible>(Arc::default());
        let found = self.otp_sends.get_or_insert_with(&payment.operation, new);
        found.unwrap_or_default()
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
