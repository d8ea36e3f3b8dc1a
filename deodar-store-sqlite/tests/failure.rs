//! What is answered when the disk or the database fails.

#![expect(clippy::unwrap_used, reason = "what the tests share fails as they do")]

use std::path::Path;

use deodar_domain::id::LinkNumber;
use deodar_store::contract::fixtures::{
    at, change_set, job, making, making_jobs, order_key, order_record, order_reference, request,
    snapshot,
};
use deodar_store::{
    ChangeSet, CommitError, Conflict, Queue, RecordKey, ReferenceKey, Sequence, Store, StoreError,
    Version,
};
use deodar_store_sqlite::{Fault, Faults, OpenMode, Options, SqliteStore};
use futures::future::join_all;
use rusqlite::Connection;
use tempfile::TempDir;

fn open(path: &Path, faults: &Faults) -> SqliteStore {
    let options = Options { faults: faults.clone(), ..Options::default() };
    SqliteStore::open_with(path, OpenMode::Server, options).unwrap()
}

fn new_store() -> (TempDir, Faults, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::default();
    let store = open(&folder.path().join("deodar.db"), &faults);
    (folder, faults, store)
}

/// An order that claims a reference.
fn claiming(number: u32, reference: &str) -> ChangeSet {
    let holder = RecordKey::Order(order_key(number).unwrap());
    making(number, order_record(number).unwrap())
        .claim(order_reference(1, reference).unwrap(), holder)
}

/// Sends all of them while the writer is held, so that they are one batch.
async fn in_one_batch(
    store: &SqliteStore,
    faults: &Faults,
    sets: Vec<ChangeSet>,
) -> Vec<Result<(), CommitError>> {
    let held = faults.hold_writer();
    let mut sent = join_all(sets.into_iter().map(|set| store.commit(set)));
    assert!(futures::poll!(&mut sent).is_pending());
    drop(held);
    sent.await
}

fn is_unavailable(answer: &Result<(), CommitError>) -> bool {
    matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_))))
}

