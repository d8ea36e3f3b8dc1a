//! What a store in memory holds: a commit is checked in full before anything of it is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use deodar_domain::id::MerchantId;
use deodar_domain::key::OrderKey;
use deodar_domain::ledger::{Account, EntrySet};
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Currency;
use deodar_domain::time::Timestamp;

use super::jobs::{Jobs, NewJob};
use crate::change_set::{Adjustment, ChangeSet, ChangeSetId, CounterKey, Expect, ReferenceKey};
use crate::list::{DeliveryQuery, ListKind, ListQuery, Listed, Listing};
use crate::record::{Delivery, DeliveryKey, KeptAnswer, Record, RecordKey, Version, Versioned};
use crate::store::{
    Balance, Changes, CommitError, Conflict, Epoch, RECENT_CHANGE_SETS_MIN, Sequence, StoreError,
};
use crate::stored::{check_rewritable, decode, encode};

/// A change set with its documents written.
pub(super) struct Prepared {
    change_set: ChangeSet,
    documents: Vec<(RecordKey, String)>,
    listings: Vec<Listing>,
    jobs: Vec<NewJob>,
}

impl Prepared {
    pub(super) fn of(mut change_set: ChangeSet) -> Result<Self, StoreError> {
        let listings = change_set.listings();
        let puts = change_set.puts.drain(..);
        let documents: Result<_, StoreError> =
            puts.map(|record| Ok((record.key(), encode(&record)?))).collect();
        let jobs = change_set.jobs.drain(..).map(|job| NewJob::of(job, &change_set.holds));
        let jobs: Result<_, _> = jobs.collect();
        Ok(Self { documents: documents?, listings, jobs: jobs?, change_set })
    }
}

/// A document and its version.
#[derive(Debug)]
struct Row {
    version: Version,
    document: String,
}

#[derive(Default, Debug)]
pub(super) struct Data {
    rows: BTreeMap<RecordKey, Row>,
    /// The order that holds each thing of a list.
    listings: BTreeMap<(MerchantId, ListKind, OrderKey), OrderKey>,
    holders: BTreeMap<ReferenceKey, RecordKey>,
    pub(super) jobs: Jobs,
    counters: BTreeMap<CounterKey, i64>,
    /// The last number that was given, by the sequence's name.
    sequences: BTreeMap<&'static str, u64>,
    books: BTreeMap<(Account, Currency), i128>,
    epoch: Epoch,
    /// In which epoch each merchant and setting was written last.
    written_in: BTreeMap<RecordKey, Epoch>,
    recent: BTreeSet<ChangeSetId>,
    recent_in_order: VecDeque<ChangeSetId>,
}

