//! The hosted checkout: an order with a page, made once and answered again.

use crate::common::{Answer, Gateway, ORDERS, Setup, order};
use axum::body::Body;
use axum::http::Request;
use deodar_api::Limits;
use deodar_domain::customer::{Contact, Email, MobileNumber};
use serde_json::{Value, json};

const CHECKOUT: &str = "/api/checkout/v1/orders";
const PAGE: &str = "http://127.0.0.1:8080/api/v3/checkout-bff/redirect/checkout?token=";

fn checkout(reference: &str, mode: Option<&str>) -> Value {
    let mut body = order(reference);
    if let Some(mode) = mode {
        body["integration_mode"] = json!(mode);
    }
    body
}

async fn make(gateway: &Gateway, body: Value) -> Value {
    let made = gateway.post(CHECKOUT, body).await;
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.bytes));
    made.json()
}

async fn keyed(gateway: &Gateway, body: &Value) -> Answer {
    let request = Request::post(CHECKOUT)
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("content-type", "application/json")
        .header("idempotency-key", "k1")
        .body(Body::from(body.to_string()));
    gateway.send(request.unwrap()).await
}

/// The state of the page behind a token, and its order.
async fn page(gateway: &Gateway, answer: &Value) -> deodar_engine::CheckoutPage {
    gateway.engine.checkout_page(answer["token"].as_str().unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_answer_is_the_documents_and_leads_to_the_order() {
    let gateway = Gateway::sandbox().await;
    let answer = make(&gateway, checkout("r1", None)).await;
    let token = answer["token"].as_str().unwrap();
    let expected = json!({
        "token": token,
        "order_id": answer["order_id"],
        "redirect_url": format!("{PAGE}{token}"),
        "response_code": 200,
        "response_message": "Order Creation Successful.",
    });
    assert_eq!(answer, expected);
    let id = answer["order_id"].as_str().unwrap();
    let read = gateway.read_order(id).await;
    assert_eq!(
        (&read["status"], &read["integration_mode"]),
        (&json!("CREATED"), &json!("REDIRECT"))
    );
    let page = page(&gateway, &answer).await;
    assert_eq!(deodar_domain::id::order_id(page.order.key), id);
    assert!(!page.is_framed);
}

#[tokio::test]
async fn the_order_answers_its_mode_and_the_page_keeps_it() {
    let gateway = Gateway::sandbox().await;
    let cases = [
        (Some("REDIRECT"), "REDIRECT"),
        (Some("redirect"), "REDIRECT"),
        (Some(""), "REDIRECT"),
        (Some("IFRAME"), "IFRAME"),
        (Some("Iframe"), "IFRAME"),
        (None, "REDIRECT"),
    ];
    for (index, (mode, expected)) in cases.into_iter().enumerate() {
        let answer = make(&gateway, checkout(&format!("r{index}"), mode)).await;
        let read = gateway.read_order(answer["order_id"].as_str().unwrap()).await;
        assert_eq!(read["integration_mode"], expected, "{mode:?}");
        assert_eq!(page(&gateway, &answer).await.is_framed, expected == "IFRAME");
    }
    for wrong in [json!("SEAMLESS"), json!("POPUP"), json!(" IFRAME"), json!(1), json!(["IFRAME"])]
    {
        let mut body = order("wrong");
        body["integration_mode"] = wrong.clone();
        let refused = gateway.post(CHECKOUT, &body).await;
        assert_eq!(refused.error(), (400, "INVALID_REQUEST".into()), "{wrong}");
        assert_eq!(refused.field().as_deref(), Some("integration_mode"), "{wrong}");
        // The order call has no such field.
        assert_eq!(gateway.post(ORDERS, body).await.status, 200, "{wrong}");
    }
}

#[tokio::test]
async fn everything_else_is_an_order() {
    let gateway = Gateway::sandbox().await;
    let full = include_str!("../../../deodar-wire/tests/wire/full_order.json");
    let mut body: Value = serde_json::from_str(full).unwrap();
    body["integration_mode"] = json!("IFRAME");
    let answer = make(&gateway, body.clone()).await;
    let mut read = gateway.read_order(answer["order_id"].as_str().unwrap()).await;
    body["merchant_order_reference"] = json!("other");
    let plain = gateway.make_order(body).await;
    let mut other = gateway.read_order(&plain).await;
    assert_eq!(read["integration_mode"], "IFRAME");
    assert_eq!(other["integration_mode"], "SEAMLESS");
    for name in ["order_id", "merchant_order_reference", "integration_mode"] {
        read[name] = Value::Null;
        other[name] = Value::Null;
    }
    assert_eq!(read, other);
}

#[tokio::test]
async fn a_bad_value_is_refused_as_the_order_call_refuses_it() {
    let gateway = Gateway::sandbox().await;
    let amount = |value: i64| json!({"value": value, "currency": "INR"});
    for (name, value, field) in [
        ("merchant_order_reference", json!("a b"), "merchant_order_reference"),
        ("order_amount", amount(99), "order_amount.value"),
        ("order_amount", amount(100_000_001), "order_amount.value"),
        ("order_amount", json!({"value": 500, "currency": "USD"}), "order_amount.currency"),
        ("allowed_payment_methods", json!(["CASH"]), "allowed_payment_methods[0]"),
        ("callback_url", json!("shop"), "callback_url"),
        (
            "purchase_details",
            json!({"cart_details": {"cart_items": [{"item_quantity": 0}]}}),
            "purchase_details.cart_details.cart_items[0].item_quantity",
        ),
    ] {
        let mut body = checkout("r1", None);
        body[name] = value;
        let (hosted, plain) =
            (gateway.post(CHECKOUT, &body).await, gateway.post(ORDERS, &body).await);
        assert_eq!(hosted.error(), (400, "INVALID_REQUEST".into()), "{name}");
        assert_eq!(hosted.field().as_deref(), Some(field));
        assert_eq!(hosted.json(), plain.json());
    }
    for body in ["", "[]", "{", "null", r#"{"integration_mode":"IFRAME","integration_mode":""}"#] {
        assert_eq!(gateway.post(CHECKOUT, body).await.error().0, 400, "{body}");
    }
    let none = gateway.call("GET", &format!("{ORDERS}/reference/r1")).await;
    assert_eq!(none.error(), (404, "ORDER_NOT_FOUND".into()), "nothing was made");
    let setup = Setup { sandbox: false, limits: Limits::NONE };
    let gateway = Gateway::with(setup).await;
    let mut body = checkout("r1", None);
    body["callback_url"] = json!("http://shop.example.com/back");
    assert_eq!(gateway.post(CHECKOUT, body).await.field().as_deref(), Some("callback_url"));
}

#[tokio::test]
async fn a_repeat_leads_to_the_same_order_and_another_deal_is_refused() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, checkout("r1", Some("IFRAME"))).await;
    gateway.clock.advance(600);
    let mut retry = checkout("r1", Some("REDIRECT"));
    retry["notes"] = json!("another text");
    let again = make(&gateway, retry).await;
    assert_eq!(again["order_id"], first["order_id"]);
    assert_ne!(again["token"], first["token"], "its time begins anew");
    let (old, new) = (page(&gateway, &first).await, page(&gateway, &again).await);
    assert_eq!(old.order, new.order);
    assert!(old.is_framed && new.is_framed, "an order keeps the mode that it was made with");
    let mut other = checkout("r1", None);
    other["order_amount"]["value"] = json!(50_001);
    assert_eq!(gateway.post(CHECKOUT, other).await.error(), (422, "DUPLICATE_REQUEST".into()));
    // The order call has the same references.
    let plain = gateway.make_order(order("r1")).await;
    assert_eq!(first["order_id"], plain);
    let seamless = gateway.make_order(order("r2")).await;
    let hosted = make(&gateway, checkout("r2", Some("IFRAME"))).await;
    assert_eq!(hosted["order_id"], seamless);
    assert!(!page(&gateway, &hosted).await.is_framed);
}

