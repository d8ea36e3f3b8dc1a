//! What workers do. They take no input: they lease jobs that are due, look at the rows, and act;
//! doing one twice is harmless.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deodar_domain::event::Event;
use deodar_domain::id::{EndpointId, EventId};
use deodar_domain::merchant::{Endpoint, Merchant};
use deodar_domain::signature::webhook_mac;
use deodar_domain::time::Timestamp;
use deodar_store::{
    ChangeSet, CommitError, Conflict, Delivery, DeliveryKey, DeliveryState, EventSnapshot, Hold,
    Job, JobId, JobPayload, Lease, LeaseRequest, LeasedJob, Queue, Record, RecordKey, Version,
};
use futures::future::join_all;
use tokio::sync::Notify;
use tracing::{error, warn};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::follow_up::job_change;

/// How many lots of deliveries are taken of which none is to be sent, before others have their turn.
const LOTS_IN_VAIN_MAX: usize = 64;
/// When a delivery is tried: at once, then after each of these. Then it is abandoned.
pub const DELIVERY_TIMETABLE: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(10),
];
/// How long a worker holds a job. It is longer than a delivery or an acquirer's answer may take.
pub const LEASE_LIFETIME: Duration = Duration::from_mins(1);

/// Wakes the workers of a queue when a commit of this process writes a job into it that is due.
#[derive(Default)]
pub(crate) struct Bells([Notify; Queue::ALL.len()]);

impl Bells {
    fn of(&self, queue: Queue) -> Option<&Notify> {
        let at = Queue::ALL.iter().position(|other| *other == queue)?;
        self.0.get(at)
    }

    pub(crate) fn ring(&self, queues: &[Queue]) {
        for bell in queues.iter().filter_map(|queue| self.of(*queue)) {
            bell.notify_one();
        }
    }

    pub(crate) fn ring_all(&self) {
        self.ring(&Queue::ALL);
    }
}

/// An event to be rendered, once for each endpoint.
pub struct EventToRender {
    /// The event and the order as it was.
    pub snapshot: Box<EventSnapshot>,
    /// Whose it is.
    pub merchant: Arc<Merchant>,
    /// The endpoints that are told of it; may be empty.
    pub endpoints: Vec<Endpoint>,
    job: LeasedJob,
}

/// A rendered event for one endpoint.
#[derive(Clone, Debug)]
pub struct RenderedEvent {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The body; it never changes again.
    pub body: String,
}

/// A webhook to be sent.
pub struct DeliveryToSend {
    /// The delivery.
    pub delivery: Delivery,
    version: Version,
    job: LeasedJob,
}

/// A webhook's headers, for one attempt.
#[derive(Clone, Debug)]
pub struct DeliveryHeaders {
    /// `webhook-id`
    pub id: String,
    /// `webhook-timestamp`
    pub timestamp: String,
    /// `webhook-signature`
    pub signature: String,
}

/// What came of one attempt to deliver.
#[derive(Clone, Debug)]
pub enum DeliveryResult {
    /// A 2xx came in time.
    Delivered {
        /// The status.
        status: u16,
    },
    /// Anything else; a sentence for the merchant's developer: `HTTP 500`, `timed out after 5 s`.
    Failed {
        /// What happened.
        reason: String,
    },
    /// Nothing was sent: the merchant has removed the endpoint.
    EndpointRemoved,
}

/// The header `webhook-id` of an event: `msg_` and the event's id.
pub fn webhook_id(event: EventId) -> String {
    format!("msg_{event}")
}

/// Leaves a job that cannot be read to be found again when its lease ends, so that it does not hold
/// up those beside it. A store that is away holds up all.
pub(crate) fn pass_over(job: JobId, error: EngineError) -> Result<(), EngineError> {
    if matches!(error, EngineError::Unavailable(_)) {
        return Err(error);
    }
    error!(job = job.0, %error, "a job was passed over; it is tried again when its lease ends");
    Ok(())
}

