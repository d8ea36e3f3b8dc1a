//! Links for merchants: made once, found again, cancelled, expired.

use std::time::Duration;

use crate::common::{Gateway, START, terms};
use deodar_domain::id::link_id;
use deodar_domain::link::LinkState;
use deodar_domain::method::MethodSet;
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::refusal::Refusal;
use deodar_engine::{EngineError, Made, NewLink, Thing};
use deodar_store::Queue;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn the_same_request_finds_the_link_that_it_made() {
    let gateway = Gateway::open().await;
    let made = gateway.make_link("ref-1", 50_000).await;
    gateway.clock.advance(Duration::from_secs(30));
    let again = NewLink { terms: terms("ref-1", 50_000), expire_by: Some(START.plus(DAY)) };
    let found = gateway.engine.create_link(gateway.merchant(), again).await.unwrap();
    let Made::Existing(found) = found else { panic!("a second link was made") };
    assert_eq!(link_id(found.key), link_id(made.key));
    assert_eq!(found.link.as_ref().unwrap().expire_by, made.link.as_ref().unwrap().expire_by);
}

#[tokio::test]
async fn another_deal_under_the_same_reference_is_a_duplicate() {
    let gateway = Gateway::open().await;
    gateway.make_link("ref-1", 50_000).await;
    let mut held = terms("ref-1", 50_000);
    held.pre_auth = true;
    let mut parts = terms("ref-1", 50_000);
    parts.part_payment = true;
    for other in [terms("ref-1", 50_001), held, parts] {
        let new = NewLink { terms: other, expire_by: None };
        let refused = gateway.engine.create_link(gateway.merchant(), new).await.unwrap_err();
        assert_eq!(refused, EngineError::DuplicateReference);
    }
}

#[tokio::test]
async fn a_repeat_is_answered_after_its_own_expiry_has_passed() {
    let gateway = Gateway::open().await;
    let request = || NewLink { terms: terms("ref-1", 50_000), expire_by: Some(START.plus(DAY)) };
    gateway.engine.create_link(gateway.merchant(), request()).await.unwrap();
    gateway.clock.advance(2 * DAY);
    let found = gateway.engine.create_link(gateway.merchant(), request()).await.unwrap();
    let Made::Existing(found) = found else { panic!("a second link was made") };
    assert_eq!(found.link.as_ref().unwrap().state, LinkState::Expired);
}

#[tokio::test]
async fn money_is_not_held_in_parts() {
    let gateway = Gateway::open().await;
    let mut both = terms("ref-1", 50_000);
    (both.pre_auth, both.part_payment) = (true, true);
    let new = NewLink { terms: both, expire_by: None };
    let refused = gateway.engine.create_link(gateway.merchant(), new).await.unwrap_err();
    assert!(matches!(refused, EngineError::InvalidField { field: "part_payment", .. }));
}

#[tokio::test]
async fn identical_requests_at_once_make_one_link() {
    let gateway = Gateway::open().await;
    let requests = (0..50).map(|_| {
        let engine = gateway.engine.clone();
        let merchant = gateway.merchant().clone();
        tokio::spawn(async move {
            let new = NewLink { terms: terms("ref-1", 50_000), expire_by: None };
            engine.create_link(&merchant, new).await.unwrap()
        })
    });
    let (mut new, mut keys) = (0, Vec::new());
    for request in requests.collect::<Vec<_>>() {
        match request.await.unwrap() {
            Made::New(order) => {
                new += 1;
                keys.push(order.key);
            }
            Made::Existing(order) => keys.push(order.key),
        }
    }
    keys.dedup();
    assert_eq!((new, keys.len()), (1, 1));
}

#[tokio::test]
async fn a_link_ends_within_180_days_and_in_the_future() {
    let gateway = Gateway::open().await;
    let last = START.plus(180 * DAY);
    let cases = [
        ("in-1", Some(START.plus(Duration::from_micros(1))), true),
        ("in-2", Some(last), true),
        ("in-3", None, true),
        ("out-1", Some(START), false),
        ("out-2", Some(last.plus(Duration::from_micros(1))), false),
    ];
    for (reference, expire_by, allowed) in cases {
        let new = NewLink { terms: terms(reference, 100), expire_by };
        let made = gateway.engine.create_link(gateway.merchant(), new).await;
        assert_eq!(made.is_ok(), allowed, "{reference}");
        if let Err(error) = made {
            assert!(matches!(error, EngineError::InvalidField { field: "expire_by", .. }));
        }
    }
}

#[tokio::test]
async fn absent_methods_are_all_that_the_merchant_has() {
    let gateway = Gateway::open().await;
    let made = gateway.make_link("ref-1", 50_000).await;
    assert_eq!(made.terms.allowed_methods, MethodSet::all());
}

