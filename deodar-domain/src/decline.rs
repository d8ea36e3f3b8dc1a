//! Why an acquirer said no.

use crate::text::{NO_CONTROL, text_type};

fn signed_character(character: char) -> bool {
    !character.is_control() && character != '&' && character != '='
}

text_type!(
    /// A sentence about a failure. It has no `&`, `=` or control character, so that in a signed
    /// return nobody can read one set of fields as another.
    FailureMessage, 1, 255, signed_character, NO_CONTROL
);

/// Why an attempt failed, by the API's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeclineReason {
    /// The issuer said no without a reason.
    PaymentDeclined,
    /// There is not enough money.
    InsufficientFunds,
    /// The card has expired.
    CardExpired,
    /// The CVV or another detail of the card is wrong.
    CardVerificationFailed,
    /// The card may not be used for this.
    CardNotAllowed,
    /// The card was reported stolen.
    CardStolen,
    /// The card was reported lost.
    CardLost,
    /// The card is not enrolled for 3-D Secure.
    CardNotEnrolled,
    /// The issuer or acquirer sees a risk.
    RiskCheckFailed,
    /// The amount is over a limit.
    AmountLimitExceeded,
    /// The issuer is not supported.
    IssuerNotSupported,
    /// The instrument does not exist.
    InvalidInstrument,
    /// The payer was not authenticated.
    UserAuthenticationRequired,
    /// The payer's authentication failed: the third wrong OTP, say.
    UserAuthenticationFailed,
    /// The attempt's time ran out.
    PaymentExpired,
    /// There is no authorisation to act on.
    PaymentNotAuthorized,
    /// The account is not the one that alone may pay.
    InvalidRequest,
    /// The payer gave up.
    PaymentCancelled,
}

impl DeclineReason {
    /// Every reason.
    pub const ALL: [Self; 18] = [
        Self::PaymentDeclined,
        Self::InsufficientFunds,
        Self::CardExpired,
        Self::CardVerificationFailed,
        Self::CardNotAllowed,
        Self::CardStolen,
        Self::CardLost,
        Self::CardNotEnrolled,
        Self::RiskCheckFailed,
        Self::AmountLimitExceeded,
        Self::IssuerNotSupported,
        Self::InvalidInstrument,
        Self::UserAuthenticationRequired,
        Self::UserAuthenticationFailed,
        Self::PaymentExpired,
        Self::PaymentNotAuthorized,
        Self::InvalidRequest,
        Self::PaymentCancelled,
    ];

    /// The reason's code in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PaymentDeclined => "PAYMENT_DECLINED",
            Self::InsufficientFunds => "INSUFFICIENT_FUNDS",
            Self::CardExpired => "CARD_EXPIRED",
            Self::CardVerificationFailed => "CARD_VERIFICATION_FAILED",
            Self::CardNotAllowed => "CARD_NOT_ALLOWED",
            Self::CardStolen => "CARD_STOLEN",
            Self::CardLost => "CARD_LOST",
            Self::CardNotEnrolled => "CARD_NOT_ENROLLED",
            Self::RiskCheckFailed => "RISK_CHECK_FAILED",
            Self::AmountLimitExceeded => "AMOUNT_LIMIT_EXCEEDED",
            Self::IssuerNotSupported => "ISSUER_NOT_SUPPORTED",
            Self::InvalidInstrument => "INVALID_INSTRUMENT",
            Self::UserAuthenticationRequired => "USER_AUTHENTICATION_REQUIRED",
            Self::UserAuthenticationFailed => "USER_AUTHENTICATION_FAILED",
            Self::PaymentExpired => "PAYMENT_EXPIRED",
            Self::PaymentNotAuthorized => "PAYMENT_NOT_AUTHORIZED",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::PaymentCancelled => "PAYMENT_CANCELLED",
        }
    }

    /// The reason of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What is told where the acquirer gave no words of its own.
    pub const fn default_message(self) -> &'static str {
        match self {
            Self::PaymentDeclined => "Payment declined by the issuing bank",
            Self::InsufficientFunds => "Insufficient funds",
            Self::CardExpired => "The card has expired",
            Self::CardVerificationFailed => "The card details could not be verified",
            Self::CardNotAllowed => "The card is not allowed for this payment",
            Self::CardStolen => "The card was reported stolen",
            Self::CardLost => "The card was reported lost",
            Self::CardNotEnrolled => "The card is not enrolled for authentication",
            Self::RiskCheckFailed => "The payment did not pass a risk check",
            Self::AmountLimitExceeded => "The amount exceeds a limit",
            Self::IssuerNotSupported => "The issuing bank is not supported",
            Self::InvalidInstrument => "The account or card does not exist",
            Self::UserAuthenticationRequired => "Consumer Authentication required",
            Self::UserAuthenticationFailed => "Consumer Authentication failed",
            Self::PaymentExpired => "The time for the payment ran out",
            Self::PaymentNotAuthorized => "The payment is not authorized",
            Self::InvalidRequest => "Third party validation failure",
            Self::PaymentCancelled => "Payment cancelled by the payer",
        }
    }
}

/// A failure: its code and a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Why.
    pub reason: DeclineReason,
    /// The acquirer's words; the default ones where it gave none that can be signed.
    pub message: Option<FailureMessage>,
}

impl Failure {
    /// A failure in our own words.
    pub const fn of(reason: DeclineReason) -> Self {
        Self { reason, message: None }
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        self.message.as_ref().map_or(self.reason.default_message(), FailureMessage::as_str)
    }
}
