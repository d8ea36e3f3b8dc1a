//! Events become deliveries, and deliveries are tried by the timetable.

use std::time::Duration;

use crate::common::Gateway;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deodar_domain::event::EventType;
use deodar_domain::signature::webhook_mac;
use deodar_engine::work::{DELIVERY_TIMETABLE, DeliveryResult, EventToRender, RenderedEvent};
use deodar_store::{DeliveryState, Queue};
use futures::FutureExt;

/// An event as each of its endpoints is told of it.
pub(crate) fn rendered(event: &EventToRender) -> Vec<RenderedEvent> {
    let told = event.endpoints.iter().cloned();
    told.map(|endpoint| RenderedEvent { endpoint, body: "{}".to_owned() }).collect()
}

#[expect(clippy::unwrap_used, reason = "what goes wrong here fails the test that called it")]
pub(crate) async fn render_all(gateway: &Gateway) -> Vec<EventType> {
    let mut types = Vec::new();
    for event in gateway.engine.events_to_render(100).await.unwrap() {
        types.push(event.snapshot.event.event_type());
        let rendered = rendered(&event);
        gateway.engine.event_rendered(event, rendered).await.unwrap();
    }
    types
}

#[tokio::test]
async fn the_api_s_events_are_told_and_link_events_only_where_they_are_asked_for() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    assert_eq!(render_all(&gateway).await, []);
    gateway.pay(&link, "p-1").await;
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
    assert_eq!(render_all(&gateway).await, []);
}

#[tokio::test]
async fn a_job_that_is_due_wakes_a_worker_and_one_that_is_due_later_wakes_nobody() {
    let gateway = Gateway::open().await;
    let is_woken = |queue| {
        gateway.engine.wait_for_work(queue, Duration::from_hours(1)).now_or_never().is_some()
    };
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    let woken = Queue::ALL.map(|queue| (queue, is_woken(queue)));
    let waiting = gateway.engine.queue_depths().await.unwrap();
    for (queue, is_woken) in woken {
        assert_eq!(is_woken, queue == Queue::Event, "{queue:?}");
    }
    // Of both there are jobs, and in time they are due.
    for queue in [Queue::FollowUp, Queue::Deadline] {
        assert!(waiting.iter().any(|depth| depth.queue == queue && depth.waiting > 0), "{queue:?}");
    }
    assert!(!is_woken(Queue::Event));
}