#[tokio::test]
async fn a_link_is_found_by_its_id_its_reference_and_its_slug_alone() {
    let gateway = Gateway::open().await;
    let made = gateway.make_link("ref-1", 50_000).await;
    let (engine, merchant) = (&gateway.engine, gateway.merchant());
    assert_eq!(engine.link(merchant, made.key).await.unwrap().key, made.key);
    let by_reference = engine.link_by_reference(merchant, &made.terms.reference).await.unwrap();
    assert_eq!(by_reference.key, made.key);
    let of_order =
        engine.order_or_refund_by_reference(merchant, &made.terms.reference).await.unwrap().order;
    assert_eq!(of_order.key, made.key);
    let url = engine.link_url(made.link.as_ref().unwrap().number);
    let slug = url.strip_prefix("https://pay.example.in/PLUTUS/").unwrap();
    assert_eq!(slug.len(), 7);
    assert_eq!(engine.link_page(slug).await.unwrap().order.key, made.key);
    for wrong in ["", "0000000", "zzzzzzz", "abc", "ab/cdef", "ééééééé"] {
        let refused = engine.link_page(wrong).await.unwrap_err();
        assert_eq!(refused, EngineError::NotFound(Thing::Link), "{wrong}");
    }
}

#[tokio::test]
async fn another_merchants_link_is_not_there() {
    let (ours, theirs) = (Gateway::open().await, Gateway::open().await);
    let made = ours.make_link("ref-1", 50_000).await;
    let mut other = theirs.merchant().clone();
    let number = if other.id.as_u32() == 123_456 { 123_457 } else { 123_456 };
    other.id = deodar_domain::id::MerchantId::new(number).unwrap();
    let engine = &ours.engine;
    let link = engine.link(&other, made.key).await.unwrap_err();
    assert_eq!(link, EngineError::NotFound(Thing::Link));
    let order = engine.order(&other, made.key).await.unwrap_err();
    assert_eq!(order, EngineError::NotFound(Thing::Order));
    let cancel = engine.cancel_link(&other, made.key).await.unwrap_err();
    assert_eq!(cancel, EngineError::NotFound(Thing::Link));
}

#[tokio::test]
async fn a_cancelled_link_cancels_its_order_and_cannot_be_paid() {
    let gateway = Gateway::open().await;
    let made = gateway.make_link("ref-1", 50_000).await;
    let cancelled = gateway.engine.cancel_link(gateway.merchant(), made.key).await.unwrap();
    assert_eq!(cancelled.link.as_ref().unwrap().state, LinkState::Cancelled);
    assert_eq!(cancelled.state, OrderState::Cancelled);
    let again = gateway.engine.cancel_link(gateway.merchant(), made.key).await.unwrap_err();
    assert_eq!(again, EngineError::Refused(Refusal::LinkCancelled));
    let paid = gateway.engine.pay(made.key, crate::common::card("p-1")).await.unwrap_err();
    assert_eq!(paid, EngineError::Refused(Refusal::OrderCancelled));
    assert_eq!(gateway.acquirer.count("authorize"), 0);
}

#[tokio::test]
async fn a_link_is_expired_from_its_end_on_whether_or_not_a_worker_has_run() {
    let gateway = Gateway::open().await;
    let new = NewLink { terms: terms("ref-1", 50_000), expire_by: Some(START.plus(DAY)) };
    let made = gateway.engine.create_link(gateway.merchant(), new).await.unwrap();
    let (Made::New(made) | Made::Existing(made)) = made;
    gateway.engine.advance_clock(DAY.as_secs()).await.unwrap();
    let read = gateway.engine.link(gateway.merchant(), made.key).await.unwrap();
    assert_eq!(read.link.as_ref().unwrap().state, LinkState::Expired);
    let paid = gateway.engine.pay(made.key, crate::common::card("p-1")).await.unwrap_err();
    assert_eq!(paid, EngineError::Refused(Refusal::LinkExpired));
    assert_eq!(gateway.work(Queue::Deadline).await, 1);
    let stored = gateway.engine.order(gateway.merchant(), made.key).await.unwrap();
    assert_eq!(stored, read, "the worker writes down what readers saw before it ran");
    assert_eq!(gateway.work(Queue::Deadline).await, 0);
}

#[tokio::test]
async fn a_moved_clock_is_found_again_after_a_restart() {
    let gateway = Gateway::open().await;
    let moved = gateway.engine.advance_clock(3_600).await.unwrap();
    assert_eq!(moved, START.plus(Duration::from_hours(1)));
    let restarted = gateway.restarted().await;
    assert_eq!(restarted.now(), moved);
    assert_eq!(restarted.real_now(), START);
}

#[tokio::test]
async fn part_payments_leave_nothing_or_at_least_a_rupee() {
    let gateway = Gateway::open().await;
    let mut in_parts = terms("ref-1", 1_000);
    in_parts.part_payment = true;
    let made = gateway.make(in_parts).await;
    let cases = [(99, false), (901, false), (1_001, false), (400, true)];
    for (amount, allowed) in cases {
        let mut request = crate::common::card(&format!("p-{amount}"));
        request.amount = Some(Money::paise(amount));
        let paid = gateway.engine.pay(made.key, request).await;
        assert_eq!(paid.is_ok(), allowed, "{amount}");
    }
    let order = gateway.engine.order(gateway.merchant(), made.key).await.unwrap();
    assert_eq!(order.due(), Money::paise(600));
    assert_eq!(order.link.as_ref().unwrap().state, LinkState::PartialProcessed);
    let paid = gateway.pay(&order, "p-rest").await;
    assert_eq!(paid.link.as_ref().unwrap().state, LinkState::Processed);
    assert_eq!(gateway.owed().await, 1_000);
}
