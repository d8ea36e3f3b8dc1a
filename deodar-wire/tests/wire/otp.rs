//! One-time passwords: the two bodies, and the answers about them.

use deodar_domain::id::PaymentId;
use deodar_domain::key::KeyMint;
use deodar_domain::method::Method;
use deodar_domain::time::Timestamp;
use deodar_wire::{OtpAnswerJson, SendOtp, SubmitOtp, WrongOtpJson};
use serde_json::{Value, json};

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
