//! References: what must be unique.

use deodar_domain::id::{LinkNumber, UuidBits};

use super::fixtures::{
    change_set, link_reference, making, order_key, order_record, order_reference,
};
use super::{Outcome, StoreFactory, commit_all};
use crate::change_set::ReferenceKey;
use crate::record::{RecordKey, Version};
use crate::store::Conflict;

/// A reference of each kind leads to the record that claimed it, and others lead nowhere.
pub async fn a_reference_finds_its_record(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let references = [
        order_reference(1, "A-1")?,
        link_reference(1, "A-2")?,
        ReferenceKey::LinkNumber(LinkNumber(u64::from(u32::MAX))),
        ReferenceKey::Client(UuidBits::version_4(u128::MAX)),
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

/// The same text is free for another merchant, for links beside orders, and in another case.
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
