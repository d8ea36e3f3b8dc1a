//! A primary with a standby that each commit waits for.

use std::time::Duration;

use deodar_kit::{PostgresCluster, Stop, wait_until};
use deodar_store::contract::fixtures::change_set;
use deodar_store::{ChangeSet, CommitError, Store};
use deodar_store_postgres::{DatabaseAddress, Options, PostgresStore};

use crate::common::{claiming, everything, is_unavailable, open};

const PATIENCE: Duration = Duration::from_mins(10);
const DATABASE: &str = "deodar_1";

/// Waits until so many commits wait for the standby. More may do so, as the database does not see
/// at once that one was given up and asked for again.
async fn wait_for(commits: u32, primary: &PostgresCluster) {
    let waiting = "SELECT count(*) FROM pg_stat_activity \
        WHERE wait_event = 'SyncRep' AND application_name = 'deodar'";
    wait_until("a commit", PATIENCE, async || {
        let count: u32 = primary.sql("postgres", waiting).ok()?.parse().ok()?;
        (count >= commits).then_some(())
    })
    .await
    .unwrap();
}

/// Commits a change set again and again, until somebody can tell what became of it.
async fn told(store: &PostgresStore, set: &ChangeSet) -> Result<(), CommitError> {
    loop {
        let answer = store.commit(set.clone()).await;
        if !is_unavailable(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_a_crashed_primary_shows_again_is_acknowledged_once_the_standby_has_it() {
    let primary = PostgresCluster::new().unwrap();
    let address = DatabaseAddress::parse(&primary.create_database().unwrap()).unwrap();
    let standby = primary.standby("second").unwrap();
    for statement in
        ["ALTER SYSTEM SET synchronous_standby_names = 'second'", "SELECT pg_reload_conf()"]
    {
        primary.sql("postgres", statement).unwrap();
    }
    let options = Options { recovery_time_max: PATIENCE, ..Options::default() };
    let other_node = open(&address, options.clone()).await;
    let third_node = open(&address, options.clone()).await;
    let store = open(&address, Options { writers: 1, ..options }).await;
    // One goes the direct way, the other does not.
    for (number, set) in [(1, claiming(1, "R-1")), (2, everything(2))] {
        standby.stop(Stop::Fast).unwrap();
        let mut committing = {
            let store = store.clone();
            tokio::spawn({
                let set = set.clone();
                async move { store.commit(set).await }
            })
        };
        wait_for(1, &primary).await;
        primary.kill().unwrap();
        primary.start().unwrap();
        // Who is refused is told of the commit too, and repeats what that one has done.
        let mut refused = {
            let (store, set) = (third_node.clone(), claiming(number + 10, &format!("R-{number}")));
            tokio::spawn(async move { told(&store, &set).await })
        };
        tokio::select! {
            () = wait_for(3, &primary) => {}
            answer = &mut refused => panic!("{answer:?}, and the standby does not have that"),
            answer = &mut committing => panic!("{answer:?}, and the standby does not have it"),
            answer = told(&other_node, &set) => panic!("{answer:?}, nor does it here"),
        }
        let log = "SELECT count(*) FROM deodar.change_set_log";
        assert_eq!(primary.sql(DATABASE, log).unwrap(), number.to_string());
        standby.start().unwrap();
        assert_eq!(committing.await.unwrap(), Ok(()));
        let refused = refused.await.unwrap();
        assert!(matches!(refused, Err(CommitError::Conflict(_))), "{refused:?}");
        // What the standby has on its disk it shows a moment later.
        let shown =
            async || standby.sql(DATABASE, log).ok().filter(|count| *count == number.to_string());
        wait_until("the standby", PATIENCE, shown).await.unwrap();
        assert_eq!(store.was_committed(change_set(number).id).await, Ok(true));
    }
}
