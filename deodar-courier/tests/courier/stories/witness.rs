//! A store that asks the API, in the very commit of an event, what `GET` answers now.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use deodar_domain::id::{link_id, order_id};
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;
use deodar_engine::store::{
    Balance, ChangeSet, ChangeSetId, Changes, CommitError, CounterKey, Delivery, DeliveryQuery,
    Epoch, EventSnapshot, JobPayload, KeptAnswer, LeaseRequest, LeasedJob, ListQuery, Listed,
    MemoryStore, QueueDepth, Record, RecordKey, ReferenceKey, Sequence, Store, StoreError,
    Versioned,
};
use deodar_engine::work::webhook_id;
use http_body_util::BodyExt;
use tower::ServiceExt;

/// An event that was committed, and what was answered in that moment.
#[derive(Clone, Debug)]
pub(crate) struct Witnessed {
    /// What its webhooks bear as `webhook-id`.
    pub(crate) id: String,
    /// After how many steps of the story.
    pub(crate) step: usize,
    pub(crate) event_type: &'static str,
    pub(crate) is_of_link: bool,
    /// The link, the refund or the order, as the bytes of the answer hold it.
    pub(crate) answered: String,
}

/// The store of a shop, which survives its processes.
#[derive(Default)]
pub(crate) struct Witness {
    inner: MemoryStore,
    /// The API and a token for it, while a process runs.
    api: Mutex<Option<(Router, String)>>,
    step: Mutex<usize>,
    seen: Mutex<Vec<Witnessed>>,
}

impl Witness {
    pub(crate) fn watch(&self, router: Router, token: String) {
        *lock(&self.api) = Some((router, token));
    }

    /// The process is gone.
    pub(crate) fn look_away(&self) {
        *lock(&self.api) = None;
    }

    pub(crate) fn next_step(&self) {
        *lock(&self.step) += 1;
    }

    /// Every event so far, in the order of their commits.
    pub(crate) fn seen(&self) -> Vec<Witnessed> {
        lock(&self.seen).clone()
    }

    async fn note(&self, snapshot: &EventSnapshot) {
        let event_type = snapshot.event.event_type();
        let watching = lock(&self.api).clone();
        let (router, token) = watching.expect("nothing happens while no process runs");
        let order = &snapshot.order;
        let path = match snapshot.event.refund() {
            Some(refund) => format!("/api/pay/v1/orders/{}", order_id(refund)),
            None if event_type.is_of_link() => {
                format!("/api/pay/v1/paymentlink/{}", link_id(order.key))
            }
            None => format!("/api/pay/v1/orders/{}", order_id(order.key)),
        };
        let request = Request::get(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty());
        let answer = router.oneshot(request.unwrap()).await.unwrap();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let mut answered = String::from_utf8(bytes.to_vec()).unwrap();
        if !event_type.is_of_link() {
            let inside = answered.strip_prefix(r#"{"data":"#).unwrap().strip_suffix('}').unwrap();
            answered = inside.to_owned();
        }
        let step = *lock(&self.step);
        lock(&self.seen).push(Witnessed {
            id: webhook_id(snapshot.id),
            step,
            event_type: event_type.name(),
            is_of_link: event_type.is_of_link(),
            answered,
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Store for Witness {
    async fn commit(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        let events: Vec<EventSnapshot> = change_set
            .jobs
            .iter()
            .filter_map(|job| match &job.payload {
                JobPayload::Event(snapshot) => Some((**snapshot).clone()),
                _ => None,
            })
            .collect();
        self.inner.commit(change_set).await?;
        for event in &events {
            self.note(event).await;
        }
        Ok(())
    }

    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.inner.get(key).await
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        self.inner.find(reference).await
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.inner.merchants().await
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        self.inner.answers_before(instant, limit).await
    }

    async fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        self.inner.list(query).await
    }

    async fn deliveries(
        &self,
        query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        self.inner.deliveries(query).await
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        self.inner.lease(request).await
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        self.inner.reserve(sequence, count).await
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        self.inner.counter(key).await
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        self.inner.counters_between(from, end, limit).await
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        self.inner.changed_since(epoch).await
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        self.inner.was_committed(id).await
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        self.inner.queue_depths(now, business_now).await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        self.inner.balances().await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.inner.health().await
    }
}

/// The records of a shop, shared by the processes that come after one another.
pub(crate) type Records = Arc<Witness>;
