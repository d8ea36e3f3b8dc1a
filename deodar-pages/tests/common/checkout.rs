//! An order with a hosted page, and a payer there.

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_domain::payment::{Payment, PaymentStatus};
use deodar_domain::terms::{IntegrationMode, Terms};
use deodar_engine::{CHECKOUT_PATH, Made};

use super::{Answer, Shop, terms, url};

pub(crate) const RETURN: &str = "https://shop.example.com/done";
pub(crate) const FAILED: &str = "https://shop.example.com/failed";
/// How long a token lives, and how much longer its page tells of a payment, in seconds.
pub(crate) const LIFETIME: u64 = 24 * 3_600;
pub(crate) const GRACE: u64 = 3_600;

/// An order with a hosted page.
pub(crate) struct Checkout {
    pub(crate) shop: Shop,
    pub(crate) key: OrderKey,
    pub(crate) token: String,
}

impl Checkout {
    pub(crate) async fn of(terms: Terms) -> Self {
        let shop = Shop::open().await;
        let mode = match terms.integration_mode {
            IntegrationMode::Seamless => IntegrationMode::Redirect,
            told => told,
        };
        let terms = Terms { integration_mode: mode, ..terms };
        let created = shop.engine.create_order(&shop.merchant, terms).await.expect("an order");
        let (Made::New(order) | Made::Existing(order)) = created;
        let address = shop.engine.new_checkout_address(&order).expect("an address");
        assert_eq!(
            address.url,
            format!("{}{}", shop.engine.public_url(), path("", &address.token))
        );
        Self { shop, key: order.key, token: address.token }
    }

    pub(crate) fn step(&self, step: &str) -> String {
        path(step, &self.token)
    }

    pub(crate) async fn get(&self, step: &str) -> Answer {
        self.shop.get(&self.step(step)).await
    }

    pub(crate) async fn pay(&self, fields: &[(&str, &str)]) -> Answer {
        let nonce = self.get("").await.hidden("reference");
        let mut all = vec![("reference", nonce.as_str())];
        all.extend_from_slice(fields);
        self.shop.post(&self.step("/pay"), &all).await
    }

    /// Answers the bank, and follows it back to the outcome.
    pub(crate) async fn answer(&self, fields: &[(&str, &str)]) -> Answer {
        let start = format!("{}/simulator/", self.shop.engine.public_url());
        let go = self.get("/go").await.body;
        let bank = go.split(&start).nth(1).expect("the bank").split('"').next().expect("its end");
        let answer = self.shop.post(&format!("/simulator/{bank}"), fields).await;
        let ours = format!("{}{}", self.shop.engine.public_url(), self.step("/return"));
        assert_eq!(answer.location(), ours);
        assert_eq!(self.get("/return").await.location(), self.step("/result"));
        self.get("/result").await
    }

    pub(crate) async fn order(&self) -> Order {
        self.shop.engine.order(&self.shop.merchant, self.key).await.expect("an order")
    }

    pub(crate) async fn statuses(&self) -> Vec<PaymentStatus> {
        self.order().await.payments.iter().map(Payment::status).collect()
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        self.shop.engine.advance_clock(seconds).await.expect("a sandbox");
    }
}

pub(crate) fn path(step: &str, token: &str) -> String {
    format!("{CHECKOUT_PATH}{step}?token={token}")
}

pub(crate) fn with_return(reference: &str) -> Terms {
    Terms {
        callback_url: Some(url(RETURN)),
        failure_callback_url: Some(url(FAILED)),
        ..terms(reference)
    }
}

pub(crate) fn in_frame(reference: &str) -> Terms {
    Terms { integration_mode: IntegrationMode::Iframe, ..with_return(reference) }
}

#[track_caller]
pub(crate) fn assert_goes_back(page: &Answer, to: &str, status: &str) {
    let form = format!(r#"<form method="post" action="{to}" data-auto target="_top">"#);
    assert!(page.body.contains(&form), "{}", page.body);
    assert_eq!(page.hidden("status"), status);
    assert_eq!(page.hidden("signature").len(), 64);
    assert!(page.header("content-security-policy").contains("https://shop.example.com"));
}

#[track_caller]
pub(crate) fn assert_in_no_frame(page: &Answer) {
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
}
