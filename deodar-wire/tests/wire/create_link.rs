//! `POST /api/pay/v1/paymentlink`: what is read and answered, what is said of a refusal. The edges of
//! every field are in `deodar-api/tests/api/limits`.

use deodar_domain::id::LinkNumber;
use deodar_domain::key::KeyMint;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::time::Timestamp;
use deodar_wire::link_json;
use serde_json::{Value, json};

use crate::requests::{FULL, assert_refused, full, parse, refusal, with};

fn long(length: usize) -> Value {
    Value::String("x".repeat(length))
}

#[test]
fn every_field_is_read_and_answered() {
    let link = parse(FULL).unwrap();
    let at = Timestamp::parse("2025-03-06T08:27:55.881Z").unwrap();
    let new = NewOrder {
        key: KeyMint::new().next(at, 7),
        merchant: deodar_domain::id::MerchantId::new(104_359).unwrap(),
        terms: link.terms,
        link: Some((LinkNumber(1), link.expire_by.unwrap())),
    };
    let (order, _) = Order::create(new, at);
    let answer = link_json(&order, "https://pay.example.in/PLUTUS/3rh4jtd").unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    for (name, sent) in full().as_object().unwrap() {
        let answered = &answer[name];
        match name.as_str() {
            "expire_by" => assert_eq!(answered, "2025-03-21T08:29:00.000Z"),
            "pre_auth" | "is_mcc_transaction" => assert_eq!(answered, &json!(false)),
            "split_info" => {
                assert_eq!(answered["split_type"], "AMOUNT");
                let part = &answered["split_details"][0];
                let sent = &sent["split_details"][0];
                assert_eq!(part["split_merchant_id"], sent["split_merchant_id"]);
                assert_eq!(part["amount"], sent["amount"]);
                assert_eq!(part["on_hold"], sent["on_hold"]);
            }
            _ => assert_eq!(answered, sent, "{name}"),
        }
    }
}

#[test]
fn the_least_request_is_an_amount_and_a_reference() {
    let body = r#"{"amount":{"value":100,"currency":"INR"},"merchant_payment_link_reference":"r"}"#;
    let link = parse(body).unwrap();
    assert_eq!(link.expire_by, None);
    assert_eq!(link.terms.allowed_methods, MethodSet::EMPTY);
    assert!(link.terms.customer.is_none() && link.terms.products.is_none());
    assert!(!link.terms.pre_auth && !link.terms.part_payment && !link.terms.multi_currency);
}

#[test]
fn null_and_empty_text_are_absent_in_every_optional_field() {
    let names: Vec<String> = full().as_object().unwrap().keys().cloned().collect();
    for name in names {
        if name == "amount" || name == "merchant_payment_link_reference" {
            continue;
        }
        for absent in [Value::Null, json!("")] {
            let link = parse(&with(&format!("/{name}"), absent)).unwrap();
            let mut without = full();
            without.as_object_mut().unwrap().remove(&name);
            assert_eq!(link, parse(&without.to_string()).unwrap(), "{name}");
        }
    }
    for pointer in ["/customer/email_id", "/customer/billing_address/pincode", "/customer/gstin"] {
        for absent in [Value::Null, json!("")] {
            parse(&with(pointer, absent)).unwrap();
        }
    }
}

#[test]
fn amounts_are_whole_numbers_in_their_range() {
    const LEAST: &str = "Amount must be an Integer value greater than or equal to 100";
    const MOST: &str = "Amount must be an Integer value less than or equal to 100000000";
    let small = ["99", "0", "-1", "-100000", "100.5", "500.0", "\"500\"", "\"\"", "null", "true"];
    let large = ["100000001", "18446744073709551615", "99999999999999999999999", "1e30"];
    let body = |value: &str| {
        format!(
            r#"{{"amount":{{"value":{value},"currency":"INR"}},
                "merchant_payment_link_reference":"r"}}"#
        )
    };
    for value in small.into_iter().chain(["{}", "[]", "[100]", "{\"value\":100}"]) {
        assert_refused(&body(value), "amount.value", LEAST);
    }
    for value in large {
        assert_refused(&body(value), "amount.value", MOST);
    }
    for value in ["100", "100000000"] {
        parse(&body(value)).unwrap();
    }
    assert_refused(r#"{"merchant_payment_link_reference":"r"}"#, "amount", LEAST);
    assert_refused(&with("/amount", json!({"currency": "INR"})), "amount.value", LEAST);
}

#[test]
fn the_messages_of_the_api_are_kept() {
    let reference = "merchant_payment_link_reference";
    assert_refused(
        r#"{"amount":{"value":100,"currency":"INR"}}"#,
        reference,
        "Merchant Payment Link Reference must not be empty",
    );
    assert_refused(
        &with("/merchant_payment_link_reference", long(51)),
        reference,
        "Merchant Payment Link Reference must be less than or equal to 50 characters",
    );
    assert_refused(
        &with("/allowed_payment_methods", json!(["CARD", "CASH"])),
        "allowed_payment_methods[1]",
        "Payment method is missing/invalid",
    );
}

#[test]
fn methods_are_read_in_any_case() {
    let link = parse(&with("/allowed_payment_methods", json!(["card", "Upi", "CARD"]))).unwrap();
    let expected: MethodSet = [Method::Card, Method::Upi].into_iter().collect();
    assert_eq!(link.terms.allowed_methods, expected);
    let link = parse(&with("/allowed_payment_methods", json!([]))).unwrap();
    assert_eq!(link.terms.allowed_methods, MethodSet::EMPTY);
}

