//! The lives of orders and payments, found by trying every command on every order that the
//! commands lead to.

use anyhow::Result;
use deodar_domain::order::Order;
use deodar_domain::payment::PaymentStatus;

use super::diagram::Diagram;
use super::explore::{Step, walk};

/// The diagrams.
pub(super) struct Diagrams {
    /// The states of an order.
    pub(super) order: String,
    /// The states of a payment.
    pub(super) payment: String,
}

/// The names of the states of an order, in the order in which they are drawn. One that the walk
/// reaches and that is not here shows as `UNKNOWN`.
const ORDER_STATES: [&str; 10] = [
    "CREATED",
    "PENDING",
    "ATTEMPTED",
    "AUTHORIZED",
    "PROCESSED",
    "PARTIALLY_CAPTURED",
    "PARTIALLY_REFUNDED",
    "FULLY_REFUNDED",
    "CANCELLED",
    "FAILED",
];

const PAYMENT_STATES: [PaymentStatus; 5] = [
    PaymentStatus::Pending,
    PaymentStatus::Authorized,
    PaymentStatus::Processed,
    PaymentStatus::Cancelled,
    PaymentStatus::Failed,
];

/// Draws both.
pub(super) fn diagrams() -> Result<Diagrams> {
    let (order, payment) = found(super::explore::LENGTH)?;
    Ok(Diagrams { order: order.mermaid("created"), payment: payment.mermaid("attempt started") })
}

/// The diagrams of what histories of `length` commands lead to.
fn found(length: usize) -> Result<(Diagram, Diagram)> {
    let mut orders = Diagram::of(ORDER_STATES);
    let mut payments = Diagram::of(PAYMENT_STATES.map(PaymentStatus::name));
    walk(length, |step| {
        orders.lead(step.before.state.name(), step.label, step.after.state.name());
        lead_payments(&mut payments, step);
    })?;
    Ok((orders, payments))
}

fn lead_payments(payments: &mut Diagram, Step { before, label, after }: Step<'_>) {
    let statuses = |order: &Order| -> Vec<_> {
        order.payments.iter().map(|payment| payment.status().name()).collect()
    };
    for (from, to) in statuses(before).into_iter().zip(statuses(after)) {
        payments.lead(from, label, to);
    }
}

#[cfg(test)]
mod tests {
    use super::super::explore::LENGTH;
    use super::*;

    #[test]
    fn a_longer_walk_finds_nothing_more() {
        let (orders, payments) = found(LENGTH).unwrap();
        let (longer_orders, longer_payments) = found(LENGTH + 1).unwrap();
        assert_eq!(orders.edge_count(), longer_orders.edge_count());
        assert_eq!(payments.edge_count(), longer_payments.edge_count());
    }

    #[test]
    fn every_state_is_known_and_reached() {
        let Diagrams { order, payment } = diagrams().unwrap();
        for (drawn, states) in [
            (order, ORDER_STATES.to_vec()),
            (payment, PAYMENT_STATES.map(PaymentStatus::name).to_vec()),
        ] {
            assert!(!drawn.contains("UNKNOWN"), "{drawn}");
            for state in states {
                assert!(drawn.contains(&format!("--> {state}:")), "{state} in {drawn}");
            }
        }
    }
}
