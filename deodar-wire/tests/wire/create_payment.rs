//! `POST /api/pay/v1/orders/{order_id}/payments` and the one-time passwords: every field, one
//! inside and one outside of every limit.

use deodar_domain::id::PaymentId;
use deodar_domain::key::KeyMint;
use deodar_domain::method::Method;
use deodar_domain::time::Timestamp;
use deodar_wire::{
    CreatePayment, InvalidCreatePayment, OtpAnswerJson, PayWith, SendOtp, SubmitOtp, WrongOtpJson,
};
use serde_json::{Value, json};

const CARD: &str = "/payments/0/payment_option/card_details";
const UPI: &str = "/payments/0/payment_option/upi_details";
const BANK: &str = "/payments/0/payment_option/netbanking_details";

fn body(method: &str) -> Value {
    json!({"payments": [{
        "merchant_payment_reference": "c17ce30f-f88e-4f81-ada1-c3b4909ed235",
        "payment_method": method,
        "payment_amount": {"value": 1100, "currency": "INR"},
        "payment_option": {
            "card_details": {
                "name": "Kevin Bob", "card_number": "4012001037141112", "cvv": "123",
                "expiry_month": "04", "expiry_year": "2029", "save": false,
            },
            "upi_details": {"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}},
            "netbanking_details": {"pay_code": "NB1531", "txn_mode": "REDIRECT"},
        },
        "device_info": {"source_ip_address": "192.0.2.1", "more": [1, {"a": null}]},
    }]})
}

fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(name.to_owned(), value);
        }
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other}"),
    }
}

fn with(method: &str, pointer: &str, value: Value) -> String {
    let mut body = body(method);
    set(&mut body, pointer, value);
    body.to_string()
}

fn parse(body: &str) -> Result<CreatePayment, InvalidCreatePayment> {
    CreatePayment::parse(body.as_bytes())
}

/// The field that a refusal names, and its message.
#[track_caller]
fn refusal(body: &str) -> (String, String) {
    match parse(body) {
        Err(InvalidCreatePayment::Malformed(refusal)) => {
            (refusal.field.unwrap_or_default(), refusal.message)
        }
        other => panic!("{other:?}: {body}"),
    }
}

fn path(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace("/0", "[0]").replace('/', ".")
}

#[test]
fn every_method_is_read() {
    let card = parse(&body("card").to_string()).unwrap();
    assert_eq!(card.reference.as_str(), "c17ce30f-f88e-4f81-ada1-c3b4909ed235");
    assert_eq!(card.amount.minor(), 1_100);
    let PayWith::Card { number, cvv, expiry, name } = card.with else { panic!("no card") };
    assert_eq!((number.expose(), cvv.expose()), ("4012001037141112", "123"));
    assert_eq!((expiry.month(), expiry.year(), name.as_str()), (4, 2029, "Kevin Bob"));

    let collect = parse(&body("UPI").to_string()).unwrap().with;
    assert!(matches!(collect, PayWith::UpiCollect(vpa) if vpa.as_str() == "success@upi"));
    for (details, wanted) in [
        (json!({"txn_mode": "INTENT"}), false),
        (json!({"txn_mode": "intent", "upi_qr": true}), true),
        (json!({"txn_mode": "INTENT", "upi_qr": false, "payer": {}}), false),
    ] {
        let intent = parse(&with("UPI", UPI, details)).unwrap().with;
        assert!(matches!(intent, PayWith::UpiIntent { qr } if qr == wanted));
    }
    let bank = parse(&body("NETBANKING").to_string()).unwrap().with;
    assert!(matches!(bank, PayWith::Netbanking(code) if code.as_str() == "NB1531"));
    for method in Method::ALL.into_iter().skip(3) {
        let other = parse(&body(method.name()).to_string()).unwrap().with;
        assert!(matches!(other, PayWith::Other(other) if other == method));
    }
}

