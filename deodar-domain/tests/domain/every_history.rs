//! Every history of commands up to length seven, on every kind of order, and what always holds.
//!
//! The histories are walked by breadth. A command that is refused must leave nothing behind, so
//! that a history with it is the same without it; and histories that end in the same order at the
//! same time have the same future, so that one of them is walked on.
//!
//! Where an attempt has two payments, more can happen to it, and its life is longer: it is walked
//! from its beginning, and again from where both payments were approved.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::effects::Effects;
use deodar_domain::id::OperationId;
use deodar_domain::money::Money;
use deodar_domain::order::{AUTHORISATION_LIFETIME, Order};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;

use crate::every_history_checks::assert_step;
use crate::made::{
    Kind, LINK_LIFETIME, START, approval, card, instruction_ids, key, order, payment,
    payment_operation, points,
};

/// How many commands a history has.
const LENGTH: usize = 7;
/// How many where attempts have two payments and none was approved yet.
const LENGTH_OF_TWO: usize = 6;
const AMOUNT: u64 = 500;
const PART: u64 = 200;

/// What can happen. Payments and instructions are named by their place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Click,
    Pay,
    PayPart,
    /// By card and by points.
    PayTwo,
    Approve(Place),
    Decline(Place),
    GiveUp(Place),
    Capture,
    CapturePart,
    Cancel,
    CancelAttempt(Place),
    CancelLink,
    Release,
    Expire,
    Refund,
    RefundPart,
    Done(Place),
    Refused(Place),
    /// The link's time runs out, then the authorisation's.
    Wait,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    First,
    LastButOne,
    Last,
}

const ALPHABET: [Command; 24] = [
    Command::Click,
    Command::Pay,
    Command::PayPart,
    Command::Approve(Place::First),
    Command::Approve(Place::Last),
    Command::Decline(Place::First),
    Command::Decline(Place::Last),
    Command::GiveUp(Place::Last),
    Command::Capture,
    Command::CapturePart,
    Command::Cancel,
    Command::CancelAttempt(Place::First),
    Command::CancelAttempt(Place::Last),
    Command::CancelLink,
    Command::Release,
    Command::Expire,
    Command::Refund,
    Command::RefundPart,
    Command::Done(Place::First),
    Command::Done(Place::Last),
    Command::Refused(Place::First),
    Command::Refused(Place::Last),
    Command::Wait,
    Command::GiveUp(Place::First),
];

/// What can happen to an order whose attempts have two payments.
const ALPHABET_OF_TWO: [Command; 22] = [
    Command::PayTwo,
    Command::Approve(Place::First),
    Command::Approve(Place::LastButOne),
    Command::Approve(Place::Last),
    Command::Decline(Place::LastButOne),
    Command::Decline(Place::Last),
    Command::GiveUp(Place::LastButOne),
    Command::CancelAttempt(Place::LastButOne),
    Command::CancelAttempt(Place::Last),
    Command::Cancel,
    Command::Capture,
    Command::CapturePart,
    Command::Release,
    Command::Expire,
    Command::Refund,
    Command::RefundPart,
    Command::Done(Place::First),
    Command::Done(Place::LastButOne),
    Command::Done(Place::Last),
    Command::Refused(Place::LastButOne),
    Command::Refused(Place::Last),
    Command::Wait,
];

impl Command {
    /// Whether it is the word of the acquirer, which may come twice and then changes nothing.
    pub(crate) const fn is_answer(self) -> bool {
        matches!(
            self,
            Self::Approve(_)
                | Self::Decline(_)
                | Self::GiveUp(_)
                | Self::Done(_)
                | Self::Refused(_)
        )
    }

