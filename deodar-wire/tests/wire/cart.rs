//! The cart, in both of its forms: read, answered, and each limit from both sides.

use deodar_domain::key::KeyMint;
use deodar_domain::order::{NewOrder, Order};
use deodar_domain::purchase::ITEM_QUANTITY_MAX;
use deodar_domain::time::Timestamp;
use deodar_wire::{CreateLink, CreateOrder, InvalidRequest, order_json};
use serde_json::{Value, json};

fn item() -> Value {
    json!({
        "item_id": "tea-1",
        "item_name": "Assam tea ₹",
        "item_description": "One kilo",
        "item_details_url": "https://shop.example.com/tea",
        "item_image_url": "https://shop.example.com/tea.png",
        "item_original_unit_price": 25_000,
        "item_discounted_unit_price": 22_500,
        "item_quantity": 2,
        "item_currency": "INR",
    })
}

fn order(cart: &Value) -> Result<CreateOrder, InvalidRequest> {
    let body = json!({
        "merchant_order_reference": "r1",
        "order_amount": {"value": 1_100, "currency": "INR"},
        "purchase_details": {"cart_details": cart},
    });
    CreateOrder::parse(body.to_string().as_bytes())
}

fn answered(cart: &Value) -> Value {
    let at = Timestamp::parse("2025-03-06T08:27:55.881Z").unwrap();
    let new = NewOrder {
        key: KeyMint::new().next(at, 7),
        merchant: deodar_domain::id::MerchantId::new(104_359).unwrap(),
        terms: order(cart).unwrap().terms,
        link: None,
    };
    let (order, _) = Order::create(new, at);
    let answer = serde_json::to_value(order_json(&order, None)).unwrap();
    answer["data"]["purchase_details"]["cart_details"].clone()
}

#[test]
fn each_form_of_the_cart_is_answered_as_it_was_sent() {
    let products = json!([{"product_code": "tea"}]);
    for cart in [
        json!({"cart_items": [item(), {"item_name": "Kettle"}, {}]}),
        json!({"cart_items": []}),
        json!({"items": products}),
        json!({"items": products, "cart_items": [item()]}),
    ] {
        assert_eq!(answered(&cart), cart);
    }
    for empty in [json!({}), json!({"cart_items": null}), json!(""), Value::Null] {
        assert_eq!(answered(&empty), Value::Null, "{empty}");
    }
}

#[test]
fn a_link_takes_the_items_of_orders() {
    let body = json!({
        "merchant_payment_link_reference": "r1",
        "amount": {"value": 1_100, "currency": "INR"},
        "cart_details": {"cart_items": [item()]},
    });
    let link = CreateLink::parse(body.to_string().as_bytes()).unwrap();
    let of_order = order(&json!({"cart_items": [item()]})).unwrap();
    assert_eq!(link.terms.cart_items, of_order.terms.cart_items);
}

#[test]
fn every_field_of_an_item_has_its_limit() {
    let long = |length| json!("x".repeat(length));
    let most = deodar_domain::money::AMOUNT_MAX_PAISE;
    let cases = [
        ("item_id", long(100), long(101)),
        ("item_name", long(255), long(256)),
        ("item_name", json!("₹ ✓"), json!("a\u{0}b")),
        ("item_description", long(1_024), long(1_025)),
        ("item_details_url", json!("http://example.in"), json!("/tea")),
        ("item_image_url", json!("https://example.in/a.png"), json!("javascript:1")),
        ("item_original_unit_price", json!(0), json!(-1)),
        ("item_original_unit_price", json!(most), json!(most + 1)),
        ("item_discounted_unit_price", json!(""), json!("100")),
        ("item_discounted_unit_price", json!(1), json!(1.5)),
        ("item_discounted_unit_price", Value::Null, json!({"value": 1})),
        ("item_quantity", json!(1), json!(0)),
        ("item_quantity", json!(ITEM_QUANTITY_MAX), json!(ITEM_QUANTITY_MAX + 1)),
        ("item_quantity", Value::Null, json!(u64::MAX)),
        ("item_currency", json!(""), json!("USD")),
        ("item_currency", json!("INR"), json!("ZZZ")),
    ];
    for (name, inside, outside) in cases {
        let with = |value| {
            let mut item = item();
            item[name] = value;
            json!({"cart_items": [{}, item]})
        };
        order(&with(inside)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let refusal = order(&with(outside)).unwrap_err();
        let path = format!("purchase_details.cart_details.cart_items[1].{name}");
        assert_eq!(refusal.field.as_deref(), Some(path.as_str()), "{}", refusal.message);
    }
    let many = |count| json!({"cart_items": vec![json!({}); count]});
    assert!(order(&many(100)).is_ok());
    for wrong in [many(101), json!({"cart_items": [1]}), json!({"cart_items": {}})] {
        let refusal = order(&wrong).unwrap_err();
        let field = refusal.field.unwrap();
        assert!(field.starts_with("purchase_details.cart_details.cart_items"), "{field}");
    }
}
