//! Calls that contradict one another, at once: one wins, and what it was told is told afterwards.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, REFUNDS, link, order, send_to};

const CARD: &str = "4012001037141112";
/// How often each race is run.
const ROUNDS: usize = 20;

/// A call: its method, path and body.
type Call = (&'static str, String, Value);

/// Sends calls at once, on several threads.
async fn at_once(gateway: &Gateway, calls: &[Call]) -> Vec<Answer> {
    let sent = calls.iter().map(|(method, path, body)| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(*method)
            .uri(path)
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-type", "application/json")
            .body(Body::from(body));
        tokio::spawn(send_to(gateway.router.clone(), request.unwrap()))
    });
    let mut answers = Vec::new();
    for answer in sent.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    answers
}

async fn paid(gateway: &Gateway, reference: &str, pre_auth: bool) -> String {
    let mut body = order(reference);
    body["pre_auth"] = json!(pre_auth);
    let id = gateway.make_order(body).await;
    gateway.pay_by_card(&id, CARD).await;
    id
}

fn capture(order: &str, reference: &str, value: u64) -> Call {
    let amount = json!({"value": value, "currency": "INR"});
    let body = json!({"merchant_capture_reference": reference, "capture_amount": amount});
    ("PUT", format!("{ORDERS}/{order}/capture"), body)
}

fn cancel(order: &str) -> Call {
    ("PUT", format!("{ORDERS}/{order}/cancel"), Value::Null)
}

fn refund(order: &str, reference: &str, value: u64) -> Call {
    let amount = json!({"value": value, "currency": "INR"});
    let body = json!({"merchant_order_reference": reference, "order_amount": amount});
    ("POST", format!("{REFUNDS}/{order}"), body)
}

