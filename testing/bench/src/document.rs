//! How long the documents are that the gateway stores of what the load generator asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use deodar_domain::text::MerchantName;
use deodar_engine::{NewLink, NewMerchant, SystemClock, SystemRandom, create_merchant};
use deodar_store::stored::encode;
use deodar_store::{ChangeSet, CommitError, Record, Store};
use deodar_wire::CreateLink;

use crate::baseline::{Baseline, Sink};
use crate::bodies::{Kind, order_terms};
use crate::merchants::{engine, master_key};

/// Measures the document of the order that is committed.
struct Ruler(Arc<AtomicUsize>);

impl Sink for Ruler {
    async fn keep(&self, change_set: ChangeSet) -> Result<(), CommitError> {
        for record in change_set.puts.iter().filter(|put| matches!(put, Record::Order(_))) {
            self.0.store(encode(record)?.len(), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// How many bytes the documents of an order and of a link have.
pub(crate) async fn document_bytes() -> Result<[f64; 2]> {
    let length = Arc::new(AtomicUsize::new(0));
    let measured = || Ok(f64::from(u32::try_from(length.load(Ordering::Relaxed))?));
    let store: Arc<dyn Store> = Arc::new(Baseline::open(Ruler(Arc::clone(&length)), 1).await?);
    let name = MerchantName::parse("Cedar Books")?;
    let new = NewMerchant { name, webhook_url: None, return_url: None };
    let made = create_merchant(&*store, &master_key(), &SystemClock, &SystemRandom, new).await?;
    let engine = engine(store, "http://127.0.0.1:1").await?;

    engine.create_order(&made.merchant, order_terms()?).await?;
    let order: Result<f64> = measured();
    let body = Kind::Link.body();
    let CreateLink { terms, expire_by } =
        CreateLink::parse(body.as_bytes()).ok().context("the body of a link")?;
    engine.create_link(&made.merchant, NewLink { terms, expire_by }).await?;
    Ok([order?, measured()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_documents_are_about_a_kilobyte() {
        for bytes in document_bytes().await.unwrap() {
            assert!((500.0..2_000.0).contains(&bytes), "{bytes}");
        }
    }
}
