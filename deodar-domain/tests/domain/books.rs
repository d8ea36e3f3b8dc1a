//! The books beside the orders: one balanced set of entries for each movement of money, no more.

use deodar_domain::effects::Effects;
use deodar_domain::id::OperationId;
use deodar_domain::instruction::{Instruction, InstructionKind, InstructionState};
use deodar_domain::ledger::{Account, EntrySet};
use deodar_domain::money::Money;
use deodar_domain::order::Order;

/// Whether the books tell exactly what moved between two states of an order.
pub(crate) fn books_follow(before: &Order, after: &Order, effects: &Effects) -> bool {
    let mut booked: Vec<_> = effects.ledger.iter().map(|set| booked(set, after)).collect();
    let mut moved: Vec<_> = moved(before, after).into_iter().map(Some).collect();
    booked.sort_unstable();
    moved.sort_unstable();
    booked == moved
}

/// What moved, by the operation that moved it: taken for the merchant, or, negative, given back.
fn moved(before: &Order, after: &Order) -> Vec<(OperationId, i64)> {
    let was_done = |at: usize| before.instructions.get(at).is_some_and(is_done);
    let done_now = || {
        let instructions = after.instructions.iter().enumerate();
        instructions.filter(|(at, asked)| is_done(asked) && !was_done(*at)).map(|(_, asked)| asked)
    };
    let taken = after.payments.iter().enumerate().filter_map(|(at, payment)| {
        let was = before.payments.get(at).map_or(0, |payment| signed(payment.captured()));
        let is_capture = |asked: &&Instruction| {
            asked.payment == payment.id.index && matches!(asked.kind, InstructionKind::Capture(_))
        };
        let cause = done_now().find(is_capture).map_or(payment.operation, |asked| asked.operation);
        let taken = signed(payment.captured()) - was;
        (taken != 0).then_some((cause, taken))
    });
    let given_back = done_now()
        .filter(|asked| matches!(asked.kind, InstructionKind::Refund(_)))
        .map(|asked| (asked.operation, -signed(asked.amount)));
    taken.chain(given_back).collect()
}

const fn is_done(asked: &Instruction) -> bool {
    matches!(asked.state, InstructionState::Done)
}

/// What a set says that moved; `None` where it does not say it in two entries that balance.
fn booked(set: &EntrySet, order: &Order) -> Option<(OperationId, i64)> {
    let [one, other] = set.entries() else { return None };
    let balanced = one.amount + other.amount == 0
        && one.currency == other.currency
        && one.account == Account::AcquirerReceivable
        && other.account == Account::MerchantPayable(order.merchant);
    balanced.then_some((set.cause(), one.amount))
}

fn signed(money: Money) -> i64 {
    i64::try_from(money.minor()).unwrap()
}
