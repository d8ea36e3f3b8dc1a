//! The audit finds what the rules forbid, should the books ever hold it.

use deodar_domain::pay_later::PayLaterProvider;

use super::{bank, give_right_otp};
use crate::test_kit::*;

#[test]
fn books_that_were_tampered_with_do_not_hold() {
    let table = [
        (
            "UPDATE authorization SET amount = 1000001 WHERE flow = 'pay_later'",
            "LAZYPAY lent more than its limit",
        ),
        (
            "UPDATE authorization SET repaid = 1 WHERE flow = 'pay_later'",
            "what is noted of its debt is not what is owed",
        ),
        (
            "UPDATE authorization SET mobile = '9876540000' WHERE flow = 'pay_later'",
            "it was lent to somebody who may not borrow",
        ),
        (
            "UPDATE authorization SET amount = 2500001 WHERE flow = 'points'",
            "more was paid with points than any card has",
        ),
        (
            "UPDATE authorization SET account_end = '5678' WHERE flow = 'points'",
            "it was not paid from the account that alone may pay",
        ),
    ];
    for (tampering, fault) in table {
        let (bank, _) = bank();
        bank.authorize(&sale(1, pay_later(PayLaterProvider::LazyPay, GOOD_MOBILE))).unwrap();
        bank.authorize(&sale(2, points(GOOD_CARD))).unwrap();
        give_right_otp(&bank, 1);
        give_right_otp(&bank, 2);
        assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
        bank.work(|books, _| Ok(books.execute(tampering, [])?)).unwrap();
        let found = bank.audit().unwrap();
        assert!(found.len() == 1 && found.iter().all(|found| found.ends_with(fault)), "{found:?}");
    }
}
