//! Every code, its message and its place in the order.

use deodar_domain::method::{Method, MethodSet};
use deodar_domain::text::ProductCode;
use deodar_engine::MerchantChange;
use serde_json::{Value, json};

use super::{CREATE, Field, RESEND, STATUS, call, failure, link_with, make, refused, v2_link};
use crate::common::Gateway;

const ANOTHER_CODE: &str = "a17ce30e-f88e-4f81-ada1-c3b4909ed232";

fn message(code: i8) -> Value {
    let message = match code {
        -1 => "FAILURE",
        -2 => "INVALID AMOUNT",
        -3 => "INVALID MERCHANT_ID",
        -4 => "INVALID PRODUCT DESCRIPTION",
        -5 => "INVALID CUSTOMER EMAIL ID",
        -6 => "INVALID CUSTOMER MOBILE NO",
        -7 => "INVALID PRODUCT_CODE",
        -8 => "INVALID MERCHANT_ACCESS_CODE",
        -9 => "INVALID MERCHANT ID ACCESS CODE",
        -10 => "BRAND_EMI_NOT_ENABLED_AND_PRODUCT_CODE_PRESENT_IN_REQUEST",
        -11 => "EITHER PRODUCT_CODE NOT PRESENT OR MAPPING NOT PRESENT WITH MERCHANT",
        _ => panic!("{code} is no code"),
    };
    refused(code, message)
}

/// An unknown merchant's number.
fn unknown_merchant(gateway: &Gateway) -> String {
    let own = gateway.merchant.merchant.id.as_u32();
    if own == 999_999 { 100_000 } else { own + 1 }.to_string()
}

#[tokio::test]
async fn every_field_of_a_new_link_has_its_code() {
    let gateway = Gateway::sandbox().await;
    let unknown = unknown_merchant(&gateway);
    let long = |count| Some("x".repeat(count));
    let owned = |text: &str| Some(text.to_owned());
    let mut cases: Vec<(&str, Option<String>, i8)> = vec![
        ("MERCHANT_ID", None, -3),
        ("MERCHANT_ID", Some(unknown), -3),
        ("MERCHANT_ACCESS_CODE", None, -8),
        ("MERCHANT_ACCESS_CODE", owned(ANOTHER_CODE), -9),
        ("AMOUNT", None, -2),
        ("REFERENCE_NO", None, -1),
        ("REFERENCE_NO", long(101), -1),
        ("PAYMENT_MODE", None, -1),
        ("PRODUCT_DESCRIPTION", long(201), -4),
        ("PRODUCT_CODE", long(51), -7),
        ("PRODUCT_CODE", owned("phone\n1"), -7),
        ("PRODUCT_CODE", owned("phone-1"), -10),
    ];
    let tables: [(&str, &[&str], i8); 8] = [
        ("MERCHANT_ID", &["", "x", "12345", "1000000", "-111077", "1e5", "0111077", " 111077"], -3),
        ("MERCHANT_ACCESS_CODE", &["", "x", "a17ce30ef88e4f81ada1c3b4909ed232"], -8),
        (
            "AMOUNT",
            &["", "0", "99", "100000001", "-100", "+100", "500.00", "1e3", " 500", "500 ", "₹500"],
            -2,
        ),
        ("AMOUNT", &["99999999999999999999999", "0x64", "१००", "NaN", "500,00"], -2),
        ("REFERENCE_NO", &["", " ", "a&b", "a=b", "a\nb", "a\0b"], -1),
        (
            "PAYMENT_MODE",
            &["", "0", "2", "01", "-1", "1,", ",1", "1;3", "1 3", "CARD", "1,2", "16,1", "3,16"],
            -1,
        ),
        ("CUSTOMER_EMAIL_ID", &["x", "@example.com", "a@", "a b@example.com", "a@b@c"], -5),
        (
            "CUSTOMER_MOBILE_NO",
            &["987654321", "98765432101", "+919876543210", "98765 4321", "९८७६५४३२१०"],
            -6,
        ),
    ];
    for (name, values, code) in tables {
        cases.extend(values.iter().map(|value| (name, owned(value), code)));
    }
    cases.push(("PRODUCT_DESCRIPTION", owned("two\r\nlines"), -4));
    cases.push(("CUSTOMER_EMAIL_ID", Some(format!("{}@example.com", "x".repeat(50))), -5));
    for (name, value, code) in cases {
        let fields = link_with(&[(name, value.as_deref())]);
        assert_eq!(call(&gateway, CREATE, &fields).await, message(code), "{name} {value:?}");
    }
    assert_eq!(call(&gateway, STATUS, &[("REFERENCE_NO", Some("pl_1"))]).await, failure());
}

