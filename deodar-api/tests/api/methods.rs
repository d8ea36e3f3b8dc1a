//! Every method that an order can be paid by, several of them at once, and Pay Later's eligibility.

use serde_json::{Value, json};

use crate::common::Gateway;
use crate::payments::{GOOD_CARD, order, order_with, pay, payment, read, submit};

const ELIGIBILITY: &str = "/api/payment-option/eligibility/bnpl";
/// A card that has no points: its number ends in an odd digit.
const CARD_WITHOUT_POINTS: &str = "6074820000000009";

fn card_details() -> Value {
    json!({
        "name": "", "card_number": GOOD_CARD, "cvv": "739",
        "expiry_month": "12", "expiry_year": "2049",
    })
}

fn points(number: &str) -> Value {
    let last4 = number.get(number.len() - 4..).unwrap();
    json!({"points_card_details": {
        "card_number": number, "card_last4": last4, "registered_mobile_number": "9876543210",
    }})
}

fn pay_later(code: &str, mobile: &str) -> Value {
    json!({"bnpl_details": {"mobile": mobile, "bnpl_pay_code": code}})
}

fn tenure(months: u16) -> Value {
    json!({"offer_details": {"tenure": {"tenure_type": "MONTH", "tenure_value": months}}})
}

fn emi(method: &str, months: u16) -> Value {
    let option = if method == "CARDLESS_EMI" {
        json!({"cardless_details": {
            "pan_number": "ABCDE1234F", "registered_mobile_number": "9876543210",
        }})
    } else {
        json!({"card_details": card_details()})
    };
    let mut body = payment("p1", method, &option);
    body["payments"][0]["offer_data"] = tenure(months);
    body
}

/// One element of `payments`.
fn element(reference: &str, method: &str, option: &Value, paise: u64) -> Value {
    let mut one = payment(reference, method, option)["payments"][0].clone();
    one["payment_amount"]["value"] = json!(paise);
    one
}

fn card_and_points(number: &str) -> Value {
    json!({"payments": [
        element("p1", "CARD", &json!({"card_details": card_details()}), 40_000),
        element("p2", "POINTS", &points(number), 10_000),
    ]})
}

fn statuses(order: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let payments = order["payments"].as_array().unwrap().iter().rev();
    payments.map(|p| (text(&p["payment_method"]), text(&p["status"]))).collect()
}

fn are(order: &Value, expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(method, status)| ((*method).into(), (*status).into())).collect();
    assert_eq!(statuses(order), expected);
}

#[tokio::test]
async fn what_the_payer_confirms_by_a_password_is_paid_by_it() {
    let gateway = Gateway::sandbox().await;
    let bodies = [
        ("pt", payment("p1", "POINTS", &points(GOOD_CARD))),
        ("ce", emi("CREDIT_EMI", 6)),
        ("de", emi("DEBIT_EMI", 3)),
        ("cl", emi("CARDLESS_EMI", 12)),
        ("bn", payment("p1", "BNPL", &pay_later("LAZYPAY", "9876543210"))),
        ("bn", payment("p1", "BNPL", &pay_later("simpl3", "9876543211"))),
    ];
    for (number, (letters, body)) in bodies.into_iter().enumerate() {
        let id = order(&gateway, &format!("o{number}")).await;
        let data = pay(&gateway, &id, body).await.json()["data"].clone();
        assert_eq!(data["status"], "PENDING", "{data}");
        assert!(data["challenge_url"].is_string());
        let payment = format!("{id}-{letters}-a");
        assert_eq!(data["payments"][0]["id"], json!(payment));
        assert_eq!(data["payments"][0]["acquirer_data"]["rrn"], "");
        assert!(data["payments"][0]["acquirer_data"]["acquirer_reference"].is_string());
        let wrong = submit(&gateway, &payment, "000000").await;
        assert_eq!(wrong.error(), (422, "USER_AUTHENTICATION_FAILED".into()));
        assert_eq!(submit(&gateway, &payment, "123456").await.status, 200);
        assert_eq!(read(&gateway, &id).await["status"], "PROCESSED");
    }
}

