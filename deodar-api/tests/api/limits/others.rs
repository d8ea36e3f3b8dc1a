//! The token call, the one-time passwords, the clock, and the ids and references of paths.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::fields::{Field, Kind, Table, digits, long};
use crate::common::{Answer, Gateway, LINKS, ORDERS, REFUNDS, order};
use crate::described::{paths_and_methods, with_id};

#[tokio::test]
async fn every_field_of_the_token_call_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let client_id = gateway.merchant.merchant.client_id.hyphenated();
    let secret: &str = &gateway.merchant.client_secret;
    let body = json!({
        "client_id": client_id, "client_secret": secret, "grant_type": "client_credentials",
    });
    let word = |path: &str, good: &str| Field::new(path, Kind::Word, [json!(good)], []).required();
    let fields = vec![
        word("client_id", &client_id),
        word("client_secret", secret),
        word("grant_type", "client_credentials"),
        Field::ignored("nonce"),
    ];
    let mut body_with_nonce = body.clone();
    body_with_nonce["nonce"] = json!(1);
    let table = Table { body: body_with_nonce, reference: "nonce", fields };
    let call = async |body| gateway.post("/api/auth/v1/token", body).await;
    table.check(call, Answer::json).await;
    // What is no credential at all is answered like a wrong one.
    for wrong in [long(1), long(10_000), json!("\u{0}"), json!("\u{1f375}"), json!(" ")] {
        for name in ["client_id", "client_secret"] {
            let mut body = body.clone();
            body[name] = wrong.clone();
            let answer = gateway.post("/api/auth/v1/token", body).await;
            assert_eq!(answer.error(), (401, "UNAUTHORIZED".into()), "{name}");
        }
    }
    for grant in ["password", "CLIENT_CREDENTIALS", "client_credentials ", "\u{0}"] {
        let mut body = body.clone();
        body["grant_type"] = json!(grant);
        let answer = gateway.post("/api/auth/v1/token", body).await;
        assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".into()), "{grant}");
        assert_eq!(answer.field().as_deref(), Some("grant_type"));
    }
}

#[tokio::test]
async fn every_field_of_a_one_time_password_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("r1")).await;
    let payment = gateway.begin_card(&id, "4012001037141112").await;
    // Neither an id that is too long nor a word that is no password reaches the bank.
    let wrong_otps =
        [digits(3), digits(9), json!("12345a"), json!("१२३४"), json!(" 1234"), json!("12\u{0}4")];
    let calls = [
        ("submit", json!({"payment_id": payment, "otp": "123456"}), true),
        ("resend", json!({ "payment_id": payment }), false),
        ("generate", json!({ "payment_id": payment }), false),
    ];
    for (name, body, has_otp) in calls {
        let mut refused: Vec<(Value, &str)> =
            vec![(long(51), "payment_id"), (json!("\u{1f375}".repeat(51)), "payment_id")];
        for wrong in [Value::Null, json!(""), json!(7), json!(true), json!([]), json!({})] {
            refused.push((wrong.clone(), "payment_id"));
            if has_otp {
                refused.push((wrong, "otp"));
            }
        }
        if has_otp {
            refused.extend(wrong_otps.iter().map(|wrong| (wrong.clone(), "otp")));
        }
        let path = format!("/api/pay/v1/otp/{name}");
        for (value, field) in refused {
            let mut body = body.clone();
            body[field] = value.clone();
            let answer = gateway.post(&path, body).await;
            assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{name} {value}");
            assert_eq!(answer.field().as_deref(), Some(field), "{name} {value}");
        }
        for unknown in [long(50), json!("\u{0}"), json!("\u{1f375}".repeat(50))] {
            let mut body = body.clone();
            body["payment_id"] = unknown;
            let answer = gateway.post(&path, body).await;
            assert_eq!(answer.error(), (404, "PAYMENT_NOT_FOUND".into()), "{name}");
        }
    }
    // None of it used up a try.
    for otp in ["1234", "12345678", "123456"] {
        let body = json!({"payment_id": payment, "otp": otp});
        let status = gateway.post("/api/pay/v1/otp/submit", body).await.status.as_u16();
        assert_eq!(status, if otp == "123456" { 200 } else { 422 }, "{otp}");
    }
}

