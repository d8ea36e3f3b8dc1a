//! `POST /api/pay/v1/orders`.

use serde_json::{Value, json};

use super::fields::{Field, Kind, Table};
use super::parts;
use crate::common::{Gateway, ORDERS};

/// A request with every field, whose parts fit every amount that is tried.
fn full() -> Value {
    let order = include_str!("../../samples/create_order.request.json");
    let link = include_str!("../../samples/create_link.request.json");
    let mut body: Value = serde_json::from_str(order).unwrap();
    let mut link: Value = serde_json::from_str(link).unwrap();
    body["order_amount"]["value"] = json!(100_000_000);
    body["part_payment"] = json!(false);
    body["is_mcc_transaction"] = json!("false");
    body["allowed_payment_methods"] = json!(["CARD", "UPI"]);
    let coupon = json!({"value": 0, "currency": "INR"});
    link["cart_details"]["items"][0]["product_coupon_discount_amount"] = coupon.clone();
    link["split_info"]["split_details"][0]["amount"]["value"] = json!(100);
    link["cart_details"]["cart_items"] = json!([{
        "item_id": "tin", "item_name": "Tin", "item_description": "A tin of tea",
        "item_details_url": "https://example.in/tin", "item_image_url": "https://example.in/tin.png",
        "item_original_unit_price": 500, "item_discounted_unit_price": 400, "item_quantity": 2,
        "item_currency": "INR",
    }]);
    let mut customer = link["customer"].take();
    customer["is_edit_customer_details_allowed"] = json!(true);
    body["cart_coupon_discount_amount"] = coupon;
    body["purchase_details"] = json!({
        "customer": customer,
        "merchant_metadata": {"key1": "tea"},
        "products": link["product_details"],
        "cart_details": link["cart_details"],
        "split_info": link["split_info"],
        "account_details": link["account_details"],
    });
    body
}

fn fields() -> Vec<Field> {
    let mut fields = vec![
        Field::reference("merchant_order_reference"),
        Field::text("notes", 255),
        Field::text_flag("pre_auth"),
        Field::text_flag("is_mcc_transaction"),
        Field::flag("part_payment"),
        Field::url("callback_url"),
        Field::url("failure_callback_url"),
        Field::object("purchase_details"),
        Field::object("purchase_details.cart_details"),
    ];
    fields.extend(parts::amount("order_amount", 100).into_iter().map(Field::required));
    fields.extend(parts::methods());
    fields.extend(parts::customer("purchase_details.customer", 9));
    fields.extend(parts::products("purchase_details.products"));
    fields.extend(parts::products("purchase_details.cart_details.items"));
    fields.extend(parts::cart_items("purchase_details.cart_details.cart_items"));
    fields.extend(parts::amount("cart_coupon_discount_amount", 0));
    fields.extend(parts::metadata("purchase_details.merchant_metadata", "key1"));
    fields.extend(parts::split("purchase_details.split_info"));
    fields.extend(parts::account("purchase_details.account_details"));
    fields
}

#[tokio::test]
async fn every_field_of_an_order_has_its_edges() {
    let gateway = Gateway::sandbox().await;
    let table = Table { body: full(), reference: "merchant_order_reference", fields: fields() };
    let call = async |body| gateway.post(ORDERS, body).await;
    table.check(call, |answer| answer.json()["data"].take()).await;
}

#[tokio::test]
async fn every_field_of_a_checkout_has_the_edges_of_an_order_and_a_mode() {
    let gateway = Gateway::sandbox().await;
    let mut body = full();
    body["integration_mode"] = json!("REDIRECT");
    let modes = ["REDIRECT", "iframe"].map(|mode| json!(mode));
    let wrong = ["SEAMLESS", "POPUP", "IFRAME ", "I\u{0}"].map(|mode| json!(mode));
    let mut fields = fields();
    fields.push(Field::new("integration_mode", Kind::Word, modes, wrong));
    let table = Table { body, reference: "merchant_order_reference", fields };
    let call = async |body| {
        let made = gateway.post("/api/checkout/v1/orders", body).await;
        match made.json()["order_id"].as_str() {
            Some(id) => gateway.call("GET", &format!("{ORDERS}/{id}")).await,
            None => made,
        }
    };
    table.check(call, |answer| answer.json()["data"].take()).await;
}

/// What stands in `purchase_details` may stand beside it, under the same rules.
#[tokio::test]
async fn every_field_beside_the_purchase_details_has_the_same_edges() {
    let gateway = Gateway::sandbox().await;
    let mut body = full();
    let inside = body["purchase_details"].take();
    for name in ["split_info", "account_details"] {
        body[name] = inside[name].clone();
    }
    body["purchase_details"] = json!({"product": inside["products"]});
    let of_others = ["purchase_details.", "split_info", "account_details"];
    let is_other = |field: &Field| !of_others.iter().any(|name| field.path.starts_with(name));
    let mut fields: Vec<Field> = fields().into_iter().filter(is_other).collect();
    fields.extend(parts::split("split_info"));
    fields.extend(parts::account("account_details"));
    fields.extend(parts::products("purchase_details.product"));
    let table = Table { body, reference: "merchant_order_reference", fields };
    let call = async |body| gateway.post(ORDERS, body).await;
    let answered = |answer: &crate::common::Answer| {
        let mut data = answer.json()["data"].take();
        let purchase = data["purchase_details"].take();
        for name in ["split_info", "account_details"] {
            data[name] = purchase[name].clone();
        }
        data["purchase_details"] = json!({"product": purchase["products"]});
        data
    };
    table.check(call, answered).await;
}
