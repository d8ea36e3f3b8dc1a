//! What was read before a change and arrives after it changes nothing.

use std::sync::Arc;
use std::time::Duration;

use deodar_engine::EngineError;
use deodar_store::{ChangeSet, ChangeSetId, Record, RecordKey, SettingKey, Store};

use crate::common::{Gateway, MASTER_KEY};
use crate::unsteady::UnsteadyStore;

#[tokio::test]
async fn business_time_never_goes_back() {
    let gateway = Gateway::open().await;
    let (store, engine) = UnsteadyStore::open(&gateway, gateway.acquirer.clone()).await;
    gateway.engine.advance_clock(60).await.unwrap();
    let (has_begun, release) = store.pause(RecordKey::Setting(SettingKey::ClockOffset));
    let refreshing = Arc::clone(&engine);
    let refreshing = tokio::spawn(async move { refreshing.refresh().await.unwrap() });
    has_begun.await.unwrap();
    let moved = engine.advance_clock(100).await.unwrap();
    assert_eq!(moved, engine.real_now().plus(Duration::from_secs(160)));
    release.send(()).unwrap();
    refreshing.await.unwrap();
    assert_eq!(engine.now(), moved);
}

#[tokio::test]
async fn a_merchant_that_was_read_before_its_secret_changed_is_not_kept() {
    let gateway = Gateway::open().await;
    let (store, engine) = UnsteadyStore::open(&gateway, gateway.acquirer.clone()).await;
    let merchant = gateway.make_merchant(MASTER_KEY).await;
    let (id, secret) = (merchant.merchant.client_id.hyphenated(), merchant.client_secret);
    let token = gateway.engine.issue_token(&id, &secret).await.unwrap().access_token;

    let key = RecordKey::Merchant(merchant.merchant.id);
    let (has_begun, release) = store.pause(key);
    let (reading, read_token) = (Arc::clone(&engine), token.clone());
    let reading = tokio::spawn(async move { reading.authenticate(&read_token).await.map(drop) });
    has_begun.await.unwrap();
    let stored = gateway.store.get(key).await.unwrap().unwrap();
    let Record::Merchant(mut changed) = stored.record else { panic!("not a merchant") };
    changed.secret_version += 1;
    let change = ChangeSet::new(ChangeSetId(1)).put(Record::Merchant(changed), stored.version);
    gateway.store.commit(change).await.unwrap();
    engine.refresh().await.unwrap();
    release.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), Err(EngineError::Unauthorized));
    assert_eq!(engine.authenticate(&token).await.map(drop), Err(EngineError::Unauthorized));
}
