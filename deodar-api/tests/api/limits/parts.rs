//! The parts that several requests have: amounts, customers, products, splits, accounts.

use serde_json::{Value, json};

use super::fields::{Field, Kind, long};

/// An amount of at least `min` minor units, and what stands in it.
pub(crate) fn amount(path: &str, min: u64) -> Vec<Field> {
    vec![
        Field::object(path),
        Field::minor(&format!("{path}.value"), min),
        Field::currency(&format!("{path}.currency")),
    ]
}

/// The allowed methods, of which the request has two.
pub(crate) fn methods() -> Vec<Field> {
    let names = |count: usize| Value::Array(vec![json!("CARD"); count]);
    let methods = ["CARD", "upi", "Netbanking", "wallet", "POINTS", "CREDIT_EMI", "debit_emi"];
    let methods = methods.map(|name| json!(name));
    let wrong = ["CASH", "CARD ", "C\u{0}ARD", "CARD,UPI", "\u{1f4b3}"].map(|name| json!(name));
    vec![
        Field::new(
            "allowed_payment_methods",
            Kind::List,
            [json!([]), json!(["CARDLESS_EMI", "bnpl", "bnpl"]), names(50)],
            [names(51)],
        ),
        Field::new("allowed_payment_methods[1]", Kind::Word, methods, wrong).required(),
    ]
}

/// A customer whose mobile number has at least `mobile_min` digits.
pub(crate) fn customer(path: &str, mobile_min: usize) -> Vec<Field> {
    let at = |name: &str| format!("{path}.{name}");
    let mut fields = vec![
        Field::object(path),
        email(&at("email_id")),
        Field::text(&at("first_name"), 50),
        Field::text(&at("last_name"), 50),
        Field::text(&at("customer_id"), 19),
        Field::digits(&at("mobile_number"), mobile_min, 20),
        country_code(&at("country_code")),
        Field::text(&at("merchant_customer_reference"), 50),
        gstin(&at("gstin")),
        Field::text_flag(&at("is_edit_customer_details_allowed")),
    ];
    for address in ["billing_address", "shipping_address"] {
        let at = |name: &str| format!("{path}.{address}.{name}");
        fields.push(Field::object(&format!("{path}.{address}")));
        fields.extend(["address1", "address2", "address3"].map(|name| Field::text(&at(name), 100)));
        fields.push(Field::digits(&at("pincode"), 6, 10));
        fields.extend(["city", "state", "country"].map(|name| Field::text(&at(name), 50)));
    }
    fields
}

fn email(path: &str) -> Field {
    let good = [
        json!("a@b"),
        json!(format!("{}@b", "a".repeat(48))),
        json!("first.last+tag@sub.example.com"),
        json!("चाय@example.in"),
    ];
    let bad = [
        json!(format!("{}@b", "a".repeat(49))),
        json!("a"),
        json!("@"),
        json!("a@"),
        json!("@b"),
        json!("a@b@c"),
        json!("a b@c"),
        json!("a@b\u{a0}c"),
        json!("a@b\n"),
        json!("a\u{0}@b"),
    ];
    Field::new(path, Kind::Text, good, bad)
}

fn country_code(path: &str) -> Field {
    let good = ["1", "91", "+91", "12345", "+1234"].map(|code| json!(code));
    let bad = ["123456", "+12345", "+", "++91", "9+1", "IN", "९१", "9 1", "-91", "9\u{0}"];
    Field::new(path, Kind::Text, good, bad.map(|code| json!(code)))
}

fn gstin(path: &str) -> Field {
    let good = ["29ABCDE1234F1Z9", "00AAAAA0000A0ZA"].map(|number| json!(number));
    let bad = [
        "29ABCDE1234F1Z",
        "29ABCDE1234F1Z99",
        "29abcde1234f1z9",
        "2XABCDE1234F1Z9",
        "29ABCDE1234F1Y9",
        "29ABCDE1234F1Z-",
        "29ABCDE12३F1Z",
        "29ABCDE1234F1Z\u{0}",
    ];
    Field::new(path, Kind::Text, good, bad.map(|number| json!(number)))
}

/// Products or the items of a cart, of which the request has one.
pub(crate) fn products(path: &str) -> Vec<Field> {
    let count = |count: usize| Value::Array(vec![json!({"product_code": "tin"}); count]);
    let mut fields = vec![
        Field::new(path, Kind::List, [json!([]), count(100)], [count(101)]),
        Field::object(&format!("{path}[0]")).required(),
        Field::text(&format!("{path}[0].product_code"), 100),
    ];
    fields.extend(amount(&format!("{path}[0].product_amount"), 1));
    fields.extend(amount(&format!("{path}[0].product_coupon_discount_amount"), 0));
    fields
}

/// The items of an order's cart, of which the request has one.
pub(crate) fn cart_items(path: &str) -> Vec<Field> {
    let at = |name: &str| format!("{path}[0].{name}");
    let count = |count: usize| Value::Array(vec![json!({"item_id": "tin"}); count]);
    let price = |name: &str| Field::minor(&at(name), 0).optional();
    let mut quantity = Field::minor(&at("item_quantity"), 1).optional();
    quantity.good = vec![json!(1), json!(1_000_000)];
    quantity.bad.push(json!(1_000_001));
    vec![
        Field::new(path, Kind::List, [json!([]), count(100)], [count(101)]),
        Field::object(&format!("{path}[0]")).required(),
        Field::text(&at("item_id"), 100),
        Field::text(&at("item_name"), 255),
        Field::text(&at("item_description"), 1_024),
        Field::url(&at("item_details_url")),
        Field::url(&at("item_image_url")),
        price("item_original_unit_price"),
        price("item_discounted_unit_price"),
        quantity,
        Field::currency(&at("item_currency")).optional(),
    ]
}

