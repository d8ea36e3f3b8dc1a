//! A payment: one try to pay an order, or a part of it.

use std::time::Duration;

use crate::decline::{DeclineReason, Failure};
use crate::id::{OperationId, PaymentId, TransactionNumber};
use crate::instrument::{CardSummary, Instrument, UpiFlow};
use crate::money::Money;
use crate::reference::PaymentReference;
use crate::text::{NO_CONTROL, printable, text_type};
use crate::time::Timestamp;

/// How long an attempt lives before the acquirer is asked what became of it.
pub const ATTEMPT_LIFETIME: Duration = Duration::from_mins(15);
/// The same for a UPI collect request.
pub const COLLECT_LIFETIME: Duration = Duration::from_mins(5);

text_type!(
    /// A reference that an acquirer gave. It may be empty.
    AcquirerText, 0, 100, printable, NO_CONTROL
);
text_type!(
    /// A URL or `upi://` link that an acquirer sends the payer to.
    ChallengeTarget, 1, 4096, printable, NO_CONTROL
);

/// What the acquirer says of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcquirerData {
    /// The acquirer's name, `SIMULATOR_CARD`.
    pub acquirer_name: AcquirerText,
    /// The acquirer's reference of the payment.
    pub acquirer_reference: Option<AcquirerText>,
    /// The authorisation code (ISO 8583 field 38).
    pub approval_code: Option<AcquirerText>,
    /// The retrieval reference number (ISO 8583 field 37).
    pub rrn: Option<AcquirerText>,
    /// Whether we settle the money, or the merchant's own contract does.
    pub is_aggregator: bool,
}

/// What the payer has to do before the acquirer decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Challenge {
    /// Go to a page of the bank: 3-D Secure, a netbanking login.
    Redirect(ChallengeTarget),
    /// Say yes in the UPI app; in a sandbox the app is a page.
    Collect {
        /// The simulator's UPI app, where there is one.
        app: Option<ChallengeTarget>,
    },
    /// Open a `upi://pay` link, or scan it.
    Intent {
        /// The link.
        link: ChallengeTarget,
        /// The simulator's UPI app, where there is one.
        app: Option<ChallengeTarget>,
    },
    /// Give a one-time password to us.
    Otp,
}

/// Where a payment stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaymentState {
    /// The acquirer has not decided, or its answer is not known.
    Pending {
        /// What the payer has to do, once the acquirer has said.
        challenge: Option<Challenge>,
        /// When the attempt ends unless the acquirer says yes.
        expires_at: Timestamp,
    },
    /// The acquirer said yes, and another payment of the same attempt is not decided: nothing is
    /// booked, and it is undone where that one fails. The API tells it as pending.
    Approved,
    /// The money is held.
    Authorized,
    /// The money was taken: all of it, or what was captured.
    Processed {
        /// How much was taken.
        captured: Money,
    },
    /// The payer gave up, or the authorisation was voided or released.
    Cancelled {
        /// Why.
        cause: CancelCause,
    },
    /// The acquirer said no, or the time ran out.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// Why a payment was cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelCause {
    /// The payer gave up on the page.
    Payer,
    /// The merchant cancelled the order.
    Merchant,
    /// Nobody captured the authorisation in time.
    Released,
    /// Another payment of the same attempt was not made.
    AttemptFailed,
}

/// The names of the payment states in the API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentStatus {
    /// See [`PaymentState::Pending`].
    Pending,
    /// See [`PaymentState::Authorized`].
    Authorized,
    /// See [`PaymentState::Processed`].
    Processed,
    /// See [`PaymentState::Cancelled`].
    Cancelled,
    /// See [`PaymentState::Failed`].
    Failed,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Authorized, Self::Processed, Self::Cancelled, Self::Failed];

    /// The status in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Authorized => "AUTHORIZED",
            Self::Processed => "PROCESSED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

/// One try to pay an order, or a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// Which payment of which order.
    pub id: PaymentId,
    /// Which attempt of the order it belongs to, from 0.
    pub attempt: u16,
    /// The payment's own number.
    pub number: TransactionNumber,
    /// The merchant's or the page's reference of it.
    pub reference: PaymentReference,
    /// What is to be paid.
    pub amount: Money,
    /// What it is paid with.
    pub instrument: Instrument,
    /// The authorisation at the acquirer.
    pub operation: OperationId,
    /// What the acquirer says.
    pub acquirer: AcquirerData,
    /// Where it stands.
    pub state: PaymentState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Payment {
    /// The name of its state.
    pub const fn status(&self) -> PaymentStatus {
        match &self.state {
            PaymentState::Pending { .. } | PaymentState::Approved => PaymentStatus::Pending,
            PaymentState::Authorized => PaymentStatus::Authorized,
            PaymentState::Processed { .. } => PaymentStatus::Processed,
            PaymentState::Cancelled { .. } => PaymentStatus::Cancelled,
            PaymentState::Failed { .. } => PaymentStatus::Failed,
        }
    }

    /// Whether the acquirer has not decided.
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, PaymentState::Pending { .. })
    }

    /// Whether its attempt is in flight: the acquirer has not decided it, or another payment of the
    /// attempt.
    pub const fn is_in_flight(&self) -> bool {
        matches!(self.state, PaymentState::Pending { .. } | PaymentState::Approved)
    }

    /// What was held or taken; nothing where it was neither.
    pub fn authorised(&self) -> Money {
        match self.state {
            PaymentState::Authorized | PaymentState::Processed { .. } => self.amount,
            _ => Money::zero(self.amount.currency()),
        }
    }

    /// What was taken.
    pub fn captured(&self) -> Money {
        match self.state {
            PaymentState::Processed { captured } => captured,
            _ => Money::zero(self.amount.currency()),
        }
    }

    /// The code and sentence of a failure or of the payer's giving up.
    pub fn failure(&self) -> Option<Failure> {
        match &self.state {
            PaymentState::Failed { failure } => Some(failure.clone()),
            PaymentState::Cancelled { cause: CancelCause::Payer } => {
                Some(Failure::of(DeclineReason::PaymentCancelled))
            }
            _ => None,
        }
    }

    /// How long an attempt with `instrument` lives.
    pub const fn lifetime(instrument: &Instrument) -> Duration {
        match instrument {
            Instrument::Upi(UpiFlow::Collect { .. }) => COLLECT_LIFETIME,
            _ => ATTEMPT_LIFETIME,
        }
    }
}

/// What is needed to make a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPayment {
    /// The payment's own number.
    pub number: TransactionNumber,
    /// The merchant's or the page's reference of it.
    pub reference: PaymentReference,
    /// What is to be paid.
    pub amount: Money,
    /// What it is paid with.
    pub instrument: Instrument,
    /// The authorisation at the acquirer.
    pub operation: OperationId,
    /// The acquirer that is asked.
    pub acquirer: AcquirerData,
}

/// The acquirer's yes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// The authorisation code.
    pub approval_code: AcquirerText,
    /// The acquirer's reference.
    pub acquirer_reference: AcquirerText,
    /// The retrieval reference number.
    pub rrn: AcquirerText,
    /// What the acquirer knows of the card beyond what the payer typed.
    pub card: Option<CardSummary>,
}
