//! The books in their file: found again, kept from others, and refused where they are not ours.

use deodar_acquirer::Status;
use deodar_domain::decline::DeclineReason;

use super::{known, pay_by_card};
use crate::bank::Bank;
use crate::books::FollowOnKind;
use crate::config::Books;
use crate::error::SimulatorError;
use crate::rules::OTP;
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
fn no_card_number_reaches_the_books() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.db");
    let bank = Bank::open(in_file(&path, &TestClock::default())).unwrap();
    pay_by_card(&bank, 1, false, GOOD_CARD);
    bank.authorize(&sale(2, vpa("asha.rao@okbank"))).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [GOOD_CARD, "asha.rao@okbank", "Asha Rao"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found);
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
