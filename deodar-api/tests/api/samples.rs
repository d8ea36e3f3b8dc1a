//! The request samples of the public documents, with values of our own, are sent as they stand, and
//! their answers have the shape of the documents' response samples.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS};
use crate::shape::differences;

/// A sample: what is sent, and what the documents show as its answer.
struct Sample {
    method: &'static str,
    path: &'static str,
    request: &'static str,
    status: u16,
    response: &'static str,
    /// In what our answer differs, each with its reason.
    differences: &'static [(&'static str, &'static str)],
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../samples/", $name, ".json"))
    };
}

const ALWAYS_IN_ORDERS: &str = "the documents' own payment sample has it, so every order does";
const GIVEN: &str = "the request gave it, and the sample answer is of another request";
const FLAG: &str = "flags of a link are always answered";

const SAMPLES: [Sample; 5] = [
    Sample {
        method: "POST",
        path: "/api/auth/v1/token",
        request: sample!("token.request"),
        status: 200,
        response: sample!("token.response"),
        differences: &[("extra expires_at", "the documents' table has it in place of expires_in")],
    },
    Sample {
        method: "POST",
        path: ORDERS,
        request: sample!("create_order.request"),
        status: 200,
        response: sample!("create_order.response"),
        differences: &[
            ("extra data.integration_mode", ALWAYS_IN_ORDERS),
            ("extra data.is_mcc_transaction", ALWAYS_IN_ORDERS),
            ("extra data.part_payment", ALWAYS_IN_ORDERS),
            ("extra data.payment_retries_remaining", ALWAYS_IN_ORDERS),
            (
                "extra data.purchase_details.customer.is_edit_customer_details_allowed",
                ALWAYS_IN_ORDERS,
            ),
            ("extra data.refunds", "the refunds of an order are always listed"),
        ],
    },
    Sample {
        method: "POST",
        path: "/api/payment-option/eligibility/bnpl",
        request: sample!("eligibility.request"),
        status: 200,
        response: sample!("eligibility.response"),
        differences: &[],
    },
    Sample {
        method: "POST",
        path: "/api/pay/v1/orders/{order_id}/payments",
        request: sample!("create_payment.request"),
        status: 200,
        response: sample!("create_payment.response"),
        differences: &[
            ("extra data.challenge_url", "the documents' table has it, and so has their text"),
            ("extra data.refunds", "the refunds of an order are always listed"),
        ],
    },
    Sample {
        method: "POST",
        path: LINKS,
        request: sample!("create_link.request"),
        status: 201,
        response: sample!("create_link.response"),
        differences: &[
            ("extra account_details", GIVEN),
            ("extra callback_url", GIVEN),
            ("extra cart_details", GIVEN),
            ("extra customer.gstin", GIVEN),
            ("extra customer.merchant_customer_reference", GIVEN),
            ("extra failure_callback_url", GIVEN),
            ("extra is_mcc_transaction", FLAG),
            ("extra part_payment", FLAG),
            ("extra pre_auth", FLAG),
            ("extra split_info", GIVEN),
        ],
    },
];

/// Sends a body as the documents do, their headers included.
async fn send(gateway: &Gateway, method: &str, path: &str, body: String) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .header("Request-ID", "7d8f7f0e-6d1c-4a55-8a37-5a3f0d1c2b4e")
        .header("Request-Timestamp", "2026-01-19T07:57:08.022Z")
        .body(Body::from(body));
    gateway.send(request.unwrap()).await
}

/// Makes the order that the sample of a payment's answer shows; its id.
async fn order_of_the_payment(gateway: &Gateway) -> String {
    let shown: Value = serde_json::from_str(sample!("create_payment.response")).unwrap();
    let mut body = json!({});
    for name in [
        "merchant_order_reference",
        "order_amount",
        "notes",
        "pre_auth",
        "part_payment",
        "allowed_payment_methods",
        "purchase_details",
    ] {
        body[name] = shown["data"][name].clone();
    }
    gateway.make_order(body).await
}

/// Fills in what is of one run alone.
fn filled(gateway: &Gateway, request: &str) -> String {
    request
        .replace("{client_id}", &gateway.merchant.merchant.client_id.hyphenated())
        .replace("{client_secret}", &gateway.merchant.client_secret)
        .replace("{expire_by}", "2026-03-28T13:26:06.909140Z")
}

#[track_caller]
fn assert_shaped(sample: &Sample, answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.bytes);
    assert_eq!(answer.status, sample.status, "{}: {body}", sample.path);
    let response: Value = serde_json::from_str(sample.response).unwrap();
    let mut tolerated: Vec<&str> = sample.differences.iter().map(|(what, _)| *what).collect();
    tolerated.sort_unstable();
    assert_eq!(differences(&response, &answer.json()), tolerated, "{}: {body}", sample.path);
    assert_eq!(answer.header("request-id"), Some("7d8f7f0e-6d1c-4a55-8a37-5a3f0d1c2b4e"));
}

