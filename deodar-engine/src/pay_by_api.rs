//! Payments that a merchant's server makes.

use std::sync::Arc;

use deodar_acquirer::Instrument;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::PaymentReference;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::pay::{Asked, AskedPayment, ReturnTo};

/// A payment that a merchant's server asks for.
#[derive(Debug)]
pub struct ApiPayment {
    /// What the payer pays with, with its secrets.
    pub instrument: Instrument,
    /// Whether a QR code is wanted of a UPI link.
    pub upi_qr: bool,
    /// How much.
    pub amount: Money,
    /// The merchant's reference of it, which is its own within the order.
    pub reference: PaymentReference,
}

impl From<ApiPayment> for AskedPayment {
    fn from(payment: ApiPayment) -> Self {
        Self {
            instrument: payment.instrument,
            upi_qr: payment.upi_qr,
            amount: Some(payment.amount),
            reference: payment.reference,
        }
    }
}

impl Engine {
    /// Makes an attempt to pay an order of `merchant`, by one payment or by several that are made
    /// together or not at all; answers the order. The payer goes on by its
    /// [`Engine::challenge_url`] while it is in flight. References that were used for the same
    /// methods and amounts in one attempt answer the order as it is; for anything else
    /// [`EngineError::DuplicateReference`].
    pub async fn pay_by_api(
        self: &Arc<Self>,
        merchant: &Merchant,
        order: OrderKey,
        payments: Vec<ApiPayment>,
    ) -> Result<Order, EngineError> {
        self.order(merchant, order).await?;
        let deals: Vec<_> = payments
            .iter()
            .map(|asked| (asked.reference.clone(), asked.instrument.method(), asked.amount))
            .collect();
        let asked = Asked {
            payments: payments.into_iter().map(AskedPayment::from).collect(),
            return_to: ReturnTo::Challenge,
        };
        let order = self.pay_in_background(order, asked).await?;
        let same = deals.iter().all(|(reference, method, amount)| {
            let made = order.payments.iter().find(|payment| payment.reference == *reference);
            made.is_some_and(|made| made.instrument.method() == *method && made.amount == *amount)
        });
        if same { Ok(order) } else { Err(EngineError::DuplicateReference) }
    }
}