#[tokio::test]
async fn a_wallet_waits_for_its_login_page() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let wallet = json!({"wallet_details": {"wallet_code": "AMAZON_PAY"}});
    let answer = pay(&gateway, &id, payment("p1", "WALLET", &wallet)).await;
    let data = answer.json()["data"].clone();
    assert_eq!(data["status"], "PENDING");
    let made = &data["payments"][0];
    assert_eq!(made["id"], json!(format!("{id}-wl-a")));
    assert_eq!(made["payment_option"], json!({"wallet_data": {"wallet_code": "AMAZON_PAY"}}));
    assert_eq!(made["acquirer_data"]["acquirer_name"], "SIMULATOR_WALLET");
}

#[tokio::test]
async fn an_emi_tells_its_plan() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let data = pay(&gateway, &id, emi("CREDIT_EMI", 6)).await.json()["data"].clone();
    let tenure = &data["payments"][0]["offer_data"]["offer_details"]["tenure"];
    assert_eq!(tenure["tenure_value"], 6);
    assert_eq!(tenure["name"], "6 Months");
    assert_eq!(tenure["loan_amount"], json!({"value": 50_000, "currency": "INR"}));
    let parts = tenure["installments"].as_array().unwrap();
    assert_eq!(parts.len(), 6);
    let sum: u64 = parts.iter().map(|part| part["amount_in_paise"].as_u64().unwrap()).sum();
    assert_eq!(tenure["total_emi_amount"]["value"], sum);
    assert_eq!(tenure["interest_amount"]["value"], sum - 50_000);
    assert_eq!(parts[0]["due_date"], "2026-04-06");

    let id = order(&gateway, "o2").await;
    for (body, field) in [
        (emi("CREDIT_EMI", 7), "offer_data.offer_details.tenure.tenure_value"),
        (emi("CREDIT_EMI", 0), "offer_data.offer_details.tenure.tenure_value"),
        (emi("DEBIT_EMI", 61), "offer_data.offer_details.tenure.tenure_value"),
    ] {
        let answer = pay(&gateway, &id, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()));
        assert_eq!(answer.field(), Some(format!("payments[0].{field}")));
    }
    let mut without = emi("CARDLESS_EMI", 3);
    without["payments"][0].as_object_mut().unwrap().remove("offer_data");
    let answer = pay(&gateway, &id, without).await;
    let field = "payments[0].offer_data.offer_details.tenure";
    assert_eq!(answer.field().as_deref(), Some(field));
    assert_eq!(read(&gateway, &id).await["payments"], json!([]));
}

#[tokio::test]
async fn a_pay_later_payment_is_told_as_its_lender_has_it() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let body = payment("p1", "BNPL", &pay_later("SIMPL3", "9876543210"));
    let data = pay(&gateway, &id, body).await.json()["data"].clone();
    let made = &data["payments"][0];
    assert_eq!(made["acquirer_data"]["acquirer_name"], "SIMPL3_BNPL");
    let told = &made["payment_option"]["bnpl_data"];
    assert_eq!((&told["mobile"], &told["bnpl_pay_code"]), (&json!("9876543210"), &json!("SIMPL3")));
    let due: Vec<_> =
        told["installments"].as_array().unwrap().iter().map(|part| &part["due_date"]).collect();
    assert_eq!(due, ["2026-03-06", "2026-04-21", "2026-05-21"]);
}

#[tokio::test]
async fn a_lender_refuses_at_once_whom_it_does_not_know() {
    let gateway = Gateway::sandbox().await;
    for (number, mobile) in ["9876540000", "9876541111"].into_iter().enumerate() {
        let id = order(&gateway, &format!("o{number}")).await;
        let body = payment("p1", "BNPL", &pay_later("LAZYPAY", mobile));
        let data = pay(&gateway, &id, body).await.json()["data"].clone();
        assert_eq!(data["status"], "ATTEMPTED");
        assert_eq!(data["payments"][0]["error_detail"]["code"], "PAYMENT_DECLINED");
    }
}

