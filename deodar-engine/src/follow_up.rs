//! Following up: asking the acquirer until the outcome is known, and keeping deadlines.

use std::sync::Arc;
use std::time::Duration;

use deodar_acquirer::{Abandoned, AcquirerError, FollowOnRequest, Outcome, Status};
use deodar_domain::decline::Failure;
use deodar_domain::id::OperationId;
use deodar_domain::instruction::{Instruction, InstructionKind};
use deodar_domain::key::OrderKey;
use deodar_domain::link::LinkState;
use deodar_domain::message::MessageKind;
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order, OrderState};
use deodar_domain::payment::{ATTEMPT_LIFETIME, Payment};
use deodar_domain::time::Timestamp;
use deodar_store::{ChangeSet, JobChange, JobOutcome, JobPayload, LeasedJob, Queue, RecordKey};
use tracing::{error, info, warn};

use crate::commit::Extra;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::messages::{is_unpaid, reminder_at};
use crate::pay::{expiry_of, is_decided, within};

/// How long it is until the acquirer is asked again: by the number of tries, then the last for ever.
const ASK_AGAIN: [Duration; 6] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(30),
    Duration::from_mins(1),
];

/// How long a release waits for an operation that is in doubt.
const RELEASE_AGAIN: Duration = Duration::from_mins(1);
/// How long after a release it is looked whether the acquirer has let go; where it refused, it is
/// asked anew.
const RELEASE_CHECKED_AFTER: Duration = Duration::from_hours(24);

impl Engine {
    /// Does a job of [`Queue::FollowUp`] or [`Queue::Deadline`]: asks the acquirer, ends a link,
    /// releases an authorisation. What cannot be done now is written down to be done again.
    pub async fn do_job(&self, job: LeasedJob) -> Result<(), EngineError> {
        let RecordKey::Order(key) = job.job.subject else { return self.end_job(&job, None).await };
        match (job.job.queue, &job.job.payload) {
            (Queue::FollowUp, JobPayload::Operation(operation)) => {
                self.follow_up(key, *operation, &job).await
            }
            (Queue::Deadline, _) => self.keep_deadline(key, &job).await,
            _ => self.end_job(&job, None).await,
        }
    }

    async fn follow_up(
        &self,
        key: OrderKey,
        operation: OperationId,
        job: &LeasedJob,
    ) -> Result<(), EngineError> {
        let order = self.load(key).await?.record;
        if let Some(payment) = order.payment_by_operation(operation) {
            if !payment.is_pending() {
                return self.end_job(job, None).await;
            }
            return self.follow_up_payment(key, payment, job).await;
        }
        match order.instruction(operation) {
            Some(instruction) if instruction.is_open() => {
                self.follow_up_instruction(&order, instruction, job).await
            }
            _ => self.end_job(job, None).await,
        }
    }

    async fn follow_up_payment(
        &self,
        key: OrderKey,
        payment: &Payment,
        job: &LeasedJob,
    ) -> Result<(), EngineError> {
        let operation = payment.operation;
        let acquirer = &self.parts.acquirer;
        let past = self.now() >= expiry_of(payment);
        let outcome = match within(acquirer.capabilities(), acquirer.status(operation)).await {
            Ok(Status::Known(outcome)) if is_decided(&outcome) => outcome,
            Ok(Status::Known(_)) if past => {
                match within(acquirer.capabilities(), acquirer.abandon(operation)).await {
                    Ok(Abandoned::Decided(outcome)) if is_decided(&outcome) => outcome,
                    // The acquirer contradicts itself: nothing is known, and nothing ends here.
                    Ok(Abandoned::Decided(_)) => {
                        return self.end_job(job, Some(self.ask_again_at(job))).await;
                    }
                    Ok(Abandoned::Ended) => {
                        let order = self.time_out(key, operation, job).await?;
                        self.count_failure(&order, operation);
                        return Ok(());
                    }
                    Err(silence) => return self.ask_later(job, operation, &silence).await,
                }
            }
            Ok(Status::Known(outcome)) => {
                let due_at = self.ask_again_at(job).min(expiry_of(payment)).max(self.now());
                let again = job_change(job, Some(due_at));
                self.apply(key, operation, &outcome, || again.into()).await?;
                return Ok(());
            }
            // The request never reached the acquirer, and is refused there from now on. That is no
            // fault of what it was to be paid with.
            Ok(Status::Unknown) => {
                self.time_out(key, operation, job).await?;
                return Ok(());
            }
            Err(silence) => return self.ask_later(job, operation, &silence).await,
        };
        let done = job_change(job, None);
        self.apply(key, operation, &outcome, || done.into()).await?;
        info!(%operation, "a payment's outcome was found by asking");
        Ok(())
    }