fn pay(order: &str, reference: &str) -> Call {
    ("POST", format!("{ORDERS}/{order}/payments"), crate::payments::card(reference, CARD))
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    let (status, code) = answer.error();
    let codes = ["OPERATION_NOT_ALLOWED", "ORDER_CANCELLED", "PAYMENT_PENDING"];
    assert!(status == 422 && codes.contains(&&*code), "{status} {code}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_money_is_taken_or_let_go_and_never_both() {
    let gateway = Arc::new(Gateway::sandbox().await);
    for round in 0..ROUNDS {
        let id = paid(&gateway, &format!("r{round}"), true).await;
        let calls = [
            capture(&id, "c1", 50_000),
            cancel(&id),
            capture(&id, "c2", 20_000),
            cancel(&id),
            capture(&id, "c3", 30_000),
        ];
        let answers = at_once(&gateway, &calls).await;
        gateway.work().await;
        let stands = gateway.read_order(&id).await;
        let mut won = 0;
        for answer in answers {
            if answer.status == 200 {
                won += 1;
                assert_eq!(answer.json()["data"], stands);
            } else {
                assert_refused(&answer);
            }
        }
        assert_eq!(won, 1, "{stands}");
        let status = stands["status"].as_str().unwrap();
        let captures = &stands["payments"][0]["capture_data"];
        assert_eq!(status == "CANCELLED", captures.is_null(), "{stands}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_goes_back_than_was_taken() {
    let gateway = Arc::new(Gateway::sandbox().await);
    for round in 0..ROUNDS {
        let id = paid(&gateway, &format!("r{round}"), false).await;
        let calls: Vec<Call> =
            (0..8).map(|number| refund(&id, &format!("b{round}-{number}"), 15_000)).collect();
        let answers = at_once(&gateway, &calls).await;
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(done, 3);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.error(), (422, "OPERATION_NOT_ALLOWED".into()));
            assert_eq!(answer.field().as_deref(), Some("order_amount.value"));
        }
        let stands = gateway.read_order(&id).await;
        assert_eq!(stands["refunds"].as_array().unwrap().len(), 3);
        assert_eq!(stands["status"], "PARTIALLY_REFUNDED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_attempt_is_in_flight_or_the_order_is_cancelled() {
    let gateway = Arc::new(Gateway::sandbox().await);
    for round in 0..ROUNDS {
        let id = gateway.make_order(order(&format!("r{round}"))).await;
        let calls = [pay(&id, "p1"), pay(&id, "p2"), cancel(&id), pay(&id, "p3"), pay(&id, "p1")];
        let answers = at_once(&gateway, &calls).await;
        let stands = gateway.read_order(&id).await;
        let payments = stands["payments"].as_array().unwrap();
        assert!(payments.len() <= 1, "{stands}");
        let was_cancelled = answers[2].status == 200;
        assert_eq!(stands["status"] == "CANCELLED", was_cancelled, "{stands}");
        for payment in payments {
            // The bank refuses a payment that reaches it after it was told of the end.
            let expected: &[&str] =
                if was_cancelled { &["CANCELLED", "FAILED"] } else { &["PENDING"] };
            assert!(expected.contains(&payment["status"].as_str().unwrap()), "{stands}");
        }
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_refused(answer);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_paid_or_cancelled() {
    let gateway = Arc::new(Gateway::sandbox().await);
    for round in 0..ROUNDS {
        let made = gateway.post(LINKS, link(&format!("r{round}"))).await.json();
        let id = made["order_id"].as_str().unwrap();
        let path = format!("{LINKS}/{}", made["payment_link_id"].as_str().unwrap());
        let calls = [
            pay(id, "p1"),
            ("PUT", format!("{path}/cancel"), Value::Null),
            cancel(id),
            pay(id, "p2"),
        ];
        let answers = at_once(&gateway, &calls).await;
        let done: Vec<bool> = answers.iter().map(|answer| answer.status == 200).collect();
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_refused(answer);
        }
        let stands = gateway.call("GET", &path).await.json();
        let was_cancelled = done[1] || done[2];
        let expected = if was_cancelled { "CANCELLED" } else { "PAYMENT_INITIATED" };
        assert_eq!(stands["status"], expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_is_counted_once_for_each_call() {
    let gateway = Arc::new(Gateway::sandbox().await);
    let id = gateway.make_order(order("r1")).await;
    let payment = gateway.begin_card(&id, CARD).await;
    let of_payment = json!({ "payment_id": payment });
    let eligibility = json!({
        "mobile": "9000047815", "pay_code": "LAZYPAY",
        "amount": {"value": 3_400, "currency": "INR"},
    });
    for (path, body, allowed) in [
        ("/api/pay/v1/otp/resend", of_payment, 3),
        ("/api/payment-option/eligibility/bnpl", eligibility, 10),
    ] {
        let calls: Vec<Call> = (0..24).map(|_| ("POST", path.to_owned(), body.clone())).collect();
        let answers = at_once(&gateway, &calls).await;
        let done = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(done, allowed, "{path}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.error(), (429, "API_RATE_LIMIT".into()), "{path}");
            assert!(answer.header("retry-after").is_some(), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_at_once_are_three_tries() {
    let gateway = Arc::new(Gateway::sandbox().await);
    for round in 0..ROUNDS {
        let id = gateway.make_order(order(&format!("r{round}"))).await;
        let payment = gateway.begin_card(&id, CARD).await;
        let call = |otp: &str| -> Call {
            let body = json!({"payment_id": payment, "otp": otp});
            ("POST", "/api/pay/v1/otp/submit".to_owned(), body)
        };
        let mut calls: Vec<Call> = (0..6).map(|_| call("000000")).collect();
        calls.push(call("123456"));
        let answers = at_once(&gateway, &calls).await;
        let was_right = answers.last().unwrap().status == 200;
        let stands = gateway.read_order(&id).await;
        let expected = if was_right { "PROCESSED" } else { "ATTEMPTED" };
        assert_eq!(stands["status"], expected, "{stands}");
        assert_eq!(stands["payments"].as_array().unwrap().len(), 1);
    }
}
