//! With what a payment is made.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::names::{Method, PayLaterProvider};

/// With what a payment is made.
#[derive(Clone)]
pub enum PayWith {
    /// A card, whose number the merchant's server has. It goes out once and is not kept.
    Card(CardDetails),
    /// A request to a UPI address.
    UpiCollect {
        /// The payer's UPI address.
        vpa: String,
    },
    /// A `upi://pay` link, which opens the payer's UPI app.
    UpiIntent {
        /// Whether it is shown as a QR code.
        qr: bool,
    },
    /// A bank's login page.
    Netbanking {
        /// The bank's code.
        pay_code: String,
    },
    /// A wallet's page.
    Wallet {
        /// The wallet's code.
        wallet_code: String,
    },
    /// The loyalty points of a card.
    Points {
        /// The card's number.
        number: SecretString,
        /// The mobile number by which the card's bank knows the payer.
        mobile: String,
    },
    /// Monthly instalments on a credit card.
    CreditEmi {
        /// The card.
        card: CardDetails,
        /// Over how many months, 1–60.
        months: u16,
    },
    /// Monthly instalments on a debit card.
    DebitEmi {
        /// The card.
        card: CardDetails,
        /// Over how many months, 1–60.
        months: u16,
    },
    /// Monthly instalments without a card.
    CardlessEmi {
        /// The mobile number by which the lender knows the payer.
        mobile: String,
        /// The payer's tax number (PAN), or its last four characters, where the merchant has it.
        pan: Option<SecretString>,
        /// Over how many months, 1–60.
        months: u16,
    },
    /// Pay Later. Simpl must be told of the payer's device:
    /// [`NewPayment::device`](crate::NewPayment::device).
    PayLater {
        /// The lender.
        provider: PayLaterProvider,
        /// The mobile number by which the lender knows the payer, ten digits.
        mobile: String,
    },
}

/// A card.
#[derive(Clone)]
pub struct CardDetails {
    /// The number.
    pub number: SecretString,
    /// The verification value.
    pub cvv: SecretString,
    /// The month in which it expires: `01` to `12`.
    pub expiry_month: String,
    /// The year in which it expires, with four digits.
    pub expiry_year: String,
    /// The name on it; it may be empty.
    pub name: String,
}

impl PayWith {
    /// The payment method.
    pub fn method(&self) -> Method {
        match self {
            Self::Card(_) => Method::Card,
            Self::UpiCollect { .. } | Self::UpiIntent { .. } => Method::Upi,
            Self::Netbanking { .. } => Method::Netbanking,
            Self::Wallet { .. } => Method::Wallet,
            Self::Points { .. } => Method::Points,
            Self::CreditEmi { .. } => Method::CreditEmi,
            Self::DebitEmi { .. } => Method::DebitEmi,
            Self::CardlessEmi { .. } => Method::CardlessEmi,
            Self::PayLater { .. } => Method::Bnpl,
        }
    }

    /// Over how many months it is paid back, where it is an EMI.
    fn months(&self) -> Option<u16> {
        match self {
            Self::CreditEmi { months, .. }
            | Self::DebitEmi { months, .. }
            | Self::CardlessEmi { months, .. } => Some(*months),
            _ => None,
        }
    }
}

impl fmt::Debug for PayWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PayWith({}, …)", self.method())
    }
}

impl fmt::Debug for CardDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardDetails(…)")
    }
}

/// `payment_option`
#[derive(Serialize)]
pub(super) enum OptionBody<'a> {
    #[serde(rename = "card_details")]
    Card(CardBody<'a>),
    #[serde(rename = "upi_details")]
    Upi(UpiBody<'a>),
    #[serde(rename = "netbanking_details")]
    Netbanking { pay_code: &'a str },
    #[serde(rename = "wallet_details")]
    Wallet { wallet_code: &'a str },
    #[serde(rename = "points_card_details")]
    Points { card_number: Exposed<'a>, registered_mobile_number: &'a str },
    #[serde(rename = "cardless_details")]
    Cardless {
        #[serde(skip_serializing_if = "Option::is_none")]
        pan_number: Option<Exposed<'a>>,
        registered_mobile_number: &'a str,
    },
    #[serde(rename = "bnpl_details")]
    PayLater { mobile: &'a str, bnpl_pay_code: &'a PayLaterProvider },
}

#[derive(Serialize)]
pub(super) struct CardBody<'a> {
    name: &'a str,
    card_number: Exposed<'a>,
    cvv: Exposed<'a>,
    expiry_month: &'a str,
    expiry_year: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "txn_mode", rename_all = "UPPERCASE")]
pub(super) enum UpiBody<'a> {
    Collect { payer: PayerBody<'a> },
    Intent { upi_qr: bool },
}

#[derive(Serialize)]
pub(super) struct PayerBody<'a> {
    vpa: &'a str,
}

/// A secret as it goes out.
pub(super) struct Exposed<'a>(&'a SecretString);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl<'a> CardBody<'a> {
    fn of(card: &'a CardDetails) -> Self {
        Self {
            name: &card.name,
            card_number: Exposed(&card.number),
            cvv: Exposed(&card.cvv),
            expiry_month: &card.expiry_month,
            expiry_year: &card.expiry_year,
        }
    }
}

impl<'a> OptionBody<'a> {
    pub(super) fn of(with: &'a PayWith) -> Self {
        match with {
            PayWith::Card(card)
            | PayWith::CreditEmi { card, .. }
            | PayWith::DebitEmi { card, .. } => Self::Card(CardBody::of(card)),
            PayWith::UpiCollect { vpa } => Self::Upi(UpiBody::Collect { payer: PayerBody { vpa } }),
            PayWith::UpiIntent { qr } => Self::Upi(UpiBody::Intent { upi_qr: *qr }),
            PayWith::Netbanking { pay_code } => Self::Netbanking { pay_code },
            PayWith::Wallet { wallet_code } => Self::Wallet { wallet_code },
            PayWith::Points { number, mobile } => {
                Self::Points { card_number: Exposed(number), registered_mobile_number: mobile }
            }
            PayWith::CardlessEmi { mobile, pan, .. } => Self::Cardless {
                pan_number: pan.as_ref().map(Exposed),
                registered_mobile_number: mobile,
            },
            PayWith::PayLater { provider, mobile } => {
                Self::PayLater { mobile, bnpl_pay_code: provider }
            }
        }
    }
}

/// `offer_data`: the tenure of an EMI. The plan itself is the bank's or lender's.
#[derive(Serialize)]
pub(super) struct OfferBody {
    offer_details: DetailsBody,
}

#[derive(Serialize)]
struct DetailsBody {
    tenure: TenureBody,
}

#[derive(Serialize)]
struct TenureBody {
    tenure_type: &'static str,
    tenure_value: u16,
}

impl OfferBody {
    pub(super) fn of(with: &PayWith) -> Option<Self> {
        let tenure_value = with.months()?;
        let tenure = TenureBody { tenure_type: "MONTH", tenure_value };
        Some(Self { offer_details: DetailsBody { tenure } })
    }
}
