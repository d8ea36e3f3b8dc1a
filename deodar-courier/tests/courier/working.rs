//! Stopping, restarting, and the work that is not webhooks.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deodar_domain::link::LinkState;
use deodar_domain::order::{Order, OrderState};
use deodar_engine::store::{
    ChangeSet, ChangeSetId, Queue, Record, RecordKey, Setting, Store, Version,
};
use deodar_engine::work::{LEASE_LIFETIME, RenderedEvent, webhook_id};
use deodar_engine::{ANSWER_AGE_MAX, Asked, KeyedCall};
use deodar_kit::stop_time;

use crate::gateway::{Gateway, LINK_LIFETIME, until};
use crate::receiver::{Answer, Receiver};

#[tokio::test]
async fn stopping_and_starting_again_loses_nothing_and_repeats_nothing() {
    const EVENTS: usize = 100;
    let mut shop = Receiver::open().await;
    let mut gateway = Gateway::open(&[&shop.url]).await;
    for _ in 0..EVENTS {
        gateway.make_link().await;
    }
    // A webhook that waits too long for its endpoint is put back, and one that is answered too late
    // comes again.
    let stopped = stop_time();
    let mut told = Vec::new();
    while told.len() < EVENTS {
        let courier = gateway.start();
        told.push(shop.next().await.id().to_owned());
        courier.stop().await;
        told.extend(shop.rest().iter().map(|hook| hook.id().to_owned()));
        gateway = gateway.restarted().await;
    }
    drop(stopped);
    tokio::time::resume();
    let different: HashSet<_> = told.iter().collect();
    assert_eq!((told.len(), different.len()), (EVENTS, EVENTS));
    gateway.settled(Queue::Event, Some(0)).await;
    gateway.settled(Queue::Delivery, Some(0)).await;
}

#[tokio::test]
async fn what_a_crash_left_is_done_after_the_restart() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let order = gateway.make_link().await;
    // A worker took the event and the process was killed.
    assert_eq!(gateway.engine.events_to_render(10).await.unwrap().len(), 1);
    let gateway = gateway.restarted().await;
    let courier = gateway.start();
    gateway.clock.advance(LEASE_LIFETIME);
    let hook = shop.next().await;
    let id = deodar_domain::id::link_id(order.key);
    assert_eq!(hook.json()["data"]["payment_link_id"], id);
    courier.stop().await;
}

#[tokio::test]
async fn a_webhook_that_was_under_way_in_a_crash_is_sent_again_under_the_same_id() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    gateway.make_link().await;
    for event in gateway.engine.events_to_render(10).await.unwrap() {
        let rendered = event
            .endpoints
            .iter()
            .map(|endpoint| RenderedEvent {
                endpoint: endpoint.clone(),
                body: r#"{"event_type":"PAYMENT_LINK_CREATED"}"#.to_owned(),
            })
            .collect();
        gateway.engine.event_rendered(event, rendered).await.unwrap();
    }
    let lost = gateway.engine.deliveries_to_send(10).await.unwrap();
    let id = webhook_id(lost[0].delivery.event);
    drop(lost);
    let gateway = gateway.restarted().await;
    let courier = gateway.start();
    gateway.clock.advance(LEASE_LIFETIME);
    assert_eq!(shop.next().await.id(), id);
    courier.stop().await;
}

/// Waits until the stored order is as it is wanted.
async fn stored(gateway: &Gateway, key: RecordKey, wanted: fn(&Order) -> bool) {
    until("the stored order to be as wanted", async || {
        let stored = gateway.store.get(key).await.unwrap().unwrap();
        let Record::Order(order) = stored.record else { panic!("not an order") };
        wanted(&order)
    })
    .await;
}

#[tokio::test]
async fn a_link_whose_time_has_run_out_is_ended_and_told() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    let order = gateway.make_link().await;
    assert_eq!(shop.next().await.event_type(), "PAYMENT_LINK_CREATED");
    gateway.engine.advance_clock(LINK_LIFETIME.as_secs()).await.unwrap();
    let told = HashSet::from([shop.next().await.event_type(), shop.next().await.event_type()]);
    assert_eq!(told, ["PAYMENT_LINK_EXPIRED", "ORDER_CANCELLED"].map(str::to_owned).into());
    stored(&gateway, RecordKey::Order(order.key), |order| {
        order.state == OrderState::Cancelled
            && order.link.as_ref().is_some_and(|link| link.state == LinkState::Expired)
    })
    .await;
    courier.stop().await;
}

#[tokio::test]
async fn a_lost_answer_of_the_acquirer_is_found_by_asking_again() {
    let gateway = Gateway::open(&[]).await;
    let courier = gateway.start();
    let order = gateway.make_link().await;
    gateway.bank.silent.store(true, Ordering::SeqCst);
    let pending = gateway.pay(&order).await;
    assert!(pending.payment_in_flight().is_some());
    gateway.engine.advance_clock(60).await.unwrap();
    stored(&gateway, RecordKey::Order(order.key), |order| order.state == OrderState::Processed)
        .await;
    courier.stop().await;
}

#[tokio::test]
async fn what_another_process_changed_is_known_here_soon() {
    let gateway = Gateway::open(&[]).await;
    let courier = gateway.start();
    let here = gateway.engine.now();
    let offset = Record::Setting(Setting::ClockOffset { seconds: 3_600 });
    let change_set = ChangeSet::new(ChangeSetId(9)).put(offset, Version::ABSENT);
    gateway.store.commit(change_set).await.unwrap();
    until("the change to be read", async || gateway.engine.now() != here).await;
    assert_eq!(gateway.engine.now().since(here), Duration::from_hours(1));
    courier.stop().await;
}

#[tokio::test]
async fn old_answers_are_removed() {
    let gateway = Gateway::open(&[]).await;
    let merchant = gateway.make_link().await.merchant;
    let call = KeyedCall { merchant, method: "POST", path: "/", key: "k", body: b"" };
    let Asked::First(turn) = gateway.engine.take_turn(call).await.unwrap() else {
        panic!("nobody has called before")
    };
    let answer = deodar_engine::Answer { status: 422, body: "{}".into() };
    gateway.engine.end_turn(&turn, Some(answer)).await.unwrap();
    gateway.clock.advance(ANSWER_AGE_MAX + Duration::from_micros(1));
    let courier = gateway.start();
    let now = gateway.engine.real_now();
    until("the answer to be removed", async || {
        gateway.store.answers_before(now, 1).await.unwrap().is_empty()
    })
    .await;
    courier.stop().await;
}

#[tokio::test]
async fn queues_and_attempts_are_measured() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let measures = recorder.handle();
    // The runtime of a test has one thread, which is this one.
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut shop =
        Receiver::answering(|number| Answer::Status(if number == 0 { 500 } else { 200 })).await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    gateway.make_link().await;
    shop.next().await;
    gateway.settled(Queue::Delivery, Some(1)).await;
    gateway.engine.advance_clock(5).await.unwrap();
    shop.next().await;
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
    let text = measures.render();
    for line in [
        r#"deodar_webhook_attempts_total{result="refused"} 1"#,
        r#"deodar_webhook_attempts_total{result="delivered"} 1"#,
        r#"deodar_jobs_waiting{queue="event"} "#,
        r#"deodar_jobs_waiting{queue="delivery"} "#,
        r#"deodar_jobs_waiting{queue="follow_up"} "#,
        r#"deodar_job_age_seconds{queue="deadline"} 0"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
