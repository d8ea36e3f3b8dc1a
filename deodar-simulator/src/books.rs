//! The bank's books: what is kept of each operation, and in which state it is.

mod audit;
mod open;
mod read;
mod write;

use deodar_acquirer::Outcome;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{CardSummary, Instrument};
use deodar_domain::money::Money;
use deodar_domain::payment::{AcquirerText, Approval};
use deodar_domain::time::Timestamp;

use crate::rules::Verdict;

pub(crate) use audit::audit;
pub(crate) use open::OpenBooks;
pub(crate) use read::{authorization, authorization_by_token, follow_on, is_refused, movements};
pub(crate) use write::{insert_authorization, insert_follow_on, refuse_from_now_on, update_state};

/// The numbers of an approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Receipt {
    pub(crate) approval_code: AcquirerText,
    pub(crate) acquirer_reference: AcquirerText,
    pub(crate) rrn: AcquirerText,
}

impl Receipt {
    fn approval(&self, instrument: Option<Instrument>) -> Approval {
        Approval {
            approval_code: self.approval_code.clone(),
            acquirer_reference: self.acquirer_reference.clone(),
            rrn: self.rrn.clone(),
            instrument,
        }
    }
}

/// How the payer is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// By a one-time password on the 3-D Secure page.
    Card,
    /// By a request in the UPI app.
    Collect,
    /// By a `upi://pay` link.
    Intent,
    /// On the bank's login page.
    Netbanking,
}

impl Flow {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Collect => "collect",
            Self::Intent => "intent",
            Self::Netbanking => "netbanking",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Card, Self::Collect, Self::Intent, Self::Netbanking]
            .into_iter()
            .find(|flow| flow.name() == name)
    }
}

/// Where an authorisation stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The payer is asked.
    Waiting,
    /// Nobody is asked, and nothing is decided.
    Pending,
    /// It was approved.
    Approved(Receipt),
    /// It was declined.
    Declined(DeclineReason),
    /// The gateway let go of it before it was decided.
    Abandoned,
}

impl State {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pending => "pending",
            Self::Approved(_) => "approved",
            Self::Declined(_) => "declined",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether nothing can change it any more.
    pub(crate) const fn is_decided(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Pending)
    }
}

/// A request to hold or take money.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub(crate) operation: OperationId,
    pub(crate) token: String,
    pub(crate) merchant: MerchantId,
    pub(crate) merchant_name: String,
    pub(crate) amount: Money,
    pub(crate) hold: bool,
    pub(crate) flow: Flow,
    pub(crate) card: Option<CardSummary>,
    pub(crate) verdict: Verdict,
    pub(crate) moves_money: bool,
    pub(crate) return_url: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) otp_tries_wrong: u8,
    pub(crate) answer_lost: bool,
    pub(crate) state: State,
}

impl Authorization {
    /// The outcome, where it is decided or nobody is asked.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        Some(match &self.state {
            State::Waiting => return None,
            State::Pending => Outcome::Pending,
            State::Approved(receipt) => {
                Outcome::Approved(receipt.approval(self.card.clone().map(Instrument::Card)))
            }
            State::Declined(reason) => Outcome::Declined(Failure::of(*reason)),
            State::Abandoned => Outcome::Declined(Failure::of(DeclineReason::PaymentCancelled)),
        })
    }
}

/// What is asked about an authorisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FollowOnKind {
    Capture,
    Void,
    Refund,
    Reversal,
}

impl FollowOnKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Capture, Self::Void, Self::Refund, Self::Reversal]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What came of a follow-on. It is decided when it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    /// It is done, and so much money moved by it.
    Done { receipt: Receipt, moved: Money },
    /// It was refused.
    Refused(DeclineReason),
}

/// A capture, void, refund or reversal.
#[derive(Clone, Debug)]
pub(crate) struct FollowOn {
    pub(crate) operation: OperationId,
    pub(crate) authorization: OperationId,
    pub(crate) kind: FollowOnKind,
    pub(crate) amount: Money,
    pub(crate) decision: Decision,
}

impl FollowOn {
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.decision {
            Decision::Done { receipt, .. } => Outcome::Approved(receipt.approval(None)),
            Decision::Refused(reason) => Outcome::Declined(Failure::of(*reason)),
        }
    }
}

/// What has happened to an approved authorisation: sums over its follow-ons, never stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Movements {
    /// What the merchant was given.
    pub(crate) captured: Money,
    /// What the payer was given back.
    pub(crate) returned: Money,
    /// Whether the rest of the hold was let go: by a capture, a void or a reversal.
    pub(crate) released: bool,
}
