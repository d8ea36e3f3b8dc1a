//! The books in their file: found again, kept from others, and refused where they are not ours.

use deodar_acquirer::Status;
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::EmiCard;
use deodar_domain::pay_later::PayLaterProvider;

use super::{known, pay_by_card};
use crate::bank::{Bank, PayerDecision};
use crate::books::FollowOnKind;
use crate::config::Books;
use crate::error::SimulatorError;
use crate::rules::OTP;
use crate::rules::pay_later::CREDIT_LIMIT;
use crate::test_kit::*;

#[test]
fn the_books_outlive_the_bank() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.db");
    let clock = TestClock::default();
    let open = || Bank::open(in_file(&path, &clock)).unwrap();

    let bank = open();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    let paid = known(&bank, 1);
    let waiting = bank.authorize(&sale(2, card(GOOD_CARD))).unwrap();
    bank.answer_challenge(operation(2), "0").unwrap();
    assert_eq!(bank.status(operation(3)).unwrap(), Status::Unknown);
    let refund = bank.follow_on(FollowOnKind::Refund, &about(4, 1, 50_000)).unwrap();
    drop(bank);

    let bank = open();
    assert_eq!(known(&bank, 1), paid);
    assert_eq!(known(&bank, 2), waiting);
    assert_eq!(bank.view(&token_of(waiting)).unwrap().unwrap().tries_remaining, 2);
    approval(super::decided(bank.answer_challenge(operation(2), OTP).unwrap()));
    let late = bank.authorize(&sale(3, card(GOOD_CARD))).unwrap();
    assert_eq!(reason(&late), Some(DeclineReason::PaymentExpired));
    assert_eq!(known(&bank, 4), refund);
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn each_kind_of_payment_outlives_the_bank() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.db");
    let clock = TestClock::default();
    let open = || Bank::open(in_file(&path, &clock)).unwrap();
    let later = || pay_later(PayLaterProvider::LazyPay, GOOD_MOBILE);

    let bank = open();
    let asked: Vec<_> = [
        wallet(),
        points(GOOD_CARD),
        card_emi(EmiCard::Credit, GOOD_CARD, 12),
        card_emi(EmiCard::Debit, GOOD_CARD, 3),
        cardless_emi(GOOD_MOBILE),
        later(),
    ]
    .into_iter()
    .zip(1..)
    .map(|(instrument, number)| bank.authorize(&sale(number, instrument)).unwrap())
    .collect();
    let named = bank.authorize(&from_named_account(hold(7, bank_login()))).unwrap();
    drop(bank);

    let bank = open();
    for (outcome, number) in asked.iter().zip(1..) {
        assert_eq!(known(&bank, number), *outcome);
    }
    bank.decide(&token_of(named), PayerDecision::ApproveFromOtherAccount).unwrap();
    assert_eq!(reason(&known(&bank, 7)), Some(DeclineReason::InvalidRequest));
    super::give_right_otp(&bank, 6);
    let approved = known(&bank, 6);
    drop(bank);

    let bank = open();
    assert_eq!(known(&bank, 6), approved);
    let question = eligibility_of(PayLaterProvider::LazyPay, GOOD_MOBILE, 100);
    let limit = bank.eligibility(&question).unwrap().limit;
    assert_eq!(limit, CREDIT_LIMIT.minus(AMOUNT).unwrap(), "what is owed outlives the bank");
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn no_card_number_reaches_the_books() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.db");
    let bank = Bank::open(in_file(&path, &TestClock::default())).unwrap();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    bank.authorize(&sale(2, vpa("asha.rao@okbank"))).unwrap();
    bank.authorize(&sale(3, points(GOOD_CARD))).unwrap();
    bank.authorize(&sale(4, card_emi(EmiCard::Debit, GOOD_CARD, 3))).unwrap();
    bank.authorize(&sale(5, cardless_emi(GOOD_MOBILE))).unwrap();
    bank.authorize(&from_named_account(sale(6, bank_login()))).unwrap();
    // A lender must know whose account it is, and needs no more.
    bank.authorize(&sale(7, pay_later(PayLaterProvider::Simpl, "9876543211"))).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let secrets = [
            GOOD_CARD,
            "asha.rao@okbank",
            "Asha Rao",
            GOOD_MOBILE,
            "ABCDE1234F",
            "0012345678",
            "HDFC0000123",
            "192.0.2.1",
        ];
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret}");
        }
    }
}

#[test]
fn a_second_process_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.db");
    let clock = TestClock::default();
    let bank = Bank::open(in_file(&path, &clock)).unwrap();
    let second = Bank::open(in_file(&path, &clock));
    assert!(matches!(second, Err(SimulatorError::BooksInUse { .. })));
    drop(bank);
    Bank::open(in_file(&path, &clock)).unwrap();
}

#[test]
fn a_file_that_is_not_the_books_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::default();
    let open = |name: &str| Bank::open(in_file(&folder.path().join(name), &clock)).err();

    std::fs::write(folder.path().join("text"), "x".repeat(4096)).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("other")).unwrap();
    other.execute_batch("CREATE TABLE shop (name TEXT)").unwrap();
    drop(Bank::open(in_file(&folder.path().join("newer"), &clock)).unwrap());
    let newer = rusqlite::Connection::open(folder.path().join("newer")).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();

    for name in ["text", "other", "newer"] {
        assert!(matches!(open(name), Some(SimulatorError::BooksNotUsable { .. })), "{name}");
    }
    let nowhere = open("missing/simulator.db");
    assert!(matches!(nowhere, Some(SimulatorError::BooksNotOpened { .. })));
}

#[test]
fn an_address_that_no_page_can_have_is_refused() {
    let clock = TestClock::default();
    for url in ["", "/simulator", "ftp://example.com", "https://u:p@example.com", "http://a/?b=c"] {
        let mut config = config(Books::Memory, &clock);
        config.public_url = url.to_owned();
        let refused = Bank::open(config).err();
        assert!(matches!(refused, Some(SimulatorError::Address { .. })), "{url}");
    }
}