/// Reads what jobs are about, all at the same time.
async fn read_each<T, F>(
    jobs: Vec<LeasedJob>,
    read: impl Fn(LeasedJob) -> F,
) -> Result<Vec<T>, EngineError>
where
    F: Future<Output = Result<Option<T>, EngineError>>,
{
    let ids: Vec<JobId> = jobs.iter().map(|job| job.job.id).collect();
    let mut all = Vec::with_capacity(ids.len());
    for (id, found) in ids.into_iter().zip(join_all(jobs.into_iter().map(read)).await) {
        match found {
            Ok(found) => all.extend(found),
            Err(error) => pass_over(id, error)?,
        }
    }
    Ok(all)
}

fn endpoint_of(merchant: &Merchant, id: EndpointId) -> Option<&Endpoint> {
    merchant.endpoints.iter().find(|endpoint| endpoint.id == id)
}

impl Engine {
    /// Waits until a commit of this process writes a job into `queue` that is due, or `timeout`.
    pub async fn wait_for_work(&self, queue: Queue, timeout: Duration) {
        if let Some(bell) = self.bells.of(queue) {
            let _rung_or_not = tokio::time::timeout(timeout, bell.notified()).await;
        }
    }

    /// The queues of those jobs that are due. Nobody is woken for the others: workers look by
    /// themselves for what becomes due as time passes.
    pub(crate) fn queues_due(&self, jobs: &[Job]) -> Vec<Queue> {
        let due = jobs.iter().filter(|job| job.due_at <= self.due_by(job.queue));
        due.map(|job| job.queue).collect()
    }

    /// Until when jobs of a queue are due. Events are due when they happen, in real time; everything
    /// else follows business time.
    fn due_by(&self, queue: Queue) -> Timestamp {
        if queue == Queue::Event { self.real_now() } else { self.now() }
    }

    /// Takes jobs of a queue that are due.
    pub async fn take_jobs(
        &self,
        queue: Queue,
        limit: usize,
    ) -> Result<Vec<LeasedJob>, EngineError> {
        let (due_by, now) = (self.due_by(queue), self.real_now());
        let request = LeaseRequest { queue, due_by, now, lease_for: LEASE_LIFETIME, limit };
        Ok(self.parts.store.lease(request).await?)
    }

    /// Takes events that wait to be rendered.
    pub async fn events_to_render(&self, limit: usize) -> Result<Vec<EventToRender>, EngineError> {
        let jobs = self.take_jobs(Queue::Event, limit).await?;
        read_each(jobs, |job| self.event_to_render(job)).await
    }

    async fn event_to_render(
        &self,
        mut job: LeasedJob,
    ) -> Result<Option<EventToRender>, EngineError> {
        let payload = std::mem::replace(&mut job.job.payload, JobPayload::None);
        let JobPayload::Event(snapshot) = payload else {
            self.end_job(&job, None).await?;
            return Ok(None);
        };
        let merchant = Arc::clone(&self.tenant_of(snapshot.order.merchant).await?.merchant);
        let event_type = snapshot.event.event_type();
        let told = merchant.endpoints.iter().filter(|endpoint| endpoint.wants(event_type));
        let endpoints = told.cloned().collect();
        Ok(Some(EventToRender { snapshot, merchant, endpoints, job }))
    }

    /// Stores an event's deliveries, to be sent by whoever finds them; an event that nobody is told
    /// of is done with none.
    pub async fn event_rendered(
        &self,
        event: EventToRender,
        rendered: Vec<RenderedEvent>,
    ) -> Result<(), EngineError> {
        let (change_set, _) = self.deliveries_of(&event, rendered, None)?;
        if self.store_deliveries(&event, change_set).await? {
            self.bells.ring(&[Queue::Delivery]);
        }
        Ok(())
    }