/// Metadata, of which the request has one pair.
pub(crate) fn metadata(path: &str, key: &str) -> Vec<Field> {
    let pairs = |count: usize| -> Value {
        let pairs = (0..count).map(|index| (format!("key{index}"), json!("v")));
        pairs.collect::<serde_json::Map<_, _>>().into()
    };
    let good = [
        json!({}),
        pairs(10),
        json!({"k".repeat(256): "v"}),
        json!({"\u{1f375}": "v", "ключ": "", "": null}),
    ];
    let bad = [
        pairs(11),
        json!({"k".repeat(257): "v"}),
        json!({"": "v"}),
        json!({"a\u{0}": "v"}),
        json!({"a\nb": "v"}),
    ];
    let mut pair = Field::text(&format!("{path}.{key}"), 1_024);
    pair.good.push(long(1_024));
    vec![Field::new(path, Kind::Pairs, good, bad), pair]
}

/// A split by amounts, of which the request has one part.
pub(crate) fn split(path: &str) -> Vec<Field> {
    let part = format!("{path}.split_details[0]");
    let at = |name: &str| format!("{part}.{name}");
    let parts = |count: usize| {
        let amount = json!({"value": 1, "currency": "INR"});
        Value::Array(vec![json!({"split_merchant_id": "118833", "amount": amount}); count])
    };
    let mut fields = vec![
        Field::object(path),
        Field::new(
            &format!("{path}.split_type"),
            Kind::Word,
            [json!("AMOUNT"), json!("amount")],
            [json!("HALF"), json!("AMOUNTS"), json!("AMOUNT\u{0}")],
        )
        .required(),
        Field::new(
            &format!("{path}.split_details"),
            Kind::List,
            [parts(1), parts(50)],
            [json!([]), parts(51)],
        )
        .required(),
        Field::object(&part).required(),
        Field::text(&at("split_merchant_id"), 50).required(),
        Field::text(&at("merchant_settlement_reference"), 50),
        Field::flag(&at("on_hold")),
    ];
    let ignored = ["split_settlement_id", "status", "updated_at"];
    fields.extend(ignored.map(|name| Field::ignored(&at(name))));
    fields.extend(amount(&at("amount"), 1).into_iter().map(Field::required));
    fields
}

/// The path of a share, in a request that has one.
pub(crate) const SHARE: &str = "split_info.split_details[0].percentage";

/// Shares as JSON, and as what they are answered; `None` where they are refused.
pub(crate) const SHARES: [(&str, Option<&str>); 25] = [
    ("0", Some("0.00")),
    ("0.01", Some("0.01")),
    ("33.33", Some("33.33")),
    ("99.99", Some("99.99")),
    ("100", Some("100.00")),
    ("1e2", Some("100.00")),
    ("100.00", Some("100.00")),
    ("\"100.00\"", Some("100.00")),
    ("\"12.5\"", Some("12.50")),
    ("\"007\"", Some("7.00")),
    ("0.001", None),
    ("33.333", None),
    ("100.01", None),
    ("101", None),
    ("18446744073709551615", None),
    ("1e30", None),
    ("-0.01", None),
    ("-1", None),
    ("\"-1\"", None),
    ("\"1e1\"", None),
    ("\".5\"", None),
    ("\"१२\"", None),
    ("\"12,5\"", None),
    ("\"\"", None),
    ("null", None),
];

/// The account that alone may pay.
pub(crate) fn account(path: &str) -> Vec<Field> {
    let at = |name: &str| format!("{path}.bank_details.{name}");
    let number = [json!("1"), json!("7".repeat(40)), json!("AB12cd")];
    let wrong = ["12 34", "12-34", "१२३४", "12\u{0}", "\u{1f3e6}"].map(|number| json!(number));
    let mut number = Field::new(&at("account_number"), Kind::Text, number, wrong).required();
    number.bad.push(json!("7".repeat(41)));
    let branch = [json!("EXMP0000456"), json!("exmp0abc123")];
    let wrong = [
        json!("EXMP000045"),
        json!("EXMP00004567"),
        json!("EXMP1000456"),
        json!("3XMP0000456"),
        json!("EXMP00०0456"),
    ];
    vec![
        Field::object(path),
        Field::object(&format!("{path}.bank_details")),
        number,
        Field::new(&at("ifsc_code"), Kind::Word, branch, wrong),
        Field::text(&at("bank_name"), 100),
    ]
}

/// The payer's device. What is told of it is checked where a lender is told of it.
pub(crate) fn device(path: &str, is_told: bool) -> Vec<Field> {
    let names = [
        "operating_system",
        "source_ip_address",
        "browser_ip_address",
        "browser_user_agent",
        "device_model",
        "device_manufacturer",
    ];
    let mut fields = vec![Field::object(path)];
    fields.extend(names.map(|name| {
        let mut field = Field::text(&format!("{path}.{name}"), 1_024);
        field.kind = Kind::TextOrNumber;
        if !is_told {
            field.good.append(&mut field.bad);
        }
        field
    }));
    fields
}

/// A device of which everything is told.
pub(crate) fn device_info() -> Value {
    json!({
        "operating_system": "Linux", "source_ip_address": "192.0.2.17",
        "browser_ip_address": "192.0.2.18", "browser_user_agent": "Browser",
        "device_model": "Example Phone 9", "device_manufacturer": "Example",
    })
}
