//! What a payer can pay with, asked over a real connection.

use deodar_domain::card::CardNumber;
use deodar_domain::method::Method;
use deodar_domain::money::Money;
use deodar_domain::pay_later::PayLaterProvider;

use super::*;

#[tokio::test]
async fn a_lenders_word_is_the_banks_own() {
    let (simulator, address) = served().await;
    let remote = remote(address, SECRET, PATIENT);
    for (provider, mobile, paise) in [
        (PayLaterProvider::LazyPay, GOOD_MOBILE, 50_000),
        (PayLaterProvider::SimplInThree, GOOD_MOBILE, 3_400),
        (PayLaterProvider::Simpl, "xxxxxx2032", 1_000_001),
        (PayLaterProvider::Simpl, "9876540000", 100),
        (PayLaterProvider::Simpl, "9876541111", 100),
    ] {
        let mut question = eligibility_of(provider, mobile, paise);
        if let Instrument::PayLater { device, .. } = pay_later(provider, GOOD_MOBILE) {
            question.device = device;
        }
        let told = remote.check_eligibility(question.clone()).await.unwrap();
        let own = simulator.check_eligibility(question).await.unwrap();
        assert_eq!(told, own, "{provider:?} {mobile} {paise}");
    }
    let three = eligibility_of(PayLaterProvider::SimplInThree, GOOD_MOBILE, 3_400);
    assert_eq!(remote.check_eligibility(three).await.unwrap().instalments.len(), 3);
}

#[tokio::test]
async fn plans_and_points_are_the_banks_own() {
    let (simulator, address) = served().await;
    let remote = remote(address, SECRET, PATIENT);
    for method in [Method::CreditEmi, Method::DebitEmi, Method::CardlessEmi] {
        for paise in [99, 100, 100_000_000] {
            let amount = Money::paise(paise);
            let told = remote.plans(method, amount).await.unwrap();
            assert_eq!(told, simulator.plans(method, amount).await.unwrap(), "{method} {paise}");
            assert_eq!(told.len(), if paise < 100 { 0 } else { 6 }, "{method} {paise}");
        }
    }
    let none = remote.plans(Method::Card, AMOUNT).await;
    assert!(matches!(none, Err(AcquirerError::Unsupported(_))));
    for (number, points) in [(GOOD_CARD, 100_000), (ODD_CARD, 0)] {
        let number = CardNumber::parse(number).unwrap();
        let told = remote.balance(&number).await.unwrap();
        assert_eq!(told, simulator.balance(&number).await.unwrap());
        assert_eq!(told.points, points);
    }
}

#[tokio::test]
async fn what_is_asked_beside_is_told_across() {
    let (_, address) = served().await;
    let mut request = sale(1, points(GOOD_CARD));
    request.asked_beside = true;
    approval(remote(address, SECRET, PATIENT).authorize(request).await.unwrap());
}
