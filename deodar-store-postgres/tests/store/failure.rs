//! What is answered when a batch fails.

use std::time::Duration;

use deodar_kit::PostgresCluster;
use deodar_store::contract::fixtures::{
    at, change_set, job, making, making_jobs, order_key, order_record, order_reference, request,
};
use deodar_store::{
    ChangeSet, CommitError, Conflict, CounterKey, Queue, RecordKey, Sequence, Store, StoreError,
    Version,
};
use deodar_store_postgres::{DatabaseAddress, Fault, Faults, Options, PostgresStore};
use futures::future::join_all;

use crate::common::{claiming, counting, is_unavailable};

struct Opened {
    cluster: PostgresCluster,
    faults: Faults,
    store: PostgresStore,
}

const DATABASE: &str = "deodar_1";

async fn opened() -> Opened {
    opened_with(Options { recovery_time_max: Duration::ZERO, ..Options::default() }).await
}

async fn opened_with(options: Options) -> Opened {
    let cluster = PostgresCluster::new().unwrap();
    let address = DatabaseAddress::parse(&cluster.create_database().unwrap()).unwrap();
    let faults = options.faults.clone();
    let options = Options { writers: 1, ..options };
    let store = PostgresStore::open_with(&address, options).await.unwrap();
    Opened { cluster, faults, store }
}

impl Opened {
    /// Sends all of them while the writer is held, so that they are one batch.
    async fn in_one_batch(&self, sets: Vec<ChangeSet>) -> Vec<Result<(), CommitError>> {
        let held = self.faults.hold_writers().await;
        let mut sent = join_all(sets.into_iter().map(|set| self.store.commit(set)));
        assert!(futures::poll!(&mut sent).is_pending());
        drop(held);
        sent.await
    }

    /// How many change sets, records, references and jobs there are.
    fn rows(&self) -> String {
        let rows = "SELECT (SELECT count(*) FROM deodar.change_set_log), \
            (SELECT count(*) FROM deodar.record), (SELECT count(*) FROM deodar.reference), \
            (SELECT count(*) FROM deodar.job)";
        self.cluster.sql(DATABASE, rows).unwrap()
    }
}