impl Data {
    pub(super) fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        let Some(row) = self.rows.get(&key) else { return Ok(None) };
        Ok(Some(Versioned { record: decode(key, &row.document)?, version: row.version }))
    }

    pub(super) fn put_document(&mut self, key: RecordKey, document: String) {
        let version = self.version(key).next();
        self.rows.insert(key, Row { version, document });
    }

    pub(super) fn holder(&self, reference: &ReferenceKey) -> Option<RecordKey> {
        self.holders.get(reference).copied()
    }

    pub(super) fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        let mut merchants = Vec::new();
        // Every merchant was written in some epoch, and these keys are in the order of the ids.
        for key in self.written_in.keys() {
            if let Some(Versioned { record: Record::Merchant(merchant), version }) =
                self.get(*key)?
            {
                merchants.push(Versioned { record: *merchant, version });
            }
        }
        Ok(merchants)
    }

    pub(super) fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Vec<Versioned<KeptAnswer>> {
        let is_answer = |key: &&RecordKey| matches!(key, RecordKey::Answer(_));
        let read = self.rows.keys().filter(is_answer).filter_map(|key| self.get(*key).ok()?);
        let mut found: Vec<_> = read
            .filter_map(|read| match read {
                Versioned { record: Record::Answer(kept), version } => {
                    Some(Versioned { record: *kept, version })
                }
                _ => None,
            })
            .filter(|kept| kept.record.answered_at < instant)
            .collect();
        found.sort_by_key(|kept| kept.record.answered_at);
        found.truncate(limit);
        found
    }

    pub(super) fn deliveries(&self, query: DeliveryQuery) -> Vec<Versioned<Delivery>> {
        let DeliveryQuery { merchant, before, limit } = query;
        let end = before.map_or(i64::MAX, |before| before.0);
        let (first, end) = (DeliveryKey(i64::MIN), DeliveryKey(end));
        self.rows
            .range(RecordKey::Delivery(first)..RecordKey::Delivery(end))
            .rev()
            .filter_map(|(key, _)| match self.get(*key).ok()?? {
                Versioned { record: Record::Delivery(delivery), version } => {
                    Some(Versioned { record: *delivery, version })
                }
                _ => None,
            })
            .filter(|delivery| delivery.record.merchant == merchant)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect()
    }

    pub(super) fn list(&self, query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        let ListQuery { merchant, kind, from, until, offset, limit } = query;
        if from >= until {
            return Ok(Vec::new());
        }
        let (offset, limit) = (usize::try_from(offset), usize::try_from(limit));
        self.listings
            .range((merchant, kind, from)..(merchant, kind, until))
            .rev()
            .skip(offset.unwrap_or(usize::MAX))
            .take(limit.unwrap_or(usize::MAX))
            .map(|(&(.., key), &order)| match self.get(RecordKey::Order(order))? {
                Some(Versioned { record: Record::Order(order), .. }) => {
                    Ok(Listed { key, order: *order })
                }
                _ => Err(StoreError::Damaged(format!("{order:?} is listed and is not there"))),
            })
            .collect()
    }

    pub(super) fn counter(&self, key: &CounterKey) -> i64 {
        self.counters.get(key).copied().unwrap_or(0)
    }

    pub(super) fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Vec<(CounterKey, i64)> {
        if from >= end {
            return Vec::new();
        }
        let between = self.counters.range(from.clone()..end.clone()).take(limit);
        between.map(|(key, value)| (key.clone(), *value)).collect()
    }

    pub(super) fn was_committed(&self, id: ChangeSetId) -> bool {
        self.recent.contains(&id)
    }

    pub(super) fn reserve(
        &mut self,
        sequence: Sequence,
        count: u64,
    ) -> Result<Range<u64>, StoreError> {
        let last = self.sequences.entry(sequence.name()).or_default();
        let start = last.checked_add(1);
        let end = start.and_then(|start| start.checked_add(count));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(StoreError::Unavailable("the sequence has ended".to_owned()));
        };
        *last = end - 1;
        Ok(start..end)
    }

    pub(super) fn changed_since(&self, epoch: Epoch) -> Changes {
        let later = self.written_in.iter().filter(|(_, written)| **written > epoch);
        Changes { epoch: self.epoch, keys: later.map(|(key, _)| *key).collect() }
    }

    pub(super) fn balances(&self) -> Vec<Balance> {
        let balance = |(&(account, currency), &sum)| Balance { account, currency, sum };
        self.books.iter().map(balance).collect()
    }

    /// Stores all of a change set, or nothing of it.
    pub(super) fn commit(&mut self, prepared: Prepared) -> Result<(), CommitError> {
        if self.was_committed(prepared.change_set.id) {
            return Ok(());
        }
        self.check(&prepared)?;
        self.apply(prepared);
        Ok(())
    }

    fn version(&self, key: RecordKey) -> Version {
        self.rows.get(&key).map_or(Version::ABSENT, |row| row.version)
    }

    fn check(&self, prepared: &Prepared) -> Result<(), CommitError> {
        let set = &prepared.change_set;
        for Expect { key, version } in &set.expects {
            if self.version(*key) != *version {
                return Err(Conflict::Version(*key).into());
            }
        }
        for (reference, _) in &set.claims {
            if let Some(holder) = self.holder(reference) {
                return Err(
                    Conflict::ReferenceTaken { reference: reference.clone(), holder }.into()
                );
            }
        }
        self.jobs.check(&prepared.jobs, &set.job_changes)?;
        for adjustment in &set.adjustments {
            self.adjusted(adjustment)?;
        }
        for (key, _) in &prepared.documents {
            if let Some(row) = self.rows.get(key) {
                check_rewritable(&row.document)?;
            }
        }
        Ok(())
    }

    /// The counter after the adjustment, if it stays within its bounds.
    fn adjusted(&self, adjustment: &Adjustment) -> Result<i64, Conflict> {
        let Adjustment { key, delta, min, max } = adjustment;
        self.counter(key)
            .checked_add(*delta)
            .filter(|value| (min..=max).contains(&value))
            .ok_or_else(|| Conflict::CounterBound(key.clone()))
    }

    fn apply(&mut self, prepared: Prepared) {
        let Prepared { change_set: set, documents, listings, jobs } = prepared;
        let epoch = Epoch(self.epoch.0 + 1);
        for (key, document) in documents {
            if matches!(key, RecordKey::Merchant(_) | RecordKey::Setting(_)) {
                self.epoch = epoch;
                self.written_in.insert(key, epoch);
            }
            self.put_document(key, document);
        }
        for Listing { merchant, kind, key, order } in listings {
            self.listings.insert((merchant, kind, key), order);
        }
        self.holders.extend(set.claims);
        for removal in set.removals {
            self.rows.remove(&RecordKey::Answer(removal.key));
            self.holders.remove(&removal.reference());
        }
        for entry in set.ledger.iter().flat_map(EntrySet::entries) {
            let sum = self.books.entry((entry.account, entry.currency)).or_default();
            *sum += i128::from(entry.amount);
        }
        self.jobs.apply(jobs, &set.job_changes);
        for adjustment in set.adjustments {
            match self.adjusted(&adjustment) {
                Ok(0) => drop(self.counters.remove(&adjustment.key)),
                Ok(value) => drop(self.counters.insert(adjustment.key, value)),
                // It was checked before.
                Err(_) => {}
            }
        }
        self.remember(set.id);
    }

    fn remember(&mut self, id: ChangeSetId) {
        self.recent.insert(id);
        self.recent_in_order.push_back(id);
        if self.recent_in_order.len() > RECENT_CHANGE_SETS_MIN
            && let Some(oldest) = self.recent_in_order.pop_front()
        {
            self.recent.remove(&oldest);
        }
    }
}
