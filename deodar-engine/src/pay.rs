//! Paying: the row of intent first, then the acquirer, then what came of it.

mod instrument;
mod outcome;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deodar_acquirer::{AuthorizeRequest, Instrument, Outcome};
use deodar_domain::effects::Effects;
use deodar_domain::id::{OperationId, TransactionNumber};
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::payment::{AcquirerData, NewPayment, Payment};
use deodar_domain::reference::PaymentReference;
use tracing::warn;

use crate::commit::{Context, Decision, Extra};
use crate::engine::Engine;
use crate::error::{EngineError, PaymentProblem};

pub(crate) use outcome::{expiry_of, is_decided, within};

/// After the acquirer's time for an answer, how much longer it is before a worker asks.
pub(crate) const FOLLOW_UP_GRACE: Duration = Duration::from_secs(1);

/// How long a call waits for the acquirer in all, which is asked for each payment of an attempt
/// after the other. It is less than a caller is given, so that what is stored is told as pending.
const CALL_PATIENCE: Duration = Duration::from_secs(25);

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

/// An attempt to be made, from a page or by a merchant's server.
pub(crate) struct Asked {
    pub(crate) payments: Vec<AskedPayment>,
    pub(crate) return_to: ReturnTo,
}

/// One payment of an attempt.
#[derive(Debug)]
pub(crate) struct AskedPayment {
    pub(crate) instrument: Instrument,
    /// Whether a QR code is wanted of a UPI link.
    pub(crate) upi_qr: bool,
    pub(crate) amount: Option<Money>,
    pub(crate) reference: PaymentReference,
}

/// Where the bank's pages send the payer back to.
pub(crate) enum ReturnTo {
    /// An address that was known before.
    Page(String),
    /// The challenge page of the attempt itself.
    Challenge,
}

