//! Payment links: a page where a payer pays, behind an address that the merchant hands out.

use std::collections::BTreeMap;

use deodar_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::names::{LinkStatus, Method};
use crate::path::segment;
use crate::terms::{AccountDetails, Amount, Cart, Customer, Product, SplitInfo};
use crate::time;

const LINKS: &str = "/api/pay/v1/paymentlink";

/// A link to be made. Start from [`NewLink::new`] and set what else is wanted:
///
/// ```
/// use deodar_client::{Amount, Method, NewLink};
///
/// let link = NewLink {
///     description: Some("Tea for two".to_owned()),
///     allowed_payment_methods: vec![Method::Upi, Method::Card],
///     ..NewLink::new(Amount::paise(50_000), "tea-1")
/// };
/// # assert_eq!(link.merchant_payment_link_reference, "tea-1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewLink {
    /// What the payer pays.
    pub amount: Amount,
    /// The merchant's own id of the link, 1–50 of `A-Z a-z 0-9 - _`. It is an idempotency key that
    /// is kept for ever: the same reference answers the link that it made before.
    pub merchant_payment_link_reference: String,
    /// What it is for, up to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When the link ends, at most 180 days from now; 180 days where it is absent.
    #[serde(serialize_with = "time::write", skip_serializing_if = "Option::is_none")]
    pub expire_by: Option<Timestamp>,
    /// How the payer may pay; every method of the merchant where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_payment_methods: Vec<Method>,
    /// Whether the money is only held until it is captured.
    pub pre_auth: bool,
    /// Whether the payer may pay in parts; not together with `pre_auth`.
    pub part_payment: bool,
    /// Whether the payer may pay in a foreign currency.
    pub is_mcc_transaction: bool,
    /// Where the payer goes after a success; after a failure too, where that has no URL of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Where the payer goes after a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_callback_url: Option<String>,
    /// The payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What is bought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_details: Vec<Product>,
    /// What is in the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_details: Option<Cart>,
    /// What a coupon takes off the cart. It is shown, and never subtracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_coupon_discount_amount: Option<Amount>,
    /// The merchant's own pairs, at most 10.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub merchant_metadata: BTreeMap<String, String>,
    /// Who else gets a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_info: Option<SplitInfo>,
    /// The one bank account that may pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_details: Option<AccountDetails>,
}

impl NewLink {
    /// A link of `amount` with the merchant's own `reference`, and nothing else.
    pub fn new(amount: Amount, reference: impl Into<String>) -> Self {
        Self {
            amount,
            merchant_payment_link_reference: reference.into(),
            description: None,
            expire_by: None,
            allowed_payment_methods: Vec::new(),
            pre_auth: false,
            part_payment: false,
            is_mcc_transaction: false,
            callback_url: None,
            failure_callback_url: None,
            customer: None,
            product_details: Vec::new(),
            cart_details: None,
            cart_coupon_discount_amount: None,
            merchant_metadata: BTreeMap::new(),
            split_info: None,
            account_details: None,
        }
    }
}

/// A payment link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The address of its page, which the merchant hands to the payer.
    pub payment_link: String,
    /// Its id.
    pub payment_link_id: String,
    /// Its state.
    pub status: LinkStatus,
    /// What the payer pays.
    pub amount: Amount,
    /// What is not paid yet.
    pub amount_due: Amount,
    /// The id of its order.
    pub order_id: String,
    /// The merchant's own id of it.
    pub merchant_payment_link_reference: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it ends.
    #[serde(deserialize_with = "time::read")]
    pub expire_by: Timestamp,
    /// How the payer may pay.
    #[serde(default)]
    pub allowed_payment_methods: Vec<Method>,
    /// Whether the money is only held until it is captured.
    #[serde(default)]
    pub pre_auth: bool,
    /// Whether the payer may pay in a foreign currency.
    #[serde(default)]
    pub is_mcc_transaction: bool,
    /// Whether the payer may pay in parts.
    #[serde(default)]
    pub part_payment: bool,
    /// Where the payer goes after a success.
    pub callback_url: Option<String>,
    /// Where the payer goes after a failure.
    pub failure_callback_url: Option<String>,
    /// The payer.
    pub customer: Option<Customer>,
    /// What is bought.
    #[serde(default)]
    pub product_details: Vec<Product>,
    /// What is in the cart.
    pub cart_details: Option<Cart>,
    /// What a coupon takes off the cart.
    pub cart_coupon_discount_amount: Option<Amount>,
    /// The merchant's own pairs.
    #[serde(default)]
    pub merchant_metadata: BTreeMap<String, String>,
    /// Who else gets a part of it.
    pub split_info: Option<SplitInfo>,
    /// The one bank account that may pay.
    pub account_details: Option<AccountDetails>,
    /// When it was made.
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "time::read")]
    pub updated_at: Timestamp,
}

impl Client {
    /// Makes a link (`POST /api/pay/v1/paymentlink`). The same reference answers the link that it
    /// made before, in whatever state it is; where that was another deal, the error is
    /// [`Code::DuplicateRequest`](crate::Code::DuplicateRequest).
    ///
    /// ```no_run
    /// use deodar_client::{Amount, Client, ClientConfig, Error, NewLink};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::new(ClientConfig::new(
    ///     "https://pay.example.com",
    ///     "a17ce30e-f88e-4f81-ada1-c3b4909ed232",
    ///     std::fs::read_to_string("/run/secrets/deodar-client-secret")?.trim(),
    /// ))?;
    /// match client.create_link(&NewLink::new(Amount::paise(50_000), "tea-1")).await {
    ///     Ok(link) => println!("pay here: {}", link.payment_link),
    ///     Err(Error::Api(refusal)) => println!("{} at {:?}", refusal.code, refusal.field),
    ///     Err(error) => println!("not known to be done: repeat it: {error}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_link(&self, link: &NewLink) -> Result<Link, Error> {
        self.post(LINKS, link).await
    }

    /// Reads a link by its id (`GET /api/pay/v1/paymentlink/{payment_link_id}`).
    pub async fn link_by_id(&self, payment_link_id: &str) -> Result<Link, Error> {
        self.get(&format!("{LINKS}/{}", segment(payment_link_id))).await
    }

    /// Reads a link by the merchant's own reference (`GET /api/pay/v1/paymentlink/ref/{reference}`).
    pub async fn link_by_reference(&self, reference: &str) -> Result<Link, Error> {
        self.get(&format!("{LINKS}/ref/{}", segment(reference))).await
    }

    /// Cancels a link (`PUT /api/pay/v1/paymentlink/{payment_link_id}/cancel`). While an attempt is
    /// in flight the error is [`Code::PaymentPending`](crate::Code::PaymentPending).
    pub async fn cancel_link(&self, payment_link_id: &str) -> Result<Link, Error> {
        self.put(&format!("{LINKS}/{}/cancel", segment(payment_link_id))).await
    }

    /// Has a link's e-mail and SMS sent to its customer again
    /// (`PATCH /api/pay/v1/paymentlink/{payment_link_id}/notify`). It is done three times an hour and
    /// ten times a day at most, then the error is
    /// [`Code::ApiRateLimit`](crate::Code::ApiRateLimit).
    pub async fn notify_link(&self, payment_link_id: &str) -> Result<Link, Error> {
        self.patch(&format!("{LINKS}/{}/notify", segment(payment_link_id))).await
    }
}
