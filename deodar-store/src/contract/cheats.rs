//! Whether the suite notices: stores that break one rule each, and the facts that must fail there.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::time::Timestamp;

use super::*;
use crate::change_set::{ChangeSetId, CounterKey, ReferenceKey};
use crate::job::{LeaseRequest, LeasedJob};
use crate::list::{DeliveryQuery, ListKind, ListQuery, Listed};
use crate::memory::{LostAnswer, MemoryStore};
use crate::record::{Delivery, KeptAnswer, Record, RecordKey, Versioned};
use crate::store::{Balance, Changes, Conflict, Epoch, QueueDepth, Sequence, StoreError};

/// The rule that a store breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cheat {
    None,
    IgnoresVersions,
    IgnoresReads,
    IgnoresClaims,
    KeepsAnswers,
    NamesAnotherHolder,
    LeavesHalf,
    LeavesClaims,
    ForgetsIds,
    RemembersRefusals,
    IgnoresLeases,
    IgnoresHolds,
    KeepsJobs,
    LeasesEarly,
    LeasesTwice,
    IgnoresLimit,
    GivesNumbersTwice,
    IgnoresBounds,
    CountsBackwards,
    KeepsZeros,
    ListsBackwards,
    ListsEverything,
    IgnoresPages,
    RepeatsDeliveries,
    ListsLinksAsOrders,
    TellsAllChanges,
    TellsNoChanges,
    AcknowledgesTooSoon,
    LosesAll,
}

struct Cheating {
    inner: MemoryStore,
    cheat: Cheat,
    fresh: Arc<AtomicU64>,
}

impl Cheating {
    fn fresh_id(&self) -> ChangeSetId {
        ChangeSetId(u128::MAX - u128::from(self.fresh.fetch_add(1, Ordering::Relaxed)))
    }

    fn bent(&self, mut set: ChangeSet) -> ChangeSet {
        match self.cheat {
            Cheat::IgnoresReads => {
                let written: Vec<_> = set.puts.iter().map(Record::key).collect();
                set.expects.retain(|expect| written.contains(&expect.key));
            }
            Cheat::IgnoresClaims => set.claims.clear(),
            Cheat::KeepsAnswers => set.removals.clear(),
            Cheat::ForgetsIds => set.id = self.fresh_id(),
            Cheat::IgnoresLeases => set.job_changes.clear(),
            Cheat::IgnoresHolds => set.holds.clear(),
            Cheat::KeepsJobs => {
                for change in &mut set.job_changes {
                    change.outcome = crate::JobOutcome::Again { due_at: Timestamp::EPOCH };
                }
            }
            Cheat::IgnoresBounds => {
                for adjustment in &mut set.adjustments {
                    (adjustment.min, adjustment.max) = (i64::MIN, i64::MAX);
                }
            }
            _ => {}
        }
        set
    }

    async fn with_true_versions(&self, mut set: ChangeSet) -> Result<ChangeSet, StoreError> {
        for expect in &mut set.expects {
            let read = self.inner.get(expect.key).await?;
            expect.version = read.map_or(crate::Version::ABSENT, |read| read.version);
        }
        Ok(set)
    }

    /// What a store does to a change set after it refused it.
    async fn after_refusal(&self, mut set: ChangeSet) {
        if self.cheat != Cheat::RemembersRefusals {
            set.id = self.fresh_id();
        }
        match self.cheat {
            Cheat::LeavesHalf => set.claims.clear(),
            Cheat::LeavesClaims => set.puts.clear(),
            Cheat::RemembersRefusals => (set.puts, set.claims) = (vec![], vec![]),
            _ => return,
        }
        let written: Vec<_> = set.puts.iter().map(Record::key).collect();
        set.expects.retain(|expect| written.contains(&expect.key));
        (set.ledger, set.jobs, set.job_changes, set.adjustments) = (vec![], vec![], vec![], vec![]);
        set.holds.clear();
        let _ = self.inner.commit(set).await;
    }
}

#[async_trait]
impl Store for Cheating {
    async fn get(&self, key: RecordKey) -> Result<Option<Versioned<Record>>, StoreError> {
        self.inner.get(key).await
    }

    async fn find(&self, reference: &ReferenceKey) -> Result<Option<RecordKey>, StoreError> {
        self.inner.find(reference).await
    }

    async fn merchants(&self) -> Result<Vec<Versioned<Merchant>>, StoreError> {
        self.inner.merchants().await
    }

