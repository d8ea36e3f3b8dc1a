//! Changing merchants, beside the engine that serves them.

use std::sync::Arc;

use deodar_domain::id::MerchantId;
use deodar_domain::merchant::Merchant;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::terms::Terms;
use deodar_domain::text::MerchantName;
use deodar_domain::url::MerchantUrl;
use deodar_engine::{
    Destination, EngineError, MerchantChange, NewLink, NotChanged, PaymentProblem, change_merchant,
};

use crate::common::{Gateway, terms};

async fn change(gateway: &Gateway, change: MerchantChange) -> Result<Merchant, NotChanged> {
    let id = gateway.merchant().id;
    let changed = change_merchant(&*gateway.store, &*gateway.random, id, &change).await;
    gateway.engine.refresh().await.unwrap();
    changed
}

/// What a server that has the merchant's token makes of a link.
async fn make_link(gateway: &Gateway, terms: Terms) -> Result<(), EngineError> {
    let id = gateway.merchant().client_id.hyphenated();
    let token = gateway.engine.issue_token(&id, &gateway.created.client_secret).await.unwrap();
    let merchant = gateway.engine.authenticate(&token.access_token).await.unwrap();
    gateway.engine.create_link(&merchant, NewLink { terms, expire_by: None }).await.map(|_| ())
}

#[tokio::test]
async fn a_switch_that_is_off_is_missed_by_the_call_that_needs_it() {
    let held = |reference| Terms { pre_auth: true, ..terms(reference, 50_000) };
    let by_upi = |reference| Terms {
        allowed_methods: [Method::Upi].into_iter().collect(),
        ..terms(reference, 50_000)
    };
    let in_dollars = |reference| {
        let amount = Money::new(50_000, Currency::from_code("USD").unwrap());
        Terms { amount, ..terms(reference, 50_000) }
    };
    let usd = Currency::from_code("USD").unwrap();
    let cases: [(MerchantChange, Terms, Option<EngineError>); 7] = [
        (
            MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() },
            terms("a", 50_000),
            Some(EngineError::NotEnabled("Pay by link")),
        ),
        (
            MerchantChange { pre_auth: Some(false), ..MerchantChange::default() },
            held("b"),
            Some(EngineError::NotEnabled("Pre-authorization")),
        ),
        (
            MerchantChange { pre_auth: Some(false), ..MerchantChange::default() },
            terms("c", 50_000),
            None,
        ),
        (
            MerchantChange {
                methods: Some([Method::Card].into_iter().collect()),
                ..MerchantChange::default()
            },
            by_upi("d"),
            Some(EngineError::MethodNotEnabled(Method::Upi)),
        ),
        (MerchantChange::default(), in_dollars("e"), Some(EngineError::CurrencyNotEnabled(usd))),
        (
            MerchantChange {
                currencies: Some(vec![Currency::INR, usd]),
                ..MerchantChange::default()
            },
            in_dollars("f"),
            None,
        ),
        (
            MerchantChange { splits: Some(false), ..MerchantChange::default() },
            terms("g", 50_000),
            None,
        ),
    ];
    for (number, (asked, terms, expected)) in cases.into_iter().enumerate() {
        let gateway = Gateway::open().await;
        change(&gateway, asked).await.unwrap();
        assert_eq!(make_link(&gateway, terms).await.err(), expected, "{number}");
    }
}

#[tokio::test]
async fn a_link_that_was_made_is_not_paid_by_a_method_that_is_off() {
    let gateway = Gateway::open().await;
    let order = gateway.make_link("a", 50_000).await;
    let methods = Some([Method::Upi].into_iter().collect());
    change(&gateway, MerchantChange { methods, ..MerchantChange::default() }).await.unwrap();
    let refused = gateway.engine.pay(order.key, crate::common::card("p")).await.map(|_| ());
    let problem = PaymentProblem::MethodNotEnabled(Method::Card);
    assert_eq!(refused, Err(EngineError::InvalidPayment { element: 0, problem }));
}

