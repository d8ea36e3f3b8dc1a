//! How a merchant's pages look, and the fee that its amounts contain.

use deodar_domain::merchant::{Colour, LogoDigest, Merchant, PassedOnFee};
use deodar_domain::money::Money;
use deodar_engine::{
    Engine, LogoPicture, Made, MerchantChange, NewLink, NotChanged, Value, change_merchant,
};
use deodar_kit::TestStore;

use crate::common::{Gateway, MASTER_KEY, terms};

/// A PNG of one grey pixel.
fn picture(grey: u8) -> LogoPicture {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[grey]).unwrap();
    writer.finish().unwrap();
    LogoPicture::read(&file).unwrap()
}

async fn change(gateway: &Gateway, change: MerchantChange) -> Result<Merchant, NotChanged> {
    change_of(gateway, gateway.merchant(), change).await
}

async fn change_of(
    gateway: &Gateway,
    merchant: &Merchant,
    change: MerchantChange,
) -> Result<Merchant, NotChanged> {
    let store: &TestStore = &gateway.store;
    let changed = change_merchant(store, &*gateway.random, merchant.id, &change).await;
    gateway.engine.refresh().await.unwrap();
    changed
}

fn logo(value: Value<LogoPicture>) -> MerchantChange {
    MerchantChange { logo: Some(value), ..MerchantChange::default() }
}

async fn served(engine: &Engine, digest: LogoDigest) -> Option<Box<[u8]>> {
    engine.logo(digest).await.unwrap()
}

#[tokio::test]
async fn a_logo_is_served_while_the_merchant_has_it() {
    let gateway = Gateway::open().await;
    let (first, second) = (picture(1), picture(2));
    assert_eq!(served(&gateway.engine, first.logo().digest).await, None);
    let merchant = change(&gateway, logo(Value::Is(first.clone()))).await.unwrap();
    assert_eq!(merchant.appearance.logo, Some(first.logo()));
    for engine in [&gateway.engine, &gateway.restarted().await] {
        assert_eq!(served(engine, first.logo().digest).await.as_deref(), Some(first.png()));
    }
    change(&gateway, logo(Value::Is(second.clone()))).await.unwrap();
    assert_eq!(served(&gateway.engine, first.logo().digest).await, None);
    assert_eq!(served(&gateway.engine, second.logo().digest).await.as_deref(), Some(second.png()));
    let merchant = change(&gateway, logo(Value::Absent)).await.unwrap();
    assert_eq!(merchant.appearance.logo, None);
    assert_eq!(served(&gateway.engine, second.logo().digest).await, None);
}

#[tokio::test]
async fn a_logo_of_two_merchants_is_served_for_either() {
    let gateway = Gateway::open().await;
    let other = gateway.make_merchant(MASTER_KEY).await.merchant;
    let shared = picture(7);
    for merchant in [gateway.merchant(), &other] {
        change_of(&gateway, merchant, logo(Value::Is(shared.clone()))).await.unwrap();
    }
    change(&gateway, logo(Value::Is(picture(8)))).await.unwrap();
    assert!(served(&gateway.engine, shared.logo().digest).await.is_some());
}

#[tokio::test]
async fn what_is_not_named_stays() {
    let gateway = Gateway::open().await;
    let colour = Colour::parse("#1a7f5a").unwrap();
    let fee = PassedOnFee::parse("2.00").unwrap();
    let all = MerchantChange {
        colour: Some(Value::Is(colour)),
        logo: Some(Value::Is(picture(1))),
        passed_on_fee: Some(Value::Is(fee)),
        ..MerchantChange::default()
    };
    let set = change(&gateway, all).await.unwrap();
    let nothing = change(&gateway, MerchantChange::default()).await.unwrap();
    assert_eq!(nothing, set);
    let without = MerchantChange { colour: Some(Value::Absent), ..MerchantChange::default() };
    let without = change(&gateway, without).await.unwrap();
    assert_eq!(without.appearance.colour, None);
    assert_eq!(without.appearance.logo, set.appearance.logo);
    assert_eq!(without.passed_on_fee, Some(fee));
}

#[tokio::test]
async fn an_order_keeps_the_fee_that_it_was_made_with() {
    let gateway = Gateway::open().await;
    let before = gateway.make_link("before", 50_000).await;
    let fee = PassedOnFee::parse("2.00").unwrap();
    let to = |value| MerchantChange { passed_on_fee: Some(value), ..MerchantChange::default() };
    let merchant = change(&gateway, to(Value::Is(fee))).await.unwrap();
    let new = NewLink { terms: terms("with", 50_000), expire_by: None };
    let Made::New(with) = gateway.engine.create_link(&merchant, new.clone()).await.unwrap() else {
        panic!("the link was there before")
    };
    assert_eq!(with.terms.fee_of(with.terms.amount), Some(Money::paise(980)));
    assert_eq!(before.terms.fee_of(before.terms.amount), None);
    // Another fee makes no other deal: the same request answers the same link, as it was.
    let merchant = change(&gateway, to(Value::Absent)).await.unwrap();
    let Made::Existing(again) = gateway.engine.create_link(&merchant, new).await.unwrap() else {
        panic!("the link is made twice")
    };
    assert_eq!(again, with);
    let Ok(Made::New(order)) = gateway.engine.create_order(&merchant, terms("after", 50_000)).await
    else {
        panic!("no order was made")
    };
    assert_eq!(order.terms.passed_on_fee, None);
}
