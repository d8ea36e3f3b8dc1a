//! Stories as tables: what merchants, payers and time do, and the webhooks that tell of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::shop::{Answer, Shop, path_of};
use super::telling::Endpoints;

const ORDERS: &str = "/api/pay/v1/orders";
const LINKS: &str = "/api/pay/v1/paymentlink";
const GOOD_CARD: &str = "4012001037141112";
/// The simulator declines it before it asks for a password.
const RISKY_CARD: &str = "4100000000000019";
/// The simulator approves it, and declines every capture and refund of it.
const STUBBORN_CARD: &str = "4000000000000341";
/// It has no points.
const POOR_CARD: &str = "6074820000000009";

/// An order on its way, and its link if it has one.
pub(super) struct Story {
    pub(super) shop: Shop,
    order: String,
    pub(super) link: Option<Value>,
    /// The payer's page behind the last payment, or that of the hosted checkout.
    page: String,
    /// The last payment.
    payment: String,
    /// How many references were used.
    used: u32,
    /// Whether steps may be refused.
    pub(super) is_lenient: bool,
}

/// Does the steps of a table, lets the process be killed before it has told of anything, and
/// compares what the next one tells: the webhooks of each step, each with the state of its `data`.
///
/// The first line is `make <paise> [link] [checkout] [hold] [parts] [ends <seconds>]`. The columns
/// are two spaces apart. Of the shop's two endpoints the first one is told of orders and refunds
/// alone, and refuses its first webhook.
pub(crate) async fn assert_story(table: &str) {
    let endpoints = Endpoints::open().await;
    let shop = Shop::open(endpoints.urls()).await;
    let lines: Vec<&str> = table.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let columns = |line: &str| {
        let columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        columns.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut story = Story::make(shop, &columns(lines[0])[0]).await;
    for line in &lines[1..] {
        story.step(&columns(line)[0]).await;
    }
    let mut shop = story.shop;
    let told = endpoints.told(&mut shop).await;
    let mut lines_told = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let mut stands = vec![columns(line).swap_remove(0)];
        for seen in shop.records.seen().iter().filter(|seen| seen.step == number) {
            let hook = told.iter().find(|hook| hook.id() == seen.id).unwrap();
            let state = hook.json()["data"]["status"].as_str().unwrap().to_owned();
            stands.push(format!("{} {state}", hook.event_type()));
        }
        lines_told.push(stands);
    }
    let expected: Vec<_> = lines.iter().map(|line| columns(line)).collect();
    assert_eq!(lines_told, expected, "{table}");
}

fn paise(value: u64) -> Value {
    json!({"value": value, "currency": "INR"})
}

