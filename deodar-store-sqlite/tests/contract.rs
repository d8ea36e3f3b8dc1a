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
    reference_hash_bits: u32,
    listing_log_rows_max: u32,
}

impl Factory {
    fn new() -> Result<Self, Failure> {
        let Options { reference_hash_bits, listing_log_rows_max, .. } = Options::default();
        let (folder, faults) = (tempfile::tempdir()?, Faults::default());
        Ok(Self { folder, faults, reference_hash_bits, listing_log_rows_max })
    }

    /// Hashes that collide, and a log of lists that is moved after every few rows.
    fn narrow() -> Result<Self, Failure> {
        Ok(Self { reference_hash_bits: 8, listing_log_rows_max: 3, ..Self::new()? })
    }

    fn open_as(&self, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
        let options = Options {
            faults: self.faults.clone(),
            reference_hash_bits: self.reference_hash_bits,
            listing_log_rows_max: self.listing_log_rows_max,
            ..Options::default()
        };
        let path = self.folder.path().join("deodar.db");
        Ok(Arc::new(SqliteStore::open_with(path, mode, options)?))
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

mod with_narrow_limits {
    use super::Factory;

    deodar_store::store_contract!(Factory::narrow()?);
}
