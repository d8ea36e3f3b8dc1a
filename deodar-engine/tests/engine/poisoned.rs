//! What cannot be read is its own trouble: it hides nothing else and stops no queue.

use std::time::Duration;

use crate::common::{Gateway, MASTER_KEY, terms};
use crate::webhooks::render_all;
use deodar_domain::event::EventType;
use deodar_engine::work::LEASE_LIFETIME;
use deodar_engine::{EngineError, Made, NewLink};
use deodar_store::{ChangeSet, ChangeSetId, Record, RecordKey, Store};

const DAMAGED: &str = "{";

#[tokio::test]
async fn a_delivery_that_cannot_be_read_holds_up_no_other() {
    let gateway = Gateway::open().await;
    for reference in ["ref-1", "ref-2"] {
        let link = gateway.make_link(reference, 50_000).await;
        gateway.pay(&link, "p-1").await;
    }
    render_all(&gateway).await;
    let both = gateway.engine.deliveries_to_send(10).await.unwrap();
    let keys: Vec<_> = both.iter().map(|sent| sent.delivery.key).collect();
    gateway.store.put_document(RecordKey::Delivery(keys[0]), DAMAGED).unwrap();
    gateway.clock.advance(LEASE_LIFETIME);
    let readable = gateway.engine.deliveries_to_send(10).await.unwrap();
    assert_eq!(readable.iter().map(|sent| sent.delivery.key).collect::<Vec<_>>(), keys[1..]);
}

#[tokio::test]
async fn an_event_of_a_merchant_that_cannot_be_read_holds_up_no_other() {
    let gateway = Gateway::open().await;
    let other = gateway.make_merchant(MASTER_KEY).await.merchant;
    // Another process serves the other merchant; this one has not met it yet.
    let elsewhere = gateway.restarted().await;
    let new = NewLink { terms: terms("ref-1", 50_000), expire_by: None };
    let Made::New(theirs) = elsewhere.create_link(&other, new).await.unwrap() else {
        panic!("the link was there before")
    };
    elsewhere.pay(theirs.key, crate::common::card("p-1")).await.unwrap();
    let ours = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&ours, "p-1").await;
    gateway.store.put_document(RecordKey::Merchant(other.id), DAMAGED).unwrap();
    assert_eq!(render_all(&gateway).await, [EventType::OrderProcessed]);
}

#[tokio::test]
async fn a_merchant_that_cannot_be_read_hides_no_other_change() {
    let gateway = Gateway::open().await;
    let elsewhere = gateway.restarted().await;
    gateway.make_merchant([8; 32]).await;
    let damaged = gateway.make_merchant(MASTER_KEY).await.merchant;
    gateway.store.put_document(RecordKey::Merchant(damaged.id), DAMAGED).unwrap();
    elsewhere.advance_clock(60).await.unwrap();
    gateway.engine.refresh().await.unwrap();
    assert_eq!(gateway.engine.now(), gateway.engine.real_now().plus(Duration::from_mins(1)));
}

#[tokio::test]
async fn a_merchant_whose_change_cannot_be_read_is_not_served_as_it_was() {
    let gateway = Gateway::open().await;
    let id = gateway.merchant().client_id.hyphenated();
    let secret = gateway.created.client_secret.as_str();
    let token = gateway.engine.issue_token(&id, secret).await.unwrap().access_token;
    let key = RecordKey::Merchant(gateway.merchant().id);
    let stored = gateway.store.get(key).await.unwrap().unwrap();
    let Record::Merchant(mut merchant) = stored.record else { panic!("not a merchant") };
    merchant.secret_version += 1;
    let change = ChangeSet::new(ChangeSetId(1)).put(Record::Merchant(merchant), stored.version);
    gateway.store.commit(change).await.unwrap();
    gateway.store.put_document(key, DAMAGED).unwrap();
    gateway.engine.refresh().await.unwrap();
    let refused = gateway.engine.authenticate(&token).await.unwrap_err();
    assert!(matches!(refused, EngineError::Internal(_)), "{refused:?}");
}
