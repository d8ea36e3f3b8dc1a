//! Where a merchant's events go, and sending one again. It needs no acquirer, so that the command line
//! can do it beside a server.

use std::time::Duration;

use deodar_domain::event::EventType;
use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::key::KeyMint;
use deodar_domain::merchant::{ENDPOINTS_MAX, Endpoint, Merchant};
use deodar_domain::time::Timestamp;
use deodar_domain::url::MerchantUrl;
use deodar_store::{
    ChangeSet, ChangeSetId, CommitError, Conflict, Delivery, DeliveryKey, DeliveryQuery,
    DeliveryState, Job, JobId, JobPayload, Queue, Record, RecordKey, Setting, SettingKey, Store,
    Version, Versioned,
};
use thiserror::Error;

use crate::clock::Clock;
use crate::error::EngineError;
use crate::merchant::update_merchant;
use crate::random::Random;

/// How many of a merchant's deliveries are searched for an event that is to be sent again.
pub const RESEND_SEARCH_MAX: usize = 100_000;
/// How many deliveries are read at once.
const PAGE: u32 = 500;
/// How often an event is sent again, because its delivery changed meanwhile.
const RESEND_TRIES: u32 = 32;

/// Why nothing was done to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndpointProblem {
    /// There is no such merchant.
    #[error("there is no merchant {0}")]
    UnknownMerchant(MerchantId),
    /// The merchant has no such endpoint.
    #[error("the merchant has no endpoint {0}")]
    UnknownEndpoint(EndpointId),
    /// It would be told of everything twice.
    #[error("the merchant has an endpoint of this URL: {0}")]
    SameUrl(EndpointId),
    /// It has as many as it can have.
    #[error("a merchant can have {ENDPOINTS_MAX} endpoints")]
    TooMany,
    /// None of its last deliveries to these endpoints is of this event.
    #[error(
        "none of the merchant's last {RESEND_SEARCH_MAX} deliveries to its endpoints is of this \
         webhook"
    )]
    UnknownEvent,
    /// The store did not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What is to change of an endpoint; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct EndpointChange {
    /// Where. Webhooks that wait go there too.
    pub url: Option<MerchantUrl>,
    /// Which link events it asks for.
    pub link_events: Option<Vec<EventType>>,
}

/// Adds an endpoint. Every process that serves the merchant learns of it within a second; events
/// that happened before are not told.
pub async fn add_endpoint(
    store: &dyn Store,
    random: &dyn Random,
    merchant: MerchantId,
    url: MerchantUrl,
    link_events: Vec<EventType>,
) -> Result<Endpoint, EndpointProblem> {
    let id = EndpointId(random.u128().map_err(EngineError::from)?);
    let endpoint = Endpoint { id, url, link_events };
    let add = |merchant: &mut Merchant| {
        refuse_same_url(merchant, &endpoint)?;
        if merchant.endpoints.len() >= ENDPOINTS_MAX {
            return Err(EndpointProblem::TooMany);
        }
        merchant.endpoints.push(endpoint.clone());
        Ok(endpoint.clone())
    };
    update_merchant(store, random, merchant, EndpointProblem::UnknownMerchant, add).await
}

/// Changes an endpoint, and gives it as it is now.
pub async fn change_endpoint(
    store: &dyn Store,
    random: &dyn Random,
    merchant: MerchantId,
    id: EndpointId,
    change: &EndpointChange,
) -> Result<Endpoint, EndpointProblem> {
    let set = |merchant: &mut Merchant| {
        let found = merchant.endpoints.iter_mut().find(|endpoint| endpoint.id == id);
        let endpoint = found.ok_or(EndpointProblem::UnknownEndpoint(id))?;
        if let Some(url) = &change.url {
            endpoint.url = url.clone();
        }
        if let Some(link_events) = &change.link_events {
            endpoint.link_events.clone_from(link_events);
        }
        let endpoint = endpoint.clone();
        refuse_same_url(merchant, &endpoint)?;
        Ok(endpoint)
    };
    update_merchant(store, random, merchant, EndpointProblem::UnknownMerchant, set).await
}

/// Removes an endpoint. What waits to be sent to it is not sent.
pub async fn remove_endpoint(
    store: &dyn Store,
    random: &dyn Random,
    merchant: MerchantId,
    id: EndpointId,
) -> Result<Endpoint, EndpointProblem> {
    let remove = |merchant: &mut Merchant| {
        let found = merchant.endpoints.iter().position(|endpoint| endpoint.id == id);
        let at = found.ok_or(EndpointProblem::UnknownEndpoint(id))?;
        Ok(merchant.endpoints.remove(at))
    };
    update_merchant(store, random, merchant, EndpointProblem::UnknownMerchant, remove).await
}

fn refuse_same_url(merchant: &Merchant, endpoint: &Endpoint) -> Result<(), EndpointProblem> {
    let same =
        |other: &&Endpoint| other.url.as_str() == endpoint.url.as_str() && other.id != endpoint.id;
    match merchant.endpoints.iter().find(same) {
        Some(other) => Err(EndpointProblem::SameUrl(other.id)),
        None => Ok(()),
    }
}

