//! Captures and refunds: their references, their amounts, and where each is refused.

use deodar_domain::money::Money;
use deodar_wire::{CaptureOrder, CreateRefund};
use serde_json::{Value, json};

fn inr(value: impl Into<Value>) -> Value {
    json!({"value": value.into(), "currency": "INR"})
}

#[test]
fn a_capture_has_a_reference_and_may_have_an_amount() {
    let read = [
        (json!({"merchant_capture_reference": "c-1"}), None),
        (json!({"merchant_capture_reference": "c-1", "capture_amount": null}), None),
        (json!({"merchant_capture_reference": "c-1", "capture_amount": inr(100)}), Some(100)),
    ];
    for (body, paise) in read {
        let capture = CaptureOrder::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(capture.reference.as_str(), "c-1");
        assert_eq!(capture.amount, paise.map(Money::paise));
    }
    let refused = [
        (json!({}), "merchant_capture_reference"),
        (json!({"merchant_capture_reference": ""}), "merchant_capture_reference"),
        (json!({"merchant_capture_reference": "x".repeat(51)}), "merchant_capture_reference"),
        (
            json!({"merchant_capture_reference": "c", "capture_amount": inr(99)}),
            "capture_amount.value",
        ),
        (
            json!({"merchant_capture_reference": "c", "capture_amount": inr(100_000_001)}),
            "capture_amount.value",
        ),
        (json!({"merchant_capture_reference": "c", "capture_amount": 100}), "capture_amount"),
    ];
    for (body, field) in refused {
        let refusal = CaptureOrder::parse(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some(field), "{body}");
    }
}

#[test]
fn a_refund_has_a_reference_and_its_amount_has_two_names() {
    let read = [
        (json!({"merchant_order_reference": "r-1"}), None),
        (json!({"merchant_order_reference": "r-1", "order_amount": inr(1)}), Some(1)),
        (json!({"merchant_order_reference": "r-1", "refund_amount": inr(500)}), Some(500)),
        (
            json!({"merchant_order_reference": "r-1", "order_amount": inr(500),
                "refund_amount": inr(500)}),
            Some(500),
        ),
    ];
    for (body, paise) in read {
        let refund = CreateRefund::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(refund.reference.as_str(), "r-1");
        assert_eq!(refund.amount, paise.map(Money::paise));
    }
    let refused = [
        (json!({}), "merchant_order_reference"),
        (json!({"merchant_order_reference": "a b"}), "merchant_order_reference"),
        (json!({"merchant_order_reference": "r", "order_amount": inr(0)}), "order_amount.value"),
        (
            json!({"merchant_order_reference": "r", "refund_amount": inr("1")}),
            "refund_amount.value",
        ),
        (
            json!({"merchant_order_reference": "r", "order_amount": inr(500),
                "refund_amount": inr(501)}),
            "refund_amount",
        ),
    ];
    for (body, field) in refused {
        let refusal = CreateRefund::parse(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some(field), "{body}");
    }
    let number = CreateRefund::parse(br#"{"merchant_order_reference":77}"#).unwrap();
    assert_eq!(number.reference.as_str(), "77");
}