#[tokio::test]
async fn what_is_just_in_range_is_taken() {
    let gateway = Gateway::sandbox().await;
    let (hundred, long, email) =
        ("r".repeat(100), "é".repeat(200), format!("{}@x", "e".repeat(48)));
    let cases: [Field<'_>; 9] = [
        ("AMOUNT", Some("100")),
        ("AMOUNT", Some("100000000")),
        ("AMOUNT", Some("000500")),
        ("REFERENCE_NO", Some(&hundred)),
        ("PRODUCT_DESCRIPTION", Some(&long)),
        ("PRODUCT_DESCRIPTION", Some("")),
        ("PRODUCT_CODE", Some("")),
        ("CUSTOMER_EMAIL_ID", Some(&email)),
        ("CUSTOMER_MOBILE_NO", Some("0000000000")),
    ];
    for (place, case) in cases.into_iter().enumerate() {
        let reference = format!("edge-{place}");
        make(&gateway, &super::over(&[("REFERENCE_NO", Some(&reference))], &[case])).await;
    }
}

/// The checks, in their order: each with a value that fails it.
fn checks(unknown: &str) -> Vec<(Field<'_>, i8)> {
    vec![
        (("MERCHANT_ID", Some(unknown)), -3),
        (("MERCHANT_ACCESS_CODE", Some("x")), -8),
        (("MERCHANT_ACCESS_CODE", Some(ANOTHER_CODE)), -9),
        (("AMOUNT", Some("99")), -2),
        (("REFERENCE_NO", Some("a&b")), -1),
        (("PAYMENT_MODE", Some("2")), -1),
        (("PRODUCT_DESCRIPTION", Some("\u{1}")), -4),
        (("PRODUCT_CODE", Some("\u{1}")), -7),
        (("PRODUCT_CODE", Some("phone-1")), -10),
        (("CUSTOMER_EMAIL_ID", Some("x")), -5),
        (("CUSTOMER_MOBILE_NO", Some("x")), -6),
    ]
}

#[tokio::test]
async fn of_two_faults_the_one_that_is_checked_first_is_told() {
    let gateway = Gateway::sandbox().await;
    let unknown = unknown_merchant(&gateway);
    let checks = checks(&unknown);
    for (place, (first, code)) in checks.iter().enumerate() {
        for (second, _) in checks.iter().skip(place + 1).filter(|(second, _)| second.0 != first.0) {
            let told = call(&gateway, CREATE, &link_with(&[*second, *first])).await;
            assert_eq!(told, message(*code), "{first:?} before {second:?}");
        }
    }
}

#[tokio::test]
async fn brand_emi_needs_a_product_of_the_merchants() {
    let gateway = Gateway::sandbox().await;
    let products = ["phone-1", "fridge 2"].map(|code| ProductCode::parse(code).unwrap());
    let change = MerchantChange {
        brand_emi: Some(true),
        brand_products: Some(products.to_vec()),
        ..MerchantChange::default()
    };
    gateway.change_merchant(&change).await;
    for code in [None, Some(""), Some("phone-2"), Some("PHONE-1"), Some("phone-1 ")] {
        for mode in ["1", "4"] {
            let fields = link_with(&[("PRODUCT_CODE", code), ("PAYMENT_MODE", Some(mode))]);
            assert_eq!(call(&gateway, CREATE, &fields).await, message(-11), "{code:?} {mode}");
        }
    }
    let bad = [("PRODUCT_CODE", Some("\u{1}"))];
    assert_eq!(call(&gateway, CREATE, &link_with(&bad)).await, message(-7));
    let both = [("PRODUCT_CODE", None), ("CUSTOMER_EMAIL_ID", Some("x"))];
    assert_eq!(call(&gateway, CREATE, &link_with(&both)).await, message(-11));
    make(&gateway, &[("PRODUCT_CODE", Some("fridge 2")), ("PAYMENT_MODE", Some("4"))]).await;
    let link = v2_link(&gateway, "pl_1").await;
    assert_eq!(link["product_details"], json!([{"product_code": "fridge 2"}]), "{link}");
}

