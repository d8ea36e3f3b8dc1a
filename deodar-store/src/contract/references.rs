//! References: what must be unique.

use deodar_domain::id::{LinkNumber, UuidBits};

use super::fixtures::{
    answer, at, call_reference, change_set, link_reference, making, order_key, order_record,
    order_reference,
};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::ReferenceKey;
use crate::record::{KeptAnswer, Record, RecordKey, Version};
use crate::store::{Conflict, Store};

/// A reference of each kind leads to the record that claimed it, and others lead nowhere.
pub async fn a_reference_finds_its_record(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let references = [
        order_reference(1, "A-1")?,
        link_reference(1, "A-2")?,
        ReferenceKey::LinkNumber(LinkNumber(u64::from(u32::MAX))),
        ReferenceKey::Client(UuidBits::version_4(u128::MAX)),
        call_reference(1, u128::MAX)?,
    ];
    for (number, reference) in (1..).zip(&references) {
        assert_eq!(store.find(reference).await?, None);
        let target = RecordKey::Order(order_key(number)?);
        store
            .commit(making(number, order_record(number)?).claim(reference.clone(), target))
            .await?;
    }
    for (number, reference) in (1..).zip(&references) {
        let target = RecordKey::Order(order_key(number)?);
        assert_eq!(store.find(reference).await?, Some(target), "{reference:?}");
    }
    assert_eq!(store.find(&order_reference(1, "A-3")?).await?, None);
    Ok(())
}

/// A reference that is taken is refused, also to the record that has it, and the answer names the
/// holder.
pub async fn a_taken_reference_is_refused_and_names_its_holder(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let reference = order_reference(1, "A-1")?;
    let holder = RecordKey::Order(order_key(1)?);
    store.commit(making(1, order_record(1)?).claim(reference.clone(), holder)).await?;
    let taken = Err(Conflict::ReferenceTaken { reference: reference.clone(), holder }.into());

    let other = RecordKey::Order(order_key(2)?);
    let second = making(2, order_record(2)?).claim(reference.clone(), other);
    assert_eq!(store.commit(second).await, taken);
    assert_eq!(store.get(other).await?, None);

    let again = change_set(3).expect(holder, Version(1)).claim(reference.clone(), holder);
    assert_eq!(store.commit(again).await, taken);
    assert_eq!(store.find(&reference).await?, Some(holder));
    Ok(())
}

/// The same text is free for another merchant, for links beside orders, and in another case; so is
/// the same call for another merchant.
pub async fn references_of_others_are_free(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let references = [
        order_reference(1, "A-1")?,
        order_reference(2, "A-1")?,
        link_reference(1, "A-1")?,
        link_reference(2, "A-1")?,
        order_reference(1, "a-1")?,
        order_reference(1, "A-11")?,
        order_reference(1, "A_1")?,
        call_reference(1, 1)?,
        call_reference(2, 1)?,
        call_reference(1, 1 << 64)?,
    ];
    for (number, reference) in (1..).zip(&references) {
        let target = RecordKey::Order(order_key(number)?);
        let set = making(number, order_record(number)?).claim(reference.clone(), target);
        assert_eq!(store.commit(set).await, Ok(()), "{reference:?}");
    }
    for (number, reference) in (1..).zip(&references) {
        let target = RecordKey::Order(order_key(number)?);
        assert_eq!(store.find(reference).await?, Some(target), "{reference:?}");
    }
    Ok(())
}

/// Of many that claim one reference at the same time exactly one has it, and each other is told
/// which.
pub async fn one_of_two_concurrent_claims_wins(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let reference = link_reference(1, "A-1")?;
    let mut sets = Vec::new();
    for number in 1..=8 {
        let target = RecordKey::Order(order_key(number)?);
        sets.push(making(number, order_record(number)?).claim(reference.clone(), target));
    }
    let answers = commit_all(&store, sets).await?;
    let holder = store.find(&reference).await?.ok_or("nobody has the reference")?;
    for (number, answer) in (1..).zip(answers) {
        let target = RecordKey::Order(order_key(number)?);
        let stored = target == holder;
        let taken = Conflict::ReferenceTaken { reference: reference.clone(), holder };
        assert_eq!(answer, if stored { Ok(()) } else { Err(taken.into()) });
        assert_eq!(store.get(target).await?.is_some(), stored);
    }
    Ok(())
}

