//! The bank account that alone may pay (third-party validation).

use deodar_acquirer::{Instrument, Outcome};
use deodar_domain::decline::DeclineReason;
use deodar_domain::instrument::EmiCard;
use deodar_domain::pay_later::PayLaterProvider;

use super::{bank, known};
use crate::bank::PayerDecision;
use crate::error::BankError;
use crate::test_kit::*;

/// How a payer makes an instrument that is new each time.
type Make = fn() -> Instrument;

#[test]
fn what_is_no_bank_account_is_refused_at_once_where_one_is_named() {
    let table: [Make; 9] = [
        || card(GOOD_CARD),
        // The account is looked at before the card is.
        || card("4000000000000069"),
        wallet,
        || points(GOOD_CARD),
        || card_emi(EmiCard::Credit, GOOD_CARD, 3),
        || card_emi(EmiCard::Debit, GOOD_CARD, 3),
        || cardless_emi(GOOD_MOBILE),
        || pay_later(PayLaterProvider::LazyPay, GOOD_MOBILE),
        || vpa("other@upi"),
    ];
    for instrument in table {
        let (bank, _) = bank();
        let outcome = bank.authorize(&from_named_account(sale(1, instrument()))).unwrap();
        let Outcome::Declined(failure) = outcome else { panic!("{:?}", instrument()) };
        assert_eq!(failure.reason, DeclineReason::InvalidRequest, "{:?}", instrument());
        assert_eq!(failure.message(), "Third party validation failure");
    }
}

#[test]
fn points_beside_a_card_are_no_bank_account_either() {
    let (bank, _) = bank();
    let mut request = from_named_account(sale(1, points(GOOD_CARD)));
    request.asked_beside = true;
    let outcome = bank.authorize(&request).unwrap();
    assert_eq!(reason(&outcome), Some(DeclineReason::InvalidRequest));
}

#[test]
fn a_payer_pays_from_the_named_account_or_fails() {
    let instruments: [Make; 3] = [bank_login, || vpa("success@upi"), || Instrument::UpiIntent];
    let decisions = [
        (PayerDecision::Approve, None),
        (PayerDecision::ApproveFromOtherAccount, Some(DeclineReason::InvalidRequest)),
        (PayerDecision::Decline, Some(DeclineReason::PaymentDeclined)),
    ];
    for instrument in instruments {
        for (decision, expected) in decisions {
            let (bank, _) = bank();
            let asked = bank.authorize(&from_named_account(sale(1, instrument()))).unwrap();
            let token = token_of(asked);
            let shown = bank.view(&token).unwrap().unwrap();
            assert_eq!(shown.account_end.as_deref(), Some("5678"));
            bank.decide(&token, decision).unwrap().unwrap();
            assert_eq!(reason(&known(&bank, 1)), expected, "{:?}", instrument());
            assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
        }
    }
}

#[test]
fn where_no_account_is_named_any_pays() {
    for instrument in [bank_login(), vpa("other@upi")] {
        let (bank, _) = bank();
        let token = token_of(bank.authorize(&sale(1, instrument)).unwrap());
        bank.decide(&token, PayerDecision::ApproveFromOtherAccount).unwrap().unwrap();
        approval(known(&bank, 1));
    }
}

#[test]
fn a_lost_answer_and_a_refusal_need_no_account() {
    let (bank, _) = bank();
    let lost = bank.authorize(&from_named_account(sale(1, vpa("timeout@upi"))));
    assert!(matches!(lost, Err(BankError::AnswerLost)));
    approval(known(&bank, 1));
    let failed = bank.authorize(&from_named_account(sale(2, vpa("failure@upi")))).unwrap();
    assert_eq!(reason(&failed), Some(DeclineReason::PaymentDeclined));
    assert_eq!(bank.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn never_more_than_half_of_an_account_number_is_shown() {
    for (number, shown) in [("0012345678", "5678"), ("123456", "456"), ("12", "2"), ("1", "")] {
        let (bank, _) = bank();
        let mut request = from_named_account(sale(1, bank_login()));
        request.account.as_mut().unwrap().number =
            deodar_domain::account::AccountNumber::parse(number).unwrap();
        let token = token_of(bank.authorize(&request).unwrap());
        assert_eq!(bank.view(&token).unwrap().unwrap().account_end.as_deref(), Some(shown));
    }
}
