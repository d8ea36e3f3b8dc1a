//! What must hold at every step of every history.

use deodar_domain::effects::Effects;
use deodar_domain::event::Event;
use deodar_domain::instruction::{InstructionKind, InstructionState};
use deodar_domain::link::LinkState;
use deodar_domain::order::{Order, OrderState};
use deodar_domain::payment::{Payment, PaymentState, PaymentStatus};
use deodar_domain::refund::{Refund, RefundState};
use deodar_domain::refusal::Refusal;
use deodar_domain::time::Timestamp;

use crate::books::books_follow;
use crate::every_history::Command;

/// Checks one step: the order before and after a command, and what the command said.
pub(crate) fn assert_step(
    command: Command,
    now: Timestamp,
    before: &Order,
    after: &Order,
    said: &Result<Effects, Refusal>,
) {
    let context = || format!("{command:?} on {before:#?}\nsaid {said:?} and made {after:#?}");
    let Ok(effects) = said else {
        assert!(after == before, "half done: {}", context());
        return;
    };
    assert!(after.check().is_ok(), "inconsistent: {}", context());
    assert!(
        Order::restore(after.clone().into_parts()).as_ref() == Ok(after),
        "not restored: {}",
        context()
    );
    assert!(sums_hold(after), "sums: {}", context());
    assert!(final_states_stay(before, after), "a final state was left: {}", context());
    assert!(books_follow(before, after, effects), "books: {}", context());
    assert!(attempts_hold(after), "attempts: {}", context());
    assert!(approvals_are_told(command, before, after), "approvals: {}", context());
    assert!(state_tells_the_money(after), "state: {}", context());
    assert!(orders_follow(before, after, effects), "orders: {}", context());
    assert!(events_follow(before, after, effects), "events: {}", context());
    assert!(after.updated_at >= before.updated_at && after.updated_at <= now, "{}", context());
    if command.is_answer() {
        let mut again = after.clone();
        let second = command.apply(&mut again, now);
        assert!(second == Ok(Effects::none()) && again == *after, "twice: {}", context());
    }
}

/// refunded ≤ captured ≤ authorised ≤ amount, and what is due never grows past it.
fn sums_hold(order: &Order) -> bool {
    let [authorised, captured, refunded, on_its_way] =
        [order.authorised(), order.captured(), order.refunded(), order.refund_pending()]
            .map(|sum| sum.unwrap().minor());
    // A refund of which the acquirer refused a part will fail, and has freed that part already.
    let refused = |refund: &Refund| {
        order.instructions.iter().any(|instruction| {
            instruction.kind == InstructionKind::Refund(refund.key)
                && matches!(instruction.state, InstructionState::Refused(_))
        })
    };
    let of_refunds: u64 = order
        .refunds
        .iter()
        .filter(|refund| !refused(refund))
        .map(|refund| refund.amount.minor())
        .sum();
    let in_flight: u64 = order
        .payments
        .iter()
        .filter(|payment| payment.is_in_flight())
        .map(|payment| payment.amount.minor())
        .sum();
    refunded + on_its_way <= captured
        && captured <= authorised
        && authorised <= order.terms.amount.minor()
        && of_refunds <= captured
        && order.due().minor() + authorised <= order.terms.amount.minor()
        && authorised + in_flight <= order.terms.amount.minor()
}

fn final_states_stay(before: &Order, after: &Order) -> bool {
    let order = !before.state.is_final() || after.state == before.state;
    let link = match (&before.link, &after.link) {
        (Some(one), Some(other)) => !one.state.is_final() || one == other,
        (one, other) => one.is_none() && other.is_none(),
    };
    let payments = after.payments.len() >= before.payments.len()
        && before.payments.iter().zip(&after.payments).all(|(one, other)| {
            let may_change =
                matches!(one.status(), PaymentStatus::Pending | PaymentStatus::Authorized);
            may_change || one == other
        });
    let refunds = after.refunds.len() >= before.refunds.len()
        && before
            .refunds
            .iter()
            .zip(&after.refunds)
            .all(|(one, other)| one.state == RefundState::Pending || one == other);
    let instructions = after.instructions.len() >= before.instructions.len()
        && before
            .instructions
            .iter()
            .zip(&after.instructions)
            .all(|(one, other)| one.is_open() || one == other);
    order && link && payments && refunds && instructions && before.terms == after.terms
}

/// Whether the order tells of a yes to this payment: it is booked, or waits for another payment of
/// its attempt, or was asked to be undone.
fn is_told(order: &Order, payment: &Payment) -> bool {
    let is_kept = matches!(
        payment.state,
        PaymentState::Approved | PaymentState::Authorized | PaymentState::Processed { .. }
    );
    is_kept
        || order.instructions.iter().any(|asked| {
            asked.payment == payment.id.index
                && matches!(asked.kind, InstructionKind::Void(_) | InstructionKind::Reversal)
        })
}

fn reversals(order: &Order, payment: &Payment) -> usize {
    let of_payment = order.instructions.iter().filter(|asked| asked.payment == payment.id.index);
    of_payment.filter(|asked| asked.kind == InstructionKind::Reversal).count()
}

