//! The rules of attempts of several payments, one by one.

use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::effects::Effects;
use deodar_domain::event::Event;
use deodar_domain::instruction::InstructionState;
use deodar_domain::instrument::Instrument;
use deodar_domain::link::LinkState;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::{Currency, Money};
use deodar_domain::order::{
    ATTEMPT_PAYMENTS_MAX, ATTEMPTS_MAX, NewOrder, Order, OrderState, PAYMENTS_MAX,
};
use deodar_domain::payment::{AcquirerText, Challenge, NewPayment, PaymentState};
use deodar_domain::refusal::Refusal;
use deodar_domain::terms::Terms;
use deodar_domain::time::Timestamp;

use crate::made::{
    Kind, START, approval, card, collect, instruction_ids, order, payment, payment_operation,
    points, terms, wallet,
};

pub(crate) const KIND: Kind =
    Kind { amount_paise: 500, link: false, pre_auth: false, part_payment: false };

/// Payments of so many paise each, for the next attempt of an order: the last by points.
fn payments(order: &Order, amounts_paise: &[u64]) -> Vec<NewPayment> {
    let first = order.payments.len();
    let new = |(at, paise): (usize, &u64)| {
        let with = if at + 1 == amounts_paise.len() { points() } else { card() };
        payment(first + at, Money::paise(*paise), with)
    };
    amounts_paise.iter().enumerate().map(new).collect()
}

fn begin(order: &mut Order, amounts_paise: &[u64]) -> Result<Effects, Refusal> {
    let before = order.clone();
    let said = order.start_attempt(payments(order, amounts_paise), START);
    assert!(said.is_ok() || *order == before, "a refused attempt left something behind");
    said
}

pub(crate) fn begun(kind: Kind, amounts_paise: &[u64]) -> Order {
    let (mut order, _) = order(kind);
    let effects = begin(&mut order, amounts_paise).unwrap();
    assert_eq!(effects, Effects::none());
    order
}

pub(crate) fn approve(order: &mut Order, number: usize) -> Effects {
    let mut ids = instruction_ids(order);
    order.approve(payment_operation(number), approval(), &mut ids, START).unwrap()
}

pub(crate) fn decline(order: &mut Order, number: usize) -> Effects {
    let mut ids = instruction_ids(order);
    let no = Failure::of(DeclineReason::PaymentDeclined);
    order.decline(payment_operation(number), no, &mut ids, START).unwrap()
}

#[test]
fn the_amounts_of_an_attempt_sum_to_what_is_due() {
    let part = Kind { part_payment: true, ..KIND };
    let table: [(Kind, &[u64], Result<(), Refusal>); 20] = [
        (KIND, &[500], Ok(())),
        (KIND, &[300, 200], Ok(())),
        (KIND, &[400, 100], Ok(())),
        (KIND, &[100, 100, 100, 100, 100], Ok(())),
        (KIND, &[], Err(Refusal::AmountNotDue)),
        (KIND, &[300, 199], Err(Refusal::AmountNotDue)),
        (KIND, &[300, 201], Err(Refusal::AmountExceedsDue)),
        (KIND, &[500, 100], Err(Refusal::AmountExceedsDue)),
        (KIND, &[500, 0], Err(Refusal::PartTooSmall)),
        (KIND, &[401, 99], Err(Refusal::PartTooSmall)),
        (KIND, &[u64::MAX, 500], Err(Refusal::AmountOutOfRange)),
        (part, &[300, 200], Ok(())),
        (part, &[100, 100], Ok(())),
        (part, &[200, 200], Ok(())),
        (part, &[], Err(Refusal::PartTooSmall)),
        (part, &[99, 101], Err(Refusal::PartTooSmall)),
        (part, &[200, 201], Err(Refusal::PartTooSmall)),
        (part, &[401, 99], Err(Refusal::PartTooSmall)),
        (part, &[300, 201], Err(Refusal::AmountExceedsDue)),
        (part, &[u64::MAX, u64::MAX], Err(Refusal::AmountOutOfRange)),
    ];
    for (kind, amounts, expected) in table {
        let said = begin(&mut order(kind).0, amounts);
        assert_eq!(said.map(|_| ()), expected, "{amounts:?} of {kind:?}");
    }
}

#[test]
fn the_amounts_of_an_attempt_are_in_the_orders_currency() {
    let (mut order, _) = order(KIND);
    let mut mixed = payments(&order, &[300, 200]);
    mixed[1].amount = Money::new(200, Currency::from_code("USD").unwrap());
    assert_eq!(order.start_attempt(mixed, START), Err(Refusal::CurrencyMismatch));
}

#[test]
fn an_attempt_has_ten_payments_at_most() {
    let kind = Kind { amount_paise: 1_100, ..KIND };
    let most = [vec![110; ATTEMPT_PAYMENTS_MAX]].concat();
    assert_eq!(begin(&mut order(kind).0, &most), Ok(Effects::none()));
    let too_many = vec![100; ATTEMPT_PAYMENTS_MAX + 1];
    assert_eq!(begin(&mut order(kind).0, &too_many), Err(Refusal::TooManyPayments));
}

