//! Lists: what a merchant has made, newest first.

use std::sync::Arc;

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;

use super::fixtures::{
    change_set, clicked_order_record, making, merchant_id, order, order_key, order_of,
    order_reference, pointer_to,
};
use super::{Failure, Outcome, StoreFactory, commit_all};
use crate::change_set::ChangeSet;
use crate::list::{ListKind, ListQuery, Listed};
use crate::record::{Record, RecordKey, Version};
use crate::store::Store;

/// All of a list of a merchant.
fn all(merchant: u32, kind: ListKind) -> Result<ListQuery, Failure> {
    Ok(ListQuery {
        merchant: merchant_id(merchant)?,
        kind,
        from: order_key(0)?,
        until: order_key(1_000_000)?,
        offset: 0,
        limit: 1_000,
    })
}

fn keys(listed: &[Listed]) -> Vec<OrderKey> {
    listed.iter().map(|listed| listed.key).collect()
}

fn order_keys(numbers: &[u32]) -> Result<Vec<OrderKey>, Failure> {
    numbers.iter().map(|number| order_key(*number)).collect()
}

async fn list(
    store: &Arc<dyn Store>,
    merchant: u32,
    kind: ListKind,
) -> Result<Vec<Listed>, Failure> {
    Ok(store.list(all(merchant, kind)?).await?)
}

/// Makes the orders with these numbers, in that order, all of the first merchant and with links.
async fn make(store: &Arc<dyn Store>, numbers: &[u32]) -> Outcome {
    for number in numbers {
        store.commit(making(*number, Record::Order(Box::new(order(*number)?)))).await?;
    }
    Ok(())
}

/// A list is in the order of the keys, whatever the order of the commits, and tells each thing once
/// and as it is now.
pub async fn a_list_is_newest_first_and_tells_each_thing_as_it_is_now(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    assert_eq!(list(&store, 1, ListKind::Order).await?, []);
    make(&store, &[2, 5, 1, 4, 3]).await?;
    store.commit(change_set(10).put(clicked_order_record(4)?, Version(1))).await?;
    for kind in [ListKind::Order, ListKind::Link] {
        let listed = list(&store, 1, kind).await?;
        assert_eq!(keys(&listed), order_keys(&[5, 4, 3, 2, 1])?, "{kind:?}");
        let told: Vec<&Order> = listed.iter().map(|listed| &listed.order).collect();
        let Record::Order(clicked) = clicked_order_record(4)? else { return Ok(()) };
        assert_eq!(told, [&order(5)?, &*clicked, &order(3)?, &order(2)?, &order(1)?]);
    }
    Ok(())
}

/// A list begins with its first key and ends before its last.
pub async fn a_list_keeps_its_range(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    make(&store, &[1, 2, 3, 4]).await?;
    let table: [(u32, u32, &[u32]); 6] = [
        (1, 5, &[4, 3, 2, 1]),
        (2, 4, &[3, 2]),
        (2, 3, &[2]),
        (2, 2, &[]),
        (3, 2, &[]),
        (5, 9, &[]),
    ];
    for (from, until, expected) in table {
        let query = ListQuery {
            from: order_key(from)?,
            until: order_key(until)?,
            ..all(1, ListKind::Order)?
        };
        let listed = store.list(query).await?;
        assert_eq!(keys(&listed), order_keys(expected)?, "{from}..{until}");
    }
    Ok(())
}

/// The pages of a list, one after the other, are the list.
pub async fn pages_of_a_list_meet(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    make(&store, &[1, 2, 3, 4, 5, 6, 7]).await?;
    let whole = keys(&list(&store, 1, ListKind::Order).await?);
    for limit in [1, 2, 3, 7, 8] {
        let mut pages = Vec::new();
        for page in 0..9 {
            let query = ListQuery { offset: page * limit, limit, ..all(1, ListKind::Order)? };
            let listed = store.list(query).await?;
            assert!(listed.len() <= usize::try_from(limit)?);
            pages.extend(keys(&listed));
        }
        assert_eq!(pages, whole, "pages of {limit}");
    }
    let nothing = ListQuery { limit: 0, ..all(1, ListKind::Order)? };
    assert_eq!(store.list(nothing).await?, []);
    Ok(())
}

/// Orders of others stand in others' lists, orders without a link in no list of links, and refunds
/// in a list of their own, with the order that holds them.
pub async fn lists_do_not_mix(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    make(&store, &[1]).await?;
    for (number, merchant, has_link) in [(2, 1, false), (3, 2, true), (4, 2, false)] {
        let made = order_of(merchant, number, has_link)?;
        store.commit(making(number, Record::Order(Box::new(made)))).await?;
    }
    for (number, merchant, of) in [(5, 1, 1), (6, 2, 4), (7, 1, 1)] {
        store.commit(making(number, pointer_to(merchant, number, of)?)).await?;
    }
    let table: [(u32, ListKind, &[u32], &[u32]); 9] = [
        (1, ListKind::Order, &[2, 1], &[2, 1]),
        (1, ListKind::Link, &[1], &[1]),
        (1, ListKind::Refund, &[7, 5], &[1, 1]),
        (2, ListKind::Order, &[4, 3], &[4, 3]),
        (2, ListKind::Link, &[3], &[3]),
        (2, ListKind::Refund, &[6], &[4]),
        (3, ListKind::Order, &[], &[]),
        (3, ListKind::Link, &[], &[]),
        (3, ListKind::Refund, &[], &[]),
    ];
    for (merchant, kind, expected, orders) in table {
        let listed = list(&store, merchant, kind).await?;
        assert_eq!(keys(&listed), order_keys(expected)?, "{kind:?} of {merchant}");
        let holding: Vec<_> = listed.iter().map(|listed| listed.order.key).collect();
        assert_eq!(holding, order_keys(orders)?, "{kind:?} of {merchant}");
    }
    Ok(())
}

/// What a refused change set would have made is not listed, and a repeated one lists nothing twice.
pub async fn what_was_not_stored_is_not_listed(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let claiming = |number: u32| -> Result<ChangeSet, Failure> {
        let target = RecordKey::Order(order_key(number)?);
        let record = Record::Order(Box::new(order(number)?));
        Ok(making(number, record).claim(order_reference(1, "A-1")?, target))
    };
    store.commit(claiming(1)?).await?;
    assert!(store.commit(claiming(2)?).await.is_err());
    store.commit(claiming(1)?).await?;
    assert_eq!(keys(&list(&store, 1, ListKind::Order).await?), order_keys(&[1])?);
    let sets: Result<Vec<_>, _> = (3..9).map(claiming).collect();
    let answers = commit_all(&store, sets?).await?;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    assert_eq!(keys(&list(&store, 1, ListKind::Order).await?), order_keys(&[1])?);
    Ok(())
}

/// A list is the same after the store was closed and opened, and goes on.
pub async fn a_list_survives_a_restart(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    make(&store, &[1, 3, 5, 7]).await?;
    let before = list(&store, 1, ListKind::Order).await?;
    let store = factory.reopen(store).await?;
    assert_eq!(list(&store, 1, ListKind::Order).await?, before);
    make(&store, &[2, 8]).await?;
    let after = keys(&list(&store, 1, ListKind::Order).await?);
    assert_eq!(after, order_keys(&[8, 7, 5, 3, 2, 1])?);
    Ok(())
}
