//! A merchant with a shop, a gateway and a payer: where every journey starts.

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::client::Api;
use crate::gateway::{Gateway, GatewayOptions, Keys};
use crate::merchant_server::{MerchantServer, ReturnPost, Webhook};
use crate::python::Python;
use crate::signature::{return_signature, webhook_signature};

/// A card that the simulator approves after the one-time password.
pub const CARD: &str = "4012001037141112";
/// The simulator's one-time password.
pub const OTP: &str = "123456";

/// A gateway, a merchant of it, and the merchant's server.
pub struct Journey {
    /// The gateway.
    pub gateway: Gateway,
    /// The merchant's server.
    pub shop: MerchantServer,
    /// The merchant's keys.
    pub keys: Keys,
    /// The merchant's calls.
    pub api: Api,
}

impl Journey {
    /// Starts a sandbox and makes a merchant beside it.
    pub async fn start(binary: &str) -> Result<Self> {
        Self::start_with(binary, GatewayOptions::default()).await
    }

    /// Starts a gateway and makes a merchant beside it.
    pub async fn start_with(binary: &str, options: GatewayOptions) -> Result<Self> {
        let shop = MerchantServer::start().await?;
        let gateway = Gateway::start(binary, options).await?;
        let webhook = shop.url("/webhook");
        let keys = gateway.create_merchant(Some(&webhook), Some(&shop.url("/back"))).await?;
        let api = gateway.log_in(&keys).await?;
        Ok(Self { gateway, shop, keys, api })
    }

    /// What `deodar endpoint deliveries` tells of the merchant's webhooks with this status.
    pub async fn deliveries(&self, status: &str) -> Result<Vec<Value>> {
        let merchant = self.keys.merchant_id.as_str();
        let arguments = ["endpoint", "deliveries", merchant, "--status", status, "--json"];
        let finished = self.gateway.run(&arguments).await?;
        ensure!(finished.code == Some(0) && finished.stderr.is_empty(), "{finished:?}");
        finished.stdout.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Makes a link over ₹500.00 whose payer comes back to the shop.
    pub async fn link(&self, reference: &str) -> Result<Value> {
        self.api
            .create_link(json!({
                "merchant_payment_link_reference": reference,
                "amount": { "value": 50_000, "currency": "INR" },
                "description": "Two books and a pencil",
                "callback_url": self.shop.url("/back"),
                "failure_callback_url": self.shop.url("/failed"),
                "customer": {
                    "email_id": "payer.of.tests@example.com",
                    "first_name": "Asha",
                    "last_name": "Rao",
                    "mobile_number": "9876501234",
                    "country_code": "91",
                },
            }))
            .await
    }

    /// Moves the sandbox's business time forward.
    pub async fn advance_clock(&self, seconds: u64) -> Result<()> {
        let clock = json!({ "advance_seconds": seconds });
        let moved = self.api.call(Method::POST, "/sandbox/clock", clock).await?;
        ensure!(moved.status == 200, "{moved:?}");
        Ok(())
    }

    /// Expects a link to be paid: by the API, by the payer's return and by the webhook.
    pub async fn expect_paid(&self, link: &Value) -> Result<(ReturnPost, Webhook)> {
        let id = text(link, "payment_link_id")?;
        let order_id = text(link, "order_id")?;
        let link = self.api.link(id).await?;
        ensure!(link["status"] == "PROCESSED", "the link is {link}");
        ensure!(link["amount_due"]["value"] == 0, "the link is {link}");
        let order = self.api.order(order_id).await?;
        ensure!(order["status"] == "PROCESSED", "the order is {order}");
        let processed = processed_payments(&order);
        ensure!(processed == 1, "{processed} payments were processed: {order}");
        let returned = self.shop.returned(order_id).await?;
        self.verify_return(&returned)?;
        ensure!(returned.field("status") == "PROCESSED", "{returned:?}");
        let webhook = self.shop.webhook("ORDER_PROCESSED", order_id).await?;
        self.verify_webhook(&webhook).await?;
        ensure!(webhook.json()["data"]["status"] == "PROCESSED", "{webhook:?}");
        Ok((returned, webhook))
    }

    /// Verifies the signature of the form that a payer brought.
    pub fn verify_return(&self, post: &ReturnPost) -> Result<()> {
        let expected = return_signature(&self.keys.signing_key, &post.fields)?;
        ensure!(post.field("signature") == expected, "the signature of {post:?} is wrong");
        Ok(())
    }

    /// Verifies a webhook twice: by our own computation, and by the package that merchants use.
    pub async fn verify_webhook(&self, webhook: &Webhook) -> Result<()> {
        let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| webhook.header(name));
        let secret = &self.keys.webhook_secret;
        let expected = webhook_signature(secret, id, timestamp, &webhook.body)?;
        ensure!(signature == expected, "the signature of {webhook:?} is wrong");
        let arguments = [secret.as_str(), id, timestamp, signature];
        let body = webhook.body.as_bytes();
        let verified = Python::find()?.run("verify_webhook.py", &arguments, body).await?;
        ensure!(verified.code == Some(0), "standardwebhooks refuses it: {verified:?}");
        Ok(())
    }
}

impl Browser {
    /// Fills the card form of the page and pays; the bank asks for the password next.
    pub async fn pay_by_card(&self, number: &str, button: &str) -> Result<()> {
        self.choose("Card").await?;
        self.fill("Card number", number).await?;
        self.fill("Expiry (MM/YY)", "12/49").await?;
        self.fill("CVV", "123").await?;
        self.fill("Name on card", "Asha Rao").await?;
        self.press(button).await
    }

    /// Pays by a method, `CARD` say, on the page that is open, whatever its language: a script fills
    /// in the fields of these ids and presses the button, or the one of this `flow`.
    pub async fn pay_by_script(
        &self,
        method: &str,
        fields: &[(&str, &str)],
        flow: &str,
    ) -> Result<()> {
        let script = "
            const [method, fields, flow] = arguments;
            document.getElementById('method-' + method).click();
            for (const [id, value] of fields) document.getElementById(id).value = value;
            const form = document.querySelector('form[data-pay]');
            form.noValidate = true;
            const by = form.querySelector(flow ? `button[value=${flow}]` : 'button.main');
            setTimeout(() => by.click());";
        let arguments = vec![json!(method), json!(fields), json!(flow)];
        self.client().execute(script, arguments).await?;
        Ok(())
    }

    /// Answers the bank's question for the password.
    pub async fn give_otp(&self, otp: &str) -> Result<()> {
        self.fill("OTP", otp).await?;
        self.press("Submit").await
    }
}

/// A text of an answer.
pub fn text<'a>(object: &'a Value, name: &str) -> Result<&'a str> {
    object[name].as_str().with_context(|| format!("{name} is missing in {object}"))
}

/// How many payments of an order took money.
pub fn processed_payments(order: &Value) -> usize {
    let payments = order["payments"].as_array().map(Vec::as_slice).unwrap_or_default();
    payments.iter().filter(|payment| payment["status"] == "PROCESSED").count()
}
