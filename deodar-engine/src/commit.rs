//! Deciding and committing: the decision's order, what follows from it, and deciding again when
//! another decision came first.

use std::sync::Arc;
use std::time::Duration;

use deodar_domain::effects::Effects;
use deodar_domain::event::Event;
use deodar_domain::id::OperationId;
use deodar_domain::key::OrderKey;
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order};
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;
use deodar_store::{
    ChangeSet, CommitError, Conflict, EventSnapshot, Job, JobChange, JobPayload, Queue, Record,
    RecordKey, ReferenceKey, Reread, Version, Versioned,
};
use tracing::debug;

use crate::engine::Engine;
use crate::error::{EngineError, Thing};
use crate::idempotency::Keeping;
use crate::random::{NoRandomness, Random};

/// How often a decision is made again because another came first.
const DECISIONS_MAX: u32 = 32;

/// What a decision writes beside its order.
#[derive(Default)]
pub(crate) struct Extra {
    pub(crate) jobs: Vec<Job>,
    pub(crate) job_changes: Vec<JobChange>,
    /// Records that are new.
    pub(crate) made: Vec<Record>,
    pub(crate) claims: Vec<(ReferenceKey, RecordKey)>,
    /// How long it is until a worker asks the acquirer for what is ordered: a call that asks for it
    /// by itself is given time.
    pub(crate) follow_up_after: Duration,
    /// The answer of the call that this is done for.
    pub(crate) answer: Option<Keeping>,
}

/// The time and ids of one decision.
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    random: &'a dyn Random,
    failed: Option<NoRandomness>,
}

impl Context<'_> {
    /// Draws an id for something that the acquirer is asked.
    pub(crate) fn operation(&mut self) -> OperationId {
        match self.random.u128() {
            Ok(bits) => OperationId(bits),
            Err(error) => {
                self.failed = Some(error);
                OperationId(0)
            }
        }
    }
}

/// What a decision came to.
pub(crate) type Decision = Result<(Effects, Extra), EngineError>;

impl Engine {
    /// Reads an order, whoever's it is, as it is stored.
    pub(crate) async fn load(&self, key: OrderKey) -> Result<Versioned<Arc<Order>>, EngineError> {
        let kept = self.at_hand.order(key);
        // An order that is there has a version above that of absence.
        let known = kept.as_ref().map_or(Version::ABSENT, |kept| kept.version);
        match (self.parts.store.get_unless(RecordKey::Order(key), known).await?, kept) {
            (Reread::Unchanged, Some(kept)) => Ok(kept),
            (Reread::Read(Some(Versioned { record: Record::Order(order), version })), _) => {
                let read = Versioned { record: Arc::new(*order), version };
                self.at_hand.keep_order(read.clone());
                Ok(read)
            }
            _ => Err(EngineError::NotFound(Thing::Order)),
        }
    }

    /// Reads an order as of now: a link whose time has run out is expired, whether or not a worker
    /// has written that down.
    pub(crate) async fn load_as_of_now(&self, key: OrderKey) -> Result<Order, EngineError> {
        let mut order = Arc::unwrap_or_clone(self.load(key).await?.record);
        let _not_stored = order.expire_link(self.now());
        Ok(order)
    }

