//! Payment links: making, reading, cancelling, replaying; whose they are.

use crate::common::{Gateway, LINKS, Setup, link};
use axum::body::Body;
use axum::http::Request;
use deodar_api::Limits;
use serde_json::{Value, json};

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}"))
}

#[tokio::test]
async fn a_link_is_made_and_read_by_id_and_by_reference_with_its_order() {
    let gateway = Gateway::sandbox().await;
    let answer = gateway.post(LINKS, link("r-1_A")).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    assert_eq!(made["status"], "CREATED");
    assert_eq!(made["amount"], json!({"value": 50_000, "currency": "INR"}));
    assert_eq!(made["amount_due"], made["amount"]);
    assert_eq!(made["merchant_payment_link_reference"], "r-1_A");
    assert_eq!(made["created_at"], "2026-03-06T08:27:55.881Z");
    assert_eq!(made["expire_by"], "2026-09-02T08:27:55.881Z", "180 days");
    assert!(made["allowed_payment_methods"].as_array().unwrap().contains(&json!("CARD")));
    let slug = text(&made, "payment_link").strip_prefix("http://127.0.0.1:8080/PLUTUS/").unwrap();
    assert!(slug.len() == 7 && slug.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{slug}");

    let id = text(&made, "payment_link_id");
    for path in [format!("{LINKS}/{id}"), format!("{LINKS}/ref/r-1_A")] {
        let read = gateway.call("GET", &path).await;
        assert_eq!(read.status, 200);
        assert_eq!(read.json(), made);
    }
    let order_id = text(&made, "order_id");
    let by_id = gateway.call("GET", &format!("/api/pay/v1/orders/{order_id}")).await;
    let by_reference = gateway.call("GET", "/api/pay/v1/orders/reference/r-1_A").await;
    assert_eq!((by_id.status.as_u16(), by_reference.status.as_u16()), (200, 200));
    assert_eq!(by_id.json(), by_reference.json());
    let order = &by_id.json()["data"];
    assert_eq!(order["order_id"], made["order_id"]);
    assert_eq!(order["status"], "CREATED");
    assert_eq!(order["payments"], json!([]));
    assert_eq!(order["payment_retries_remaining"], 10);
    assert_eq!(order["merchant_id"], gateway.merchant.merchant.id.to_string());
}

#[tokio::test]
async fn every_field_of_the_documents_sample_is_answered() {
    let gateway = Gateway::sandbox().await;
    let full =
        include_str!("../../../deodar-wire/tests/wire/full_link.json").replace("2025-", "2026-");
    let answer = gateway.post(LINKS, &full).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
    let sent: Value = serde_json::from_str(&full).unwrap();
    let answered = answer.json();
    for (name, value) in sent.as_object().unwrap() {
        match name.as_str() {
            "split_info" => assert_eq!(answered[name]["split_type"], "AMOUNT"),
            "pre_auth" | "is_mcc_transaction" => assert_eq!(answered[name], json!(false)),
            "expire_by" => assert_eq!(answered[name], "2026-03-21T08:29:00.000Z"),
            _ => assert_eq!(&answered[name], value, "{name}"),
        }
    }
}

#[tokio::test]
async fn a_reference_replays_the_same_deal_and_refuses_another() {
    let gateway = Gateway::sandbox().await;
    let first = gateway.post(LINKS, link("r1")).await;
    assert_eq!(first.status, 201);
    let mut retry = link("r1");
    retry["description"] = json!("another text");
    retry["expire_by"] = json!("2026-03-07T00:00:00Z");
    retry["customer"] = json!({"first_name": "Asha"});
    for body in [link("r1"), retry] {
        let again = gateway.post(LINKS, body).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.json(), first.json());
    }
    let others = [
        ("amount", json!({"value": 50_001, "currency": "INR"})),
        ("pre_auth", json!("true")),
        ("part_payment", json!(true)),
        ("account_details", json!({"bank_details": {"account_number": "500000004545"}})),
        (
            "split_info",
            json!({"split_type": "PERCENTAGE", "split_details": [
                {"split_merchant_id": "111302", "percentage": 10},
            ]}),
        ),
    ];
    for (name, value) in others {
        let mut other = link("r1");
        other[name] = value;
        let answer = gateway.post(LINKS, other).await;
        assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()), "{name}");
    }
    let id = text(&first.json(), "payment_link_id").to_owned();
    assert_eq!(gateway.call("PUT", &format!("{LINKS}/{id}/cancel")).await.status, 200);
    let replay = gateway.post(LINKS, link("r1")).await;
    assert_eq!((replay.status.as_u16(), text(&replay.json(), "status")), (200, "CANCELLED"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_creates_make_one_link_and_all_get_it() {
    let gateway = std::sync::Arc::new(Gateway::sandbox().await);
    let mut calls = Vec::new();
    for _ in 0..50 {
        let gateway = std::sync::Arc::clone(&gateway);
        calls.push(tokio::spawn(async move { gateway.post(LINKS, link("r1")).await }));
    }
    let mut statuses = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap();
        statuses.push(answer.status.as_u16());
        ids.insert(text(&answer.json(), "payment_link_id").to_owned());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 49);
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_cancel_needs_no_body_and_no_content_type() {
    let gateway = Gateway::sandbox().await;
    for (reference, content_type) in [("a", None), ("b", Some("application/json"))] {
        let made = gateway.post(LINKS, link(reference)).await.json();
        let path = format!("{LINKS}/{}/cancel", text(&made, "payment_link_id"));
        let mut request = Request::put(&path)
            .header("authorization", format!("Bearer {}", gateway.token))
            .header("content-length", "0")
            .body(Body::empty())
            .unwrap();
        if let Some(content_type) = content_type {
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        let cancelled = gateway.send(request).await;
        assert_eq!(cancelled.status, 200);
        assert_eq!(cancelled.json()["status"], "CANCELLED");
        let again = gateway.call("PUT", &path).await;
        assert_eq!(again.error(), (422, "ORDER_CANCELLED".into()));
        let order = format!("/api/pay/v1/orders/{}", text(&made, "order_id"));
        assert_eq!(gateway.call("GET", &order).await.json()["data"]["status"], "CANCELLED");
    }
}

#[tokio::test]
async fn a_link_expires_by_the_sandbox_clock_and_is_then_not_cancelled() {
    let gateway = Gateway::sandbox().await;
    let mut body = link("r1");
    body["expire_by"] = json!("2026-03-06T09:27:55.881Z");
    let made = gateway.post(LINKS, body).await.json();
    let path = format!("{LINKS}/{}", text(&made, "payment_link_id"));
    gateway.post("/sandbox/clock", json!({"advance_seconds": 3_599})).await;
    assert_eq!(gateway.call("GET", &path).await.json()["status"], "CREATED");
    let moved = gateway.post("/sandbox/clock", json!({"advance_seconds": 1})).await;
    assert_eq!(moved.json(), json!({"now": "2026-03-06T09:27:55.881Z"}));
    assert_eq!(gateway.call("GET", &path).await.json()["status"], "EXPIRED");
    let cancelled = gateway.call("PUT", &format!("{path}/cancel")).await;
    assert_eq!(cancelled.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn there_is_no_clock_outside_a_sandbox() {
    let gateway = Gateway::with(Setup { sandbox: false, limits: Limits::NONE }).await;
    let answer = gateway.post("/sandbox/clock", json!({"advance_seconds": 1})).await;
    assert_eq!(answer.error(), (404, "NOT_FOUND".into()));
}

#[tokio::test]
async fn another_merchants_ids_answer_exactly_what_unknown_ids_answer() {
    let gateway = Gateway::sandbox().await;
    let made = gateway.post(LINKS, link("r1")).await.json();
    let (id, order) = (text(&made, "payment_link_id"), text(&made, "order_id"));
    let other = gateway.another_token().await;
    let unknown_link = "pl-v1-250306082755-aa-uT0noy";
    let unknown_order = "v1-250131113650-aa-TUzeRY";
    let pairs = [
        ("GET", format!("{LINKS}/{id}"), format!("{LINKS}/{unknown_link}")),
        ("PUT", format!("{LINKS}/{id}/cancel"), format!("{LINKS}/{unknown_link}/cancel")),
        ("GET", format!("{LINKS}/ref/r1"), format!("{LINKS}/ref/r2")),
        (
            "GET",
            format!("/api/pay/v1/orders/{order}"),
            format!("/api/pay/v1/orders/{unknown_order}"),
        ),
        ("GET", "/api/pay/v1/orders/reference/r1".into(), "/api/pay/v1/orders/reference/r2".into()),
    ];
    for (method, theirs, unknown) in pairs {
        let theirs = gateway.call_as(&other, method, &theirs).await;
        let unknown = gateway.call_as(&other, method, &unknown).await;
        let code =
            if unknown.json()["code"] == "ORDER_NOT_FOUND" { "ORDER" } else { "PAYMENT_LINK" };
        assert_eq!(unknown.error(), (404, format!("{code}_NOT_FOUND")));
        assert_eq!((theirs.status, theirs.bytes), (unknown.status, unknown.bytes));
    }
    // References are per merchant: the same one makes a link of its own.
    let own = gateway.post_as(&other, LINKS, link("r1")).await;
    assert_eq!(own.status, 201);
    assert_ne!(own.json()["payment_link_id"], made["payment_link_id"]);
    assert_eq!(gateway.call("GET", &format!("{LINKS}/{id}")).await.json(), made);
}

#[tokio::test]
async fn ids_that_cannot_be_ours_are_not_found() {
    let gateway = Gateway::sandbox().await;
    let ids = [
        "x",
        "%FF%FE",
        "%00",
        "pl-v1-250306082755-aa-uT0no",
        "pl-v1-999999999999-aa-uT0noy",
        "v1-250306082755-aa-uT0noy",
        "%2e%2e",
        "a%2Fb",
        "%F0%9F%92%B8",
        &"x".repeat(5_000),
    ];
    for id in ids {
        let cases = [
            (format!("{LINKS}/{id}"), "PAYMENT_LINK_NOT_FOUND"),
            (format!("{LINKS}/ref/{id}"), "PAYMENT_LINK_NOT_FOUND"),
            (format!("/api/pay/v1/orders/{id}"), "ORDER_NOT_FOUND"),
            (format!("/api/pay/v1/orders/reference/{id}"), "ORDER_NOT_FOUND"),
        ];
        for (path, code) in cases {
            assert_eq!(gateway.call("GET", &path).await.error(), (404, code.to_owned()), "{path}");
        }
    }
}

#[tokio::test]
async fn what_the_engine_refuses_is_named() {
    let gateway = Gateway::with(Setup { sandbox: false, limits: Limits::NONE }).await;
    let cases = [
        ("expire_by", json!("2026-03-06T08:27:55.881Z"), 400, "INVALID_REQUEST", Some("expire_by")),
        ("expire_by", json!("2026-09-02T08:27:55.882Z"), 400, "INVALID_REQUEST", Some("expire_by")),
        ("callback_url", json!("http://example.in/"), 400, "INVALID_REQUEST", Some("callback_url")),
        (
            "amount",
            json!({"value": 100, "currency": "USD"}),
            400,
            "INVALID_REQUEST",
            Some("amount.currency"),
        ),
        (
            "amount",
            json!({"value": 99, "currency": "INR"}),
            400,
            "INVALID_REQUEST",
            Some("amount.value"),
        ),
        (
            "customer",
            json!({"mobile_number": "12"}),
            400,
            "INVALID_REQUEST",
            Some("customer.mobile_number"),
        ),
    ];
    for (name, value, status, code, field) in cases {
        let mut body = link("r1");
        body[name] = value;
        let answer = gateway.post(LINKS, body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{name}");
        assert_eq!(answer.field().as_deref(), field);
    }
    // Nothing of it was kept: the reference is still free.
    let mut body = link("r1");
    body["expire_by"] = json!("2026-09-02T08:27:55.881Z");
    assert_eq!(gateway.post(LINKS, body).await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_deals_at_once_under_one_reference_one_is_made_and_the_other_refused() {
    let gateway = std::sync::Arc::new(Gateway::sandbox().await);
    let mut calls = Vec::new();
    for paise in 100..120 {
        let gateway = std::sync::Arc::clone(&gateway);
        calls.push(tokio::spawn(async move {
            let mut body = link("r1");
            body["amount"]["value"] = json!(paise);
            gateway.post(LINKS, body).await
        }));
    }
    let mut made = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        if answer.status == 201 {
            made.push(answer.json());
        } else {
            assert_eq!(answer.error(), (422, "DUPLICATE_REQUEST".into()));
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(gateway.call("GET", &format!("{LINKS}/ref/r1")).await.json(), made[0]);
}

#[tokio::test]
async fn a_link_while_an_attempt_is_in_flight_is_not_cancelled() {
    use deodar_engine::{PayRequest, acquirer};
    let gateway = Gateway::sandbox().await;
    let made = gateway.post(LINKS, link("r1")).await.json();
    let key = deodar_domain::id::parse_order_id(text(&made, "order_id")).unwrap();
    let request = PayRequest {
        instrument: acquirer::Instrument::UpiCollect(
            deodar_domain::upi::Vpa::parse("success@upi").unwrap(),
        ),
        amount: None,
        reference: deodar_domain::reference::PaymentReference::parse("p1").unwrap(),
        return_url: "http://127.0.0.1:8080/back".into(),
    };
    gateway.engine.pay(key, request).await.unwrap();
    let path = format!("{LINKS}/{}", text(&made, "payment_link_id"));
    assert_eq!(gateway.call("GET", &path).await.json()["status"], "PAYMENT_INITIATED");
    let cancelled = gateway.call("PUT", &format!("{path}/cancel")).await;
    assert_eq!(cancelled.error(), (422, "PAYMENT_PENDING".into()));
    let order = format!("/api/pay/v1/orders/{}", text(&made, "order_id"));
    let order = gateway.call("GET", &order).await.json();
    assert_eq!(order["data"]["status"], "PENDING");
    let payment = &order["data"]["payments"][0];
    assert_eq!(payment["merchant_payment_reference"], "p1");
    assert_eq!(payment["payment_option"]["upi_data"]["payer"]["vpa"], "success@upi");
    assert_eq!(payment["acquirer_data"]["rrn"], "");
}