    pub(crate) fn apply(self, order: &mut Order, now: Timestamp) -> Result<Effects, Refusal> {
        let mut ids = instruction_ids(order);
        let next_payment = order.payments.len();
        let next_refund = key(1 + order.refunds.len());
        match self {
            Self::Click => order.click(now),
            Self::Pay => {
                let due = order.amount_to_pay();
                order.start_attempt(vec![payment(next_payment, due, card())], now)
            }
            Self::PayPart => {
                let part = Money::paise(PART);
                order.start_attempt(vec![payment(next_payment, part, card())], now)
            }
            Self::PayTwo => {
                let part = Money::paise(PART);
                let rest = order.amount_to_pay().minus(part)?;
                let by_card = payment(next_payment, rest, card());
                let by_points = payment(next_payment + 1, part, points());
                order.start_attempt(vec![by_card, by_points], now)
            }
            Self::Approve(place) => order.approve(attempt(order, place), approval(), &mut ids, now),
            Self::Decline(place) => order.decline(attempt(order, place), declined(), &mut ids, now),
            Self::GiveUp(place) => order.give_up(attempt(order, place), &mut ids, now),
            Self::Capture => order.capture(capture_reference(), None, &mut ids, now),
            Self::CapturePart => {
                order.capture(capture_reference(), Some(Money::paise(PART)), &mut ids, now)
            }
            Self::Cancel => order.cancel(&mut ids, now),
            Self::CancelAttempt(place) => {
                order.cancel_attempt(attempt(order, place), &mut ids, now)
            }
            Self::CancelLink => order.cancel_link(now),
            Self::Release => order.release(&mut ids, now),
            Self::Expire => Ok(order.expire_link(now)),
            Self::Refund => order.start_refund(next_refund, None, None, &mut ids, now),
            Self::RefundPart => {
                let part = Some(Money::paise(PART));
                order.start_refund(next_refund, None, part, &mut ids, now)
            }
            Self::Done(place) => order.instruction_done(instruction(order, place), now),
            Self::Refused(place) => {
                order.instruction_refused(instruction(order, place), declined(), now)
            }
            Self::Wait => Ok(Effects::none()),
        }
    }

    fn time_after(self, now: Timestamp) -> Timestamp {
        if self != Self::Wait {
            now
        } else if now == START {
            START.plus(LINK_LIFETIME)
        } else {
            START.plus(LINK_LIFETIME).plus(AUTHORISATION_LIFETIME)
        }
    }
}

fn capture_reference() -> MerchantReference {
    MerchantReference::parse("capture").unwrap()
}

fn declined() -> Failure {
    Failure::of(DeclineReason::PaymentDeclined)
}

impl Place {
    /// Which of so many it is.
    pub(crate) const fn of(self, count: usize) -> usize {
        match self {
            Self::First => 0,
            Self::LastButOne => count.saturating_sub(2),
            Self::Last => count.saturating_sub(1),
        }
    }
}

fn attempt(order: &Order, place: Place) -> OperationId {
    payment_operation(place.of(order.payments.len()))
}

fn instruction(order: &Order, place: Place) -> OperationId {
    let found = order.instructions.get(place.of(order.instructions.len()));
    found.map_or(OperationId(0), |instruction| instruction.operation)
}

fn kind(link: bool, pre_auth: bool, part_payment: bool) -> Kind {
    Kind { amount_paise: AMOUNT, link, pre_auth, part_payment }
}

fn digest(order: &Order, now: Timestamp) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{order:?}").hash(&mut hasher);
    now.hash(&mut hasher);
    hasher.finish()
}

/// Walks every history of `length` commands from `start`. Gives the names of the states that were
/// reached, so that the walk is known to have gone somewhere.
fn walk(start: Order, length: usize, alphabet: &[Command]) -> HashSet<&'static str> {
    let mut seen = HashSet::from([digest(&start, START)]);
    let mut states = HashSet::from([start.state.name()]);
    let mut level = vec![(start, START)];
    for _ in 0..length {
        let mut next = Vec::new();
        for (before, now) in &level {
            for command in alphabet.iter().copied() {
                let now = command.time_after(*now);
                let mut after = before.clone();
                let said = command.apply(&mut after, now);
                assert_step(command, now, before, &after, &said);
                if said.is_ok() && seen.insert(digest(&after, now)) {
                    states.insert(after.state.name());
                    next.push((after, now));
                }
            }
        }
        level = next;
    }
    states
}

