//! Tokens: given for right credentials, ended by time and by a changed secret.

use std::time::Duration;

use crate::common::Gateway;
use deodar_engine::EngineError;
use deodar_store::{ChangeSet, ChangeSetId, Record, RecordKey, Store};

#[tokio::test]
async fn right_credentials_get_a_token_of_an_hour() {
    let gateway = Gateway::open().await;
    let (id, secret) = (gateway.merchant().client_id.hyphenated(), &gateway.created.client_secret);
    let token = gateway.engine.issue_token(&id, secret).await.unwrap();
    assert_eq!(token.expires_in, 3_600);
    let found = gateway.engine.authenticate(&token.access_token).await.unwrap();
    assert_eq!(found.id, gateway.merchant().id);
    gateway.clock.advance(Duration::from_secs(3_599));
    assert!(gateway.engine.authenticate(&token.access_token).await.is_ok());
    gateway.clock.advance(Duration::from_secs(1));
    let ended = gateway.engine.authenticate(&token.access_token).await.unwrap_err();
    assert_eq!(ended, EngineError::Unauthorized);
}

#[tokio::test]
async fn wrong_credentials_and_forged_tokens_are_refused_alike() {
    let gateway = Gateway::open().await;
    let id = gateway.merchant().client_id.hyphenated();
    let secret = gateway.created.client_secret.as_str();
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (id, secret) in [(id.as_str(), "wrong"), (id.as_str(), ""), (unknown, secret), ("x", "")] {
        let refused = gateway.engine.issue_token(id, secret).await.err().unwrap();
        assert_eq!(refused, EngineError::Unauthorized);
    }
    let token = gateway.engine.issue_token(&id, secret).await.unwrap().access_token;
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (first, rest) = signature.split_at(1);
    let flipped = if first == "A" { "B" } else { "A" };
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOjEyMzQ1NiwidmVyIjoxLCJleHAiOjk5OTk5OTk5OTl9.";
    let forged = format!("{head}.{flipped}{rest}");
    for wrong in ["", "x", "a.b.c", unsigned, head, forged.as_str()] {
        let refused = gateway.engine.authenticate(wrong).await.unwrap_err();
        assert_eq!(refused, EngineError::Unauthorized, "{wrong}");
    }
}

#[tokio::test]
async fn a_changed_secret_ends_its_tokens_once_the_change_is_read() {
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
    gateway.engine.refresh().await.unwrap();
    let ended = gateway.engine.authenticate(&token).await.unwrap_err();
    assert_eq!(ended, EngineError::Unauthorized);
}

#[tokio::test]
async fn another_master_key_is_noticed_when_the_engine_opens() {
    let gateway = Gateway::open().await;
    let parts = deodar_engine::EngineParts {
        store: gateway.store.clone(),
        acquirer: gateway.acquirer.clone(),
        clock: gateway.clock.clone(),
        random: gateway.random.clone(),
        master_key: deodar_engine::MasterKey::new([8; 32]),
        config: deodar_engine::EngineConfig {
            public_url: "https://pay.example.in".to_owned(),
            sandbox: true,
        },
    };
    let refused = deodar_engine::Engine::open(parts).await.err().unwrap();
    assert_eq!(refused, EngineError::WrongMasterKey);
}
