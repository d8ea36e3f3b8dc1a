//! The legacy Pay by Link API.

mod codes;
mod forms;
mod logins;
mod returns;
mod samples;
mod status;
mod stories;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, Gateway, LINKS};

const CREATE: &str = "/api/PaymentURL/CreatePaymentURL";
const RESEND: &str = "/api/PaymentURL/ResendSmsEmail";
const STATUS: &str = "/api/PaymentURL/GetStatus";
const CALLS: [&str; 3] = [CREATE, RESEND, STATUS];

/// A field of a form; one without a value is not sent.
type Field<'a> = (&'a str, Option<&'a str>);

/// The fields of a link over ₹500.00, payable by card.
const LINK: [Field<'static>; 3] =
    [("AMOUNT", Some("50000")), ("REFERENCE_NO", Some("pl_1")), ("PAYMENT_MODE", Some("1"))];

/// `LINK` with these fields in place of its own, or beside them.
fn link_with<'a>(changes: &[Field<'a>]) -> Vec<Field<'a>> {
    over(&LINK, changes)
}

fn over<'a>(fields: &[Field<'a>], changes: &[Field<'a>]) -> Vec<Field<'a>> {
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = fields.iter().filter(|(name, _)| !is_changed(name));
    kept.chain(changes).copied().collect()
}

fn encoded(fields: &[Field<'_>]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.finish()
}

/// Posts a body as a form.
async fn post(gateway: &Gateway, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into());
    gateway.send(request.unwrap()).await
}

/// Calls with the merchant's credentials and these fields, which may replace them.
async fn call(gateway: &Gateway, path: &str, fields: &[Field<'_>]) -> Value {
    let merchant = &gateway.merchant.merchant;
    let (id, code) = (merchant.id.to_string(), merchant.access_code.hyphenated());
    let credentials =
        [("MERCHANT_ID", Some(id.as_str())), ("MERCHANT_ACCESS_CODE", Some(code.as_str()))];
    let answer = post(gateway, path, encoded(&over(&credentials, fields))).await;
    assert_eq!(answer.status, 200, "{fields:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

/// A refusal as it is answered: its code and message, and nothing else.
fn refused(code: i8, message: &str) -> Value {
    json!({"RESPONSE_CODE": code, "RESPONSE_MESSAGE": message})
}

fn failure() -> Value {
    refused(-1, "FAILURE")
}

/// Makes a link; the answer.
async fn make(gateway: &Gateway, changes: &[Field<'_>]) -> Value {
    let made = call(gateway, CREATE, &link_with(changes)).await;
    assert_eq!(made["RESPONSE_CODE"], 1, "{changes:?}: {made}");
    made
}

/// Where the link of a reference stands.
async fn status(gateway: &Gateway, reference: &str) -> Value {
    let status = call(gateway, STATUS, &[("REFERENCE_NO", Some(reference))]).await;
    assert_eq!(status["RESPONSE_CODE"], 1, "{status}");
    assert_eq!(status["TXN_STATUS"], "7");
    status
}

/// The same link as the v2 API tells it. The reference is percent-encoded in its path.
async fn v2_link(gateway: &Gateway, reference: &str) -> Value {
    let read = gateway.call("GET", &format!("{LINKS}/ref/{}", in_path(reference))).await;
    assert_eq!(read.status, 200, "{reference}");
    read.json()
}

fn in_path(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("{name} of {object}"))
}
