//! Sending a link's e-mail and SMS again.

use crate::common::{Answer, Gateway, LINKS, Setup, link};
use axum::body::Body;
use axum::http::Request;
use deodar_api::Limits;
use deodar_domain::message::Channel;
use deodar_engine::MerchantChange;
use serde_json::{Value, json};

async fn make(gateway: &Gateway, reference: &str, customer: Value) -> Value {
    let mut body = link(reference);
    body["customer"] = customer;
    let answer = gateway.post(LINKS, body).await;
    assert_eq!(answer.status, 201);
    answer.json()
}

async fn reachable(gateway: &Gateway) -> Value {
    let customer = json!({"email_id": "kavya@example.com", "mobile_number": "9876543210"});
    make(gateway, "reachable", customer).await
}

fn path(link: &Value) -> String {
    format!("{LINKS}/{}/notify", link["payment_link_id"].as_str().unwrap())
}

async fn notify(gateway: &Gateway, link: &Value) -> Answer {
    gateway.call("PATCH", &path(link)).await
}

/// How many messages wait, by e-mail and by SMS.
async fn waiting(gateway: &Gateway) -> [usize; 2] {
    let mut counts = [0; 2];
    for (count, channel) in counts.iter_mut().zip(Channel::ALL) {
        *count = gateway.engine.messages_to_send(channel, 100).await.unwrap().len();
    }
    counts
}

#[tokio::test]
async fn a_link_is_sent_again_and_answered_as_a_get_would() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    assert_eq!(waiting(&gateway).await, [1, 1], "the first messages");
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), made);
    assert_eq!(waiting(&gateway).await, [1, 1]);
    let id = made["payment_link_id"].as_str().unwrap();
    assert_eq!(gateway.call("GET", &format!("{LINKS}/{id}")).await.json(), made);
}

#[tokio::test]
async fn one_address_is_enough_and_none_is_not() {
    let gateway = Gateway::sandbox().await;
    let table = [
        (json!({"email_id": "kavya@example.com"}), 200, [2, 0]),
        (json!({"mobile_number": "9876543210", "country_code": "+91"}), 200, [0, 2]),
        (json!({"first_name": "Kavya"}), 422, [0, 0]),
        (json!({"email_id": "", "mobile_number": ""}), 422, [0, 0]),
    ];
    for (number, (customer, status, messages)) in (1..).zip(table) {
        let made = make(&gateway, &format!("r{number}"), customer).await;
        let answer = notify(&gateway, &made).await;
        assert_eq!(answer.status, status, "{number}");
        if status == 422 {
            assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".to_owned()));
        }
        assert_eq!(waiting(&gateway).await, messages, "{number}");
    }
}

#[tokio::test]
async fn whatever_stands_for_a_body_is_not_looked_at() {
    let gateway = Gateway::sandbox().await;
    let bodies = [(None, ""), (Some("application/json"), ""), (Some("text/plain"), "{")];
    for (number, (content_type, body)) in (1..).zip(bodies) {
        let customer = json!({"email_id": "kavya@example.com"});
        let made = make(&gateway, &format!("r{number}"), customer).await;
        let mut request = Request::patch(path(&made))
            .header("authorization", format!("Bearer {}", gateway.token));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = gateway.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 200, "{content_type:?}");
    }
}

#[tokio::test]
async fn a_link_that_is_over_is_not_sent_again() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    let id = made["payment_link_id"].as_str().unwrap();
    assert_eq!(gateway.call("PUT", &format!("{LINKS}/{id}/cancel")).await.status, 200);
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn a_merchant_without_pay_by_link_has_none_sent_again() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    let change = MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() };
    gateway.change_merchant(&change).await;
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn a_link_that_is_being_paid_is_not_sent_again() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    let order = made["order_id"].as_str().unwrap();
    let upi = crate::payments::upi("p1", &json!({"txn_mode": "INTENT"}));
    let begun = crate::payments::pay(&gateway, order, upi).await;
    assert_eq!(begun.status, 200);
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.error(), (422, "PAYMENT_PENDING".to_owned()));
}

#[tokio::test]
async fn a_link_that_is_sent_too_often_has_to_wait() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    for _ in 0..3 {
        assert_eq!(notify(&gateway, &made).await.status, 200);
    }
    gateway.clock.advance(60);
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.error(), (429, "API_RATE_LIMIT".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("3540"));
}

#[tokio::test]
async fn another_merchants_link_and_an_unknown_one_are_alike() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    let token = gateway.another_token().await;
    let foreign = gateway.call_as(&token, "PATCH", &path(&made)).await;
    let unknown =
        gateway.call("PATCH", &format!("{LINKS}/pl-v1-250306082755-aa-qlAtAf/notify")).await;
    assert_eq!(foreign.error(), (404, "PAYMENT_LINK_NOT_FOUND".to_owned()));
    assert_eq!(unknown.error(), foreign.error());
    assert_eq!(gateway.call("GET", &path(&made)).await.status, 405);
}

#[tokio::test]
async fn a_repeat_with_the_same_key_sends_nothing_more() {
    let gateway = Gateway::sandbox().await;
    let made = reachable(&gateway).await;
    for _ in 0..5 {
        let request = Request::patch(path(&made))
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("idempotency-key", "once");
        let answer = gateway.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), made);
    }
    assert_eq!(waiting(&gateway).await, [2, 2]);
}

#[tokio::test]
async fn a_gateway_without_a_transport_says_what_is_missing() {
    let setup = Setup { sandbox: false, limits: Limits::NONE };
    let gateway = Gateway::with(setup).await;
    let made = reachable(&gateway).await;
    let answer = notify(&gateway, &made).await;
    assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".to_owned()));
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("e-mail or SMS"), "{message}");
    assert_eq!(waiting(&gateway).await, [0, 0]);
}
