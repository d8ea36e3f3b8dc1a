//! Orders: making, reading, replaying, capturing, cancelling; whose they are.

use crate::common::{Gateway, LINKS, ORDERS, Setup, link, order};
use axum::body::Body;
use axum::http::Request;
use deodar_api::Limits;
use serde_json::{Value, json};

const GOOD_CARD: &str = "4012001037141112";
/// The simulator approves it, and declines every capture and refund of it.
const STUBBORN_CARD: &str = "4000000000000341";

fn held(reference: &str) -> Value {
    let mut body = order(reference);
    body["pre_auth"] = json!(true);
    body
}

async fn authorized(gateway: &Gateway, reference: &str, card: &str) -> String {
    let id = gateway.make_order(held(reference)).await;
    gateway.pay_by_card(&id, card).await;
    assert_eq!(gateway.read_order(&id).await["status"], "AUTHORIZED");
    id
}

fn capture(reference: &str, value: Option<u64>) -> Value {
    let mut body = json!({"merchant_capture_reference": reference});
    if let Some(value) = value {
        body["capture_amount"] = json!({"value": value, "currency": "INR"});
    }
    body
}

async fn capture_of(gateway: &Gateway, id: &str, body: Value) -> crate::common::Answer {
    gateway.put(&format!("{ORDERS}/{id}/capture"), body).await
}

async fn cancel(gateway: &Gateway, id: &str) -> crate::common::Answer {
    gateway.call("PUT", &format!("{ORDERS}/{id}/cancel")).await
}

#[tokio::test]
async fn the_documents_sample_is_made_and_read_by_id_and_by_reference() {
    let gateway = Gateway::sandbox().await;
    let full = include_str!("../../../deodar-wire/tests/wire/full_order.json");
    let made = gateway.post(ORDERS, full).await;
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.bytes));
    let data = made.json()["data"].clone();
    assert_eq!(data["merchant_order_reference"], "112345");
    assert_eq!(data["type"], "CHARGE");
    assert_eq!(data["status"], "CREATED");
    assert_eq!(data["merchant_id"], gateway.merchant.merchant.id.to_string());
    assert_eq!(data["payments"], json!([]));
    assert_eq!(data["created_at"], "2026-03-06T08:27:55.881Z");
    let sent: Value = serde_json::from_str(full).unwrap();
    for name in ["order_amount", "pre_auth", "allowed_payment_methods", "notes", "callback_url"] {
        assert_eq!(data[name], sent[name], "{name}");
    }
    for name in ["merchant_metadata", "products", "cart_details", "account_details"] {
        assert_eq!(data["purchase_details"][name], sent["purchase_details"][name], "{name}");
    }
    let id = data["order_id"].as_str().unwrap();
    for path in [format!("{ORDERS}/{id}"), format!("{ORDERS}/reference/112345")] {
        let read = gateway.call("GET", &path).await;
        assert_eq!((read.status.as_u16(), read.json()), (200, made.json()));
    }
}

#[tokio::test]
async fn an_order_allows_what_the_merchant_has_unless_it_says_otherwise() {
    let gateway = Gateway::sandbox().await;
    let made = gateway.post(ORDERS, order("r1")).await.json();
    let methods = made["data"]["allowed_payment_methods"].as_array().unwrap().len();
    assert_eq!(methods, gateway.merchant.merchant.methods.iter().count());
    let mut foreign = order("r2");
    foreign["order_amount"]["currency"] = json!("USD");
    let refused = gateway.post(ORDERS, foreign).await;
    assert_eq!(refused.error(), (400, "INVALID_REQUEST".into()));
    assert_eq!(refused.field().as_deref(), Some("order_amount.currency"));
}

#[tokio::test]
async fn a_reference_replays_the_same_deal_and_refuses_another() {
    let gateway = Gateway::sandbox().await;
    let first = gateway.post(ORDERS, order("r1")).await;
    let mut retry = order("r1");
    retry["notes"] = json!("another text");
    retry["callback_url"] = json!("https://shop.example.com/other");
    for body in [order("r1"), retry] {
        let again = gateway.post(ORDERS, body).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    }
    let others = [
        ("order_amount", json!({"value": 50_001, "currency": "INR"})),
        ("pre_auth", json!("true")),
        ("part_payment", json!(true)),
        ("account_details", json!({"bank_details": {"account_number": "500000004545"}})),
    ];
    for (name, value) in others {
        let mut other = order("r1");
        other[name] = value;
        let answer = gateway.post(ORDERS, other).await;
        assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()), "{name}");
    }
    // A link may have the reference of an order; the order is found first.
    assert_eq!(gateway.post(LINKS, link("r1")).await.status, 201);
    let read = gateway.call("GET", &format!("{ORDERS}/reference/r1")).await;
    assert_eq!(read.json(), first.json());
}

