//! `POST /api/pay/v1/orders/{order_id}/payments`: every method and field, one inside and one
//! outside of every limit.

use deodar_domain::emi::PanNumber;
use deodar_domain::instrument::EmiCard;
use deodar_domain::order::ATTEMPT_PAYMENTS_MAX;
use deodar_domain::pay_later::PayLaterProvider;
use deodar_wire::{CreatePayment, InvalidRequest, PayWith};
use serde_json::{Value, json};

const CARD: &str = "/payments/0/payment_option/card_details";
const UPI: &str = "/payments/0/payment_option/upi_details";
const BANK: &str = "/payments/0/payment_option/netbanking_details";
const WALLET: &str = "/payments/0/payment_option/wallet_details";
const POINTS: &str = "/payments/0/payment_option/points_card_details";
const CARDLESS: &str = "/payments/0/payment_option/cardless_details";
const PAY_LATER: &str = "/payments/0/payment_option/bnpl_details";
const DEVICE: &str = "/payments/0/device_info";
const TENURE: &str = "/payments/0/offer_data/offer_details/tenure";

/// A body with everything that any method needs.
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
            "wallet_details": {"wallet_code": "AMAZON_PAY"},
            "points_card_details": {
                "card_number": "6074820000000009", "card_last4": "0009",
                "registered_mobile_number": "9876543210",
            },
            "cardless_details": {
                "pan_number": "ABCDE1234F", "registered_mobile_number": "9876543210",
            },
            "bnpl_details": {"mobile": "9876543210", "bnpl_pay_code": "SIMPL3"},
        },
        "device_info": {"source_ip_address": "192.0.2.1", "more": [1, {"a": null}]},
        "offer_data": {"offer_details": {
            "name": "Example Bank",
            "tenure": {"tenure_type": "MONTH", "tenure_value": "3", "tenure_id": "3"},
        }},
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

fn parse_all(body: &str) -> Result<Vec<CreatePayment>, InvalidRequest> {
    CreatePayment::parse_all(body.as_bytes())
}

fn parse(body: &str) -> Result<CreatePayment, InvalidRequest> {
    parse_all(body).map(|mut payments| payments.remove(0))
}

/// The field that a refusal names, and its message.
#[track_caller]
fn refusal(body: &str) -> (String, String) {
    match parse_all(body) {
        Err(refusal) => (refusal.field.unwrap_or_default(), refusal.message),
        other => panic!("{other:?}: {body}"),
    }
}

fn path(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace("/0", "[0]").replace('/', ".")
}

#[test]
fn cards_upi_and_banks_are_read() {
    let card = parse(&body("card").to_string()).unwrap();
    assert_eq!(card.reference.as_str(), "c17ce30f-f88e-4f81-ada1-c3b4909ed235");
    assert_eq!(card.amount.minor(), 1_100);
    let PayWith::Card(card) = card.with else { panic!("no card") };
    assert_eq!((card.number.expose(), card.cvv.expose()), ("4012001037141112", "123"));
    assert_eq!((card.expiry.month(), card.expiry.year()), (4, 2029));
    assert_eq!(card.name.as_str(), "Kevin Bob");

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
    let wallet = parse(&body("Wallet").to_string()).unwrap().with;
    assert!(matches!(wallet, PayWith::Wallet(code) if code.as_str() == "AMAZON_PAY"));
}

#[test]
fn points_instalments_and_pay_later_are_read() {
    let PayWith::Points { number, mobile } = parse(&body("POINTS").to_string()).unwrap().with
    else {
        panic!("no points")
    };
    assert_eq!((number.expose(), mobile.as_str()), ("6074820000000009", "9876543210"));
    for (method, kind) in [("CREDIT_EMI", EmiCard::Credit), ("DEBIT_EMI", EmiCard::Debit)] {
        let PayWith::CardEmi { on, card, tenure } = parse(&body(method).to_string()).unwrap().with
        else {
            panic!("no EMI")
        };
        assert_eq!((on, tenure.months(), card.number.last4().as_str()), (kind, 3, "1112"));
    }
    for (field, value, shown) in [
        ("pan_number", json!("abcde1234f"), Some("ABCDE1234F")),
        ("pan_number", Value::Null, None),
        ("pan_last_digits", json!("234F"), Some("ABCDE1234F")),
    ] {
        let body = with("CARDLESS_EMI", &format!("{CARDLESS}/{field}"), value);
        let PayWith::CardlessEmi { mobile, pan, tenure } = parse(&body).unwrap().with else {
            panic!("no EMI")
        };
        assert_eq!((mobile.as_str(), tenure.months()), ("9876543210", 3));
        assert_eq!(pan.as_ref().map(PanNumber::expose), shown);
    }
    let digits = json!({"pan_last_digits": 1089, "registered_mobile_number": 9_876_543_210_u64});
    let cardless = parse(&with("CARDLESS_EMI", CARDLESS, digits)).unwrap().with;
    assert!(
        matches!(cardless, PayWith::CardlessEmi { pan: Some(pan), .. } if pan.expose() == "1089")
    );
    for provider in PayLaterProvider::ALL {
        let code = json!(provider.name().to_lowercase());
        let body = with("bnpl", &format!("{PAY_LATER}/bnpl_pay_code"), code);
        let PayWith::PayLater { provider: read, mobile, device } = parse(&body).unwrap().with
        else {
            panic!("no Pay Later")
        };
        assert_eq!((read, mobile.as_str()), (provider, "9876543210"));
        assert_eq!(device.unwrap().source_ip_address.unwrap().as_str(), "192.0.2.1");
    }
}

