//! An order whose payment a merchant's server made, and the page behind its `challenge_url`.

use deodar_domain::card::{CardExpiry, CardNumber, CardholderName, Cvv};
use deodar_domain::emi::Tenure;
use deodar_domain::money::Money;
use deodar_domain::order::Order;
use deodar_domain::pay_later::{Device, PayLaterProvider, parse_mobile};
use deodar_domain::reference::PaymentReference;
use deodar_domain::terms::Terms;
use deodar_engine::ApiPayment;
use deodar_engine::acquirer::{CardDetails, Instrument};
use http::StatusCode;

use super::{Answer, Shop, terms, url};

pub(crate) const RETURN: &str = "https://shop.example.com/done";
pub(crate) const GOOD: &str = "4012001037141112";

/// A link whose merchant has somewhere to go back to.
pub(crate) fn with_return(reference: &str) -> Terms {
    Terms { callback_url: Some(url(RETURN)), ..terms(reference) }
}

pub(crate) fn card(number: &str) -> Instrument {
    let number = CardNumber::parse(number).expect("a number");
    let cvv = Cvv::parse("739", number.brand()).expect("a CVV");
    let expiry = CardExpiry::parse("12", "2049").expect("an expiry");
    let name = CardholderName::parse("Kevin Bob").expect("a name");
    Instrument::Card(CardDetails { number, cvv, expiry, name })
}

/// An account with a Pay Later lender.
pub(crate) fn pay_later(provider: &str, mobile: &str) -> Instrument {
    Instrument::PayLater {
        provider: PayLaterProvider::from_name(provider).expect("a lender"),
        mobile: parse_mobile(mobile).expect("a number"),
        device: Some(Device::default()),
    }
}

/// Instalments without a card.
pub(crate) fn cardless_emi(mobile: &str, months: u16) -> Instrument {
    Instrument::CardlessEmi {
        mobile: parse_mobile(mobile).expect("a number"),
        pan: None,
        tenure: Tenure::of_months(months).expect("a tenure"),
    }
}

/// An order whose payment the merchant's server made.
pub(crate) struct Challenge {
    pub(crate) shop: Shop,
    pub(crate) order: Order,
    pub(crate) link: String,
    /// The path of the page, with its token.
    pub(crate) page: String,
}

impl Challenge {
    pub(crate) async fn of(terms: Terms, instrument: Instrument) -> Self {
        let shop = Shop::open().await;
        let link = shop.link(terms).await;
        let order = shop.order(&link).await;
        let (order, page) = pay(&shop, &order, "p1", instrument).await;
        Self { shop, order, link, page: page.expect("a challenge") }
    }

    /// The path of another step.
    pub(crate) fn step(&self, step: &str) -> String {
        self.page.replace("/landing/?", &format!("/landing/{step}?"))
    }

    pub(crate) async fn open(&self) -> Answer {
        self.shop.get(&self.page).await
    }

    pub(crate) async fn now(&self) -> Order {
        self.shop.order(&self.link).await
    }

    /// The path of the bank's or the app's page that a page of ours leads to.
    pub(crate) fn bank(&self, page: &Answer) -> String {
        let start = format!("{}/simulator/", self.shop.engine.public_url());
        let rest = page.body.split(&start).nth(1).expect("the simulator");
        format!("/simulator/{}", rest.split('"').next().expect("an address"))
    }

    /// Answers the bank, and follows it back.
    pub(crate) async fn answer(&self, fields: &[(&str, &str)]) -> Answer {
        let bank = self.bank(&self.open().await);
        let answer = self.shop.post(&bank, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let address = format!("{}{}", self.shop.engine.public_url(), self.step("return"));
        // A bank sends the payer back; an app is left, and the page finds out by itself.
        let is_app = bank.starts_with("/simulator/upi/");
        assert_eq!(answer.location(), if is_app { &bank } else { &address });
        let returned = self.shop.get(&self.step("return")).await;
        assert_eq!(returned.location(), self.step("result"));
        self.shop.get(&self.step("result")).await
    }

    /// The page tells the outcome and posts the signed form by itself.
    #[track_caller]
    pub(crate) fn assert_goes_back(&self, page: &Answer, status: &str) {
        assert!(page.body.contains(&format!(
            r#"<form method="post" action="{RETURN}" data-auto target="_top">"#
        )));
        assert_eq!(page.hidden("status"), status);
        assert_eq!(page.hidden("order_id"), deodar_domain::id::order_id(self.order.key));
        assert_eq!(page.hidden("signature").len(), 64);
        assert!(!page.body.contains("Try again"), "the merchant's page is where it goes on");
        assert!(page.header("content-security-policy").contains("https://shop.example.com"));
    }
}

/// An order that the merchant's server pays in one attempt by several instruments, each for so many
/// paise.
pub(crate) async fn pay_attempt(terms: Terms, parts: Vec<(Instrument, u64)>) -> Challenge {
    let shop = Shop::open().await;
    let link = shop.link(terms).await;
    let order = shop.order(&link).await;
    let payment = |(index, (instrument, paise)): (usize, (Instrument, u64))| ApiPayment {
        instrument,
        upi_qr: false,
        amount: Money::paise(paise),
        reference: PaymentReference::parse(&format!("p{index}")).expect("a reference"),
    };
    let payments = parts.into_iter().enumerate().map(payment).collect();
    let order =
        shop.engine.pay_by_api(&shop.merchant, order.key, payments).await.expect("an order");
    let page = shop.engine.challenge_url(&order).expect("a token").expect("a challenge");
    let page = page.replace(shop.engine.public_url(), "");
    Challenge { shop, order, link, page }
}

pub(crate) async fn pay(
    shop: &Shop,
    order: &Order,
    reference: &str,
    instrument: Instrument,
) -> (Order, Option<String>) {
    let payment = ApiPayment {
        instrument,
        upi_qr: false,
        amount: order.terms.amount,
        reference: PaymentReference::parse(reference).expect("a reference"),
    };
    let paid =
        shop.engine.pay_by_api(&shop.merchant, order.key, vec![payment]).await.expect("an order");
    let page = shop.engine.challenge_url(&paid).expect("a token");
    let path = page.map(|page| page.replace(shop.engine.public_url(), ""));
    (paid, path)
}