#[tokio::test]
async fn a_refused_order_names_its_field() {
    let gateway = Gateway::sandbox().await;
    for (name, value, field) in [
        ("merchant_order_reference", json!("a b"), "merchant_order_reference"),
        ("order_amount", json!({"value": 99, "currency": "INR"}), "order_amount.value"),
        (
            "purchase_details",
            json!({"customer": {"mobile_number": "12345678"}}),
            "purchase_details.customer.mobile_number",
        ),
    ] {
        let mut body = order("r1");
        body[name] = value;
        let refused = gateway.post(ORDERS, body).await;
        assert_eq!(refused.error(), (400, "INVALID_REQUEST".into()));
        assert_eq!(refused.field().as_deref(), Some(field));
    }
    let none = gateway.call("GET", &format!("{ORDERS}/reference/r1")).await;
    assert_eq!(none.error(), (404, "ORDER_NOT_FOUND".into()));
}

#[tokio::test]
async fn plain_http_callbacks_are_refused_outside_a_sandbox() {
    let setup = Setup { sandbox: false, limits: Limits::NONE };
    let gateway = Gateway::with(setup).await;
    let mut body = order("r1");
    body["callback_url"] = json!("http://shop.example.com/back");
    let refused = gateway.post(ORDERS, body).await;
    assert_eq!(refused.error(), (400, "INVALID_REQUEST".into()));
    assert_eq!(refused.field().as_deref(), Some("callback_url"));
}

#[tokio::test]
async fn a_held_amount_is_captured_in_full_or_in_part() {
    let gateway = Gateway::sandbox().await;
    for (reference, value, status) in [
        ("all", None, "PROCESSED"),
        ("same", Some(50_000), "PROCESSED"),
        ("part", Some(20_000), "PARTIALLY_CAPTURED"),
    ] {
        let id = authorized(&gateway, reference, GOOD_CARD).await;
        let captured = capture_of(&gateway, &id, capture("c-1", value)).await;
        assert_eq!(captured.status, 200, "{}", String::from_utf8_lossy(&captured.bytes));
        assert_eq!(captured.json()["data"]["status"], status);
        assert_eq!(gateway.read_order(&id).await, captured.json()["data"]);
        let again = capture_of(&gateway, &id, capture("c-1", value)).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, captured.json()));
        let other = capture_of(&gateway, &id, capture("c-1", Some(10_000))).await;
        assert_eq!(other.error(), (422, "DUPLICATE_REQUEST".into()));
        let second = capture_of(&gateway, &id, capture("c-2", None)).await;
        assert_eq!(second.error(), (422, "OPERATION_NOT_ALLOWED".into()));
    }
}

#[tokio::test]
async fn a_capture_is_refused_for_what_it_is() {
    let gateway = Gateway::sandbox().await;
    let id = authorized(&gateway, "r1", STUBBORN_CARD).await;
    let declined = capture_of(&gateway, &id, capture("c-1", None)).await;
    assert_eq!(declined.error(), (422, "PAYMENT_DECLINED".into()));
    let again = capture_of(&gateway, &id, capture("c-1", None)).await;
    assert_eq!(again.error(), (422, "PAYMENT_DECLINED".into()));
    let too_much = capture_of(&gateway, &id, capture("c-2", Some(50_001))).await;
    assert_eq!(too_much.error(), (422, "OPERATION_NOT_ALLOWED".into()));
    assert_eq!(too_much.field().as_deref(), Some("capture_amount.value"));
    let too_little = capture_of(&gateway, &id, capture("c-2", Some(99))).await;
    assert_eq!(too_little.error(), (400, "INVALID_REQUEST".into()));
    assert_eq!(too_little.field().as_deref(), Some("capture_amount.value"));
    let nameless = capture_of(&gateway, &id, json!({})).await;
    assert_eq!(nameless.field().as_deref(), Some("merchant_capture_reference"));
    assert_eq!(gateway.read_order(&id).await["status"], "AUTHORIZED");
    let created = gateway.make_order(order("r2")).await;
    let early = capture_of(&gateway, &created, capture("c-1", None)).await;
    assert_eq!(early.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn an_order_is_cancelled_before_it_is_paid_and_while_it_is_held() {
    let gateway = Gateway::sandbox().await;
    let created = gateway.make_order(order("r1")).await;
    let pending = gateway.make_order(order("r2")).await;
    gateway.begin_card(&pending, GOOD_CARD).await;
    let authorized = authorized(&gateway, "r3", GOOD_CARD).await;
    for id in [created, pending, authorized] {
        let cancelled = cancel(&gateway, &id).await;
        assert_eq!(cancelled.status, 200, "{}", String::from_utf8_lossy(&cancelled.bytes));
        let data = cancelled.json()["data"].clone();
        assert_eq!(data["status"], "CANCELLED");
        for payment in data["payments"].as_array().unwrap() {
            assert_eq!(payment["status"], "CANCELLED");
        }
        assert_eq!(gateway.read_order(&id).await, data);
        for refused in
            [cancel(&gateway, &id).await, capture_of(&gateway, &id, capture("c", None)).await]
        {
            assert_eq!(refused.error(), (422, "ORDER_CANCELLED".into()));
        }
    }
    let paid = gateway.make_order(order("r4")).await;
    gateway.pay_by_card(&paid, GOOD_CARD).await;
    assert_eq!(cancel(&gateway, &paid).await.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn the_payers_password_after_the_cancel_pays_nothing() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("r1")).await;
    let payment = gateway.begin_card(&id, GOOD_CARD).await;
    assert_eq!(cancel(&gateway, &id).await.status, 200);
    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 422);
    assert_eq!(gateway.read_order(&id).await["status"], "CANCELLED");
}

#[tokio::test]
async fn another_merchants_order_is_not_there() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("r1")).await;
    let other = gateway.another_token().await;
    for (method, path) in [
        ("GET", format!("{ORDERS}/{id}")),
        ("GET", format!("{ORDERS}/reference/r1")),
        ("PUT", format!("{ORDERS}/{id}/cancel")),
        ("GET", format!("{ORDERS}/nothing")),
    ] {
        let answer = gateway.call_as(&other, method, &path).await;
        assert_eq!(answer.error(), (404, "ORDER_NOT_FOUND".into()), "{method} {path}");
    }
    let own = gateway.post_as(&other, ORDERS, order("r1")).await;
    assert_eq!(own.status, 200, "references are each merchant's own");
}