    async fn time_out(
        &self,
        key: OrderKey,
        operation: OperationId,
        job: &LeasedJob,
    ) -> Result<Order, EngineError> {
        let done = job_change(job, None);
        let timed_out = self.decide(key, |order, context| {
            let now = context.now;
            Ok((order.time_out(operation, &mut || context.operation(), now)?, done.into()))
        });
        let order = timed_out.await?;
        info!(%operation, "a payment's time ran out");
        Ok(order)
    }

    /// Asks the acquirer to do what was ordered; asking twice does it once.
    async fn follow_up_instruction(
        &self,
        order: &Order,
        instruction: &Instruction,
        job: &LeasedJob,
    ) -> Result<(), EngineError> {
        let operation = instruction.operation;
        let done = job_change(job, None);
        match self.ask_for(order, instruction).await {
            Ok(outcome) if is_decided(&outcome) => {
                self.apply_to_instruction(order.key, instruction, &outcome, || done.into()).await?;
                Ok(())
            }
            Ok(_) => self.end_job(job, Some(self.ask_again_at(job))).await,
            Err(silence) => self.ask_later(job, operation, &silence).await,
        }
    }

    /// Asks the acquirer to do what was ordered; asking twice does it once.
    pub(crate) async fn ask_for(
        &self,
        order: &Order,
        instruction: &Instruction,
    ) -> Result<Outcome, AcquirerError> {
        let payment = order.payment(instruction.payment);
        let payment = payment.ok_or(AcquirerError::Unsupported("an unknown payment"))?;
        let request = FollowOnRequest {
            operation: instruction.operation,
            authorization: payment.operation,
            amount: instruction.amount,
        };
        let acquirer = &self.parts.acquirer;
        let asked = match instruction.kind {
            InstructionKind::Capture(_) => acquirer.capture(request),
            InstructionKind::Void(_) => acquirer.void(request),
            InstructionKind::Refund(_) => acquirer.refund(request),
            InstructionKind::Reversal => acquirer.reverse(request),
        };
        within(acquirer.capabilities(), asked).await
    }

    /// Commits what the acquirer has decided of what was ordered, with `extra` beside it.
    pub(crate) async fn apply_to_instruction(
        &self,
        key: OrderKey,
        instruction: &Instruction,
        outcome: &Outcome,
        extra: impl Fn() -> Extra + Send + Sync,
    ) -> Result<Order, EngineError> {
        let operation = instruction.operation;
        match outcome {
            Outcome::Declined(failure) => self.refused(key, instruction, failure, extra).await,
            Outcome::Approved(_) => {
                self.decide(key, |order, context| {
                    Ok((order.instruction_done(operation, context.now)?, extra()))
                })
                .await
            }
            Outcome::Pending | Outcome::Challenged { .. } => self.load_as_of_now(key).await,
        }
    }

    async fn refused(
        &self,
        key: OrderKey,
        instruction: &Instruction,
        failure: &Failure,
        extra: impl Fn() -> Extra + Send + Sync,
    ) -> Result<Order, EngineError> {
        let operation = instruction.operation;
        let reason = failure.reason.code();
        if instruction.kind == InstructionKind::Reversal {
            metrics::counter!("deodar_reversals_refused_total").increment(1);
            error!(%operation, reason, "the acquirer refused a reversal: money is to be given back by hand");
        } else {
            warn!(%operation, reason, "the acquirer refused");
        }
        self.decide(key, |order, context| {
            let refused = order.instruction_refused(operation, failure.clone(), context.now)?;
            Ok((refused, extra()))
        })
        .await
    }

