//! `PUT /api/pay/v1/orders/{order_id}/capture` and `POST /api/pay/v1/refunds/{order_id}`.

use serde_json::{Value, json};

use super::fields::{Field, Table};
use super::parts;
use crate::common::{Answer, Gateway, ORDERS, REFUNDS};

const CARD: &str = "4012001037141112";
/// What is held and taken: the most that can be.
const AMOUNT: u64 = 100_000_000;

/// An order of the largest amount, held or taken; its id.
async fn paid(gateway: &Gateway, reference: &str, pre_auth: bool) -> String {
    let amount = json!({"value": AMOUNT, "currency": "INR"});
    let id = gateway
        .make_order(json!({
            "merchant_order_reference": reference, "pre_auth": pre_auth, "order_amount": amount,
        }))
        .await;
    let mut payment = crate::payments::card("p1", CARD);
    payment["payments"][0]["payment_amount"] = amount;
    let begun = gateway.post(&format!("{ORDERS}/{id}/payments"), payment).await.json();
    let otp = json!({"payment_id": begun["data"]["payments"][0]["id"], "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 200);
    id
}

/// Every good value needs money of its own: it is captured or refunded.
async fn call(gateway: &Gateway, body: Value, capture: bool) -> Answer {
    let count = gateway.commits.load(std::sync::atomic::Ordering::Relaxed);
    let id = paid(gateway, &format!("parent-{count}"), capture).await;
    if capture {
        gateway.put(&format!("{ORDERS}/{id}/capture"), body).await
    } else {
        gateway.post(&format!("{REFUNDS}/{id}"), body).await
    }
}

#[tokio::test]
async fn every_field_of_a_capture_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let amount = json!({"value": 500, "currency": "INR"});
    let body = json!({"merchant_capture_reference": "c", "capture_amount": amount});
    let mut fields = vec![Field::reference("merchant_capture_reference")];
    fields.extend(parts::amount("capture_amount", 100));
    let table = Table { body, reference: "merchant_capture_reference", fields };
    // The answer is the order: it tells the amounts in the order of its payments.
    let answered = |answer: &Answer| {
        let capture = answer.json()["data"]["payments"][0]["capture_data"][0].take();
        json!({"capture_amount": capture["capture_amount"]})
    };
    table.check(async |body| call(&gateway, body, true).await, answered).await;
}

#[tokio::test]
async fn every_field_of_a_refund_has_its_edges() {
    for name in ["order_amount", "refund_amount"] {
        let gateway = Gateway::sandbox().await;
        let amount = json!({"value": 500, "currency": "INR"});
        let body = json!({"merchant_order_reference": "r", name: amount});
        let mut fields = vec![Field::reference("merchant_order_reference")];
        fields.extend(parts::amount(name, 100));
        let table = Table { body, reference: "merchant_order_reference", fields };
        let answered = |answer: &Answer| {
            let mut data = answer.json()["data"].take();
            json!({name: data["order_amount"].take()})
        };
        table.check(async |body| call(&gateway, body, false).await, answered).await;
    }
}
