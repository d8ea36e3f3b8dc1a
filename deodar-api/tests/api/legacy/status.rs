//! What `GetStatus` tells of a link's life.

use deodar_engine::MerchantChange;
use serde_json::{Value, json};

use super::{make, status, text, v2_link};
use crate::common::{Gateway, LINKS, ORDERS, REFUNDS, link};

const GOOD: &str = "4012001037141112";

/// `PARENT_TXN_STATUS`, `REFUND_AMOUNT` and `PAYMENT_MODE`.
async fn told(gateway: &Gateway, reference: &str) -> (String, String, Value) {
    let status = status(gateway, reference).await;
    let named = |name| text(&status, name).to_owned();
    (named("PARENT_TXN_STATUS"), named("REFUND_AMOUNT"), status["PAYMENT_MODE"].clone())
}

fn is(outcome: &str, refunded: &str, mode: u8) -> (String, String, Value) {
    (outcome.to_owned(), refunded.to_owned(), json!(mode))
}

/// Makes a link by the legacy call; its order's id.
async fn order(gateway: &Gateway, reference: &str, modes: &str) -> String {
    make(gateway, &[("REFERENCE_NO", Some(reference)), ("PAYMENT_MODE", Some(modes))]).await;
    v2_link(gateway, reference).await["order_id"].as_str().unwrap().to_owned()
}

async fn refund(gateway: &Gateway, order: &str, reference: &str, paise: u64) {
    let body = json!({
        "merchant_order_reference": reference,
        "order_amount": {"value": paise, "currency": "INR"},
    });
    let refund = gateway.post(&format!("{REFUNDS}/{order}"), body).await;
    assert_eq!(refund.status, 200, "{}", refund.json());
}

#[tokio::test]
async fn a_link_is_paid_and_its_money_goes_back() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "a", "1").await;
    assert_eq!(told(&gateway, "a").await, is("1", "0", 0));
    let payment = gateway.begin_card(&id, GOOD).await;
    assert_eq!(told(&gateway, "a").await, is("12", "0", 1));
    let pending = status(&gateway, "a").await;
    assert_eq!(pending["ACQUIRER_RESPONSE_CODE"], "");
    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 200);
    assert_eq!(told(&gateway, "a").await, is("4", "0", 1));
    let paid = status(&gateway, "a").await;
    assert_eq!(paid["PINE_PG_TRANSACTION_ID"], pending["PINE_PG_TRANSACTION_ID"]);
    assert!(paid["PINE_PG_TRANSACTION_ID"].as_u64().is_some_and(|number| number > 0));
    assert_eq!(text(&paid, "ACQUIRER_NAME"), "SIMULATOR_CARD");
    assert_eq!(text(&paid, "ACQUIRER_RESPONSE_CODE"), "00");
    refund(&gateway, &id, "r1", 20_000).await;
    assert_eq!(told(&gateway, "a").await, is("9", "20000", 1));
    refund(&gateway, &id, "r2", 30_000).await;
    assert_eq!(told(&gateway, "a").await, is("6", "50000", 1));
}

#[tokio::test]
async fn a_prebooking_is_held_until_it_is_captured_or_voided() {
    let gateway = Gateway::sandbox().await;
    for (reference, deed, outcome) in [("a", "capture", "4"), ("b", "cancel", "15")] {
        let id = order(&gateway, reference, "16").await;
        gateway.pay_by_card(&id, GOOD).await;
        assert_eq!(told(&gateway, reference).await, is("1", "0", 16));
        let body = json!({"merchant_capture_reference": "c-1"});
        let done = gateway.put(&format!("{ORDERS}/{id}/{deed}"), body).await;
        assert_eq!(done.status, 200, "{deed}");
        assert_eq!(told(&gateway, reference).await, is(outcome, "0", 16));
    }
}

#[tokio::test]
async fn what_is_captured_in_part_is_refunded_when_that_part_is() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "a", "16").await;
    gateway.pay_by_card(&id, GOOD).await;
    let capture = json!({
        "merchant_capture_reference": "c-1",
        "capture_amount": {"value": 10_000, "currency": "INR"},
    });
    assert_eq!(gateway.put(&format!("{ORDERS}/{id}/capture"), capture).await.status, 200);
    assert_eq!(told(&gateway, "a").await, is("4", "0", 16));
    refund(&gateway, &id, "r1", 10_000).await;
    assert_eq!(told(&gateway, "a").await, is("6", "10000", 16));
}

#[tokio::test]
async fn a_link_fails_is_cancelled_or_expires() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "a", "1,10").await;
    let payment = gateway.begin_card(&id, "4000000000009995").await;
    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 422);
    assert_eq!(told(&gateway, "a").await, is("-7", "0", 1));
    let failed = status(&gateway, "a").await;
    assert_eq!(text(&failed, "ACQUIRER_RESPONSE_CODE"), "INSUFFICIENT_FUNDS");
    let link = v2_link(&gateway, "a").await;
    let cancel = format!("{LINKS}/{}/cancel", text(&link, "payment_link_id"));
    assert_eq!(gateway.call("PUT", &cancel).await.status, 200);
    assert_eq!(told(&gateway, "a").await, is("-10", "0", 1));

    order(&gateway, "b", "1").await;
    gateway.clock.advance(180 * 24 * 3_600);
    assert_eq!(told(&gateway, "b").await, is("-10", "0", 0));
}

#[tokio::test]
async fn the_payment_that_was_made_is_told_and_not_the_last_that_failed_before() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "a", "1,10").await;
    let upi = json!({"txn_mode": "COLLECT", "payer": {"vpa": "failure@upi"}});
    let payment = crate::payments::upi("u1", &upi);
    assert_eq!(crate::payments::pay(&gateway, &id, payment).await.status, 200);
    gateway.clock.advance(1_800);
    gateway.work().await;
    assert_eq!(told(&gateway, "a").await, is("-7", "0", 10));
    let first = status(&gateway, "a").await["PINE_PG_TRANSACTION_ID"].as_u64().unwrap();
    gateway.pay_by_card(&id, GOOD).await;
    assert_eq!(told(&gateway, "a").await, is("4", "0", 1));
    let second = status(&gateway, "a").await["PINE_PG_TRANSACTION_ID"].as_u64().unwrap();
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_v2_link_of_which_a_part_is_paid_is_pending() {
    let gateway = Gateway::sandbox().await;
    let mut body = link("parts");
    body["amount"]["value"] = json!(100_000);
    body["part_payment"] = json!(true);
    let made = gateway.post(LINKS, body).await.json();
    gateway.pay_by_card(text(&made, "order_id"), GOOD).await;
    assert_eq!(told(&gateway, "parts").await, is("12", "0", 1));
    let cancel = format!("{LINKS}/{}/cancel", text(&made, "payment_link_id"));
    assert_eq!(gateway.call("PUT", &cancel).await.status, 200);
    assert_eq!(told(&gateway, "parts").await, is("-10", "0", 1));
    refund(&gateway, text(&made, "order_id"), "r1", 50_000).await;
    assert_eq!(told(&gateway, "parts").await, is("6", "50000", 1));
}

#[tokio::test]
async fn what_a_switch_forbids_can_still_be_asked_about() {
    let gateway = Gateway::sandbox().await;
    order(&gateway, "a", "1").await;
    let off = MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() };
    gateway.change_merchant(&off).await;
    assert_eq!(told(&gateway, "a").await, is("1", "0", 0));
}