    async fn keep_deadline(&self, key: OrderKey, job: &LeasedJob) -> Result<(), EngineError> {
        let order = self.load(key).await?.record;
        // The job is put off in the commit that orders the reminder, so that there is one of them.
        let reminds = reminder_at(&order) == Some(job.job.due_at);
        let merchant = Arc::clone(&self.tenant_of(order.merchant).await?.merchant);
        self.decide(key, |order, context| {
            let now = context.now;
            let expired = order.expire_link(now);
            let jobs = if reminds && is_unpaid(order) {
                self.message_jobs(&merchant, order, MessageKind::LinkReminder)?
            } else {
                Vec::new()
            };
            let with = |change: JobChange, jobs| Extra { jobs, ..change.into() };
            let Ok(released) = order.release(&mut || context.operation(), now) else {
                // What is in doubt is followed up first; the release is tried again after that.
                let again = job_change(job, Some(now.plus(RELEASE_AGAIN)));
                return Ok((expired, with(again, jobs)));
            };
            let change = job_change(job, next_look(order, now));
            Ok((expired.and(released), with(change, jobs)))
        })
        .await?;
        Ok(())
    }

    async fn ask_later(
        &self,
        job: &LeasedJob,
        operation: OperationId,
        silence: &AcquirerError,
    ) -> Result<(), EngineError> {
        warn!(%operation, %silence, tries = job.tries, "the acquirer is asked again later");
        self.end_job(job, Some(self.ask_again_at(job))).await
    }

    fn ask_again_at(&self, job: &LeasedJob) -> Timestamp {
        let tries = usize::try_from(job.tries.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = ASK_AGAIN.get(tries).or(ASK_AGAIN.last()).copied().unwrap_or_default();
        self.now().plus(wait)
    }

    /// Ends a job, or puts it off, with nothing else to store.
    pub(crate) async fn end_job(
        &self,
        job: &LeasedJob,
        again_at: Option<Timestamp>,
    ) -> Result<(), EngineError> {
        let mut change_set = ChangeSet::new(self.change_set_id()?);
        change_set.job_changes.push(job_change(job, again_at));
        Ok(self.parts.store.commit(change_set).await?)
    }
}

/// When the order must be looked at again, if ever. A deadline that has passed and left the order
/// open is looked at until it has not: the acquirer may refuse a release, and the attempt that
/// keeps a link open may be ended by a process whose clock is behind.
fn next_look(order: &Order, now: Timestamp) -> Option<Timestamp> {
    let deadline = next_deadline(order)?;
    if deadline > now {
        return Some(deadline);
    }
    Some(now.plus(match order.state {
        OrderState::Authorized { .. } => RELEASE_CHECKED_AFTER,
        _ => ATTEMPT_LIFETIME,
    }))
}

/// The order's next deadline, if it has one; it may have passed.
fn next_deadline(order: &Order) -> Option<Timestamp> {
    if let OrderState::Authorized { since } = order.state {
        return Some(since.plus(AUTHORISATION_LIFETIME));
    }
    let link = order.link.as_ref()?;
    let open = matches!(
        link.state,
        LinkState::Created
            | LinkState::Clicked
            | LinkState::PaymentInitiated
            | LinkState::PartialProcessed
    );
    open.then_some(link.expire_by)
}

pub(crate) const fn job_change(job: &LeasedJob, again_at: Option<Timestamp>) -> JobChange {
    let outcome = match again_at {
        Some(due_at) => JobOutcome::Again { due_at },
        None => JobOutcome::Done,
    };
    JobChange { id: job.job.id, lease: job.lease, outcome }
}

impl From<JobChange> for Extra {
    fn from(change: JobChange) -> Self {
        Self { job_changes: vec![change], ..Self::default() }
    }
}
