//! Where the money goes and where it must come from: splits, accounts, `is_mcc_transaction` and the
//! cart, of links and of orders.

use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, link, order};

/// Where a request may tell of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Link,
    /// In an order's `purchase_details`.
    Inside,
    /// Beside an order's `purchase_details`.
    Beside,
    /// In the `purchase_details` of a hosted checkout.
    Checkout,
}

const PLACES: [Place; 4] = [Place::Link, Place::Inside, Place::Beside, Place::Checkout];

impl Place {
    /// The path of a field.
    fn path(self, name: &str) -> String {
        match self {
            Self::Link | Self::Beside => name.to_owned(),
            Self::Inside | Self::Checkout => format!("purchase_details.{name}"),
        }
    }

    /// A request of 500.00 with `name` as `value`.
    fn request(self, reference: &str, name: &str, value: &Value) -> Value {
        let mut body = if self == Self::Link { link(reference) } else { order(reference) };
        match self {
            Self::Link | Self::Beside => body[name] = value.clone(),
            Self::Inside | Self::Checkout => body["purchase_details"] = json!({name: value}),
        }
        body
    }

    async fn send(self, gateway: &Gateway, body: Value) -> Answer {
        match self {
            Self::Link => gateway.post(LINKS, body).await,
            Self::Inside | Self::Beside => gateway.post(ORDERS, body).await,
            Self::Checkout => gateway.post("/api/checkout/v1/orders", body).await,
        }
    }

    /// Makes it, and gives what each call says of `name`: all say the same.
    async fn told(self, gateway: &Gateway, reference: &str, name: &str, value: &Value) -> Value {
        let made = self.send(gateway, self.request(reference, name, value)).await;
        assert!(made.status.is_success(), "{}", String::from_utf8_lossy(&made.bytes));
        let made = made.json();
        let id = made["order_id"].as_str().or(made["data"]["order_id"].as_str()).unwrap();
        let told = gateway.read_order(id).await["purchase_details"][name].clone();
        let by_reference = format!("{ORDERS}/reference/{reference}");
        let read = gateway.call("GET", &by_reference).await.json();
        assert_eq!(read["data"]["purchase_details"][name], told);
        let list = "start_date=2026-03-06&end_date=2026-03-06&per_page=1";
        gateway.clock.advance(1);
        let listed = gateway.call("GET", &format!("/api/mcp/v1/order/details?{list}")).await.json();
        assert_eq!(listed["data"][0]["purchase_details"][name], told);
        if self == Self::Link {
            let id = made["payment_link_id"].as_str().unwrap();
            let read = gateway.call("GET", &format!("{LINKS}/{id}")).await.json();
            assert_eq!((&read[name], &made[name]), (&told, &told));
        }
        told
    }
}

fn part(value: u64) -> Value {
    json!({"split_merchant_id": "118833", "amount": {"value": value, "currency": "INR"}})
}

fn share(percentage: Value) -> Value {
    let mut part = json!({"split_merchant_id": "118833"});
    part["percentage"] = percentage;
    part
}

fn split(split_type: &str, parts: Vec<Value>) -> Value {
    let mut split = json!({"split_type": split_type});
    split["split_details"] = Value::Array(parts);
    split
}

#[tokio::test]
async fn a_split_is_answered_as_it_was_made_wherever_it_stood() {
    let gateway = Gateway::sandbox().await;
    let mut held = part(100);
    held["merchant_settlement_reference"] = json!("settle-1");
    held["on_hold"] = json!(true);
    let mut free = part(49_900);
    free["on_hold"] = json!(false);
    let mut given = held.clone();
    given["split_settlement_id"] = json!("v1-ss-a");
    given["status"] = json!("RELEASED");
    given["updated_at"] = json!("2026-01-19T07:57:08.022Z");
    let cases = [
        (split("AMOUNT", vec![given, part(49_900)]), split("AMOUNT", vec![held, free])),
        (
            split("percentage", vec![share(json!(33.33)), share(json!("12.5"))]),
            json!({"split_type": "PERCENTAGE", "split_details": [
                {"split_merchant_id": "118833", "percentage": "33.33", "on_hold": false},
                {"split_merchant_id": "118833", "percentage": "12.50", "on_hold": false},
            ]}),
        ),
    ];
    for (at, place) in PLACES.into_iter().enumerate() {
        for (number, (sent, expected)) in cases.iter().enumerate() {
            let reference = format!("r-{at}-{number}");
            let told = place.told(&gateway, &reference, "split_info", sent).await;
            assert_eq!(&told, expected, "{place:?}");
        }
    }
}

