//! Webhooks that do not arrive at once.

use std::time::Duration;

use deodar_engine::store::Queue;
use deodar_engine::work::DELIVERY_TIMETABLE;

use crate::gateway::Gateway;
use crate::receiver::{Answer, Receiver};

#[tokio::test]
async fn a_refused_webhook_is_tried_by_the_timetable_and_then_abandoned() {
    let mut shop = Receiver::answering(|_| Answer::Status(500)).await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    gateway.make_link().await;
    let first = shop.next().await;
    for (attempt, wait) in DELIVERY_TIMETABLE.into_iter().enumerate() {
        gateway.settled(Queue::Delivery, Some(1)).await;
        assert!(shop.rest().is_empty(), "attempt {attempt} was made twice");
        gateway.clock.advance(wait);
        let again = shop.next().await;
        assert_eq!(again.id(), first.id());
        assert_eq!(again.body, first.body, "the body is frozen");
        assert_eq!(again.timestamp(), gateway.engine.real_now().seconds());
        assert!(again.timestamp() > first.timestamp());
        assert!(again.verifies(gateway.secret()), "each attempt is signed anew");
    }
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
    assert!(shop.rest().is_empty());
}

#[tokio::test]
async fn a_webhook_is_told_as_it_was_and_not_as_it_is() {
    let mut shop =
        Receiver::answering(|number| Answer::Status(if number == 0 { 503 } else { 204 })).await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    let order = gateway.make_link().await;
    let first = shop.next().await;
    gateway.settled(Queue::Delivery, Some(1)).await;
    gateway.pay(&order).await;
    let others = [shop.next().await, shop.next().await];
    assert!(others.iter().all(|hook| hook.id() != first.id()));
    gateway.clock.advance(Duration::from_secs(5));
    let again = shop.next().await;
    assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
}

#[tokio::test]
async fn a_slow_endpoint_is_given_five_seconds_and_tried_again() {
    let mut shop =
        Receiver::answering(|number| if number == 0 { Answer::Never } else { Answer::Status(200) })
            .await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    gateway.make_link().await;
    let first = shop.next().await;
    // Until the answer is given up, time goes on whenever everybody waits.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    gateway.settled(Queue::Delivery, Some(1)).await;
    let waited = begun.elapsed();
    tokio::time::resume();
    assert!(waited <= deodar_courier::DELIVERY_TIME_MAX + Duration::from_secs(1), "{waited:?}");
    gateway.clock.advance(DELIVERY_TIMETABLE[0]);
    assert_eq!(shop.next().await.id(), first.id());
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut shop = Receiver::answering(|_| Answer::Redirect("/elsewhere".to_owned())).await;
    let gateway = Gateway::open(&[&shop.url]).await;
    let courier = gateway.start();
    gateway.make_link().await;
    assert_eq!(shop.next().await.request_line, "POST /hooks?shop=1 HTTP/1.1");
    gateway.settled(Queue::Delivery, Some(1)).await;
    assert!(shop.rest().is_empty());
    courier.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_is_away_gets_its_webhook_when_it_is_back() {
    let away = Receiver::open().await;
    let url = away.url.clone();
    let address = away.close().await;
    let gateway = Gateway::open(&[&url]).await;
    let courier = gateway.start();
    gateway.make_link().await;
    gateway.settled(Queue::Event, Some(0)).await;
    gateway.settled(Queue::Delivery, Some(1)).await;
    let mut back = Receiver::back_again(address).await;
    gateway.engine.advance_clock(DELIVERY_TIMETABLE[0].as_secs()).await.unwrap();
    assert!(back.next().await.verifies(gateway.secret()));
    gateway.settled(Queue::Delivery, Some(0)).await;
    courier.stop().await;
}