#[tokio::test]
async fn the_payment_modes_decide_what_the_link_allows() {
    let gateway = Gateway::sandbox().await;
    let table: [(&str, &[&str], bool); 13] = [
        ("1", &["CARD"], false),
        ("3", &["NETBANKING"], false),
        ("4", &["CREDIT_EMI"], false),
        ("10", &["UPI"], false),
        ("11", &["WALLET"], false),
        ("14", &["DEBIT_EMI"], false),
        ("16", &["CARD"], true),
        ("17", &["BNPL"], false),
        ("19", &["CARDLESS_EMI"], false),
        ("20", &["POINTS"], false),
        ("10,1,10", &["CARD", "UPI"], false),
        ("1, 3 ,20", &["CARD", "NETBANKING", "POINTS"], false),
        ("16,16", &["CARD"], true),
    ];
    for (place, (modes, methods, pre_auth)) in table.into_iter().enumerate() {
        let reference = format!("mode-{place}");
        make(&gateway, &[("PAYMENT_MODE", Some(modes)), ("REFERENCE_NO", Some(&reference))]).await;
        let link = v2_link(&gateway, &reference).await;
        assert_eq!(link["allowed_payment_methods"], json!(methods), "{modes}");
        assert_eq!(link["pre_auth"], pre_auth, "{modes}");
    }
}

#[tokio::test]
async fn what_the_merchant_may_not_do_is_a_failure() {
    let gateway = Gateway::sandbox().await;
    let change = MerchantChange {
        pre_auth: Some(false),
        methods: Some([Method::Card].into_iter().collect::<MethodSet>()),
        ..MerchantChange::default()
    };
    gateway.change_merchant(&change).await;
    for mode in ["16", "10", "1,10"] {
        let fields = link_with(&[("PAYMENT_MODE", Some(mode))]);
        assert_eq!(call(&gateway, CREATE, &fields).await, failure(), "{mode}");
    }
    make(&gateway, &[]).await;
    let off = MerchantChange { pay_by_link: Some(false), ..MerchantChange::default() };
    gateway.change_merchant(&off).await;
    let fields = link_with(&[("REFERENCE_NO", Some("pl_2"))]);
    assert_eq!(call(&gateway, CREATE, &fields).await, failure());
    make(&gateway, &[]).await;
}

#[tokio::test]
async fn the_other_calls_have_the_same_codes() {
    let gateway = Gateway::sandbox().await;
    let made = make(&gateway, &[("CUSTOMER_EMAIL_ID", Some("asha@example.com"))]).await;
    let number = made["PAYMENT_LINK_ID"].as_u64().unwrap();
    let unknown = unknown_merchant(&gateway);
    let [right, wrong, far] =
        [number, number + 1, (1 << 53) + number].map(|number| number.to_string());
    let calls: [(&str, Field<'_>, &[Option<&str>]); 2] = [
        (
            RESEND,
            ("PAYMENT_LINK_ID", Some(&right)),
            &[None, Some(""), Some("x"), Some("0"), Some("-1"), Some(&wrong), Some(&far)],
        ),
        (
            STATUS,
            ("REFERENCE_NO", Some("pl_1")),
            &[None, Some(""), Some("PL_1"), Some("pl_1 "), Some("a&b"), Some("pl_2")],
        ),
    ];
    for (path, field, others) in calls {
        assert_eq!(call(&gateway, path, &[field]).await["RESPONSE_CODE"], 1);
        for other in others {
            assert_eq!(call(&gateway, path, &[(field.0, *other)]).await, failure(), "{other:?}");
        }
        for (credential, code) in checks(&unknown).into_iter().take(3) {
            for field in [field, (field.0, Some("a&b"))] {
                let told = call(&gateway, path, &[field, credential]).await;
                assert_eq!(told, message(code), "{path} {credential:?}");
            }
        }
    }
}
