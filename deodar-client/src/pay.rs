//! Payments that a merchant's server makes.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::client::Client;
use crate::error::Error;
use crate::names::Method;
use crate::orders::{Data, ORDERS, Order};
use crate::path::segment;
use crate::terms::Amount;

/// A payment to be made.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// How much: what is due of the order, or less where it may be paid in parts.
    pub amount: Amount,
    /// The merchant's own id of the payment, 1–50 printable characters. It is an idempotency key
    /// within its order.
    pub reference: String,
    /// With what.
    pub with: PayWith,
}

impl NewPayment {
    /// A payment of `amount` with the merchant's own `reference`.
    pub fn new(amount: Amount, reference: impl Into<String>, with: PayWith) -> Self {
        Self { amount, reference: reference.into(), with }
    }
}

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

/// The body: one payment, for that is what a call makes.
#[derive(Serialize)]
struct Payments<'a> {
    payments: [PaymentBody<'a>; 1],
}

#[derive(Serialize)]
struct PaymentBody<'a> {
    merchant_payment_reference: &'a str,
    payment_method: Method,
    payment_amount: &'a Amount,
    payment_option: PaymentOption<'a>,
}

#[derive(Serialize)]
enum PaymentOption<'a> {
    #[serde(rename = "card_details")]
    Card {
        name: &'a str,
        #[serde(serialize_with = "exposed")]
        card_number: &'a SecretString,
        #[serde(serialize_with = "exposed")]
        cvv: &'a SecretString,
        expiry_month: &'a str,
        expiry_year: &'a str,
    },
    #[serde(rename = "upi_details")]
    Upi(UpiDetails<'a>),
    #[serde(rename = "netbanking_details")]
    Netbanking { pay_code: &'a str },
}

#[derive(Serialize)]
#[serde(tag = "txn_mode", rename_all = "UPPERCASE")]
enum UpiDetails<'a> {
    Collect { payer: Payer<'a> },
    Intent { upi_qr: bool },
}

#[derive(Serialize)]
struct Payer<'a> {
    vpa: &'a str,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl<'a> PaymentOption<'a> {
    fn of(with: &'a PayWith) -> Self {
        match with {
            PayWith::Card(card) => Self::Card {
                name: &card.name,
                card_number: &card.number,
                cvv: &card.cvv,
                expiry_month: &card.expiry_month,
                expiry_year: &card.expiry_year,
            },
            PayWith::UpiCollect { vpa } => Self::Upi(UpiDetails::Collect { payer: Payer { vpa } }),
            PayWith::UpiIntent { qr } => Self::Upi(UpiDetails::Intent { upi_qr: *qr }),
            PayWith::Netbanking { pay_code } => Self::Netbanking { pay_code },
        }
    }
}

impl Client {
    /// Pays an order (`POST /api/pay/v1/orders/{order_id}/payments`). The answer is the order, with
    /// the payment and, while the payer has something to do, with `challenge_url`. A payment that
    /// the acquirer refused is no error of the call: its
    /// [`error_detail`](crate::Payment::error_detail) says why.
    ///
    /// ```no_run
    /// use deodar_client::{Amount, CardDetails, Client, NewPayment, PayWith};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let card = PayWith::Card(CardDetails {
    ///     number: "4012001037141112".into(),
    ///     cvv: "123".into(),
    ///     expiry_month: "12".to_owned(),
    ///     expiry_year: "2030".to_owned(),
    ///     name: "Kevin Bob".to_owned(),
    /// });
    /// let payment = NewPayment::new(Amount::paise(50_000), "order-1-a", card);
    /// let order = client.create_payment("v1-250306082755-aa-qlAtAf", &payment).await?;
    /// println!("the payer goes to {:?}", order.challenge_url);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_payment(
        &self,
        order_id: &str,
        payment: &NewPayment,
    ) -> Result<Order, Error> {
        let body = Payments {
            payments: [PaymentBody {
                merchant_payment_reference: &payment.reference,
                payment_method: payment.with.method(),
                payment_amount: &payment.amount,
                payment_option: PaymentOption::of(&payment.with),
            }],
        };
        let path = format!("{ORDERS}/{}/payments", segment(order_id));
        Ok(self.post::<Data<Order>>(&path, &body).await?.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_does_not_print() {
        let card = CardDetails {
            number: "4012001037141112".into(),
            cvv: "987".into(),
            expiry_month: "12".to_owned(),
            expiry_year: "2030".to_owned(),
            name: "Kevin Bob".to_owned(),
        };
        let payment = NewPayment::new(Amount::paise(100), "p", PayWith::Card(card.clone()));
        let printed = format!("{payment:?} {payment:#?} {card:?}");
        for secret in ["4012", "987", "2030", "Kevin"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
