//! Lives of orders and links as tables: what a merchant does, what is answered, and how things
//! stand after it.

use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, REFUNDS};

const GOOD_CARD: &str = "4012001037141112";
/// The simulator declines it before it asks for a password.
const RISKY_CARD: &str = "4100000000000019";
/// The simulator approves it, and declines every capture and refund of it.
const STUBBORN_CARD: &str = "4000000000000341";

/// An order on its way, and its link if it has one.
struct Life {
    gateway: Gateway,
    order: String,
    link: Option<String>,
    /// The last payment.
    payment: String,
    /// How many references were used.
    used: u32,
}

/// Does the steps of a table, and compares how things stand after each.
///
/// The first line is `make <paise> [link] [hold] [parts] [ends <duration>]`. Each other line has
/// columns, two spaces apart: the step; what it is answered (a status, and the code of an error);
/// the order; its last payment; the link; what is due; how many attempts remain.
pub(crate) async fn assert_life(table: &str) {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut life = Life::make(lines.next().unwrap()).await;
    for line in lines {
        let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty());
        let step = columns.next().unwrap();
        let answered = life.step(step).await;
        let mut stands = vec![answered];
        stands.extend(life.stands().await);
        assert_eq!(stands, columns.collect::<Vec<_>>(), "after {line}\nof {table}");
    }
}

fn paise(value: u64) -> Value {
    json!({"value": value, "currency": "INR"})
}

/// `90m`, `24h` and `7d` in seconds.
fn seconds(text: &str) -> u64 {
    let (count, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 24 * 3_600,
        _ => panic!("{text} is no duration"),
    };
    count.parse::<u64>().unwrap() * unit
}

