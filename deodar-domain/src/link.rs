//! A payment link: the public face of an order, and its life.

use std::time::Duration;

use thiserror::Error;

use crate::event::Event;
use crate::id::LinkNumber;
use crate::message::{REMINDED_LIFETIME_MIN, REMINDER_BEFORE_END};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The longest life of a link, and its life where none is given.
pub const LINK_LIFETIME_MAX: Duration = Duration::from_hours(180 * 24);

/// How often a link can be sent again within [`NOTIFY_HOUR`]. The call reaches a payer, so it must
/// not flood one.
pub const NOTIFIES_PER_HOUR_MAX: usize = 3;
/// How often a link can be sent again within [`NOTIFY_DAY`].
pub const NOTIFIES_PER_DAY_MAX: usize = 10;
/// The shorter period for which links that are sent again are counted.
pub const NOTIFY_HOUR: Duration = Duration::from_hours(1);
/// The longer period for which links that are sent again are counted.
pub const NOTIFY_DAY: Duration = Duration::from_hours(24);

/// Where a link stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum LinkState {
    /// Made, and opened by nobody.
    Created,
    /// A person opened the page, or an attempt failed.
    Clicked,
    /// An attempt is in flight.
    PaymentInitiated,
    /// The whole amount was paid or authorised.
    Processed,
    /// A part was paid.
    PartialProcessed,
    /// The time ran out. Final.
    Expired,
    /// The merchant cancelled it, or its order failed, was voided or released. Final.
    Cancelled,
}

impl LinkState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Clicked,
        Self::PaymentInitiated,
        Self::Processed,
        Self::PartialProcessed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The state's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Clicked => "CLICKED",
            Self::PaymentInitiated => "PAYMENT_INITIATED",
            Self::Processed => "PROCESSED",
            Self::PartialProcessed => "PARTIAL_PROCESSED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing can change it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Expired | Self::Cancelled)
    }
}

/// What can happen to a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum LinkCommand {
    /// A person opened the page.
    Click,
    /// An attempt began.
    AttemptStarted,
    /// The attempt failed; `part_paid` tells whether an earlier part was paid.
    AttemptEnded {
        /// Whether an earlier part was paid.
        part_paid: bool,
    },
    /// A part was paid.
    PartPaid,
    /// The whole amount was paid or authorised.
    Paid,
    /// The merchant cancels it.
    Cancel,
    /// The merchant has it sent to the payer again.
    Notify,
    /// The order failed, or its authorisation was voided or released.
    OrderEnded,
    /// The time ran out.
    Expire,
}

/// A payment link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Its own number.
    pub number: LinkNumber,
    /// When it ends.
    pub expire_by: Timestamp,
    /// Where it stands.
    pub state: LinkState,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was sent again, in real time: those that may still count, the oldest first.
    pub sent_again: Vec<Timestamp>,
}

/// Why a link is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotSentAgain {
    /// Its state, or what is known of its payer, does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was sent too often.
    #[error("The payment link was sent too often: try again later")]
    TooOften {
        /// When it can be sent again, in real time.
        again_at: Timestamp,
    },
}

impl Link {
    /// Whether its time has run out at `now`.
    pub fn is_past(&self, now: Timestamp) -> bool {
        now >= self.expire_by
    }

    /// When its payer is reminded of it, as it was made at `made_at`; a link of a short life has no
    /// such time.
    pub fn reminder_at(&self, made_at: Timestamp) -> Option<Timestamp> {
        let lifetime = self.expire_by.since(made_at);
        let wait = lifetime.checked_sub(REMINDER_BEFORE_END)?;
        (lifetime >= REMINDED_LIFETIME_MIN).then(|| made_at.plus(wait))
    }

