//! One link seen from two sides: made by one API, and seen, sent again, paid, cancelled and
//! refunded by the other.

use deodar_domain::message::Channel;
use serde_json::json;

use super::{CREATE, RESEND, call, failure, link_with, make, status, text, v2_link};
use crate::common::{Gateway, LINKS, REFUNDS, link};

const GOOD: &str = "4012001037141112";

#[tokio::test]
async fn a_legacy_link_is_a_link_of_the_v2_api() {
    let gateway = Gateway::sandbox().await;
    let made = make(
        &gateway,
        &[
            ("PRODUCT_DESCRIPTION", Some("Two books")),
            ("CUSTOMER_EMAIL_ID", Some("asha@example.com")),
            ("CUSTOMER_MOBILE_NO", Some("9876543210")),
        ],
    )
    .await;
    let seen = v2_link(&gateway, "pl_1").await;
    assert_eq!(seen["payment_link"], made["PAYMENT_URL"]);
    assert_eq!(seen["status"], "CREATED");
    assert_eq!(seen["description"], "Two books");
    assert_eq!(seen["amount"], json!({"value": 50_000, "currency": "INR"}));
    assert_eq!(seen["customer"]["email_id"], "asha@example.com");
    assert_eq!(seen["customer"]["mobile_number"], "9876543210");
    assert_eq!(seen["customer"]["country_code"], "91");
    let by_id = format!("{LINKS}/{}", text(&seen, "payment_link_id"));
    assert_eq!(gateway.call("GET", &by_id).await.json(), seen);
    gateway.pay_by_card(text(&seen, "order_id"), GOOD).await;
    assert_eq!(status(&gateway, "pl_1").await["PARENT_TXN_STATUS"], "4");
    let refunded = gateway
        .post(
            &format!("{REFUNDS}/{}", text(&seen, "order_id")),
            json!({"merchant_order_reference": "r1"}),
        )
        .await;
    assert_eq!(refunded.json()["data"]["parent_order_reference"], "pl_1");
    assert_eq!(status(&gateway, "pl_1").await["PARENT_TXN_STATUS"], "6");
}

#[tokio::test]
async fn a_v2_link_is_a_legacy_link() {
    let gateway = Gateway::sandbox().await;
    let mut body = link("v2-1");
    body["customer"] = json!({"email_id": "asha@example.com"});
    let made = gateway.post(LINKS, body).await.json();
    assert_eq!(status(&gateway, "v2-1").await["PARENT_TXN_STATUS"], "1");
    let again = make(&gateway, &[("REFERENCE_NO", Some("v2-1"))]).await;
    assert_eq!(again["PAYMENT_URL"], made["payment_link"], "the same reference and amount");
    let number = again["PAYMENT_LINK_ID"].to_string();
    let resent = call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await;
    assert_eq!(resent["RESPONSE_CODE"], 1);
    gateway.pay_by_card(text(&made, "order_id"), GOOD).await;
    assert_eq!(status(&gateway, "v2-1").await["PARENT_TXN_STATUS"], "4");
    let resent = call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await;
    assert_eq!(resent, failure(), "a link that is paid");
}

#[tokio::test]
async fn a_legacy_link_is_cancelled_by_the_v2_api() {
    let gateway = Gateway::sandbox().await;
    let made = make(&gateway, &[("CUSTOMER_MOBILE_NO", Some("9876543210"))]).await;
    let seen = v2_link(&gateway, "pl_1").await;
    let cancel = format!("{LINKS}/{}/cancel", text(&seen, "payment_link_id"));
    assert_eq!(gateway.call("PUT", &cancel).await.json()["status"], "CANCELLED");
    assert_eq!(status(&gateway, "pl_1").await["PARENT_TXN_STATUS"], "-10");
    let number = made["PAYMENT_LINK_ID"].to_string();
    assert_eq!(call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await, failure());
    assert_eq!(make(&gateway, &[]).await, made, "the same request answers what it made");
}

#[tokio::test]
async fn the_same_reference_makes_one_link() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, &[]).await;
    let commits = gateway.commits.load(std::sync::atomic::Ordering::Relaxed);
    let others = [
        ("PAYMENT_MODE", Some("1,3,10")),
        ("PRODUCT_DESCRIPTION", Some("Others")),
        ("CUSTOMER_EMAIL_ID", Some("asha@example.com")),
    ];
    for other in others {
        assert_eq!(make(&gateway, &[other]).await, first, "{other:?}");
    }
    for other in [("AMOUNT", Some("50001")), ("PAYMENT_MODE", Some("16"))] {
        assert_eq!(call(&gateway, CREATE, &link_with(&[other])).await, failure(), "{other:?}");
    }
    let v2 = gateway.post(LINKS, link("pl_1")).await;
    assert_eq!(v2.status, 200, "the v2 API's own request finds it");
    assert_eq!(v2.json()["payment_link"], first["PAYMENT_URL"]);
    let after = gateway.commits.load(std::sync::atomic::Ordering::Relaxed);
    let conflicts = after - commits;
    assert!(conflicts <= 6, "{conflicts}");
    assert_eq!(v2_link(&gateway, "pl_1").await["allowed_payment_methods"], json!(["CARD"]));
}

#[tokio::test]
async fn requests_at_once_make_one_link() {
    let gateway = Gateway::sandbox().await;
    let calls = (0..20).map(|_| make(&gateway, &[]));
    let mut answers: Vec<_> = futures::future::join_all(calls).await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn a_link_is_sent_again_as_often_as_by_the_v2_api_and_counted_with_it() {
    let gateway = Gateway::sandbox().await;
    let made = make(&gateway, &[("CUSTOMER_MOBILE_NO", Some("9876543210"))]).await;
    let number = made["PAYMENT_LINK_ID"].to_string();
    let resend = async || call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await;
    let seen = v2_link(&gateway, "pl_1").await;
    let notify = format!("{LINKS}/{}/notify", text(&seen, "payment_link_id"));
    assert_eq!(resend().await["RESPONSE_CODE"], 1);
    assert_eq!(gateway.call("PATCH", &notify).await.status, 200);
    assert_eq!(resend().await["RESPONSE_CODE"], 1);
    assert_eq!(gateway.call("PATCH", &notify).await.status, 429);
    let merchant = &gateway.merchant.merchant;
    let (id, code) = (merchant.id.to_string(), merchant.access_code.hyphenated());
    let body = super::encoded(&[
        ("MERCHANT_ID", Some(&id)),
        ("MERCHANT_ACCESS_CODE", Some(&code)),
        ("PAYMENT_LINK_ID", Some(&number)),
    ]);
    let refused = super::post(&gateway, RESEND, body).await;
    assert_eq!(refused.error(), (429, "API_RATE_LIMIT".to_owned()));
    assert!(refused.header("retry-after").is_some());
    let sent = gateway.engine.messages_to_send(Channel::Sms, 100).await.unwrap();
    assert_eq!(sent.len(), 4, "when it was made, and three times after");
}

#[tokio::test]
async fn a_link_without_an_address_is_not_sent_again() {
    let gateway = Gateway::sandbox().await;
    let number = make(&gateway, &[]).await["PAYMENT_LINK_ID"].to_string();
    assert_eq!(call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await, failure());
}