#[tokio::test]
async fn what_is_not_named_stays_and_tokens_stay_good() {
    let gateway = Gateway::open().await;
    let before = gateway.merchant().clone();
    let asked = MerchantChange {
        name: MerchantName::parse("Chai Street").ok(),
        brand_emi: Some(true),
        ..MerchantChange::default()
    };
    let changed = change(&gateway, asked).await.unwrap();
    let mut expected = before;
    expected.name = MerchantName::parse("Chai Street").unwrap();
    expected.switches.brand_emi = true;
    assert_eq!(changed, expected);
    assert_eq!(change(&gateway, MerchantChange::default()).await, Ok(expected));
}

#[tokio::test]
async fn where_events_go_keeps_its_endpoint() {
    let gateway = Gateway::open().await;
    let before = gateway.merchant().endpoints.clone();
    let url = |text| MerchantUrl::parse(text).unwrap();
    let to = |webhook_url| MerchantChange {
        webhook_url: Some(webhook_url),
        ..MerchantChange::default()
    };
    let moved = url("https://shop.example.com/other");
    let changed = change(&gateway, to(Destination::At(moved.clone()))).await.unwrap();
    assert_eq!(changed.endpoints.len(), 1);
    assert_eq!((changed.endpoints[0].id, &changed.endpoints[0].url), (before[0].id, &moved));
    let none = change(&gateway, to(Destination::Nowhere)).await.unwrap();
    assert!(none.endpoints.is_empty());
    let again = change(&gateway, to(Destination::At(moved.clone()))).await.unwrap();
    assert_eq!(again.endpoints[0].url, moved);
    let back = MerchantChange {
        return_url: Some(Destination::At(moved.clone())),
        ..MerchantChange::default()
    };
    assert_eq!(change(&gateway, back).await.unwrap().return_url, Some(moved));
    let nowhere =
        MerchantChange { return_url: Some(Destination::Nowhere), ..MerchantChange::default() };
    assert_eq!(change(&gateway, nowhere).await.unwrap().return_url, None);
}

#[tokio::test]
async fn a_merchant_is_left_something_to_be_paid_by() {
    let gateway = Gateway::open().await;
    let nothing = MerchantChange { methods: Some(MethodSet::EMPTY), ..MerchantChange::default() };
    assert_eq!(change(&gateway, nothing).await, Err(NotChanged::Empty("payment method")));
    let nothing = MerchantChange { currencies: Some(Vec::new()), ..MerchantChange::default() };
    assert_eq!(change(&gateway, nothing).await, Err(NotChanged::Empty("currency")));
    let id = MerchantId::new(999_999).unwrap();
    let asked = MerchantChange::default();
    let unknown = change_merchant(&*gateway.store, &*gateway.random, id, &asked).await;
    assert_eq!(unknown, Err(NotChanged::Unknown(id)));
}

#[tokio::test]
async fn concurrent_changes_are_all_kept() {
    let gateway = Gateway::open().await;
    let asked = [
        MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() },
        MerchantChange { pre_auth: Some(false), ..MerchantChange::default() },
        MerchantChange { splits: Some(false), ..MerchantChange::default() },
        MerchantChange { brand_emi: Some(true), ..MerchantChange::default() },
    ];
    let tasks: Vec<_> = asked
        .into_iter()
        .map(|asked| {
            let (store, random) = (Arc::clone(&gateway.store), Arc::clone(&gateway.random));
            let id = gateway.merchant().id;
            tokio::spawn(async move { change_merchant(&*store, &*random, id, &asked).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let switches = change(&gateway, MerchantChange::default()).await.unwrap().switches;
    let told = (switches.pay_by_link, switches.pre_auth, switches.splits, switches.brand_emi);
    assert_eq!(told, (false, false, false, true));
}