#[tokio::test]
async fn a_refusal_that_rests_on_the_same_batch_is_told_once_that_is_stored() {
    let opened = opened().await;
    let sets = || vec![claiming(1, "A"), claiming(2, "A"), claiming(3, "B")];
    opened.faults.fail_next_commit(Fault::CommitFails);
    opened.faults.refuse_connections(1);
    let answers = opened.in_one_batch(sets()).await;
    assert!(answers.iter().all(is_unavailable), "{answers:?}");
    assert_eq!(opened.store.find(&order_reference(1, "A").unwrap()).await, Ok(None));

    let mut answers = opened.in_one_batch(sets()).await;
    while answers.iter().any(is_unavailable) {
        answers = opened.in_one_batch(sets()).await;
    }
    let reference = order_reference(1, "A").unwrap();
    let holder = RecordKey::Order(order_key(1).unwrap());
    let taken = Conflict::ReferenceTaken { reference, holder };
    assert_eq!(answers, [Ok(()), Err(taken.into()), Ok(())]);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_and_acknowledged_with_its_batch() {
    let opened = opened().await;
    opened.faults.fail_next_commit(Fault::AnswerLost);
    let key = order_record(9).unwrap().key();
    let refused = change_set(7).expect(key, Version(3));
    let answers = opened.in_one_batch(vec![claiming(1, "A"), refused]).await;
    assert_eq!(answers, [Ok(()), Err(Conflict::Version(key).into())]);
    assert_eq!(opened.store.was_committed(change_set(1).id).await, Ok(true));
    assert_eq!(opened.store.was_committed(change_set(7).id).await, Ok(false));
}

#[tokio::test]
async fn of_a_batch_that_only_makes_and_whose_answer_was_lost_each_learns_exactly_what_became_of_it()
 {
    let holder = RecordKey::Order(order_key(1).unwrap());
    let taken = Conflict::ReferenceTaken { reference: order_reference(1, "A").unwrap(), holder };
    for fault in [Fault::AnswerLost, Fault::CommitFails] {
        let opened = opened_with(Options::default()).await;
        // The connection is there, so that what breaks is the answer of the batch.
        opened.store.commit(claiming(9, "Z")).await.unwrap();
        opened.faults.fail_next_commit(fault);
        let sets = vec![claiming(1, "A"), claiming(2, "A"), claiming(3, "B"), claiming(1, "A")];
        let answers = opened.in_one_batch(sets).await;
        let expected = [Ok(()), Err(taken.clone().into()), Ok(()), Ok(())];
        assert_eq!(answers, expected, "{fault:?}");
        assert_eq!(opened.rows(), "3|3|3|0", "{fault:?}");
    }
}

#[tokio::test]
async fn what_only_makes_is_stored_once_however_often_it_is_sent() {
    let opened = opened().await;
    let sets = || vec![claiming(1, "A"), claiming(2, "B"), claiming(1, "A")];
    for _ in 0..2 {
        assert_eq!(opened.in_one_batch(sets()).await, [Ok(()), Ok(()), Ok(())]);
        assert_eq!(opened.rows(), "2|2|2|0");
    }
    // What is there is found again beside what is new, and beside what is refused.
    let again = vec![claiming(2, "B"), claiming(3, "A"), claiming(4, "D")];
    let answers = opened.in_one_batch(again).await;
    assert_eq!([&answers[0], &answers[2]], [&Ok(()), &Ok(())]);
    assert!(matches!(answers[1], Err(CommitError::Conflict(_))), "{answers:?}");
    assert_eq!(opened.rows(), "3|3|3|0");
}

#[tokio::test]
async fn a_batch_that_makes_and_changes_tells_each_what_became_of_it_and_keeps_nothing_refused() {
    let opened = opened().await;
    opened.store.commit(claiming(1, "A")).await.unwrap();
    let (one, other) = (order_record(1).unwrap(), order_record(8).unwrap().key());
    let sets = vec![
        claiming(2, "B"),
        claiming(3, "A"),
        change_set(4).put(one.clone(), Version(1)),
        claiming(5, "C").expect(one.key(), Version(1)),
        claiming(6, "D").expect(one.key(), Version(2)),
        claiming(7, "E").expect(other, Version::ABSENT),
        claiming(8, "F"),
        claiming(9, "G").expect(other, Version::ABSENT),
    ];
    let answers = opened.in_one_batch(sets).await;
    let reference = order_reference(1, "A").unwrap();
    let changed = |key| Err(Conflict::Version(key).into());
    let expected = [
        Ok(()),
        Err(Conflict::ReferenceTaken { reference, holder: one.key() }.into()),
        Ok(()),
        changed(one.key()),
        Ok(()),
        Ok(()),
        Ok(()),
        changed(other),
    ];
    assert_eq!(answers, expected);
    assert_eq!(opened.rows(), "6|5|5|0");
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_any_more_leaves_no_transaction_open() {
    let text = PostgresCluster::shared_database().unwrap();
    let address = DatabaseAddress::parse(&text).unwrap();
    let options = Options { connections: 1, ..Options::default() };
    let store = PostgresStore::open_with(&address, options).await.unwrap();
    let other_node = PostgresStore::open(&address).await.unwrap();
    store.health().await.unwrap();
    let mut asked = store.was_committed(change_set(1).id);
    assert!(futures::poll!(&mut asked).is_pending());
    drop(asked);
    // The only connection for this may be the one that asked.
    assert_eq!(store.reserve(Sequence::Link, 5).await, Ok(1..6));
    assert_eq!(other_node.reserve(Sequence::Link, 5).await, Ok(6..11));
}

#[tokio::test]
async fn a_change_set_sees_what_those_before_it_in_the_batch_have_written() {
    let opened = opened().await;
    let order = || order_record(1).unwrap();
    let key = order().key();
    let write = |number, version| counting(change_set(number).put(order(), Version(version)));
    let sets = vec![
        counting(making(1, order())),
        write(2, 1),
        write(3, 1),
        write(4, 2),
        counting(change_set(5).expect(key, Version::ABSENT)),
        counting(change_set(6).expect(key, Version(3))),
        counting(making(1, order())),
    ];
    let answers = opened.in_one_batch(sets).await;
    let refused = || Err(Conflict::Version(key).into());
    let expected = [Ok(()), Ok(()), refused(), Ok(()), refused(), Ok(()), Ok(())];
    assert_eq!(answers, expected);
    assert_eq!(opened.store.get(key).await.unwrap().unwrap().version, Version(3));
    assert_eq!(opened.store.counter(&crate::common::counter()).await, Ok(4));
}

#[tokio::test]
async fn a_key_that_is_taken_refuses_its_own_change_set_and_nobody_elses() {
    let opened = opened().await;
    opened.store.commit(claiming(1, "A")).await.unwrap();
    opened.store.commit(making_jobs(2, vec![job(1, Queue::Event, at(0)).unwrap()])).await.unwrap();
    let mut with_job = claiming(4, "D");
    with_job.jobs.push(job(1, Queue::Deadline, at(0)).unwrap());
    let mut taken_key = claiming(1, "C");
    taken_key.id = change_set(3).id;
    let sets = vec![claiming(5, "E"), taken_key, with_job, claiming(6, "F"), claiming(7, "A")];
    let answers = opened.in_one_batch(sets).await;
    let key = |number| RecordKey::Order(order_key(number).unwrap());
    let holder = key(1);
    let reference = order_reference(1, "A").unwrap();
    let expected = [
        Ok(()),
        Err(Conflict::Version(key(1)).into()),
        Err(Conflict::Version(key(1)).into()),
        Ok(()),
        Err(Conflict::ReferenceTaken { reference, holder }.into()),
    ];
    assert_eq!(answers, expected);
    assert_eq!(opened.rows(), "4|3|3|1");
}

#[tokio::test]
async fn what_postgresql_cannot_store_harms_its_own_change_set_alone() {
    let opened = opened().await;
    let mut spoilt = claiming(2, "B");
    let key = CounterKey("no\0name".into());
    spoilt.adjustments.push(deodar_store::Adjustment { key, delta: 1, min: 0, max: 9 });
    let sets = vec![claiming(1, "A"), spoilt, claiming(3, "C"), claiming(4, "A")];
    let answers = opened.in_one_batch(sets).await;
    assert!(matches!(answers[1], Err(CommitError::Store(StoreError::Damaged(_)))), "{answers:?}");
    assert!(matches!(answers[3], Err(CommitError::Conflict(_))), "{answers:?}");
    assert_eq!([&answers[0], &answers[2]], [&Ok(()), &Ok(())]);
    assert_eq!(opened.store.get(order_record(2).unwrap().key()).await, Ok(None));
    assert_eq!(opened.store.was_committed(change_set(2).id).await, Ok(false));
}

#[tokio::test]
async fn a_row_that_somebody_holds_keeps_nobody_else_waiting() {
    let lock_wait_max = Duration::from_millis(200);
    let opened = opened_with(Options { lock_wait_max, ..Options::default() }).await;
    opened.store.commit(claiming(1, "A")).await.unwrap();

    let (holder, connection) =
        tokio_postgres::connect(&opened.cluster.address(DATABASE), tokio_postgres::NoTls)
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    holder.batch_execute("BEGIN; SELECT 1 FROM deodar.record FOR UPDATE").await.unwrap();
    let waiting = || change_set(2).put(order_record(1).unwrap(), Version(1));
    let sets = vec![claiming(3, "C"), waiting(), claiming(4, "D"), claiming(5, "A")];
    let answers = opened.in_one_batch(sets).await;
    assert!(is_unavailable(&answers[1]), "{answers:?}");
    assert_eq!([&answers[0], &answers[2]], [&Ok(()), &Ok(())]);
    assert!(matches!(answers[3], Err(CommitError::Conflict(_))), "{answers:?}");
    drop(holder);
    connection.await.unwrap().unwrap();
    while is_unavailable(&opened.store.commit(waiting()).await) {
        tokio::task::yield_now().await;
    }
    let read = opened.store.get(order_record(1).unwrap().key()).await.unwrap().unwrap();
    assert_eq!(read.version, Version(2));
}

#[tokio::test]
async fn a_record_of_a_newer_release_is_read_but_not_written_again() {
    let opened = opened().await;
    opened.store.commit(claiming(1, "A")).await.unwrap();
    opened.cluster.sql(DATABASE, "UPDATE deodar.record SET format = 900").unwrap();
    let key = order_record(1).unwrap().key();
    let found = opened.store.get(key).await.unwrap().unwrap();
    let again = change_set(2).put(found.record, found.version);
    let newer = StoreError::NewerFormat { found: 900, known: deodar_store::stored::FORMAT };
    assert_eq!(opened.store.commit(again).await, Err(newer.into()));
}

#[tokio::test]
async fn a_job_that_cannot_be_read_does_not_keep_the_others_waiting() {
    let opened = opened().await;
    let jobs = (1..=3).map(|number| job(number, Queue::Event, at(0)).unwrap()).collect();
    opened.store.commit(making_jobs(1, jobs)).await.unwrap();
    let spoil = "UPDATE deodar.job SET payload = 'spoilt' WHERE id = 2";
    opened.cluster.sql(DATABASE, spoil).unwrap();
    let leased = opened.store.lease(request(Queue::Event, at(1))).await.unwrap();
    assert_eq!(leased.iter().map(|leased| leased.job.id.0).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn a_database_that_only_reads_refuses_writes_and_takes_them_when_it_may_again() {
    let opened = opened().await;
    opened.store.commit(claiming(1, "A")).await.unwrap();
    let only_read = |is_on| {
        let set = format!("ALTER DATABASE {DATABASE} SET default_transaction_read_only = {is_on}");
        opened.cluster.sql("postgres", &set).unwrap();
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE application_name = 'deodar'";
        opened.cluster.sql("postgres", end).unwrap();
    };
    only_read("on");
    assert!(is_unavailable(&opened.store.commit(claiming(2, "B")).await));
    assert!(opened.store.health().await.is_err());
    only_read("off");
    while is_unavailable(&opened.store.commit(claiming(2, "B")).await) {
        tokio::task::yield_now().await;
    }
    assert_eq!(opened.store.health().await, Ok(()));
}
