//! `POST /api/pay/v1/otp/submit`, `…/resend` and `…/generate`, with the simulator.

use serde_json::json;

use crate::common::Gateway;
use crate::payments::{
    GENERATE, GOOD_CARD, RESEND, SUBMIT, order, pay, pending_card, read, submit, upi,
};

#[tokio::test]
async fn the_third_wrong_password_fails_the_payment() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    for _ in 0..2 {
        let wrong = submit(&gateway, &payment, "000000").await;
        assert_eq!(wrong.error(), (422, "USER_AUTHENTICATION_FAILED".into()));
        assert_eq!(wrong.json()["next"], json!(["SUBMIT_OTP", "RESEND_OTP"]));
        assert_eq!(wrong.json()["meta_data"], json!({"resend_after": "180"}));
        assert_eq!(read(&gateway, &id).await["status"], "PENDING");
    }
    let third = submit(&gateway, &payment, "000000").await;
    assert_eq!(third.error(), (422, "USER_AUTHENTICATION_FAILED".into()));
    assert!(third.json().get("next").is_none());
    let data = read(&gateway, &id).await;
    assert_eq!(
        (&data["status"], &data["payments"][0]["status"]),
        (&json!("ATTEMPTED"), &json!("FAILED"))
    );
    let late = submit(&gateway, &payment, "123456").await;
    assert_eq!(late.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn a_right_password_does_not_help_a_card_without_money() {
    let gateway = Gateway::sandbox().await;
    for (reference, number, code) in [
        ("o1", "4000000000009995", "INSUFFICIENT_FUNDS"),
        ("o2", "4000000000000002", "PAYMENT_DECLINED"),
    ] {
        let id = order(&gateway, reference).await;
        let payment = pending_card(&gateway, &id, number).await;
        let answer = submit(&gateway, &payment, "123456").await;
        assert_eq!(answer.error(), (422, code.into()));
        assert_eq!(read(&gateway, &id).await["payments"][0]["error_detail"]["code"], code);
    }
}

#[tokio::test]
async fn a_password_is_sent_again_three_times() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    let sent = json!({
        "status": "SUCCESS", "next": ["SUBMIT_OTP", "RESEND_OTP"],
        "meta_data": {"resend_after": "180"},
    });
    for path in [GENERATE, RESEND, GENERATE, RESEND] {
        let answer = gateway.post(path, json!({ "payment_id": payment })).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, sent.clone()), "{path}");
    }
    for path in [RESEND, GENERATE] {
        let answer = gateway.post(path, json!({ "payment_id": payment })).await;
        assert_eq!(answer.error(), (429, "API_RATE_LIMIT".into()));
        assert_eq!(answer.header("retry-after"), Some("900"));
    }
    assert_eq!(submit(&gateway, &payment, "123456").await.status, 200);
}

#[tokio::test]
async fn only_a_card_that_waits_takes_a_password() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    pay(&gateway, &id, upi("p1", &json!({"txn_mode": "INTENT"}))).await;
    let payment = format!("{id}-up-a");
    for path in [SUBMIT, RESEND, GENERATE] {
        let answer = gateway.post(path, json!({"payment_id": payment, "otp": "123456"})).await;
        assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".into()), "{path}");
        assert_eq!(answer.json()["message"], "The payment asks for no one-time password");
    }
}

#[tokio::test]
async fn one_password_given_at_once_pays_once() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    let calls = (0..6).map(|_| submit(&gateway, &payment, "123456"));
    for answer in futures::future::join_all(calls).await {
        let ended =
            answer.status == 422 && answer.error() == (422, "OPERATION_NOT_ALLOWED".to_owned());
        assert!(answer.status == 200 || ended);
    }
    let data = read(&gateway, &id).await;
    assert_eq!(
        (&data["status"], data["payments"].as_array().unwrap().len()),
        (&json!("PROCESSED"), 1)
    );
}