/// Sends an event again, at once and by a timetable of its own, to each endpoint that was told of it
/// or is still to be told, or to `only` one of them. Id and body stay as they were. A delivery that
/// waits for its next attempt is replaced.
pub async fn resend(
    store: &dyn Store,
    clock: &dyn Clock,
    random: &dyn Random,
    merchant: MerchantId,
    event: EventId,
    only: Option<EndpointId>,
) -> Result<Vec<Delivery>, EndpointProblem> {
    let endpoints = match store.get(RecordKey::Merchant(merchant)).await {
        Ok(Some(Versioned { record: Record::Merchant(merchant), .. })) => merchant.endpoints,
        Ok(_) => return Err(EndpointProblem::UnknownMerchant(merchant)),
        Err(error) => return Err(EngineError::from(error).into()),
    };
    let is_unknown = |id: &EndpointId| !endpoints.iter().any(|endpoint| endpoint.id == *id);
    if let Some(id) = only.filter(is_unknown) {
        return Err(EndpointProblem::UnknownEndpoint(id));
    }
    let wanted: Vec<Endpoint> =
        endpoints.into_iter().filter(|one| only.is_none_or(|id| id == one.id)).collect();
    let told = last_deliveries(store, merchant, event, &wanted).await?;
    let mut mint = KeyMint::new();
    let mut sent = Vec::new();
    for (endpoint, last) in told {
        sent.push(resend_one(store, clock, random, &mut mint, endpoint, last).await?);
    }
    if sent.is_empty() { Err(EndpointProblem::UnknownEvent) } else { Ok(sent) }
}

/// The newest delivery of an event to each of the endpoints that has one.
async fn last_deliveries<'a>(
    store: &dyn Store,
    merchant: MerchantId,
    event: EventId,
    wanted: &'a [Endpoint],
) -> Result<Vec<(&'a Endpoint, DeliveryKey)>, EngineError> {
    let mut query = DeliveryQuery { merchant, before: None, limit: PAGE };
    let mut missing: Vec<&Endpoint> = wanted.iter().collect();
    let mut found = Vec::new();
    let mut searched = 0;
    while searched < RESEND_SEARCH_MAX && !missing.is_empty() {
        let page = store.deliveries(query).await?;
        let Some(last) = page.last() else { break };
        query.before = Some(last.record.key);
        searched += page.len();
        for delivery in page.iter().map(|read| &read.record).filter(|one| one.event == event) {
            let at = missing.iter().position(|endpoint| endpoint.id == delivery.endpoint);
            found.extend(at.map(|at| (missing.swap_remove(at), delivery.key)));
        }
    }
    Ok(found)
}

async fn resend_one(
    store: &dyn Store,
    clock: &dyn Clock,
    random: &dyn Random,
    mint: &mut KeyMint,
    endpoint: &Endpoint,
    last: DeliveryKey,
) -> Result<Delivery, EndpointProblem> {
    for _ in 0..RESEND_TRIES {
        let read = store.get(RecordKey::Delivery(last)).await.map_err(EngineError::from)?;
        let Some(Versioned { record: Record::Delivery(last), version }) = read else {
            return Err(EndpointProblem::UnknownEvent);
        };
        let last = *last;
        let now = business_now(store, clock).await?;
        let mut key = || Ok::<_, EngineError>(mint.next(now, random.u16()?).as_i64());
        let again = Delivery {
            key: DeliveryKey(key()?),
            url: endpoint.url.clone(),
            attempts: 0,
            last_result: None,
            state: DeliveryState::Waiting,
            created_at: now,
            ..last.clone()
        };
        let job = Job {
            id: JobId(key()?),
            queue: Queue::Delivery,
            subject: RecordKey::Delivery(again.key),
            due_at: now,
            payload: JobPayload::None,
        };
        let bits = random.u128().map_err(EngineError::from)?;
        let mut change_set = ChangeSet::new(ChangeSetId(bits))
            .put(Record::Delivery(Box::new(again.clone())), Version::ABSENT);
        change_set.jobs.push(job);
        // One that waits would be tried by two timetables.
        change_set = if last.state == DeliveryState::Waiting {
            let replaced = Delivery { state: DeliveryState::Abandoned { at: now }, ..last };
            change_set.put(Record::Delivery(Box::new(replaced)), version)
        } else {
            change_set.expect(RecordKey::Delivery(last.key), version)
        };
        match store.commit(change_set).await {
            Ok(()) => return Ok(again),
            // It was tried meanwhile, or a key is taken.
            Err(CommitError::Conflict(Conflict::Version(_))) => {}
            Err(error) => return Err(EngineError::from(error).into()),
        }
    }
    Err(EngineError::Unavailable("the delivery changes all the time".into()).into())
}

/// Business time, as a server over the same store tells it.
async fn business_now(store: &dyn Store, clock: &dyn Clock) -> Result<Timestamp, EngineError> {
    let setting = store.get(RecordKey::Setting(SettingKey::ClockOffset)).await?;
    let ahead = match setting.map(|read| read.record) {
        Some(Record::Setting(Setting::ClockOffset { seconds })) => Duration::from_secs(seconds),
        _ => Duration::ZERO,
    };
    Ok(clock.now().plus(ahead))
}
