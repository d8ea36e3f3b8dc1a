//! Who calls, and how often.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use deodar_api::{FAILED_LOGINS_WINDOW, Limits};
use serde_json::Value;

use super::{CALLS, CREATE, RESEND, STATUS, call, encoded, make, refused};
use crate::common::{Answer, Gateway, Setup};

/// Calls from an address with a merchant's number and an access code.
async fn call_from(gateway: &Gateway, address: &str, id: &str, code: &str) -> Answer {
    let fields = [
        ("MERCHANT_ID", Some(id)),
        ("MERCHANT_ACCESS_CODE", Some(code)),
        ("REFERENCE_NO", Some("x")),
    ];
    let mut request = Request::post(STATUS)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(encoded(&fields)))
        .unwrap();
    let peer: std::net::SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    gateway.send(request).await
}

fn code(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.json()["RESPONSE_CODE"].clone())
}

const WRONG: &str = "a17ce30e-f88e-4f81-ada1-c3b4909ed232";

#[tokio::test]
async fn wrong_credentials_are_limited_by_address() {
    let limits = Limits { failed_logins_max: 4.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(Setup { sandbox: false, limits }).await;
    let id = gateway.merchant.merchant.id.to_string();
    let own = gateway.merchant.merchant.access_code.hyphenated();
    let unknown = if id == "123456" { "123457" } else { "123456" };
    let public = "192.0.2.1";
    for _ in 0..6 {
        assert_eq!(code(&call_from(&gateway, public, &id, &own).await), (200, (-1).into()));
    }
    for (id, told) in [(id.as_str(), -9), (unknown, -3), (&id, -9), (unknown, -3)] {
        assert_eq!(code(&call_from(&gateway, public, id, WRONG).await), (200, told.into()));
    }
    for (id, access_code) in [(id.as_str(), WRONG), (unknown, WRONG), (&id, &own)] {
        let answer = call_from(&gateway, public, id, access_code).await;
        assert_eq!(answer.error(), (429, "API_RATE_LIMIT".into()));
        let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=FAILED_LOGINS_WINDOW.as_secs()).contains(&after));
    }
    let elsewhere = call_from(&gateway, "192.0.2.2", &id, &own).await;
    assert_eq!(code(&elsewhere), (200, (-1).into()));
    let secret: &str = &gateway.merchant.client_secret;
    let client = gateway.merchant.merchant.client_id.hyphenated();
    assert_eq!(gateway.log_in(&client, secret).await.status, 200, "the token call is apart");
}

#[tokio::test]
async fn nobody_behind_a_proxy_locks_a_merchant_out() {
    let limits = Limits { failed_logins_max: 2.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(Setup { sandbox: false, limits }).await;
    let id = gateway.merchant.merchant.id.to_string();
    let own = gateway.merchant.merchant.access_code.hyphenated();
    let unknown = if id == "123456" { "123457" } else { "123456" };
    for _ in 0..2 {
        assert_eq!(code(&call_from(&gateway, "10.0.0.1", unknown, WRONG).await).1, -3);
    }
    assert_eq!(call_from(&gateway, "10.0.0.1", unknown, WRONG).await.status, 429);
    assert_eq!(code(&call_from(&gateway, "10.0.0.1", &id, &own).await), (200, (-1).into()));
    for _ in 0..2 {
        assert_eq!(code(&call_from(&gateway, "10.0.0.1", &id, WRONG).await).1, -9);
    }
    for _ in 0..2 {
        assert_eq!(call_from(&gateway, "10.0.0.1", &id, WRONG).await.status, 429);
        let right = code(&call_from(&gateway, "10.0.0.1", &id, &own).await);
        assert_eq!(right, (200, (-1).into()), "whom others guess at");
    }
}

#[tokio::test]
async fn a_merchants_calls_are_counted_with_those_of_the_v2_api() {
    let limits = Limits { calls_per_second: 2.try_into().ok(), ..Limits::NONE };
    // The third is one too many where it comes within half a second. A slow machine tries again, and
    // each time with a new merchant: two of one kind are not too many by themselves.
    for _ in 0..20 {
        let gateway = Gateway::with(Setup { sandbox: false, limits }).await;
        let id = gateway.merchant.merchant.id.to_string();
        let own = gateway.merchant.merchant.access_code.hyphenated();
        let first = call_from(&gateway, "192.0.2.1", &id, &own).await;
        assert_eq!(first.header("ratelimit-remaining"), Some("1"));
        assert_eq!(gateway.call("GET", "/api/pay/v1/orders/x").await.status, 404);
        if call_from(&gateway, "192.0.2.1", &id, &own).await.status == 429 {
            return;
        }
    }
    panic!("they are counted apart");
}

#[tokio::test]
async fn an_access_code_is_read_in_either_case() {
    let gateway = Gateway::sandbox().await;
    let code = gateway.merchant.merchant.access_code.hyphenated().to_uppercase();
    make(&gateway, &[("MERCHANT_ACCESS_CODE", Some(&code))]).await;
}

#[tokio::test]
async fn a_token_opens_nothing_here() {
    let gateway = Gateway::sandbox().await;
    for path in CALLS {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::empty());
        let answer = gateway.send(request.unwrap()).await;
        assert_eq!(answer.json(), refused(-3, "INVALID MERCHANT_ID"));
    }
}

#[tokio::test]
async fn another_merchants_link_is_an_unknown_one() {
    let gateway = Gateway::sandbox().await;
    let token = gateway.another_token().await;
    let mut body = crate::common::link("theirs");
    body["customer"] = serde_json::json!({"email_id": "kavya@example.com"});
    let made = gateway.post_as(&token, crate::common::LINKS, body).await;
    assert_eq!(made.status, 201);
    let failure = super::failure();
    for number in 1..20_u8 {
        let number = number.to_string();
        assert_eq!(call(&gateway, RESEND, &[("PAYMENT_LINK_ID", Some(&number))]).await, failure);
    }
    assert_eq!(call(&gateway, STATUS, &[("REFERENCE_NO", Some("theirs"))]).await, failure);
    let own = call(&gateway, CREATE, &super::link_with(&[("REFERENCE_NO", Some("theirs"))])).await;
    assert_eq!(own["RESPONSE_CODE"], 1, "references are each merchant's own");
}
