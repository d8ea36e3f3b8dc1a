//! The calls that are repeated, and how.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use deodar_store::Store;
use deodar_store_sqlite::{OpenMode, SqliteStore};
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, REFUNDS, link, order, send_to};
use crate::payments::{card, upi};

pub(super) const CARD: &str = "4012001037141112";
/// How many come at once.
pub(super) const AT_ONCE: usize = 16;

/// A call that is made more than once.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
    /// Another deal under the same reference.
    pub(super) other: Option<Value>,
}

/// An order that was paid by card, or is held; its id.
async fn paid(gateway: &Gateway, reference: &str, pre_auth: bool) -> String {
    let mut body = order(reference);
    body["pre_auth"] = json!(pre_auth);
    let id = gateway.make_order(body).await;
    gateway.pay_by_card(&id, CARD).await;
    id
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[name] = value;
    body
}

/// Every call that has a reference, with what it needs.
pub(super) async fn calls(gateway: &Gateway) -> Vec<Call> {
    let paise = |value: u64| json!({"value": value, "currency": "INR"});
    let to_pay = gateway.make_order(order("to-pay")).await;
    let to_scan = gateway.make_order(order("to-scan")).await;
    let to_lend = gateway.make_order(order("to-lend")).await;
    let to_split = gateway.make_order(order("to-split")).await;
    let held = paid(gateway, "held", true).await;
    let part_held = paid(gateway, "part-held", true).await;
    let taken = paid(gateway, "taken", false).await;
    let part_taken = paid(gateway, "part-taken", false).await;
    let payments = |id: &str| format!("{ORDERS}/{id}/payments");
    let call = |name, path: String, body: Value, other: Value| Call {
        name,
        method: if path.ends_with("/capture") { "PUT" } else { "POST" },
        path,
        body,
        other: Some(other),
    };
    let capture = |value: Option<u64>| {
        let mut body = json!({"merchant_capture_reference": "c1"});
        if let Some(value) = value {
            body["capture_amount"] = paise(value);
        }
        body
    };
    let refund = |reference: &str, value: Option<u64>| {
        let mut body = json!({"merchant_order_reference": reference});
        if let Some(value) = value {
            body["order_amount"] = paise(value);
        }
        body
    };
    let mut less = card("p1", CARD);
    less["payments"][0]["payment_amount"]["value"] = json!(49_999);
    let intent = upi("p1", &json!({"txn_mode": "INTENT"}));
    vec![
        call("link", LINKS.into(), link("l1"), with(&link("l1"), "part_payment", json!(true))),
        call("order", ORDERS.into(), order("o1"), with(&order("o1"), "order_amount", paise(100))),
        call("card payment", payments(&to_pay), card("p1", CARD), less),
        call("UPI payment", payments(&to_scan), intent, card("p1", CARD)),
        call("Pay Later payment", payments(&to_lend), pay_later(), card("p1", CARD)),
        call(
            "card and points",
            payments(&to_split),
            card_and_points(40_000),
            card_and_points(39_000),
        ),
        call("capture", format!("{ORDERS}/{held}/capture"), capture(None), capture(Some(49_999))),
        call(
            "part capture",
            format!("{ORDERS}/{part_held}/capture"),
            capture(Some(20_000)),
            capture(None),
        ),
        call(
            "refund",
            format!("{REFUNDS}/{taken}"),
            refund("r1", None),
            refund("r1", Some(50_000)),
        ),
        call(
            "part refund",
            format!("{REFUNDS}/{part_taken}"),
            refund("r2", Some(10_000)),
            refund("r2", Some(10_001)),
        ),
    ]
}

fn pay_later() -> Value {
    let details = json!({"mobile": "9000047815", "bnpl_pay_code": "SIMPL3"});
    crate::payments::payment("p1", "BNPL", &json!({ "bnpl_details": details }))
}

/// An attempt of two payments, of which the card pays `paise` and the points the rest.
fn card_and_points(paise: u64) -> Value {
    let details = json!({"points_card_details": {
        "card_number": CARD, "registered_mobile_number": "9000047815",
    }});
    let mut body = card("p1", CARD);
    let mut points = crate::payments::payment("p2", "POINTS", &details)["payments"][0].take();
    points["payment_amount"]["value"] = json!(50_000 - paise);
    body["payments"][0]["payment_amount"]["value"] = json!(paise);
    body["payments"].as_array_mut().unwrap().push(points);
    body
}