/// A call that was answered before is refused with all that it would have done; its answer can be
/// replaced by whoever has read it, and by one of them alone.
pub async fn a_call_is_answered_once_with_what_it_did(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let call = call_reference(1, 7)?;
    let holder = answer(1)?.key();
    let doing = |number| {
        let set = making(number, order_record(number)?).put(answer(number)?, Version::ABSENT);
        Ok::<_, Failure>(set.claim(call.clone(), answer(number)?.key()))
    };
    store.commit(doing(1)?).await?;
    let taken = Conflict::ReferenceTaken { reference: call.clone(), holder };
    assert_eq!(store.commit(doing(2)?).await, Err(taken.into()));
    assert_eq!(store.get(order_record(2)?.key()).await?, None);
    assert_eq!(store.get(answer(2)?.key()).await?, None);

    let replacing = |number| {
        let set = making(number, order_record(number)?);
        Ok::<_, Failure>(set.put(answer(1)?, Version(1)))
    };
    let answers = commit_all(&store, vec![replacing(3)?, replacing(4)?]).await?;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    for (number, answer) in (3..).zip(answers) {
        let done = store.get(order_record(number)?.key()).await?.is_some();
        assert_eq!(answer, if done { Ok(()) } else { Err(Conflict::Version(holder).into()) });
    }
    assert_eq!(store.find(&call).await?, Some(holder));
    assert_eq!(store.get(holder).await?.map(|read| read.version), Some(Version(2)));
    Ok(())
}

async fn keep(store: &dyn Store, number: u32) -> Outcome {
    let call = call_reference(1, u128::from(number))?;
    let set = making(number, answer(number)?).claim(call, answer(number)?.key());
    Ok(store.commit(set).await?)
}

/// An answer is removed by whoever has read it as it is, with the claim of its call and no other;
/// a refused change set removes nothing.
pub async fn a_removed_answer_leaves_its_call_free(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in [1, 2] {
        keep(&*store, number).await?;
    }
    let kept = store.answers_before(at(9), 1).await?;
    let first = &kept.first().ok_or("no answer is there")?.record;
    let (key, call) = (RecordKey::Answer(first.key), call_reference(1, 1)?);

    for (number, stale) in [(10, Version(2)), (11, Version(7))] {
        let refused = store.commit(change_set(number).remove(first, stale)).await;
        assert_eq!(refused, Err(Conflict::Version(key).into()));
    }
    let beside = change_set(12).remove(first, Version(1)).expect(key, Version(1));
    let refused = store.commit(beside.put(order_record(1)?, Version(1))).await;
    assert_eq!(refused, Err(Conflict::Version(order_record(1)?.key()).into()));
    assert_eq!(store.find(&call).await?, Some(key));

    store.commit(change_set(13).remove(first, Version(1))).await?;
    assert_eq!((store.get(key).await?, store.find(&call).await?), (None, None));
    assert_eq!(store.find(&call_reference(1, 2)?).await?, Some(answer(2)?.key()));
    let late = store.commit(change_set(14).put(answer(1)?, Version(1))).await;
    assert_eq!(late, Err(Conflict::Version(key).into()), "it is not there to be replaced");

    store.commit(making(15, answer(3)?).claim(call.clone(), answer(3)?.key())).await?;
    let store = factory.reopen(store).await?;
    assert_eq!(store.find(&call).await?, Some(answer(3)?.key()));
    assert_eq!(store.get(key).await?, None);
    Ok(())
}

/// Answers given before an instant are read with their versions, the oldest first, up to a limit.
pub async fn the_oldest_answers_come_first(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in [3, 1, 4, 2] {
        keep(&*store, number).await?;
    }
    store.commit(change_set(9).put(answer(2)?, Version(1))).await?;
    // The answer of a number was given that many seconds after the fixtures' fifth before.
    let cases: [(i64, usize, &[u32]); 5] =
        [(1, 9, &[]), (2, 9, &[1]), (4, 9, &[1, 2, 3]), (9, 9, &[1, 2, 3, 4]), (9, 2, &[1, 2])];
    for (seconds, limit, expected) in cases {
        let read = store.answers_before(at(seconds - 5), limit).await?;
        let read: Vec<_> = read
            .into_iter()
            .map(|kept| (Record::Answer(Box::new(kept.record)), kept.version))
            .collect();
        let version = |number| if number == 2 { Version(2) } else { Version(1) };
        let expected: Result<Vec<_>, Failure> =
            expected.iter().map(|number| Ok((answer(*number)?, version(*number)))).collect();
        assert_eq!(read, expected?, "before {seconds}, at most {limit}");
    }
    Ok(())
}

/// An answer that takes the place of an older one is as old as it is itself.
pub async fn an_answer_that_is_given_anew_is_not_old(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    keep(&*store, 1).await?;
    let (Record::Answer(old), Record::Answer(new)) = (answer(1)?, answer(7)?) else {
        return Err("answers".into());
    };
    let again = KeptAnswer { answered_at: new.answered_at, ..*old };
    let again = Record::Answer(Box::new(again));
    store.commit(change_set(9).put(again, Version(1))).await?;
    assert_eq!(store.answers_before(at(0), 9).await?, []);
    assert_eq!(store.answers_before(at(4), 9).await?.len(), 1);
    Ok(())
}
