//! Rotating a merchant's secrets, beside the engines that serve it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deodar_domain::id::MerchantId;
use deodar_domain::merchant::NothingToCutOver;
use deodar_domain::payment::PaymentStatus;
use deodar_domain::signature::{sign_return, webhook_mac};
use deodar_engine::{
    CutOver, Engine, EngineError, MasterKey, NotRotated, Rotated, Rotation, rotate,
};
use deodar_store::Delivery;
use zeroize::Zeroizing;

use crate::common::{Gateway, MASTER_KEY};
use crate::webhooks::render_all;

async fn try_to_rotate(gateway: &Gateway, rotation: Rotation) -> Result<Rotated, NotRotated> {
    let (key, id) = (MasterKey::new(MASTER_KEY), gateway.merchant().id);
    rotate(&*gateway.store, &key, &*gateway.random, id, rotation).await
}

/// Rotates, lets the engine learn of it, and gives the secret that was made and the one that signs
/// webhooks.
async fn rotated(gateway: &Gateway, rotation: Rotation) -> (String, String) {
    let rotated = try_to_rotate(gateway, rotation).await.unwrap();
    gateway.engine.refresh().await.unwrap();
    let made = rotated.made.unwrap_or_default();
    (made.to_string(), rotated.webhook_secret.to_string())
}

async fn token(gateway: &Gateway, engine: &Engine, secret: &str) -> Result<String, EngineError> {
    let id = gateway.merchant().client_id.hyphenated();
    engine.issue_token(&id, secret).await.map(|token| token.access_token)
}

/// A webhook that waits.
async fn delivery(gateway: &Gateway) -> Delivery {
    let link = gateway.make_link("ref-1", 50_000).await;
    gateway.pay(&link, "p-1").await;
    render_all(gateway).await;
    gateway.engine.deliveries_to_send(1).await.unwrap().pop().unwrap().delivery
}

/// Expects that webhooks are signed by `secret`, once.
async fn expect_signed_by(gateway: &Gateway, delivery: &Delivery, secret: &str, what: &str) {
    let headers = gateway.engine.delivery_headers(delivery).await.unwrap();
    let seconds = headers.timestamp.parse().unwrap();
    let mac = webhook_mac(secret.as_bytes(), &headers.id, seconds, delivery.body.as_bytes());
    assert_eq!(headers.signature, format!("v1,{}", BASE64.encode(mac)), "{what}");
}

#[tokio::test]
async fn a_new_client_secret_ends_the_old_one_and_its_tokens() {
    let gateway = Gateway::open().await;
    let first = gateway.created.client_secret.to_string();
    let before = token(&gateway, &gateway.engine, &first).await.unwrap();
    let (second, _) = rotated(&gateway, Rotation::ClientSecret(CutOver::Later)).await;
    assert_eq!((second.len(), second == first), (64, false));
    let ended = gateway.engine.authenticate(&before).await.unwrap_err();
    assert_eq!(ended, EngineError::Unauthorized);
    let refused = token(&gateway, &gateway.engine, &first).await.unwrap_err();
    assert_eq!(refused, EngineError::Unauthorized);
    let after = token(&gateway, &gateway.engine, &second).await.unwrap();
    assert_eq!(gateway.engine.authenticate(&after).await.unwrap().id, gateway.merchant().id);
    // What else is rotated ends no token.
    for rotation in [Rotation::SigningKey, Rotation::WebhookSecret(CutOver::Now)] {
        rotated(&gateway, rotation).await;
        assert!(gateway.engine.authenticate(&after).await.is_ok(), "{rotation:?}");
    }
}

#[tokio::test]
async fn a_process_that_is_behind_takes_the_token_of_one_that_is_not() {
    let gateway = Gateway::open().await;
    let behind = gateway.restarted().await;
    let (second, _) = rotated(&gateway, Rotation::ClientSecret(CutOver::Later)).await;
    let new = token(&gateway, &gateway.engine, &second).await.unwrap();
    assert!(behind.authenticate(&new).await.is_ok());
}

