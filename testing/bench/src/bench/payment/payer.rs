//! One payer and the merchant's server, over connections that stay open.

use anyhow::{Context, Result, ensure};
use deodar_engine::{Random, SystemRandom};
use deodar_kit::{CARD, OTP};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The prices of a shop: so many from the lowest on. The bank is asked for the plans of each.
const PRICES: u128 = 50;
const PRICE_PAISE: u128 = 50_000;
const PRICE_STEP_PAISE: u128 = 100;
/// How often the page of what became of a payment is opened before it tells.
const LOOKS_MAX: u32 = 50;

/// A payer, and the merchant that asks for the money.
pub(crate) struct Payer {
    client: Client<HttpConnector, Full<Bytes>>,
    gateway: String,
    bearer: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn expect(self, what: &str, status: StatusCode) -> Result<Self> {
        ensure!(self.status == status, "{what} answered {}: {}", self.status, self.body);
        Ok(self)
    }

    fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }

    /// What stands between two texts of a page.
    fn between(&self, before: &str, after: &str) -> Result<String> {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        let (found, _) = found.with_context(|| format!("{before} is not on the page"))?;
        Ok(found.replace("&amp;", "&").replace("&#38;", "&"))
    }
}

impl Payer {
    /// A payer with connections of its own.
    pub(crate) fn new(gateway: &str, token: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, gateway: gateway.to_owned(), bearer: format!("Bearer {token}") }
    }

    /// Pays a new link, from its making to its capture.
    pub(crate) async fn pay(&self) -> Result<()> {
        let link = self.link().await?;
        let text = |name: &str| link.get(name).and_then(Value::as_str).map(str::to_owned);
        let page = text("payment_link").context("a page")?;
        let order_id = text("order_id").context("an order")?;

        let opened = self.get(&page).await?.expect("the page", StatusCode::OK)?;
        let nonce = opened.between(r#"name="reference" value=""#, "\"")?;
        let fields = [
            ("method", "CARD"),
            ("card_number", CARD),
            ("expiry", "12/49"),
            ("cvv", "123"),
            ("card_name", "Asha Rao"),
            ("reference", &nonce),
        ];
        let paid = self.post_form(&format!("{page}/pay"), &fields).await?;
        paid.expect("the attempt", StatusCode::SEE_OTHER)?;
        let onward = self.get(&format!("{page}/go")).await?;
        let bank = onward.between("content=\"0;url=", "\"")?;

        self.get(&bank).await?.expect("the bank's page", StatusCode::OK)?;
        let answered = self.post_form(&bank, &[("otp", OTP)]).await?;
        let answered = answered.expect("the bank", StatusCode::SEE_OTHER)?;
        let way = answered.headers.get(LOCATION).context("the way back")?.to_str()?.to_owned();
        self.come_back(&Url::parse(&bank)?.join(&way)?).await?;
        self.capture(&order_id).await
    }

    async fn link(&self) -> Result<Value> {
        let reference = SystemRandom.u128()?;
        let price = PRICE_PAISE + reference % PRICES * PRICE_STEP_PAISE;
        let body = json!({
            "merchant_payment_link_reference": format!("paid-{reference:032x}"),
            "amount": { "value": price, "currency": "INR" },
            "description": "Two books and a pencil",
            "pre_auth": true,
            "callback_url": "https://shop.example.com/payments/done",
        });
        let url = format!("{}/api/pay/v1/paymentlink", self.gateway);
        let made = self.call(Method::POST, &url, body.to_string()).await?;
        made.expect("the link", StatusCode::CREATED)?.json()
    }

    /// Opens the page that the bank sends back to, until it tells what became of the payment.
    async fn come_back(&self, back: &Url) -> Result<()> {
        let mut address = back.clone();
        for _ in 0..LOOKS_MAX {
            let answer = self.get(address.as_str()).await?;
            let next = answer.headers.get(LOCATION).and_then(|next| next.to_str().ok());
            match next {
                Some(next) => address = address.join(next)?,
                None if answer.body.contains("name=\"signature\"") => return Ok(()),
                None => ensure!(answer.status.is_success(), "{address}: {}", answer.status),
            }
        }
        anyhow::bail!("{address} does not tell what became of the payment")
    }

    async fn capture(&self, order_id: &str) -> Result<()> {
        let url = format!("{}/api/pay/v1/orders/{order_id}/capture", self.gateway);
        let reference = SystemRandom.u128()?;
        let body = json!({ "merchant_capture_reference": format!("capture-{reference:032x}") });
        let captured = self.call(Method::PUT, &url, body.to_string()).await?;
        let order = captured.expect("the capture", StatusCode::OK)?.json()?;
        let status = order.pointer("/data/status").and_then(Value::as_str);
        ensure!(status == Some("PROCESSED"), "the order is {status:?}");
        Ok(())
    }

    async fn get(&self, url: &str) -> Result<Answer> {
        self.send(Request::get(url).body(Full::default())?).await
    }

    async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(url).header(CONTENT_TYPE, FORM);
        self.send(request.body(Full::from(body))?).await
    }

    async fn call(&self, method: Method, url: &str, body: String) -> Result<Answer> {
        let request = Request::builder().method(method).uri(url);
        let request = request.header(CONTENT_TYPE, JSON).header(AUTHORIZATION, &self.bearer);
        self.send(request.body(Full::from(body))?).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}
