//! `POST /api/pay/v1/orders/{order_id}/payments`, with the simulator.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, link};

pub(crate) const GOOD_CARD: &str = "4012001037141112";
pub(crate) const SUBMIT: &str = "/api/pay/v1/otp/submit";
pub(crate) const RESEND: &str = "/api/pay/v1/otp/resend";
pub(crate) const GENERATE: &str = "/api/pay/v1/otp/generate";

pub(crate) fn payment(reference: &str, method: &str, option: &Value) -> Value {
    json!({"payments": [{
        "merchant_payment_reference": reference,
        "payment_method": method,
        "payment_amount": {"value": 50_000, "currency": "INR"},
        "payment_option": option,
        "device_info": {"browser_user_agent": "agent"},
    }]})
}

pub(crate) fn card(reference: &str, number: &str) -> Value {
    let details = json!({
        "name": "", "card_number": number, "cvv": "739",
        "expiry_month": "12", "expiry_year": "2049", "save": false,
    });
    payment(reference, "CARD", &json!({ "card_details": details }))
}

pub(crate) fn upi(reference: &str, details: &Value) -> Value {
    payment(reference, "UPI", &json!({ "upi_details": details }))
}

/// Makes an order with `changes`; its id.
pub(crate) async fn order_with(gateway: &Gateway, reference: &str, changes: Value) -> String {
    let mut body = link(reference);
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = gateway.post(LINKS, body).await;
    assert_eq!(made.status, 201);
    made.json()["order_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn order(gateway: &Gateway, reference: &str) -> String {
    order_with(gateway, reference, json!({})).await
}

pub(crate) async fn pay(gateway: &Gateway, order: &str, body: Value) -> Answer {
    gateway.post(&format!("/api/pay/v1/orders/{order}/payments"), body).await
}

pub(crate) async fn read(gateway: &Gateway, order: &str) -> Value {
    let answer = gateway.call("GET", &format!("/api/pay/v1/orders/{order}")).await;
    assert_eq!(answer.status, 200);
    answer.json()["data"].clone()
}

/// Pays an order by a card that asks for a password; the id of the payment.
pub(crate) async fn pending_card(gateway: &Gateway, order: &str, number: &str) -> String {
    let answer = pay(gateway, order, card("p1", number)).await;
    assert_eq!(answer.status, 200);
    let data = answer.json()["data"].clone();
    assert_eq!(data["status"], "PENDING");
    data["payments"][0]["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn submit(gateway: &Gateway, payment: &str, otp: &str) -> Answer {
    gateway.post(SUBMIT, json!({"payment_id": payment, "otp": otp})).await
}

#[tokio::test]
async fn a_card_is_pending_with_a_challenge_url_until_the_password() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let answer = pay(&gateway, &id, card("p1", GOOD_CARD)).await;
    assert_eq!(answer.status, 200);
    let data = answer.json()["data"].clone();
    assert_eq!(data["order_id"], json!(id));
    assert_eq!(data["payment_retries_remaining"], 9);
    let url = data["challenge_url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:8080/web/auth/landing/?token="), "{url}");
    let made = &data["payments"][0];
    assert_eq!(made["id"], json!(format!("{id}-cc-a")));
    assert_eq!((&made["status"], &made["payment_method"]), (&json!("PENDING"), &json!("CARD")));
    assert_eq!(made["merchant_payment_reference"], "p1");
    assert_eq!(made["payment_option"]["card_data"]["last4_digit"], "1112");
    assert_eq!(
        (&made["acquirer_data"]["approval_code"], &made["acquirer_data"]["rrn"]),
        (&json!(""), &json!(""))
    );
    assert!(!String::from_utf8_lossy(&answer.bytes).contains(GOOD_CARD));
    assert_eq!(read(&gateway, &id).await, data, "GET tells the same");

    let done = submit(&gateway, made["id"].as_str().unwrap(), "123456").await;
    assert_eq!((done.status.as_u16(), done.json()), (200, json!({"status": "SUCCESS"})));
    let paid = read(&gateway, &id).await;
    assert_eq!(
        (&paid["status"], &paid["payments"][0]["status"]),
        (&json!("PROCESSED"), &json!("PROCESSED"))
    );
    assert!(paid.get("challenge_url").is_none());
    assert_ne!(paid["payments"][0]["acquirer_data"]["approval_code"], "");
}

