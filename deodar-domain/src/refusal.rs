//! Why a command was refused, each reason by its name.

use thiserror::Error;

use crate::money::MoneyError;

/// Why an order or link does not do what it was told. The sentences are for the API's caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An attempt is in flight, or its outcome is not known.
    #[error("A payment of this order is in progress")]
    AttemptInFlight,
    /// An operation at the acquirer is in doubt.
    #[error("An earlier request for this order is still being processed")]
    OperationInFlight,
    /// The order is cancelled.
    #[error("The order is cancelled")]
    OrderCancelled,
    /// The order has failed for good.
    #[error("The order has failed: no attempt remains")]
    OrderFailed,
    /// There is nothing left to pay.
    #[error("The order is already paid")]
    AlreadyPaid,
    /// The link's time has run out.
    #[error("The payment link has expired")]
    LinkExpired,
    /// The link is cancelled.
    #[error("The payment link is already cancelled")]
    LinkCancelled,
    /// The order has no link.
    #[error("The order has no payment link")]
    NoLink,
    /// The link cannot be cancelled in its state.
    #[error("A payment link in this state cannot be cancelled")]
    LinkNotCancellable,
    /// The link cannot be sent again in its state.
    #[error("A payment link in this state cannot be sent again")]
    LinkNotNotifiable,
    /// Nobody knows where a message would go.
    #[error("The payment link has no customer mobile number and no customer e-mail address")]
    NoContact,
    /// The merchant does not let the payer change the contact details.
    #[error("The customer's details of this order cannot be changed")]
    ContactFixed,
    /// The method is not among those that the order allows.
    #[error("The payment method is not allowed for this order")]
    MethodNotAllowed,
    /// The amount is not what is due.
    #[error("The payment amount must equal the amount that is due")]
    AmountNotDue,
    /// A part is more than what is due.
    #[error("The payment amount exceeds the amount that is due")]
    AmountExceedsDue,
    /// A part is under the smallest amount, or what would remain is.
    #[error("A part payment and what remains after it must each be at least 100")]
    PartTooSmall,
    /// The amount's currency is not the order's.
    #[error("The currency must be the order's")]
    CurrencyMismatch,
    /// An amount is beyond every limit.
    #[error("The amount is out of range")]
    AmountOutOfRange,
    /// The order has as many payments as it can have.
    #[error("The order has too many payments")]
    TooManyPayments,
    /// There is no authorisation to act on.
    #[error("The order is not authorized")]
    NotAuthorized,
    /// A capture is more than what is authorised.
    #[error("The capture amount exceeds the authorized amount")]
    CaptureExceedsAuthorised,
    /// A capture is under the smallest amount.
    #[error("The capture amount must be at least 100")]
    CaptureTooSmall,
    /// The order cannot be cancelled in its state.
    #[error("An order in this state cannot be cancelled")]
    OrderNotCancellable,
    /// There is no captured money left.
    #[error("Nothing is left to refund")]
    NothingToRefund,
    /// A refund is more than what is left of the captured money.
    #[error("The refund amount exceeds what is left of the captured amount")]
    RefundExceedsCaptured,
    /// A refund is under the smallest amount and not exactly the rest.
    #[error("The refund amount must be at least 100, or all that is left")]
    RefundTooSmall,
    /// The order has as many refunds as it can have.
    #[error("The order has too many refunds")]
    TooManyRefunds,
    /// The acquirer has been asked for it as often as it can be.
    #[error("The acquirer has refused this too often")]
    RefusedTooOften,
    /// The payment is not one of this order's, or not in flight.
    #[error("The payment is unknown")]
    UnknownPayment,
    /// The operation is not one of this order's.
    #[error("The operation is unknown")]
    UnknownOperation,
    /// The attempt cannot be ended in its state.
    #[error("The payment has already ended")]
    PaymentEnded,
    /// No one-time password is asked for: by no page of this payment, or not any more.
    #[error("The payment asks for no one-time password")]
    NoPasswordAsked,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 32] = [
        Self::AttemptInFlight,
        Self::OperationInFlight,
        Self::OrderCancelled,
        Self::OrderFailed,
        Self::AlreadyPaid,
        Self::LinkExpired,
        Self::LinkCancelled,
        Self::NoLink,
        Self::LinkNotCancellable,
        Self::LinkNotNotifiable,
        Self::NoContact,
        Self::ContactFixed,
        Self::MethodNotAllowed,
        Self::AmountNotDue,
        Self::AmountExceedsDue,
        Self::PartTooSmall,
        Self::CurrencyMismatch,
        Self::AmountOutOfRange,
        Self::TooManyPayments,
        Self::NotAuthorized,
        Self::CaptureExceedsAuthorised,
        Self::CaptureTooSmall,
        Self::OrderNotCancellable,
        Self::NothingToRefund,
        Self::RefundExceedsCaptured,
        Self::RefundTooSmall,
        Self::TooManyRefunds,
        Self::RefusedTooOften,
        Self::UnknownPayment,
        Self::UnknownOperation,
        Self::PaymentEnded,
        Self::NoPasswordAsked,
    ];
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::CurrencyMismatch(..) => Self::CurrencyMismatch,
            MoneyError::OutOfRange => Self::AmountOutOfRange,
        }
    }
}