#[test]
fn the_device_is_told_where_the_lender_needs_it() {
    for (provider, is_needed) in [("LAZYPAY", false), ("SIMPL", true), ("SIMPL3", true)] {
        let mut body = body("BNPL");
        set(&mut body, &format!("{PAY_LATER}/bnpl_pay_code"), json!(provider));
        for absent in [Value::Null, json!("")] {
            set(&mut body, DEVICE, absent);
            if is_needed {
                let (field, message) = refusal(&body.to_string());
                assert_eq!(field, path(DEVICE));
                assert!(message.contains(provider), "{message}");
            } else {
                let with = parse(&body.to_string()).unwrap().with;
                assert!(matches!(with, PayWith::PayLater { device: None, .. }));
            }
        }
        // The object must be there, not each of its fields.
        set(&mut body, DEVICE, json!({}));
        let with = parse(&body.to_string()).unwrap().with;
        assert!(matches!(with, PayWith::PayLater { device: Some(_), .. }));
    }
}

fn field(details: &str, name: &str) -> String {
    format!("{details}/{name}")
}

fn long(length: usize) -> Value {
    json!("x".repeat(length))
}

/// A method, a field, a value inside of its limit and one outside.
type Limit = (&'static str, String, Value, Value);

#[track_caller]
fn check_limits(cases: impl IntoIterator<Item = Limit>) {
    for (method, pointer, inside, outside) in cases {
        if let Err(refusal) = parse(&with(method, &pointer, inside.clone())) {
            panic!("{pointer} refuses {inside}: {refusal}");
        }
        let (field, message) = refusal(&with(method, &pointer, outside.clone()));
        assert_eq!(field, path(&pointer), "{outside}: {message}");
    }
}

#[test]
fn every_field_of_a_card_upi_and_bank_payment_has_its_limit() {
    let reference = "/payments/0/merchant_payment_reference".to_owned();
    let value = "/payments/0/payment_amount/value".to_owned();
    let currency = "/payments/0/payment_amount/currency".to_owned();
    check_limits([
        ("UPI", reference.clone(), long(50), long(51)),
        ("UPI", reference.clone(), json!("a b/ü"), json!("a\u{7}b")),
        ("UPI", reference, json!(112_345), json!("")),
        ("UPI", value.clone(), json!(100), json!(99)),
        ("UPI", value.clone(), json!(100_000_000), json!(100_000_001)),
        ("UPI", value, json!(1100), json!("1100")),
        ("UPI", currency, json!("INR"), json!("ZZZ")),
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
        ("UPI", DEVICE.to_owned(), json!({}), json!("text")),
    ]);
}

#[test]
fn every_field_of_the_other_payments_has_its_limit() {
    let (months, kind) = (field(TENURE, "tenure_value"), field(TENURE, "tenure_type"));
    let mobile = "registered_mobile_number";
    check_limits([
        ("WALLET", field(WALLET, "wallet_code"), long(50), long(51)),
        ("WALLET", field(WALLET, "wallet_code"), json!("phone-pe_1"), json!("phone pe")),
        ("WALLET", field(WALLET, "wallet_code"), json!("A"), Value::Null),
        ("POINTS", field(POINTS, "card_number"), json!("6074820000000009"), Value::Null),
        ("POINTS", field(POINTS, "card_last4"), Value::Null, json!("0008")),
        ("POINTS", field(POINTS, "card_last4"), json!(""), json!("00009")),
        ("POINTS", field(POINTS, mobile), json!("1".repeat(10)), json!("1".repeat(9))),
        ("POINTS", field(POINTS, mobile), json!("1".repeat(20)), json!("1".repeat(21))),
        ("POINTS", field(POINTS, mobile), json!(9_876_543_210_u64), Value::Null),
        ("CREDIT_EMI", field(CARD, "card_number"), json!("5123456789012346"), json!("4012")),
        ("CREDIT_EMI", months.clone(), json!("1"), json!("0")),
        ("CREDIT_EMI", months.clone(), json!(60), json!(61)),
        ("DEBIT_EMI", months.clone(), json!("12"), json!("12.0")),
        ("DEBIT_EMI", months.clone(), json!("06"), json!("-6")),
        ("CARDLESS_EMI", months.clone(), json!("9"), json!("")),
        ("CARDLESS_EMI", months, json!("18"), json!("65537")),
        ("CREDIT_EMI", kind.clone(), json!("month"), json!("DAY")),
        ("CREDIT_EMI", kind, Value::Null, json!(1)),
        ("CARDLESS_EMI", field(CARDLESS, "pan_number"), json!("AAAAA0000A"), json!("AAAAA00000")),
        ("CARDLESS_EMI", field(CARDLESS, "pan_last_digits"), json!("1089"), json!("108")),
        ("CARDLESS_EMI", field(CARDLESS, mobile), json!("1".repeat(9)), json!("1".repeat(8))),
        ("CARDLESS_EMI", field(CARDLESS, mobile), json!("1".repeat(20)), json!("1".repeat(21))),
        ("BNPL", field(PAY_LATER, "mobile"), json!("9876543210"), json!("987654321")),
        ("BNPL", field(PAY_LATER, "mobile"), json!(9_876_543_210_u64), json!("98765432101")),
        // The masked form is for the eligibility call alone.
        ("BNPL", field(PAY_LATER, "mobile"), json!("9876542032"), json!("xxxxxx2032")),
        ("BNPL", field(PAY_LATER, "bnpl_pay_code"), json!("simpl"), json!("SIMPL2")),
        ("BNPL", field(PAY_LATER, "bnpl_pay_code"), json!("LAZYPAY"), Value::Null),
        ("BNPL", field(DEVICE, "device_model"), long(1_024), long(1_025)),
        ("BNPL", field(DEVICE, "operating_system"), json!("Linux ü"), json!("a\u{0}b")),
        ("BNPL", field(DEVICE, "browser_user_agent"), json!(""), json!({})),
        ("BNPL", field(DEVICE, "source_ip_address"), json!(7), json!([7])),
        ("BNPL", field(DEVICE, "browser_ip_address"), Value::Null, json!(true)),
        ("BNPL", field(DEVICE, "device_manufacturer"), json!("Example"), json!(1.5)),
    ]);
}

#[test]
fn what_a_method_needs_must_be_there() {
    for (method, details) in [
        ("CARD", CARD),
        ("UPI", UPI),
        ("NETBANKING", BANK),
        ("WALLET", WALLET),
        ("POINTS", POINTS),
        ("CREDIT_EMI", CARD),
        ("DEBIT_EMI", CARD),
        ("CARDLESS_EMI", CARDLESS),
        ("BNPL", PAY_LATER),
    ] {
        for absent in [Value::Null, json!("")] {
            assert_eq!(refusal(&with(method, details, absent)).0, path(details), "{method}");
        }
        let none = with(method, "/payments/0/payment_option", Value::Null);
        assert_eq!(refusal(&none).0, path(details), "{method}");
    }
    assert_eq!(refusal(&with("UPI", &format!("{UPI}/payer"), Value::Null)).0, path(UPI) + ".payer");
    for method in ["CREDIT_EMI", "DEBIT_EMI", "CARDLESS_EMI"] {
        for (pointer, value) in [
            ("/payments/0/offer_data", Value::Null),
            ("/payments/0/offer_data/offer_details", json!("")),
            (TENURE, Value::Null),
        ] {
            assert_eq!(refusal(&with(method, pointer, value)).0, path(TENURE), "{method}");
        }
        let empty = refusal(&with(method, TENURE, json!({}))).0;
        assert_eq!(empty, format!("{}.tenure_value", path(TENURE)));
    }
    for method in ["", "CASH"] {
        let (field, message) = refusal(&body(method).to_string());
        assert_eq!(field, "payments[0].payment_method");
        assert_eq!(message, "Payment method is missing/invalid");
    }
}

#[test]
fn what_other_methods_need_is_passed_over() {
    let mut body = body("CARD");
    set(&mut body, WALLET, json!({"wallet_code": "no wallet!"}));
    set(&mut body, TENURE, json!({"tenure_value": "999"}));
    set(&mut body, PAY_LATER, json!({"mobile": "nobody"}));
    parse(&body.to_string()).unwrap();
}

/// A body with this many payments, points behind the first, each with a reference of its own.
fn several(count: usize) -> Value {
    let payment = |index: usize| {
        let mut one = body(if index == 0 { "CARD" } else { "POINTS" })["payments"][0].take();
        one["merchant_payment_reference"] = json!(format!("p-{index}"));
        one
    };
    json!({"payments": (0..count).map(payment).collect::<Vec<_>>()})
}

#[test]
fn a_call_has_one_payment_or_as_many_as_an_attempt_can_have() {
    for count in [1, 2, ATTEMPT_PAYMENTS_MAX] {
        let read = parse_all(&several(count).to_string()).unwrap();
        let references: Vec<_> = read.iter().map(|one| one.reference.as_str().to_owned()).collect();
        let expected: Vec<_> = (0..count).map(|index| format!("p-{index}")).collect();
        assert_eq!(references, expected);
        assert!(read.iter().skip(1).all(|one| matches!(one.with, PayWith::Points { .. })));
    }
    let (field, message) = refusal(&several(ATTEMPT_PAYMENTS_MAX + 1).to_string());
    assert_eq!((&*field, &*message), ("payments", "Payments must have at most 10 elements"));
    for (body, field) in [
        ("{}", "payments"),
        (r#"{"payments":[]}"#, "payments"),
        (r#"{"payments":null}"#, "payments"),
        (r#"{"payments":[null]}"#, "payments[0]"),
        (r#"{"payments":{}}"#, "payments"),
        (r#"{"payments":[[]]}"#, "payments[0]"),
        ("[]", ""),
        ("", ""),
    ] {
        assert_eq!(refusal(body).0, field, "{body}");
    }
}

#[test]
fn each_payment_is_blamed_for_itself() {
    let mut body = several(3);
    set(&mut body, "/payments/2/payment_amount/value", json!(1));
    assert_eq!(refusal(&body.to_string()).0, "payments[2].payment_amount.value");
    let mut body = several(3);
    set(&mut body, "/payments/1", Value::Null);
    assert_eq!(refusal(&body.to_string()).0, "payments[1]");
    let mut body = several(3);
    set(&mut body, "/payments/2/merchant_payment_reference", json!("p-0"));
    let (field, message) = refusal(&body.to_string());
    assert_eq!(field, "payments[2].merchant_payment_reference");
    assert!(message.ends_with("must differ from that of every other payment"), "{message}");
}

#[test]
fn nothing_of_an_instrument_is_repeated() {
    let secrets = ["4012001037141113", "40120010371411120000", "9876543", "ABCDE12345"];
    for (method, details, name, secret) in [
        ("CARD", CARD, "card_number", json!(secrets[0])),
        ("CARD", CARD, "card_number", json!(secrets[1])),
        ("CARD", CARD, "card_number", json!(4_012_001_037_141_113_u64)),
        ("CARD", CARD, "card_number", json!([secrets[0]])),
        ("CARD", CARD, "cvv", json!(secrets[2])),
        ("CARD", CARD, "cvv", json!(9_876_543)),
        ("CARD", CARD, "expiry_month", json!(secrets[2])),
        ("CARD", CARD, "expiry_year", json!(secrets[2])),
        ("CREDIT_EMI", CARD, "card_number", json!(secrets[0])),
        ("POINTS", POINTS, "card_number", json!(secrets[0])),
        ("POINTS", POINTS, "card_last4", json!(secrets[2])),
        ("POINTS", POINTS, "registered_mobile_number", json!(secrets[2])),
        ("CARDLESS_EMI", CARDLESS, "pan_number", json!(secrets[3])),
        ("CARDLESS_EMI", CARDLESS, "registered_mobile_number", json!(secrets[2])),
        ("BNPL", PAY_LATER, "mobile", json!(secrets[2])),
    ] {
        let (field, message) = refusal(&with(method, &field(details, name), secret));
        assert!(field.ends_with(name));
        assert!(secrets.iter().all(|secret| !message.contains(secret)), "{message}");
    }
    let hidden = ["4012001037141112", "123\"", "6074820000000009", "9876543210", "ABCDE1234F"];
    for method in ["CARD", "UPI", "POINTS", "CREDIT_EMI", "DEBIT_EMI", "CARDLESS_EMI", "BNPL"] {
        let printed = format!("{:?}", parse(&body(method).to_string()).unwrap());
        assert!(hidden.iter().all(|secret| !printed.contains(secret)), "{printed}");
    }
}
