//! Dropping the ids of change sets that nobody asks for any more.

use std::sync::Arc;

use tokio::time::{MissedTickBehavior, interval};

use crate::options::{IDS_KEPT_MIN, IDS_KEPT_SECONDS_MIN, PRUNE_PERIOD};
use crate::pool::Connections;

/// Ids go when they are old and there are enough younger ones. Where another node is at it, this one
/// leaves it alone.
pub(crate) const PRUNE: &str = "WITH chosen AS MATERIALIZED ( \
        SELECT pg_try_advisory_xact_lock(4919131752989225267) AS is_mine) \
    DELETE FROM change_set_log WHERE (SELECT is_mine FROM chosen) \
        AND at < now() - make_interval(secs => $1::integer) \
        AND at < (SELECT at FROM change_set_log ORDER BY at DESC OFFSET $2 LIMIT 1)";

/// Drops old ids now and then, for as long as the store is open.
pub(crate) async fn run(connections: Arc<Connections>) {
    let mut period = interval(PRUNE_PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once: a command that only opens the store needs no pruning.
    period.tick().await;
    loop {
        period.tick().await;
        let limits: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
            &[&IDS_KEPT_SECONDS_MIN, &IDS_KEPT_MIN];
        if let Err(error) = connections.rows_within(PRUNE_PERIOD, PRUNE, limits).await {
            tracing::debug!(%error, "old ids of change sets were not dropped");
        }
    }
}
