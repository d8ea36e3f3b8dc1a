//! The form that takes the payer of a legacy link back.

use deodar_domain::signature::sign_legacy_return;
use deodar_domain::url::MerchantUrl;
use deodar_engine::{Destination, MerchantChange, ReturnForm};
use serde_json::json;

use super::{make, status, text, v2_link};
use crate::common::{Gateway, LINKS, link};

const GOOD: &str = "4012001037141112";
const BACK: &str = "https://shop.example.com/back";

async fn returning(gateway: &Gateway) {
    let back = Destination::At(MerchantUrl::parse(BACK).unwrap());
    let change = MerchantChange { return_url: Some(back), ..MerchantChange::default() };
    gateway.change_merchant(&change).await;
}

/// The form of the link of a reference.
async fn form(gateway: &Gateway, reference: &str) -> Option<ReturnForm> {
    let link = v2_link(gateway, reference).await;
    let slug = text(&link, "payment_link").rsplit_once('/').unwrap().1;
    let order = gateway.engine.link_page(slug).await.unwrap().order;
    gateway.engine.return_form(&order).await.unwrap()
}

#[tokio::test]
async fn a_payer_goes_back_with_the_legacy_form_after_a_success() {
    let gateway = Gateway::sandbox().await;
    returning(&gateway).await;
    for (reference, mode) in [("pl 1/é", "1"), ("held", "16")] {
        make(&gateway, &[("REFERENCE_NO", Some(reference)), ("PAYMENT_MODE", Some(mode))]).await;
        let id = v2_link(&gateway, reference).await["order_id"].as_str().unwrap().to_owned();
        assert_eq!(form(&gateway, reference).await, None);
        gateway.pay_by_card(&id, GOOD).await;
        let payment = gateway.read_order(&id).await["payments"][0].clone();
        let number = status(&gateway, reference).await["PINE_PG_TRANSACTION_ID"].to_string();
        let form = form(&gateway, reference).await.unwrap();
        assert_eq!(form.url.as_str(), BACK);
        let merchant = gateway.merchant.merchant.id.to_string();
        let acquirer = &payment["acquirer_data"];
        let expected = [
            ("RESPONSE_CODE", "1"),
            ("RESPONSE_MESSAGE", "SUCCESS"),
            ("AUTH_CODE", text(acquirer, "approval_code")),
            ("RRN", text(acquirer, "rrn")),
            ("PINE_PG_TRANSACTION_ID", &number),
            ("ACQUIRER_NAME", "SIMULATOR_CARD"),
            ("REFERENCE_NO", reference),
            ("AMOUNT", "50000"),
            ("MERCHANT_ID", &merchant),
            ("PAYMENT_MODE", mode),
        ];
        let sent: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (fields, signature) = sent.split_at(expected.len());
        assert_eq!(fields, expected);
        let key: &str = &gateway.merchant.signing_key;
        let digits = key.as_bytes().chunks(2).map(|digits| std::str::from_utf8(digits).unwrap());
        let key: Vec<u8> = digits.map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect();
        let signed = sign_legacy_return(&key, &expected);
        assert_eq!(signature, [("DIA_SECRET", signed.as_str()), ("DIA_SECRET_TYPE", "SHA256")]);
    }
}

#[tokio::test]
async fn after_a_failure_the_payer_stays() {
    let gateway = Gateway::sandbox().await;
    returning(&gateway).await;
    make(&gateway, &[]).await;
    let id = v2_link(&gateway, "pl_1").await["order_id"].as_str().unwrap().to_owned();
    let payment = gateway.begin_card(&id, "4000000000009995").await;
    assert_eq!(form(&gateway, "pl_1").await, None, "a payment is pending");
    let otp = json!({"payment_id": payment, "otp": "123456"});
    assert_eq!(gateway.post("/api/pay/v1/otp/submit", otp).await.status, 422);
    assert_eq!(form(&gateway, "pl_1").await, None);
}

#[tokio::test]
async fn a_merchant_without_a_return_url_keeps_the_payer_here() {
    let gateway = Gateway::sandbox().await;
    make(&gateway, &[]).await;
    let id = v2_link(&gateway, "pl_1").await["order_id"].as_str().unwrap().to_owned();
    gateway.pay_by_card(&id, GOOD).await;
    assert_eq!(form(&gateway, "pl_1").await, None);
}

#[tokio::test]
async fn a_v2_link_keeps_its_own_form_whoever_asks_about_it() {
    let gateway = Gateway::sandbox().await;
    returning(&gateway).await;
    let made = gateway.post(LINKS, link("v2-1")).await.json();
    make(&gateway, &[("REFERENCE_NO", Some("v2-1"))]).await;
    gateway.pay_by_card(text(&made, "order_id"), GOOD).await;
    let names: Vec<_> =
        form(&gateway, "v2-1").await.unwrap().fields.iter().map(|field| field.0).collect();
    assert_eq!(names, ["order_id", "status", "signature"]);
}