#[test]
fn an_order_has_two_hundred_payments_at_most() {
    let kind = Kind { amount_paise: 1_000_000, part_payment: true, ..KIND };
    let (mut order, _) = order(kind);
    let pay = |order: &mut Order, count: usize| {
        begin(order, &vec![100; count]).map(|_| {
            let first = order.payments.len() - count;
            let effects = (first..first + count).map(|number| approve(order, number));
            effects.flat_map(|effects| effects.ledger).count()
        })
    };
    for _ in 0..PAYMENTS_MAX / ATTEMPT_PAYMENTS_MAX - 1 {
        assert_eq!(pay(&mut order, ATTEMPT_PAYMENTS_MAX), Ok(ATTEMPT_PAYMENTS_MAX));
    }
    assert_eq!(pay(&mut order, 4), Ok(4));
    assert_eq!(pay(&mut order, 7), Err(Refusal::TooManyPayments));
    assert_eq!(pay(&mut order, 6), Ok(6));
    assert_eq!(pay(&mut order, 1), Err(Refusal::TooManyPayments));
    assert_eq!(order.payments.len(), PAYMENTS_MAX);
}

#[test]
fn every_method_of_an_attempt_must_be_allowed() {
    type With = fn() -> Instrument;
    let table: [(&[With], Result<(), Refusal>); 5] = [
        (&[card, points], Ok(())),
        (&[points, card], Ok(())),
        (&[card, card], Ok(())),
        (&[card, wallet], Err(Refusal::MethodNotAllowed)),
        (&[collect, points], Err(Refusal::MethodNotAllowed)),
    ];
    let allowed_methods: MethodSet = [Method::Card, Method::Points].into_iter().collect();
    let terms = Terms { allowed_methods, ..terms(KIND) };
    for (instruments, expected) in table {
        let new = NewOrder {
            key: crate::made::key(0),
            merchant: deodar_domain::id::MerchantId::new(111_077).unwrap(),
            terms: terms.clone(),
            link: None,
        };
        let (mut order, _) = Order::create(new, START);
        let payments = instruments.iter().enumerate();
        let payments: Vec<_> =
            payments.map(|(at, with)| payment(at, Money::paise(250), with())).collect();
        let methods: Vec<_> = payments.iter().map(|new| new.instrument.method()).collect();
        let said = order.start_attempt(payments, START);
        assert_eq!(said.map(|_| ()), expected, "{methods:?}");
        let begun: Vec<_> = order.payments.iter().map(|payment| payment.id.method).collect();
        assert_eq!(begun, if expected.is_ok() { methods } else { Vec::new() });
    }
}

#[test]
fn attempts_are_counted_and_not_their_payments() {
    let (mut order, _) = order(KIND);
    for remaining in (0..ATTEMPTS_MAX).rev() {
        let first = order.payments.len();
        assert_eq!(begin(&mut order, &[200, 150, 150]), Ok(Effects::none()));
        assert_eq!(approve(&mut order, first + 1), Effects::none());
        assert_eq!(order.retries_remaining(), remaining);
        assert_eq!(decline(&mut order, first).ordered.len(), 2);
        assert_eq!(order.retries_remaining(), remaining);
    }
    assert_eq!(order.state, OrderState::Failed);
}

#[test]
fn a_part_that_was_paid_by_several_payments_uses_up_no_attempt() {
    let mut order = begun(Kind { part_payment: true, ..KIND }, &[100, 100]);
    assert_eq!(order.retries_remaining(), ATTEMPTS_MAX - 1);
    assert!(approve(&mut order, 1).events.is_empty());
    assert!(approve(&mut order, 0).events.is_empty());
    assert_eq!((order.retries_remaining(), order.due()), (ATTEMPTS_MAX, Money::paise(300)));
}

#[test]
fn one_payment_tells_where_an_attempt_stands() {
    let told = |order: &Order| order.telling_payment(0).map(|payment| payment.id.index);
    let in_flight = |order: &Order| order.payment_in_flight().map(|payment| payment.id.index);
    let mut order = begun(KIND, &[200, 150, 150]);
    assert_eq!((told(&order), in_flight(&order)), (Some(0), Some(0)));
    // One that waits for its payer comes before those that wait for the acquirer.
    let operation = payment_operation(1);
    assert_eq!(order.challenge(operation, Challenge::Otp, None, START), Ok(Effects::none()));
    assert_eq!((told(&order), in_flight(&order)), (Some(1), Some(1)));
    assert_eq!(approve(&mut order, 1), Effects::none());
    assert_eq!(approve(&mut order, 0), Effects::none());
    assert_eq!((told(&order), in_flight(&order)), (Some(2), Some(2)));
    // What was refused tells why the attempt failed.
    assert_eq!(decline(&mut order, 2).events, [Event::PaymentFailed]);
    assert_eq!((told(&order), in_flight(&order)), (Some(2), None));
    assert_eq!(order.telling_payment(1), None);
}