#[tokio::test]
async fn a_key_makes_one_order_and_cancels_it_once() {
    let gateway = Gateway::sandbox().await;
    let keyed = async |method: &str, path: &str, key: &str, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body));
        gateway.send(request.unwrap()).await
    };
    let first = keyed("POST", ORDERS, "k1", order("r1").to_string()).await;
    let id = first.json()["data"]["order_id"].as_str().unwrap().to_owned();
    let path = format!("{ORDERS}/{id}/cancel");
    let cancelled = keyed("PUT", &path, "k1", String::new()).await;
    assert_eq!(cancelled.status, 200);
    let again = keyed("PUT", &path, "k1", String::new()).await;
    assert_eq!((again.status, again.bytes), (cancelled.status, cancelled.bytes));
    let repeated = keyed("POST", ORDERS, "k1", order("r1").to_string()).await;
    assert_eq!(repeated.bytes, first.bytes, "as it was answered first");
    let other = keyed("POST", ORDERS, "k1", order("r2").to_string()).await;
    assert_eq!(other.error(), (422, "DUPLICATE_REQUEST".into()));

    let held = authorized(&gateway, "r3", GOOD_CARD).await;
    let path = format!("{ORDERS}/{held}/capture");
    let taken = keyed("PUT", &path, "k2", capture("c-1", None).to_string()).await;
    assert_eq!(taken.json()["data"]["status"], "PROCESSED");
    let again = keyed("PUT", &path, "k2", capture("c-1", None).to_string()).await;
    assert_eq!((again.status, again.bytes), (taken.status, taken.bytes));
}

#[tokio::test]
async fn an_order_that_is_read_again_is_answered_as_it_is_now() {
    let gateway = Gateway::sandbox().await;
    let id = authorized(&gateway, "again", GOOD_CARD).await;
    let path = format!("{ORDERS}/{id}");
    let first = gateway.call("GET", &path).await;
    let again = gateway.call("GET", &path).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(again.header("content-type"), Some("application/json"));
    let other = gateway.another_token().await;
    assert_eq!(gateway.call_as(&other, "GET", &path).await.error().1, "ORDER_NOT_FOUND");
    assert_eq!(capture_of(&gateway, &id, capture("c", None)).await.status, 200);
    assert_eq!(gateway.read_order(&id).await["status"], "PROCESSED");
}

#[tokio::test]
async fn an_order_whose_link_ends_between_two_reads_is_answered_as_ended() {
    let gateway = Gateway::sandbox().await;
    let mut body = link("ends");
    body["expire_by"] = json!("2026-03-06T08:30:00Z");
    let made = gateway.post(LINKS, body).await.json();
    let id = made["order_id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        assert_eq!(gateway.read_order(&id).await["status"], "CREATED");
    }
    gateway.clock.advance(600);
    for _ in 0..2 {
        assert_eq!(gateway.read_order(&id).await["status"], "CANCELLED");
    }
}

#[tokio::test]
async fn the_address_of_a_challenge_is_not_answered_after_the_payment() {
    let gateway = Gateway::sandbox().await;
    let id = gateway.make_order(order("challenged")).await;
    let payment = gateway.begin_card(&id, GOOD_CARD).await;
    for _ in 0..2 {
        assert!(gateway.read_order(&id).await["challenge_url"].is_string());
    }
    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 200);
    for _ in 0..2 {
        assert_eq!(gateway.read_order(&id).await["challenge_url"], Value::Null);
    }
}