    async fn answers_before(
        &self,
        instant: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<KeptAnswer>>, StoreError> {
        self.inner.answers_before(instant, limit).await
    }

    async fn deliveries(
        &self,
        mut query: DeliveryQuery,
    ) -> Result<Vec<Versioned<Delivery>>, StoreError> {
        if self.cheat == Cheat::RepeatsDeliveries && query.before.is_some() {
            query.before = None;
        }
        let mut deliveries = self.inner.deliveries(query).await?;
        if self.cheat == Cheat::ListsBackwards {
            deliveries.reverse();
        }
        Ok(deliveries)
    }

    async fn list(&self, mut query: ListQuery) -> Result<Vec<Listed>, StoreError> {
        match self.cheat {
            Cheat::ListsEverything => query.from = OrderKey::first_at(Timestamp::EPOCH),
            Cheat::IgnoresPages => query.offset = 0,
            Cheat::ListsLinksAsOrders if query.kind == ListKind::Order => {
                query.kind = ListKind::Link;
            }
            _ => {}
        }
        let mut listed = self.inner.list(query).await?;
        if self.cheat == Cheat::ListsBackwards {
            listed.reverse();
        }
        Ok(listed)
    }

    async fn commit(&self, set: ChangeSet) -> Result<(), CommitError> {
        let mut bent = self.bent(set.clone());
        if self.cheat == Cheat::IgnoresVersions {
            bent = self.with_true_versions(bent).await?;
        }
        match self.inner.commit(bent).await {
            Err(CommitError::Conflict(conflict)) => {
                let target = set.claims.first().map(|(_, target)| *target);
                self.after_refusal(set).await;
                Err(match (self.cheat, conflict, target) {
                    (
                        Cheat::NamesAnotherHolder,
                        Conflict::ReferenceTaken { reference, .. },
                        Some(holder),
                    ) => Conflict::ReferenceTaken { reference, holder }.into(),
                    (_, conflict, _) => conflict.into(),
                })
            }
            Err(CommitError::Store(StoreError::Unavailable(_)))
                if self.cheat == Cheat::AcknowledgesTooSoon =>
            {
                Ok(())
            }
            answer => answer,
        }
    }

    async fn lease(&self, mut request: LeaseRequest) -> Result<Vec<LeasedJob>, StoreError> {
        match self.cheat {
            Cheat::LeasesEarly => request.due_by = Timestamp::from_micros(i64::MAX),
            Cheat::LeasesTwice => request.now = Timestamp::from_micros(i64::MAX),
            Cheat::IgnoresLimit => request.limit = usize::MAX,
            _ => {}
        }
        self.inner.lease(request).await
    }

    async fn reserve(&self, sequence: Sequence, count: u64) -> Result<Range<u64>, StoreError> {
        let given = self.inner.reserve(sequence, count).await?;
        Ok(if self.cheat == Cheat::GivesNumbersTwice { 1..count + 1 } else { given })
    }

    async fn counter(&self, key: &CounterKey) -> Result<i64, StoreError> {
        self.inner.counter(key).await
    }

    async fn counters_between(
        &self,
        from: &CounterKey,
        end: &CounterKey,
        limit: usize,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let mut found = self.inner.counters_between(from, end, limit).await?;
        match self.cheat {
            Cheat::CountsBackwards => found.reverse(),
            Cheat::KeepsZeros => {
                found.push((CounterKey("gone".into()), 0));
            }
            _ => {}
        }
        Ok(found)
    }

    async fn changed_since(&self, epoch: Epoch) -> Result<Changes, StoreError> {
        match self.cheat {
            Cheat::TellsAllChanges => self.inner.changed_since(Epoch::default()).await,
            Cheat::TellsNoChanges => Ok(Changes { epoch, keys: Vec::new() }),
            _ => self.inner.changed_since(epoch).await,
        }
    }

    async fn was_committed(&self, id: ChangeSetId) -> Result<bool, StoreError> {
        self.inner.was_committed(id).await
    }

    async fn queue_depths(
        &self,
        now: Timestamp,
        business_now: Timestamp,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        self.inner.queue_depths(now, business_now).await
    }

    async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        self.inner.balances().await
    }

    async fn health(&self) -> Result<(), StoreError> {
        self.inner.health().await
    }
}

struct Factory {
    inner: MemoryStore,
    cheat: Cheat,
    fresh: Arc<AtomicU64>,
}

#[async_trait]
impl StoreFactory for Factory {
    async fn open(&mut self) -> Result<Arc<dyn Store>, Failure> {
        let (inner, fresh) = (self.inner.clone(), Arc::clone(&self.fresh));
        Ok(Arc::new(Cheating { inner, cheat: self.cheat, fresh }))
    }

    async fn reopen(&mut self, _: Arc<dyn Store>) -> Result<Arc<dyn Store>, Failure> {
        if self.cheat == Cheat::LosesAll {
            self.inner = MemoryStore::new();
        }
        self.open().await
    }

    fn inject_sync_failure(&mut self) -> bool {
        self.inner.lose_answers(&[LostAnswer::Stored, LostAnswer::Dropped]).is_ok()
    }
}

type Fact = for<'a> fn(&'a mut dyn StoreFactory) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// Whether the fact holds. It runs on a thread of its own, where it may panic.
fn holds(cheat: Cheat, fact: Fact) -> bool {
    let trial = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let (inner, fresh) = (MemoryStore::new(), Arc::new(AtomicU64::new(0)));
        runtime.block_on(fact(&mut Factory { inner, cheat, fresh }))
    };
    matches!(thread::spawn(trial).join(), Ok(Ok(())))
}