#[tokio::test]
async fn upi_and_netbanking_answer_what_the_payer_needs() {
    let gateway = Gateway::sandbox().await;
    for (number, (details, qr)) in [
        (json!({"txn_mode": "INTENT"}), None),
        (json!({"txn_mode": "INTENT", "upi_qr": true}), Some(true)),
    ]
    .into_iter()
    .enumerate()
    {
        let id = order(&gateway, &format!("intent{number}")).await;
        let data = pay(&gateway, &id, upi("p1", &details)).await.json()["data"].clone();
        let option = &data["payments"][0]["payment_option"];
        assert_eq!(option["upi_data"], option["upi_details"]);
        let told = &option["upi_details"];
        let intent = told["intent_url"].as_str().unwrap();
        assert!(intent.starts_with("upi://pay?pa=") && intent.ends_with("&cu=INR"), "{intent}");
        assert_eq!(
            (&told["txn_mode"], told.get("upi_qr").and_then(Value::as_bool)),
            (&json!("INTENT"), qr)
        );
        let challenge = data["challenge_url"].as_str().unwrap();
        let image =
            challenge.replace("/web/auth/landing/?token=", "/web/auth/landing/qr.png?token=");
        assert_eq!(data.get("image_url"), qr.map(|_| json!(image)).as_ref());
        assert_eq!(read(&gateway, &id).await, data, "GET answers the same");
    }
    let id = order(&gateway, "collect").await;
    let collect = upi("p1", &json!({"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}}));
    let data = pay(&gateway, &id, collect).await.json()["data"].clone();
    let told = &data["payments"][0]["payment_option"]["upi_data"];
    assert_eq!(told, &json!({"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}}));
    assert!(data["challenge_url"].is_string());

    let id = order(&gateway, "bank").await;
    let bank = json!({"netbanking_details": {"pay_code": "NB1531", "txn_mode": "REDIRECT"}});
    let data = pay(&gateway, &id, payment("p1", "NETBANKING", &bank)).await.json()["data"].clone();
    assert_eq!(data["payments"][0]["payment_option"]["netbanking_data"]["pay_code"], "NB1531");
    assert!(data["challenge_url"].is_string());
}

#[tokio::test]
async fn a_payment_that_was_declined_is_stored_and_answers_200() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let answer = pay(&gateway, &id, card("p1", "4100000000000019")).await;
    assert_eq!(answer.status, 200);
    let data = answer.json()["data"].clone();
    assert_eq!(
        (&data["status"], &data["payment_retries_remaining"]),
        (&json!("ATTEMPTED"), &json!(9))
    );
    assert!(data.get("challenge_url").is_none());
    let failed = &data["payments"][0];
    assert_eq!(
        (&failed["status"], &failed["error_detail"]["code"]),
        (&json!("FAILED"), &json!("RISK_CHECK_FAILED"))
    );
    assert!(failed["error_detail"]["message"].is_string());
    let next = pay(&gateway, &id, card("p2", GOOD_CARD)).await.json()["data"].clone();
    assert_eq!(next["payments"][0]["id"], json!(format!("{id}-cc-b")), "newest first");
}

#[tokio::test]
async fn a_reference_makes_one_payment() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let calls = (0..8).map(|_| pay(&gateway, &id, card("p1", GOOD_CARD)));
    let answers = futures::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer.status, 200);
        let data = answer.json()["data"].clone();
        assert_eq!(data["payments"].as_array().unwrap().len(), 1);
        assert_eq!(data["payments"][0]["id"], json!(format!("{id}-cc-a")));
        assert!(data["challenge_url"].is_string());
    }
    // Whatever else differs, it is the same payment: cards are not compared.
    let again = pay(&gateway, &id, card("p1", "5123456789012346")).await;
    let data = again.json()["data"].clone();
    assert_eq!(data["payments"][0]["payment_option"]["card_data"]["last4_digit"], "1112");
    let mut less = card("p1", GOOD_CARD);
    less["payments"][0]["payment_amount"]["value"] = json!(49_999);
    let other_method = upi("p1", &json!({"txn_mode": "INTENT"}));
    for other in [less, other_method] {
        let refused = pay(&gateway, &id, other).await;
        assert_eq!(refused.error(), (422, "DUPLICATE_REQUEST".into()));
        assert_eq!(refused.field().unwrap(), "payments[0].merchant_payment_reference");
    }
    let other = pay(&gateway, &id, card("p2", GOOD_CARD)).await;
    assert_eq!(other.error(), (422, "PAYMENT_PENDING".into()));
    submit(&gateway, &format!("{id}-cc-a"), "123456").await;
    let late = pay(&gateway, &id, card("p1", GOOD_CARD)).await.json()["data"].clone();
    assert_eq!(late["status"], "PROCESSED");
    let over = pay(&gateway, &id, card("p2", GOOD_CARD)).await;
    assert_eq!(over.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn references_belong_to_their_order() {
    let gateway = Gateway::sandbox().await;
    for reference in ["o1", "o2"] {
        let id = order(&gateway, reference).await;
        let data = pay(&gateway, &id, card("p1", GOOD_CARD)).await.json()["data"].clone();
        assert_eq!(data["payments"][0]["id"], json!(format!("{id}-cc-a")));
    }
}

#[tokio::test]
async fn what_makes_no_attempt_names_its_field() {
    let gateway = Gateway::sandbox().await;
    let id =
        order_with(&gateway, "o1", json!({"allowed_payment_methods": ["CARD", "WALLET"]})).await;
    let amount = |value: u64| {
        let mut body = card("p1", GOOD_CARD);
        body["payments"][0]["payment_amount"]["value"] = json!(value);
        body
    };
    let mut expired = card("p1", GOOD_CARD);
    expired["payments"][0]["payment_option"]["card_details"]["expiry_year"] = json!("2025");
    let mut dollars = card("p1", GOOD_CARD);
    dollars["payments"][0]["payment_amount"]["currency"] = json!("USD");
    let mut two = card("p1", GOOD_CARD);
    let one = two["payments"][0].clone();
    two["payments"].as_array_mut().unwrap().push(one);
    let option = "payments[0].payment_option";
    let cases = [
        (amount(49_999), 400, "INVALID_REQUEST", "payments[0].payment_amount.value".to_owned()),
        (amount(50_001), 400, "INVALID_REQUEST", "payments[0].payment_amount.value".to_owned()),
        (amount(99), 400, "INVALID_REQUEST", "payments[0].payment_amount.value".to_owned()),
        (dollars, 400, "INVALID_REQUEST", "payments[0].payment_amount.currency".to_owned()),
        (
            card("p1", "4012001037141113"),
            400,
            "INVALID_REQUEST",
            format!("{option}.card_details.card_number"),
        ),
        (expired, 400, "INVALID_REQUEST", format!("{option}.card_details.expiry_year")),
        (two, 400, "INVALID_REQUEST", "payments[1].merchant_payment_reference".to_owned()),
        (
            upi("p1", &json!({"txn_mode": "INTENT"})),
            422,
            "PAYMENT_METHOD_NOT_ENABLED",
            "payments[0].payment_method".to_owned(),
        ),
    ];
    for (body, status, code, field) in cases {
        let answer = pay(&gateway, &id, body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{field}");
        assert_eq!(answer.field(), Some(field));
    }
    assert_eq!(read(&gateway, &id).await["payments"], json!([]));
}

#[tokio::test]
async fn orders_of_others_are_unknown() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    let token = gateway.another_token().await;
    for id in [id.as_str(), "v1-260306082755-aa-000000", "nonsense"] {
        let path = format!("/api/pay/v1/orders/{id}/payments");
        for body in [card("p1", GOOD_CARD), upi("p1", &json!({"txn_mode": "INTENT"}))] {
            let answer = gateway.post_as(&token, &path, body).await;
            assert_eq!(answer.error(), (404, "ORDER_NOT_FOUND".into()));
        }
    }
    let other_method = payment.replace("-cc-", "-up-");
    for (path, id) in [(SUBMIT, &payment), (RESEND, &payment), (GENERATE, &other_method)] {
        let body = json!({"payment_id": id, "otp": "123456"});
        let answer = gateway.post_as(&token, path, body.clone()).await;
        assert_eq!(answer.error(), (404, "PAYMENT_NOT_FOUND".into()));
    }
    for id in [other_method.as_str(), "nonsense", "v1-260306082755-aa-000000-cc-a"] {
        let answer = submit(&gateway, id, "123456").await;
        assert_eq!(answer.error(), (404, "PAYMENT_NOT_FOUND".into()), "{id}");
    }
    assert_eq!(read(&gateway, &id).await["status"], "PENDING");
}

#[tokio::test]
async fn a_links_end_ends_its_payments_by_api() {
    let gateway = Gateway::sandbox().await;
    let soon = json!({"expire_by": "2026-03-06T08:30:00Z"});
    let id = order_with(&gateway, "o1", soon).await;
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    gateway.clock.advance(200);
    // One in flight may still be paid.
    assert_eq!(submit(&gateway, &payment, "123456").await.status, 200);
    assert_eq!(read(&gateway, &id).await["status"], "PROCESSED");

    let soon = json!({"expire_by": "2026-03-06T08:35:00Z"});
    let id = order_with(&gateway, "o2", soon).await;
    gateway.clock.advance(600);
    let late = pay(&gateway, &id, card("p1", GOOD_CARD)).await;
    assert_eq!(late.error(), (422, "OPERATION_NOT_ALLOWED".into()));
    let made = gateway.post(LINKS, link("o3")).await.json();
    let link_id = made["payment_link_id"].as_str().unwrap();
    gateway.call("PUT", &format!("{LINKS}/{link_id}/cancel")).await;
    let late = pay(&gateway, made["order_id"].as_str().unwrap(), card("p1", GOOD_CARD)).await;
    assert_eq!(late.error(), (422, "ORDER_CANCELLED".into()));
}

#[tokio::test]
async fn parts_are_paid_where_the_order_allows_them() {
    let gateway = Gateway::sandbox().await;
    let id = order_with(&gateway, "o1", json!({"part_payment": true})).await;
    let part = |reference: &str, value: u64| {
        let mut body = card(reference, GOOD_CARD);
        body["payments"][0]["payment_amount"]["value"] = json!(value);
        body
    };
    assert_eq!(pay(&gateway, &id, part("p1", 20_000)).await.status, 200);
    submit(&gateway, &format!("{id}-cc-a"), "123456").await;
    assert_eq!(read(&gateway, &id).await["status"], "PENDING");
    let small = pay(&gateway, &id, part("p2", 29_901)).await;
    assert_eq!(small.field().as_deref(), Some("payments[0].payment_amount.value"));
    assert_eq!(pay(&gateway, &id, part("p2", 30_000)).await.status, 200);
    submit(&gateway, &format!("{id}-cc-b"), "123456").await;
    assert_eq!(read(&gateway, &id).await["status"], "PROCESSED");
}

#[tokio::test]
async fn a_silent_bank_leaves_the_payment_pending() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let silent = upi("p1", &json!({"txn_mode": "COLLECT", "payer": {"vpa": "timeout@upi"}}));
    let answer = pay(&gateway, &id, silent.clone()).await;
    assert_eq!(answer.status, 200);
    let data = answer.json()["data"].clone();
    assert_eq!(data["payments"][0]["status"], "PENDING");
    assert!(data["challenge_url"].is_string(), "the page waits until it is known");
    assert_eq!(pay(&gateway, &id, silent).await.json()["data"], data);
}

#[tokio::test]
async fn an_idempotency_key_holds_for_payments_and_does_not_compare_cards() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let keyed = async |body: &Value| {
        let request = Request::post(format!("/api/pay/v1/orders/{id}/payments"))
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-type", "application/json")
            .header("idempotency-key", "k1")
            .body(Body::from(body.to_string()));
        gateway.send(request.unwrap()).await
    };
    let first = keyed(&card("p1", GOOD_CARD)).await;
    assert_eq!(first.status, 200);
    submit(&gateway, &format!("{id}-cc-a"), "123456").await;
    let again = keyed(&card("p1", "5123456789012346")).await;
    assert_eq!((again.status, again.bytes), (first.status, first.bytes));
    let other = keyed(&card("p2", GOOD_CARD)).await;
    assert_eq!(other.error(), (422, "DUPLICATE_REQUEST".into()));
    assert_eq!(other.field().as_deref(), Some("Idempotency-Key"));
}

#[tokio::test]
async fn an_order_without_a_link_is_held_and_captured() {
    let gateway = Gateway::sandbox().await;
    let order = json!({
        "merchant_order_reference": "o1", "pre_auth": true,
        "order_amount": {"value": 50_000, "currency": "INR"},
    });
    let made = gateway.post("/api/pay/v1/orders", order.clone()).await;
    assert_eq!(made.status, 200);
    let id = made.json()["data"]["order_id"].as_str().unwrap().to_owned();
    let payment = pending_card(&gateway, &id, GOOD_CARD).await;
    let again = gateway.post("/api/pay/v1/orders", order).await.json()["data"].clone();
    assert_eq!(again, read(&gateway, &id).await, "a replay tells where the payer goes, too");
    assert_eq!(submit(&gateway, &payment, "123456").await.status, 200);
    let data = read(&gateway, &id).await;
    assert_eq!(
        (&data["status"], &data["payments"][0]["status"]),
        (&json!("AUTHORIZED"), &json!("AUTHORIZED"))
    );
}