#[tokio::test]
async fn the_details_of_a_method_are_named_where_they_are_wrong() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let option = |name: &str| format!("payments[0].payment_option.{name}");
    let mut without_device = payment("p1", "BNPL", &pay_later("SIMPL", "9876543210"));
    without_device["payments"][0].as_object_mut().unwrap().remove("device_info");
    let mut other_card = points(GOOD_CARD);
    other_card["points_card_details"]["card_last4"] = json!("0000");
    let mut pan = emi("CARDLESS_EMI", 3);
    pan["payments"][0]["payment_option"]["cardless_details"]["pan_number"] = json!("ABCDE12345");
    let cases = [
        (payment("p1", "WALLET", &json!({})), option("wallet_details")),
        (
            payment("p1", "WALLET", &json!({"wallet_details": {"wallet_code": "a b"}})),
            option("wallet_details.wallet_code"),
        ),
        (payment("p1", "POINTS", &json!({})), option("points_card_details")),
        (payment("p1", "POINTS", &other_card), option("points_card_details.card_last4")),
        (
            payment("p1", "BNPL", &pay_later("OTHER", "9876543210")),
            option("bnpl_details.bnpl_pay_code"),
        ),
        (payment("p1", "BNPL", &pay_later("LAZYPAY", "xxxxxx3210")), option("bnpl_details.mobile")),
        (payment("p1", "BNPL", &pay_later("LAZYPAY", "987654321")), option("bnpl_details.mobile")),
        (without_device, "payments[0].device_info".to_owned()),
        (pan, option("cardless_details.pan_number")),
    ];
    for (body, field) in cases {
        let answer = pay(&gateway, &id, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{field}");
        assert_eq!(answer.field(), Some(field));
    }
    assert_eq!(read(&gateway, &id).await["payments"], json!([]));
}

#[tokio::test]
async fn points_beside_a_card_are_paid_together() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let first = pay(&gateway, &id, card_and_points(GOOD_CARD)).await;
    let data = first.json()["data"].clone();
    are(&data, &[("CARD", "PENDING"), ("POINTS", "PENDING")]);
    assert_eq!(
        (&data["status"], &data["payment_retries_remaining"]),
        (&json!("PENDING"), &json!(9))
    );
    let again = pay(&gateway, &id, card_and_points(GOOD_CARD)).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["data"]["payments"].as_array().unwrap().len(), 2);

    let card = format!("{id}-cc-a");
    assert_eq!(submit(&gateway, &card, "123456").await.status, 200);
    let paid = read(&gateway, &id).await;
    are(&paid, &[("CARD", "PROCESSED"), ("POINTS", "PROCESSED")]);
    assert_eq!(paid["status"], "PROCESSED");

    let refund = json!({"merchant_order_reference": "r1", "order_amount": {"value": 45_000, "currency": "INR"}});
    let refunded = gateway.post(&format!("/api/pay/v1/refunds/{id}"), refund).await;
    assert_eq!(refunded.json()["data"]["status"], "PROCESSED");
    assert_eq!(read(&gateway, &id).await["status"], "PARTIALLY_REFUNDED");
}

#[tokio::test]
async fn points_that_are_missing_undo_the_card_beside_them() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    let data =
        pay(&gateway, &id, card_and_points(CARD_WITHOUT_POINTS)).await.json()["data"].clone();
    are(&data, &[("CARD", "CANCELLED"), ("POINTS", "FAILED")]);
    assert_eq!(data["status"], "ATTEMPTED");
    assert_eq!(data["payments"][0]["error_detail"]["code"], "INSUFFICIENT_FUNDS");
    // The card's password comes too late.
    let late = submit(&gateway, &format!("{id}-cc-a"), "123456").await;
    assert_eq!(late.error(), (422, "OPERATION_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn a_card_that_fails_undoes_the_points_beside_it() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    pay(&gateway, &id, card_and_points(GOOD_CARD)).await;
    for _ in 0..3 {
        submit(&gateway, &format!("{id}-cc-a"), "000000").await;
    }
    let failed = read(&gateway, &id).await;
    are(&failed, &[("CARD", "FAILED"), ("POINTS", "CANCELLED")]);
    assert_eq!((&failed["status"], &failed["refunds"]), (&json!("ATTEMPTED"), &json!([])));
}

#[tokio::test]
async fn the_amounts_of_one_call_sum_to_what_is_due() {
    let gateway = Gateway::sandbox().await;
    let id = order(&gateway, "o1").await;
    for paise in [9_999, 10_001] {
        let mut body = card_and_points(GOOD_CARD);
        body["payments"][1]["payment_amount"]["value"] = json!(paise);
        let answer = pay(&gateway, &id, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()));
        assert_eq!(answer.field().as_deref(), Some("payments"));
    }
    let parts = order_with(&gateway, "o2", json!({"part_payment": true})).await;
    let mut body = card_and_points(GOOD_CARD);
    body["payments"][1]["payment_amount"]["value"] = json!(9_900);
    assert_eq!(pay(&gateway, &parts, body).await.status, 200);
}

