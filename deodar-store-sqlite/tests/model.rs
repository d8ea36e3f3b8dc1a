//! Random histories, on this store and on the one in memory, which must tell the same of each. The
//! limits are so small that rows go into their indexes all the time, and hashes collide.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what the test is made of fails as it does"
)]

use std::sync::Arc;

use deodar_domain::key::OrderKey;
use deodar_store::contract::fixtures::{
    answer, at, call_reference, change_set, link_reference, merchant_id, order_key, order_of,
    order_reference,
};
use deodar_store::memory::MemoryStore;
use deodar_store::{
    ChangeSet, CommitError, ListKind, ListQuery, Record, ReferenceKey, Store, StoreError, Version,
};
use deodar_store_sqlite::{Fault, Faults, OpenMode, Options, SqliteStore};
use futures::future::join_all;
use tempfile::TempDir;

/// How many references there are: few, so that most claims meet an earlier one.
const REFERENCES: u64 = 60;
const MERCHANTS: u32 = 3;
const STEPS: u32 = 60;

/// A generator of numbers that is the same wherever it runs (`splitmix64`).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }

    fn small(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(u64::from(end))).unwrap()
    }
}

/// One of the references: of orders, of links and of calls, by turns.
fn reference(number: u64) -> ReferenceKey {
    let merchant = u32::try_from(number % u64::from(MERCHANTS)).unwrap();
    match number % 4 {
        0 => order_reference(merchant, &format!("R-{number}")).unwrap(),
        1 => link_reference(merchant, &format!("R-{number}")).unwrap(),
        _ => call_reference(1, u128::from(number)).unwrap(),
    }
}

/// A history under way: the database, who has it open, and the store in memory.
struct History {
    folder: TempDir,
    faults: Faults,
    options: Options,
    /// A server and a command beside it.
    open: Vec<SqliteStore>,
    model: Arc<MemoryStore>,
    draw: Draw,
    next_number: u32,
}

impl History {
    fn begin(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let faults = Faults::default();
        let options = Options {
            faults: faults.clone(),
            reference_hash_bits: 8,
            reference_run_rows: 1 + draw.small(8),
            reference_bucket_rows: 1 + draw.small(4),
            listing_run_rows: 1 + draw.small(8),
            ..Options::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let mut history = Self {
            folder,
            faults,
            options,
            open: Vec::new(),
            model: Arc::new(MemoryStore::new()),
            draw,
            next_number: 1,
        };
        history.reopen();
        history
    }

    fn reopen(&mut self) {
        self.open.clear();
        for mode in [OpenMode::Server, OpenMode::Beside] {
            let path = self.folder.path().join("deodar.db");
            let store = SqliteStore::open_with(path, mode, self.options.clone()).unwrap();
            self.open.push(store);
        }
    }

    /// A change set that makes an order, or an answer, and claims one reference.
    fn claiming(&mut self) -> ChangeSet {
        let number = self.next_number;
        self.next_number += 1;
        let claimed = self.draw.below(REFERENCES);
        let reference = reference(claimed);
        let set = change_set(number);
        if matches!(reference, ReferenceKey::Call { .. }) {
            let Record::Answer(mut kept) = answer(number).unwrap() else { unreachable!() };
            let ReferenceKey::Call { merchant, digest } = reference else { unreachable!() };
            (kept.merchant, kept.call) = (merchant, digest);
            let record = Record::Answer(kept);
            let key = record.key();
            return set.put(record, Version::ABSENT).claim(reference, key);
        }
        let merchant = self.draw.small(MERCHANTS);
        let order = order_of(merchant, number, self.draw.below(2) == 0).unwrap();
        let record = Record::Order(Box::new(order));
        let key = record.key();
        set.put(record, Version::ABSENT).claim(reference, key)
    }

    /// A change set that removes one of the oldest answers, where there is one.
    async fn removing(&mut self) -> Option<ChangeSet> {
        let limit = 1 + usize::try_from(self.draw.below(8)).unwrap();
        let kept = self.model.answers_before(at(1_000_000), limit).await.unwrap();
        let kept = kept.last()?;
        let number = self.next_number;
        self.next_number += 1;
        Some(change_set(number).remove(&kept.record, kept.version))
    }

    async fn step(&mut self) {
        if self.draw.below(12) == 0 {
            self.reopen();
        }
        let mut sets = Vec::new();
        for _ in 0..=self.draw.below(12) {
            if self.draw.below(3) > 0 {
                sets.push(self.claiming());
            } else {
                sets.extend(self.removing().await);
            }
        }
        match self.draw.below(8) {
            0 => self.faults.fail_next_commit(Fault::CommitFails),
            1 => self.faults.fail_next_commit(Fault::AnswerLost),
            _ => {}
        }
        let writer = usize::try_from(self.draw.below(4) / 3).unwrap();
        let answers = self.commit(writer, &sets).await;
        for (set, answer) in sets.into_iter().zip(answers) {
            let store = &self.open[writer];
            if matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_)))) {
                if store.was_committed(set.id).await.unwrap() {
                    assert_eq!(self.model.commit(set).await, Ok(()));
                }
            } else {
                assert_eq!(self.model.commit(set).await, answer);
            }
        }
        self.compare().await;
    }

    /// Commits all of them in one batch.
    async fn commit(&self, writer: usize, sets: &[ChangeSet]) -> Vec<Result<(), CommitError>> {
        let store = &self.open[writer];
        let held = self.faults.hold_writer();
        let mut sent = join_all(sets.iter().cloned().map(|set| store.commit(set)));
        let _ = futures::poll!(&mut sent);
        drop(held);
        sent.await
    }

    /// Whoever has the database open sees what the store in memory holds.
    async fn compare(&self) {
        for number in 0..REFERENCES {
            let reference = reference(number);
            let expected = self.model.find(&reference).await.unwrap();
            for store in &self.open {
                assert_eq!(store.find(&reference).await.unwrap(), expected, "{reference:?}");
            }
        }
        for merchant in 0..MERCHANTS {
            for kind in [ListKind::Order, ListKind::Link] {
                let query = ListQuery {
                    merchant: merchant_id(merchant).unwrap(),
                    kind,
                    from: OrderKey::from_i64(0).unwrap(),
                    until: order_key(1_000_000).unwrap(),
                    offset: merchant * 5,
                    limit: 40,
                };
                let expected = self.model.list(query).await.unwrap();
                for store in &self.open {
                    assert_eq!(store.list(query).await.unwrap(), expected);
                }
            }
        }
    }
}

#[tokio::test]
async fn random_histories_are_told_as_by_the_store_in_memory() {
    for seed in 1..=10 {
        println!("seed {seed}");
        let mut history = History::begin(seed);
        for _ in 0..STEPS {
            history.step().await;
        }
        history.reopen();
        history.compare().await;
    }
}