#[tokio::test]
async fn a_refusal_that_rests_on_the_same_batch_is_told_once_that_is_stored() {
    let (_folder, faults, store) = new_store();
    let sets = || vec![claiming(1, "A"), claiming(2, "A"), claiming(3, "B")];

    faults.fail_next_commit(Fault::CommitFails);
    let answers = in_one_batch(&store, &faults, sets()).await;
    assert!(answers.iter().all(is_unavailable), "{answers:?}");
    assert_eq!(store.find(&order_reference(1, "A").unwrap()).await, Ok(None));

    let answers = in_one_batch(&store, &faults, sets()).await;
    let reference = order_reference(1, "A").unwrap();
    let holder = RecordKey::Order(order_key(1).unwrap());
    let taken = Conflict::ReferenceTaken { reference, holder };
    assert_eq!(answers, [Ok(()), Err(taken.into()), Ok(())]);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_and_acknowledged() {
    let (folder, faults, store) = new_store();
    faults.fail_next_commit(Fault::AnswerLost);
    let stale = claiming(1, "B").expect(order_record(9).unwrap().key(), Version(3));
    let mut refused = stale;
    refused.id = change_set(7).id;
    let answers = in_one_batch(&store, &faults, vec![claiming(1, "A"), refused]).await;
    assert_eq!(answers[0], Ok(()));
    assert!(is_unavailable(&answers[1]), "{answers:?}");
    assert_eq!(store.was_committed(change_set(1).id).await, Ok(true));
    assert_eq!(store.was_committed(change_set(7).id).await, Ok(false));
    drop(store);
    let store = open(&folder.path().join("deodar.db"), &faults);
    assert!(store.find(&order_reference(1, "A").unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn what_became_of_a_commit_that_nobody_could_tell_is_told_later() {
    let (_folder, faults, store) = new_store();
    faults.fail_next_commit(Fault::AnswerLost);
    faults.refuse_reopens(1);
    assert!(is_unavailable(&store.commit(claiming(1, "A")).await));
    faults.fail_next_commit(Fault::CommitFails);
    assert!(is_unavailable(&store.commit(claiming(2, "B")).await));
    assert_eq!(store.was_committed(change_set(1).id).await, Ok(true));
    assert_eq!(store.was_committed(change_set(2).id).await, Ok(false));
    assert_eq!(store.commit(claiming(1, "A")).await, Ok(()));
    let stored = store.get(order_record(1).unwrap().key()).await.unwrap().unwrap();
    assert_eq!(stored.version, Version(1));
}

#[tokio::test]
async fn until_the_database_can_be_opened_again_nothing_is_written_and_reads_go_on() {
    let (_folder, faults, store) = new_store();
    store.commit(claiming(1, "A")).await.unwrap();
    faults.refuse_reopens(3);
    faults.fail_next_commit(Fault::CommitFails);
    assert!(is_unavailable(&store.commit(claiming(2, "B")).await));
    assert!(is_unavailable(&store.commit(claiming(2, "B")).await));
    assert!(store.health().await.is_err());
    assert!(store.get(order_record(1).unwrap().key()).await.unwrap().is_some());
    assert_eq!(store.health().await, Ok(()));
    assert_eq!(store.commit(claiming(2, "B")).await, Ok(()));
}

#[tokio::test]
async fn leases_and_numbers_of_a_failed_batch_are_not_given() {
    let (_folder, faults, store) = new_store();
    let jobs = vec![job(1, Queue::Deadline, at(0)).unwrap()];
    store.commit(making_jobs(1, jobs)).await.unwrap();
    assert_eq!(store.reserve(Sequence::Link, 5).await, Ok(1..6));

    faults.fail_next_commit(Fault::CommitFails);
    assert!(store.lease(request(Queue::Deadline, at(1))).await.is_err());
    faults.fail_next_commit(Fault::CommitFails);
    assert!(store.reserve(Sequence::Link, 5).await.is_err());

    let leased = store.lease(request(Queue::Deadline, at(1))).await.unwrap();
    assert_eq!((leased.len(), leased[0].tries), (1, 1));
    assert_eq!(store.reserve(Sequence::Link, 1).await, Ok(6..7));
}

#[tokio::test]
async fn a_statement_that_fails_in_spite_of_its_check_harms_its_own_change_set_alone() {
    let (folder, faults, store) = new_store();
    // No job has this payload: only a defect can leave it, and no check looks for it.
    Connection::open(folder.path().join("deodar.db"))
        .unwrap()
        .execute_batch("INSERT INTO job_payload (id, document) VALUES (2, '')")
        .unwrap();
    let mut with_payload = job(2, Queue::Event, at(0)).unwrap();
    with_payload.payload = snapshot(2).unwrap();
    let mut failing = claiming(2, "B");
    failing.jobs.push(with_payload);
    let sets = vec![claiming(1, "A"), failing, claiming(3, "C"), claiming(4, "A")];
    let answers = in_one_batch(&store, &faults, sets).await;
    assert!(matches!(answers[1], Err(CommitError::Store(StoreError::Damaged(_)))), "{answers:?}");
    assert!(matches!(answers[3], Err(CommitError::Conflict(_))), "{answers:?}");
    assert_eq!([&answers[0], &answers[2]], [&Ok(()), &Ok(())]);
    assert_eq!(store.get(order_record(2).unwrap().key()).await, Ok(None));
    assert_eq!(store.find(&order_reference(1, "B").unwrap()).await, Ok(None));
    assert_eq!(store.was_committed(change_set(2).id).await, Ok(false));
    let depths = store.queue_depths(at(0), at(0)).await.unwrap();
    assert!(depths.iter().all(|depth| depth.waiting == 0), "{depths:?}");
}

#[tokio::test]
async fn a_key_that_is_taken_refuses_its_own_change_set_alone() {
    let number = |number| ReferenceKey::LinkNumber(LinkNumber(number));
    let holder = |order| RecordKey::Order(order_key(order).unwrap());
    let with_job = |order, text| {
        let mut set = claiming(order, text);
        set.jobs.push(job(1, Queue::Event, at(0)).unwrap());
        set
    };
    let again = |order, text| ChangeSet { id: change_set(9).id, ..claiming(order, text) };
    let record = Conflict::Version(holder(1));
    let of_job = Conflict::Version(with_job(2, "B").jobs[0].subject);
    let of_number = Conflict::ReferenceTaken { reference: number(7), holder: holder(1) };
    let table: [(&str, ChangeSet, ChangeSet, Conflict); 3] = [
        ("an order's key", claiming(1, "A"), again(1, "B"), record),
        ("a job's id", with_job(1, "A"), with_job(2, "B"), of_job),
        (
            "a link's number",
            claiming(1, "A").claim(number(7), holder(1)),
            claiming(2, "B").claim(number(7), holder(2)),
            of_number,
        ),
    ];
    for (name, first, second, conflict) in table {
        for is_stored_before in [true, false] {
            let (_folder, faults, store) = new_store();
            let (first, others) = (first.clone(), [second.clone(), claiming(3, "C")]);
            let answers = if is_stored_before {
                let stored = store.commit(first).await;
                let later = in_one_batch(&store, &faults, others.to_vec()).await;
                [&[stored], &later[..]].concat()
            } else {
                in_one_batch(&store, &faults, [&[first], &others[..]].concat()).await
            };
            assert_eq!(answers, [Ok(()), Err(conflict.clone().into()), Ok(())], "{name}");
            let reference = order_reference(1, "B").unwrap();
            assert_eq!(store.find(&reference).await, Ok(None), "{name}");
            let reference = order_reference(1, "C").unwrap();
            assert_eq!(store.find(&reference).await, Ok(Some(holder(3))), "{name}");
        }
    }
}

#[tokio::test]
async fn a_job_that_cannot_be_read_does_not_keep_the_others_waiting() {
    let (folder, _faults, store) = new_store();
    let jobs = (1..=3).map(|number| job(number, Queue::Event, at(0)).unwrap()).collect();
    store.commit(making_jobs(1, jobs)).await.unwrap();
    Connection::open(folder.path().join("deodar.db"))
        .unwrap()
        .execute_batch("INSERT INTO job_payload (id, document) VALUES (2, 'spoilt')")
        .unwrap();
    let leased = store.lease(request(Queue::Event, at(1))).await.unwrap();
    assert_eq!(leased.iter().map(|leased| leased.job.id.0).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn a_record_of_a_newer_release_is_read_but_not_written_again() {
    let (folder, _faults, store) = new_store();
    store.commit(claiming(1, "A")).await.unwrap();
    Connection::open(folder.path().join("deodar.db"))
        .unwrap()
        .execute_batch("UPDATE order_record SET format = 900")
        .unwrap();
    let key = order_record(1).unwrap().key();
    let found = store.get(key).await.unwrap().unwrap();
    let again = change_set(2).put(found.record, found.version);
    let newer = StoreError::NewerFormat { found: 900, known: deodar_store::stored::FORMAT };
    assert_eq!(store.commit(again).await, Err(newer.into()));
}
