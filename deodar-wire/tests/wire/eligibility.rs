//! `POST /api/payment-option/eligibility/bnpl`, in and out.

use deodar_domain::day::Day;
use deodar_domain::money::Money;
use deodar_domain::pay_later::{Eligibility, PayLaterProvider};
use deodar_wire::{CheckEligibility, EligibilityJson, InvalidRequest};
use serde_json::{Value, json};

fn body() -> Value {
    json!({
        "mobile": "xxxxxx2032",
        "pay_code": "SIMPL3",
        "amount": {"value": 3400, "currency": "INR"},
        "device_info": {
            "source_ip_address": "192.0.2.2", "device_model": "Model 21",
            "device_manufacturer": "Example", "browser_user_agent": "Browser",
        },
    })
}

fn parse(body: &Value) -> Result<CheckEligibility, InvalidRequest> {
    CheckEligibility::parse(body.to_string().as_bytes())
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

#[test]
fn a_question_is_read() {
    let asked = parse(&body()).unwrap();
    assert_eq!(asked.provider, PayLaterProvider::SimplInThree);
    assert_eq!((asked.mobile.as_str(), asked.amount), ("xxxxxx2032", Money::paise(3_400)));
    let device = asked.device.unwrap();
    assert_eq!(device.device_model.unwrap().as_str(), "Model 21");
    assert_eq!(device.operating_system, None);
    let whole = parse(&with("mobile", json!(9_876_543_210_u64))).unwrap();
    assert_eq!(whole.mobile.as_str(), "9876543210");
    assert!(!format!("{whole:?}").contains("98765"));
}

#[test]
fn every_field_has_one_value_inside_and_one_outside_of_its_limit() {
    let amount = |value: Value| json!({"value": value, "currency": "INR"});
    for (name, field, inside, outside) in [
        ("mobile", "mobile", json!("9876543210"), json!("987654321")),
        ("mobile", "mobile", json!("XXXXXXXXX1"), json!("xxxxxxxxxx")),
        ("mobile", "mobile", json!("xxxxx42032"), json!("98765x2032")),
        ("mobile", "mobile", json!("xxxxxx2032"), json!("")),
        ("pay_code", "pay_code", json!("lazypay"), json!("LAZY")),
        ("pay_code", "pay_code", json!("SIMPL"), Value::Null),
        ("amount", "amount.value", amount(json!(100)), amount(json!(99))),
        ("amount", "amount.value", amount(json!(100_000_000)), amount(json!(100_000_001))),
        ("amount", "amount.value", amount(json!(100)), amount(json!(100.5))),
        ("amount", "amount", amount(json!(100)), Value::Null),
        ("device_info", "device_info", json!({}), Value::Null),
        ("device_info", "device_info", json!({"more": 1}), json!("")),
    ] {
        if let Err(refusal) = parse(&with(name, inside.clone())) {
            panic!("{name} refuses {inside}: {refusal}");
        }
        let refusal = parse(&with(name, outside.clone())).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some(field), "{outside}: {refusal}");
        assert!(!refusal.message.contains("2032"), "{refusal}");
    }
}

#[test]
fn a_lender_that_does_not_need_the_device_is_asked_without_it() {
    let mut body = body();
    body["pay_code"] = json!("LAZYPAY");
    body["device_info"] = Value::Null;
    assert_eq!(parse(&body).unwrap().device, None);
    body["pay_code"] = json!("SIMPL");
    assert_eq!(parse(&body).unwrap_err().field.as_deref(), Some("device_info"));
}

#[test]
fn the_answer_is_a_bare_object_whose_limit_is_text_and_whose_parts_are_numbers() {
    let amount = Money::paise(3_400);
    let today = Day::parse("2025-06-30").unwrap();
    let instalments = PayLaterProvider::SimplInThree.instalments(amount, today);
    let eligible = Eligibility { eligible: true, limit: Money::paise(0), instalments };
    assert_eq!(
        serde_json::to_string(&EligibilityJson::of(&eligible)).unwrap(),
        concat!(
            r#"{"txn_eligibility":true,"metadata":{"credit_limit_available_in_paise":"0","#,
            r#""installments":[{"serial_no":1,"amount_in_paise":1134,"due_date":"2025-06-30"},"#,
            r#"{"serial_no":2,"amount_in_paise":1133,"due_date":"2025-07-21"},"#,
            r#"{"serial_no":3,"amount_in_paise":1133,"due_date":"2025-08-21"}]}}"#
        )
    );
    let refused = Eligibility {
        eligible: false,
        limit: Money::paise(1_000_000),
        instalments: PayLaterProvider::LazyPay.instalments(amount, today),
    };
    assert_eq!(
        serde_json::to_value(EligibilityJson::of(&refused)).unwrap(),
        json!({
            "txn_eligibility": false,
            "metadata": {"credit_limit_available_in_paise": "1000000"},
        })
    );
}
