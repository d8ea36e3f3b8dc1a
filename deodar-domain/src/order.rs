//! An order: what a merchant asks to be paid, every attempt to pay it, and what became of the money.
//!
//! The order is the one aggregate of the gateway: its payments, its refunds, its link and what it
//! has asked of the acquirer are parts of it, so that one version decides and the sums cannot
//! disagree. Its life is told by the commands in the modules below, one for each part of it.

mod attempt;
mod cancel;
mod capture;
mod instruct;
mod link;
mod refund;

use std::ops::Deref;
use std::time::Duration;

use thiserror::Error;

use crate::effects::Effects;
use crate::event::Event;
use crate::id::{LinkNumber, MerchantId, OperationId};
use crate::instruction::{Instruction, InstructionKind, InstructionState};
use crate::key::OrderKey;
use crate::link::{Link, LinkState};
use crate::money::Money;
use crate::payment::{Payment, PaymentStatus};
use crate::reference::MerchantReference;
use crate::refund::Refund;
use crate::refusal::Refusal;
use crate::terms::Terms;
use crate::time::Timestamp;

/// How many attempts an order has.
pub const ATTEMPTS_MAX: u16 = 10;
/// How many payments an order can hold, paid parts included.
pub const PAYMENTS_MAX: usize = 200;
/// How many refunds an order can hold.
pub const REFUNDS_MAX: usize = 200;
/// How long an authorisation is kept when nobody captures it.
pub const AUTHORISATION_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Where an order stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum OrderState {
    /// Made; no attempt yet.
    Created,
    /// An attempt is in flight, or a part was paid and more is due.
    Pending {
        /// The attempt in flight.
        in_flight: Option<u16>,
    },
    /// The last attempt failed; others remain.
    Attempted,
    /// The money is held.
    Authorized {
        /// Since when.
        since: Timestamp,
    },
    /// The money was taken in full.
    Processed,
    /// A part of what was held was taken, the rest let go.
    PartiallyCaptured,
    /// A part of what was taken went back, or is on its way.
    PartiallyRefunded,
    /// All that was taken went back, or is on its way.
    FullyRefunded,
    /// Cancelled, voided or released, or its link ended. Final.
    Cancelled,
    /// No attempt remains. Final.
    Failed,
}

impl OrderState {
    /// The state's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Pending { .. } => "PENDING",
            Self::Attempted => "ATTEMPTED",
            Self::Authorized { .. } => "AUTHORIZED",
            Self::Processed => "PROCESSED",
            Self::PartiallyCaptured => "PARTIALLY_CAPTURED",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::FullyRefunded => "FULLY_REFUNDED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing can change it any more, refunds included.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Failed)
    }
}

/// A capture that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// The merchant's reference of it.
    pub reference: MerchantReference,
    /// How much, in all.
    pub amount: Money,
    /// Whether the acquirer refused it, so that another may be tried.
    pub refused: bool,
}

/// Everything that an order holds, for stores. Whoever holds an [`Order`] can read it all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderParts {
    /// Its key.
    pub key: OrderKey,
    /// Whose it is.
    pub merchant: MerchantId,
    /// What it is for.
    pub terms: Terms,
    /// Where it stands.
    pub state: OrderState,
    /// The tries to pay it, oldest first.
    pub payments: Vec<Payment>,
    /// The captures that were asked for, oldest first.
    pub captures: Vec<Capture>,
    /// What of it went back, oldest first.
    pub refunds: Vec<Refund>,
    /// What was asked of the acquirer beyond authorisations, oldest first.
    pub instructions: Vec<Instruction>,
    /// Its link.
    pub link: Option<Link>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An order. Only its commands change it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order(OrderParts);

impl Deref for Order {
    type Target = OrderParts;

    fn deref(&self) -> &OrderParts {
        &self.0
    }
}

/// Why stored parts are not an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Inconsistent {
    /// The sums are wrong: refunded ≤ captured ≤ authorised ≤ amount.
    #[error("the sums of the order are inconsistent")]
    Sums,
    /// The state does not fit the payments.
    #[error("the state of the order does not fit its payments")]
    State,
    /// The link does not fit the order.
    #[error("the state of the link does not fit its order")]
    Link,
}

/// What is needed to make an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOrder {
    /// Its key.
    pub key: OrderKey,
    /// Whose it is.
    pub merchant: MerchantId,
    /// What it is for.
    pub terms: Terms,
    /// The number and the end of its link, if it is made with one.
    pub link: Option<(LinkNumber, Timestamp)>,
}

/// Where a command gets the ids of what it orders: randomness is an argument.
pub type OperationIds<'a> = &'a mut dyn FnMut() -> OperationId;

impl Order {
    /// Makes an order.
    pub fn create(new: NewOrder, now: Timestamp) -> (Self, Effects) {
        let link = new.link.map(|(number, expire_by)| Link {
            number,
            expire_by,
            state: LinkState::Created,
            updated_at: now,
        });
        let effects = match link {
            Some(_) => Effects::events([Event::LinkCreated]),
            None => Effects::none(),
        };
        let order = Self(OrderParts {
            key: new.key,
            merchant: new.merchant,
            terms: new.terms,
            state: OrderState::Created,
            payments: Vec::new(),
            captures: Vec::new(),
            refunds: Vec::new(),
            instructions: Vec::new(),
            link,
            created_at: now,
            updated_at: now,
        });
        (order, effects)
    }

    /// Takes stored parts, if they are an order.
    pub fn restore(parts: OrderParts) -> Result<Self, Inconsistent> {
        let order = Self(parts);
        order.check()?;
        Ok(order)
    }

