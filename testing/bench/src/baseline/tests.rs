//! What the baselines do and do not do.

use std::sync::Arc;

use deodar_domain::text::MerchantName;
use deodar_engine::{Engine, EngineError, Made, NewMerchant, SystemClock, SystemRandom};
use deodar_kit::PostgresCluster;
use rusqlite::Connection;

use super::*;
use crate::bodies::order_terms;
use crate::merchants::{engine, master_key};

async fn gateway(store: Arc<dyn Store>) -> (Arc<Engine>, Merchant) {
    let new = NewMerchant {
        name: MerchantName::parse("Cedar Books").unwrap(),
        webhook_url: None,
        return_url: None,
    };
    let (key, clock, random) = (master_key(), SystemClock, SystemRandom);
    let made = deodar_engine::create_merchant(&*store, &key, &clock, &random, new).await.unwrap();
    (engine(store, "http://127.0.0.1:1").await.unwrap(), made.merchant)
}

#[tokio::test]
async fn no_storage_takes_the_same_reference_twice() {
    let (engine, merchant) = gateway(Arc::new(Baseline::open(Nothing, 1).await.unwrap())).await;
    for _ in 0..2 {
        let made = engine.create_order(&merchant, order_terms().unwrap()).await.unwrap();
        assert!(matches!(made, Made::New(_)));
    }
}

#[tokio::test]
async fn the_log_holds_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.log");
    let (engine, merchant) =
        gateway(Arc::new(Baseline::open(Log::create(&path).unwrap(), 1).await.unwrap())).await;
    let made = engine.create_order(&merchant, order_terms().unwrap()).await.unwrap();
    let (Made::New(order) | Made::Existing(order)) = made;
    let document = deodar_store::stored::encode(&Record::Order(Box::new(order))).unwrap();
    let written = std::fs::read(path).unwrap();
    let written = &written[..16_384];
    assert!(written.windows(document.len()).any(|part| part == document.as_bytes()));
}

#[tokio::test]
async fn the_pool_keeps_an_order_with_its_reference_and_takes_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deodar.db");
    let loader = PoolLoader::create(&path).unwrap();
    let (_, merchant) = gateway(Arc::new(Baseline::open(loader, 1).await.unwrap())).await;
    let store: Arc<dyn Store> =
        Arc::new(Baseline::open(Pool::open(&path).unwrap(), 1_000_000).await.unwrap());
    let engine = engine(store, "http://127.0.0.1:1").await.unwrap();
    assert!(engine.create_order(&merchant, order_terms().unwrap()).await.is_ok());
    let again = engine.create_order(&merchant, order_terms().unwrap()).await;
    // The reference is taken, and the pool finds no order again: it is never asked to.
    assert!(matches!(again, Err(EngineError::NotFound(_))), "{again:?}");
    drop(engine);
    let database = Connection::open(&path).unwrap();
    for (table, rows) in [("\"order\"", 1), ("listing", 1), ("merchant", 1), ("reference", 2)] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = database.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, rows, "{table}");
    }
}

#[tokio::test]
async fn the_pool_in_postgresql_keeps_an_order_and_is_filled_with_others_like_it() {
    let url = PostgresCluster::shared_database().unwrap();
    let pool = PostgresPool::open(&url).await.unwrap();
    let (engine, merchant) = gateway(Arc::new(Baseline::open(pool, 1).await.unwrap())).await;
    assert!(engine.create_order(&merchant, order_terms().unwrap()).await.is_ok());
    let again = engine.create_order(&merchant, order_terms().unwrap()).await;
    assert!(matches!(again, Err(EngineError::NotFound(_))), "{again:?}");
    let pool = PostgresPool::open(&url).await.unwrap();
    pool.fill(50).await.unwrap();
    assert_eq!(pool.merchants().await.unwrap().len(), 1);
    for (table, rows) in [("\"order\"", 51), ("listing", 51), ("merchant", 1), ("reference", 52)] {
        assert_eq!(pool.count(table).await.unwrap(), rows, "{table}");
    }
}
