//! Orders with their payments and refunds.

use deodar_domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::names::{IntegrationMode, Method, OrderStatus};
use crate::path::segment;
use crate::payment::Payment;
use crate::refunds::Refund;
use crate::terms::{AccountDetails, Amount, PurchaseDetails, SplitInfo};
use crate::time;

pub(crate) const ORDERS: &str = "/api/pay/v1/orders";

/// The envelope of orders and refunds.
#[derive(Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

/// An order to be made. Start from [`NewOrder::new`] and set what else is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewOrder {
    /// The merchant's own id of the order, 1–50 of `A-Z a-z 0-9 - _`. It is an idempotency key that
    /// is kept for ever: the same reference answers the order that it made before.
    pub merchant_order_reference: String,
    /// What the payer pays.
    pub order_amount: Amount,
    /// Whether the money is only held until it is captured.
    pub pre_auth: bool,
    /// Whether the payer may pay in parts; not together with `pre_auth`.
    pub part_payment: bool,
    /// Whether the payer may pay in a foreign currency.
    pub is_mcc_transaction: bool,
    /// How the payer may pay; every method of the merchant where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_payment_methods: Vec<Method>,
    /// What it is for, up to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where the payer goes after a success; after a failure too, where that has no URL of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Where the payer goes after a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_callback_url: Option<String>,
    /// What a coupon takes off the cart. It is shown, and never subtracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_coupon_discount_amount: Option<Amount>,
    /// What is bought, and by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_details: Option<PurchaseDetails>,
    /// Who else gets a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_info: Option<SplitInfo>,
    /// The one bank account that may pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_details: Option<AccountDetails>,
}

impl NewOrder {
    /// An order of `amount` with the merchant's own `reference`, and nothing else.
    pub fn new(amount: Amount, reference: impl Into<String>) -> Self {
        Self {
            merchant_order_reference: reference.into(),
            order_amount: amount,
            pre_auth: false,
            part_payment: false,
            is_mcc_transaction: false,
            allowed_payment_methods: Vec::new(),
            notes: None,
            callback_url: None,
            failure_callback_url: None,
            cart_coupon_discount_amount: None,
            purchase_details: None,
            split_info: None,
            account_details: None,
        }
    }
}

/// A capture of what an order holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewCapture {
    /// The merchant's own id of the capture, an idempotency key within its order.
    pub merchant_capture_reference: String,
    /// How much to take, at least 100 paise; the rest is released. All that is held where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture_amount: Option<Amount>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// Its id.
    pub order_id: String,
    /// The merchant's own id of it.
    pub merchant_order_reference: String,
    /// Its state.
    pub status: OrderStatus,
    /// Where the payer goes, while an attempt waits for that.
    pub challenge_url: Option<String>,
    /// The QR code of a UPI payment by the payer's own app, a PNG, where the payment asked for one
    /// and waits for its payer.
    pub image_url: Option<String>,
    /// Whose it is.
    pub merchant_id: String,
    /// What the payer pays.
    pub order_amount: Amount,
    /// What it is for.
    pub notes: Option<String>,
    /// Whether the money is only held until it is captured.
    #[serde(default)]
    pub pre_auth: bool,
    /// Whether the payer may pay in parts.
    #[serde(default)]
    pub part_payment: bool,
    /// How the payer may pay.
    #[serde(default)]
    pub allowed_payment_methods: Vec<Method>,
    /// Where the payer goes after a success.
    pub callback_url: Option<String>,
    /// Where the payer goes after a failure.
    pub failure_callback_url: Option<String>,
    /// What a coupon takes off the cart.
    pub cart_coupon_discount_amount: Option<Amount>,
    /// What is bought, and by whom.
    pub purchase_details: Option<PurchaseDetails>,
    /// Its payments, newest first.
    #[serde(default)]
    pub payments: Vec<Payment>,
    /// Its refunds, newest first.
    #[serde(default)]
    pub refunds: Vec<Refund>,
    /// When it was made.
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "time::read")]
    pub updated_at: Timestamp,
    /// How it is paid.
    pub integration_mode: Option<IntegrationMode>,
    /// How many more attempts there can be.
    pub payment_retries_remaining: Option<u16>,
    /// Whether the payer may pay in a foreign currency.
    #[serde(default)]
    pub is_mcc_transaction: bool,
}