    /// Gives the parts, to be stored.
    pub fn into_parts(self) -> OrderParts {
        self.0
    }

    /// Whether what must always hold holds.
    pub fn check(&self) -> Result<(), Inconsistent> {
        let sums = || -> Result<bool, crate::money::MoneyError> {
            let authorised = self.authorised()?;
            let captured = self.captured()?;
            let returned = self.refunded()?.plus(self.refund_pending()?)?;
            Ok(!returned.exceeds(captured)?
                && !captured.exceeds(authorised)?
                && !authorised.exceeds(self.terms.amount)?)
        };
        if !sums().unwrap_or(false) {
            return Err(Inconsistent::Sums);
        }
        let in_flight = match self.state {
            OrderState::Pending { in_flight } => in_flight,
            _ => None,
        };
        let pending_fits = self
            .payments
            .iter()
            .all(|payment| !payment.is_pending() || Some(payment.attempt) == in_flight);
        let authorised_fits = match self.state {
            OrderState::Authorized { .. } => true,
            _ => self.payments.iter().all(|p| p.status() != PaymentStatus::Authorized),
        };
        let flight_fits = in_flight.is_none()
            || self.payments.iter().any(|p| p.is_pending() && Some(p.attempt) == in_flight);
        if !pending_fits || !authorised_fits || !flight_fits {
            return Err(Inconsistent::State);
        }
        let link_fits = self
            .link
            .as_ref()
            .is_none_or(|link| (link.state == LinkState::PaymentInitiated) == in_flight.is_some());
        if link_fits { Ok(()) } else { Err(Inconsistent::Link) }
    }

    fn sum(
        &self,
        mut amounts: impl Iterator<Item = Money>,
    ) -> Result<Money, crate::money::MoneyError> {
        amounts.try_fold(Money::zero(self.terms.amount.currency()), Money::plus)
    }

    /// What is held or was taken, in all.
    pub fn authorised(&self) -> Result<Money, crate::money::MoneyError> {
        self.sum(self.payments.iter().map(Payment::authorised))
    }

    /// What was taken, in all.
    pub fn captured(&self) -> Result<Money, crate::money::MoneyError> {
        self.sum(self.payments.iter().map(Payment::captured))
    }

    /// What went back, in all.
    pub fn refunded(&self) -> Result<Money, crate::money::MoneyError> {
        self.refund_instructions(&InstructionState::Done, None)
    }

    /// What is on its way back, in all.
    pub fn refund_pending(&self) -> Result<Money, crate::money::MoneyError> {
        self.refund_instructions(&InstructionState::Ordered, None)
    }

    fn refund_instructions(
        &self,
        state: &InstructionState,
        payment: Option<u16>,
    ) -> Result<Money, crate::money::MoneyError> {
        self.sum(
            self.instructions
                .iter()
                .filter(|i| matches!(i.kind, InstructionKind::Refund(_)) && i.state == *state)
                .filter(|i| payment.is_none_or(|index| i.payment == index))
                .map(|i| i.amount),
        )
    }

    /// What is still to be paid: the amount less what was paid or authorised. A void, a capture or
    /// a refund does not change it.
    pub fn due(&self) -> Money {
        let paid = self.sum(self.payments.iter().filter_map(|payment| {
            let voided = self.instructions.iter().any(|i| {
                i.payment == payment.id.index && matches!(i.kind, InstructionKind::Void(_))
            });
            let counts = voided || payment.authorised() == payment.amount;
            counts.then_some(payment.amount)
        }));
        paid.and_then(|paid| self.terms.amount.minus(paid))
            .unwrap_or(Money::zero(self.terms.amount.currency()))
    }

    /// How many attempts remain. A part that was paid uses up none.
    pub fn retries_remaining(&self) -> u16 {
        let mut used: Vec<u16> = self
            .payments
            .iter()
            .filter(|payment| !self.terms.part_payment || payment.authorised().is_zero())
            .map(|payment| payment.attempt)
            .collect();
        used.dedup();
        ATTEMPTS_MAX.saturating_sub(u16::try_from(used.len()).unwrap_or(u16::MAX))
    }

    /// The payment of this index.
    pub fn payment(&self, index: u16) -> Option<&Payment> {
        self.payments.get(usize::from(index))
    }

    /// The payment whose authorisation is `operation`.
    pub fn payment_by_operation(&self, operation: OperationId) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.operation == operation)
    }

    /// The payment in flight.
    pub fn payment_in_flight(&self) -> Option<&Payment> {
        self.payments.iter().rev().find(|payment| payment.is_pending())
    }

    /// The refund of this key.
    pub fn refund(&self, key: OrderKey) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.key == key)
    }

    /// The instruction of this operation.
    pub fn instruction(&self, operation: OperationId) -> Option<&Instruction> {
        self.instructions.iter().find(|instruction| instruction.operation == operation)
    }

    /// Whether a capture or void of what is held is in doubt. The reversal of a late yes is about a
    /// payment of which nothing is held, and stops neither.
    pub fn has_open_instruction(&self) -> bool {
        let held = |index| {
            self.payment(index).is_some_and(|held| held.status() == PaymentStatus::Authorized)
        };
        self.instructions.iter().any(|asked| asked.is_open() && held(asked.payment))
    }

    /// Why a terminal order refuses to be paid, captured or cancelled.
    fn refuse_if_final(&self) -> Result<(), Refusal> {
        match self.state {
            OrderState::Cancelled => Err(Refusal::OrderCancelled),
            OrderState::Failed => Err(Refusal::OrderFailed),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, state: OrderState, now: Timestamp) {
        self.0.state = state;
        self.0.updated_at = now;
    }
}
