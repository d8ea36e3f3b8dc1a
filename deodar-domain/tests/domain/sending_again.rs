//! Sending a link again: who can be reached, and how often.

use std::time::Duration;

use deodar_domain::customer::{CountryCode, Customer, Email, MobileNumber};
use deodar_domain::effects::Effects;
use deodar_domain::id::{LinkNumber, MerchantId};
use deodar_domain::link::{
    NOTIFIES_PER_DAY_MAX, NOTIFIES_PER_HOUR_MAX, NOTIFY_DAY, NOTIFY_HOUR, NotSentAgain,
};
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::refusal::Refusal;

use crate::made::{Kind, START, key, terms};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than a day, so that the link outlives what is counted of it.
const LIFETIME: Duration = Duration::from_hours(10 * 24);

fn link_for(customer: Option<Customer>) -> Order {
    let kind = Kind { amount_paise: 50_000, link: true, pre_auth: false, part_payment: false };
    let new = NewOrder {
        key: key(0),
        merchant: MerchantId::new(111_077).unwrap(),
        terms: deodar_domain::terms::Terms { customer, ..terms(kind) },
        link: Some((LinkNumber(1), START.plus(LIFETIME))),
    };
    Order::create(new, START).0
}

fn by_mobile() -> Customer {
    Customer { mobile: MobileNumber::parse("9876543210", 10).ok(), ..Customer::default() }
}

fn by_email() -> Customer {
    Customer { email: Email::parse("kavya@example.com").ok(), ..Customer::default() }
}

fn refused(refusal: Refusal) -> Result<Effects, NotSentAgain> {
    Err(NotSentAgain::Refused(refusal))
}

#[test]
fn a_link_is_sent_again_to_whoever_has_an_address_or_a_number() {
    for customer in [by_mobile(), by_email()] {
        let mut order = link_for(Some(customer));
        let before = order.clone();
        assert_eq!(order.send_link_again(START, START), Ok(Effects::none()));
        let (link, was) = (order.link.as_ref().unwrap(), before.link.as_ref().unwrap());
        assert_eq!((link.state, link.updated_at), (was.state, was.updated_at));
        assert_eq!(link.sent_again, [START]);
    }
    for customer in [None, Some(Customer::default())] {
        let mut order = link_for(customer);
        assert_eq!(order.send_link_again(START, START), refused(Refusal::NoContact));
    }
}

#[test]
fn a_link_that_is_over_is_not_sent_again() {
    let mut order = link_for(Some(by_email()));
    let end = START.plus(LIFETIME);
    assert_eq!(order.send_link_again(end, START), refused(Refusal::LinkNotNotifiable));
    let _ = order.cancel_link(START).unwrap();
    assert_eq!(order.send_link_again(START, START), refused(Refusal::LinkNotNotifiable));
    let mut nobody = link_for(None);
    let _ = nobody.cancel_link(START).unwrap();
    assert_eq!(nobody.send_link_again(START, START), refused(Refusal::LinkNotNotifiable));
    let kind = Kind { amount_paise: 50_000, link: false, pre_auth: false, part_payment: false };
    let (mut plain, _) = crate::made::order(kind);
    assert_eq!(plain.send_link_again(START, START), refused(Refusal::NoLink));
}

#[test]
fn a_link_is_sent_again_three_times_an_hour() {
    let mut order = link_for(Some(by_email()));
    for number in 0..NOTIFIES_PER_HOUR_MAX {
        let at = START.plus(SECOND * u32::try_from(number).unwrap());
        assert_eq!(order.send_link_again(START, at), Ok(Effects::none()), "{number}");
    }
    let again_at = START.plus(NOTIFY_HOUR);
    let too_often = Err(NotSentAgain::TooOften { again_at });
    let before = order.clone();
    assert_eq!(order.send_link_again(START, again_at.minus(SECOND)), too_often);
    assert_eq!(order, before, "a refusal counts nothing");
    assert_eq!(order.send_link_again(START, again_at), Ok(Effects::none()));
    let next = Err(NotSentAgain::TooOften { again_at: again_at.plus(SECOND) });
    assert_eq!(order.send_link_again(START, again_at), next);
}

#[test]
fn a_link_is_sent_again_ten_times_a_day_and_no_more_is_remembered() {
    let mut order = link_for(Some(by_email()));
    let mut at = START;
    for _ in 0..NOTIFIES_PER_DAY_MAX {
        assert_eq!(order.send_link_again(START, at), Ok(Effects::none()));
        at = at.plus(NOTIFY_HOUR);
    }
    let again_at = START.plus(NOTIFY_DAY);
    let too_often = Err(NotSentAgain::TooOften { again_at });
    assert_eq!(order.send_link_again(START, at), too_often);
    assert_eq!(order.send_link_again(START, again_at), Ok(Effects::none()));
    let link = order.link.as_ref().unwrap();
    assert_eq!(link.sent_again.len(), NOTIFIES_PER_DAY_MAX);
    let after = again_at.plus(NOTIFY_DAY);
    assert_eq!(order.send_link_again(START, after), Ok(Effects::none()));
    assert_eq!(order.link.as_ref().unwrap().sent_again, [after]);
}

#[test]
fn a_mobile_number_is_dialled_with_its_calling_code() {
    let cases = [
        (None, "9876543210", "+919876543210"),
        (Some("+91"), "9876543210", "+919876543210"),
        (Some("91"), "09876543210", "+919876543210"),
        (Some("91"), "919876543210", "+919876543210"),
        (Some("91"), "9198765432", "+919198765432"),
        (Some("+65"), "6512345678", "+656512345678"),
        (Some("44"), "07911123456", "+447911123456"),
    ];
    for (code, number, dialled) in cases {
        let customer = Customer {
            mobile: MobileNumber::parse(number, 9).ok(),
            country_code: code.and_then(|code| CountryCode::parse(code).ok()),
            ..Customer::default()
        };
        assert_eq!(customer.dialled_mobile().as_deref(), Some(dialled), "{code:?} {number}");
    }
    assert_eq!(by_email().dialled_mobile(), None);
}
