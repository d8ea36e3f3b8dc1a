//! Why a use case was not done.

use std::time::Duration;

use deodar_domain::decline::Failure;
use deodar_domain::method::Method;
use deodar_domain::money::Currency;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_domain::refusal::Refusal;
use deodar_store::StoreError;
use thiserror::Error;

/// What was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An order.
    Order,
    /// A payment link.
    Link,
    /// A payment.
    Payment,
}

/// What is wrong with a payment that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PaymentProblem {
    /// The order does not allow its method.
    #[error("{}", Refusal::MethodNotAllowed)]
    MethodNotAllowed,
    /// The merchant, or the acquirer, does not take its method.
    #[error("The payment method {0} is not enabled for this merchant")]
    MethodNotEnabled(Method),
    /// The merchant does not take the lender.
    #[error("The Pay Later provider {} is not enabled for this merchant", .0.name())]
    ProviderNotEnabled(PayLaterProvider),
    /// The card has expired.
    #[error("The card has expired")]
    CardExpired,
    /// The acquirer has no EMI plan of this tenure for this amount.
    #[error("There is no EMI plan of this tenure for this amount")]
    NoSuchTenure,
}

/// Why a use case was not done. The sentences are for the caller, but those of
/// [`EngineError::Unavailable`] and [`EngineError::Internal`], which are for the log alone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The token or the credentials are missing, wrong, expired or forged.
    #[error("Authentication failed: get a new token and try again")]
    Unauthorized,
    /// There is no such thing, or it is another merchant's.
    #[error("not found")]
    NotFound(Thing),
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The acquirer refused, and nothing was done.
    #[error("{}", .0.message())]
    Declined(Failure),
    /// The reference was used by another deal.
    #[error("The reference was already used by a different request")]
    DuplicateReference,
    /// A switch of the merchant is off.
    #[error("{0} is not enabled for this merchant")]
    NotEnabled(&'static str),
    /// The merchant, or the acquirer, does not take the method.
    #[error("The payment method {0} is not enabled for this merchant")]
    MethodNotEnabled(Method),
    /// The merchant does not take the currency.
    #[error("The currency {0} is not enabled for this merchant")]
    CurrencyNotEnabled(Currency),
    /// A field is out of its range at this time or for this merchant.
    #[error("{message}")]
    InvalidField {
        /// The field, as a JSON path of the API.
        field: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// No channel of this gateway reaches the payer.
    #[error(
        "This gateway has no way to send a message to the customer of this payment link: its \
         operator has to set up e-mail or SMS"
    )]
    NoTransport,
    /// A payment of an attempt cannot be made.
    #[error("{problem}")]
    InvalidPayment {
        /// The payment's place in the attempt, from 0.
        element: usize,
        /// What is wrong with it.
        problem: PaymentProblem,
    },
    /// Too many payments with one instrument have failed.
    #[error("Too many payments with this instrument have failed: try again later, or another one")]
    TooManyFailures {
        /// When to try again.
        retry_after: Duration,
    },
    /// The acquirer did not answer a question. Nothing was stored and nothing will happen.
    #[error("The acquirer did not answer in time: nothing was done, try again")]
    TimedOut,
    /// Too many calls.
    #[error("Too many requests: try again later")]
    TooManyRequests {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store or the acquirer is away. A write is not known to be done.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The stored secrets were sealed with another master key.
    #[error("the database was made with another master key")]
    WrongMasterKey,
    /// Our fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(detail) => Self::Unavailable(detail),
            StoreError::Damaged(_) | StoreError::NewerFormat { .. } => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<crate::random::NoRandomness> for EngineError {
    fn from(error: crate::random::NoRandomness) -> Self {
        Self::Internal(error.to_string())
    }
}
