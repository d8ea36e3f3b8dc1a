//! `POST /api/pay/v1/orders`: what is read and answered, what is said of a refusal. The edges of
//! every field are in `deodar-api/tests/api/limits`.

use deodar_domain::key::KeyMint;
use deodar_domain::method::MethodSet;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::time::Timestamp;
use deodar_wire::{CreateOrder, InvalidRequest, order_json};
use serde_json::{Value, json};

const FULL: &str = include_str!("full_order.json");

fn full() -> Value {
    serde_json::from_str(FULL).unwrap()
}

/// The full request with the value at `pointer` replaced, or added to an object that is there.
fn with(pointer: &str, value: Value) -> String {
    let mut body = full();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.insert(name.to_owned(), value);
        }
        other => panic!("{parent} is {other}"),
    }
    body.to_string()
}

fn parse(body: &str) -> Result<CreateOrder, InvalidRequest> {
    CreateOrder::parse(body.as_bytes())
}

#[track_caller]
fn assert_refused(body: &str, field: &str, message: &str) {
    let refusal = parse(body).unwrap_err();
    assert_eq!((refusal.field.as_deref(), refusal.message.as_str()), (Some(field), message));
}

fn long(length: usize) -> Value {
    Value::String("x".repeat(length))
}

fn answered(order: CreateOrder) -> Value {
    let at = Timestamp::parse("2025-03-06T08:27:55.881Z").unwrap();
    let new = NewOrder {
        key: KeyMint::new().next(at, 7),
        merchant: deodar_domain::id::MerchantId::new(104_359).unwrap(),
        terms: order.terms,
        link: None,
    };
    let (order, _) = Order::create(new, at);
    serde_json::to_value(order_json(&order, None)).unwrap()["data"].take()
}

#[test]
fn every_field_is_read_and_answered() {
    let answer = answered(parse(FULL).unwrap());
    for (name, sent) in full().as_object().unwrap() {
        let answered = &answer[name];
        match name.as_str() {
            "merchant_order_reference" => assert_eq!(answered, "112345"),
            "is_mcc_transaction" => assert_eq!(answered, &json!(false)),
            "purchase_details" => {
                for (name, sent) in sent.as_object().unwrap() {
                    if name == "split_info" {
                        let part = &answered[name]["split_details"][0];
                        assert_eq!(part["amount"], sent["split_details"][0]["amount"]);
                    } else if name == "customer" {
                        for (name, sent) in sent.as_object().unwrap() {
                            assert_eq!(&answered["customer"][name], sent, "{name}");
                        }
                    } else {
                        assert_eq!(&answered[name], sent, "{name}");
                    }
                }
            }
            _ => assert_eq!(answered, sent, "{name}"),
        }
    }
    let always = [
        ("type", json!("CHARGE")),
        ("status", json!("CREATED")),
        ("merchant_id", json!("104359")),
        ("payments", json!([])),
        ("integration_mode", json!("SEAMLESS")),
        ("payment_retries_remaining", json!(10)),
        ("created_at", json!("2025-03-06T08:27:55.881Z")),
        ("updated_at", json!("2025-03-06T08:27:55.881Z")),
    ];
    for (name, value) in always {
        assert_eq!(answer[name], value, "{name}");
    }
}

#[test]
fn the_least_request_is_an_amount_and_a_reference() {
    let body = r#"{"order_amount":{"value":100,"currency":"INR"},"merchant_order_reference":"r"}"#;
    let terms = parse(body).unwrap().terms;
    assert_eq!(terms.allowed_methods, MethodSet::EMPTY);
    assert!(terms.customer.is_none() && terms.products.is_none() && terms.description.is_none());
    assert!(!terms.pre_auth && !terms.part_payment && !terms.multi_currency);
    let answer = answered(parse(body).unwrap());
    assert_eq!(answer.get("purchase_details"), None);
}

#[test]
fn null_and_empty_text_are_absent_in_every_optional_field() {
    let names: Vec<String> = full().as_object().unwrap().keys().cloned().collect();
    for name in names {
        if name == "order_amount" || name == "merchant_order_reference" {
            continue;
        }
        for absent in [Value::Null, json!("")] {
            let order = parse(&with(&format!("/{name}"), absent)).unwrap();
            let mut without = full();
            without.as_object_mut().unwrap().remove(&name);
            assert_eq!(order, parse(&without.to_string()).unwrap(), "{name}");
        }
    }
}

#[test]
fn the_messages_of_the_api_are_kept() {
    const LEAST: &str = "Amount must be an Integer value greater than or equal to 100";
    const MOST: &str = "Amount must be an Integer value less than or equal to 100000000";
    let reference = "merchant_order_reference";
    let pointer = "/merchant_order_reference";
    let missing = "Merchant Order Reference must not be empty";
    assert_refused(&with(pointer, Value::Null), reference, missing);
    assert_refused(&with(pointer, json!("")), reference, missing);
    assert_refused(
        &with(pointer, long(51)),
        reference,
        "Merchant Order Reference must be less than or equal to 50 characters",
    );
    assert_refused(&with("/order_amount", Value::Null), "order_amount", LEAST);
    for small in [json!(99), json!(0), json!(-1), json!(100.5), json!("1100"), Value::Null] {
        assert_refused(&with("/order_amount/value", small), "order_amount.value", LEAST);
    }
    for large in [json!(100_000_001), json!(u64::MAX), json!(1e30)] {
        assert_refused(&with("/order_amount/value", large), "order_amount.value", MOST);
    }
    assert_refused(
        &with("/allowed_payment_methods", json!(["CARD", "CASH"])),
        "allowed_payment_methods[1]",
        "Payment method is missing/invalid",
    );
    let message = "Part Payment must be false where Pre Auth is true";
    let mut both = full();
    both["pre_auth"] = json!("true");
    both["part_payment"] = json!(true);
    assert_refused(&both.to_string(), "part_payment", message);
}

#[test]
fn products_stand_in_product_or_in_products() {
    let list = json!([{"product_code": "a"}]);
    let mut one = full();
    one["purchase_details"]["product"] = list.clone();
    one["purchase_details"].as_object_mut().unwrap().remove("products");
    let many = with("/purchase_details/products", list);
    assert_eq!(parse(&one.to_string()).unwrap(), parse(&many).unwrap());
}

#[test]
fn split_and_account_may_stand_beside_the_purchase_details() {
    let inside = full();
    let mut beside = full();
    for name in ["split_info", "account_details"] {
        let moved = beside["purchase_details"].as_object_mut().unwrap().remove(name).unwrap();
        beside[name] = moved;
    }
    assert_eq!(parse(&beside.to_string()), parse(&inside.to_string()));
    let over = json!({"value": 1_101, "currency": "INR"});
    beside["split_info"]["split_details"][0]["amount"] = over;
    let refusal = parse(&beside.to_string()).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("split_info.split_details"));
}

#[test]
fn a_damaged_body_is_read_or_refused_in_a_few_words() {
    for at in (0..FULL.len()).step_by(7) {
        assert!(CreateOrder::parse(&FULL.as_bytes()[..at]).is_err(), "cut at {at}");
        for byte in b"\0\"{[,:9-\xff" {
            let mut body = FULL.as_bytes().to_vec();
            body[at] = *byte;
            if let Err(refusal) = CreateOrder::parse(&body) {
                assert!(refusal.message.len() < 200, "{refusal:?}");
            }
        }
    }
}
