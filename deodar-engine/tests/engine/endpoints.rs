//! Endpoints that come, move and go beside the engine that serves them, and webhooks sent again.

use std::time::Duration;

use deodar_domain::event::EventType;
use deodar_domain::id::{EndpointId, EventId, MerchantId};
use deodar_domain::merchant::{ENDPOINTS_MAX, Endpoint};
use deodar_domain::url::MerchantUrl;
use deodar_engine::work::{DELIVERY_TIMETABLE, DeliveryResult};
use deodar_engine::{
    EndpointChange, EndpointProblem, add_endpoint, change_endpoint, remove_endpoint, resend,
};
use deodar_store::{Delivery, DeliveryQuery, DeliveryState, Store};

use crate::common::Gateway;
use crate::webhooks::render_all;

fn url(text: &str) -> MerchantUrl {
    MerchantUrl::parse(text).unwrap()
}

async fn add(gateway: &Gateway, at: &str) -> Result<Endpoint, EndpointProblem> {
    let id = gateway.merchant().id;
    let added = add_endpoint(&*gateway.store, &*gateway.random, id, url(at), Vec::new()).await;
    gateway.engine.refresh().await.unwrap();
    added
}

async fn change(
    gateway: &Gateway,
    id: EndpointId,
    change: EndpointChange,
) -> Result<Endpoint, EndpointProblem> {
    let merchant = gateway.merchant().id;
    let changed = change_endpoint(&*gateway.store, &*gateway.random, merchant, id, &change).await;
    gateway.engine.refresh().await.unwrap();
    changed
}

async fn remove(gateway: &Gateway, id: EndpointId) -> Result<Endpoint, EndpointProblem> {
    let merchant = gateway.merchant().id;
    let removed = remove_endpoint(&*gateway.store, &*gateway.random, merchant, id).await;
    gateway.engine.refresh().await.unwrap();
    removed
}

async fn send_again(
    gateway: &Gateway,
    event: EventId,
    only: Option<EndpointId>,
) -> Result<Vec<Delivery>, EndpointProblem> {
    let (store, id) = (&*gateway.store, gateway.merchant().id);
    resend(store, &*gateway.clock, &*gateway.random, id, event, only).await
}

/// Every delivery of the merchant, newest first.
async fn all(gateway: &Gateway) -> Vec<Delivery> {
    let query = DeliveryQuery { merchant: gateway.merchant().id, before: None, limit: 100 };
    let read = gateway.store.deliveries(query).await.unwrap();
    read.into_iter().map(|read| read.record).collect()
}

/// Has an event told to the merchant's endpoints.
async fn an_event(gateway: &Gateway) {
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    assert_eq!(render_all(gateway).await, [EventType::OrderProcessed]);
}

/// Tries what is due, with this result each. Where to each of them went.
async fn try_all(gateway: &Gateway, result: &DeliveryResult) -> Vec<String> {
    let mut urls = Vec::new();
    for sent in gateway.engine.deliveries_to_send(100).await.unwrap() {
        urls.push(sent.delivery.url.as_str().to_owned());
        gateway.engine.delivery_attempted(sent, result.clone()).await.unwrap();
    }
    urls
}

fn refused() -> DeliveryResult {
    DeliveryResult::Failed { reason: "HTTP 500".to_owned() }
}

fn taken() -> DeliveryResult {
    DeliveryResult::Delivered { status: 200 }
}

#[tokio::test]
async fn an_endpoint_is_told_of_what_it_asks_for_as_long_as_it_is_there() {
    let gateway = Gateway::open().await;
    let second = add(&gateway, "https://second.example.com/hooks").await.unwrap();
    gateway.make_link("ref-1", 50_000).await;
    assert_eq!(render_all(&gateway).await, []);
    let asks = EndpointChange {
        link_events: Some(vec![EventType::LinkCreated]),
        ..EndpointChange::default()
    };
    change(&gateway, second.id, asks).await.unwrap();
    let link = gateway.make_link("ref-2", 50_000).await;
    assert_eq!(render_all(&gateway).await, [EventType::LinkCreated]);
    assert_eq!(try_all(&gateway, &taken()).await, [second.url.as_str()]);
    gateway.pay(&link, "p-1").await;
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
    assert_eq!(try_all(&gateway, &taken()).await.len(), 2);
    remove(&gateway, second.id).await.unwrap();
    gateway.make_link("ref-3", 50_000).await;
    assert_eq!(render_all(&gateway).await, []);
}