#[test]
fn flags_may_be_texts_only_where_the_api_sends_texts() {
    for value in [json!(true), json!("true"), json!("True")] {
        let mut body: Value = serde_json::from_str(&with("/pre_auth", value.clone())).unwrap();
        body["part_payment"] = json!(false);
        assert!(parse(&body.to_string()).unwrap().terms.pre_auth);
        assert!(parse(&with("/is_mcc_transaction", value)).unwrap().terms.multi_currency);
    }
    let message = "Pre Auth must be true or false";
    for value in [json!("yes"), json!(1), json!([true])] {
        assert_refused(&with("/pre_auth", value), "pre_auth", message);
    }
    let message = "Part Payment must be true or false";
    assert_refused(&with("/part_payment", json!("true")), "part_payment", message);
    let message = "Part Payment must be false where Pre Auth is true";
    assert_refused(&with("/pre_auth", json!("true")), "part_payment", message);
}

#[test]
fn a_reference_may_be_a_whole_number() {
    let link = parse(&with("/merchant_payment_link_reference", json!(112_345))).unwrap();
    assert_eq!(link.terms.reference.as_str(), "112345");
    for number in [json!(1.5), json!(-1), json!(true)] {
        let refusal = refusal(&with("/merchant_payment_link_reference", number));
        assert_eq!(refusal.field.as_deref(), Some("merchant_payment_link_reference"));
    }
}

#[test]
fn a_wrong_type_names_its_field() {
    let cases = [
        ("/description", json!(5), "description", "Description must be a string"),
        ("/customer", json!([]), "customer", "Customer must be an object"),
        ("/customer", json!("x"), "customer", "Customer must be an object"),
        ("/customer/email_id", json!({}), "customer.email_id", "Email Id must be a string"),
        ("/amount", json!([50_000, "INR"]), "amount", "Amount must be an object"),
        (
            "/customer/billing_address/pincode",
            json!(560_001),
            "customer.billing_address.pincode",
            "Pincode must be a string",
        ),
        (
            "/product_details/0/product_code",
            json!(1),
            "product_details[0].product_code",
            "Product Code must be a string",
        ),
        ("/product_details", json!({}), "product_details", "Product Details must be a list"),
        (
            "/product_details/0",
            Value::Null,
            "product_details[0]",
            "Product Details must be a list of objects",
        ),
        (
            "/allowed_payment_methods",
            json!("CARD"),
            "allowed_payment_methods",
            "Allowed Payment Methods must be a list",
        ),
        (
            "/merchant_metadata",
            json!([]),
            "merchant_metadata",
            "Merchant Metadata must be an object of texts",
        ),
        ("/merchant_metadata/tid", json!(1), "merchant_metadata.tid", "Tid must be a string"),
    ];
    for (pointer, value, field, message) in cases {
        assert_refused(&with(pointer, value), field, message);
    }
}

#[test]
fn metadata_has_at_most_ten_pairs_of_bounded_texts() {
    let pairs = |count: usize| -> Value {
        (0..count)
            .map(|index| (format!("key{index}"), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    parse(&with("/merchant_metadata", pairs(10))).unwrap();
    let message = "Merchant Metadata must have at most 10 pairs";
    assert_refused(&with("/merchant_metadata", pairs(11)), "merchant_metadata", message);
    parse(&with("/merchant_metadata", json!({"k": "x".repeat(1_024), "e": ""}))).unwrap();
    let refused = refusal(&with("/merchant_metadata", json!({"k": "x".repeat(1_025)})));
    assert_eq!(refused.field.as_deref(), Some("merchant_metadata.k"));
    for key in ["", "a\nb"] {
        let refused = refusal(&with("/merchant_metadata", json!({key: "v"})));
        assert_eq!(refused.field.as_deref(), Some("merchant_metadata"));
    }
}

#[test]
fn lists_are_bounded() {
    let products = |count: usize| Value::Array(vec![json!({"product_code": "a"}); count]);
    parse(&with("/product_details", products(100))).unwrap();
    for pointer in ["/product_details", "/cart_details/items"] {
        let refusal = refusal(&with(pointer, products(101)));
        assert!(refusal.message.ends_with("must have at most 100 elements"), "{refusal:?}");
    }
}

#[test]
fn the_parts_of_a_split_fit_the_amount() {
    let part = |value: u64| {
        let amount = json!({"value": value, "currency": "INR"});
        json!({"split_merchant_id": "111302", "amount": amount})
    };
    let split = |parts: Value| json!({"split_type": "AMOUNT", "split_details": parts});
    parse(&with("/split_info", split(json!([part(25_000), part(25_000)])))).unwrap();
    assert_refused(
        &with("/split_info", split(json!([part(25_000), part(25_001)]))),
        "split_info.split_details",
        "The parts of a split must not exceed the amount",
    );
    let refused = refusal(&with("/split_info", split(json!([]))));
    assert_eq!(refused.field.as_deref(), Some("split_info.split_details"));
    let shares = |first: Value, second: Value| {
        json!({"split_type": "PERCENTAGE", "split_details": [
            {"split_merchant_id": "1", "percentage": first},
            {"split_merchant_id": "2", "percentage": second},
        ]})
    };
    parse(&with("/split_info", shares(json!(12.5), json!("87.50")))).unwrap();
    let refused = refusal(&with("/split_info", shares(json!(50), json!(50.01))));
    assert_eq!(refused.field.as_deref(), Some("split_info.split_details"));
    for wrong in [json!(12.345), json!(-1), json!(101), Value::Null, json!("1e1")] {
        let refused = refusal(&with("/split_info", shares(wrong, json!(1))));
        let field = "split_info.split_details[0].percentage";
        assert_eq!(refused.field.as_deref(), Some(field));
    }
}
