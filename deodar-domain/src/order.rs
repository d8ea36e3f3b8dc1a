//! An order: what a merchant asks to be paid, every attempt to pay it, and what became of the money.
//!
//! The order is the one aggregate of the gateway: its payments, its refunds, its link and what it
//! has asked of the acquirer are parts of it, so that one version decides and the sums cannot
//! disagree. Its life is told by the commands in the modules below, one for each part of it.

mod attempt;
mod cancel;
mod capture;
mod contact;
mod instruct;
mod link;
mod refund;

pub use attempt::ATTEMPT_PAYMENTS_MAX;

use std::ops::Deref;
use std::time::Duration;

use thiserror::Error;

use crate::customer::Contact;
use crate::decline::Failure;
use crate::effects::Effects;
use crate::event::Event;
use crate::id::{LinkNumber, MerchantId, OperationId};
use crate::instruction::{Instruction, InstructionKind, InstructionState};
use crate::key::OrderKey;
use crate::link::{Link, LinkState};
use crate::money::Money;
use crate::payment::{CancelCause, Payment, PaymentState, PaymentStatus};
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
/// How many captures, voids or refunds, of each kind, the acquirer can be asked for: so many that
/// only those that it refuses again and again come near it.
pub const INSTRUCTIONS_MAX: usize = 500;
/// How often the payer can change the contact details of an order.
pub const CONTACT_CHANGES_MAX: u8 = 20;
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
    /// The names of all states, in the order in which an order comes to them.
    pub const NAMES: [&str; 10] = [
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
    /// Whether that was all that was held.
    pub whole: bool,
    /// Why the acquirer refused it, or a part of it, so that another may be tried.
    pub refused: Option<Failure>,
}

impl Capture {
    /// Whether a request for `amount`, or for all that is held, is the one that made this capture.
    pub fn was_asked_with(&self, amount: Option<Money>) -> bool {
        amount.map_or(self.whole, |amount| self.amount == amount)
    }
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
    /// How the payer is reached, where the payer gave other details than the merchant.
    pub contact: Option<Contact>,
    /// How often the payer changed that.
    pub contact_changes: u8,
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
    /// The sums are wrong: refunded ≤ captured ≤ authorised, and what is authorised or in flight ≤
    /// amount.
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
            sent_again: Vec::new(),
        });
        let effects = match link {
            Some(_) => Effects::events([Event::LinkCreated]),
            None => Effects::none(),
        };
        let order = Self(OrderParts {
            key: new.key,
            merchant: new.merchant,
            terms: new.terms,
            contact: None,
            contact_changes: 0,
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
            let in_flight = self.payments.iter().filter(|payment| payment.is_in_flight());
            let in_flight = self.sum(in_flight.map(|payment| payment.amount))?;
            let captured = self.captured()?;
            let returned = self.refunded()?.plus(self.refund_pending()?)?;
            Ok(!returned.exceeds(captured)?
                && !captured.exceeds(authorised)?
                && !authorised.plus(in_flight)?.exceeds(self.terms.amount)?)
        };
        if !sums().unwrap_or(false) {
            return Err(Inconsistent::Sums);
        }
        let in_flight = match self.state {
            OrderState::Pending { in_flight } => in_flight,
            _ => None,
        };
        // The payments of an attempt are in flight together, or none of them is.
        let pending_fits = self
            .payments
            .iter()
            .all(|payment| payment.is_in_flight() == (Some(payment.attempt) == in_flight));
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

    /// What is held, in all.
    pub fn held(&self) -> Result<Money, crate::money::MoneyError> {
        let held = self.payments.iter().filter(|p| p.status() == PaymentStatus::Authorized);
        self.sum(held.map(|payment| payment.amount))
    }

    /// What was taken, in all.
    pub fn captured(&self) -> Result<Money, crate::money::MoneyError> {
        self.sum(self.payments.iter().map(Payment::captured))
    }

    /// What went back, in all.
    pub fn refunded(&self) -> Result<Money, crate::money::MoneyError> {
        self.refund_instructions(&InstructionState::Done, None)
    }

    /// What went back of one payment.
    pub fn refunded_of(&self, payment: u16) -> Result<Money, crate::money::MoneyError> {
        self.refund_instructions(&InstructionState::Done, Some(payment))
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

    /// The payment in flight. Of several in one attempt it is one that waits for its payer, else
    /// one that waits for the acquirer.
    pub fn payment_in_flight(&self) -> Option<&Payment> {
        self.last_payment().filter(|payment| payment.is_pending())
    }

    /// The payment that tells where the last attempt stands.
    pub fn last_payment(&self) -> Option<&Payment> {
        self.telling_payment(self.payments.last()?.attempt)
    }

    /// The payments of an attempt, in the order in which they were asked for.
    pub fn attempt(&self, attempt: u16) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.iter().filter(move |payment| payment.attempt == attempt)
    }

    /// The payment that tells where an attempt stands: while it is in flight one that waits for its
    /// payer, else one that waits for the acquirer; after that one that was refused or given up, if
    /// there is one.
    pub fn telling_payment(&self, attempt: u16) -> Option<&Payment> {
        self.attempt(attempt).min_by_key(|payment| match &payment.state {
            PaymentState::Pending { challenge: Some(_), .. } => 0,
            PaymentState::Pending { challenge: None, .. } => 1,
            PaymentState::Failed { .. } => 2,
            PaymentState::Cancelled { cause: CancelCause::Payer } => 3,
            _ => 4,
        })
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