    /// Counts that it is sent again at `real_now`, unless it was too often: more than
    /// [`NOTIFIES_PER_HOUR_MAX`] times an hour, or [`NOTIFIES_PER_DAY_MAX`] times a day.
    pub(crate) fn count_sent_again(&mut self, real_now: Timestamp) -> Result<(), NotSentAgain> {
        self.sent_again.retain(|sent| sent.plus(NOTIFY_DAY) > real_now);
        let limits = [(NOTIFIES_PER_HOUR_MAX, NOTIFY_HOUR), (NOTIFIES_PER_DAY_MAX, NOTIFY_DAY)];
        let full_until = limits.into_iter().filter_map(|(max, period)| {
            // The one that makes room for another when its period is over.
            let place = self.sent_again.len().checked_sub(max)?;
            self.sent_again.get(place).map(|sent| sent.plus(period))
        });
        if let Some(again_at) = full_until.max().filter(|again_at| *again_at > real_now) {
            return Err(NotSentAgain::TooOften { again_at });
        }
        self.sent_again.push(real_now);
        Ok(())
    }

    /// Does `command`, or refuses. Says what is told to the merchant.
    pub(crate) fn apply(
        &mut self,
        command: LinkCommand,
        now: Timestamp,
    ) -> Result<Option<Event>, Refusal> {
        let (next, event) = next(self.state, command)?;
        if next != self.state {
            self.state = next;
            self.updated_at = now;
        }
        Ok(event)
    }
}

/// The one table of a link's life.
#[expect(
    clippy::match_same_arms,
    reason = "the table is read by command, one group after the other"
)]
pub fn next(state: LinkState, command: LinkCommand) -> Result<(LinkState, Option<Event>), Refusal> {
    use LinkCommand as C;
    use LinkState as S;
    match (state, command) {
        (S::Created, C::Click) => Ok((S::Clicked, Some(Event::LinkClicked))),
        (_, C::Click) => Ok((state, None)),

        (S::Created | S::Clicked | S::PartialProcessed, C::AttemptStarted) => {
            Ok((S::PaymentInitiated, None))
        }
        (S::PaymentInitiated, C::AttemptStarted) => Err(Refusal::AttemptInFlight),
        (S::PaymentInitiated, C::AttemptEnded { part_paid: true }) => {
            Ok((S::PartialProcessed, None))
        }
        (S::PaymentInitiated, C::AttemptEnded { part_paid: false }) => Ok((S::Clicked, None)),
        (S::PaymentInitiated, C::PartPaid) => {
            Ok((S::PartialProcessed, Some(Event::LinkPartialProcessed)))
        }
        (S::PaymentInitiated, C::Paid) => Ok((S::Processed, Some(Event::LinkProcessed))),
        (_, C::AttemptEnded { .. } | C::PartPaid | C::Paid) => Err(Refusal::UnknownPayment),

        (S::Created | S::Clicked | S::PartialProcessed, C::Cancel | C::OrderEnded)
        | (S::PaymentInitiated | S::Processed, C::OrderEnded) => {
            Ok((S::Cancelled, Some(Event::LinkCancelled)))
        }
        (S::Created | S::Clicked | S::PartialProcessed, C::Notify) => Ok((state, None)),
        (S::PaymentInitiated, C::Notify) => Err(Refusal::AttemptInFlight),
        (S::Processed | S::Expired | S::Cancelled, C::Notify) => Err(Refusal::LinkNotNotifiable),

        (S::PaymentInitiated, C::Cancel | C::Expire) => Err(Refusal::AttemptInFlight),
        (S::Cancelled, C::Cancel) => Err(Refusal::LinkCancelled),
        (S::Processed | S::Expired, C::Cancel) => Err(Refusal::LinkNotCancellable),
        (S::Expired | S::Cancelled, C::OrderEnded) => Ok((state, None)),

        (S::Created | S::Clicked | S::PartialProcessed, C::Expire) => {
            Ok((S::Expired, Some(Event::LinkExpired)))
        }
        (S::Processed, C::Expire) => Ok((S::Processed, None)),
        (S::Expired, C::Expire) => Ok((S::Expired, None)),

        (S::Processed, C::AttemptStarted) => Err(Refusal::AlreadyPaid),
        (S::Expired, C::AttemptStarted) => Err(Refusal::LinkExpired),
        (S::Cancelled, C::AttemptStarted | C::Expire) => Err(Refusal::LinkCancelled),
    }
}
