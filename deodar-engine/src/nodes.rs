//! How many nodes there are, so that each keeps to its share of what is limited by node.
//!
//! In every period of time each node adds 1 to a counter of the store, and the counters of this
//! period and of the last one tell how many there are. A node that is gone is missed after two
//! periods; one that was started again is counted twice for as long.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deodar_domain::time::Timestamp;
use deodar_store::{Adjustment, ChangeSet, ChangeSetId, CommitError, CounterKey, StoreError};
use tokio::sync::Mutex as AsyncMutex;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::tally::ending_counter;

/// How long a period is, in seconds.
const PERIOD_SECONDS: i64 = 10;
/// How long the counter of a period is kept.
const KEPT_FOR: Duration = Duration::from_mins(1);

/// What is known of the nodes.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    /// How many there are; 0 while it is not known.
    count: AtomicU32,
    counted: AsyncMutex<Option<Counted>>,
}

/// The last period in which this node was counted, and by what.
#[derive(Clone, Copy, Debug)]
struct Counted {
    period: i64,
    id: ChangeSetId,
    is_known: bool,
}

impl Engine {
    /// How many nodes share the store, this one among them; one while it is not known.
    pub fn nodes(&self) -> NonZeroU32 {
        NonZeroU32::new(self.nodes.count.load(Ordering::Relaxed)).unwrap_or(NonZeroU32::MIN)
    }

    /// Counts this node once in every period, and learns how many there are. A worker calls it
    /// several times a second.
    pub async fn count_nodes(&self) -> Result<(), EngineError> {
        let mut counted = self.nodes.counted.lock().await;
        let period = self.real_now().seconds().div_euclid(PERIOD_SECONDS);
        let present = match counted.filter(|counted| counted.period == period) {
            Some(counted) => counted,
            None => Counted { period, id: self.change_set_id()?, is_known: false },
        };
        *counted = Some(present);
        if !present.is_known {
            let mut change_set = ChangeSet::new(present.id);
            let key = counter_of(period);
            change_set.adjustments.push(Adjustment { key, delta: 1, min: 0, max: i64::MAX });
            match self.parts.store.commit(change_set).await {
                // The same change set is sent again, so that no node is counted twice.
                Err(CommitError::Store(error @ StoreError::Unavailable(_))) => {
                    return Err(error.into());
                }
                result => result?,
            }
            *counted = Some(Counted { is_known: true, ..present });
        }
        let keys = [counter_of(period - 1), counter_of(period)];
        let most = self.parts.store.counters(&keys).await?.into_iter().max().unwrap_or(0);
        self.nodes.count.store(u32::try_from(most).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }
}

fn counter_of(period: i64) -> CounterKey {
    let end = Timestamp::from_seconds(period.saturating_add(1).saturating_mul(PERIOD_SECONDS));
    ending_counter(end.plus(KEPT_FOR), "nodes", 0)
}