macro_rules! table {
    ($($cheat:ident: $($fact:ident)+;)+) => {
        vec![$($((
            Cheat::$cheat,
            stringify!($fact),
            (|factory| Box::pin($fact(factory))) as Fact,
        ),)+)+]
    };
}

#[test]
fn each_broken_rule_is_noticed() {
    let table = table! {
        IgnoresVersions: a_stale_version_is_refused
            a_record_is_not_written_where_the_decision_saw_none_wrongly
            one_of_many_concurrent_writers_of_a_record_wins;
        IgnoresReads: a_version_that_was_only_read_counts write_skew_is_refused
            write_skew_is_refused_within_a_batch;
        IgnoresClaims: a_reference_finds_its_record references_of_others_are_free
            a_taken_reference_is_refused_and_names_its_holder
            one_of_two_concurrent_claims_wins a_call_is_answered_once_with_what_it_did;
        KeepsAnswers: a_removed_answer_leaves_its_call_free;
        NamesAnotherHolder: a_taken_reference_is_refused_and_names_its_holder
            one_of_two_concurrent_claims_wins;
        LeavesHalf: a_refused_change_set_leaves_nothing
            a_failing_change_set_does_no_harm_to_those_beside_it
            a_lost_lease_refuses_the_change_set what_was_not_stored_is_not_listed;
        LeavesClaims: a_refused_change_set_leaves_nothing
            a_failing_change_set_does_no_harm_to_those_beside_it
            one_of_many_concurrent_writers_of_a_record_wins;
        ForgetsIds: a_repeated_change_set_has_no_second_effect
            concurrent_copies_of_a_change_set_have_one_effect
            the_last_ten_thousand_change_sets_are_remembered
            the_answers_after_a_failed_sync_are_true;
        RemembersRefusals: a_refused_change_set_is_not_remembered;
        IgnoresLeases: a_lost_lease_refuses_the_change_set a_job_that_is_done_goes_away
            a_job_to_be_done_again_is_due_again a_lost_lease_refuses_nobody_beside_it
            a_job_that_its_maker_left_is_taken_by_another;
        IgnoresHolds: a_job_can_be_held_by_its_maker
            a_job_that_its_maker_left_is_taken_by_another;
        KeepsJobs: a_job_that_is_done_goes_away everything_survives_a_restart;
        LeasesEarly: a_job_is_not_leased_before_it_is_due a_job_to_be_done_again_is_due_again;
        LeasesTwice: a_lease_excludes_others concurrent_workers_share_no_job
            the_job_of_a_refused_change_set_stays_leased a_job_can_be_held_by_its_maker;
        IgnoresLimit: a_lease_keeps_its_limit concurrent_workers_share_no_job;
        GivesNumbersTwice: numbers_are_dense_and_given_once sequences_do_not_mix;
        IgnoresBounds: a_counter_does_not_leave_its_bounds
            concurrent_adjustments_stay_within_the_bound;
        CountsBackwards: counters_come_in_the_order_of_their_names;
        KeepsZeros: a_counter_that_comes_to_zero_goes_away;
        ListsBackwards: a_list_is_newest_first_and_tells_each_thing_as_it_is_now
            pages_of_a_list_meet;
        ListsEverything: a_list_keeps_its_range;
        ListsBackwards: deliveries_come_newest_first_and_as_they_are_now;
        RepeatsDeliveries: pages_of_deliveries_meet;
        IgnoresPages: pages_of_a_list_meet;
        ListsLinksAsOrders: lists_do_not_mix;
        TellsAllChanges: changes_of_merchants_and_settings_are_told_once;
        TellsNoChanges: changes_of_merchants_and_settings_are_told_once;
        AcknowledgesTooSoon: the_answers_after_a_failed_sync_are_true;
        LosesAll: everything_survives_a_restart numbers_are_dense_and_given_once
            a_list_survives_a_restart the_answers_after_a_failed_sync_are_true;
    };
    for (cheat, name, fact) in table {
        assert!(holds(Cheat::None, fact), "{name} fails for an honest store");
        assert!(!holds(cheat, fact), "{name} does not notice {cheat:?}");
    }
}

/// A fact that a store's tests do not name is never tried.
#[test]
fn the_macro_names_every_fact() {
    let sources = [
        include_str!("atomicity.rs"),
        include_str!("changes.rs"),
        include_str!("counters.rs"),
        include_str!("deliveries.rs"),
        include_str!("jobs.rs"),
        include_str!("leases.rs"),
        include_str!("lists.rs"),
        include_str!("records.rs"),
        include_str!("references.rs"),
        include_str!("replays.rs"),
        include_str!("restarts.rs"),
    ];
    let suite = include_str!("../contract.rs");
    let facts = sources.iter().flat_map(|source| source.split("pub async fn ").skip(1));
    let names: Vec<_> = facts.filter_map(|fact| fact.split('(').next()).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        assert!(suite.lines().any(|line| line.trim() == name), "{name} is not in the macro");
    }
}
