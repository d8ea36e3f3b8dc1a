use std::sync::Arc;

use super::*;
use crate::contract::fixtures::{clock, making};
use crate::contract::{Failure, StoreFactory};
use crate::record::Version;
use crate::store::Conflict;

#[derive(Default)]
struct Factory {
    store: MemoryStore,
}

#[async_trait]
impl StoreFactory for Factory {
    async fn open(&mut self) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(self.store.clone()))
    }

    async fn reopen(&mut self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>, Failure> {
        drop(store);
        Ok(Arc::new(self.store.clone()))
    }

    fn inject_sync_failure(&mut self) -> bool {
        let fates = [LostAnswer::Stored, LostAnswer::Dropped, LostAnswer::Dropped];
        self.store.lose_answers(&fates).is_ok()
    }
}

crate::store_contract!(Factory::default());

#[tokio::test]
async fn a_lost_answer_hides_what_became_of_the_commit() {
    let store = MemoryStore::new();
    store.lose_answers(&[LostAnswer::Dropped, LostAnswer::Stored]).unwrap();
    let table = [(1, false), (2, true)];
    for (number, stored) in table {
        let set = making(number, clock(u64::from(number)));
        let id = set.id;
        let answer = store.commit(set).await;
        assert!(matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_)))));
        assert_eq!(store.was_committed(id).await, Ok(stored));
    }
    let read = store.get(clock(0).key()).await.unwrap().unwrap();
    assert_eq!((read.record, read.version), (clock(2), Version(1)));
    let refused = Err(Conflict::Version(clock(0).key()).into());
    assert_eq!(store.commit(making(3, clock(3))).await, refused);
}

#[tokio::test]
async fn a_document_of_a_newer_release_is_read_and_not_replaced() {
    let store = MemoryStore::new();
    let key = clock(0).key();
    let newer = r#"{"format":2,"is":{"seconds":60,"zone":"IST"}}"#;
    store.put_document(key, newer).unwrap();
    let read = store.get(key).await.unwrap().unwrap();
    assert_eq!((read.record, read.version), (clock(60), Version(1)));
    let set = ChangeSet::new(ChangeSetId(1)).put(clock(61), Version(1));
    let refused = StoreError::NewerFormat { found: 2, known: 1 };
    assert_eq!(store.commit(set).await, Err(refused.into()));
    assert_eq!(store.get(key).await.unwrap().unwrap().record, clock(60));
}
