//! The trait that every acquirer implements: what it is asked, what it answers, what it can do.
//!
//! "The acquirer did not answer" is not "the acquirer said no": silence is an error of its own, and
//! whoever meets it asks [`Acquirer::status`] until the outcome is known. Every operation has an id,
//! which is its idempotency key: asking for the same operation twice does it once.

mod card_details;

use std::time::Duration;

use async_trait::async_trait;
use deodar_domain::account::BankAccount;
use deodar_domain::card::CardNumber;
use deodar_domain::customer::MobileNumber;
use deodar_domain::decline::Failure;
use deodar_domain::emi::{EmiPlan, PanNumber, Tenure};
use deodar_domain::id::{MerchantId, OperationId};
use deodar_domain::instrument::{EmiCard, Instrument as KeptInstrument, PayCode, WalletCode};
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::Money;
use deodar_domain::pay_later::{Device, Eligibility, MaskedMobile, PayLaterProvider};
use deodar_domain::payment::{AcquirerText, Approval, Challenge};
use deodar_domain::text::MerchantName;
use deodar_domain::upi::Vpa;
use thiserror::Error;

pub use card_details::CardDetails;

/// What an acquirer can do, known before it is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// The methods that it takes.
    pub methods: MethodSet,
    /// The methods whose money it can hold until a capture.
    pub holds: MethodSet,
    /// Whether it is a sandbox: its pages and rules are public.
    pub sandbox: bool,
    /// How long it is given for an answer before it counts as silent.
    pub answer_timeout: Duration,
}

/// What the payer pays with, with its secrets.
#[derive(Debug)]
pub enum Instrument {
    /// A card.
    Card(CardDetails),
    /// A UPI request to an address.
    UpiCollect(Vpa),
    /// A `upi://pay` link, as a link or a QR code.
    UpiIntent,
    /// A bank's login page.
    Netbanking(PayCode),
    /// A wallet.
    Wallet(WalletCode),
    /// The loyalty points of a card.
    Points {
        /// The card's number.
        number: CardNumber,
        /// By which the card's bank knows the payer.
        mobile: MobileNumber,
    },
    /// Instalments on a card.
    CardEmi {
        /// Which kind of card.
        on: EmiCard,
        /// The card.
        card: CardDetails,
        /// Over how many months.
        tenure: Tenure,
    },
    /// Instalments without a card.
    CardlessEmi {
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// The same, where the merchant has it.
        pan: Option<PanNumber>,
        /// Over how many months.
        tenure: Tenure,
    },
    /// Pay Later.
    PayLater {
        /// The lender.
        provider: PayLaterProvider,
        /// By which the lender knows the payer.
        mobile: MobileNumber,
        /// The payer's device, where it is known.
        device: Option<Device>,
    },
}

impl Instrument {
    /// The method.
    pub const fn method(&self) -> Method {
        match self {
            Self::Card(_) => Method::Card,
            Self::UpiCollect(_) | Self::UpiIntent => Method::Upi,
            Self::Netbanking(_) => Method::Netbanking,
            Self::Wallet(_) => Method::Wallet,
            Self::Points { .. } => Method::Points,
            Self::CardEmi { on: EmiCard::Credit, .. } => Method::CreditEmi,
            Self::CardEmi { on: EmiCard::Debit, .. } => Method::DebitEmi,
            Self::CardlessEmi { .. } => Method::CardlessEmi,
            Self::PayLater { .. } => Method::Bnpl,
        }
    }

    /// The tenure of an EMI.
    pub const fn tenure(&self) -> Option<Tenure> {
        match self {
            Self::CardEmi { tenure, .. } | Self::CardlessEmi { tenure, .. } => Some(*tenure),
            _ => None,
        }
    }
}

/// A request to hold or take money.
#[derive(Debug)]
pub struct AuthorizeRequest {
    /// The operation.
    pub operation: OperationId,
    /// For whom.
    pub merchant: MerchantId,
    /// The merchant's name, as the payer reads it at the bank.
    pub merchant_name: MerchantName,
    /// How much.
    pub amount: Money,
    /// Whether the money is only held.
    pub hold: bool,
    /// What the payer pays with.
    pub instrument: Instrument,
    /// Where the bank's pages send the payer back to.
    pub return_url: String,
    /// The bank account that alone may pay.
    pub account: Option<BankAccount>,
    /// How long the bank may wait for the payer.
    pub lifetime: Duration,
    /// Whether the payer is asked by another payment of the same attempt: what needs no more than
    /// one yes asks for none of its own.
    pub asked_beside: bool,
}

