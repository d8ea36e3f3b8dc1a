//! Stored parts that are no order are refused; terms that are another deal are told apart.

use deodar_domain::account::{AccountNumber, BankAccount};
use deodar_domain::effects::Effects;
use deodar_domain::event::EventType;
use deodar_domain::id::EndpointId;
use deodar_domain::link::LinkState;
use deodar_domain::merchant::Endpoint;
use deodar_domain::money::{Currency, Money};
use deodar_domain::order::{Inconsistent, Order, OrderParts, OrderState};
use deodar_domain::payment::{CancelCause, PaymentState};
use deodar_domain::terms::Terms;
use deodar_domain::text::Description;
use deodar_domain::url::MerchantUrl;

use crate::made::{
    Kind, START, approval, card, instruction_ids, order, payment, payment_operation, terms,
};

const KIND: Kind = Kind { amount_paise: 500, link: true, pre_auth: false, part_payment: false };

fn paid() -> OrderParts {
    let (mut order, _) = order(KIND);
    let due = order.amount_to_pay();
    let begun = order.start_attempt(vec![payment(0, due, card())], START).unwrap();
    let mut ids = instruction_ids(&order);
    let approved = order.approve(payment_operation(0), approval(), &mut ids, START).unwrap();
    assert!(begun.events.is_empty() && approved.events.len() == 2);
    order.into_parts()
}

#[test]
fn stored_parts_that_are_no_order_are_refused() {
    type Damage = fn(&mut OrderParts);
    let damages: [(&str, Damage, Inconsistent); 7] = [
        (
            "captured over the amount",
            |parts| parts.terms.amount = Money::paise(499),
            Inconsistent::Sums,
        ),
        (
            "captured over the authorised",
            |parts| {
                parts.payments[0].state = PaymentState::Processed { captured: Money::paise(501) };
            },
            Inconsistent::Sums,
        ),
        (
            "another currency",
            |parts| {
                let dollar = Currency::from_code("USD").unwrap();
                parts.payments[0].amount = Money::new(500, dollar);
            },
            Inconsistent::Sums,
        ),
        (
            "held in a paid order",
            |parts| parts.payments[0].state = PaymentState::Authorized,
            Inconsistent::State,
        ),
        (
            "pending in a paid order",
            |parts| {
                parts.payments[0].state =
                    PaymentState::Pending { challenge: None, expires_at: START };
            },
            Inconsistent::State,
        ),
        (
            "in flight without a payment",
            |parts| parts.state = OrderState::Pending { in_flight: Some(0) },
            Inconsistent::State,
        ),
        (
            "a link that waits for nothing",
            |parts| parts.link.as_mut().unwrap().state = LinkState::PaymentInitiated,
            Inconsistent::Link,
        ),
    ];
    assert!(Order::restore(paid()).is_ok());
    for (name, damage, refused) in damages {
        let mut parts = paid();
        damage(&mut parts);
        assert_eq!(Order::restore(parts).err(), Some(refused), "{name}");
    }
}

/// An order of which one of two payments was approved.
fn approved_in_part() -> OrderParts {
    let (mut order, _) = order(KIND);
    let both = [300, 200].map(Money::paise).into_iter().enumerate();
    let both = both.map(|(number, amount)| payment(number, amount, card())).collect();
    let begun = order.start_attempt(both, START).unwrap();
    let mut ids = instruction_ids(&order);
    let approved = order.approve(payment_operation(1), approval(), &mut ids, START).unwrap();
    assert_eq!((begun, approved), (Effects::none(), Effects::none()));
    order.into_parts()
}

#[test]
fn stored_payments_that_are_no_attempt_are_refused() {
    type Damage = fn(&mut OrderParts);
    let damages: [(&str, Damage, Inconsistent); 6] = [
        (
            "more is in flight than is to be paid",
            |parts| parts.payments[0].amount = Money::paise(301),
            Inconsistent::Sums,
        ),
        (
            "all were approved",
            |parts| parts.payments[0].state = PaymentState::Approved,
            Inconsistent::State,
        ),
        (
            "one was made",
            |parts| {
                parts.payments[1].state = PaymentState::Processed { captured: Money::paise(200) };
            },
            Inconsistent::State,
        ),
        (
            "one was not made",
            |parts| {
                let cause = CancelCause::AttemptFailed;
                parts.payments[1].state = PaymentState::Cancelled { cause };
            },
            Inconsistent::State,
        ),
        ("one is of another attempt", |parts| parts.payments[1].attempt = 1, Inconsistent::State),
        (
            "none is in flight by the order",
            |parts| parts.state = OrderState::Attempted,
            Inconsistent::State,
        ),
    ];
    assert!(Order::restore(approved_in_part()).is_ok());
    for (name, damage, refused) in damages {
        let mut parts = approved_in_part();
        damage(&mut parts);
        assert_eq!(Order::restore(parts).err(), Some(refused), "{name}");
    }
}

#[test]
fn another_deal_is_told_apart_from_a_replay() {
    type Change = fn(&mut Terms);
    let changes: [(&str, Change, bool); 7] = [
        ("amount", |terms| terms.amount = Money::paise(501), false),
        (
            "currency",
            |terms| terms.amount = Money::new(500, Currency::from_code("USD").unwrap()),
            false,
        ),
        ("pre-authorisation", |terms| terms.pre_auth = true, false),
        ("part payment", |terms| terms.part_payment = true, false),
        (
            "account",
            |terms| {
                let number = AccountNumber::parse("123456789").unwrap();
                terms.account = Some(BankAccount { number, ifsc: None, bank_name: None });
            },
            false,
        ),
        ("description", |terms| terms.description = Some(Description::parse("Tea").unwrap()), true),
        ("currencies", |terms| terms.multi_currency = true, true),
    ];
    for (name, change, same) in changes {
        let (one, mut other) = (terms(KIND), terms(KIND));
        change(&mut other);
        assert_eq!(one.same_deal(&other), same, "{name}");
        assert_eq!(other.same_deal(&one), same, "{name}");
    }
}

#[test]
fn link_events_are_told_only_where_they_are_asked_for() {
    let endpoint = Endpoint {
        id: EndpointId(1),
        url: MerchantUrl::parse("https://example.com/hooks").unwrap(),
        link_events: vec![EventType::LinkExpired],
    };
    for event_type in EventType::ALL {
        let wanted = !event_type.is_of_link() || event_type == EventType::LinkExpired;
        assert_eq!(endpoint.wants(event_type), wanted, "{event_type:?}");
    }
}
