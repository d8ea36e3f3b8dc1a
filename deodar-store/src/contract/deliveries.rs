//! Deliveries: what was sent, or is to be sent, to a merchant's endpoints.

use std::sync::Arc;

use super::fixtures::{at, change_set, delivery, making, merchant_id, order_record};
use super::{Failure, Outcome, StoreFactory};
use crate::list::DeliveryQuery;
use crate::record::{Delivery, DeliveryKey, DeliveryState, Record, Version, Versioned};
use crate::store::Store;

/// The delivery with this number, of this merchant.
fn delivery_of(merchant: u32, number: u32) -> Result<Delivery, Failure> {
    match delivery(number)? {
        Record::Delivery(delivery) => {
            Ok(Delivery { merchant: merchant_id(merchant)?, ..*delivery })
        }
        _ => Err("no delivery".into()),
    }
}

async fn make(store: &Arc<dyn Store>, merchant: u32, numbers: &[u32]) -> Outcome {
    for number in numbers {
        let record = Record::Delivery(Box::new(delivery_of(merchant, *number)?));
        store.commit(making(*number, record)).await?;
    }
    Ok(())
}

/// Deliveries come in the order of their keys, whatever the order of the commits, and no other
/// merchant's are among them.
pub async fn deliveries_come_newest_first_and_as_they_are_now(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let query = DeliveryQuery { merchant: merchant_id(1)?, before: None, limit: 10 };
    assert_eq!(store.deliveries(query).await?, []);
    make(&store, 1, &[2, 5, 1]).await?;
    make(&store, 2, &[3]).await?;
    store.commit(making(4, order_record(4)?)).await?;
    let sent = Delivery {
        attempts: 4,
        state: DeliveryState::Delivered { at: at(20) },
        ..delivery_of(1, 2)?
    };
    let record = Record::Delivery(Box::new(sent.clone()));
    store.commit(change_set(10).put(record, Version(1))).await?;
    let expected = [(delivery_of(1, 5)?, 1), (sent, 2), (delivery_of(1, 1)?, 1)]
        .map(|(record, version)| Versioned { record, version: Version(version) });
    assert_eq!(store.deliveries(query).await?, expected);
    Ok(())
}

/// Each part begins where the one before has ended.
pub async fn pages_of_deliveries_meet(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    make(&store, 1, &[1, 2, 3, 4, 5]).await?;
    let mut query = DeliveryQuery { merchant: merchant_id(1)?, before: None, limit: 2 };
    let mut told: Vec<DeliveryKey> = Vec::new();
    loop {
        let part = store.deliveries(query).await?;
        assert!(part.len() <= 2 && told.len() <= 5, "{told:?}");
        let Some(last) = part.last() else { break };
        query.before = Some(last.record.key);
        told.extend(part.iter().map(|read| read.record.key));
    }
    let expected: Result<Vec<_>, Failure> =
        [5, 4, 3, 2, 1].iter().map(|number| Ok(delivery_of(1, *number)?.key)).collect();
    assert_eq!(told, expected?);
    Ok(())
}