/// A request about a payment that was authorised before: a capture, void, refund or reversal.
#[derive(Clone, Debug)]
pub struct FollowOnRequest {
    /// The operation.
    pub operation: OperationId,
    /// The authorisation that it is about.
    pub authorization: OperationId,
    /// How much. A void or a reversal is of all of it.
    pub amount: Money,
}

/// What came of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is done.
    Approved(Approval),
    /// It was refused, and will not be done.
    Declined(Failure),
    /// It is not decided.
    Pending,
    /// It waits for the payer.
    Challenged {
        /// What the payer has to do.
        challenge: Challenge,
        /// The acquirer's reference of the payment, where it has one by now.
        reference: Option<AcquirerText>,
    },
}

/// What an acquirer knows of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Status {
    /// It was never asked for, and is refused if it is asked for from now on: whoever hears this of
    /// an authorisation may end the attempt.
    Unknown,
    /// This came of it.
    Known(Outcome),
}

/// The acquirer did not answer. What was asked may or may not have been done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AcquirerError {
    /// No answer came in time, or the connection broke.
    #[error("the acquirer did not answer: {0}")]
    Silent(String),
    /// What was asked is not among its capabilities.
    #[error("the acquirer cannot do this: {0}")]
    Unsupported(&'static str),
}

/// What came of ending an authorisation that waits for the payer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Abandoned {
    /// It is over, and no yes can come.
    Ended,
    /// It was decided before.
    Decided(Outcome),
}

/// What came of the payer's answer to a challenge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChallengeAnswer {
    /// The answer decided the operation.
    Decided(Outcome),
    /// The answer was wrong; more may be tried.
    Wrong {
        /// How many tries remain.
        tries_remaining: u8,
    },
}

/// The loyalty points of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PointsBalance {
    /// How many points there are.
    pub points: u64,
    /// What they pay for.
    pub worth: Money,
}

/// A question whether a lender would pay for a payer.
#[derive(Clone, Debug)]
pub struct EligibilityRequest {
    /// For whom.
    pub merchant: MerchantId,
    /// The lender.
    pub provider: PayLaterProvider,
    /// By which the lender knows the payer.
    pub mobile: MaskedMobile,
    /// How much.
    pub amount: Money,
    /// The payer's device, where it is known.
    pub device: Option<Device>,
}

/// A bank, a switch or a lender that moves the money.
#[async_trait]
pub trait Acquirer: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;

    /// Its name for what is paid with, as `acquirer_name` tells it: `SIMULATOR_CARD`,
    /// `LAZYPAY_BNPL`.
    fn name(&self, instrument: &KeptInstrument) -> AcquirerText;

    /// Holds or takes money.
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Outcome, AcquirerError>;

    /// Takes what was held, in full or in part; the rest is let go.
    async fn capture(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError>;

    /// Lets go of what was held.
    async fn void(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError>;

    /// Gives back what was taken.
    async fn refund(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError>;

    /// Undoes an authorisation whose attempt has ended, whatever it is by now: what was approved is
    /// given back, what is not decided ends, and what never came is refused from then on, so that no
    /// yes can follow.
    async fn reverse(&self, request: FollowOnRequest) -> Result<Outcome, AcquirerError>;

    /// Tells what came of an operation.
    async fn status(&self, operation: OperationId) -> Result<Status, AcquirerError>;

    /// Ends an authorisation that waits for the payer.
    async fn abandon(&self, operation: OperationId) -> Result<Abandoned, AcquirerError>;

    /// Gives the payer's one-time password.
    async fn answer_challenge(
        &self,
        operation: OperationId,
        otp: &str,
    ) -> Result<ChallengeAnswer, AcquirerError>;

    /// Sends the one-time password again.
    async fn resend_challenge(&self, operation: OperationId) -> Result<(), AcquirerError>;

    /// Asks whether a lender would pay for a payer. Nothing is held by it. For acquirers that take
    /// [`Method::Bnpl`].
    async fn check_eligibility(
        &self,
        _request: EligibilityRequest,
    ) -> Result<Eligibility, AcquirerError> {
        Err(AcquirerError::Unsupported("Pay Later"))
    }

    /// The plans on which `amount` can be paid back by `method`, shortest first; none where it is
    /// too small. For acquirers that take an EMI method.
    async fn plans(&self, _method: Method, _amount: Money) -> Result<Vec<EmiPlan>, AcquirerError> {
        Err(AcquirerError::Unsupported("instalments"))
    }

    /// The loyalty points of a card. For acquirers that take [`Method::Points`].
    async fn balance(&self, _number: &CardNumber) -> Result<PointsBalance, AcquirerError> {
        Err(AcquirerError::Unsupported("loyalty points"))
    }
}
