//! Paying: the row of intent first, then the acquirer, then what came of it.

use std::sync::Arc;
use std::time::Duration;

use deodar_acquirer::{
    Abandoned, AcquirerError, AuthorizeRequest, Capabilities, Instrument, Outcome, Status,
};
use deodar_domain::decline::DeclineReason;
use deodar_domain::effects::Effects;
use deodar_domain::id::{OperationId, TransactionNumber};
use deodar_domain::instrument::{CardSummary, Instrument as KeptInstrument, UpiFlow};
use deodar_domain::key::OrderKey;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::payment::{AcquirerData, NewPayment, Payment, PaymentState};
use deodar_domain::reference::PaymentReference;
use deodar_domain::refusal::Refusal;
use tracing::{info, warn};

use crate::commit::{Context, Decision, Extra, only};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::pay_by_api::check_expiry;

/// After the acquirer's time for an answer, how much longer it is before a worker asks.
pub(crate) const FOLLOW_UP_GRACE: Duration = Duration::from_secs(1);

/// How many ended calls are remembered.
pub(crate) const ENDED_CALLS_ENTRIES: usize = 10_000;

/// A payment to be made.
#[derive(Debug)]
pub struct PayRequest {
    /// What the payer pays with, with its secrets.
    pub instrument: Instrument,
    /// How much; all that is due where it is absent.
    pub amount: Option<Money>,
    /// The reference of the payment: the same one finds the payment that it made before.
    pub reference: PaymentReference,
    /// Where the bank's pages send the payer back to.
    pub return_url: String,
}

/// A payment to be made, from a page or by a merchant's server.
pub(crate) struct Asked {
    pub(crate) instrument: Instrument,
    /// Whether a QR code is wanted of a UPI link.
    pub(crate) upi_qr: bool,
    pub(crate) amount: Option<Money>,
    pub(crate) reference: PaymentReference,
    pub(crate) return_to: ReturnTo,
}

/// Where the bank's pages send the payer back to.
pub(crate) enum ReturnTo {
    /// An address that was known before.
    Page(String),
    /// The challenge page of the payment itself.
    Challenge,
}

impl From<PayRequest> for Asked {
    fn from(request: PayRequest) -> Self {
        Self {
            instrument: request.instrument,
            upi_qr: true,
            amount: request.amount,
            reference: request.reference,
            return_to: ReturnTo::Page(request.return_url),
        }
    }
}

/// A payment that was made, or found.
#[derive(Clone, Debug)]
pub struct Paid {
    /// The order, as of now.
    pub order: Order,
    /// The index of the payment.
    pub index: u16,
}

impl Paid {
    /// The payment.
    pub fn payment(&self) -> Option<&Payment> {
        self.order.payment(self.index)
    }

    fn by(order: Order, found: impl Fn(&Payment) -> bool) -> Result<Self, EngineError> {
        let index = order.payments.iter().find(|payment| found(payment)).map(|p| p.id.index);
        let index = index.ok_or_else(|| EngineError::Internal("a payment is missing".into()))?;
        Ok(Self { order, index })
    }
}

impl Engine {
    /// Makes a payment of an order. While the acquirer is silent the payment is pending, and
    /// workers ask until it is known. Where an attempt is in flight: [`Refusal::AttemptInFlight`].
    /// The payment goes on when the caller goes away.
    pub async fn pay(
        self: &Arc<Self>,
        order: OrderKey,
        request: PayRequest,
    ) -> Result<Paid, EngineError> {
        self.pay_in_background(order, request.into()).await
    }

    /// Makes a payment in a task of its own.
    pub(crate) async fn pay_in_background(
        self: &Arc<Self>,
        order: OrderKey,
        asked: Asked,
    ) -> Result<Paid, EngineError> {
        let engine = Arc::clone(self);
        tokio::spawn(async move { engine.pay_to_the_end(order, asked).await })
            .await
            .map_err(|error| EngineError::Internal(format!("a payment's task ended: {error}")))?
    }

    async fn pay_to_the_end(&self, key: OrderKey, request: Asked) -> Result<Paid, EngineError> {
        let loaded = self.load_as_of_now(key).await?;
        let same = |payment: &Payment| payment.reference == request.reference;
        if loaded.payments.iter().any(same) {
            return Paid::by(loaded, same);
        }
        let tenant = self.tenant_of(loaded.merchant).await?;
        let method = request.instrument.method();
        loaded.may_start(self.now())?;
        if !loaded.terms.allowed_methods.contains(method) {
            return Err(Refusal::MethodNotAllowed.into());
        }
        if !self.payable_methods(&loaded, &tenant.merchant).contains(method) {
            return Err(EngineError::MethodNotEnabled(method));
        }
        check_expiry(&request.instrument, self.now())?;
        let operation = self.operation_id()?;
        let number = self.transaction_numbers.next(&*self.parts.store).await?;
        let new = NewPayment {
            number: TransactionNumber(number),
            reference: request.reference.clone(),
            amount: request.amount.unwrap_or_else(|| loaded.amount_to_pay()),
            instrument: kept(&request.instrument, request.upi_qr),
            operation,
            acquirer: AcquirerData {
                acquirer_name: self.parts.acquirer.name(method),
                acquirer_reference: None,
                approval_code: None,
                rrn: None,
                is_aggregator: true,
            },
        };
        let begun = self.decide(key, |order, context| self.begin(order, context, &new)).await?;
        let paid = Paid::by(begun, same)?;
        // The same reference won the race in another request: that one asks the acquirer.
        if paid.payment().is_none_or(|payment| payment.operation != operation) {
            return Ok(paid);
        }
        let outcome = self.authorize(&paid, request, operation).await;
        self.ended_calls.insert(operation, ());
        match outcome {
            Some(outcome) => {
                let order = self.apply(key, operation, &outcome, Extra::default).await?;
                Paid::by(order, |payment| payment.operation == operation)
            }
            None => Ok(paid),
        }
    }

