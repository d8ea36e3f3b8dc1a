//! The contract suite: what every store keeps, one function for each fact.
//!
//! A store's tests name all of them at once:
//!
//! ```text
//! deodar_store::store_contract!(MyFactory::new());
//! ```
//!
//! A fact that does not hold panics, or answers the error that it met.

#![expect(clippy::missing_panics_doc, reason = "a fact that does not hold panics, as a test does")]

mod atomicity;
mod changes;
#[cfg(test)]
mod cheats;
mod counters;
mod deliveries;
pub mod fixtures;
mod jobs;
mod leases;
mod lists;
mod records;
mod references;
mod replays;
mod restarts;

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;

use crate::change_set::ChangeSet;
use crate::store::{CommitError, Store};

pub use atomicity::*;
pub use changes::*;
pub use counters::*;
pub use deliveries::*;
pub use jobs::*;
pub use leases::*;
pub use lists::*;
pub use records::*;
pub use references::*;
pub use replays::*;
pub use restarts::*;

/// Why a fact could not be tried.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Nothing, where the fact holds.
pub type Outcome = Result<(), Failure>;

/// Opens the store that is tried.
#[async_trait]
pub trait StoreFactory: Send {
    /// Opens a store that holds nothing. It is called once for each factory.
    async fn open(&mut self) -> Result<Arc<dyn Store>, Failure>;

    /// Closes the store and opens what it left. The suite gives back the last handle that it has,
    /// and nothing of it runs any more.
    async fn reopen(&mut self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>, Failure>;

    /// Makes the next sync of the store to its disk fail, once; `false` where the store cannot be
    /// made to.
    fn inject_sync_failure(&mut self) -> bool {
        false
    }
}

/// Names a test for every fact of the contract. The argument makes a [`StoreFactory`]; the crate
/// needs `tokio` with its macros.
#[macro_export]
macro_rules! store_contract {
    ($factory:expr) => {
        $crate::store_contract! { @each $factory;
            a_record_is_read_as_it_was_written
            each_write_is_the_next_version
            a_record_that_has_not_changed_is_not_read_again
            kinds_of_records_do_not_mix
            a_stale_version_is_refused
            a_record_is_not_written_where_the_decision_saw_none_wrongly
            a_version_that_was_only_read_counts
            write_skew_is_refused
            write_skew_is_refused_within_a_batch
            a_change_set_that_contradicts_itself_is_refused
            a_reference_finds_its_record
            a_taken_reference_is_refused_and_names_its_holder
            references_of_others_are_free
            one_of_two_concurrent_claims_wins
            a_call_is_answered_once_with_what_it_did
            a_removed_answer_leaves_its_call_free
            the_oldest_answers_come_first
            an_answer_that_is_given_anew_is_not_old
            a_refused_change_set_leaves_nothing
            a_failing_change_set_does_no_harm_to_those_beside_it
            one_of_many_concurrent_writers_of_a_record_wins
            a_repeated_change_set_has_no_second_effect
            concurrent_copies_of_a_change_set_have_one_effect
            a_refused_change_set_is_not_remembered
            the_last_ten_thousand_change_sets_are_remembered
            jobs_come_in_the_order_in_which_they_are_due
            a_job_is_not_leased_before_it_is_due
            queues_do_not_mix
            a_lease_keeps_its_limit
            a_job_keeps_its_payload
            a_taken_job_id_is_refused
            a_job_that_is_done_goes_away
            a_job_to_be_done_again_is_due_again
            queue_depths_tell_what_waits
            a_lease_excludes_others
            a_lease_that_ran_out_is_taken_by_another
            a_lost_lease_refuses_the_change_set
            the_job_of_a_refused_change_set_stays_leased
            concurrent_workers_share_no_job
            a_job_can_be_held_by_its_maker
            a_job_that_its_maker_left_is_taken_by_another
            a_lost_lease_refuses_nobody_beside_it
            a_list_is_newest_first_and_tells_each_thing_as_it_is_now
            a_list_keeps_its_range
            pages_of_a_list_meet
            lists_do_not_mix
            what_was_not_stored_is_not_listed
            a_list_survives_a_restart
            deliveries_come_newest_first_and_as_they_are_now
            pages_of_deliveries_meet
            numbers_are_dense_and_given_once
            sequences_do_not_mix
            a_counter_is_adjusted_within_its_bounds
            a_counter_does_not_leave_its_bounds
            concurrent_adjustments_stay_within_the_bound
            counters_are_read_together
            counters_come_in_the_order_of_their_names
            a_counter_that_comes_to_zero_goes_away
            changes_of_merchants_and_settings_are_told_once
            merchants_come_in_the_order_of_their_ids
            balances_are_the_sums_of_the_entries
            an_open_store_is_healthy
            everything_survives_a_restart
            the_answers_after_a_failed_sync_are_true
        }
    };
    (@each $factory:expr; $($fact:ident)+) => {
        $(
            #[tokio::test]
            async fn $fact() -> $crate::contract::Outcome {
                $crate::contract::$fact(&mut $factory).await
            }
        )+
    };
}

/// Commits all of them at the same time, and gives the answers in their order.
async fn commit_all(
    store: &Arc<dyn Store>,
    sets: Vec<ChangeSet>,
) -> Result<Vec<Result<(), CommitError>>, Failure> {
    let commit = |set| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.commit(set).await })
    };
    let tasks: Vec<_> = sets.into_iter().map(commit).collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await?);
    }
    Ok(answers)
}