fn eligibility(mobile: &str, code: &str, paise: u64) -> Value {
    json!({
        "mobile": mobile,
        "pay_code": code,
        "amount": {"value": paise, "currency": "INR"},
        "device_info": {"source_ip_address": "10.11.19.2", "device_model": "model"},
    })
}

#[tokio::test]
async fn eligibility_tells_the_limit_and_the_instalments() {
    let gateway = Gateway::sandbox().await;
    let ask = |body: Value| gateway.post(ELIGIBILITY, body);
    let told = ask(eligibility("xxxxxx2032", "SIMPL3", 3_400)).await;
    assert_eq!(told.status, 200);
    assert_eq!(
        told.json(),
        json!({"txn_eligibility": true, "metadata": {
            "credit_limit_available_in_paise": "1000000",
            "installments": [
                {"serial_no": 1, "amount_in_paise": 1_134, "due_date": "2026-03-06"},
                {"serial_no": 2, "amount_in_paise": 1_133, "due_date": "2026-04-21"},
                {"serial_no": 3, "amount_in_paise": 1_133, "due_date": "2026-05-21"},
            ],
        }})
    );
    let limit = |paise: &str| json!({"credit_limit_available_in_paise": paise});
    for (mobile, code, paise, eligible, paise_left) in [
        ("9876540000", "LAZYPAY", 3_400, false, "0"),
        ("9876541111", "LAZYPAY", 3_400, true, "0"),
        ("9876543210", "SIMPL", 1_000_000, true, "1000000"),
        ("9876543210", "SIMPL", 1_000_001, false, "1000000"),
        ("9876543210", "SIMPL3", 299, false, "1000000"),
    ] {
        let told = ask(eligibility(mobile, code, paise)).await.json();
        let expected = json!({"txn_eligibility": eligible, "metadata": limit(paise_left)});
        assert_eq!(told, expected, "{mobile} {code} {paise}");
    }
}

#[tokio::test]
async fn a_mobile_number_is_asked_about_ten_times_an_hour() {
    let gateway = Gateway::sandbox().await;
    let body = || eligibility("9876543210", "LAZYPAY", 3_400);
    for _ in 0..10 {
        assert_eq!(gateway.post(ELIGIBILITY, body()).await.status, 200);
    }
    let refused = gateway.post(ELIGIBILITY, body()).await;
    assert_eq!(refused.error(), (429, "API_RATE_LIMIT".into()));
    assert!(refused.headers.contains_key("retry-after"));
    let other = gateway.post(ELIGIBILITY, eligibility("9876543211", "LAZYPAY", 3_400)).await;
    assert_eq!(other.status, 200);
    let token = gateway.another_token().await;
    assert_eq!(gateway.post_as(&token, ELIGIBILITY, body()).await.status, 200);
}

#[tokio::test]
async fn an_eligibility_check_names_what_is_wrong() {
    let gateway = Gateway::sandbox().await;
    let good = || eligibility("9876543210", "SIMPL", 3_400);
    let with = |name: &str, value: Value| {
        let mut body = good();
        body[name] = value;
        body
    };
    for (body, field) in [
        (with("mobile", json!("12345")), "mobile"),
        (with("mobile", json!("xxxxxxxxxx")), "mobile"),
        (with("mobile", Value::Null), "mobile"),
        (with("pay_code", json!("OTHER")), "pay_code"),
        (with("amount", json!({"value": 99, "currency": "INR"})), "amount.value"),
        (with("amount", json!({"value": 100_000_001, "currency": "INR"})), "amount.value"),
        (with("amount", json!({"value": 100, "currency": "USD"})), "amount.currency"),
        (with("device_info", Value::Null), "device_info"),
    ] {
        let answer = gateway.post(ELIGIBILITY, body).await;
        assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{field}");
        assert_eq!(answer.field().as_deref(), Some(field));
    }
    assert_eq!(gateway.post_as("junk", ELIGIBILITY, good()).await.status, 401);
}
