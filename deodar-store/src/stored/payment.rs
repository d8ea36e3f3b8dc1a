//! The stored form of payments: what the acquirer says, where they stand.

use deodar_domain::id::{OperationId, PaymentId, TransactionNumber};
use deodar_domain::key::OrderKey;
use deodar_domain::payment::{
    AcquirerData, AcquirerText, CancelCause, Challenge, ChallengeTarget, Payment, PaymentState,
};
use deodar_domain::reference::PaymentReference;
use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::instrument::StoredInstrument;
use super::value::{
    Hex, StoredFailure, StoredMethod, StoredMoney, Text, damaged, is_false, read_optional,
};
use crate::store::StoreError;

/// The stored form of a [`Payment`]. Its index is its place, and its order the one that holds it.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct StoredPayment<'a> {
    number: u64,
    method: StoredMethod,
    attempt: u16,
    reference: Text<'a>,
    amount: StoredMoney,
    with: StoredInstrument<'a>,
    operation: Hex,
    acquirer: StoredAcquirer<'a>,
    state: StoredPaymentState<'a>,
    at: i64,
    changed: i64,
}

impl<'a> StoredPayment<'a> {
    /// Refuses a payment that could not be read again as the same: one out of its place.
    pub(super) fn of(
        payment: &'a Payment,
        order: OrderKey,
        place: usize,
    ) -> Result<Self, StoreError> {
        if payment.id.order != order || usize::from(payment.id.index) != place {
            return Err(damaged("payment.id"));
        }
        Ok(Self {
            number: payment.number.0,
            method: StoredMethod(payment.id.method),
            attempt: payment.attempt,
            reference: Text::of(payment.reference.as_str()),
            amount: StoredMoney::of(payment.amount),
            with: StoredInstrument::of(&payment.instrument),
            operation: Hex(payment.operation.0),
            acquirer: StoredAcquirer::of(&payment.acquirer),
            state: StoredPaymentState::of(&payment.state),
            at: payment.created_at.micros(),
            changed: payment.updated_at.micros(),
        })
    }

    pub(super) fn restore(&self, order: OrderKey, place: usize) -> Result<Payment, StoreError> {
        let index = u16::try_from(place).map_err(|_| damaged("payments"))?;
        Ok(Payment {
            id: PaymentId { order, method: self.method.0, index },
            attempt: self.attempt,
            number: TransactionNumber(self.number),
            reference: self.reference.read("payment.reference", PaymentReference::parse)?,
            amount: self.amount.restore(),
            instrument: self.with.restore()?,
            operation: OperationId(self.operation.0),
            acquirer: self.acquirer.restore()?,
            state: self.state.restore()?,
            created_at: Timestamp::from_micros(self.at),
            updated_at: Timestamp::from_micros(self.changed),
        })
    }
}

/// The stored form of [`AcquirerData`].
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct StoredAcquirer<'a> {
    name: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_code: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rrn: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    aggregator: bool,
}

impl<'a> StoredAcquirer<'a> {
    fn of(data: &'a AcquirerData) -> Self {
        Self {
            name: Text::of(data.acquirer_name.as_str()),
            reference: data.acquirer_reference.as_ref().map(|text| Text::of(text.as_str())),
            approval_code: data.approval_code.as_ref().map(|text| Text::of(text.as_str())),
            rrn: data.rrn.as_ref().map(|text| Text::of(text.as_str())),
            aggregator: data.is_aggregator,
        }
    }

    fn restore(&self) -> Result<AcquirerData, StoreError> {
        let told = |text, field| read_optional(text, field, AcquirerText::parse);
        Ok(AcquirerData {
            acquirer_name: self.name.read("acquirer.name", AcquirerText::parse)?,
            acquirer_reference: told(self.reference.as_ref(), "acquirer.reference")?,
            approval_code: told(self.approval_code.as_ref(), "approval_code")?,
            rrn: told(self.rrn.as_ref(), "rrn")?,
            is_aggregator: self.aggregator,
        })
    }
}