    /// Reads an order, lets `decide` change it, and commits the result with all that follows; reads
    /// and decides again when another decision came first.
    pub(crate) async fn decide<F>(&self, key: OrderKey, decide: F) -> Result<Order, EngineError>
    where
        F: Fn(&mut Order, &mut Context<'_>) -> Decision + Send + Sync,
    {
        Ok(self.decide_with_others(key, decide).await?)
    }

    /// The same, for a decision that writes more than its order: a conflict over the rest is told.
    pub(crate) async fn decide_with_others<F>(
        &self,
        key: OrderKey,
        decide: F,
    ) -> Result<Order, CommitFailure>
    where
        F: Fn(&mut Order, &mut Context<'_>) -> Decision + Send + Sync,
    {
        for _ in 0..DECISIONS_MAX {
            let loaded = self.load(key).await?;
            let mut context =
                Context { now: self.now(), random: &*self.parts.random, failed: None };
            let mut order = Order::clone(&loaded.record);
            let (effects, extra) = decide(&mut order, &mut context)?;
            if let Some(error) = context.failed {
                return Err(EngineError::from(error).into());
            }
            let unchanged = order == *loaded.record
                && effects == Effects::none()
                && extra.jobs.is_empty()
                && extra.job_changes.is_empty();
            if unchanged {
                return Ok(order);
            }
            let change_set = ChangeSet::new(self.change_set_id()?);
            match self.commit_order(change_set, &order, loaded.version, effects, extra).await {
                Ok(()) => return Ok(order),
                Err(CommitFailure::Conflict(Conflict::Version(RecordKey::Order(other))))
                    if other == key =>
                {
                    metrics::counter!("deodar_decisions_repeated_total").increment(1);
                    debug!("decided again: another decision came first");
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(EngineError::Unavailable("too many decisions at once on one order".into()).into())
    }

    /// Commits an order with what follows from the decision.
    pub(crate) async fn commit_order(
        &self,
        change_set: ChangeSet,
        order: &Order,
        version: Version,
        effects: Effects,
        extra: Extra,
    ) -> Result<(), CommitFailure> {
        let mut change_set = change_set.put(Record::Order(Box::new(order.clone())), version);
        for record in extra.made {
            change_set = change_set.put(record, Version::ABSENT);
        }
        change_set.claims.extend(extra.claims);
        change_set.jobs = self.follow_on_jobs(order, &effects, extra.follow_up_after).await?;
        change_set.jobs.extend(extra.jobs);
        change_set.job_changes = extra.job_changes;
        change_set.ledger = effects.ledger;
        let queues = self.queues_due(&change_set.jobs);
        self.commit_keeping(change_set, extra.answer).await?;
        // What is new is not kept: most orders are looked at no more for a while.
        if version != Version::ABSENT {
            let version = version.next();
            self.at_hand.keep_order(Versioned { record: Arc::new(order.clone()), version });
        }
        self.bells.ring(&queues);
        Ok(())
    }

    /// The jobs that follow from a decision: events to be told, operations to be asked, and the
    /// release of an authorisation that nobody captures.
    async fn follow_on_jobs(
        &self,
        order: &Order,
        effects: &Effects,
        follow_up_after: Duration,
    ) -> Result<Vec<Job>, EngineError> {
        let mut jobs = Vec::new();
        if !effects.events.is_empty() {
            let tenant = self.tenant_of(order.merchant).await?;
            for event in &effects.events {
                let event_type = event.event_type();
                if tenant.merchant.endpoints.iter().any(|endpoint| endpoint.wants(event_type)) {
                    jobs.push(self.event_job(order, *event)?);
                }
            }
            let paid =
                |event: &Event| matches!(event, Event::LinkProcessed | Event::LinkPartialProcessed);
            if effects.events.iter().any(paid) {
                jobs.extend(self.receipt_jobs(&tenant.merchant, order)?);
            }
        }
        for operation in &effects.ordered {
            let due_at = self.now().plus(follow_up_after);
            jobs.push(self.follow_up_job(order.key, *operation, due_at)?);
        }
        if effects.events.contains(&Event::OrderAuthorized) {
            jobs.push(self.deadline_job(order.key, self.now().plus(AUTHORISATION_LIFETIME))?);
        }
        Ok(jobs)
    }

    fn event_job(&self, order: &Order, event: Event) -> Result<Job, EngineError> {
        let snapshot =
            EventSnapshot { id: self.event_id()?, event, at: self.now(), order: order.clone() };
        Ok(Job {
            id: self.job_id()?,
            queue: Queue::Event,
            subject: RecordKey::Order(order.key),
            due_at: self.real_now(),
            payload: JobPayload::Event(Box::new(snapshot)),
        })
    }

    /// A job that asks the acquirer about an operation at `due_at`.
    pub(crate) fn follow_up_job(
        &self,
        order: OrderKey,
        operation: OperationId,
        due_at: Timestamp,
    ) -> Result<Job, EngineError> {
        Ok(Job {
            id: self.job_id()?,
            queue: Queue::FollowUp,
            subject: RecordKey::Order(order),
            due_at,
            payload: JobPayload::Operation(operation),
        })
    }

    /// A job that looks at an order's deadlines at `due_at`.
    pub(crate) fn deadline_job(
        &self,
        order: OrderKey,
        due_at: Timestamp,
    ) -> Result<Job, EngineError> {
        Ok(Job {
            id: self.job_id()?,
            queue: Queue::Deadline,
            subject: RecordKey::Order(order),
            due_at,
            payload: JobPayload::None,
        })
    }
}

/// Why an order was not committed.
pub(crate) enum CommitFailure {
    /// Another decision came first.
    Conflict(Conflict),
    /// Anything else.
    Engine(EngineError),
}

impl From<EngineError> for CommitFailure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<CommitFailure> for EngineError {
    fn from(failure: CommitFailure) -> Self {
        match failure {
            CommitFailure::Engine(error) => error,
            CommitFailure::Conflict(conflict) => CommitError::Conflict(conflict).into(),
        }
    }
}

/// A decision with nothing beside its order.
pub(crate) fn only(effects: Result<Effects, Refusal>) -> Decision {
    Ok((effects?, Extra::default()))
}