impl From<PayRequest> for Asked {
    fn from(request: PayRequest) -> Self {
        let payment = AskedPayment {
            instrument: request.instrument,
            upi_qr: true,
            amount: request.amount,
            reference: request.reference,
        };
        Self { payments: vec![payment], return_to: ReturnTo::Page(request.return_url) }
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
    /// workers ask until it is known. Where an attempt is in flight:
    /// [`AttemptInFlight`](deodar_domain::refusal::Refusal::AttemptInFlight).
    /// The payment goes on when the caller goes away.
    pub async fn pay(
        self: &Arc<Self>,
        order: OrderKey,
        request: PayRequest,
    ) -> Result<Paid, EngineError> {
        let reference = request.reference.clone();
        let order = self.pay_in_background(order, request.into()).await?;
        Paid::by(order, |payment| payment.reference == reference)
    }

    /// Makes an attempt in a task of its own, which goes on where the caller waits no longer.
    pub(crate) async fn pay_in_background(
        self: &Arc<Self>,
        key: OrderKey,
        asked: Asked,
    ) -> Result<Order, EngineError> {
        let engine = Arc::clone(self);
        let references: Vec<_> = asked.payments.iter().map(|p| p.reference.clone()).collect();
        let paying = tokio::spawn(async move { engine.pay_to_the_end(key, asked).await });
        if let Ok(paid) = tokio::time::timeout(CALL_PATIENCE, paying).await {
            return paid
                .map_err(|error| EngineError::Internal(format!("a payment's task: {error}")))?;
        }
        warn!("a payment's call did not wait for the acquirer any longer");
        let order = self.load_as_of_now(key).await?;
        let is_stored =
            |reference: &PaymentReference| order.payments.iter().any(|p| p.reference == *reference);
        if references.iter().all(is_stored) {
            return Ok(order);
        }
        Err(EngineError::Unavailable("an attempt is still to be stored".into()))
    }

    async fn pay_to_the_end(&self, key: OrderKey, asked: Asked) -> Result<Order, EngineError> {
        if !are_distinct(&asked.payments) {
            return Err(EngineError::DuplicateReference);
        }
        let loaded = self.load_as_of_now(key).await?;
        if let Some(known) = known_attempt(&loaded, &asked.payments) {
            return known.map(|()| loaded);
        }
        let Asked { payments, return_to } = asked;
        let tenant = self.tenant_of(loaded.merchant).await?;
        loaded.may_start(self.now())?;
        self.check_methods(&loaded, &tenant.merchant, &payments)?;
        self.check_failures(&payments)?;
        let mut news = Vec::with_capacity(payments.len());
        for (element, payment) in payments.iter().enumerate() {
            news.push(self.new_payment(&loaded, payment, element).await?);
        }
        let begun = self.decide(key, |order, context| self.begin(order, context, &news)).await?;
        let operations: Vec<OperationId> = news.iter().map(|new| new.operation).collect();
        // The same references won the race in another request: that one asks the acquirer.
        if !operations.iter().all(|operation| begun.payment_by_operation(*operation).is_some()) {
            return known_attempt(&begun, &payments)
                .unwrap_or(Err(EngineError::DuplicateReference))
                .map(|()| begun);
        }
        self.ask_for_attempt(begun, payments, operations, return_to).await
    }

    /// What is written down of a payment before the acquirer is asked for it.
    async fn new_payment(
        &self,
        order: &Order,
        asked: &AskedPayment,
        element: usize,
    ) -> Result<NewPayment, EngineError> {
        let amount = asked.amount.unwrap_or_else(|| order.amount_to_pay());
        let instrument = self.kept(asked, amount, element).await?;
        let number = self.transaction_numbers.next(&*self.parts.store).await?;
        Ok(NewPayment {
            number: TransactionNumber(number),
            reference: asked.reference.clone(),
            amount,
            operation: self.operation_id()?,
            acquirer: AcquirerData {
                acquirer_name: self.parts.acquirer.name(&instrument),
                acquirer_reference: None,
                approval_code: None,
                rrn: None,
                is_aggregator: true,
            },
            instrument,
        })
    }

    fn check_methods(
        &self,
        order: &Order,
        merchant: &Merchant,
        payments: &[AskedPayment],
    ) -> Result<(), EngineError> {
        let payable = self.payable_methods(order, merchant);
        for (element, payment) in payments.iter().enumerate() {
            let method = payment.instrument.method();
            let problem = if !order.terms.allowed_methods.contains(method) {
                PaymentProblem::MethodNotAllowed
            } else if !payable.contains(method) {
                PaymentProblem::MethodNotEnabled(method)
            } else if let Some(provider) = missing_lender(merchant, &payment.instrument) {
                PaymentProblem::ProviderNotEnabled(provider)
            } else {
                continue;
            };
            return Err(EngineError::InvalidPayment { element, problem });
        }
        Ok(())
    }

    /// The row of intent, and the jobs that ask what became of it should this process end.
    fn begin(&self, order: &mut Order, context: &mut Context<'_>, news: &[NewPayment]) -> Decision {
        let is_known =
            |payment: &Payment| news.iter().any(|new| new.reference == payment.reference);
        if order.payments.iter().any(is_known) {
            return Ok((Effects::none(), Extra::default()));
        }
        let effects = order.start_attempt(news.to_vec(), context.now)?;
        let mut jobs = Vec::with_capacity(news.len());
        for (place, new) in news.iter().enumerate() {
            let due_at = context.now.plus(self.asked_within(place));
            jobs.push(self.follow_up_job(order.key, new.operation, due_at)?);
        }
        Ok((effects, Extra { jobs, ..Extra::default() }))
    }

    /// Asks the acquirer for the payments of an attempt, one after the other, until one is refused:
    /// the attempt has ended then, and what came before is undone.
    async fn ask_for_attempt(
        &self,
        mut order: Order,
        payments: Vec<AskedPayment>,
        operations: Vec<OperationId>,
        return_to: ReturnTo,
    ) -> Result<Order, EngineError> {
        let methods: Vec<Method> = payments.iter().map(|asked| asked.instrument.method()).collect();
        for ((place, asked), operation) in payments.into_iter().enumerate().zip(operations) {
            let in_flight = order.payment_by_operation(operation).is_some_and(Payment::is_pending);
            if !in_flight {
                break;
            }
            self.remember_instrument(operation, &asked.instrument);
            let mut others = (0..).zip(&methods).filter(|(other, _)| *other != place);
            let asked_beside = others.any(|(_, method)| *method != Method::Points);
            let outcome =
                self.authorize(&order, asked.instrument, operation, &return_to, asked_beside).await;
            self.ended_calls.insert(operation, ());
            order = match outcome {
                Some(outcome) => self.apply(order.key, operation, &outcome, Extra::default).await?,
                // The attempt may have been ended meanwhile, and what is left of it with it.
                None => self.load_as_of_now(order.key).await?,
            };
        }
        Ok(order)
    }

    /// Asks the acquirer; `None` where it is silent, so that nothing is known.
    async fn authorize(
        &self,
        order: &Order,
        instrument: Instrument,
        operation: OperationId,
        return_to: &ReturnTo,
        asked_beside: bool,
    ) -> Option<Outcome> {
        let merchant_name = self.tenant_of(order.merchant).await.ok()?.merchant.name.clone();
        let payment = order.payment_by_operation(operation)?;
        let return_url = match return_to {
            ReturnTo::Page(url) => url.clone(),
            ReturnTo::Challenge => self.challenge_return_url(order, payment).ok()?,
        };
        let asked = AuthorizeRequest {
            operation,
            merchant: order.merchant,
            merchant_name,
            amount: payment.amount,
            hold: order.terms.pre_auth,
            lifetime: Payment::lifetime(&payment.instrument),
            instrument,
            return_url,
            account: order.terms.account.clone(),
            asked_beside,
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
}

/// Whether payments that are asked for were made before; `None` where none of them was.
/// [`EngineError::DuplicateReference`] where only some were, or not in one attempt.
fn known_attempt(order: &Order, asked: &[AskedPayment]) -> Option<Result<(), EngineError>> {
    let find =
        |asked: &AskedPayment| order.payments.iter().find(|p| p.reference == asked.reference);
    let first = asked.iter().find_map(find)?;
    let all = asked.iter().all(|asked| find(asked).is_some_and(|p| p.attempt == first.attempt));
    Some(if all { Ok(()) } else { Err(EngineError::DuplicateReference) })
}

fn are_distinct(payments: &[AskedPayment]) -> bool {
    let references: HashSet<&str> = payments.iter().map(|asked| asked.reference.as_str()).collect();
    references.len() == payments.len()
}

/// The lender of a Pay Later payment that the merchant does not take.
const fn missing_lender(merchant: &Merchant, instrument: &Instrument) -> Option<PayLaterProvider> {
    match instrument {
        Instrument::PayLater { provider, .. } if !merchant.pay_later.contains(*provider) => {
            Some(*provider)
        }
        _ => None,
    }
}
