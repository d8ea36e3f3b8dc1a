//! Lists: everything that was made in a period, newest first, as of now, and of nobody else.

use std::time::Duration;

use deodar_domain::key::OrderKey;
use deodar_domain::link::LinkState;
use deodar_domain::money::Money;
use deodar_domain::order::OrderState;
use deodar_domain::reference::MerchantReference;
use deodar_domain::time::Timestamp;
use deodar_engine::{ListKind, ListPage, ListPart, NewLink, NewRefund};

use crate::common::{Gateway, MASTER_KEY, START, terms};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

const fn part(start: Timestamp, end: Timestamp) -> ListPart {
    ListPart { start, end, page: 1, per_page: 100 }
}

async fn list(gateway: &Gateway, kind: ListKind, part: ListPart) -> ListPage {
    gateway.engine.list(gateway.merchant(), kind, part).await.unwrap()
}

fn keys(page: &ListPage) -> Vec<OrderKey> {
    page.listed.iter().map(|listed| listed.key).collect()
}

#[tokio::test]
async fn orders_stand_in_one_list_and_those_with_links_in_another() {
    let gateway = Gateway::open().await;
    let mut made = Vec::new();
    for (reference, has_link) in [("1", true), ("2", false), ("3", true), ("4", false)] {
        // Two of them in one millisecond.
        if reference != "3" {
            gateway.clock.advance(SECOND);
        }
        let terms = terms(reference, 50_000);
        let order =
            if has_link { gateway.make(terms).await } else { gateway.make_order(terms).await };
        made.push(order.key);
    }
    let all = part(START, START.plus(DAY));
    let [first, second, third, fourth] = made.try_into().unwrap();
    let orders = list(&gateway, ListKind::Order, all).await;
    assert_eq!(keys(&orders), [fourth, third, second, first]);
    assert!(!orders.has_more);
    assert_eq!(keys(&list(&gateway, ListKind::Link, all).await), [third, first]);
    assert_eq!(keys(&list(&gateway, ListKind::Refund, all).await), []);

    let at_two = part(START.plus(2 * SECOND), START.plus(2 * SECOND));
    assert_eq!(keys(&list(&gateway, ListKind::Order, at_two).await), [third, second]);
    let just_before = START.plus(2 * SECOND).minus(Duration::from_millis(1));
    let before = part(START, just_before);
    assert_eq!(keys(&list(&gateway, ListKind::Order, before).await), [first]);
    let after = part(START.plus(2 * SECOND).plus(Duration::from_millis(1)), START.plus(DAY));
    assert_eq!(keys(&list(&gateway, ListKind::Order, after).await), [fourth]);
}

#[tokio::test]
async fn a_list_tells_what_there_is_now_and_by_business_time() {
    let gateway = Gateway::open().await;
    gateway.engine.advance_clock(DAY.as_secs()).await.unwrap();
    let new = NewLink { terms: terms("ref-1", 50_000), expire_by: Some(START.plus(2 * DAY)) };
    gateway.engine.create_link(gateway.merchant(), new).await.unwrap();
    let first_day = part(START, START.plus(DAY).minus(SECOND));
    assert_eq!(keys(&list(&gateway, ListKind::Link, first_day).await), []);
    let second_day = part(START.plus(DAY), START.plus(2 * DAY));
    let state = |page: &ListPage| page.listed[0].order.link.as_ref().unwrap().state;
    assert_eq!(state(&list(&gateway, ListKind::Link, second_day).await), LinkState::Created);
    gateway.engine.advance_clock(DAY.as_secs()).await.unwrap();
    for kind in [ListKind::Link, ListKind::Order] {
        let page = list(&gateway, kind, second_day).await;
        assert_eq!(state(&page), LinkState::Expired);
        assert_eq!(page.listed[0].order.state, OrderState::Cancelled);
    }
}

#[tokio::test]
async fn the_pages_of_a_period_that_is_over_stay_as_they_are() {
    let gateway = Gateway::open().await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, gateway.make_link(&format!("old-{number}"), 100).await.key);
        gateway.clock.advance(SECOND);
    }
    let over = START.plus(10 * SECOND);
    gateway.clock.advance(DAY);
    let mut told = Vec::new();
    for page in 1..=4 {
        let part = ListPart { start: START, end: over, page, per_page: 2 };
        let found = list(&gateway, ListKind::Order, part).await;
        assert_eq!(found.has_more, page < 3, "page {page}");
        told.extend(keys(&found));
        gateway.make_link(&format!("new-{page}"), 100).await;
    }
    assert_eq!(told, made);
    let exactly = ListPart { start: START, end: over, page: 1, per_page: 5 };
    assert!(!list(&gateway, ListKind::Order, exactly).await.has_more);
}

#[tokio::test]
async fn refunds_are_listed_by_when_they_were_made_with_the_order_that_holds_them() {
    let gateway = Gateway::open().await;
    let order = gateway.make_order(terms("order-1", 50_000)).await;
    gateway.pay(&order, "p-1").await;
    gateway.clock.advance(DAY);
    let mut made = Vec::new();
    for (reference, amount) in [("r-1", 100), ("r-2", 200)] {
        let reference = MerchantReference::parse(reference).unwrap();
        let new = NewRefund { reference, amount: Some(Money::paise(amount)) };
        let found = gateway.engine.refund(gateway.merchant(), order.key, new).await.unwrap();
        made.insert(0, found.key);
        gateway.clock.advance(SECOND);
    }
    assert_eq!(keys(&list(&gateway, ListKind::Refund, part(START, START)).await), []);
    let page = list(&gateway, ListKind::Refund, part(START, START.plus(2 * DAY))).await;
    assert_eq!(keys(&page), made);
    for listed in &page.listed {
        assert_eq!(listed.order.key, order.key);
        assert!(listed.order.refund(listed.key).is_some());
    }
    let orders = list(&gateway, ListKind::Order, part(START, START.plus(2 * DAY))).await;
    assert_eq!(keys(&orders), [order.key], "a refund is in no list of orders");
}

#[tokio::test]
async fn lists_are_of_one_merchant_and_the_same_after_a_restart() {
    let gateway = Gateway::open().await;
    let other = gateway.make_merchant(MASTER_KEY).await;
    let made = gateway.make_link("ref-1", 50_000).await;
    let all = part(START, START.plus(DAY));
    for kind in [ListKind::Order, ListKind::Link, ListKind::Refund] {
        let theirs = gateway.engine.list(&other.merchant, kind, all).await.unwrap();
        assert_eq!(keys(&theirs), []);
    }
    let restarted = gateway.restarted().await;
    let ours = restarted.list(gateway.merchant(), ListKind::Link, all).await.unwrap();
    assert_eq!(keys(&ours), [made.key]);
}