impl Story {
    pub(super) async fn make(shop: Shop, line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], "make", "{line}");
        let has = |word: &str| words.contains(&word);
        let mut body = json!({"pre_auth": has("hold"), "part_payment": has("parts")});
        let amount = paise(words[1].parse().unwrap());
        let mut story = Self {
            shop,
            order: String::new(),
            link: None,
            page: String::new(),
            payment: String::new(),
            used: 0,
            is_lenient: false,
        };
        let made = if has("link") {
            body["amount"] = amount;
            body["merchant_payment_link_reference"] = json!("r1");
            if let Some(at) = words.iter().position(|word| *word == "ends") {
                let seconds = Duration::from_secs(words[at + 1].parse().unwrap());
                let end = story.shop.engine().now().plus(seconds);
                body["expire_by"] = json!(end.rfc3339_millis());
            }
            let made = story.shop.call("POST", LINKS, Some(&body)).await.json();
            story.link = Some(made.clone());
            made
        } else {
            body["order_amount"] = amount;
            body["merchant_order_reference"] = json!("r1");
            if has("checkout") {
                let path = "/api/checkout/v1/orders";
                let made = story.shop.call("POST", path, Some(&body)).await.json();
                story.page = path_of(made["redirect_url"].as_str().unwrap());
                made
            } else {
                story.shop.call("POST", ORDERS, Some(&body)).await.json()["data"].take()
            }
        };
        made["order_id"].as_str().unwrap_or_else(|| panic!("{made}")).clone_into(&mut story.order);
        story
    }

    fn reference(&mut self) -> String {
        self.used += 1;
        format!("reference-{}", self.used)
    }

    /// Sees that an answer is as it is to be.
    #[track_caller]
    fn see(&self, answer: &Answer, status: u16) {
        assert!(!answer.status.is_server_error(), "{}", answer.body);
        assert!(self.is_lenient || answer.status == status, "{}", answer.body);
    }

    pub(super) async fn step(&mut self, step: &str) {
        self.shop.records.next_step();
        // So that no two steps bear the same time.
        self.shop.clock.advance(Duration::from_millis(1));
        let (verb, argument) = step.split_once(' ').unwrap_or((step, ""));
        let value = argument.parse::<u64>().ok();
        match verb {
            "pay" => self.pay_by_card(GOOD_CARD, value).await,
            "pay-risky" => self.pay_by_card(RISKY_CARD, value).await,
            "pay-stubborn" => self.pay_by_card(STUBBORN_CARD, value).await,
            "pay-points" => self.pay_with_points(GOOD_CARD, GOOD_CARD, value.unwrap()).await,
            "pay-no-points" => self.pay_with_points(GOOD_CARD, POOR_CARD, value.unwrap()).await,
            "pay-stubborn-points" => {
                self.pay_with_points(STUBBORN_CARD, GOOD_CARD, value.unwrap()).await;
            }
            "pay-upi" => self.pay_by_upi(argument).await,
            "pay-later" => self.pay_later().await,
            "otp" => self.otp("123456", 200).await,
            "wrong-otp" => self.otp("000000", 422).await,
            "capture" | "refund" => self.follow_on(verb, value).await,
            "cancel" => {
                let path = format!("{ORDERS}/{}/cancel", self.order);
                self.see(&self.shop.call("PUT", &path, None).await, 200);
            }
            "refused-cancel" => {
                let path = format!("{ORDERS}/{}/cancel", self.order);
                self.see(&self.shop.call("PUT", &path, None).await, 422);
            }
            "cancel-link" => {
                let link = self.link.as_ref().unwrap()["payment_link_id"].as_str().unwrap();
                let path = format!("{LINKS}/{link}/cancel");
                self.see(&self.shop.call("PUT", &path, None).await, 200);
            }
            "open-page" => {
                let page = path_of(self.link.as_ref().unwrap()["payment_link"].as_str().unwrap());
                self.see(&self.shop.open_page(&page).await, 200);
            }
            // Nobody has begun to pay.
            "give-up" if self.is_lenient && self.page.is_empty() => {}
            "give-up" => {
                let page = self.page.replace("/landing/?", "/landing/give-up?");
                self.see(&self.shop.submit(&page, &[]).await, 303);
            }
            "pay-on-page" => self.pay_on_page().await,
            "wait" => self.shop.wait(value.unwrap()).await,
            _ => panic!("{step} is no step"),
        }
    }

    async fn otp(&self, otp: &str, status: u16) {
        let body = json!({"payment_id": self.payment, "otp": otp});
        let answer = self.shop.call("POST", "/api/pay/v1/otp/submit", Some(&body)).await;
        self.see(&answer, status);
    }

    /// Captures or refunds `value`, or all that can be.
    async fn follow_on(&mut self, verb: &str, value: Option<u64>) {
        let answer = if verb == "capture" {
            let mut body = json!({"merchant_capture_reference": self.reference()});
            if let Some(value) = value {
                body["capture_amount"] = paise(value);
            }
            let path = format!("{ORDERS}/{}/capture", self.order);
            self.shop.call("PUT", &path, Some(&body)).await
        } else {
            let mut body = json!({"merchant_order_reference": self.reference()});
            if let Some(value) = value {
                body["order_amount"] = paise(value);
            }
            let path = format!("/api/pay/v1/refunds/{}", self.order);
            self.shop.call("POST", &path, Some(&body)).await
        };
        // A capture that the bank refuses is told by its answer alone.
        self.see(&answer, if verb == "capture" { answer.status.as_u16() } else { 200 });
    }

    fn payment(&mut self, method: &str, value: u64, option: &Value) -> Value {
        json!({
            "merchant_payment_reference": self.reference(),
            "payment_method": method,
            "payment_amount": paise(value),
            "payment_option": option,
            "device_info": {"browser_user_agent": "agent"},
        })
    }

    fn card(&mut self, number: &str, value: u64) -> Value {
        let details = json!({
            "name": "", "card_number": number, "cvv": "739",
            "expiry_month": "12", "expiry_year": "2049", "save": false,
        });
        self.payment("CARD", value, &json!({ "card_details": details }))
    }

    /// Pays `value`, or all that is due.
    async fn pay_by_card(&mut self, number: &str, value: Option<u64>) {
        let value = value.unwrap_or(self.due().await);
        let payment = self.card(number, value);
        self.pay(vec![payment]).await;
    }

    /// Pays all that is due, `points` of it by the points of one card, and the rest by another.
    async fn pay_with_points(&mut self, card: &str, points_card: &str, points: u64) {
        let rest = self.due().await.saturating_sub(points);
        let card = self.card(card, rest);
        let details = json!({"points_card_details": {
            "card_number": points_card, "registered_mobile_number": "9000047815",
        }});
        let points = self.payment("POINTS", points, &details);
        self.pay(vec![card, points]).await;
    }

    /// Pays all that is due by a lender.
    async fn pay_later(&mut self) {
        let details = json!({"mobile": "9000047815", "bnpl_pay_code": "SIMPL"});
        let due = self.due().await;
        let payment = self.payment("BNPL", due, &json!({ "bnpl_details": details }));
        self.pay(vec![payment]).await;
    }

    /// Asks the payer's app, whose owner decides by its name, for all that is due.
    async fn pay_by_upi(&mut self, name: &str) {
        let details = json!({"txn_mode": "COLLECT", "payer": {"vpa": format!("{name}@upi")}});
        let due = self.due().await;
        let payment = self.payment("UPI", due, &json!({ "upi_details": details }));
        self.pay(vec![payment]).await;
    }

    async fn pay(&mut self, payments: Vec<Value>) {
        let path = format!("{ORDERS}/{}/payments", self.order);
        let body = json!({ "payments": payments });
        let answer = self.shop.call("POST", &path, Some(&body)).await;
        self.see(&answer, 200);
        if answer.status != 200 {
            return;
        }
        let data = answer.json()["data"].take();
        let made = data["payments"].as_array().unwrap();
        let asked = made.iter().find(|payment| payment["payment_method"] != "POINTS").unwrap();
        asked["id"].as_str().unwrap().clone_into(&mut self.payment);
        if let Some(page) = data["challenge_url"].as_str() {
            self.page = path_of(page);
        }
    }

    /// A payer opens the page of the hosted checkout, pays by card, gives the bank's password and
    /// comes back.
    async fn pay_on_page(&self) {
        let step = |step: &str| self.page.replace("/checkout?", &format!("/checkout{step}?"));
        let reference = self.shop.open_page(&self.page).await.hidden("reference");
        let fields = [
            ("reference", reference.as_str()),
            ("method", "CARD"),
            ("card_number", GOOD_CARD),
            ("expiry", "12/49"),
            ("cvv", "739"),
            ("card_name", "Asha Rao"),
        ];
        let sent = self.shop.submit(&step("/pay"), &fields).await;
        assert_eq!(sent.location, Some(step("/go")));
        let go = self.shop.open_page(&step("/go")).await.body;
        let bank = go.split(r#"content="0;url="#).nth(1).unwrap().split('"').next().unwrap();
        let given: Answer = self.shop.submit(&path_of(bank), &[("otp", "123456")]).await;
        let way_home = path_of(&given.location.unwrap());
        assert_eq!(self.shop.open_page(&way_home).await.status, 303);
    }

    async fn due(&self) -> u64 {
        let [order, link] = self.stands().await;
        let due = link.pointer("/amount_due/value").or(order.pointer("/order_amount/value"));
        due.unwrap().as_u64().unwrap()
    }

    /// The order and its link, as they are now; null where there is none.
    pub(super) async fn stands(&self) -> [Value; 2] {
        let read = async |path: String| self.shop.call("GET", &path, None).await.json();
        let order = read(format!("{ORDERS}/{}", self.order)).await["data"].take();
        let link = match &self.link {
            Some(link) => {
                read(format!("{LINKS}/{}", link["payment_link_id"].as_str().unwrap())).await
            }
            None => Value::Null,
        };
        [order, link]
    }
}
