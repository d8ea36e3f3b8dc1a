//! What the legacy API tells of an order, where a call cannot easily lead to it.

use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::order::Order;
use deodar_wire::legacy::{LegacyRefusal, LegacyStatusAnswer};
use serde_json::Value;

use crate::answers::{approval, at, card, ids, small, start, value};

fn outcome(order: &Order) -> Value {
    value(LegacyStatusAnswer::new(order))["PARENT_TXN_STATUS"].clone()
}

#[test]
fn a_yes_that_came_too_late_is_auto_reversed_once_it_is_undone() {
    let mut order = small("");
    let operation = start(&mut order, card(), 10);
    let _ = order.time_out(operation, &mut ids(50), at(1_000)).unwrap();
    assert_eq!(outcome(&order), "-7");
    let late = order.approve(operation, approval(), &mut ids(60), at(1_001)).unwrap();
    assert_eq!(outcome(&order), "-7");
    let _ = order.instruction_done(late.ordered[0], at(1_002)).unwrap();
    assert_eq!(outcome(&order), "13");
    let _ = order.cancel_link(at(1_003)).unwrap();
    assert_eq!(outcome(&order), "13");
}

#[test]
fn a_payer_who_gives_up_cancels_and_the_last_attempt_fails() {
    let mut order = small("");
    let operation = start(&mut order, card(), 10);
    let _ = order.give_up(operation, &mut ids(50), at(11)).unwrap();
    assert_eq!(outcome(&order), "-10");
    for attempt in 1..10_u64 {
        let operation = start(&mut order, card(), 20 * attempt);
        assert_eq!(outcome(&order), "12");
        let failure = Failure::of(DeclineReason::PaymentDeclined);
        let _ = order.decline(operation, failure, &mut ids(60), at(20 * attempt + 1)).unwrap();
        assert_eq!(outcome(&order), "-7");
    }
    assert!(order.state.is_final());
}

#[test]
fn a_refund_that_the_acquirer_refused_gave_nothing_back() {
    let mut order = small("");
    let operation = start(&mut order, card(), 10);
    let _ = order.approve(operation, approval(), &mut ids(60), at(11)).unwrap();
    let asked =
        order.start_refund(crate::answers::key(8), None, None, &mut ids(70), at(12)).unwrap();
    assert_eq!(outcome(&order), "4", "it is on its way");
    let failure = Failure::of(DeclineReason::PaymentDeclined);
    let _ = order.instruction_refused(asked.ordered[0], failure, at(13)).unwrap();
    assert_eq!(outcome(&order), "4");
}

#[test]
fn the_codes_run_from_minus_one_to_minus_eleven() {
    for (refusal, code) in LegacyRefusal::ALL.into_iter().zip((-11..=-1).rev()) {
        assert_eq!(refusal.code(), code, "{refusal:?}");
    }
}