/// Does commands that the order obeys.
fn lead(order: &mut Order, commands: &[Command]) {
    for command in commands {
        let before = order.clone();
        let said = command.apply(order, START);
        assert!(said.is_ok(), "{command:?} was refused: {said:?}");
        assert_step(*command, START, &before, order, &said);
    }
}

fn assert_reached(reached: &HashSet<&'static str>, expected: &[&'static str]) {
    for state in expected {
        assert!(reached.contains(state), "{state} was never reached: {reached:?}");
    }
}

#[test]
fn every_history_of_an_order_that_is_paid_at_once() {
    for link in [false, true] {
        let reached = walk(order(kind(link, false, false)).0, LENGTH, &ALPHABET);
        assert_reached(
            &reached,
            &["PENDING", "ATTEMPTED", "PROCESSED", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"],
        );
        assert_reached(&reached, &["CANCELLED"]);
    }
}

#[test]
fn every_history_of_an_order_that_is_held_first() {
    for link in [false, true] {
        let reached = walk(order(kind(link, true, false)).0, LENGTH, &ALPHABET);
        assert_reached(&reached, &["AUTHORIZED", "PROCESSED", "PARTIALLY_CAPTURED", "CANCELLED"]);
        assert_reached(&reached, &["PARTIALLY_REFUNDED", "FULLY_REFUNDED"]);
    }
}

#[test]
fn every_history_of_an_order_that_is_paid_in_parts() {
    for link in [false, true] {
        let reached = walk(order(kind(link, false, true)).0, LENGTH, &ALPHABET);
        assert_reached(&reached, &["PENDING", "PROCESSED", "PARTIALLY_REFUNDED", "CANCELLED"]);
    }
}

#[test]
fn every_history_from_the_last_attempt_on() {
    for (link, pre_auth, part_payment) in
        [(false, false, false), (true, false, false), (true, true, false), (true, false, true)]
    {
        let (mut start, _) = order(kind(link, pre_auth, part_payment));
        for _ in 0..9 {
            lead(&mut start, &[Command::Pay, Command::Decline(Place::Last)]);
        }
        let reached = walk(start, LENGTH - 1, &ALPHABET);
        assert_reached(&reached, &["FAILED", "PENDING", "CANCELLED"]);
    }
}

#[test]
fn every_history_of_attempts_of_two_payments() {
    for (link, pre_auth) in [(false, false), (true, false), (false, true)] {
        let reached = walk(order(kind(link, pre_auth, false)).0, LENGTH_OF_TWO, &ALPHABET_OF_TWO);
        assert_reached(&reached, &["PENDING", "ATTEMPTED", "CANCELLED"]);
        assert_reached(&reached, if pre_auth { &["AUTHORIZED"] } else { &["PARTIALLY_REFUNDED"] });
    }
}

#[test]
fn every_history_of_two_payments_that_were_approved() {
    for pre_auth in [false, true] {
        let (mut start, _) = order(kind(false, pre_auth, false));
        let [first, last] = [Place::First, Place::Last].map(Command::Approve);
        lead(&mut start, &[Command::PayTwo, last, first]);
        let reached = walk(start, LENGTH, &ALPHABET_OF_TWO);
        assert_reached(&reached, &["PROCESSED", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"]);
        if pre_auth {
            assert_reached(&reached, &["AUTHORIZED", "PARTIALLY_CAPTURED", "CANCELLED"]);
        }
    }
}

#[test]
fn every_history_from_the_last_attempt_of_two_payments_on() {
    let (mut start, _) = order(kind(true, false, false));
    for _ in 0..9 {
        lead(&mut start, &[Command::PayTwo, Command::Decline(Place::LastButOne)]);
    }
    let reached = walk(start, LENGTH_OF_TWO - 1, &ALPHABET_OF_TWO);
    assert_reached(&reached, &["FAILED", "PENDING", "PROCESSED"]);
}
