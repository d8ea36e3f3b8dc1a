//! Every history of commands up to length seven, on every kind of order, and what always holds.
//!
//! The histories are walked by breadth. A command that is refused must leave nothing behind, so
//! that a history with it is the same without it; and histories that end in the same order at the
//! same time have the same future, so that one of them is walked on.

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
    payment_operation,
};

/// How many commands a history has.
const LENGTH: usize = 7;
const AMOUNT: u64 = 500;
const PART: u64 = 200;

/// What can happen. Payments and instructions are named by their place: the first or the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Click,
    Pay,
    PayPart,
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
                order.start_attempt(payment(next_payment, due, card()), now)
            }
            Self::PayPart => {
                let part = Money::paise(PART);
                order.start_attempt(payment(next_payment, part, card()), now)
            }
            Self::Approve(place) => order.approve(attempt(order, place), approval(), &mut ids, now),
            Self::Decline(place) => order.decline(attempt(order, place), declined(), now),
            Self::GiveUp(place) => order.give_up(attempt(order, place), now),
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

fn attempt(order: &Order, place: Place) -> OperationId {
    match place {
        Place::First => payment_operation(0),
        Place::Last => payment_operation(order.payments.len().saturating_sub(1)),
    }
}

fn instruction(order: &Order, place: Place) -> OperationId {
    let found = match place {
        Place::First => order.instructions.first(),
        Place::Last => order.instructions.last(),
    };
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
fn walk(start: Order, length: usize) -> HashSet<&'static str> {
    let mut seen = HashSet::from([digest(&start, START)]);
    let mut states = HashSet::from([start.state.name()]);
    let mut level = vec![(start, START)];
    for _ in 0..length {
        let mut next = Vec::new();
        for (before, now) in &level {
            for command in ALPHABET {
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

fn assert_reached(reached: &HashSet<&'static str>, expected: &[&'static str]) {
    for state in expected {
        assert!(reached.contains(state), "{state} was never reached: {reached:?}");
    }
}

#[test]
fn every_history_of_an_order_that_is_paid_at_once() {
    for link in [false, true] {
        let reached = walk(order(kind(link, false, false)).0, LENGTH);
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
        let reached = walk(order(kind(link, true, false)).0, LENGTH);
        assert_reached(&reached, &["AUTHORIZED", "PROCESSED", "PARTIALLY_CAPTURED", "CANCELLED"]);
        assert_reached(&reached, &["PARTIALLY_REFUNDED", "FULLY_REFUNDED"]);
    }
}

#[test]
fn every_history_of_an_order_that_is_paid_in_parts() {
    for link in [false, true] {
        let reached = walk(order(kind(link, false, true)).0, LENGTH);
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
            for command in [Command::Pay, Command::Decline(Place::Last)] {
                let before = start.clone();
                let said = command.apply(&mut start, START);
                assert_step(command, START, &before, &start, &said);
            }
        }
        let reached = walk(start, LENGTH - 1);
        assert_reached(&reached, &["FAILED", "PENDING", "CANCELLED"]);
    }
}
