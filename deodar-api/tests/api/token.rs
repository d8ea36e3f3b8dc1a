//! `POST /api/auth/v1/token`, and what a token opens.

use crate::common::{Answer, Gateway, LINKS, Setup, link};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use deodar_api::{FAILED_LOGINS_WINDOW, Limits};
use serde_json::json;

const TOKEN: &str = "/api/auth/v1/token";

#[tokio::test]
async fn credentials_give_a_token_that_tells_its_end_twice() {
    let gateway = Gateway::sandbox().await;
    let client_id = gateway.merchant.merchant.client_id.hyphenated();
    let answer = gateway.log_in(&client_id, &gateway.merchant.client_secret).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["expires_in"], 3_600);
    assert_eq!(body["expires_at"], "2026-03-06T09:27:55.000Z");
    let token = body["access_token"].as_str().unwrap();
    let answer = gateway.post_as(token, LINKS, link("r1")).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_junk_authorization_header_is_ignored() {
    let gateway = Gateway::sandbox().await;
    let body = json!({
        "client_id": gateway.merchant.merchant.client_id.hyphenated(),
        "client_secret": *gateway.merchant.client_secret,
        "grant_type": "client_credentials",
    });
    assert_eq!(gateway.post_as("none", TOKEN, body).await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_answered_alike() {
    let gateway = Gateway::sandbox().await;
    let client_id = gateway.merchant.merchant.client_id.hyphenated();
    let secret: &str = &gateway.merchant.client_secret;
    let mut bodies = Vec::new();
    for (id, secret) in [
        (client_id.as_str(), "wrong"),
        ("a17ce30e-f88e-4f81-ada1-c3b4909ed232", secret),
        ("no-uuid", secret),
        (client_id.as_str(), secret.get(1..).unwrap()),
    ] {
        let answer = gateway.log_in(id, secret).await;
        assert_eq!(answer.error(), (401, "UNAUTHORIZED".into()));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        bodies.push(answer.bytes);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn malformed_requests_name_the_field() {
    let gateway = Gateway::sandbox().await;
    let cases = [
        (json!({}), 400, "INVALID_REQUEST", "client_id"),
        (json!({"client_id": "i"}), 400, "INVALID_REQUEST", "client_secret"),
        (json!({"client_id": "i", "client_secret": "s"}), 400, "INVALID_REQUEST", "grant_type"),
        (json!({"client_id": 5}), 400, "INVALID_REQUEST", "client_id"),
        (
            json!({"client_id": "i", "client_secret": "s", "grant_type": "password"}),
            422,
            "OPERATION_NOT_ALLOWED",
            "grant_type",
        ),
    ];
    for (body, status, code, field) in cases {
        let answer = gateway.post(TOKEN, &body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{body}");
        assert_eq!(answer.field().as_deref(), Some(field));
    }
}

#[tokio::test]
async fn every_call_of_a_merchant_needs_a_valid_token() {
    let gateway = Gateway::sandbox().await;
    let mut forged = gateway.token.clone().into_bytes();
    let at = forged.len() - 10;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOjEwNDM1OSwidmVyIjoxLCJleHAiOjk5OTk5OTk5OTl9.";
    let headers = [
        None,
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Basic YTpi".to_owned()),
        Some(format!("Bearer {forged}")),
        Some(format!("Bearer {unsigned}")),
        Some(format!("Bearer {}", "x".repeat(9_000))),
        Some(format!("Token {}", gateway.token)),
    ];
    let calls = [
        ("POST", LINKS),
        ("GET", "/api/pay/v1/paymentlink/x"),
        ("GET", "/api/pay/v1/paymentlink/ref/x"),
        ("PUT", "/api/pay/v1/paymentlink/x/cancel"),
        ("GET", "/api/pay/v1/orders/x"),
        ("GET", "/api/pay/v1/orders/reference/x"),
        ("POST", "/sandbox/clock"),
    ];
    for (method, path) in calls {
        for header in &headers {
            let mut request =
                Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            if let Some(header) = header {
                request.headers_mut().insert("authorization", header.parse().unwrap());
            }
            let answer = gateway.send(request).await;
            assert_eq!(answer.error(), (401, "UNAUTHORIZED".into()), "{method} {path} {header:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_token_ends_in_real_time_and_not_in_business_time() {
    let gateway = Gateway::sandbox().await;
    let advanced = gateway.post("/sandbox/clock", json!({"advance_seconds": 7_200})).await;
    assert_eq!(advanced.status, 200);
    assert_eq!(gateway.post(LINKS, link("r1")).await.status, 201);
    gateway.clock.advance(3_599);
    assert_eq!(gateway.post(LINKS, link("r2")).await.status, 201);
    gateway.clock.advance(1);
    assert_eq!(gateway.post(LINKS, link("r3")).await.error(), (401, "UNAUTHORIZED".into()));
}

async fn log_in_from(gateway: &Gateway, address: &str, secret: &str) -> Answer {
    let body = json!({
        "client_id": gateway.merchant.merchant.client_id.hyphenated(),
        "client_secret": secret,
        "grant_type": "client_credentials",
    });
    let mut request = Request::post(TOKEN)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let peer: std::net::SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    gateway.send(request).await
}

#[tokio::test]
async fn failed_logins_are_limited_by_client_and_address_together() {
    let limits = Limits { failed_logins_max: 3.try_into().ok(), ..Limits::NONE };
    let gateway = Gateway::with(Setup { sandbox: false, limits }).await;
    let secret: &str = &gateway.merchant.client_secret;
    for _ in 0..3 {
        assert_eq!(log_in_from(&gateway, "192.0.2.1", "wrong").await.status, 401);
    }
    for secret in ["wrong", secret] {
        let answer = log_in_from(&gateway, "192.0.2.1", secret).await;
        assert_eq!(answer.error(), (429, "API_RATE_LIMIT".into()));
        let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=FAILED_LOGINS_WINDOW.as_secs()).contains(&after));
    }
    assert_eq!(log_in_from(&gateway, "192.0.2.2", secret).await.status, 200);
}
