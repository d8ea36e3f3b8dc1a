//! What became of commits whose answers were lost.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use deodar_store::ChangeSetId;
use tokio_postgres::Error;

use crate::batch::{WRITE_IDS, query};
use crate::error::describe;
use crate::options::ROUND_TRIP_TIME_MAX;
use crate::tables::ADD_DEPTHS;
use crate::value::Bits;

/// Which of the change sets of a commit whose answer was lost are stored, and may be acknowledged.
pub(crate) async fn settled(
    client: &ClientWrapper,
    ids: impl Iterator<Item = ChangeSetId>,
) -> Result<HashSet<ChangeSetId>, String> {
    let stored = stored_of(client, ids, ROUND_TRIP_TIME_MAX).await?;
    if !stored.is_empty() {
        wait_for_standbys(client).await?;
    }
    Ok(stored)
}

/// Waits until what is stored is where a commit is to be before it is acknowledged: a server that has
/// crashed shows commits again that may be on none of its standbys yet. A commit after them waits for
/// its standby, and for them with it.
pub(crate) async fn wait_for_standbys(client: &ClientWrapper) -> Result<(), String> {
    // A row that hardly any other connection writes, which changes by nothing.
    let (queues, changes) = (vec![1_i16], vec![0_i64]);
    let later = query(client, ADD_DEPTHS, vec![&queues, &changes]);
    match tokio::time::timeout(ROUND_TRIP_TIME_MAX, later).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(describe(&error)),
        Err(_) => Err("the database took too long to answer".to_owned()),
    }
}

/// Which of these change sets are stored, now that their fate is known: an id that a transaction
/// has written and not committed makes this wait for it, and of one that is gone nothing is left.
/// Nothing of this stays.
pub(crate) async fn stored_of(
    client: &ClientWrapper,
    ids: impl Iterator<Item = ChangeSetId>,
    time_max: Duration,
) -> Result<HashSet<ChangeSetId>, String> {
    let ids: BTreeSet<Bits> = ids.map(Bits::from).collect();
    let ask = async {
        client.batch_execute("BEGIN").await?;
        let all: Vec<Bits> = ids.iter().copied().collect();
        let absent = query(client, WRITE_IDS, vec![&all]).await;
        client.batch_execute("ROLLBACK").await?;
        let mut stored: HashSet<_> = all.iter().map(|id| ChangeSetId(id.0)).collect();
        for row in absent? {
            stored.remove(&ChangeSetId(row.try_get::<_, Bits>(0)?.0));
        }
        Ok(stored)
    };
    match tokio::time::timeout(time_max, ask).await {
        Ok(answer) => answer.map_err(|error: Error| describe(&error)),
        Err(_) => Err("the database took too long to answer".to_owned()),
    }
}
