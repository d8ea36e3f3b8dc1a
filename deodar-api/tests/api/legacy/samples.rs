//! The documents' own requests with our values, and answers of the samples' shape and types.

use serde_json::{Value, json};

use super::{CREATE, RESEND, STATUS, encoded, post};
use crate::common::Gateway;

/// The types of an answer, field by field in the order in which they are sent.
fn shape(bytes: &[u8]) -> Vec<(String, &'static str)> {
    // A map of JSON has an order of its own: the names are looked up in the text.
    let text = std::str::from_utf8(bytes).unwrap();
    let answer: Value = serde_json::from_slice(bytes).unwrap();
    let mut fields: Vec<_> = answer.as_object().unwrap().iter().collect();
    fields.sort_by_key(|(name, _)| text.find(&format!("\"{name}\"")).unwrap());
    let kind = |value: &Value| match value {
        Value::Number(number) if number.is_i64() => "number",
        Value::String(_) => "text",
        other => panic!("{other} is in no sample"),
    };
    fields.into_iter().map(|(name, value)| (name.clone(), kind(value))).collect()
}

#[tokio::test]
async fn the_documents_calls_are_answered_as_in_their_samples() {
    let gateway = Gateway::sandbox().await;
    let merchant = &gateway.merchant.merchant;
    let (id, code) = (merchant.id.to_string(), merchant.access_code.hyphenated());
    let login = encoded(&[("MERCHANT_ID", Some(&id)), ("MERCHANT_ACCESS_CODE", Some(&code))]);

    let created = post(
        &gateway,
        CREATE,
        format!(
            "{login}&AMOUNT=50000&REFERENCE_NO=0123&CUSTOMER_MOBILE_NO=9876543210\
             &CUSTOMER_EMAIL_ID=customer%40example.com&PAYMENT_MODE=1"
        ),
    )
    .await;
    let sample = br#"{
        "RESPONSE_CODE": 1,
        "RESPONSE_MESSAGE": "SUCCESS",
        "PAYMENT_URL": "https://pyn.onl/PLUTUS/m81hnc1",
        "PAYMENT_LINK_ID": 5275034
    }"#;
    assert_eq!(shape(&created.bytes), shape(sample));
    let created = created.json();
    assert_eq!(
        (&created["RESPONSE_CODE"], &created["RESPONSE_MESSAGE"]),
        (&json!(1), &json!("SUCCESS"))
    );
    let slug = created["PAYMENT_URL"].as_str().unwrap();
    let slug = slug.strip_prefix("http://127.0.0.1:8080/PLUTUS/").unwrap();
    assert!(slug.len() == 7 && slug.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{slug}");

    let number = &created["PAYMENT_LINK_ID"];
    let resent = post(&gateway, RESEND, format!("{login}&PAYMENT_LINK_ID={number}")).await;
    assert_eq!(resent.bytes, br#"{"RESPONSE_CODE":1,"RESPONSE_MESSAGE":"SUCCESS"}"#);

    let order = super::v2_link(&gateway, "0123").await["order_id"].as_str().unwrap().to_owned();
    gateway.pay_by_card(&order, "4012001037141112").await;
    let told = post(&gateway, STATUS, format!("{login}&REFERENCE_NO=0123")).await;
    let sample = br#"{
        "RESPONSE_CODE": 1,
        "RESPONSE_MESSAGE": "SUCCESS",
        "PAYMENT_MODE": 3,
        "PINE_PG_TRANSACTION_ID": 14619963,
        "ACQUIRER_NAME": "BILLDESK",
        "REFERENCE_NO": "0123",
        "AMOUNT": 50000,
        "TXN_STATUS": "7",
        "REFUND_AMOUNT": "0",
        "PARENT_TXN_STATUS": "4",
        "ACQUIRER_RESPONSE_CODE": "0300",
        "ACQUIRER_RESPONSE_MESSAGE": "DEFAULT"
    }"#;
    assert_eq!(shape(&told.bytes), shape(sample));
    let told = told.json();
    let named = |name: &str| told[name].clone();
    assert_eq!(
        ["AMOUNT", "REFERENCE_NO", "REFUND_AMOUNT", "TXN_STATUS", "PARENT_TXN_STATUS"].map(named),
        [json!(50_000), json!("0123"), json!("0"), json!("7"), json!("4")]
    );
}

#[tokio::test]
async fn the_answers_before_a_payment_have_the_same_types() {
    let gateway = Gateway::sandbox().await;
    super::make(&gateway, &[("REFERENCE_NO", Some("0123"))]).await;
    let told = super::status(&gateway, "0123").await;
    assert_eq!(
        told,
        json!({
            "RESPONSE_CODE": 1,
            "RESPONSE_MESSAGE": "SUCCESS",
            "PAYMENT_MODE": 0,
            "PINE_PG_TRANSACTION_ID": 0,
            "ACQUIRER_NAME": "",
            "REFERENCE_NO": "0123",
            "AMOUNT": 50_000,
            "TXN_STATUS": "7",
            "REFUND_AMOUNT": "0",
            "PARENT_TXN_STATUS": "1",
            "ACQUIRER_RESPONSE_CODE": "",
            "ACQUIRER_RESPONSE_MESSAGE": "",
        })
    );
}
