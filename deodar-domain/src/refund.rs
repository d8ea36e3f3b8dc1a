//! A refund: captured money that goes back. It is part of its order, and has a public id of its own.

use crate::decline::Failure;
use crate::key::OrderKey;
use crate::money::Money;
use crate::reference::MerchantReference;
use crate::time::Timestamp;

/// Where a refund stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RefundState {
    /// The acquirer has not answered for all its parts.
    Pending,
    /// The money went back.
    Processed,
    /// The acquirer refused; what had not gone back is free to be refunded again.
    Failed(Failure),
}

impl Refund {
    /// Whether a request for `amount`, or for all that is left, is the one that made this refund.
    /// No amount is the same as no amount alone.
    pub fn was_asked_with(&self, amount: Option<Money>) -> bool {
        match amount {
            Some(amount) => !self.whole && self.amount == amount,
            None => self.whole,
        }
    }
}

impl RefundState {
    /// The names of all states.
    pub const NAMES: [&str; 3] = ["PENDING", "PROCESSED", "FAILED"];

    /// The state's name in the API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processed => "PROCESSED",
            Self::Failed(_) => "FAILED",
        }
    }
}

/// Captured money that goes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refund {
    /// Its key, in the space of the orders' keys.
    pub key: OrderKey,
    /// The merchant's reference of it.
    pub reference: Option<MerchantReference>,
    /// How much.
    pub amount: Money,
    /// Whether the merchant named no amount, and it is all that was left.
    pub whole: bool,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
