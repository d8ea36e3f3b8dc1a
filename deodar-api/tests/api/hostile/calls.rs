//! Every call with a body, and what is done to the bodies.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS, ORDERS, REFUNDS, order};
use crate::limits::fields::pointer;

/// A call with a body that would go well.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
}

/// Every call with a body.
pub(super) async fn calls(gateway: &Gateway) -> Vec<Call> {
    let id = gateway.make_order(order("hostile")).await;
    let payment = crate::payments::card("p1", "4012001037141112");
    let of_payment = json!({"payment_id": format!("{id}-cc-a")});
    let mut otp = of_payment.clone();
    otp["otp"] = json!("123456");
    let text = include_str!("../../samples/create_link.request.json");
    let full_link: Value = serde_json::from_str(text).unwrap();
    let text = include_str!("../../samples/create_order.request.json");
    let full_order: Value = serde_json::from_str(text).unwrap();
    let mut full_checkout = full_order.clone();
    full_checkout["integration_mode"] = json!("IFRAME");
    let amount = json!({"value": 500, "currency": "INR"});
    let capture = json!({"merchant_capture_reference": "c", "capture_amount": amount});
    let refund = json!({"merchant_order_reference": "r", "order_amount": amount});
    let text = include_str!("../../samples/eligibility.request.json");
    let eligibility: Value = serde_json::from_str(text).unwrap();
    let token = json!({"client_id": "i", "client_secret": "s", "grant_type": "g"});
    let post = |path: &str, body: Value| Call { method: "POST", path: path.into(), body };
    vec![
        post("/api/auth/v1/token", token),
        post(LINKS, full_link),
        post(ORDERS, full_order),
        post("/api/checkout/v1/orders", full_checkout),
        post(&format!("{ORDERS}/{id}/payments"), payment),
        post("/api/pay/v1/otp/submit", otp),
        post("/api/pay/v1/otp/resend", of_payment.clone()),
        post("/api/pay/v1/otp/generate", of_payment),
        post(&format!("{REFUNDS}/{id}"), refund),
        post("/api/payment-option/eligibility/bnpl", eligibility),
        post("/sandbox/clock", json!({"advance_seconds": 1})),
        Call { method: "PUT", path: format!("{ORDERS}/{id}/capture"), body: capture },
    ]
}

pub(super) async fn send(gateway: &Gateway, call: &Call, body: impl Into<Body>) -> Answer {
    send_typed(gateway, call, Some("application/json"), body).await
}

pub(super) async fn send_typed(
    gateway: &Gateway,
    call: &Call,
    content_type: Option<&str>,
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder()
        .method(call.method)
        .uri(&call.path)
        .header("authorization", format!("Bearer {}", gateway.token));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    gateway.send(request.body(body.into()).unwrap()).await
}

#[track_caller]
pub(super) fn assert_refused(answer: &Answer, call: &Call, what: &str) {
    assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{} {what:.80}", call.path);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.len() < 200, "{message}");
}

/// Nothing was made but the one order that the paths name.
pub(super) async fn assert_nothing_was_done(gateway: &Gateway) {
    let list = "start_date=2026-03-06&end_date=2026-03-06";
    let orders = gateway.call("GET", &format!("/api/mcp/v1/order/details?{list}")).await.json();
    let orders = orders["data"].as_array().unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!((&orders[0]["status"], &orders[0]["payments"]), (&json!("CREATED"), &json!([])));
}

/// JSON in which the field at `path` says `replacement`, as it stands.
pub(super) fn raw(value: &Value, path: &str, at: &str, replacement: &str) -> String {
    if path == at {
        return replacement.to_owned();
    }
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                let dot = if path.is_empty() { "" } else { "." };
                let inside = raw(value, &format!("{path}{dot}{name}"), at, replacement);
                format!("{}:{inside}", json!(name))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => {
            let elements = elements.iter().enumerate();
            let elements = elements
                .map(|(index, value)| raw(value, &format!("{path}[{index}]"), at, replacement));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// JSON in which the field at `at` stands twice.
pub(super) fn doubled(body: &Value, at: &str) -> String {
    let value = body.pointer(&pointer(at)).unwrap();
    let name = json!(at.rsplit('.').next().unwrap());
    raw(body, "", at, &format!("{value},{name}:{value}"))
}

/// Whether nobody reads the field at `path` of a full request.
pub(super) fn is_unread(path: &str) -> bool {
    let of_split =
        ["split_settlement_id", "status", "updated_at"].iter().any(|name| path.ends_with(name));
    path.contains("split_details[0]") && of_split
}