/// The calls that have no reference, and a key alone makes harmless to repeat.
pub(super) async fn keyed_calls(gateway: &Gateway) -> Vec<Call> {
    let mut calls = calls(gateway).await;
    let made = gateway.post(LINKS, link("to-cancel")).await.json();
    let to_cancel = made["payment_link_id"].as_str().unwrap().to_owned();
    let mut to_send = link("to-send");
    to_send["customer"] = json!({"email_id": "meera.nair@example.com"});
    let made = gateway.post(LINKS, to_send).await.json();
    let to_send = made["payment_link_id"].as_str().unwrap().to_owned();
    let to_confirm = gateway.make_order(order("to-confirm")).await;
    let to_confirm = gateway.begin_card(&to_confirm, CARD).await;
    let to_resend = gateway.make_order(order("to-resend")).await;
    let to_resend = gateway.begin_card(&to_resend, CARD).await;
    let held = paid(gateway, "to-void", true).await;
    let unpaid = gateway.make_order(order("to-cancel")).await;
    let own = paid(gateway, "own-id", false).await;
    let mut refund = json!({"merchant_order_reference": own});
    refund["order_amount"] = json!({"value": 10_000, "currency": "INR"});
    let otp = json!({"payment_id": to_confirm, "otp": "123456"});
    let text = include_str!("../../samples/eligibility.request.json");
    let eligibility = serde_json::from_str(text).unwrap();
    let call = |name, method, path, body| Call { name, method, path, body, other: None };
    let post = |name, path: &str, body| call(name, "POST", path.to_owned(), body);
    calls.extend([
        post("checkout", "/api/checkout/v1/orders", order("checkout")),
        post("password", "/api/pay/v1/otp/submit", otp),
        post("resend", "/api/pay/v1/otp/resend", json!({"payment_id": to_resend})),
        post("generate", "/api/pay/v1/otp/generate", json!({"payment_id": to_resend})),
        post("eligibility", "/api/payment-option/eligibility/bnpl", eligibility),
        post("clock", "/sandbox/clock", json!({"advance_seconds": 0})),
        call("link cancel", "PUT", format!("{LINKS}/{to_cancel}/cancel"), Value::Null),
        call("link notify", "PATCH", format!("{LINKS}/{to_send}/notify"), Value::Null),
        call("void", "PUT", format!("{ORDERS}/{held}/cancel"), Value::Null),
        call("cancel", "PUT", format!("{ORDERS}/{unpaid}/cancel"), Value::Null),
        call("refund without a reference", "POST", format!("{REFUNDS}/{own}"), refund),
    ]);
    calls
}

pub(super) fn request(
    gateway: &Gateway,
    call: &Call,
    body: &Value,
    key: Option<&str>,
) -> Request<Body> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut request = Request::builder()
        .method(call.method)
        .uri(&call.path)
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.body(Body::from(body)).unwrap()
}

pub(super) async fn send(gateway: &Gateway, call: &Call, key: Option<&str>) -> Answer {
    gateway.send(request(gateway, call, &call.body, key)).await
}

/// Sends a call many times at once, on several threads.
pub(super) async fn send_at_once(gateway: &Gateway, call: &Call, key: Option<&str>) -> Vec<Answer> {
    let sent = (0..AT_ONCE).map(|_| {
        let request = request(gateway, call, &call.body, key);
        tokio::spawn(send_to(gateway.router.clone(), request))
    });
    let mut answers = Vec::new();
    for answer in sent.collect::<Vec<_>>() {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[track_caller]
pub(super) fn assert_done(answer: &Answer, call: &Call) {
    let body = String::from_utf8_lossy(&answer.bytes);
    assert!(answer.status.is_success(), "{}: {body}", call.name);
}

/// What is told of the thing that a call made, without what goes on after it.
pub(super) fn thing(call: &Call, answer: &Answer) -> Value {
    let body = answer.json();
    let data = body.get("data").unwrap_or(&body);
    let payment = &data["payments"][0];
    json!({
        "call": call.name,
        "order": data["order_id"],
        "link": data["payment_link_id"],
        "payment": payment["id"],
        "first": data["payments"][1]["id"],
        "payments": data["payments"].as_array().map(Vec::len),
        "captures": payment["capture_data"],
    })
}

/// What all calls together have made and moved.
pub(super) async fn sums(gateway: &Gateway) -> Value {
    let mut sums = Vec::new();
    for list in ["payment-link", "order", "refund/order"] {
        let query = "start_date=2026-03-06&end_date=2026-03-06&per_page=100";
        let answer = gateway.call("GET", &format!("/api/mcp/v1/{list}/details?{query}")).await;
        sums.push(answer.json()["data"].take());
    }
    json!(sums)
}

pub(super) fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path, OpenMode::Server).unwrap())
}
