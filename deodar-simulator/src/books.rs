//! The bank's books: what is kept of each operation, and in which state it is.

mod audit;
mod flow;
mod open;
mod read;
mod write;

use deodar_acquirer::Outcome;
use deodar_domain::decline::{DeclineReason, Failure};
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::CardSummary;
use deodar_domain::money::{Money, MoneyError};
use deodar_domain::payment::{AcquirerText, Approval};
use deodar_domain::time::Timestamp;

use crate::rules::Verdict;

pub(crate) use audit::audit;
pub(crate) use flow::{Asking, Borrower, Flow, Repayment};
pub(crate) use open::OpenBooks;
pub(crate) use read::{
    authorization, authorization_by_token, borrowed, debts, follow_on, is_refused, movements,
};
pub(crate) use write::{
    insert_authorization, insert_follow_on, note_repaid, refuse_from_now_on, update_state,
};

/// The numbers of an approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Receipt {
    pub(crate) approval_code: AcquirerText,
    pub(crate) rrn: AcquirerText,
}

impl Receipt {
    fn approval(&self, reference: &AcquirerText, card: Option<CardSummary>) -> Approval {
        Approval {
            approval_code: self.approval_code.clone(),
            acquirer_reference: reference.clone(),
            rrn: self.rrn.clone(),
            card,
        }
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
    /// The end of the number of the bank account that alone may pay.
    pub(crate) account_end: Option<String>,
    /// The bank's reference, from the first answer on.
    pub(crate) reference: AcquirerText,
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
                Outcome::Approved(receipt.approval(&self.reference, self.flow.card().cloned()))
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
    Done { receipt: Receipt, reference: AcquirerText, moved: Money },
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
            Decision::Done { receipt, reference, .. } => {
                Outcome::Approved(receipt.approval(reference, None))
            }
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

impl Movements {
    /// What is still owed of an approved `amount`: all of it while it is held, then what was
    /// captured, less what went back.
    pub(crate) fn owed(self, amount: Money) -> Result<Money, MoneyError> {
        if self.released { self.captured.minus(self.returned) } else { Ok(amount) }
    }
}

/// What a payer owes to a lender: sums over the books, never stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Debts {
    /// What was lent, less what was let go or given back.
    pub(crate) owed: Money,
    /// What waits for the payer's yes.
    pub(crate) waiting: Money,
}
