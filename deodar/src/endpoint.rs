//! `deodar endpoint`: where a merchant's webhooks go, what was sent there, and sending one again,
//! beside a running server.

pub mod command;

use deodar_domain::event::EventType;
use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::merchant::Endpoint;
use deodar_engine::work::webhook_id;
use deodar_engine::{
    EndpointChange, EndpointProblem, SystemClock, SystemRandom, add_endpoint, change_endpoint,
    remove_endpoint, resend,
};
use deodar_store::{Delivery, DeliveryQuery, DeliveryState, RecordKey};
use serde_json::{Value, json};

pub use command::EndpointCommand;
use command::{AddEndpoint, Deliveries, NONE, Resend, SetEndpoint, Status};

use crate::database::open_existing;
use crate::failure::Failure;
use crate::gateway::{engine_failure, store_failure};
use crate::merchant::{merchant_id, webhook_url};
use crate::settings::Settings;
use crate::terminal;

/// What stands for every link event.
const ALL: &str = "all";
/// How many deliveries are read at once.
const PAGE: u32 = 500;
/// What an event's id begins with in a webhook.
const WEBHOOK_ID_PREFIX: &str = "msg_";

/// Does what was asked for.
pub async fn run(
    settings: &Settings,
    command: &EndpointCommand,
    json: bool,
) -> Result<(), Failure> {
    match command {
        EndpointCommand::Add(new) => add(settings, new, json).await,
        EndpointCommand::List { merchant_id } => list(settings, merchant_id.as_deref(), json).await,
        EndpointCommand::Set(set) => change(settings, set, json).await,
        EndpointCommand::Remove { merchant_id, endpoint_id } => {
            remove(settings, merchant_id, endpoint_id, json).await
        }
        EndpointCommand::Deliveries(query) => deliveries(settings, query, json).await,
        EndpointCommand::Resend(what) => send_again(settings, what, json).await,
    }
}

async fn add(settings: &Settings, new: &AddEndpoint, json: bool) -> Result<(), Failure> {
    let merchant = merchant_id(&new.merchant_id)?;
    let url = webhook_url(settings, "--url", Some(&new.url))?
        .ok_or_else(|| Failure::setup("--url is missing"))?;
    let link_events = link_events(&new.link_events)?;
    let store = open_existing(settings).await?;
    let added = add_endpoint(&*store, &SystemRandom, merchant, url, link_events).await;
    tell(merchant, &added.map_err(problem)?, "is added", json)
}

async fn list(settings: &Settings, merchant: Option<&str>, json: bool) -> Result<(), Failure> {
    let only = merchant.map(merchant_id).transpose()?;
    let store = open_existing(settings).await?;
    let merchants = store.merchants().await.map_err(|error| store_failure(&error))?;
    let told = merchants.iter().map(|read| &read.record);
    let told: Vec<_> = told.filter(|merchant| only.is_none_or(|id| id == merchant.id)).collect();
    if let Some(id) = only.filter(|_| told.is_empty()) {
        return Err(problem(EndpointProblem::UnknownMerchant(id)));
    }
    for merchant in told {
        for endpoint in &merchant.endpoints {
            if json {
                answer(&endpoint_json(merchant.id, endpoint))?;
            } else {
                terminal::tell(&endpoint_line(merchant.id, endpoint));
            }
        }
    }
    Ok(())
}

async fn change(settings: &Settings, set: &SetEndpoint, json: bool) -> Result<(), Failure> {
    let (merchant, id) = (merchant_id(&set.merchant_id)?, endpoint_id(&set.endpoint_id)?);
    let change = EndpointChange {
        url: webhook_url(settings, "--url", set.settings.url.as_deref())?,
        link_events: set.settings.link_events.as_deref().map(link_events).transpose()?,
    };
    let store = open_existing(settings).await?;
    let changed = change_endpoint(&*store, &SystemRandom, merchant, id, &change).await;
    tell(merchant, &changed.map_err(problem)?, "is changed", json)
}

async fn remove(settings: &Settings, merchant: &str, id: &str, json: bool) -> Result<(), Failure> {
    let (merchant, id) = (merchant_id(merchant)?, endpoint_id(id)?);
    let store = open_existing(settings).await?;
    let removed = remove_endpoint(&*store, &SystemRandom, merchant, id).await;
    tell(merchant, &removed.map_err(problem)?, "is removed", json)
}

async fn deliveries(settings: &Settings, query: &Deliveries, json: bool) -> Result<(), Failure> {
    let merchant = merchant_id(&query.merchant_id)?;
    let endpoint = query.endpoint.as_deref().map(endpoint_id).transpose()?;
    let store = open_existing(settings).await?;
    let known = store.get(RecordKey::Merchant(merchant)).await;
    if known.map_err(|error| store_failure(&error))?.is_none() {
        return Err(problem(EndpointProblem::UnknownMerchant(merchant)));
    }
    let wanted = |delivery: &Delivery| {
        endpoint.is_none_or(|id| id == delivery.endpoint)
            && query.status.is_none_or(|status| status == Status::of(delivery.state))
    };
    let mut part = DeliveryQuery { merchant, before: None, limit: PAGE };
    let mut left = query.limit;
    while left > 0 {
        let page = store.deliveries(part).await.map_err(|error| store_failure(&error))?;
        let Some(last) = page.last() else { break };
        part.before = Some(last.record.key);
        for delivery in page.iter().map(|read| &read.record).filter(|one| wanted(one)).take(left) {
            left -= 1;
            tell_delivery(delivery, json)?;
        }
    }
    Ok(())
}