#[test]
fn every_field_has_one_value_inside_and_one_outside_of_its_limit() {
    let field = |details: &str, name: &str| format!("{details}/{name}");
    let reference = "/payments/0/merchant_payment_reference".to_owned();
    let value = "/payments/0/payment_amount/value".to_owned();
    let currency = "/payments/0/payment_amount/currency".to_owned();
    let long = |length: usize| json!("x".repeat(length));
    let cases = [
        ("UPI", reference.clone(), long(50), long(51)),
        ("UPI", reference.clone(), json!("a b/ü"), json!("a\u{7}b")),
        ("UPI", reference, json!(112_345), json!("")),
        ("UPI", value.clone(), json!(100), json!(99)),
        ("UPI", value.clone(), json!(100_000_000), json!(100_000_001)),
        ("UPI", value, json!(1100), json!("1100")),
        ("UPI", currency, json!("INR"), json!("XXX")),
        ("CARD", field(CARD, "name"), json!(""), long(101)),
        ("CARD", field(CARD, "name"), Value::Null, json!("a\nb")),
        ("CARD", field(CARD, "card_number"), json!("4012 0010 3714 1112"), json!("4012")),
        ("CARD", field(CARD, "card_number"), json!("6074820000000009"), json!("4012001037141113")),
        ("CARD", field(CARD, "card_number"), json!("5123456789012346"), Value::Null),
        ("CARD", field(CARD, "cvv"), json!("000"), json!("1234")),
        ("CARD", field(CARD, "cvv"), json!("999"), json!("12a")),
        ("CARD", field(CARD, "cvv"), json!("123"), json!(123)),
        ("CARD", field(CARD, "expiry_month"), json!("12"), json!("13")),
        ("CARD", field(CARD, "expiry_month"), json!(1), json!("00")),
        ("CARD", field(CARD, "expiry_year"), json!("29"), json!("029")),
        ("CARD", field(CARD, "expiry_year"), json!(2029), json!("")),
        ("CARD", field(CARD, "save"), json!(true), json!("yes")),
        ("UPI", field(UPI, "txn_mode"), json!("collect"), json!("PULL")),
        ("UPI", field(UPI, "txn_mode"), json!("INTENT"), json!("")),
        ("UPI", field(UPI, "upi_qr"), json!(false), json!("no")),
        ("UPI", field(UPI, "upi_qr"), Value::Null, json!(true)),
        ("UPI", format!("{UPI}/payer/vpa"), json!("a@b"), json!("a@b@c")),
        ("UPI", format!("{UPI}/payer/vpa"), json!(format!("{}@b", "a".repeat(253))), json!("")),
        ("NETBANKING", field(BANK, "pay_code"), long(20), long(21)),
        ("NETBANKING", field(BANK, "pay_code"), json!("NB1531"), json!("NB 1531")),
        ("NETBANKING", field(BANK, "txn_mode"), Value::Null, json!("<b>")),
        ("UPI", "/payments/0/device_info".to_owned(), json!({}), json!("text")),
    ];
    for (method, pointer, inside, outside) in cases {
        if let Err(refusal) = parse(&with(method, &pointer, inside.clone())) {
            panic!("{pointer} refuses {inside}: {refusal}");
        }
        let (field, message) = refusal(&with(method, &pointer, outside.clone()));
        assert_eq!(field, path(&pointer), "{outside}: {message}");
    }
}

#[test]
fn what_a_method_needs_must_be_there() {
    for (method, details) in [("CARD", CARD), ("UPI", UPI), ("NETBANKING", BANK)] {
        for absent in [Value::Null, json!("")] {
            assert_eq!(refusal(&with(method, details, absent)).0, path(details));
        }
        let none = with(method, "/payments/0/payment_option", Value::Null);
        assert_eq!(refusal(&none).0, path(details));
    }
    assert_eq!(refusal(&with("UPI", &format!("{UPI}/payer"), Value::Null)).0, path(UPI) + ".payer");
    for method in ["", "CASH"] {
        let (field, message) = refusal(&body(method).to_string());
        assert_eq!(field, "payments[0].payment_method");
        assert_eq!(message, "Payment method is missing/invalid");
    }
}

