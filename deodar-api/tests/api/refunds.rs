//! Refunds: in full, in part, replayed, refused; found like orders.

use crate::common::{Answer, Gateway, ORDERS, REFUNDS, order};
use serde_json::{Value, json};

const GOOD_CARD: &str = "4012001037141112";
/// The simulator approves it, and declines every capture and refund of it.
const STUBBORN_CARD: &str = "4000000000000341";

fn refund(reference: &str, value: Option<u64>) -> Value {
    let mut body = json!({"merchant_order_reference": reference});
    if let Some(value) = value {
        body["order_amount"] = json!({"value": value, "currency": "INR"});
    }
    body
}

async fn paid(gateway: &Gateway, reference: &str, card: &str) -> String {
    let id = gateway.make_order(order(reference)).await;
    gateway.pay_by_card(&id, card).await;
    assert_eq!(gateway.read_order(&id).await["status"], "PROCESSED");
    id
}

async fn refund_of(gateway: &Gateway, id: &str, body: Value) -> Answer {
    gateway.post(&format!("{REFUNDS}/{id}"), body).await
}

#[tokio::test]
async fn a_refund_is_processed_at_once_and_is_found_like_an_order() {
    let gateway = Gateway::sandbox().await;
    let id = paid(&gateway, "r1", GOOD_CARD).await;
    let made = refund_of(&gateway, &id, refund("refund-1", Some(20_000))).await;
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.bytes));
    let data = made.json()["data"].clone();
    assert_eq!((&data["type"], &data["status"]), (&json!("REFUND"), &json!("PROCESSED")));
    assert_eq!(data["parent_order_id"], json!(id));
    assert_eq!(data["parent_order_reference"], "r1");
    assert_eq!(data["merchant_order_reference"], "refund-1");
    assert_eq!(data["order_amount"], json!({"value": 20_000, "currency": "INR"}));
    let refund_id = data["order_id"].as_str().unwrap();
    assert_ne!(refund_id, id);
    for path in [format!("{ORDERS}/{refund_id}"), format!("{ORDERS}/reference/refund-1")] {
        let read = gateway.call("GET", &path).await;
        assert_eq!((read.status.as_u16(), read.json()), (200, made.json()));
    }
    let parent = gateway.read_order(&id).await;
    assert_eq!((&parent["status"], &parent["refunds"][0]), (&json!("PARTIALLY_REFUNDED"), &data));
    let other = gateway.another_token().await;
    for path in [format!("{ORDERS}/{refund_id}"), format!("{ORDERS}/reference/refund-1")] {
        let answer = gateway.call_as(&other, "GET", &path).await;
        assert_eq!(answer.error(), (404, "ORDER_NOT_FOUND".into()));
    }
    let rest = refund_of(&gateway, &id, refund("refund-2", None)).await.json();
    assert_eq!(rest["data"]["order_amount"]["value"], 30_000);
    assert_eq!(gateway.read_order(&id).await["status"], "FULLY_REFUNDED");
    let more = refund_of(&gateway, &id, refund("refund-3", None)).await;
    assert_eq!(more.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn a_reference_is_of_one_refund_and_shared_with_orders() {
    let gateway = Gateway::sandbox().await;
    let id = paid(&gateway, "r1", GOOD_CARD).await;
    let other = paid(&gateway, "r2", GOOD_CARD).await;
    let first = refund_of(&gateway, &id, refund("refund-1", Some(20_000))).await;
    let again = refund_of(&gateway, &id, refund("refund-1", Some(20_000))).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    let duplicates = [
        (&id, refund("refund-1", Some(20_001))),
        (&id, refund("refund-1", None)),
        (&other, refund("refund-1", Some(20_000))),
        (&other, refund("r1", Some(20_000))),
    ];
    for (id, body) in duplicates {
        let answer = refund_of(&gateway, id, body.clone()).await;
        assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()), "{body}");
    }
    let taken = gateway.post(ORDERS, order("refund-1")).await;
    assert_eq!(taken.error(), (422, "DUPLICATE_REQUEST".into()));
    let own = refund_of(&gateway, &other, refund(&other, Some(20_000))).await.json();
    assert_eq!(own["data"]["status"], "PROCESSED");
    assert_eq!(own["data"].get("merchant_order_reference"), None);
}

#[tokio::test]
async fn the_amount_of_a_refund_has_two_names() {
    let gateway = Gateway::sandbox().await;
    let id = paid(&gateway, "r1", GOOD_CARD).await;
    let amount = |value: u64| json!({"value": value, "currency": "INR"});
    let mut alias = refund("refund-1", None);
    alias["refund_amount"] = amount(10_000);
    let made = refund_of(&gateway, &id, alias.clone()).await.json();
    assert_eq!(made["data"]["order_amount"]["value"], 10_000);
    alias["order_amount"] = amount(10_000);
    assert_eq!(refund_of(&gateway, &id, alias.clone()).await.json(), made);
    alias["order_amount"] = amount(10_001);
    let refused = refund_of(&gateway, &id, alias).await;
    assert_eq!(refused.error(), (400, "INVALID_REQUEST".into()));
    assert_eq!(refused.field().as_deref(), Some("refund_amount"));
}

#[tokio::test]
async fn a_refund_that_cannot_be_is_refused() {
    let gateway = Gateway::sandbox().await;
    let id = paid(&gateway, "r1", GOOD_CARD).await;
    let cases = [
        (refund("a", Some(50_001)), 422, "OPERATION_NOT_ALLOWED", Some("order_amount.value")),
        (refund("a", Some(99)), 400, "INVALID_REQUEST", Some("order_amount.value")),
        (json!({}), 400, "INVALID_REQUEST", Some("merchant_order_reference")),
        (
            json!({"merchant_order_reference": "a",
                "order_amount": {"value": 500, "currency": "USD"}}),
            400,
            "INVALID_REQUEST",
            Some("order_amount.currency"),
        ),
    ];
    for (body, status, code, field) in cases {
        let refused = refund_of(&gateway, &id, body.clone()).await;
        assert_eq!(refused.error(), (status, code.into()), "{body}");
        assert_eq!(refused.field().as_deref(), field, "{body}");
    }
    let unpaid = gateway.make_order(order("r2")).await;
    let early = refund_of(&gateway, &unpaid, refund("a", None)).await;
    assert_eq!(early.error(), (422, "OPERATION_NOT_ALLOWED".into()));
    let unknown = refund_of(&gateway, "v1-000000000000-aa-AAAAAA", refund("a", None)).await;
    assert_eq!(unknown.error(), (404, "ORDER_NOT_FOUND".into()));
    assert_eq!(gateway.read_order(&id).await["refunds"], json!([]));
}

#[tokio::test]
async fn a_refund_that_the_bank_refuses_is_answered_failed_and_restores_the_order() {
    let gateway = Gateway::sandbox().await;
    let id = paid(&gateway, "r1", STUBBORN_CARD).await;
    let failed = refund_of(&gateway, &id, refund("refund-1", None)).await;
    assert_eq!(failed.status, 200);
    let data = failed.json()["data"].clone();
    assert_eq!(data["status"], "FAILED");
    assert_eq!(data["error_detail"]["code"], "PAYMENT_DECLINED");
    assert_eq!(gateway.read_order(&id).await["status"], "PROCESSED");
}
