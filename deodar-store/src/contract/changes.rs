//! What readers follow: changes, merchants, the books.

use deodar_domain::ledger::Account;
use deodar_domain::money::{Currency, Money};

use super::fixtures::{
    captured, change_set, clock, delivery, making, merchant, merchant_id, order_record, pointer,
    refunded,
};
use super::{Outcome, StoreFactory};
use crate::record::{Record, RecordKey, Version};
use crate::store::{Balance, Epoch};

/// A merchant or setting that was written is told once, however often it was, and nothing else is;
/// whoever asks from the epoch that was told hears only what is new.
pub async fn changes_of_merchants_and_settings_are_told_once(
    factory: &mut dyn StoreFactory,
) -> Outcome {
    let store = factory.open().await?;
    let start = store.changed_since(Epoch::default()).await?;
    assert_eq!(start.keys, []);
    store.commit(making(1, merchant(1)?).put(order_record(1)?, Version::ABSENT)).await?;
    store.commit(making(2, pointer(1)?).put(delivery(1)?, Version::ABSENT)).await?;
    store.commit(making(3, clock(1))).await?;
    store.commit(change_set(4).put(clock(2), Version(1)).put(merchant(1)?, Version(1))).await?;

    let first = store.changed_since(start.epoch).await?;
    let mut keys = first.keys;
    keys.sort_unstable();
    let (merchant_key, clock_key) = (merchant(1)?.key(), clock(0).key());
    assert_eq!(keys, [merchant_key, clock_key]);
    assert!(first.epoch > start.epoch);

    let second = store.changed_since(first.epoch).await?;
    assert_eq!((second.keys, second.epoch), (vec![], first.epoch));

    // What was read only, or refused, has not changed.
    store.commit(making(5, order_record(2)?).expect(clock_key, Version(2))).await?;
    assert!(store.commit(change_set(6).put(clock(3), Version(1))).await.is_err());
    assert_eq!(store.changed_since(first.epoch).await?.keys, []);

    store.commit(change_set(7).put(merchant(1)?, Version(2))).await?;
    let third = store.changed_since(first.epoch).await?;
    assert_eq!(third.keys, [merchant_key]);
    assert!(third.epoch > first.epoch);
    Ok(())
}

/// Merchants come in the order of their ids, each as it was written last and with its version.
pub async fn merchants_come_in_the_order_of_their_ids(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    for number in [3, 1, 2] {
        store.commit(making(number, merchant(number)?)).await?;
    }
    store.commit(making(4, clock(1))).await?;
    let Record::Merchant(mut changed) = merchant(2)? else { return Err("no merchant".into()) };
    changed.secret_version = 2;
    store.commit(change_set(5).put(Record::Merchant(changed), Version(1))).await?;

    let merchants = store.merchants().await?;
    let found: Vec<_> = merchants
        .iter()
        .map(|read| (read.record.id, read.record.secret_version, read.version))
        .collect();
    let expected = [
        (merchant_id(1)?, 1, Version(1)),
        (merchant_id(2)?, 2, Version(2)),
        (merchant_id(3)?, 1, Version(1)),
    ];
    assert_eq!(found, expected);
    Ok(())
}

/// A balance is the sum of an account's entries in a currency, and all together are nothing.
pub async fn balances_are_the_sums_of_the_entries(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    let usd = Currency::from_code("USD").ok_or("no dollar")?;
    let mut first = change_set(1);
    first.ledger = vec![
        captured(1, 1, Money::paise(50_000))?,
        captured(2, 2, Money::paise(700))?,
        captured(3, 1, Money::new(900, usd))?,
    ];
    store.commit(first).await?;
    let mut second = change_set(2);
    second.ledger = vec![refunded(4, 1, Money::paise(20_000))?];
    store.commit(second).await?;

    let balance = |account, currency, sum| Balance { account, currency, sum };
    let payable = |number| merchant_id(number).map(Account::MerchantPayable);
    let mut expected = vec![
        balance(Account::AcquirerReceivable, Currency::INR, 30_700),
        balance(Account::AcquirerReceivable, usd, 900),
        balance(payable(1)?, Currency::INR, -30_000),
        balance(payable(1)?, usd, -900),
        balance(payable(2)?, Currency::INR, -700),
    ];
    let mut balances = store.balances().await?;
    let order = |balance: &Balance| (balance.account, balance.currency);
    expected.sort_by_key(order);
    balances.sort_by_key(order);
    assert_eq!(balances, expected);
    Ok(())
}

/// A store that is open can read and write.
pub async fn an_open_store_is_healthy(factory: &mut dyn StoreFactory) -> Outcome {
    let store = factory.open().await?;
    assert_eq!(store.health().await, Ok(()));
    let setting: RecordKey = clock(0).key();
    assert_eq!(store.get(setting).await, Ok(None));
    Ok(())
}
