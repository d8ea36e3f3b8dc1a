//! Payments that a merchant's server makes.

use std::sync::Arc;

use deodar_acquirer::Instrument;
use deodar_domain::key::OrderKey;
use deodar_domain::merchant::Merchant;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::reference::PaymentReference;
use deodar_domain::time::Timestamp;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::pay::{Asked, ReturnTo};

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

impl Engine {
    /// Makes a payment of an order of `merchant`; answers the order. The payer goes on by its
    /// [`Engine::challenge_url`] while the payment is pending. A reference that was used for the
    /// same method and amount answers the order as it is; for anything else
    /// [`EngineError::DuplicateReference`].
    pub async fn pay_by_api(
        self: &Arc<Self>,
        merchant: &Merchant,
        order: OrderKey,
        payment: ApiPayment,
    ) -> Result<Order, EngineError> {
        self.order(merchant, order).await?;
        let (method, amount) = (payment.instrument.method(), payment.amount);
        let asked = Asked {
            instrument: payment.instrument,
            upi_qr: payment.upi_qr,
            amount: Some(amount),
            reference: payment.reference,
            return_to: ReturnTo::Challenge,
        };
        let paid = self.pay_in_background(order, asked).await?;
        let same = paid.payment().is_some_and(|payment| {
            payment.instrument.method() == method && payment.amount == amount
        });
        if same { Ok(paid.order) } else { Err(EngineError::DuplicateReference) }
    }
}

/// Refuses a card that has expired. A page refuses it before.
pub(crate) fn check_expiry(instrument: &Instrument, now: Timestamp) -> Result<(), EngineError> {
    match instrument {
        Instrument::Card(card) if card.expiry.check_not_past(now).is_err() => {
            Err(EngineError::InvalidField {
                field: "payments[0].payment_option.card_details.expiry_year",
                message: "The card has expired",
            })
        }
        _ => Ok(()),
    }
}