impl Life {
    async fn make(line: &str) -> Self {
        let gateway = Gateway::sandbox().await;
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], "make", "{line}");
        let has = |word: &str| words.contains(&word);
        let mut body = json!({"pre_auth": has("hold"), "part_payment": has("parts")});
        let amount = paise(words[1].parse().unwrap());
        let made = if has("link") {
            body["amount"] = amount;
            body["merchant_payment_link_reference"] = json!("r1");
            if let Some(at) = words.iter().position(|word| *word == "ends") {
                let end = gateway.engine.now();
                let end = end.plus(std::time::Duration::from_secs(seconds(words[at + 1])));
                body["expire_by"] = json!(end.rfc3339_millis());
            }
            gateway.post(LINKS, body).await.json()
        } else {
            body["order_amount"] = amount;
            body["merchant_order_reference"] = json!("r1");
            gateway.post(ORDERS, body).await.json()["data"].take()
        };
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        let order = text("order_id").unwrap_or_else(|| panic!("{made}"));
        let payment = String::new();
        Self { gateway, order, link: text("payment_link_id"), payment, used: 0 }
    }

    fn reference(&mut self) -> String {
        self.used += 1;
        format!("reference-{}", self.used)
    }

    async fn step(&mut self, step: &str) -> String {
        let (verb, argument) = step.split_once(' ').unwrap_or((step, ""));
        let value = argument.parse::<u64>().ok();
        let order = format!("{ORDERS}/{}", self.order);
        let answer = match verb {
            "pay" => self.pay_by_card(GOOD_CARD, value).await,
            "pay-risky" => self.pay_by_card(RISKY_CARD, value).await,
            "pay-stubborn" => self.pay_by_card(STUBBORN_CARD, value).await,
            "pay-points" => self.pay_with_points(value.unwrap()).await,
            "pay-later" => self.pay_later().await,
            "otp" => self.submit("123456").await,
            "wrong-otp" => self.submit("000000").await,
            "cancel" => self.gateway.call("PUT", &format!("{order}/cancel")).await,
            "cancel-link" => {
                let path = format!("{LINKS}/{}/cancel", self.link.as_deref().unwrap());
                self.gateway.call("PUT", &path).await
            }
            "capture" => {
                let mut body = json!({"merchant_capture_reference": self.reference()});
                if let Some(value) = value {
                    body["capture_amount"] = paise(value);
                }
                self.gateway.put(&format!("{order}/capture"), body).await
            }
            "refund" => {
                let mut body = json!({"merchant_order_reference": self.reference()});
                if let Some(value) = value {
                    body["order_amount"] = paise(value);
                }
                self.gateway.post(&format!("{REFUNDS}/{}", self.order), body).await
            }
            "wait" => {
                let body = json!({"advance_seconds": seconds(argument)});
                let moved = self.gateway.post("/sandbox/clock", body).await;
                self.gateway.work().await;
                moved
            }
            _ => panic!("{step} is no step"),
        };
        if answer.status.is_success() {
            answer.status.as_u16().to_string()
        } else {
            let (status, code) = answer.error();
            format!("{status} {code}")
        }
    }

    async fn submit(&self, otp: &str) -> Answer {
        let body = json!({"payment_id": self.payment, "otp": otp});
        self.gateway.post("/api/pay/v1/otp/submit", body).await
    }

    /// Pays `value`, or all that is due.
    async fn pay_by_card(&mut self, number: &str, value: Option<u64>) -> Answer {
        let value = value.unwrap_or(self.due().await);
        let mut body = crate::payments::card(&self.reference(), number);
        body["payments"][0]["payment_amount"] = paise(value);
        self.pay(body).await
    }

    /// Pays all that is due, `points` of it by the points of the card that pays the rest.
    async fn pay_with_points(&mut self, points: u64) -> Answer {
        let due = self.due().await;
        let details = json!({"points_card_details": {
            "card_number": GOOD_CARD, "registered_mobile_number": "9000047815",
        }});
        let mut body = crate::payments::card(&self.reference(), GOOD_CARD);
        body["payments"][0]["payment_amount"] = paise(due - points);
        let mut beside = crate::payments::payment(&self.reference(), "POINTS", &details);
        let mut beside = beside["payments"][0].take();
        beside["payment_amount"] = paise(points);
        body["payments"].as_array_mut().unwrap().push(beside);
        self.pay(body).await
    }

    /// Pays all that is due by a lender.
    async fn pay_later(&mut self) -> Answer {
        let due = self.due().await;
        let details = json!({"mobile": "9000047815", "bnpl_pay_code": "SIMPL"});
        let option = json!({ "bnpl_details": details });
        let mut body = crate::payments::payment(&self.reference(), "BNPL", &option);
        body["payments"][0]["payment_amount"] = paise(due);
        self.pay(body).await
    }

    /// Sends an attempt, whose first payment asks for the password.
    async fn pay(&mut self, body: Value) -> Answer {
        let answer = self.gateway.post(&format!("{ORDERS}/{}/payments", self.order), body).await;
        if answer.status == 200 {
            let data = answer.json()["data"].take();
            let payments = data["payments"].as_array().unwrap();
            let is_asked = |payment: &&Value| payment["payment_method"] != "POINTS";
            let asked = payments.iter().find(is_asked).unwrap();
            asked["id"].as_str().unwrap().clone_into(&mut self.payment);
        }
        answer
    }

    async fn due(&self) -> u64 {
        let due = match self.link().await {
            Some(link) => link["amount_due"]["value"].as_u64(),
            None => self.order().await["order_amount"]["value"].as_u64(),
        };
        due.unwrap()
    }

    async fn order(&self) -> Value {
        self.gateway.read_order(&self.order).await
    }

    async fn link(&self) -> Option<Value> {
        let path = format!("{LINKS}/{}", self.link.as_ref()?);
        Some(self.gateway.call("GET", &path).await.json())
    }

    /// Order, last payment, link, what is due, and how many attempts remain.
    async fn stands(&self) -> [String; 5] {
        let (order, link) = (self.order().await, self.link().await);
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let payment = &order["payments"][0];
        let payment = match payment["id"].as_str() {
            Some(id) => format!("{} {}", id.rsplit('-').next().unwrap(), word(&payment["status"])),
            None => "-".into(),
        };
        let none = || "-".to_owned();
        [
            word(&order["status"]),
            payment,
            link.as_ref().map_or_else(none, |link| word(&link["status"])),
            link.as_ref().map_or_else(none, |link| link["amount_due"]["value"].to_string()),
            order["payment_retries_remaining"].to_string(),
        ]
    }
}