/// The stored form of a [`PaymentState`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredPaymentState<'a> {
    Pending {
        #[serde(skip_serializing_if = "Option::is_none")]
        challenge: Option<StoredChallenge<'a>>,
        until: i64,
    },
    Approved,
    Authorized,
    Processed(StoredMoney),
    Cancelled(StoredCause),
    Failed(StoredFailure<'a>),
}

/// The stored form of a [`CancelCause`].
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoredCause {
    Payer,
    Merchant,
    Released,
    AttemptFailed,
}

impl StoredCause {
    pub(super) const fn of(cause: CancelCause) -> Self {
        match cause {
            CancelCause::Payer => Self::Payer,
            CancelCause::Merchant => Self::Merchant,
            CancelCause::Released => Self::Released,
            CancelCause::AttemptFailed => Self::AttemptFailed,
        }
    }

    pub(super) const fn restore(self) -> CancelCause {
        match self {
            Self::Payer => CancelCause::Payer,
            Self::Merchant => CancelCause::Merchant,
            Self::Released => CancelCause::Released,
            Self::AttemptFailed => CancelCause::AttemptFailed,
        }
    }
}

impl<'a> StoredPaymentState<'a> {
    fn of(state: &'a PaymentState) -> Self {
        match state {
            PaymentState::Pending { challenge, expires_at } => Self::Pending {
                challenge: challenge.as_ref().map(StoredChallenge::of),
                until: expires_at.micros(),
            },
            PaymentState::Approved => Self::Approved,
            PaymentState::Authorized => Self::Authorized,
            PaymentState::Processed { captured } => Self::Processed(StoredMoney::of(*captured)),
            PaymentState::Cancelled { cause } => Self::Cancelled(StoredCause::of(*cause)),
            PaymentState::Failed { failure } => Self::Failed(StoredFailure::of(failure)),
        }
    }

    fn restore(&self) -> Result<PaymentState, StoreError> {
        Ok(match self {
            Self::Pending { challenge, until } => PaymentState::Pending {
                challenge: challenge.as_ref().map(StoredChallenge::restore).transpose()?,
                expires_at: Timestamp::from_micros(*until),
            },
            Self::Approved => PaymentState::Approved,
            Self::Authorized => PaymentState::Authorized,
            Self::Processed(captured) => PaymentState::Processed { captured: captured.restore() },
            Self::Cancelled(cause) => PaymentState::Cancelled { cause: cause.restore() },
            Self::Failed(failure) => PaymentState::Failed { failure: failure.restore()? },
        })
    }
}

/// The stored form of a [`Challenge`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum StoredChallenge<'a> {
    Redirect(Text<'a>),
    Collect {
        #[serde(skip_serializing_if = "Option::is_none")]
        app: Option<Text<'a>>,
    },
    Intent {
        link: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        app: Option<Text<'a>>,
    },
    Otp,
}

impl<'a> StoredChallenge<'a> {
    fn of(challenge: &'a Challenge) -> Self {
        let app = |app: &'a Option<ChallengeTarget>| app.as_ref().map(|app| Text::of(app.as_str()));
        match challenge {
            Challenge::Redirect(target) => Self::Redirect(Text::of(target.as_str())),
            Challenge::Collect { app: target } => Self::Collect { app: app(target) },
            Challenge::Intent { link, app: target } => {
                Self::Intent { link: Text::of(link.as_str()), app: app(target) }
            }
            Challenge::Otp => Self::Otp,
        }
    }

    fn restore(&self) -> Result<Challenge, StoreError> {
        let app = |text| read_optional(text, "app", ChallengeTarget::parse);
        Ok(match self {
            Self::Redirect(target) => {
                Challenge::Redirect(target.read("redirect", ChallengeTarget::parse)?)
            }
            Self::Collect { app: target } => Challenge::Collect { app: app(target.as_ref())? },
            Self::Intent { link, app: target } => Challenge::Intent {
                link: link.read("link", ChallengeTarget::parse)?,
                app: app(target.as_ref())?,
            },
            Self::Otp => Challenge::Otp,
        })
    }
}
