//! The contract that every store keeps, and once more with limits that are soon reached.

use std::sync::Arc;

use async_trait::async_trait;
use deodar_store::Store;
use deodar_store::contract::{Failure, StoreFactory};
use deodar_store_sqlite::{Fault, Faults, OpenMode, Options, SqliteStore};
use tempfile::TempDir;

struct Factory {
    folder: TempDir,
    faults: Faults,
    options: Options,
}

impl Factory {
    fn new() -> Result<Self, Failure> {
        let (folder, faults) = (tempfile::tempdir()?, Faults::default());
        let options = Options { faults: faults.clone(), ..Options::default() };
        Ok(Self { folder, faults, options })
    }

    /// Hashes that collide, and rows that go into their indexes after every few of them.
    fn narrow(run_rows: u32) -> Result<Self, Failure> {
        let mut factory = Self::new()?;
        factory.options.reference_hash_bits = 8;
        factory.options.reference_run_rows = run_rows;
        factory.options.reference_bucket_rows = 2;
        factory.options.listing_run_rows = run_rows;
        Ok(factory)
    }

    fn open_as(&self, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
        let path = self.folder.path().join("deodar.db");
        Ok(Arc::new(SqliteStore::open_with(path, mode, self.options.clone())?))
    }
}

#[async_trait]
impl StoreFactory for Factory {
    async fn open(&mut self) -> Result<Arc<dyn Store>, Failure> {
        self.open_as(OpenMode::Server)
    }

    async fn reopen(&mut self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>, Failure> {
        drop(store);
        // A server would end the leases of the one before it.
        self.open_as(OpenMode::Beside)
    }

    fn inject_sync_failure(&mut self) -> bool {
        self.faults.fail_next_commit(Fault::CommitFails);
        true
    }
}

deodar_store::store_contract!(Factory::new()?);

mod with_runs_of_one_row {
    use super::Factory;

    deodar_store::store_contract!(Factory::narrow(1)?);
}

mod with_runs_of_five_rows {
    use super::Factory;

    deodar_store::store_contract!(Factory::narrow(5)?);
}