/// What an order's id or reference led to: refunds have those too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderOrRefund {
    /// An order.
    Order(Box<Order>),
    /// A refund of an order.
    Refund(Box<Refund>),
}

impl OrderOrRefund {
    /// The order, where it is one.
    pub fn order(self) -> Option<Order> {
        match self {
            Self::Order(order) => Some(*order),
            Self::Refund(_) => None,
        }
    }

    /// The refund, where it is one.
    pub fn refund(self) -> Option<Refund> {
        match self {
            Self::Order(_) => None,
            Self::Refund(refund) => Some(*refund),
        }
    }
}

impl<'de> Deserialize<'de> for OrderOrRefund {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let value = Value::deserialize(deserializer)?;
        if value.get("type").and_then(Value::as_str) == Some("REFUND") {
            serde_json::from_value(value).map(Self::Refund).map_err(D::Error::custom)
        } else {
            serde_json::from_value(value).map(Self::Order).map_err(D::Error::custom)
        }
    }
}

impl Client {
    /// Makes an order (`POST /api/pay/v1/orders`). The same reference answers the order that it made
    /// before, in whatever state it is; where that was another deal, the error is
    /// [`Code::DuplicateRequest`](crate::Code::DuplicateRequest).
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, NewOrder, NewPayment, PayWith};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let order = client.create_order(&NewOrder::new(Amount::paise(50_000), "order-1")).await?;
    /// let pay = PayWith::UpiCollect { vpa: "success@upi".to_owned() };
    /// let payment = NewPayment::new(Amount::paise(50_000), "order-1-a", pay);
    /// let order = client.create_payment(&order.order_id, &payment).await?;
    /// println!("the payer goes to {:?}", order.challenge_url);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_order(&self, order: &NewOrder) -> Result<Order, Error> {
        Ok(self.post::<Data<Order>>(ORDERS, order).await?.data)
    }

    /// Takes what an order holds (`PUT /api/pay/v1/orders/{order_id}/capture`). There is one capture
    /// an order. Where the acquirer's answer is not known yet the error is
    /// [`Code::PaymentPending`](crate::Code::PaymentPending).
    pub async fn capture_order(
        &self,
        order_id: &str,
        capture: &NewCapture,
    ) -> Result<Order, Error> {
        let path = format!("{ORDERS}/{}/capture", segment(order_id));
        Ok(self.put_with::<Data<Order>>(&path, capture).await?.data)
    }

    /// Cancels an order, or voids what it holds (`PUT /api/pay/v1/orders/{order_id}/cancel`). While
    /// an attempt cannot be ended the error is
    /// [`Code::PaymentPending`](crate::Code::PaymentPending), and nothing changes.
    pub async fn cancel_order(&self, order_id: &str) -> Result<Order, Error> {
        let path = format!("{ORDERS}/{}/cancel", segment(order_id));
        Ok(self.put::<Data<Order>>(&path).await?.data)
    }

    /// Reads an order, or a refund, by its id (`GET /api/pay/v1/orders/{order_id}`).
    ///
    /// ```no_run
    /// use deodar_client::{Client, OrderOrRefund, OrderStatus};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// match client.order_by_id("v1-250306082755-aa-qlAtAf").await? {
    ///     OrderOrRefund::Order(order) if order.status == OrderStatus::Processed => {
    ///         println!("{} paise are yours", order.order_amount.value);
    ///     }
    ///     OrderOrRefund::Order(order) => println!("{}", order.status),
    ///     OrderOrRefund::Refund(refund) => println!("a refund of {}", refund.parent_order_id),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn order_by_id(&self, order_id: &str) -> Result<OrderOrRefund, Error> {
        let path = format!("{ORDERS}/{}", segment(order_id));
        Ok(self.get::<Data<OrderOrRefund>>(&path).await?.data)
    }

    /// Reads an order, or a refund, by the merchant's own reference
    /// (`GET /api/pay/v1/orders/reference/{reference}`). A link's order bears the link's reference.
    pub async fn order_by_reference(&self, reference: &str) -> Result<OrderOrRefund, Error> {
        let path = format!("{ORDERS}/reference/{}", segment(reference));
        Ok(self.get::<Data<OrderOrRefund>>(&path).await?.data)
    }
}