    /// The row of intent, and the job that asks what became of it should this process end.
    fn begin(&self, order: &mut Order, context: &mut Context<'_>, new: &NewPayment) -> Decision {
        if order.payments.iter().any(|payment| payment.reference == new.reference) {
            return Ok((Effects::none(), Extra::default()));
        }
        let effects = order.start_attempt(new.clone(), context.now)?;
        let wait = self.parts.acquirer.capabilities().answer_timeout + FOLLOW_UP_GRACE;
        let job = self.follow_up_job(order.key, new.operation, context.now.plus(wait))?;
        Ok((effects, Extra { jobs: vec![job], ..Extra::default() }))
    }

    /// Asks the acquirer; `None` where it is silent, so that nothing is known.
    async fn authorize(
        &self,
        paid: &Paid,
        request: Asked,
        operation: OperationId,
    ) -> Option<Outcome> {
        let order = &paid.order;
        let merchant_name = self.tenant_of(order.merchant).await.ok()?.merchant.name.clone();
        let payment = paid.payment()?;
        let return_url = match request.return_to {
            ReturnTo::Page(url) => url,
            ReturnTo::Challenge => self.challenge_return_url(payment).ok()?,
        };
        let asked = AuthorizeRequest {
            operation,
            merchant: order.merchant,
            merchant_name,
            amount: payment.amount,
            hold: order.terms.pre_auth,
            lifetime: Payment::lifetime(&payment.instrument),
            instrument: request.instrument,
            return_url,
            account: order.terms.account.clone(),
        };
        match within(self.parts.acquirer.capabilities(), self.parts.acquirer.authorize(asked)).await
        {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                warn!(%operation, %error, "the outcome of a payment is in doubt");
                None
            }
        }
    }

    /// Commits what the acquirer said of a payment, with `extra` beside it.
    pub(crate) async fn apply(
        &self,
        key: OrderKey,
        operation: OperationId,
        outcome: &Outcome,
        extra: impl Fn() -> Extra + Send + Sync,
    ) -> Result<Order, EngineError> {
        self.decide(key, |order, context| {
            Ok((take_word(order, operation, outcome, context)?, extra()))
        })
        .await
    }

    /// Asks the acquirer about the payment in flight, if there is one, and gives the order as of
    /// now. The pages call it when the payer comes back from the bank, and while the payer waits.
    /// A silent acquirer changes nothing.
    pub async fn refresh_payment(&self, order: OrderKey) -> Result<Order, EngineError> {
        let loaded = self.load_as_of_now(order).await?;
        let Some(payment) = loaded.payment_in_flight() else { return Ok(loaded) };
        if !self.may_ask(payment) {
            return Ok(loaded);
        }
        let operation = payment.operation;
        let past = self.now() >= expiry_of(payment);
        let asked = self.parts.acquirer.status(operation);
        match within(self.parts.acquirer.capabilities(), asked).await {
            Ok(Status::Known(outcome)) if is_decided(&outcome) || !past => {
                self.apply(order, operation, &outcome, Extra::default).await
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
    fn may_ask(&self, payment: &Payment) -> bool {
        let challenged = matches!(payment.state, PaymentState::Pending { challenge: Some(_), .. });
        let wait = self.parts.acquirer.capabilities().answer_timeout + FOLLOW_UP_GRACE;
        challenged
            || self.ended_calls.get(&payment.operation).is_some()
            || self.now() >= payment.created_at.plus(wait)
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
                    only(order.give_up(operation, context.now))
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
    match outcome {
        Outcome::Approved(approval) => {
            order.approve(operation, approval.clone(), &mut || context.operation(), now)
        }
        Outcome::Declined(failure) if failure.reason == DeclineReason::PaymentCancelled => {
            let payment = order.payment_by_operation(operation);
            // After the attempt's time it was cancelled for that reason, whoever did it.
            if payment.is_some_and(|payment| now >= expiry_of(payment)) {
                order.time_out(operation, now)
            } else {
                order.give_up(operation, now)
            }
        }
        Outcome::Declined(failure) => order.decline(operation, failure.clone(), now),
        Outcome::Challenged(asked) => {
            let known = order.payment_by_operation(operation).is_some_and(|payment| {
                matches!(&payment.state, PaymentState::Pending { challenge: Some(_), .. })
            });
            if known { Ok(Effects::none()) } else { order.challenge(operation, asked.clone(), now) }
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
pub(crate) fn expiry_of(payment: &Payment) -> deodar_domain::time::Timestamp {
    match payment.state {
        PaymentState::Pending { expires_at, .. } => expires_at,
        _ => payment.updated_at,
    }
}

/// What may be kept of an instrument.
fn kept(instrument: &Instrument, upi_qr: bool) -> KeptInstrument {
    match instrument {
        Instrument::Card(card) => KeptInstrument::Card(CardSummary {
            brand: card.number.brand(),
            last4: card.number.last4(),
            card_type: None,
            issuer: None,
            category: None,
            country_code: None,
        }),
        Instrument::UpiCollect(vpa) => KeptInstrument::Upi(UpiFlow::Collect { vpa: vpa.clone() }),
        Instrument::UpiIntent => KeptInstrument::Upi(UpiFlow::Intent { qr: upi_qr }),
        Instrument::Netbanking(pay_code) => {
            KeptInstrument::Netbanking { pay_code: pay_code.clone() }
        }
    }
}
