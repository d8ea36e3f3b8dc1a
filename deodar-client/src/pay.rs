//! Payments that a merchant's server makes.

mod with;

use serde::Serialize;

use crate::client::Client;
use crate::device::DeviceInfo;
use crate::error::Error;
use crate::names::Method;
use crate::orders::{Data, ORDERS, Order};
use crate::path::segment;
use crate::terms::Amount;

use with::{OfferBody, OptionBody};

pub use with::{CardDetails, PayWith};

/// A payment to be made.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// How much: what is due of the order, or less where it may be paid in parts. Several payments
    /// of one call make it up together.
    pub amount: Amount,
    /// The merchant's own id of the payment, 1–50 printable characters. It is an idempotency key
    /// within its order.
    pub reference: String,
    /// With what.
    pub with: PayWith,
    /// The payer's device, where the merchant knows of it.
    pub device: Option<DeviceInfo>,
}

impl NewPayment {
    /// A payment of `amount` with the merchant's own `reference`.
    pub fn new(amount: Amount, reference: impl Into<String>, with: PayWith) -> Self {
        Self { amount, reference: reference.into(), with, device: None }
    }
}

#[derive(Serialize)]
struct Payments<'a> {
    payments: Vec<PaymentBody<'a>>,
}

#[derive(Serialize)]
struct PaymentBody<'a> {
    merchant_payment_reference: &'a str,
    payment_method: Method,
    payment_amount: &'a Amount,
    payment_option: OptionBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_data: Option<OfferBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_info: Option<&'a DeviceInfo>,
}

impl<'a> PaymentBody<'a> {
    fn of(payment: &'a NewPayment) -> Self {
        Self {
            merchant_payment_reference: &payment.reference,
            payment_method: payment.with.method(),
            payment_amount: &payment.amount,
            payment_option: OptionBody::of(&payment.with),
            offer_data: OfferBody::of(&payment.with),
            device_info: payment.device.as_ref(),
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
        self.create_payments(order_id, std::slice::from_ref(payment)).await
    }

    /// Pays an order with several payments in one call: points beside a card, say. They are made
    /// together or not at all: where one of them fails, the others are undone. Their references
    /// differ, and their amounts add up to what is due.
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, NewPayment, PayWith};
    ///
    /// # async fn example(client: Client, card: PayWith) -> Result<(), Box<dyn std::error::Error>> {
    /// let points = PayWith::Points {
    ///     number: "4012001037141112".into(),
    ///     mobile: "9876543210".to_owned(),
    /// };
    /// let payments = [
    ///     NewPayment::new(Amount::paise(40_000), "order-1-card", card),
    ///     NewPayment::new(Amount::paise(10_000), "order-1-points", points),
    /// ];
    /// let order = client.create_payments("v1-250306082755-aa-qlAtAf", &payments).await?;
    /// println!("the payer goes to {:?}", order.challenge_url);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_payments(
        &self,
        order_id: &str,
        payments: &[NewPayment],
    ) -> Result<Order, Error> {
        let body = Payments { payments: payments.iter().map(PaymentBody::of).collect() };
        let path = format!("{ORDERS}/{}/payments", segment(order_id));
        Ok(self.post::<Data<Order>>(&path, &body).await?.data)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::names::PayLaterProvider;

    fn card() -> CardDetails {
        CardDetails {
            number: "4012001037141112".into(),
            cvv: "987".into(),
            expiry_month: "12".to_owned(),
            expiry_year: "2030".to_owned(),
            name: "Kevin Bob".to_owned(),
        }
    }

    fn every_way() -> [PayWith; 10] {
        [
            PayWith::Card(card()),
            PayWith::UpiCollect { vpa: "a@upi".to_owned() },
            PayWith::UpiIntent { qr: true },
            PayWith::Netbanking { pay_code: "NB1531".to_owned() },
            PayWith::Wallet { wallet_code: "AMAZON_PAY".to_owned() },
            PayWith::Points { number: "4012001037141112".into(), mobile: "9876543210".to_owned() },
            PayWith::CreditEmi { card: card(), months: 6 },
            PayWith::DebitEmi { card: card(), months: 3 },
            PayWith::CardlessEmi { mobile: "9876543210".to_owned(), pan: None, months: 9 },
            PayWith::PayLater {
                provider: PayLaterProvider::Simpl3,
                mobile: "9876543210".to_owned(),
            },
        ]
    }

    #[test]
    fn what_a_payer_is_known_by_does_not_print() {
        for with in every_way() {
            let device = DeviceInfo {
                browser_ip_address: Some("192.0.2.7".to_owned()),
                ..DeviceInfo::default()
            };
            let payment = NewPayment {
                device: Some(device),
                ..NewPayment::new(Amount::paise(100), "p", with)
            };
            let printed = format!("{payment:?} {payment:#?} {:?}", card());
            for secret in ["4012", "987", "2030", "Kevin", "a@upi", "192"] {
                assert!(!printed.contains(secret), "{printed}");
            }
        }
    }

    #[test]
    fn every_way_to_pay_has_the_fields_of_its_method() {
        let card = json!({"card_details": {"name": "Kevin Bob", "card_number": "4012001037141112",
            "cvv": "987", "expiry_month": "12", "expiry_year": "2030"}});
        let expected = [
            ("CARD", card.clone(), None),
            (
                "UPI",
                json!({"upi_details": {"txn_mode": "COLLECT", "payer": {"vpa": "a@upi"}}}),
                None,
            ),
            ("UPI", json!({"upi_details": {"txn_mode": "INTENT", "upi_qr": true}}), None),
            ("NETBANKING", json!({"netbanking_details": {"pay_code": "NB1531"}}), None),
            ("WALLET", json!({"wallet_details": {"wallet_code": "AMAZON_PAY"}}), None),
            (
                "POINTS",
                json!({"points_card_details": {"card_number": "4012001037141112",
                    "registered_mobile_number": "9876543210"}}),
                None,
            ),
            ("CREDIT_EMI", card.clone(), Some(6)),
            ("DEBIT_EMI", card, Some(3)),
            (
                "CARDLESS_EMI",
                json!({"cardless_details": {"registered_mobile_number": "9876543210"}}),
                Some(9),
            ),
            (
                "BNPL",
                json!({"bnpl_details": {"mobile": "9876543210", "bnpl_pay_code": "SIMPL3"}}),
                None,
            ),
        ];
        for (with, (method, option, months)) in every_way().into_iter().zip(expected) {
            let payment = NewPayment::new(Amount::paise(100), "p", with);
            let body = serde_json::to_value(PaymentBody::of(&payment)).unwrap();
            assert_eq!(body["payment_method"], method);
            assert_eq!(body["payment_option"], option, "{method}");
            let tenure = months.map_or(
                Value::Null,
                |months: u16| json!({"tenure_type": "MONTH", "tenure_value": months}),
            );
            let told = body.pointer("/offer_data/offer_details/tenure");
            assert_eq!(told.unwrap_or(&Value::Null), &tenure, "{method}");
            assert_eq!(body.get("device_info"), None);
        }
    }
}
