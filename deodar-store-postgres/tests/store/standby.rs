//! A primary with a standby that each commit waits for.

use std::time::Duration;

use deodar_kit::{PostgresCluster, Stop, wait_until};
use deodar_store::contract::fixtures::change_set;
use deodar_store::{CommitError, Store};
use deodar_store_postgres::{DatabaseAddress, Options};

use crate::common::{claiming, everything, open};

const PATIENCE: Duration = Duration::from_mins(1);
const DATABASE: &str = "deodar_1";

/// Waits until so many commits wait for the standby.
async fn wait_for(commits: &str, primary: &PostgresCluster) {
    let waiting = "SELECT count(*) FROM pg_stat_activity \
        WHERE wait_event = 'SyncRep' AND application_name = 'deodar'";
    wait_until("a commit", PATIENCE, async || {
        primary.sql("postgres", waiting).ok().filter(|count| count == commits)
    })
    .await
    .unwrap();
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
    let other_node = open(&address, Options::default()).await;
    let third_node = open(&address, Options::default()).await;
    let options = Options { writers: 1, recovery_time_max: PATIENCE, ..Options::default() };
    let store = open(&address, options).await;
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
        wait_for("1", &primary).await;
        primary.kill().unwrap();
        primary.start().unwrap();
        // Who is refused is told of the commit too, and repeats what that one has done.
        let mut refused = {
            let (store, reference) = (third_node.clone(), format!("R-{number}"));
            tokio::spawn(async move { store.commit(claiming(number + 10, &reference)).await })
        };
        tokio::select! {
            () = wait_for("3", &primary) => {}
            answer = &mut refused => panic!("{answer:?}, and the standby does not have that"),
            answer = &mut committing => panic!("{answer:?}, and the standby does not have it"),
            answer = other_node.commit(set.clone()) => panic!("{answer:?}, nor does it here"),
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