#[test]
fn a_call_has_one_payment() {
    for (body, field) in [
        ("{}", "payments"),
        (r#"{"payments":[]}"#, "payments"),
        (r#"{"payments":null}"#, "payments"),
        (r#"{"payments":[null]}"#, "payments"),
        (r#"{"payments":{}}"#, "payments"),
        (r#"{"payments":[[]]}"#, "payments[0]"),
        ("[]", ""),
        ("", ""),
    ] {
        assert_eq!(refusal(body).0, field, "{body}");
    }
    let mut two = body("UPI");
    let one = two["payments"][0].clone();
    two["payments"].as_array_mut().unwrap().push(one);
    let refused = parse(&two.to_string()).unwrap_err();
    assert_eq!(refused, InvalidCreatePayment::SeveralPayments);
}

#[test]
fn nothing_of_a_card_is_repeated() {
    let secrets = ["4012001037141113", "40120010371411120000", "9876543"];
    for (name, secret) in [
        ("card_number", json!(secrets[0])),
        ("card_number", json!(secrets[1])),
        ("card_number", json!(4_012_001_037_141_113_u64)),
        ("card_number", json!([secrets[0]])),
        ("cvv", json!(secrets[2])),
        ("cvv", json!(9_876_543)),
        ("expiry_month", json!(secrets[2])),
        ("expiry_year", json!(secrets[2])),
    ] {
        let pointer = format!("{CARD}/{name}");
        let (field, message) = refusal(&with("CARD", &pointer, secret));
        assert!(field.ends_with(name));
        assert!(secrets.iter().all(|secret| !message.contains(secret)), "{message}");
    }
    let payment = parse(&body("CARD").to_string()).unwrap();
    let printed = format!("{payment:?}");
    assert!(!printed.contains("4012001037141112") && !printed.contains("123\""), "{printed}");
}

#[test]
fn a_password_has_4_to_8_digits() {
    let at = Timestamp::parse("2026-03-06T08:27:55.881Z").unwrap();
    let order = KeyMint::new().next(at, 7);
    let known = PaymentId { order, method: Method::Card, index: 0 };
    let id = known.to_string();
    let submit =
        |otp: Value| SubmitOtp::parse(json!({"payment_id": id, "otp": otp}).to_string().as_bytes());
    for otp in ["1234", "123456", "12345678"] {
        assert_eq!(submit(json!(otp)).unwrap_or_else(|e| panic!("{e}")).otp.as_str(), otp);
    }
    for otp in ["123", "123456789", "12345a", "१२३४", "", " 1234"] {
        let refusal = submit(json!(otp)).err().expect("a refusal");
        assert_eq!(refusal.field.as_deref(), Some("otp"));
        assert!(otp.is_empty() || !refusal.message.contains(otp));
    }
    assert!(submit(json!(123_456)).is_err() && submit(Value::Null).is_err());
    let send = |id: Value| SendOtp::parse(json!({ "payment_id": id }).to_string().as_bytes());
    assert_eq!(send(json!(id)).unwrap().payment, Some(known));
    assert_eq!(send(json!("nonsense")).unwrap().payment, None);
    for wrong in [json!("x".repeat(51)), json!(""), Value::Null, json!(5)] {
        assert_eq!(send(wrong).unwrap_err().field.as_deref(), Some("payment_id"));
    }
}

#[test]
fn the_answers_about_passwords_are_bare_objects() {
    fn value(json: impl serde::Serialize) -> Value {
        serde_json::to_value(json).unwrap()
    }
    assert_eq!(value(OtpAnswerJson::ACCEPTED), json!({"status": "SUCCESS"}));
    let next = json!(["SUBMIT_OTP", "RESEND_OTP"]);
    let meta = json!({"resend_after": "180"});
    assert_eq!(
        value(OtpAnswerJson::SENT),
        json!({"status": "SUCCESS", "next": next, "meta_data": meta})
    );
    assert_eq!(
        value(WrongOtpJson::new()),
        json!({
            "code": "USER_AUTHENTICATION_FAILED", "message": "The one-time password is wrong",
            "next": next, "meta_data": meta,
        })
    );
}