#[tokio::test]
async fn the_clock_moves_by_a_bounded_number_of_seconds() {
    let gateway = Gateway::sandbox().await;
    let moved = async |seconds: &str| {
        gateway.post("/sandbox/clock", format!(r#"{{"advance_seconds":{seconds}}}"#)).await
    };
    for wrong in ["-1", "1.5", "\"60\"", "null", "315576001", "18446744073709551616", "1e30", "[]"]
    {
        let answer = moved(wrong).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{wrong}");
        assert_eq!(answer.field().as_deref(), Some("advance_seconds"), "{wrong}");
    }
    // Ten years in all.
    for right in ["0", "1", "315575999"] {
        assert_eq!(moved(right).await.status, 200, "{right}");
    }
    assert_eq!(moved("1").await.field().as_deref(), Some("advance_seconds"));
}

/// Every call whose path has an id, with what an unknown one answers.
fn calls_with_an_id(id: &str) -> Vec<(&'static str, String, Value, &'static str)> {
    let (order, link) = ("ORDER_NOT_FOUND", "PAYMENT_LINK_NOT_FOUND");
    let payment = crate::payments::card("p1", "4012001037141112");
    vec![
        ("GET", format!("{ORDERS}/{id}"), Value::Null, order),
        ("GET", format!("{ORDERS}/reference/{id}"), Value::Null, order),
        ("POST", format!("{ORDERS}/{id}/payments"), payment, order),
        (
            "PUT",
            format!("{ORDERS}/{id}/capture"),
            json!({"merchant_capture_reference": "c"}),
            order,
        ),
        ("PUT", format!("{ORDERS}/{id}/cancel"), Value::Null, order),
        ("POST", format!("{REFUNDS}/{id}"), json!({"merchant_order_reference": "r"}), order),
        ("GET", format!("{LINKS}/{id}"), Value::Null, link),
        ("GET", format!("{LINKS}/ref/{id}"), Value::Null, link),
        ("PUT", format!("{LINKS}/{id}/cancel"), Value::Null, link),
        ("PATCH", format!("{LINKS}/{id}/notify"), Value::Null, link),
    ]
}

async fn send(gateway: &Gateway, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("content-type", "application/json")
        .body(Body::from(body));
    gateway.send(request.unwrap()).await
}

#[tokio::test]
async fn an_id_that_cannot_be_one_is_not_found_by_any_call() {
    let gateway = Gateway::sandbox().await;
    let made = gateway.make_order(order("r1")).await;
    let ids = [
        "x".to_owned(),
        "x".repeat(50),
        "x".repeat(51),
        "x".repeat(20_000),
        "%00".into(),
        "%FF%FE".into(),
        "%ED%A0%80".into(),
        "%2e%2e%2f%2e%2e%2fhealth".into(),
        "%2e".into(),
        "%F0%9F%8D%B5".into(),
        "a%0d%0aSet-Cookie:%20b".into(),
        "'%20OR%20'1'='1".into(),
        "%3Cscript%3E".into(),
        "v1-260306082755-aa-00000".into(),
        "v1-260306082755-aa-0000000".into(),
        "v1-991332256199-aa-000000".into(),
        "v1-260306082755-bb-000000".into(),
        "v2-260306082755-aa-000000".into(),
        format!("{made}x"),
        format!("{made}%20"),
        format!("%20{made}"),
        made.to_uppercase(),
        format!("{made}-cc-a"),
        "-1".into(),
        "18446744073709551616".into(),
        "null".into(),
    ];
    for id in ids {
        for (method, path, body, code) in calls_with_an_id(&id) {
            let answer = send(&gateway, method, &path, &body).await;
            assert_eq!(answer.error(), (404, code.to_owned()), "{method} {id:.60}");
        }
    }
}

/// What ids that cannot be are sent to is every call whose path has one.
#[tokio::test]
async fn every_call_whose_path_has_an_id_is_tried() {
    let gateway = Gateway::sandbox().await;
    let tried = calls_with_an_id("x").into_iter().map(|(method, path, ..)| (method.into(), path));
    let mut described = BTreeSet::new();
    for (path, methods) in paths_and_methods(&gateway).await {
        if path.contains('{') {
            let path = with_id(&path, "x");
            described.extend(methods.into_iter().map(|(method, _)| (method, path.clone())));
        }
    }
    assert_eq!(tried.collect::<BTreeSet<(String, String)>>(), described);
}

#[tokio::test]
async fn an_order_is_no_link_and_a_link_no_order() {
    let gateway = Gateway::sandbox().await;
    let made = gateway.make_order(order("r1")).await;
    let path = format!("{LINKS}/pl-{made}");
    assert_eq!(gateway.call("GET", &path).await.error(), (404, "PAYMENT_LINK_NOT_FOUND".into()));
    let cancelled = gateway.call("PUT", &format!("{path}/cancel")).await;
    assert_eq!(cancelled.error(), (404, "PAYMENT_LINK_NOT_FOUND".into()));
    let path = format!("{ORDERS}/pl-{made}");
    assert_eq!(gateway.call("GET", &path).await.error(), (404, "ORDER_NOT_FOUND".into()));
}
