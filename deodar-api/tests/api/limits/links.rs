//! `POST /api/pay/v1/paymentlink`.

use serde_json::{Value, json};

use super::fields::{Field, Kind, Table, with};
use super::parts;
use crate::common::{Answer, Gateway, LINKS};

/// A request with every field, whose parts fit every amount that is tried.
fn full() -> Value {
    let sample = include_str!("../../samples/create_link.request.json");
    let mut body: Value = serde_json::from_str(sample).unwrap();
    body["amount"]["value"] = json!(100_000_000);
    body["split_info"]["split_details"][0]["amount"]["value"] = json!(100);
    body["part_payment"] = json!(false);
    body["expire_by"] = json!("2026-03-28T13:26:06.909140Z");
    body["merchant_metadata"] = json!({"clientId": "TT"});
    body["customer"]["is_edit_customer_details_allowed"] = json!("false");
    let item = &mut body["cart_details"]["items"][0];
    item["product_coupon_discount_amount"] = json!({"value": 0, "currency": "INR"});
    body
}

fn fields() -> Vec<Field> {
    let mut fields = vec![
        Field::reference("merchant_payment_link_reference"),
        Field::text("description", 255),
        expire_by(),
        Field::text_flag("pre_auth"),
        Field::text_flag("is_mcc_transaction"),
        Field::flag("part_payment"),
        Field::url("callback_url"),
        Field::url("failure_callback_url"),
        Field::object("cart_details"),
    ];
    fields.extend(parts::amount("amount", 100).into_iter().map(Field::required));
    fields.extend(parts::methods());
    fields.extend(parts::customer("customer", 10));
    fields.extend(parts::products("product_details"));
    fields.extend(parts::products("cart_details.items"));
    fields.extend(parts::amount("cart_coupon_discount_amount", 0));
    fields.extend(parts::metadata("merchant_metadata", "clientId"));
    fields.extend(parts::split("split_info"));
    fields.extend(parts::account("account_details"));
    fields
}

fn expire_by() -> Field {
    let good = [
        // A millisecond from now, and 180 days.
        json!("2026-03-06T08:27:55.882Z"),
        json!("2026-09-02T08:27:55.881Z"),
        json!("2026-03-21T08:29Z"),
        json!("2026-03-21T13:59:00.123456789+05:30"),
        json!("2026-03-21t08:29:00z"),
    ];
    let bad = [
        json!("2026-03-06T08:27:55.881Z"),
        json!("2026-03-06T08:27:55.880Z"),
        json!("2026-09-02T08:27:55.882Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("-009999-01-02T01:59:59Z"),
        json!("99999-12-31T23:59:59Z"),
        json!("1970-01-01T00:00:00Z"),
        json!("tomorrow"),
        json!("2026-03-21"),
        json!("2026-03-21T08:29"),
        json!("2026-02-29T08:29Z"),
        json!("2026-03-21T25:00Z"),
        json!("1774082940"),
        json!("२०२६-03-21T08:29Z"),
        json!("2026-03-21T08:29Z\u{0}"),
    ];
    Field::new("expire_by", Kind::Word, good, bad)
}

#[tokio::test]
async fn every_field_of_a_link_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let reference = "merchant_payment_link_reference";
    let table = Table { body: full(), reference, fields: fields() };
    table.check(async |body| gateway.post(LINKS, body).await, Answer::json).await;
}

#[tokio::test]
async fn every_share_of_a_link_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let mut body = crate::common::link("r");
    body["split_info"] = json!({"split_type": "PERCENTAGE", "split_details": [
        {"split_merchant_id": "118833", "percentage": 1},
    ]});
    for (index, (value, told)) in parts::SHARES.into_iter().enumerate() {
        let body = with(&body, parts::SHARE, serde_json::from_str(value).unwrap());
        let body = with(&body, "merchant_payment_link_reference", json!(format!("share-{index}")));
        let answer = gateway.post(LINKS, body).await;
        if let Some(told) = told {
            assert_eq!(answer.status, 201, "{value}");
            let share = &answer.json()["split_info"]["split_details"][0]["percentage"];
            assert_eq!(share, told, "{value}");
        } else {
            assert_eq!(answer.error(), (400, "INVALID_REQUEST".into()), "{value}");
            assert_eq!(answer.field().as_deref(), Some(parts::SHARE), "{value}");
        }
    }
}
