//! The lives of orders, payments and refunds, found by trying every command on every order that the
//! commands lead to.

use anyhow::Result;
use deodar_domain::order::OrderState;
use deodar_domain::payment::{CancelCause, PaymentState, PaymentStatus};
use deodar_domain::refund::RefundState;

use super::diagram::Diagram;
use super::explore::{Step, walk};

/// The diagrams.
pub(super) struct Diagrams {
    /// The states of an order.
    pub(super) order: String,
    /// The states of a payment.
    pub(super) payment: String,
    /// The states of a refund.
    pub(super) refund: String,
}

/// What is found of each.
struct Found {
    orders: Diagram,
    payments: Diagram,
    refunds: Diagram,
}

/// Draws all.
pub(super) fn diagrams() -> Result<Diagrams> {
    let Found { orders, payments, refunds } = found(super::explore::LENGTH)?;
    Ok(Diagrams {
        order: orders.mermaid("created"),
        payment: payments.mermaid("attempt started"),
        refund: refunds.mermaid("asked for"),
    })
}

/// The diagrams of what histories of `length` commands lead to.
fn found(length: usize) -> Result<Found> {
    let mut orders = Diagram::of(OrderState::NAMES);
    let mut payments = Diagram::of(PaymentStatus::ALL.map(PaymentStatus::name));
    let mut refunds = Diagram::of(RefundState::NAMES);
    walk(length, |step| {
        orders.lead(step.before.state.name(), step.label, step.after.state.name());
        lead_payments(&mut payments, step);
        lead_refunds(&mut refunds, step);
    })?;
    Ok(Found { orders, payments, refunds })
}

fn lead_payments(payments: &mut Diagram, Step { before, label, after }: Step<'_>) {
    for (from, to) in before.payments.iter().zip(&after.payments) {
        let label = match to.state {
            PaymentState::Cancelled { cause: CancelCause::AttemptFailed } => {
                "another payment of the attempt failed"
            }
            _ => label,
        };
        payments.lead(from.status().name(), label, to.status().name());
    }
}

fn lead_refunds(refunds: &mut Diagram, Step { before, label, after }: Step<'_>) {
    for (from, to) in before.refunds.iter().zip(&after.refunds) {
        let label = match to.state {
            RefundState::Failed(_) => "refused, in full or in part",
            _ => label,
        };
        refunds.lead(from.state.name(), label, to.state.name());
    }
}

#[cfg(test)]
mod tests {
    use super::super::explore::LENGTH;
    use super::*;

    #[test]
    fn a_longer_walk_finds_nothing_more() {
        let (drawn, longer) = (found(LENGTH).unwrap(), found(LENGTH + 1).unwrap());
        for (drawn, longer) in [
            (drawn.orders, longer.orders),
            (drawn.payments, longer.payments),
            (drawn.refunds, longer.refunds),
        ] {
            assert_eq!(drawn.edge_count(), longer.edge_count());
        }
    }

    #[test]
    fn every_state_is_known_and_reached() {
        let Diagrams { order, payment, refund } = diagrams().unwrap();
        for (drawn, states) in [
            (order, OrderState::NAMES.to_vec()),
            (payment, PaymentStatus::ALL.map(PaymentStatus::name).to_vec()),
            (refund, RefundState::NAMES.to_vec()),
        ] {
            assert!(!drawn.contains("UNKNOWN"), "{drawn}");
            for state in states {
                assert!(drawn.contains(&format!("--> {state}:")), "{state} in {drawn}");
            }
        }
    }
}