#[test]
fn a_repeated_challenge_changes_nothing() {
    let mut order = begun(KIND, &[300, 200]);
    let told = |order: &mut Order, asked: Challenge, at: Timestamp| {
        let reference = AcquirerText::parse("first").ok();
        assert_eq!(
            order.challenge(payment_operation(1), asked, reference, at),
            Ok(Effects::none())
        );
        (order.payments[1].updated_at, order.updated_at)
    };
    let later = |minutes| START.plus(std::time::Duration::from_mins(minutes));
    assert_eq!(told(&mut order, Challenge::Otp, later(1)), (later(1), later(1)));
    assert_eq!(told(&mut order, Challenge::Otp, later(2)), (later(1), later(1)));
    let other = Challenge::Collect { app: None };
    assert_eq!(told(&mut order, other, later(3)), (later(3), later(3)));
}

#[test]
fn a_later_challenge_does_not_lose_the_acquirers_reference() {
    let mut order = begun(KIND, &[300, 200]);
    let operation = payment_operation(1);
    for reference in [AcquirerText::parse("first").ok(), None] {
        let said = order.challenge(operation, Challenge::Otp, reference, START);
        assert_eq!(said, Ok(Effects::none()));
        let kept = order.payments[1].acquirer.acquirer_reference.as_ref();
        assert_eq!(kept.map(AcquirerText::as_str), Some("first"));
    }
}

#[test]
fn letting_go_of_the_rest_of_a_captured_order_leaves_its_link_paid() {
    let mut order = begun(Kind { link: true, pre_auth: true, ..KIND }, &[300, 200]);
    assert!(approve(&mut order, 0).events.is_empty());
    assert_eq!(approve(&mut order, 1).events, [Event::OrderAuthorized, Event::LinkProcessed]);
    let reference = order.terms.reference.clone();
    let mut ids = instruction_ids(&order);
    let captures = order.capture(reference, None, &mut ids, START).unwrap().ordered;
    let done = order.instruction_done(captures[1], START).unwrap();
    let no = Failure::of(DeclineReason::PaymentDeclined);
    let refused = order.instruction_refused(captures[0], no.clone(), START).unwrap();
    assert!(done.events.is_empty() && refused == Effects::none());
    assert_eq!(order.captures[0].refused, Some(no));
    let voids = order.cancel(&mut ids, START).unwrap().ordered;
    let told = order.instruction_done(voids[0], START).unwrap();
    assert_eq!(
        (told.events, order.state),
        (vec![Event::OrderProcessed], OrderState::PartiallyCaptured)
    );
    assert_eq!(order.link.as_ref().map(|link| link.state), Some(LinkState::Processed));
    assert!(order.instructions.iter().all(|asked| asked.state != InstructionState::Ordered));
}

#[test]
fn a_capture_of_all_that_is_held_says_so() {
    // What is asked for, whether it is the same request as one for 500 or for all, for 200.
    let table = [(None, true, false), (Some(500), true, false), (Some(200), false, true)];
    for (asked_paise, is_all, is_part) in table {
        let mut order = begun(Kind { pre_auth: true, ..KIND }, &[300, 200]);
        let _ = (approve(&mut order, 0), approve(&mut order, 1));
        let (reference, mut ids) = (order.terms.reference.clone(), instruction_ids(&order));
        let asked = asked_paise.map(Money::paise);
        let ordered = order.capture(reference, asked, &mut ids, START).unwrap().ordered;
        assert_eq!(ordered.len(), 2);
        let made = &order.captures[0];
        assert!(made.was_asked_with(asked), "{asked_paise:?}");
        assert_eq!((made.whole, made.was_asked_with(None)), (is_all, is_all), "{asked_paise:?}");
        let answers = [500, 200].map(|paise| made.was_asked_with(Some(Money::paise(paise))));
        assert_eq!(answers, [is_all, is_part], "{asked_paise:?}");
    }
}

#[test]
fn each_payment_of_an_attempt_waits_for_its_payer_as_long_as_its_method_lets_it() {
    let (mut order, _) = order(KIND);
    let both =
        vec![payment(0, Money::paise(300), card()), payment(1, Money::paise(200), collect())];
    assert_eq!(order.start_attempt(both, START), Ok(Effects::none()));
    let ends = order.payments.iter().map(|payment| match payment.state {
        PaymentState::Pending { expires_at, .. } => expires_at,
        _ => START,
    });
    let minutes = |count| START.plus(std::time::Duration::from_mins(count));
    assert_eq!(ends.collect::<Vec<Timestamp>>(), [minutes(15), minutes(5)]);
}
