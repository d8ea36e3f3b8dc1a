//! The names that the API uses for states, methods and codes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Makes an enum of names. It is open: a name that a later gateway may use is kept as it came, so
/// that an answer can always be read.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )+
            /// A name that this client does not know, as it came.
            Other(Box<str>),
        }

        impl $name {
            /// The name on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from(&*name))
            }
        }
    };
}

names! {
    /// A payment method.
    Method {
        Card => "CARD",
        Upi => "UPI",
        Netbanking => "NETBANKING",
        Wallet => "WALLET",
        Points => "POINTS",
        CreditEmi => "CREDIT_EMI",
        DebitEmi => "DEBIT_EMI",
        CardlessEmi => "CARDLESS_EMI",
        Bnpl => "BNPL",
    }
}

names! {
    /// A Pay Later lender, and how it is paid back.
    PayLaterProvider {
        Lazypay => "LAZYPAY",
        Simpl => "SIMPL",
        Simpl3 => "SIMPL3",
    }
}

names! {
    /// The state of a payment link.
    LinkStatus {
        Created => "CREATED",
        Clicked => "CLICKED",
        PaymentInitiated => "PAYMENT_INITIATED",
        Processed => "PROCESSED",
        PartialProcessed => "PARTIAL_PROCESSED",
        Expired => "EXPIRED",
        Cancelled => "CANCELLED",
    }
}

names! {
    /// The state of an order.
    OrderStatus {
        Created => "CREATED",
        Pending => "PENDING",
        Attempted => "ATTEMPTED",
        Authorized => "AUTHORIZED",
        Processed => "PROCESSED",
        PartiallyCaptured => "PARTIALLY_CAPTURED",
        PartiallyRefunded => "PARTIALLY_REFUNDED",
        FullyRefunded => "FULLY_REFUNDED",
        Cancelled => "CANCELLED",
        Failed => "FAILED",
    }
}

names! {
    /// The state of a payment.
    PaymentStatus {
        Pending => "PENDING",
        Authorized => "AUTHORIZED",
        Processed => "PROCESSED",
        Cancelled => "CANCELLED",
        Failed => "FAILED",
    }
}

names! {
    /// The state of a refund.
    RefundStatus {
        Pending => "PENDING",
        Processed => "PROCESSED",
        Failed => "FAILED",
    }
}

names! {
    /// How an order is paid.
    IntegrationMode {
        Seamless => "SEAMLESS",
        Redirect => "REDIRECT",
        Iframe => "IFRAME",
    }
}

names! {
    /// How the parts of a split are told.
    SplitType {
        Amount => "AMOUNT",
        Percentage => "PERCENTAGE",
    }
}

names! {
    /// What a webhook tells.
    EventType {
        OrderAuthorized => "ORDER_AUTHORIZED",
        OrderProcessed => "ORDER_PROCESSED",
        OrderCancelled => "ORDER_CANCELLED",
        OrderFailed => "ORDER_FAILED",
        PaymentFailed => "PAYMENT_FAILED",
        RefundProcessed => "REFUND_PROCESSED",
        RefundFailed => "REFUND_FAILED",
        LinkCreated => "PAYMENT_LINK_CREATED",
        LinkClicked => "PAYMENT_LINK_CLICKED",
        LinkProcessed => "PAYMENT_LINK_PROCESSED",
        LinkPartialProcessed => "PAYMENT_LINK_PARTIAL_PROCESSED",
        LinkExpired => "PAYMENT_LINK_EXPIRED",
        LinkCancelled => "PAYMENT_LINK_CANCELLED",
    }
}

names! {
    /// The code of an error or of a failed payment.
    Code {
        InvalidRequest => "INVALID_REQUEST",
        Unauthorized => "UNAUTHORIZED",
        OrderNotFound => "ORDER_NOT_FOUND",
        PaymentLinkNotFound => "PAYMENT_LINK_NOT_FOUND",
        PaymentNotFound => "PAYMENT_NOT_FOUND",
        NotFound => "NOT_FOUND",
        MethodNotAllowed => "METHOD_NOT_ALLOWED",
        DuplicateRequest => "DUPLICATE_REQUEST",
        OperationNotAllowed => "OPERATION_NOT_ALLOWED",
        OrderCancelled => "ORDER_CANCELLED",
        PaymentPending => "PAYMENT_PENDING",
        PaymentMethodNotEnabled => "PAYMENT_METHOD_NOT_ENABLED",
        PaymentDeclined => "PAYMENT_DECLINED",
        InsufficientFunds => "INSUFFICIENT_FUNDS",
        CardExpired => "CARD_EXPIRED",
        CardVerificationFailed => "CARD_VERIFICATION_FAILED",
        CardNotAllowed => "CARD_NOT_ALLOWED",
        CardStolen => "CARD_STOLEN",
        CardLost => "CARD_LOST",
        CardNotEnrolled => "CARD_NOT_ENROLLED",
        RiskCheckFailed => "RISK_CHECK_FAILED",
        AmountLimitExceeded => "AMOUNT_LIMIT_EXCEEDED",
        IssuerNotSupported => "ISSUER_NOT_SUPPORTED",
        InvalidInstrument => "INVALID_INSTRUMENT",
        UserAuthenticationRequired => "USER_AUTHENTICATION_REQUIRED",
        UserAuthenticationFailed => "USER_AUTHENTICATION_FAILED",
        PaymentExpired => "PAYMENT_EXPIRED",
        PaymentNotAuthorized => "PAYMENT_NOT_AUTHORIZED",
        PaymentCancelled => "PAYMENT_CANCELLED",
        ApiRateLimit => "API_RATE_LIMIT",
        PaymentRateLimit => "PAYMENT_RATE_LIMIT",
        InternalError => "INTERNAL_ERROR",
        TimedOut => "TIMED_OUT",
    }
}

#[cfg(test)]
mod tests {
    use deodar_domain::decline::DeclineReason;
    use deodar_domain::event::EventType as DomainEvent;
    use deodar_domain::method::Method as DomainMethod;
    use deodar_domain::pay_later::PayLaterProvider as DomainProvider;

    use super::*;

    #[test]
    fn every_name_of_the_gateway_is_known() {
        for event in DomainEvent::ALL {
            assert!(!matches!(EventType::from(event.name()), EventType::Other(_)), "{event:?}");
        }
        for method in DomainMethod::ALL {
            assert!(!matches!(Method::from(method.name()), Method::Other(_)), "{method:?}");
        }
        for reason in DeclineReason::ALL {
            assert!(!matches!(Code::from(reason.code()), Code::Other(_)), "{reason:?}");
        }
        for provider in DomainProvider::ALL {
            let known = PayLaterProvider::from(provider.name());
            assert!(!matches!(known, PayLaterProvider::Other(_)), "{provider:?}");
        }
    }

    #[test]
    fn a_name_of_tomorrow_is_kept() {
        let status: LinkStatus = serde_json::from_str(r#""SLEEPING\u0021""#).unwrap();
        assert_eq!(status, LinkStatus::Other("SLEEPING!".into()));
        assert_eq!(serde_json::to_string(&status).unwrap(), r#""SLEEPING!""#);
        let status: LinkStatus = serde_json::from_str(r#""EXPIRED""#).unwrap();
        assert_eq!((status.to_string().as_str(), status), ("EXPIRED", LinkStatus::Expired));
    }
}