    /// Stores an event's deliveries as those that the caller sends: nobody else finds them before a
    /// lease would have ended. There are none where another worker has the event.
    pub async fn event_rendered_to_send(
        &self,
        event: EventToRender,
        rendered: Vec<RenderedEvent>,
    ) -> Result<Vec<DeliveryToSend>, EngineError> {
        let until = self.real_now().plus(LEASE_LIFETIME);
        let (change_set, held) = self.deliveries_of(&event, rendered, Some(until))?;
        let is_stored = self.store_deliveries(&event, change_set).await?;
        Ok(if is_stored { held } else { Vec::new() })
    }

    /// The deliveries of an event, each with its job; the jobs are held until then.
    fn deliveries_of(
        &self,
        event: &EventToRender,
        rendered: Vec<RenderedEvent>,
        until: Option<Timestamp>,
    ) -> Result<(ChangeSet, Vec<DeliveryToSend>), EngineError> {
        let mut change_set = ChangeSet::new(self.change_set_id()?);
        change_set.job_changes.push(job_change(&event.job, None));
        let mut held = Vec::new();
        for RenderedEvent { endpoint, body } in rendered {
            let key = DeliveryKey(self.mint_other()?);
            let delivery = Delivery {
                key,
                merchant: event.merchant.id,
                event: event.snapshot.id,
                event_type: Event::event_type(event.snapshot.event),
                endpoint: endpoint.id,
                url: endpoint.url,
                body: body.into(),
                attempts: 0,
                last_result: None,
                state: DeliveryState::Waiting,
                created_at: self.now(),
            };
            let job = Job {
                id: self.job_id()?,
                queue: Queue::Delivery,
                subject: RecordKey::Delivery(key),
                due_at: self.now(),
                payload: JobPayload::None,
            };
            change_set.jobs.push(job.clone());
            if let Some(until) = until {
                change_set.holds.push(Hold { id: job.id, until });
                let job = LeasedJob { job, lease: Lease::OF_MAKER, tries: 1 };
                let (delivery, version) = (delivery.clone(), Version::ABSENT.next());
                held.push(DeliveryToSend { delivery, version, job });
            }
            change_set = change_set.put(Record::Delivery(Box::new(delivery)), Version::ABSENT);
        }
        Ok((change_set, held))
    }

