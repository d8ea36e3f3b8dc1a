//! The contract that every store keeps, and once more with a single writer and one connection.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deodar_kit::PostgresCluster;
use deodar_store::Store;
use deodar_store::contract::{Failure, StoreFactory};
use deodar_store_postgres::{DatabaseAddress, Fault, Faults, Options, PostgresStore};

struct Factory {
    text: String,
    address: DatabaseAddress,
    options: Options,
}

impl Factory {
    fn new() -> Result<Self, Failure> {
        let text = PostgresCluster::shared_database()?;
        let address = DatabaseAddress::parse(&text)?;
        // A database that was lost is told so at once.
        let recovery_time_max = Duration::ZERO;
        Ok(Self { text, address, options: Options { recovery_time_max, ..Options::default() } })
    }

    fn narrow() -> Result<Self, Failure> {
        let mut factory = Self::new()?;
        (factory.options.writers, factory.options.connections) = (1, 1);
        Ok(factory)
    }

    fn faults(&self) -> &Faults {
        &self.options.faults
    }
}

impl Drop for Factory {
    fn drop(&mut self) {
        // What is left behind goes with the cluster.
        let _ = PostgresCluster::drop_shared_database(&self.text);
    }
}

#[async_trait]
impl StoreFactory for Factory {
    async fn open(&mut self) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(PostgresStore::open_with(&self.address, self.options.clone()).await?))
    }

    async fn reopen(&mut self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>, Failure> {
        drop(store);
        self.open().await
    }

    fn inject_sync_failure(&mut self) -> bool {
        self.faults().fail_next_commit(Fault::CommitFails);
        self.faults().refuse_connections(1);
        true
    }
}

deodar_store::store_contract!(Factory::new()?);

mod with_one_connection {
    use super::Factory;

    deodar_store::store_contract!(Factory::narrow()?);
}