#[tokio::test]
async fn webhooks_are_signed_by_the_old_secret_until_it_is_cut_over() {
    let gateway = Gateway::open().await;
    let delivery = delivery(&gateway).await;
    let first = gateway.created.client_secret.to_string();
    expect_signed_by(&gateway, &delivery, &first, "as it was made").await;
    let (second, signs) = rotated(&gateway, Rotation::ClientSecret(CutOver::Later)).await;
    assert_eq!(signs, first);
    expect_signed_by(&gateway, &delivery, &first, "a new client secret").await;
    assert_eq!(rotated(&gateway, Rotation::CutOver).await.1, second);
    expect_signed_by(&gateway, &delivery, &second, "cut over").await;
    let (own, signs) = rotated(&gateway, Rotation::WebhookSecret(CutOver::Later)).await;
    assert_eq!(signs, second);
    expect_signed_by(&gateway, &delivery, &second, "a webhook secret").await;
    rotated(&gateway, Rotation::CutOver).await;
    expect_signed_by(&gateway, &delivery, &own, "cut over to it").await;
    rotated(&gateway, Rotation::ClientSecret(CutOver::Later)).await;
    expect_signed_by(&gateway, &delivery, &own, "a client secret that signs no webhook").await;
    let nothing = try_to_rotate(&gateway, Rotation::CutOver).await.err().unwrap();
    assert_eq!(nothing, NotRotated::NothingToCutOver(NothingToCutOver));
}

#[tokio::test]
async fn a_leaked_secret_is_cut_over_at_once() {
    let gateway = Gateway::open().await;
    let delivery = delivery(&gateway).await;
    for rotation in [
        Rotation::ClientSecret(CutOver::Now),
        Rotation::WebhookSecret(CutOver::Now),
        Rotation::WebhookSecret(CutOver::Now),
    ] {
        let (made, signs) = rotated(&gateway, rotation).await;
        assert_eq!(made, signs);
        expect_signed_by(&gateway, &delivery, &made, &format!("{rotation:?}")).await;
    }
    // The merchant's own webhook secret goes on signing, and nothing waits.
    let (_, signs) = rotated(&gateway, Rotation::ClientSecret(CutOver::Now)).await;
    expect_signed_by(&gateway, &delivery, &signs, "beside a webhook secret").await;
    assert!(try_to_rotate(&gateway, Rotation::CutOver).await.is_err());
}

#[tokio::test]
async fn a_new_signing_key_signs_the_next_return() {
    let gateway = Gateway::open().await;
    let link = gateway.make_link("ref-1", 50_000).await;
    let order = gateway.pay(&link, "p-1").await;
    let (key, _) = rotated(&gateway, Rotation::SigningKey).await;
    assert_ne!(key, *gateway.created.signing_key);
    let form = gateway.engine.return_form(&order).await.unwrap().unwrap();
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (signature, signed) = fields.split_last().unwrap();
    assert!(signed.contains(&("status", PaymentStatus::Processed.name())));
    assert_eq!(signature.1, sign_return(&hex::decode(&key).unwrap(), signed));
}

#[tokio::test]
async fn nothing_is_sealed_by_another_master_key_nor_for_nobody() {
    let gateway = Gateway::open().await;
    let id = gateway.merchant().id;
    let cases = [
        (MasterKey::new([8; 32]), id, NotRotated::Engine(EngineError::WrongMasterKey)),
        (
            MasterKey::new(MASTER_KEY),
            MerchantId::new(999_999).unwrap(),
            NotRotated::Unknown(MerchantId::new(999_999).unwrap()),
        ),
    ];
    for (key, id, expected) in cases {
        for rotation in [
            Rotation::ClientSecret(CutOver::Later),
            Rotation::SigningKey,
            Rotation::WebhookSecret(CutOver::Later),
            Rotation::CutOver,
        ] {
            let refused = rotate(&*gateway.store, &key, &*gateway.random, id, rotation).await;
            assert_eq!(refused.err(), Some(expected.clone()), "{rotation:?}");
        }
    }
    gateway.engine.refresh().await.unwrap();
    let secret: &Zeroizing<String> = &gateway.created.client_secret;
    assert!(token(&gateway, &gateway.engine, secret).await.is_ok());
}

#[tokio::test]
async fn rotations_at_once_are_made_one_after_the_other() {
    let gateway = Gateway::open().await;
    let try_it = || try_to_rotate(&gateway, Rotation::ClientSecret(CutOver::Later));
    let (first, second, third) = tokio::join!(try_it(), try_it(), try_it());
    let rotated = [first, second, third].map(Result::unwrap);
    let mut versions = rotated.each_ref().map(|one| one.merchant.secret_version);
    versions.sort_unstable();
    assert_eq!(versions, [2, 3, 4]);
    gateway.engine.refresh().await.unwrap();
    let last = rotated.iter().max_by_key(|one| one.merchant.secret_version).unwrap();
    let secret = last.made.as_ref().unwrap();
    assert!(token(&gateway, &gateway.engine, secret).await.is_ok());
}
