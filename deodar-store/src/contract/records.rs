//! Records, their versions, and the decisions that rest on them.

use deodar_domain::merchant::Merchant;

use super::fixtures::{
    answer, change_set, clicked_order_record, clock, delivery, logo, making, merchant, order_key,
    order_record, outbox, pointer,
};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::ChangeSet;
use crate::record::{RecordKey, Version, Versioned};
use crate::store::{CommitError, Conflict, Reread, Store, StoreError};

fn refused(key: RecordKey) -> Result<(), CommitError> {
    Err(Conflict::Version(key).into())
}

/// A record of each kind is read as it was written, with its version, and others are absent.
pub async fn a_record_is_read_as_it_was_written(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let records = [
        merchant(1)?,
        order_record(1)?,
        pointer(2)?,
        delivery(3)?,
        answer(4)?,
        clock(u64::from(u32::MAX)),
        outbox(5)?,
        logo(1)?,
    ];
    for (number, record) in (1..).zip(records) {
        let key = record.key();
        assert_eq!(store.get(key).await?, None, "{key:?}");
        store.commit(making(number, record.clone())).await?;
        assert_eq!(store.get(key).await?, Some(Versioned { record, version: Version(1) }));
    }
    assert_eq!(store.get(RecordKey::Order(order_key(9)?)).await?, None);
    Ok(())
}

/// Each write of a record is its next version, and what is read is the last.
pub async fn each_write_is_the_next_version(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in 0..4 {
        let version = Version(u64::from(number));
        let set = change_set(number).put(clock(u64::from(number)), version);
        store.commit(set).await?;
        let expected = Versioned { record: clock(u64::from(number)), version: version.next() };
        assert_eq!(store.get(expected.record.key()).await?, Some(expected));
    }
    Ok(())
}

/// Who knows a record as of its version is told that it has not changed, and is given it as soon as
/// it has.
pub async fn a_record_that_has_not_changed_is_not_read_again(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    for (first, second) in [(order_record(1)?, clicked_order_record(1)?), (clock(1), clock(2))] {
        let key = first.key();
        assert_eq!(store.get_unless(key, Version(1)).await?, Reread::Read(None), "{key:?}");
        let number = if key == RecordKey::Order(order_key(1)?) { 1 } else { 3 };
        store.commit(making(number, first.clone())).await?;
        let read = Reread::Read(Some(Versioned { record: first, version: Version(1) }));
        // What one reader has learnt is asked for twice.
        for _ in 0..2 {
            assert_eq!(store.get_unless(key, Version::ABSENT).await?, read, "{key:?}");
            assert_eq!(store.get_unless(key, Version(1)).await?, Reread::Unchanged, "{key:?}");
        }
        store.commit(change_set(number + 1).put(second.clone(), Version(1))).await?;
        let read = Reread::Read(Some(Versioned { record: second, version: Version(2) }));
        for _ in 0..2 {
            assert_eq!(store.get_unless(key, Version(1)).await?, read, "{key:?}");
            assert_eq!(store.get_unless(key, Version(2)).await?, Reread::Unchanged, "{key:?}");
        }
    }
    Ok(())
}

/// An order, a refund, a delivery, an answer and a message of one number are five records.
pub async fn kinds_of_records_do_not_mix(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let records = [order_record(7)?, pointer(7)?, delivery(7)?, answer(7)?, outbox(7)?];
    for (number, record) in (1..).zip(records.clone()) {
        store.commit(making(number, record)).await?;
    }
    for record in records {
        let key = record.key();
        assert_eq!(store.get(key).await?, Some(Versioned { record, version: Version(1) }));
    }
    Ok(())
}

/// Who read an older version does not write, and what is there stays.
pub async fn a_stale_version_is_refused(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making(1, order_record(1)?)).await?;
    store.commit(change_set(2).put(clicked_order_record(1)?, Version(1))).await?;
    let stale = change_set(3).put(order_record(1)?, Version(1));
    let key = RecordKey::Order(order_key(1)?);
    assert_eq!(store.commit(stale).await, refused(key));
    let early = change_set(4).put(order_record(1)?, Version(3));
    assert_eq!(store.commit(early).await, refused(key));
    let expected = Versioned { record: clicked_order_record(1)?, version: Version(2) };
    assert_eq!(store.get(key).await?, Some(expected));
    Ok(())
}

