//! Webhooks as they arrive.

use std::collections::HashSet;
use std::time::Duration;

use deodar_courier::CourierConfig;
use deodar_engine::store::Queue;

use crate::gateway::Gateway;
use crate::receiver::{Answer, Receiver};

#[tokio::test]
async fn a_webhook_arrives_with_a_signature_that_verifies() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    let order = gateway.make_link().await;

    let hook = shop.next().await;
    assert_eq!(hook.request_line, "POST /hooks?shop=1 HTTP/1.1");
    assert_eq!(hook.headers["content-type"], "application/json");
    assert_eq!(hook.headers["user-agent"], CourierConfig::default().user_agent);
    assert!(hook.id().starts_with("msg_"), "{}", hook.id());
    assert_eq!(hook.timestamp(), gateway.engine.real_now().seconds());
    assert!(hook.verifies(gateway.secret()));
    assert!(!hook.verifies(b"another secret"));
    assert_eq!(hook.event_type(), "PAYMENT_LINK_CREATED");
    let data = &hook.json()["data"];
    assert_eq!(data["payment_link_id"], deodar_domain::id::link_id(order.key));
    let link_url = gateway.engine.link_url(order.link.as_ref().unwrap().number);
    assert_eq!(data["payment_link"], link_url);

    courier.stop().await;
    gateway.settled(Queue::Delivery, Some(0)).await;
    assert!(shop.rest().is_empty());
}

#[tokio::test]
async fn a_payment_is_told_with_the_order_as_it_was() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let order = gateway.make_link().await;
    gateway.pay(&order).await;
    let courier = gateway.start();
    let mut told = HashSet::new();
    for _ in 0..3 {
        let hook = shop.next().await;
        assert!(hook.verifies(gateway.secret()));
        if hook.event_type() == "ORDER_PROCESSED" {
            let data = &hook.json()["data"];
            assert_eq!(data["order_id"], deodar_domain::id::order_id(order.key));
            assert_eq!(data["status"], "PROCESSED");
        }
        told.insert(hook.event_type());
    }
    let expected = ["PAYMENT_LINK_CREATED", "PAYMENT_LINK_PROCESSED", "ORDER_PROCESSED"];
    assert_eq!(told, expected.map(str::to_owned).into());
    courier.stop().await;
}

#[tokio::test]
async fn every_endpoint_is_told_the_same_and_a_slow_one_stops_no_other() {
    const EVENTS: usize = 30;
    let mut slow = Receiver::answering(|_| Answer::Never).await;
    let mut quick = Receiver::open().await;
    let gateway = Gateway::open(&[&slow.url, &quick.url]).await;
    for _ in 0..EVENTS {
        gateway.make_link().await;
    }
    let config = CourierConfig {
        deliveries_max: 16,
        deliveries_per_endpoint_max: 2,
        ..CourierConfig::sandbox()
    };
    let courier = gateway.start_with(&config);
    let mut told = HashSet::new();
    while told.len() < EVENTS {
        told.insert(gateway.next_of_many(&mut quick).await.id().to_owned());
    }

    let at_slow = [slow.next().await, slow.next().await];
    assert!(at_slow.iter().all(|hook| told.contains(hook.id())));
    assert!(slow.most_unanswered() <= 2, "only two at once go to one endpoint");
    // What the slow endpoint did not get is kept until it is well again.
    let mut well = Receiver::back_again(slow.close().await).await;
    let mut told_late = HashSet::new();
    while told_late.len() < EVENTS {
        gateway.engine.advance_clock(600).await.unwrap();
        gateway.settled(Queue::Delivery, None).await;
        told_late.extend(well.rest().iter().map(|hook| hook.id().to_owned()));
    }
    assert_eq!(told_late, told);
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
}

#[tokio::test]
async fn private_addresses_and_plain_http_are_refused_unless_they_are_allowed() {
    let mut shop = Receiver::open().await;
    let gateway = Gateway::open(&[&shop.url]).await;
    gateway.make_link().await;
    for config in [
        CourierConfig::default(),
        CourierConfig { allow_plain_http: true, ..CourierConfig::default() },
        CourierConfig { allow_private_addresses: true, ..CourierConfig::default() },
    ] {
        let courier = gateway.start_with(&config);
        gateway.settled(Queue::Event, Some(0)).await;
        gateway.settled(Queue::Delivery, Some(1)).await;
        courier.stop().await;
        assert!(shop.rest().is_empty(), "{config:?}");
        gateway.clock.advance(Duration::from_hours(10));
    }
    let courier = gateway.start();
    assert!(shop.next().await.verifies(gateway.secret()));
    courier.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_be_used_start_no_worker() {
    let gateway = Gateway::open(&[]).await;
    let config = CourierConfig { user_agent: "line\nbreak".to_owned(), ..CourierConfig::default() };
    assert!(deodar_courier::start(gateway.engine, &config).is_err());
}