    /// Whether the deliveries were stored; otherwise another worker has the event, or finds it.
    async fn store_deliveries(
        &self,
        event: &EventToRender,
        change_set: ChangeSet,
    ) -> Result<bool, EngineError> {
        match self.parts.store.commit(change_set).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(Conflict::LeaseLost(_))) => Ok(false),
            // Another node has drawn the same key: whoever finds the event draws others.
            Err(CommitError::Conflict(Conflict::Version(_))) => {
                self.end_job(&event.job, Some(self.real_now())).await?;
                self.bells.ring(&[Queue::Event]);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes deliveries that are due.
    pub async fn deliveries_to_send(
        &self,
        limit: usize,
    ) -> Result<Vec<DeliveryToSend>, EngineError> {
        for _ in 0..LOTS_IN_VAIN_MAX {
            let jobs = self.take_jobs(Queue::Delivery, limit).await?;
            let is_empty = jobs.is_empty();
            let found = read_each(jobs, |job| self.delivery_to_send(job)).await?;
            // Those of an endpoint that was removed are many, perhaps, and others wait behind them.
            if is_empty || !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    async fn delivery_to_send(
        &self,
        job: LeasedJob,
    ) -> Result<Option<DeliveryToSend>, EngineError> {
        let found = self.parts.store.get(job.job.subject).await?;
        match found.map(|stored| (stored.record, stored.version)) {
            Some((Record::Delivery(delivery), version))
                if delivery.state == DeliveryState::Waiting =>
            {
                let mut to_send = DeliveryToSend { delivery: *delivery, version, job };
                if self.follow_endpoint(&mut to_send).await? {
                    return Ok(Some(to_send));
                }
                self.delivery_attempted(to_send, DeliveryResult::EndpointRemoved).await?;
                Ok(None)
            }
            _ => {
                self.end_job(&job, None).await?;
                Ok(None)
            }
        }
    }

    /// Has a delivery go where its endpoint is now, which may have moved since the event. False where
    /// the endpoint was removed. It is asked when the delivery is taken, and again before each
    /// attempt, since it may have waited: a merchant's data goes to no address that was given up
    /// longer ago than this process takes to learn of it.
    pub async fn follow_endpoint(&self, to_send: &mut DeliveryToSend) -> Result<bool, EngineError> {
        let delivery = &mut to_send.delivery;
        let mut tenant = self.tenant_of(delivery.merchant).await?;
        if endpoint_of(&tenant.merchant, delivery.endpoint).is_none() {
            // It may be so new that another node alone has learned of it.
            self.read_tenant(delivery.merchant).await?;
            tenant = self.tenant_of(delivery.merchant).await?;
        }
        let Some(endpoint) = endpoint_of(&tenant.merchant, delivery.endpoint) else {
            return Ok(false);
        };
        if delivery.url != endpoint.url {
            delivery.url = endpoint.url.clone();
        }
        Ok(true)
    }

    /// Signs one attempt of a delivery with the merchant's secret of now and real time.
    pub async fn delivery_headers(
        &self,
        delivery: &Delivery,
    ) -> Result<DeliveryHeaders, EngineError> {
        let tenant = self.tenant_of(delivery.merchant).await?;
        let id = webhook_id(delivery.event);
        let seconds = self.real_now().seconds();
        let mac = webhook_mac(&tenant.webhook_secret, &id, seconds, delivery.body.as_bytes());
        let signature = format!("v1,{}", BASE64.encode(mac));
        Ok(DeliveryHeaders { id, timestamp: seconds.to_string(), signature })
    }

    /// Puts a delivery back for `wait` of business time without counting an attempt: its endpoint
    /// is busy, and others must not wait behind it.
    pub async fn postpone_delivery(
        &self,
        postponed: DeliveryToSend,
        wait: Duration,
    ) -> Result<(), EngineError> {
        self.end_job(&postponed.job, Some(self.now().plus(wait))).await
    }

    /// Stores what came of an attempt, and when the next one is.
    pub async fn delivery_attempted(
        &self,
        sent: DeliveryToSend,
        result: DeliveryResult,
    ) -> Result<(), EngineError> {
        let DeliveryToSend { mut delivery, version, job } = sent;
        let now = self.now();
        let was_sent = !matches!(result, DeliveryResult::EndpointRemoved);
        delivery.attempts = delivery.attempts.saturating_add(was_sent.into());
        let again_at = match result {
            DeliveryResult::EndpointRemoved => {
                delivery.last_result = Some("the endpoint was removed".into());
                delivery.state = DeliveryState::Abandoned { at: now };
                None
            }
            DeliveryResult::Delivered { status } => {
                delivery.last_result = Some(format!("HTTP {status}").into());
                delivery.state = DeliveryState::Delivered { at: now };
                None
            }
            DeliveryResult::Failed { reason } => {
                delivery.last_result = Some(reason.into());
                let made = usize::from(delivery.attempts);
                let wait = made.checked_sub(1).and_then(|at| DELIVERY_TIMETABLE.get(at));
                if wait.is_none() {
                    warn!(event = %delivery.event, "a webhook was abandoned");
                    delivery.state = DeliveryState::Abandoned { at: now };
                }
                wait.map(|wait| now.plus(*wait))
            }
        };
        self.store_attempt(delivery, version, &job, again_at).await
    }

    /// Stores a delivery, and when it is tried again.
    async fn store_attempt(
        &self,
        delivery: Delivery,
        version: Version,
        job: &LeasedJob,
        again_at: Option<Timestamp>,
    ) -> Result<(), EngineError> {
        let mut change_set = ChangeSet::new(self.change_set_id()?)
            .put(Record::Delivery(Box::new(delivery)), version);
        change_set.job_changes.push(job_change(job, again_at));
        match self.parts.store.commit(change_set).await {
            // Another worker has it: its result counts.
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
