//! The contract that every store keeps, and once more with a hash of references that collides.

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
}

impl Factory {
    fn new(reference_hash_bits: u32) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        Ok(Self { folder, faults: Faults::default(), reference_hash_bits })
    }

    fn open_as(&self, mode: OpenMode) -> Result<Arc<dyn Store>, Failure> {
        let options = Options {
            faults: self.faults.clone(),
            reference_hash_bits: self.reference_hash_bits,
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

deodar_store::store_contract!(Factory::new(64)?);

mod with_a_hash_of_eight_bits {
    use super::Factory;

    deodar_store::store_contract!(Factory::new(8)?);
}
