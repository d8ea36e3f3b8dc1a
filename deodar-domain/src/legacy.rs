//! What the legacy Pay by Link API has of its own: the numbers of its payment modes, and which
//! payment it speaks of. A legacy link is a link like any other.

use crate::instruction::{InstructionKind, InstructionState};
use crate::method::Method;
use crate::order::Order;
use crate::payment::Payment;

/// The most characters of a product's description.
pub const DESCRIPTION_LENGTH_MAX: usize = 200;
/// The most characters of a product's code.
pub const PRODUCT_CODE_LENGTH_MAX: usize = 50;
/// How many digits the customer's mobile number has.
pub const MOBILE_LENGTH: usize = 10;

/// How a payer pays, as the legacy API counts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum PaymentMode {
    /// By this method; the money is taken at once.
    By(Method),
    /// By card; the money is only held until the merchant captures it.
    Prebooking,
}

impl PaymentMode {
    /// Every mode, in the order of their ids.
    pub const ALL: [Self; 10] = [
        Self::By(Method::Card),
        Self::By(Method::Netbanking),
        Self::By(Method::CreditEmi),
        Self::By(Method::Upi),
        Self::By(Method::Wallet),
        Self::By(Method::DebitEmi),
        Self::Prebooking,
        Self::By(Method::Bnpl),
        Self::By(Method::CardlessEmi),
        Self::By(Method::Points),
    ];

    /// Its id in the API.
    pub const fn id(self) -> u8 {
        match self {
            Self::By(Method::Card) => 1,
            Self::By(Method::Netbanking) => 3,
            Self::By(Method::CreditEmi) => 4,
            Self::By(Method::Upi) => 10,
            Self::By(Method::Wallet) => 11,
            Self::By(Method::DebitEmi) => 14,
            Self::Prebooking => 16,
            Self::By(Method::Bnpl) => 17,
            Self::By(Method::CardlessEmi) => 19,
            Self::By(Method::Points) => 20,
        }
    }

    /// The mode of an id as it is written: digits, without a zero before them.
    pub fn from_id(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.id().to_string() == text)
    }

    /// The method that it offers.
    pub const fn method(self) -> Method {
        match self {
            Self::By(method) => method,
            Self::Prebooking => Method::Card,
        }
    }

    /// The mode of a payment of `order`.
    pub fn of(order: &Order, payment: &Payment) -> Self {
        match payment.instrument.method() {
            Method::Card if order.terms.pre_auth => Self::Prebooking,
            method => Self::By(method),
        }
    }
}

/// The payment that the legacy API speaks of: the last that held or took money, whatever became of
/// that money, else the last.
pub fn told_payment(order: &Order) -> Option<&Payment> {
    let held = |payment: &&Payment| !payment.authorised().is_zero() || was_let_go(order, payment);
    match order.payments.iter().rev().find(held) {
        // The first of an attempt is its main one.
        Some(success) => order.attempt(success.attempt).find(held),
        None => order.last_payment(),
    }
}

/// Whether the money of a payment was held, and let go.
pub fn was_let_go(order: &Order, payment: &Payment) -> bool {
    is_done(order, payment, |kind| matches!(kind, InstructionKind::Void(_)))
}

/// Whether a payment that came too late was undone.
pub fn was_reversed(order: &Order, payment: &Payment) -> bool {
    is_done(order, payment, |kind| matches!(kind, InstructionKind::Reversal))
}

fn is_done(order: &Order, payment: &Payment, is_it: fn(InstructionKind) -> bool) -> bool {
    order.instructions.iter().any(|asked| {
        asked.payment == payment.id.index
            && is_it(asked.kind)
            && asked.state == InstructionState::Done
    })
}