#[tokio::test]
async fn what_waits_follows_its_endpoint_and_ends_with_it() {
    let gateway = Gateway::open().await;
    let second = add(&gateway, "https://mistyped.example.com/hooks").await.unwrap();
    an_event(&gateway).await;
    assert_eq!(try_all(&gateway, &refused()).await.len(), 2);
    let first = gateway.merchant().endpoints[0].id;
    remove(&gateway, first).await.unwrap();
    let moved = EndpointChange {
        url: Some(url("https://right.example.com/hooks")),
        ..EndpointChange::default()
    };
    change(&gateway, second.id, moved).await.unwrap();
    gateway.clock.advance(DELIVERY_TIMETABLE[0]);
    assert_eq!(try_all(&gateway, &taken()).await, ["https://right.example.com/hooks"]);
    for delivery in all(&gateway).await {
        let (is_first, state) = (delivery.endpoint == first, delivery.state);
        let result = delivery.last_result.unwrap();
        if is_first {
            assert!(matches!(state, DeliveryState::Abandoned { .. }), "{state:?}");
            assert_eq!((&*result, delivery.attempts), ("the endpoint was removed", 1));
        } else {
            assert!(matches!(state, DeliveryState::Delivered { .. }), "{state:?}");
        }
    }
    gateway.clock.advance(Duration::from_hours(1_000));
    assert_eq!(try_all(&gateway, &taken()).await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_done_to_an_endpoint_is_told() {
    let gateway = Gateway::open().await;
    let first = gateway.merchant().endpoints[0].clone();
    let same = add(&gateway, first.url.as_str()).await;
    assert_eq!(same, Err(EndpointProblem::SameUrl(first.id)));
    let unknown = EndpointId(9);
    assert_eq!(remove(&gateway, unknown).await, Err(EndpointProblem::UnknownEndpoint(unknown)));
    let nothing = change(&gateway, unknown, EndpointChange::default()).await;
    assert_eq!(nothing, Err(EndpointProblem::UnknownEndpoint(unknown)));
    for number in 1..ENDPOINTS_MAX {
        add(&gateway, &format!("https://shop-{number}.example.com/")).await.unwrap();
    }
    let more = add(&gateway, "https://one-more.example.com/").await;
    assert_eq!(more, Err(EndpointProblem::TooMany));
    let taken = EndpointChange {
        url: Some(url("https://shop-1.example.com/")),
        ..EndpointChange::default()
    };
    let refused = change(&gateway, first.id, taken).await;
    assert!(matches!(refused, Err(EndpointProblem::SameUrl(_))), "{refused:?}");
    let unchanged = EndpointChange { url: Some(first.url.clone()), ..EndpointChange::default() };
    assert_eq!(change(&gateway, first.id, unchanged).await, Ok(first));
    let nobody = MerchantId::new(999_999).unwrap();
    let to_nobody = url("https://shop.example.com/");
    let refused =
        add_endpoint(&*gateway.store, &*gateway.random, nobody, to_nobody, Vec::new()).await;
    assert_eq!(refused, Err(EndpointProblem::UnknownMerchant(nobody)));
}

#[tokio::test]
async fn a_webhook_is_sent_again_the_same_and_by_a_whole_timetable() {
    let gateway = Gateway::open().await;
    an_event(&gateway).await;
    assert_eq!(try_all(&gateway, &taken()).await.len(), 1);
    let before = all(&gateway).await.remove(0);
    // The sandbox's time may be far from real time.
    gateway.engine.advance_clock(100_000).await.unwrap();
    let again = send_again(&gateway, before.event, None).await.unwrap().remove(0);
    assert_eq!((&again.body, again.event), (&before.body, before.event));
    assert_eq!(all(&gateway).await, [again, before]);
    let waits = [Duration::ZERO].into_iter().chain(DELIVERY_TIMETABLE);
    for wait in waits {
        gateway.clock.advance(wait);
        assert_eq!(try_all(&gateway, &refused()).await.len(), 1);
        assert_eq!(try_all(&gateway, &refused()).await.len(), 0);
    }
    gateway.clock.advance(Duration::from_hours(1_000));
    assert_eq!(try_all(&gateway, &refused()).await.len(), 0);
}

#[tokio::test]
async fn a_webhook_that_waits_is_sent_at_once_and_by_one_timetable() {
    let gateway = Gateway::open().await;
    an_event(&gateway).await;
    assert_eq!(try_all(&gateway, &refused()).await.len(), 1);
    gateway.clock.advance(DELIVERY_TIMETABLE[0]);
    assert_eq!(try_all(&gateway, &refused()).await.len(), 1);
    let event = all(&gateway).await[0].event;
    send_again(&gateway, event, None).await.unwrap();
    assert_eq!(try_all(&gateway, &refused()).await.len(), 1);
    for wait in DELIVERY_TIMETABLE {
        gateway.clock.advance(wait);
        assert_eq!(try_all(&gateway, &refused()).await.len(), 1);
        assert_eq!(try_all(&gateway, &refused()).await.len(), 0);
    }
    gateway.clock.advance(Duration::from_hours(1_000));
    assert_eq!(try_all(&gateway, &refused()).await.len(), 0);
}

#[tokio::test]
async fn a_webhook_under_way_when_it_is_sent_again_is_not_tried_once_more() {
    let gateway = Gateway::open().await;
    an_event(&gateway).await;
    let under_way = gateway.engine.deliveries_to_send(1).await.unwrap().remove(0);
    let event = under_way.delivery.event;
    send_again(&gateway, event, None).await.unwrap();
    gateway.engine.delivery_attempted(under_way, refused()).await.unwrap();
    assert_eq!(try_all(&gateway, &taken()).await.len(), 1);
    gateway.clock.advance(Duration::from_hours(1_000));
    assert_eq!(try_all(&gateway, &taken()).await.len(), 0);
}

#[tokio::test]
async fn a_webhook_is_sent_again_to_the_endpoints_that_were_told_of_it() {
    let gateway = Gateway::open().await;
    let first = gateway.merchant().endpoints[0].clone();
    let second = add(&gateway, "https://second.example.com/hooks").await.unwrap();
    an_event(&gateway).await;
    assert_eq!(try_all(&gateway, &taken()).await.len(), 2);
    let third = add(&gateway, "https://third.example.com/hooks").await.unwrap();
    let event = all(&gateway).await[0].event;
    assert_eq!(send_again(&gateway, event, None).await.unwrap().len(), 2);
    let mut urls = try_all(&gateway, &taken()).await;
    urls.sort();
    let mut expected = [first.url.as_str(), second.url.as_str()];
    expected.sort_unstable();
    assert_eq!(urls, expected);
    assert_eq!(send_again(&gateway, event, Some(second.id)).await.unwrap().len(), 1);
    assert_eq!(try_all(&gateway, &taken()).await, [second.url.as_str()]);
    for (event, only, problem) in [
        (event, Some(third.id), EndpointProblem::UnknownEvent),
        (EventId(9), None, EndpointProblem::UnknownEvent),
        (event, Some(EndpointId(9)), EndpointProblem::UnknownEndpoint(EndpointId(9))),
    ] {
        assert_eq!(send_again(&gateway, event, only).await, Err(problem));
    }
    remove(&gateway, first.id).await.unwrap();
    remove(&gateway, second.id).await.unwrap();
    assert_eq!(send_again(&gateway, event, None).await, Err(EndpointProblem::UnknownEvent));
}

#[tokio::test]
async fn webhooks_of_an_endpoint_that_is_gone_keep_no_others_waiting() {
    let gateway = Gateway::open().await;
    let first = gateway.merchant().endpoints[0].clone();
    gateway.make_paid_links(3).await;
    render_all(&gateway).await;
    let second = add(&gateway, "https://second.example.com/hooks").await.unwrap();
    remove(&gateway, first.id).await.unwrap();
    let link = gateway.make_link("ref-3", 50_000).await;
    gateway.pay(&link, "p-3").await;
    render_all(&gateway).await;
    let found = gateway.engine.deliveries_to_send(1).await.unwrap();
    let endpoints: Vec<_> = found.iter().map(|found| found.delivery.endpoint).collect();
    assert_eq!(endpoints, [second.id]);
}