#[tokio::test]
async fn parts_that_exceed_the_whole_or_are_none_are_refused() {
    let gateway = Gateway::sandbox().await;
    let dollars = json!({"split_merchant_id": "1", "amount": {"value": 100, "currency": "USD"}});
    let details = "split_info.split_details";
    let first = "split_info.split_details[0]";
    let cases = [
        (split("AMOUNT", vec![part(50_000)]), None),
        (split("AMOUNT", vec![part(50_001)]), Some(details.to_owned())),
        (split("AMOUNT", vec![part(25_000), part(25_000)]), None),
        (split("AMOUNT", vec![part(25_000), part(25_001)]), Some(details.to_owned())),
        (split("AMOUNT", vec![part(100_000_000); 50]), Some(details.to_owned())),
        (split("AMOUNT", vec![part(1_000); 50]), None),
        (split("AMOUNT", vec![part(1); 51]), Some(details.to_owned())),
        (split("AMOUNT", vec![]), Some(details.to_owned())),
        (split("AMOUNT", vec![share(json!(50))]), Some(format!("{first}.amount"))),
        (split("AMOUNT", vec![dollars]), Some(format!("{first}.amount.currency"))),
        (split("PERCENTAGE", vec![share(json!(50)), share(json!("50.00"))]), None),
        (
            split("PERCENTAGE", vec![share(json!(50)), share(json!(50.01))]),
            Some(details.to_owned()),
        ),
        (split("PERCENTAGE", vec![share(json!(100)); 50]), Some(details.to_owned())),
        (split("PERCENTAGE", vec![share(json!(2)); 50]), None),
        (split("PERCENTAGE", vec![part(100)]), Some(format!("{first}.percentage"))),
        (split("PERCENTAGE", vec![share(json!(0.001))]), Some(format!("{first}.percentage"))),
        (json!({"split_details": [part(100)]}), Some("split_info.split_type".into())),
        (json!({"split_type": "AMOUNT"}), Some(details.to_owned())),
        (json!({}), Some("split_info.split_type".into())),
    ];
    for (at, place) in PLACES.into_iter().enumerate() {
        for (number, (sent, field)) in cases.iter().enumerate() {
            let body = place.request(&format!("r-{at}-{number}"), "split_info", sent);
            let answer = place.send(&gateway, body).await;
            match field {
                None => assert!(answer.status.is_success(), "{place:?} {sent}"),
                Some(field) => {
                    assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{sent}");
                    assert_eq!(answer.field(), Some(place.path(field)), "{place:?} {sent}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_account_is_answered_as_it_was_given_wherever_it_stood() {
    let gateway = Gateway::sandbox().await;
    let full = json!({"bank_details": {
        "account_number": "600000007878", "ifsc_code": "EXMP0000456", "bank_name": "Example Bank",
    }});
    let mut lower = full.clone();
    lower["bank_details"]["ifsc_code"] = json!("exmp0000456");
    let number = json!({"bank_details": {"account_number": "600000007878"}});
    let none = Value::Null;
    let cases = [
        (&full, &full),
        (&lower, &full),
        (&number, &number),
        // Details without a bank name no account.
        (&json!({}), &none),
        (&json!({"bank_details": null}), &none),
        (&none, &none),
    ];
    for (at, place) in PLACES.into_iter().enumerate() {
        for (index, (sent, expected)) in cases.into_iter().enumerate() {
            let reference = format!("r-{at}-{index}");
            let told = place.told(&gateway, &reference, "account_details", sent).await;
            assert_eq!(&told, expected, "{place:?}");
        }
        let nameless = json!({"bank_details": {"bank_name": "Example Bank"}});
        let body = place.request("r1", "account_details", &nameless);
        let refused = place.send(&gateway, body).await;
        let field = place.path("account_details.bank_details.account_number");
        assert_eq!(refused.field(), Some(field));
    }
}

/// A repeat is the same deal where it says the same of the money, however it says it.
#[tokio::test]
async fn splits_and_accounts_are_part_of_the_deal() {
    let gateway = Gateway::sandbox().await;
    let mut held = part(100);
    held["on_hold"] = json!(true);
    held["status"] = json!("HOLD");
    let mut other = part(100);
    other["split_merchant_id"] = json!("118834");
    let shares = |one: Value| split("PERCENTAGE", vec![share(one)]);
    let account = |number: &str, branch: &str| json!({"bank_details": {"account_number": number, "ifsc_code": branch}});
    let mut ignored = part(100);
    ignored["split_settlement_id"] = json!("x");
    ignored["status"] = json!("RELEASED");
    ignored["updated_at"] = json!(7);
    ignored["on_hold"] = json!(false);
    let amounts = |parts: Vec<Value>| split("AMOUNT", parts);
    let (first, second) = (amounts(vec![part(100)]), amounts(vec![ignored]));
    let cases = [
        ("split_info", &first, &second, true),
        ("split_info", &first, &amounts(vec![held]), false),
        ("split_info", &first, &amounts(vec![other]), false),
        ("split_info", &first, &amounts(vec![part(101)]), false),
        ("split_info", &first, &amounts(vec![part(100), part(100)]), false),
        ("split_info", &first, &Value::Null, false),
        ("split_info", &first, &shares(json!(10)), false),
        ("split_info", &shares(json!(12.5)), &shares(json!("12.50")), true),
        ("split_info", &shares(json!(12.5)), &shares(json!(12.51)), false),
        ("account_details", &account("1", "EXMP0000456"), &account("1", "exmp0000456"), true),
        ("account_details", &account("1", "EXMP0000456"), &account("2", "EXMP0000456"), false),
        ("account_details", &account("1", "EXMP0000456"), &Value::Null, false),
        ("account_details", &Value::Null, &json!({}), true),
    ];
    for (at, place) in PLACES.into_iter().enumerate() {
        for (index, (name, one, other, same)) in cases.into_iter().enumerate() {
            let reference = format!("r-{at}-{index}");
            let made = place.send(&gateway, place.request(&reference, name, one)).await;
            assert!(made.status.is_success());
            let again = place.send(&gateway, place.request(&reference, name, other)).await;
            let what = format!("{place:?}: {one} and {other}");
            if same {
                assert_eq!(again.status, 200, "{what}");
            } else {
                assert_eq!(again.error(), (422, "DUPLICATE_REQUEST".into()), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_stands_beside_the_purchase_details_counts() {
    let gateway = Gateway::sandbox().await;
    let (inside, beside) = (split("AMOUNT", vec![part(100)]), split("AMOUNT", vec![part(200)]));
    let mut body = Place::Inside.request("r1", "split_info", &inside);
    body["split_info"] = beside;
    let made = gateway.post(ORDERS, body).await.json();
    let told = &made["data"]["purchase_details"]["split_info"]["split_details"][0];
    assert_eq!(told["amount"]["value"], 200);
}

#[tokio::test]
async fn foreign_currencies_are_a_flag_that_is_no_part_of_the_deal() {
    let gateway = Gateway::sandbox().await;
    let cases = [
        (json!("true"), true),
        (json!("True"), true),
        (json!(true), true),
        (json!("false"), false),
        (json!(false), false),
        (Value::Null, false),
        (json!(""), false),
    ];
    for (index, (value, flag)) in cases.into_iter().enumerate() {
        let reference = format!("r{index}");
        let mut body = link(&reference);
        body["is_mcc_transaction"] = value.clone();
        let made = gateway.post(LINKS, body).await.json();
        assert_eq!(made["is_mcc_transaction"], flag, "{value}");
        let of_link = gateway.read_order(made["order_id"].as_str().unwrap()).await;
        assert_eq!(of_link["is_mcc_transaction"], flag);
        let mut body = order(&reference);
        body["is_mcc_transaction"] = value.clone();
        let made = gateway.post(ORDERS, body.clone()).await.json();
        assert_eq!(made["data"]["is_mcc_transaction"], flag, "{value}");
        body["is_mcc_transaction"] = json!(!flag);
        let again = gateway.post(ORDERS, body).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, made));
    }
}

/// Products and carts are shown, never summed or subtracted.
#[tokio::test]
async fn a_cart_does_not_change_what_is_paid() {
    let gateway = Gateway::sandbox().await;
    let most = json!({"value": 100_000_000, "currency": "INR"});
    let item = json!({
        "product_code": "tin", "product_amount": most, "product_coupon_discount_amount": most,
    });
    for (at, place) in [Place::Link, Place::Inside, Place::Checkout].into_iter().enumerate() {
        let reference = format!("r-{at}");
        let cart = json!({"items": [item, {}, {"product_code": "tin"}]});
        let told = place.told(&gateway, &reference, "cart_details", &cart).await;
        assert_eq!(told, cart, "{place:?}");
        let read = gateway.call("GET", &format!("{ORDERS}/reference/{reference}")).await.json();
        assert_eq!(read["data"]["order_amount"]["value"], 50_000);
    }
}

/// The simulator holds the named account behind its login page alone.
#[tokio::test]
async fn only_the_named_account_may_pay() {
    let gateway = Gateway::sandbox().await;
    let account = json!({"bank_details": {"account_number": "600000007878"}});
    let bank = json!({"netbanking_details": {"pay_code": "NB1531"}});
    let bank = crate::payments::payment("p2", "NETBANKING", &bank);
    for (at, place) in PLACES.into_iter().enumerate() {
        let body = place.request(&format!("r-{at}"), "account_details", &account);
        let made = place.send(&gateway, body).await.json();
        let id = made["order_id"].as_str().or(made["data"]["order_id"].as_str()).unwrap();
        let path = format!("{ORDERS}/{id}/payments");
        let card = crate::payments::card("p1", "4012001037141112");
        let refused = gateway.post(&path, card).await;
        assert_eq!(refused.status, 200, "it was stored");
        let data = refused.json()["data"].take();
        let expected =
            json!({"code": "INVALID_REQUEST", "message": "Third party validation failure"});
        assert_eq!(data["payments"][0]["error_detail"], expected, "{place:?}");
        assert_eq!(data["status"], "ATTEMPTED");
        let asked = gateway.post(&path, bank.clone()).await.json();
        assert_eq!(asked["data"]["payments"][0]["status"], "PENDING", "{place:?}");
    }
}
