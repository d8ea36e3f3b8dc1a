//! How attempts of several payments end: in whatever order the acquirer's words come.

use deodar_domain::effects::Effects;
use deodar_domain::event::Event;
use deodar_domain::instruction::InstructionKind;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{CancelCause, PaymentState, PaymentStatus};

use crate::attempt_rules::{KIND, approve, begun, decline};
use crate::books::books_follow;
use crate::made::{Kind, START, instruction_ids, payment_operation};

/// Every order in which so many things can come.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |shorter: Vec<usize>| {
        (0..=shorter.len()).map(move |at| {
            let mut longer = shorter.clone();
            longer.insert(at, last);
            longer
        })
    };
    permutations(last).into_iter().flat_map(with_last).collect()
}

#[test]
fn in_whatever_order_the_payments_are_approved_the_money_moves_once() {
    for pre_auth in [false, true] {
        for count in 2..=4 {
            let amounts = [200, 150, 100, 100];
            let amounts = &amounts[..count];
            let kind = Kind { amount_paise: amounts.iter().sum(), pre_auth, ..KIND };
            let mut ends = Vec::new();
            for permutation in permutations(count) {
                let mut order = begun(kind, amounts);
                for number in &permutation[..count - 1] {
                    assert_eq!(approve(&mut order, *number), Effects::none());
                    assert_eq!(approve(&mut order, *number), Effects::none());
                    assert_eq!(order.state, OrderState::Pending { in_flight: Some(0) });
                    assert_eq!(order.payments[*number].status(), PaymentStatus::Pending);
                    assert!(order.authorised().unwrap().is_zero());
                    assert_eq!(order.due(), order.terms.amount);
                }
                let before = order.clone();
                let effects = approve(&mut order, permutation[count - 1]);
                let (event, sets) = if pre_auth {
                    (Event::OrderAuthorized, 0)
                } else {
                    (Event::OrderProcessed, count)
                };
                assert_eq!((&effects.events[..], effects.ledger.len()), (&[event][..], sets));
                assert!(effects.ordered.is_empty() && books_follow(&before, &order, &effects));
                assert_eq!(order.authorised().unwrap(), order.terms.amount);
                for number in permutation {
                    assert_eq!(approve(&mut order, number), Effects::none());
                }
                ends.push(order);
            }
            assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{count}, {pre_auth}");
        }
    }
}

/// What ends an attempt: it is done to one payment.
type End = fn(&mut Order, usize) -> Effects;

fn time_out(order: &mut Order, number: usize) -> Effects {
    let mut ids = instruction_ids(order);
    order.time_out(payment_operation(number), &mut ids, START).unwrap()
}

fn give_up(order: &mut Order, number: usize) -> Effects {
    let mut ids = instruction_ids(order);
    order.give_up(payment_operation(number), &mut ids, START).unwrap()
}

fn cancel(order: &mut Order, number: usize) -> Effects {
    let mut ids = instruction_ids(order);
    order.cancel_attempt(payment_operation(number), &mut ids, START).unwrap()
}

/// The reversals of a payment.
fn reversals(order: &Order, number: usize) -> usize {
    let of_payment = order.instructions.iter().filter(|asked| usize::from(asked.payment) == number);
    of_payment.filter(|asked| asked.kind == InstructionKind::Reversal).count()
}

#[test]
fn one_payment_that_is_not_made_undoes_each_other_once() {
    let ends: [(End, Event, CancelCause); 4] = [
        (decline, Event::PaymentFailed, CancelCause::AttemptFailed),
        (time_out, Event::PaymentFailed, CancelCause::AttemptFailed),
        (give_up, Event::PaymentFailed, CancelCause::AttemptFailed),
        (cancel, Event::OrderCancelled, CancelCause::Merchant),
    ];
    for (end, event, cause) in ends {
        for culprit in 0..3_usize {
            // Each bit tells whether that one was approved before.
            for approved in (0..8_usize).filter(|bits| bits & (1 << culprit) == 0) {
                let mut order = begun(KIND, &[200, 150, 150]);
                for number in (0..3).filter(|number| approved & (1 << number) != 0) {
                    assert_eq!(approve(&mut order, number), Effects::none());
                }
                let effects = end(&mut order, culprit);
                assert_eq!(effects.events, [event]);
                assert!(effects.ledger.is_empty() && effects.ordered.len() == 2);
                for number in 0..3 {
                    let is_other = number != culprit;
                    let undone = PaymentState::Cancelled { cause };
                    assert!(!is_other || order.payments[number].state == undone);
                    assert_eq!(reversals(&order, number), usize::from(is_other));
                }
                assert_late_words_change_little(&order, culprit);
            }
        }
    }
}

/// Whatever comes after the end: a late yes orders one reversal where there was none.
fn assert_late_words_change_little(end: &Order, culprit: usize) {
    for permutation in permutations(3) {
        let mut order = end.clone();
        for number in permutation {
            let late = approve(&mut order, number);
            assert_eq!(late.ordered.len(), usize::from(number == culprit));
            assert!(late.events.is_empty() && late.ledger.is_empty());
            let told = order.clone();
            for again in [approve, decline, time_out, give_up] {
                assert_eq!(again(&mut order, number), Effects::none());
            }
            assert_eq!(order, told);
        }
        assert_eq!((0..3).map(|number| reversals(&order, number)).max(), Some(1));
        assert_eq!((order.state, order.due()), (end.state, end.due()));
        assert!(order.authorised().unwrap().is_zero());
    }
}