#[tokio::test]
async fn every_sample_is_answered_with_the_shape_of_its_answer() {
    let gateway = Gateway::sandbox().await;
    let order = order_of_the_payment(&gateway).await;
    for sample in &SAMPLES {
        let body = filled(&gateway, sample.request);
        let path = sample.path.replace("{order_id}", &order);
        let answer = send(&gateway, sample.method, &path, body).await;
        assert_shaped(sample, &answer);
    }
}

/// The order sample, with the amount that the payment sample pays and its method allowed.
#[tokio::test]
async fn the_payment_sample_pays_the_order_sample() {
    let gateway = Gateway::sandbox().await;
    let mut body: Value = serde_json::from_str(sample!("create_order.request")).unwrap();
    body["order_amount"]["value"] = json!(100);
    body["allowed_payment_methods"].as_array_mut().unwrap().push(json!("BNPL"));
    let id = gateway.make_order(body).await;
    let path = format!("{ORDERS}/{id}/payments");
    let answer = send(&gateway, "POST", &path, sample!("create_payment.request").to_owned()).await;
    let shown: Value = serde_json::from_str(sample!("create_payment.response")).unwrap();
    let (shown, answered) = (&shown["data"]["payments"][0], &answer.json()["data"]["payments"][0]);
    assert_eq!(differences(shown, answered), [""; 0]);
    for name in ["status", "payment_amount", "payment_method", "payment_option"] {
        assert_eq!(answered[name], shown[name]);
    }
    for name in ["approval_code", "rrn", "is_aggregator", "acquirer_name"] {
        assert_eq!(answered["acquirer_data"][name], shown["acquirer_data"][name]);
    }
}

/// The documents' sample of the eligibility call has no token, and their text says that it needs
/// one.
#[tokio::test]
async fn the_eligibility_sample_without_a_token_is_refused() {
    let gateway = Gateway::sandbox().await;
    let request = Request::post("/api/payment-option/eligibility/bnpl")
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(Body::from(sample!("eligibility.request")));
    let answer = gateway.send(request.unwrap()).await;
    assert_eq!(answer.error(), (401, "UNAUTHORIZED".into()));
}

#[tokio::test]
async fn what_a_sample_said_is_read_again_as_it_was_answered() {
    let gateway = Gateway::sandbox().await;
    let request = filled(&gateway, sample!("create_order.request"));
    let made = send(&gateway, "POST", ORDERS, request.clone()).await.json();
    let id = made["data"]["order_id"].as_str().unwrap();
    for path in [format!("{ORDERS}/{id}"), format!("{ORDERS}/reference/774401")] {
        assert_eq!(gateway.call("GET", &path).await.json(), made);
    }
    assert_said(&serde_json::from_str(&request).unwrap(), &made["data"]);

    let request = filled(&gateway, sample!("create_link.request"));
    let made = send(&gateway, "POST", LINKS, request.clone()).await.json();
    let id = made["payment_link_id"].as_str().unwrap();
    for path in [format!("{LINKS}/{id}"), format!("{LINKS}/ref/5550001234")] {
        assert_eq!(gateway.call("GET", &path).await.json(), made);
    }
    assert_said(&serde_json::from_str(&request).unwrap(), &made);
}

fn set(names: &Value) -> std::collections::BTreeSet<&str> {
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// Fails where an answer does not say all that was sent.
#[track_caller]
fn assert_said(sent: &Value, answer: &Value) {
    match (sent, answer) {
        (Value::Object(sent), Value::Object(_)) => {
            for (name, value) in sent {
                match name.as_str() {
                    // References are answered as text, and so are flags as flags.
                    "merchant_order_reference" => assert_eq!(answer[name], value.to_string()),
                    "pre_auth" | "is_mcc_transaction" => assert_eq!(answer[name], false),
                    // Methods are answered in one order, whatever order they came in.
                    "allowed_payment_methods" => assert_eq!(set(&answer[name]), set(value)),
                    "expire_by" => assert_eq!(answer[name], "2026-03-28T13:26:06.909Z"),
                    // What the gateway itself decides of a split is not read.
                    "split_settlement_id" | "status" | "updated_at" => {
                        assert!(answer.get(name).is_none(), "{name}");
                    }
                    _ => assert_said(value, &answer[name]),
                }
            }
        }
        (Value::Array(sent), Value::Array(answer)) => {
            assert_eq!(sent.len(), answer.len());
            for (sent, answer) in sent.iter().zip(answer) {
                assert_said(sent, answer);
            }
        }
        _ => assert_eq!(sent, answer),
    }
}
