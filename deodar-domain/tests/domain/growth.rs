//! An order never grows without end: whoever asks again and again for what the acquirer refuses is
//! refused by us in the end.

use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::effects::Effects;
use deodar_domain::money::Money;
use deodar_domain::order::{AUTHORISATION_LIFETIME, INSTRUCTIONS_MAX, Order};
use deodar_domain::reference::MerchantReference;
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;

use crate::attempt_rules::{KIND, approve, begun};
use crate::made::{Kind, START, instruction_ids, key};

/// An order of 300 and 200 paise that were approved.
fn approved(pre_auth: bool) -> Order {
    let mut order = begun(Kind { pre_auth, ..KIND }, &[300, 200]);
    let _ = (approve(&mut order, 0), approve(&mut order, 1));
    order
}

fn capture(order: &mut Order) -> Result<Effects, Refusal> {
    let mut ids = instruction_ids(order);
    let reference = format!("capture-{}", order.captures.len());
    order.capture(MerchantReference::parse(&reference).unwrap(), None, &mut ids, START)
}

fn cancel(order: &mut Order) -> Result<Effects, Refusal> {
    let mut ids = instruction_ids(order);
    order.cancel(&mut ids, START)
}

fn refund(order: &mut Order) -> Result<Effects, Refusal> {
    let mut ids = instruction_ids(order);
    order.start_refund(key(order.refunds.len() + 1), None, Some(Money::paise(500)), &mut ids, START)
}

fn release(order: &mut Order, now: Timestamp) -> Effects {
    let mut ids = instruction_ids(order);
    order.release(&mut ids, now).unwrap()
}

/// Asks until it is refused here; the acquirer refuses it each time.
fn insist(order: &mut Order, ask: fn(&mut Order) -> Result<Effects, Refusal>) -> Refusal {
    for _ in 0..=INSTRUCTIONS_MAX {
        let asked = match ask(order) {
            Ok(effects) => effects.ordered,
            Err(refusal) => return refusal,
        };
        for operation in asked {
            let no = Failure::of(DeclineReason::PaymentDeclined);
            let _ = order.instruction_refused(operation, no, START).unwrap();
        }
    }
    panic!("{} instructions, and no end", order.instructions.len());
}

#[test]
fn captures_that_are_refused_again_and_again_come_to_an_end() {
    let mut order = approved(true);
    assert_eq!(insist(&mut order, capture), Refusal::RefusedTooOften);
    assert_eq!(order.instructions.len(), INSTRUCTIONS_MAX);
    assert_eq!(cancel(&mut order).unwrap().ordered.len(), 2, "what is held can still be let go");
}

#[test]
fn voids_that_are_refused_again_and_again_come_to_an_end_but_the_release_does_not() {
    let mut order = approved(true);
    assert_eq!(insist(&mut order, cancel), Refusal::RefusedTooOften);
    assert_eq!(order.instructions.len(), INSTRUCTIONS_MAX);
    let late = START.plus(AUTHORISATION_LIFETIME);
    assert_eq!(release(&mut order, late).ordered.len(), 2);
}

#[test]
fn refunds_that_are_refused_again_and_again_come_to_an_end() {
    let mut order = approved(false);
    assert_eq!(insist(&mut order, refund), Refusal::TooManyRefunds);
    assert!(order.instructions.len() <= INSTRUCTIONS_MAX);
}