async fn send_again(settings: &Settings, what: &Resend, json: bool) -> Result<(), Failure> {
    let merchant = merchant_id(&what.merchant_id)?;
    let only = what.endpoint.as_deref().map(endpoint_id).transpose()?;
    let event = what.webhook_id.strip_prefix(WEBHOOK_ID_PREFIX).and_then(EventId::parse);
    let event = event.ok_or_else(|| {
        Failure::setup(format!(
            "{} is no webhook id: see deodar endpoint deliveries",
            what.webhook_id
        ))
    })?;
    let store = open_existing(settings).await?;
    let sent = resend(&*store, &SystemClock, &SystemRandom, merchant, event, only).await;
    for delivery in sent.map_err(problem)? {
        tell_delivery(&delivery, json)?;
    }
    Ok(())
}

fn endpoint_id(text: &str) -> Result<EndpointId, Failure> {
    EndpointId::parse(text).ok_or_else(|| {
        Failure::setup(format!("{text} is no endpoint id: see deodar endpoint list"))
    })
}

/// Reads the events that an endpoint asks for: each once, in the order in which they are told.
fn link_events(list: &str) -> Result<Vec<EventType>, Failure> {
    let known = || EventType::ALL.into_iter().filter(|event_type| event_type.is_of_link());
    match list {
        ALL => return Ok(known().collect()),
        NONE => return Ok(Vec::new()),
        _ => {}
    }
    let mut asked = Vec::new();
    for name in list.split(',').map(|name| name.trim().to_ascii_uppercase()) {
        let Some(event_type) = known().find(|event_type| event_type.name() == name) else {
            let names: Vec<_> = known().map(EventType::name).collect();
            return Err(Failure::setup(format!(
                "--link-events: {name:?} is none of {}",
                names.join(", ")
            )));
        };
        asked.push(event_type);
    }
    Ok(known().filter(|event_type| asked.contains(event_type)).collect())
}

fn problem(problem: EndpointProblem) -> Failure {
    match problem {
        EndpointProblem::UnknownMerchant(_) => {
            Failure::setup(format!("{problem}: see deodar merchant list"))
        }
        EndpointProblem::UnknownEndpoint(_) => {
            Failure::setup(format!("{problem}: see deodar endpoint list"))
        }
        EndpointProblem::SameUrl(_) | EndpointProblem::TooMany | EndpointProblem::UnknownEvent => {
            Failure::setup(problem.to_string())
        }
        EndpointProblem::Engine(error) => engine_failure(error),
    }
}

fn answer(object: &Value) -> Result<(), Failure> {
    terminal::answer(object).map_err(|error| Failure::Other(error.into()))
}

fn tell(
    merchant: MerchantId,
    endpoint: &Endpoint,
    what_happened: &str,
    json: bool,
) -> Result<(), Failure> {
    if json {
        return answer(&endpoint_json(merchant, endpoint));
    }
    let line = endpoint_line(merchant, endpoint);
    terminal::tell(&format!("The endpoint {what_happened}:\n  {line}"));
    Ok(())
}

fn endpoint_json(merchant: MerchantId, endpoint: &Endpoint) -> Value {
    json!({
        "endpoint_id": endpoint.id.to_string(),
        "merchant_id": merchant.to_string(),
        "url": endpoint.url.as_str(),
        "link_events": names(endpoint),
    })
}

fn endpoint_line(merchant: MerchantId, endpoint: &Endpoint) -> String {
    let asked = names(endpoint).join(",");
    let asked = if asked.is_empty() { "no link events" } else { asked.as_str() };
    format!("{merchant}  {}  {}  {asked}", endpoint.id, endpoint.url.as_str())
}

fn names(endpoint: &Endpoint) -> Vec<&'static str> {
    endpoint.link_events.iter().map(|event_type| event_type.name()).collect()
}

/// Tells of a delivery, but not what is in it: that is the payer's and the merchant's.
fn tell_delivery(delivery: &Delivery, json: bool) -> Result<(), Failure> {
    let status = Status::of(delivery.state).name();
    let webhook = webhook_id(delivery.event);
    let event_type = delivery.event_type.name();
    let result = delivery.last_result.as_deref();
    if !json {
        let Delivery { created_at, attempts, endpoint, .. } = delivery;
        let result = result.unwrap_or("not tried yet");
        terminal::tell(&format!(
            "{created_at}  {webhook}  {event_type}  {endpoint}  {status}  {attempts} attempts: \
             {result}"
        ));
        return Ok(());
    }
    let ended_at = match delivery.state {
        DeliveryState::Waiting => None,
        DeliveryState::Delivered { at } | DeliveryState::Abandoned { at } => {
            Some(at.rfc3339_millis())
        }
    };
    answer(&json!({
        "webhook_id": webhook,
        "event_type": event_type,
        "merchant_id": delivery.merchant.to_string(),
        "endpoint_id": delivery.endpoint.to_string(),
        "url": delivery.url.as_str(),
        "status": status,
        "attempts": delivery.attempts,
        "last_result": result,
        "created_at": delivery.created_at.rfc3339_millis(),
        "ended_at": ended_at,
    }))
}