/// Who saw no record does not replace one, and who saw one does not make it.
pub async fn a_record_is_not_written_where_the_decision_saw_none_wrongly(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let key = RecordKey::Order(order_key(1)?);
    let unmade = change_set(1).put(order_record(1)?, Version(1));
    assert_eq!(store.commit(unmade).await, refused(key));
    assert_eq!(store.get(key).await?, None);
    store.commit(making(2, order_record(1)?)).await?;
    assert_eq!(store.commit(making(3, clicked_order_record(1)?)).await, refused(key));
    assert_eq!(
        store.get(key).await?,
        Some(Versioned { record: order_record(1)?, version: Version(1) })
    );
    Ok(())
}

/// A decision is refused where a record that it only read has changed, or has come to be.
pub async fn a_version_that_was_only_read_counts(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    store.commit(making(1, clock(1))).await?;
    store.commit(change_set(2).put(clock(2), Version(1))).await?;
    let key = clock(0).key();
    let table = [(Version::ABSENT, false), (Version(1), false), (Version(2), true)];
    for (number, (version, stored)) in (10..).zip(table) {
        let set = making(number, order_record(number)?).expect(key, version);
        let answer = if stored { Ok(()) } else { refused(key) };
        assert_eq!(store.commit(set).await, answer, "{version:?}");
        let made = store.get(RecordKey::Order(order_key(number)?)).await?;
        assert_eq!(made.is_some(), stored, "{version:?}");
    }
    let only_reads = change_set(20).expect(key, Version(2));
    assert_eq!(store.commit(only_reads).await, Ok(()));
    Ok(())
}

/// Two decisions that read the same two records and write one each.
fn skewed() -> Result<[ChangeSet; 2], Failure> {
    let (one, other) = (order_record(1)?.key(), order_record(2)?.key());
    let first = change_set(10).put(clicked_order_record(1)?, Version(1)).expect(other, Version(1));
    let second = change_set(11).put(clicked_order_record(2)?, Version(1)).expect(one, Version(1));
    Ok([first, second])
}

async fn versions(store: &dyn Store) -> Result<Vec<Version>, Failure> {
    let mut versions = Vec::new();
    for number in [1, 2] {
        let read = store.get(RecordKey::Order(order_key(number)?)).await?;
        versions.extend(read.map(|read| read.version));
    }
    Ok(versions)
}

/// Of two decisions that read the same and write apart, the second is refused.
pub async fn write_skew_is_refused(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in [1, 2] {
        store.commit(making(number, order_record(number)?)).await?;
    }
    let [first, second] = skewed()?;
    store.commit(first).await?;
    assert_eq!(store.commit(second).await, refused(order_record(1)?.key()));
    assert_eq!(versions(&*store).await?, [Version(2), Version(1)]);
    Ok(())
}

/// The same where both arrive together and share one sync: one is stored, whichever it is.
pub async fn write_skew_is_refused_within_a_batch(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in [1, 2] {
        store.commit(making(number, order_record(number)?)).await?;
    }
    let answers = commit_all(&store, skewed()?.into()).await?;
    let stored: Vec<_> = answers.iter().map(Result::is_ok).collect();
    let expected = if stored == [true, false] {
        [Version(2), Version(1)]
    } else {
        assert_eq!(stored, [false, true], "{answers:?}");
        [Version(1), Version(2)]
    };
    assert_eq!(versions(&*store).await?, expected);
    Ok(())
}

/// A change set that contradicts itself is a mistake and not a conflict; nothing of it is stored.
pub async fn a_change_set_that_contradicts_itself_is_refused(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let mut unexpected = change_set(1);
    unexpected.puts.push(merchant(1)?);
    let twice = making(2, merchant(1)?).put(merchant(1)?, Version::ABSENT);
    for set in [unexpected, twice] {
        let id = set.id;
        let answer = store.commit(set).await;
        let mistake = matches!(answer, Err(CommitError::Store(StoreError::Damaged(_))));
        assert!(mistake, "{answer:?}");
        assert!(!store.was_committed(id).await?);
    }
    assert_eq!(store.merchants().await?, Vec::<Versioned<Merchant>>::new());
    Ok(())
}