#[tokio::test]
async fn concurrent_repeats_make_one_order() {
    let gateway = Gateway::sandbox().await;
    let calls = (0..12).map(|_| make(&gateway, checkout("r1", None)));
    let answers = futures::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer["order_id"], answers[0]["order_id"]);
        let page = page(&gateway, answer).await;
        assert_eq!(
            deodar_domain::id::order_id(page.order.key),
            answer["order_id"].as_str().unwrap()
        );
    }
}

#[tokio::test]
async fn a_key_makes_one_order_and_gives_one_address() {
    let gateway = Gateway::sandbox().await;
    let first = keyed(&gateway, &checkout("r1", None)).await;
    assert_eq!(first.status, 200);
    gateway.clock.advance(60);
    let again = keyed(&gateway, &checkout("r1", None)).await;
    assert_eq!(again.bytes, first.bytes);
    let other = keyed(&gateway, &checkout("r2", None)).await;
    assert_eq!(other.error(), (422, "DUPLICATE_REQUEST".into()));
}

#[tokio::test]
async fn another_merchants_reference_is_its_own() {
    let gateway = Gateway::sandbox().await;
    let first = make(&gateway, checkout("r1", None)).await;
    let other = gateway.another_token().await;
    let own = gateway.post_as(&other, CHECKOUT, checkout("r1", None)).await;
    assert_eq!(own.status, 200);
    assert_ne!(own.json()["order_id"], first["order_id"]);
    let path = format!("{ORDERS}/{}", first["order_id"].as_str().unwrap());
    let read = gateway.call_as(&other, "GET", &path).await;
    assert_eq!(read.error(), (404, "ORDER_NOT_FOUND".into()));
    let refused = gateway.post_as("x", CHECKOUT, checkout("r1", None)).await;
    assert_eq!(refused.error(), (401, "UNAUTHORIZED".into()));
    let hosted = gateway.post_as(first["token"].as_str().unwrap(), CHECKOUT, order("r3")).await;
    assert_eq!(hosted.error(), (401, "UNAUTHORIZED".into()), "a page's token is no access token");
}

#[tokio::test]
async fn what_the_payer_gave_is_answered_in_place_of_the_merchants_details() {
    let gateway = Gateway::sandbox().await;
    let mut body = checkout("r1", None);
    body["purchase_details"] = json!({"customer": {
        "first_name": "Asha",
        "email_id": "asha@example.com",
        "customer_id": "232323",
        "is_edit_customer_details_allowed": "true",
    }});
    let answer = make(&gateway, body).await;
    let page = page(&gateway, &answer).await;
    let given = Contact {
        email: Email::parse("tara@example.in").ok(),
        mobile: MobileNumber::parse("9000000001", 9).ok(),
        ..Contact::default()
    };
    gateway.engine.change_contact(page.order.key, &given).await.unwrap();
    let read = gateway.read_order(answer["order_id"].as_str().unwrap()).await;
    let expected = json!({
        "first_name": "Asha",
        "email_id": "tara@example.in",
        "customer_id": "232323",
        "mobile_number": "9000000001",
        "country_code": "91",
        "is_edit_customer_details_allowed": true,
    });
    assert_eq!(read["purchase_details"]["customer"], expected);
    // The call's own repeat is the same deal, whatever the payer has changed.
    let again = make(&gateway, checkout("r1", None)).await;
    assert_eq!(again["order_id"], answer["order_id"]);
}