/// The payments of an attempt are in flight together, or made together, or not made together. None
/// that was made is reversed, and none is reversed twice; of those that were not made, every one is
/// reversed but the one by which the attempt ended, which needs it only after a late yes.
fn attempts_hold(order: &Order) -> bool {
    let in_flight = match order.state {
        OrderState::Pending { in_flight } => in_flight,
        _ => None,
    };
    order.payments.iter().map(|payment| payment.attempt).all(|attempt| {
        let all = |is: &dyn Fn(&Payment) -> bool| order.attempt(attempt).all(is);
        let reversed = || order.attempt(attempt).map(|payment| reversals(order, payment));
        let is_made = |payment: &Payment| is_told(order, payment) && !payment.is_in_flight();
        let is_over = |payment: &Payment| {
            matches!(payment.state, PaymentState::Failed { .. } | PaymentState::Cancelled { .. })
        };
        if in_flight == Some(attempt) {
            all(&Payment::is_in_flight) && reversed().all(|count| count == 0)
        } else if reversed().all(|count| count == 0) && all(&is_made) {
            true
        } else {
            all(&is_over)
                && reversed().all(|count| count <= 1)
                && reversed().filter(|count| *count == 0).count() <= 1
        }
    })
}

/// What the acquirer has approved is told by the order from then on.
fn approvals_are_told(command: Command, before: &Order, after: &Order) -> bool {
    let now = match command {
        Command::Approve(place) => {
            let approved = after.payments.get(place.of(after.payments.len()));
            approved.is_some_and(|payment| is_told(after, payment))
        }
        _ => true,
    };
    let both = before.payments.iter().zip(&after.payments);
    now && both.into_iter().all(|(one, other)| !is_told(before, one) || is_told(after, other))
}

/// The state of an order whose money was taken tells how much of it went back.
fn state_tells_the_money(order: &Order) -> bool {
    if !is_captured(order.state) {
        return true;
    }
    let captured = order.captured().unwrap();
    let left = order.refundable().unwrap();
    let told = if left.is_zero() {
        OrderState::FullyRefunded
    } else if left != captured {
        OrderState::PartiallyRefunded
    } else if captured == order.terms.amount {
        OrderState::Processed
    } else {
        OrderState::PartiallyCaptured
    };
    order.state == told
}

/// What is ordered of the acquirer is exactly the new instructions.
fn orders_follow(before: &Order, after: &Order, effects: &Effects) -> bool {
    let new: Vec<_> = after.instructions[before.instructions.len()..]
        .iter()
        .map(|instruction| instruction.operation)
        .collect();
    new == effects.ordered
}

/// An event is told exactly when its state was entered.
fn events_follow(before: &Order, after: &Order, effects: &Effects) -> bool {
    let told = |event: Event| effects.events.iter().filter(|told| **told == event).count();
    let entered = |is: fn(OrderState) -> bool| usize::from(is(after.state) && !is(before.state));
    let link_state = |order: &Order| order.link.as_ref().map(|link| link.state);
    let link_entered = |state: LinkState| {
        let is = |order| link_state(order) == Some(state);
        usize::from(is(after) && !is(before))
    };
    let ended = |order: &Order| {
        let failed = |payment: &Payment| payment.failure().is_some();
        order.payments.iter().filter(|payment| failed(payment)).count()
    };
    let refunds = after.refunds.iter().enumerate().all(|(at, refund)| {
        let was = before.refunds.get(at).map_or(&RefundState::Pending, |refund| &refund.state);
        let changed = usize::from(*was != refund.state);
        let (processed, failed) = match refund.state {
            RefundState::Pending => (0, 0),
            RefundState::Processed => (changed, 0),
            RefundState::Failed(_) => (0, changed),
        };
        told(Event::RefundProcessed(refund.key)) == processed
            && told(Event::RefundFailed(refund.key)) == failed
    });
    // A part that was paid after the link's time ends the link in the same step.
    let part_paid = told(Event::LinkPartialProcessed)
        == usize::from(!after.captured().unwrap().is_zero())
            * usize::from(after.captured() != before.captured())
            * usize::from(after.link.is_some() && !after.due().is_zero())
            * usize::from(!after.terms.pre_auth);
    told(Event::OrderAuthorized) == entered(|s| matches!(s, OrderState::Authorized { .. }))
        && told(Event::OrderProcessed) == entered(is_captured)
        && told(Event::OrderCancelled) == entered(|s| s == OrderState::Cancelled)
        && told(Event::OrderFailed) == entered(|s| s == OrderState::Failed)
        && told(Event::PaymentFailed) == ended(after) - ended(before)
        && told(Event::LinkClicked)
            == usize::from(before.payments.len() == after.payments.len())
                * usize::from(link_state(before) == Some(LinkState::Created))
                * link_entered(LinkState::Clicked)
        && told(Event::LinkProcessed) == link_entered(LinkState::Processed)
        && told(Event::LinkExpired) == link_entered(LinkState::Expired)
        && told(Event::LinkCancelled) == link_entered(LinkState::Cancelled)
        && part_paid
        && refunds
}

const fn is_captured(state: OrderState) -> bool {
    matches!(
        state,
        OrderState::Processed
            | OrderState::PartiallyCaptured
            | OrderState::PartiallyRefunded
            | OrderState::FullyRefunded
    )
}