#[tokio::test]
async fn a_delivery_is_tried_by_the_timetable_and_then_abandoned() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    render_all(&gateway).await;
    let waits = [Duration::ZERO].into_iter().chain(DELIVERY_TIMETABLE);
    for (made, wait) in waits.enumerate() {
        if let Some(early) = wait.checked_sub(Duration::from_micros(1)) {
            gateway.clock.advance(early);
            let none = gateway.engine.deliveries_to_send(10).await.unwrap();
            assert!(none.is_empty(), "attempt {made} came early");
            gateway.clock.advance(Duration::from_micros(1));
        }
        let mut due = gateway.engine.deliveries_to_send(10).await.unwrap();
        let sent = due.pop().unwrap();
        assert!(due.is_empty());
        assert_eq!(usize::from(sent.delivery.attempts), made);
        let failed = DeliveryResult::Failed { reason: "HTTP 500".to_owned() };
        gateway.engine.delivery_attempted(sent, failed).await.unwrap();
    }
    gateway.clock.advance(Duration::from_hours(1_000));
    assert!(gateway.engine.deliveries_to_send(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn id_and_body_are_frozen_while_timestamp_and_signature_are_of_the_attempt() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    render_all(&gateway).await;
    let sent = gateway.engine.deliveries_to_send(1).await.unwrap().pop().unwrap();
    let first = gateway.engine.delivery_headers(&sent.delivery).await.unwrap();
    // The sandbox clock moves the timetable; a verifier refuses timestamps from the future.
    gateway.engine.advance_clock(86_400).await.unwrap();
    gateway.clock.advance(Duration::from_secs(5));
    let second = gateway.engine.delivery_headers(&sent.delivery).await.unwrap();
    assert_eq!(first.id, second.id);
    let seconds = |text: &str| text.parse::<i64>().unwrap();
    assert_eq!(seconds(&second.timestamp) - seconds(&first.timestamp), 5);
    let key = gateway.created.webhook_secret.as_bytes();
    let body = sent.delivery.body.as_bytes();
    let mac = webhook_mac(key, &second.id, seconds(&second.timestamp), body);
    assert_eq!(second.signature, format!("v1,{}", BASE64.encode(mac)));
    let taken = DeliveryResult::Delivered { status: 204 };
    gateway.engine.delivery_attempted(sent, taken).await.unwrap();
    gateway.engine.advance_clock(1_000_000).await.unwrap();
    assert!(gateway.engine.deliveries_to_send(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_worker_that_died_is_taken_over_when_its_lease_ends() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    render_all(&gateway).await;
    let lost = gateway.engine.deliveries_to_send(1).await.unwrap().pop().unwrap();
    assert!(gateway.engine.deliveries_to_send(1).await.unwrap().is_empty());
    gateway.clock.advance(deodar_engine::work::LEASE_LIFETIME);
    let taken = gateway.engine.deliveries_to_send(1).await.unwrap().pop().unwrap();
    let delivered = || DeliveryResult::Delivered { status: 200 };
    // The dead worker comes back: its word does not count, and nothing breaks.
    gateway.engine.delivery_attempted(lost, delivered()).await.unwrap();
    assert_eq!(taken.delivery.state, DeliveryState::Waiting);
    gateway.engine.delivery_attempted(taken, delivered()).await.unwrap();
}

#[tokio::test]
async fn who_has_rendered_an_event_sends_it_and_is_taken_over_where_it_died() {
    let gateway = Gateway::open().await;
    gateway.make_paid_links(3).await;
    let mut held = Vec::new();
    for event in gateway.engine.events_to_render(100).await.unwrap() {
        let told = rendered(&event);
        held.extend(gateway.engine.event_rendered_to_send(event, told).await.unwrap());
    }
    assert_eq!(held.len(), 3);
    // Nobody else finds them, and the one that is sent is done.
    assert!(gateway.engine.deliveries_to_send(10).await.unwrap().is_empty());
    let delivered = || DeliveryResult::Delivered { status: 200 };
    let lost = held.split_off(1);
    gateway.engine.delivery_attempted(held.remove(0), delivered()).await.unwrap();
    gateway.clock.advance(deodar_engine::work::LEASE_LIFETIME);
    let found = gateway.engine.deliveries_to_send(10).await.unwrap();
    let keys = |all: &[deodar_engine::work::DeliveryToSend]| {
        all.iter().map(|one| one.delivery.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(&found), keys(&lost));
    // The dead worker comes back: its word does not count.
    for late in lost {
        let failed = DeliveryResult::Failed { reason: "HTTP 500".to_owned() };
        gateway.engine.delivery_attempted(late, failed).await.unwrap();
    }
    for taken in found {
        gateway.engine.delivery_attempted(taken, delivered()).await.unwrap();
    }
    gateway.clock.advance(DELIVERY_TIMETABLE[0]);
    assert!(gateway.engine.deliveries_to_send(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_event_that_another_worker_has_is_sent_by_that_one_alone() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    let late = gateway.engine.events_to_render(1).await.unwrap().remove(0);
    gateway.clock.advance(deodar_engine::work::LEASE_LIFETIME);
    let first = gateway.engine.events_to_render(1).await.unwrap().remove(0);
    let (told, none) = (rendered(&first), rendered(&late));
    assert!(!gateway.engine.event_rendered_to_send(first, told).await.unwrap().is_empty());
    assert!(gateway.engine.event_rendered_to_send(late, none).await.unwrap().is_empty());
}
