//! The books: sets of entries balance, or are none.

use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::ledger::{Account, Entry, EntrySet, Unbalanced};
use deodar_domain::money::{Currency, Money};

use crate::made::START;

const CAUSE: OperationId = OperationId(1);

fn merchant() -> MerchantId {
    MerchantId::new(111_077).unwrap()
}

fn entries(amounts: &[(i64, &str)]) -> Vec<Entry> {
    amounts
        .iter()
        .map(|(amount, code)| Entry {
            account: Account::AcquirerReceivable,
            currency: Currency::from_code(code).unwrap(),
            amount: *amount,
        })
        .collect()
}

#[test]
fn a_set_balances_in_each_currency_or_is_none() {
    let dollar = Currency::from_code("USD").unwrap();
    for (amounts, refused) in [
        (&[(100, "INR"), (-100, "INR")][..], None),
        (&[(100, "INR"), (-60, "INR"), (-40, "INR")], None),
        (&[(100, "INR"), (-100, "INR"), (5, "USD"), (-5, "USD")], None),
        (&[(100, "INR"), (-99, "INR")], Some(Unbalanced::Currency(Currency::INR))),
        (&[(100, "INR"), (-100, "USD")], Some(Unbalanced::Currency(Currency::INR))),
        (&[(1, "INR"), (-1, "INR"), (1, "USD")], Some(Unbalanced::Currency(dollar))),
        (&[(i64::MAX, "INR"), (1, "INR")], Some(Unbalanced::OutOfRange)),
        (&[], Some(Unbalanced::Empty)),
    ] {
        let set = EntrySet::new(CAUSE, START, entries(amounts));
        assert_eq!(set.err(), refused, "{amounts:?}");
    }
}

#[test]
fn a_capture_is_owed_to_us_and_by_us_and_a_refund_is_its_reverse() {
    let amounts = |set: &EntrySet| -> Vec<(Account, i64)> {
        set.entries().iter().map(|entry| (entry.account, entry.amount)).collect()
    };
    let money = Money::paise(500);
    let capture = EntrySet::capture(CAUSE, START, merchant(), money).unwrap();
    let payable = Account::MerchantPayable(merchant());
    assert_eq!(amounts(&capture), [(Account::AcquirerReceivable, 500), (payable, -500)]);
    assert_eq!((capture.cause(), capture.at()), (CAUSE, START));
    let refund = EntrySet::refund(CAUSE, START, merchant(), money).unwrap();
    assert_eq!(amounts(&refund), [(Account::AcquirerReceivable, -500), (payable, 500)]);
}

#[test]
fn an_amount_that_no_entry_holds_is_refused() {
    let most = Money::paise(u64::MAX);
    let refused = Err(Unbalanced::OutOfRange);
    assert_eq!(EntrySet::capture(CAUSE, START, merchant(), most), refused);
    assert_eq!(EntrySet::refund(CAUSE, START, merchant(), most), refused);
}
