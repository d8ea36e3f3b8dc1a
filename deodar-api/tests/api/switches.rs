//! What a merchant may do: a call that needs a switch, a method or a currency that the merchant has
//! not is refused, and what was made before stays as it was.

use deodar_domain::method::Method;
use deodar_domain::money::Currency;
use deodar_engine::MerchantChange;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, link, order};

const CHECKOUT: &str = "/api/checkout/v1/orders";

/// What is off, what is sent all the same, and the status, the code and the field of the refusal.
struct Case {
    change: MerchantChange,
    paths: &'static [&'static str],
    sent: Value,
    refused: (u16, &'static str),
    field: Option<fn(&str) -> &'static str>,
}

fn currency_of(path: &str) -> &'static str {
    if path == LINKS { "amount.currency" } else { "order_amount.currency" }
}

fn cases() -> Vec<Case> {
    const ALL: &[&str] = &[LINKS, ORDERS, CHECKOUT];
    let off = (422, "OPERATION_NOT_ALLOWED");
    let one = |name: &str| [name].iter().filter_map(|name| Currency::from_code(name)).collect();
    let split = json!({"split_type": "AMOUNT", "split_details": [
        {"split_merchant_id": "118833", "amount": {"value": 100, "currency": "INR"}},
    ]});
    vec![
        Case {
            change: MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() },
            paths: &[LINKS],
            sent: json!({}),
            refused: off,
            field: None,
        },
        Case {
            change: MerchantChange { pre_auth: Some(false), ..MerchantChange::default() },
            paths: ALL,
            sent: json!({"pre_auth": "true"}),
            refused: off,
            field: None,
        },
        Case {
            change: MerchantChange { splits: Some(false), ..MerchantChange::default() },
            paths: ALL,
            sent: json!({"split_info": split}),
            refused: off,
            field: None,
        },
        Case {
            change: MerchantChange {
                methods: Some([Method::Card].into_iter().collect()),
                ..MerchantChange::default()
            },
            paths: ALL,
            sent: json!({"allowed_payment_methods": ["CARD", "upi"]}),
            refused: (422, "PAYMENT_METHOD_NOT_ENABLED"),
            field: Some(|_| "allowed_payment_methods"),
        },
        Case {
            change: MerchantChange { currencies: Some(one("USD")), ..MerchantChange::default() },
            paths: ALL,
            sent: json!({}),
            refused: (400, "INVALID_REQUEST"),
            field: Some(currency_of),
        },
    ]
}

fn body(path: &str, reference: &str, sent: &Value) -> Value {
    let mut body = if path == LINKS { link(reference) } else { order(reference) };
    for (name, value) in sent.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[track_caller]
fn assert_made(answer: &Answer) {
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.bytes));
}

#[tokio::test]
async fn what_is_off_is_refused_and_what_was_made_before_is_found() {
    for case in cases() {
        let gateway = Gateway::sandbox().await;
        for path in case.paths {
            let before = body(path, "before", &case.sent);
            // The hosted page's order is an order like others, under the same references.
            if *path != CHECKOUT {
                assert_made(&gateway.post(path, before).await);
            }
        }
        gateway.change_merchant(&case.change).await;
        for path in case.paths {
            let refused = gateway.post(path, body(path, "after", &case.sent)).await;
            let (status, code) = case.refused;
            assert_eq!(refused.error(), (status, code.to_owned()), "{path} {}", case.sent);
            let field = case.field.map(|of| of(path));
            assert_eq!(refused.field().as_deref(), field, "{path} {}", case.sent);
            let again = gateway.post(path, body(path, "before", &case.sent)).await;
            assert_eq!(again.status, 200, "{path} {}", case.sent);
        }
        // Nothing was made of what was refused.
        let list = "start_date=2026-03-06&end_date=2026-03-06";
        let listed = gateway.call("GET", &format!("/api/mcp/v1/order/details?{list}")).await.json();
        let made = case.paths.iter().filter(|path| **path != CHECKOUT).count();
        assert_eq!(listed["data"].as_array().unwrap().len(), made);
    }
}

#[tokio::test]
async fn an_order_of_all_methods_has_those_that_the_merchant_had() {
    let gateway = Gateway::sandbox().await;
    let card = [Method::Card].into_iter().collect();
    let change = MerchantChange { methods: Some(card), ..MerchantChange::default() };
    gateway.change_merchant(&change).await;
    let made = gateway.post(ORDERS, order("r1")).await.json();
    assert_eq!(made["data"]["allowed_payment_methods"], json!(["CARD"]));
    let id = made["data"]["order_id"].as_str().unwrap();
    let upi = crate::payments::upi("p1", &json!({"txn_mode": "INTENT"}));
    let refused = gateway.post(&format!("{ORDERS}/{id}/payments"), upi).await;
    assert_eq!(refused.error(), (422, "PAYMENT_METHOD_NOT_ENABLED".into()));
    assert_eq!(refused.field().as_deref(), Some("payments[0].payment_method"));
}
