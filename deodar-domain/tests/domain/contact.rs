//! What the payer changes of the contact details, and when.

use deodar_domain::customer::{Contact, CountryCode, Customer, Email, MobileNumber, PersonName};
use deodar_domain::order::{CONTACT_CHANGES_MAX, Order};
use deodar_domain::refusal::Refusal;

use crate::made::{
    Kind, START, approval, card, instruction_ids, order, payment, payment_operation,
};

const KIND: Kind = Kind { amount_paise: 500, link: false, pre_auth: false, part_payment: false };

fn mobile(digits: &str) -> Option<MobileNumber> {
    MobileNumber::parse(digits, 9).ok()
}

fn told(editable: bool) -> Customer {
    Customer {
        first_name: PersonName::parse("Asha").ok(),
        email: Email::parse("asha@example.com").ok(),
        mobile: mobile("9876543210"),
        editable,
        ..Customer::default()
    }
}

fn order_of(customer: Option<Customer>) -> Order {
    let mut parts = order(KIND).0.into_parts();
    parts.terms.customer = customer;
    Order::restore(parts).unwrap()
}

fn given(email: &str) -> Contact {
    Contact { email: Email::parse(email).ok(), ..Contact::default() }
}

#[test]
fn what_the_payer_gives_stands_in_place_of_the_merchants() {
    let mut order = order_of(Some(told(true)));
    let terms = order.terms.clone();
    let contact = Contact {
        last_name: PersonName::parse("Sen").ok(),
        mobile: mobile("9000000001"),
        ..given("tara@example.in")
    };
    assert!(order.change_contact(contact, START).unwrap().events.is_empty());
    let again = Contact { first_name: PersonName::parse("Tara").ok(), ..Contact::default() };
    let _ = order.change_contact(again, START).unwrap();
    let expected = Customer {
        first_name: PersonName::parse("Tara").ok(),
        last_name: PersonName::parse("Sen").ok(),
        email: Email::parse("tara@example.in").ok(),
        mobile: mobile("9000000001"),
        country_code: Some(CountryCode::india()),
        ..told(true)
    };
    assert_eq!(order.customer().unwrap().into_owned(), expected);
    assert_eq!(order.terms, terms, "what the merchant said is kept");
}

#[test]
fn nothing_is_changed_unless_the_merchant_allows_it_and_the_order_can_be_paid() {
    for customer in [None, Some(told(false))] {
        let mut order = order_of(customer);
        let before = order.clone();
        let refused = order.change_contact(given("tara@example.in"), START);
        assert_eq!(refused.unwrap_err(), Refusal::ContactFixed);
        assert_eq!(order, before);
    }
    let mut order = order_of(Some(told(true)));
    let due = order.amount_to_pay();
    let _ = order.start_attempt(vec![payment(0, due, card())], START).unwrap();
    let refused = order.change_contact(given("tara@example.in"), START);
    assert_eq!(refused.unwrap_err(), Refusal::AttemptInFlight);
    let mut ids = instruction_ids(&order);
    let _ = order.approve(payment_operation(0), approval(), &mut ids, START).unwrap();
    let refused = order.change_contact(given("tara@example.in"), START);
    assert_eq!(refused.unwrap_err(), Refusal::AlreadyPaid);
    assert_eq!(order.contact, None);
}

#[test]
fn an_empty_form_changes_nothing() {
    let mut order = order_of(Some(told(true)));
    let before = order.clone();
    let later = START.plus(std::time::Duration::from_mins(1));
    let _ = order.change_contact(Contact::default(), later).unwrap();
    assert_eq!(order, before);
}

#[test]
fn the_details_are_changed_so_often_and_no_oftener() {
    let mut order = order_of(Some(told(true)));
    for number in 0..CONTACT_CHANGES_MAX {
        let _ = order.change_contact(given(&format!("tara{number}@example.in")), START).unwrap();
        // The same form again is no change.
        if order.is_contact_editable() {
            let again = given(&format!("tara{number}@example.in"));
            let _ = order.change_contact(again, START).unwrap();
        }
    }
    assert!(!order.is_contact_editable());
    let refused = order.change_contact(given("tara@example.in"), START);
    assert_eq!(refused.unwrap_err(), Refusal::ContactFixed);
}
