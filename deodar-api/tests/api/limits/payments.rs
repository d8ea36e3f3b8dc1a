//! `POST /api/pay/v1/orders/{order_id}/payments`.

use deodar_domain::order::ATTEMPT_PAYMENTS_MAX;
use serde_json::{Value, json};

use super::fields::{Field, Kind, Table, long, with};
use super::parts;
use crate::common::{Answer, Gateway, ORDERS};

/// Makes an order of the amount of a payment, and pays it.
async fn call(gateway: &Gateway, body: Value) -> Answer {
    let count = gateway.commits.load(std::sync::atomic::Ordering::Relaxed);
    let amount = &body["payments"][0]["payment_amount"]["value"];
    let amount = amount.as_u64().filter(|value| (100..=100_000_000).contains(value));
    let order = json!({
        "merchant_order_reference": format!("order-{count}"),
        "order_amount": {"value": amount.unwrap_or(500), "currency": "INR"},
    });
    let id = gateway.make_order(order).await;
    gateway.post(&format!("{ORDERS}/{id}/payments"), body).await
}

fn body(method: &str, details: &str, option: Value) -> Value {
    let mut payment = json!({
        "merchant_payment_reference": "p",
        "payment_method": method,
        "payment_amount": {"value": 500, "currency": "INR"},
        "payment_option": {},
        "device_info": parts::device_info(),
    });
    payment["payment_option"][details] = option;
    json!({"payments": [payment]})
}

/// The fields that payments by every method have.
fn fields_of_all(method: &str, details: &str) -> Vec<Field> {
    let details = format!("payments[0].payment_option.{details}");
    let mut reference = Field::text("payments[0].merchant_payment_reference", 50).required();
    reference.kind = Kind::TextOrNumber;
    let methods = [json!(method), json!(method.to_lowercase())];
    let wrong = [json!("CASH"), json!(format!("{method} ")), json!("\u{1f4b3}")];
    let too_many = Value::Array(vec![json!({}); ATTEMPT_PAYMENTS_MAX + 1]);
    let mut fields = vec![
        Field::new("payments", Kind::List, [], [json!([]), too_many]).required(),
        Field::object("payments[0]").required(),
        reference,
        Field::new("payments[0].payment_method", Kind::Word, methods, wrong).required(),
        Field::object("payments[0].payment_option").required_at(&details),
        Field::object(&details).required(),
    ];
    fields.extend(parts::device("payments[0].device_info", method == "BNPL"));
    let amount = parts::amount("payments[0].payment_amount", 100);
    fields.extend(amount.into_iter().map(Field::required));
    fields
}

/// Checks the fields of all methods and `fields`. Where the payment is an EMI, the request has an
/// offer, too.
async fn check(method: &str, details: &str, option: Value, fields: Vec<Field>) {
    let gateway = Gateway::sandbox().await;
    let mut all = fields_of_all(method, details);
    all.extend(fields);
    let mut body = body(method, details, option);
    if method.ends_with("EMI") {
        body["payments"][0]["offer_data"] = json!({"offer_details": {
            "tenure": {"tenure_type": "MONTH", "tenure_value": 3},
        }});
        all.extend(offer());
    }
    let table = Table { body, reference: "payments[0].merchant_payment_reference", fields: all };
    let answered = |answer: &Answer| answer.json()["data"].take();
    table.check(async |body| call(&gateway, body).await, answered).await;
}

/// The plan of an EMI.
fn offer() -> Vec<Field> {
    let path = "payments[0].offer_data";
    let tenure = format!("{path}.offer_details.tenure");
    let of_type = ["MONTH", "month"].map(|kind| json!(kind));
    let wrong = ["DAY", "MONTHS", "M\u{0}"].map(|kind| json!(kind));
    let value = format!("{tenure}.tenure_value");
    let months = [json!(3), json!("3"), json!("24")];
    let mut months = Field::new(&value, Kind::TextOrNumber, months, []).required();
    // Neither a number of months at all nor one of the bank's plans.
    months.bad.extend(["0", "61", "7", "-3", "+3", " 3", "3.0", "३"].map(|text| json!(text)));
    months.bad.extend([json!(0), json!(61), json!(65_539), json!(u64::MAX), json!(-3)]);
    vec![
        Field::object(path).required_at(&tenure),
        Field::object(&format!("{path}.offer_details")).required_at(&tenure),
        Field::object(&tenure).required(),
        Field::new(&format!("{tenure}.tenure_type"), Kind::Word, of_type, wrong),
        months,
    ]
}

/// A number of `length` digits that passes the Luhn check.
fn card_number(length: usize) -> Value {
    let known = "4".repeat(length - 1);
    let numbers = (0..10).map(|digit| format!("{known}{digit}"));
    let mut right = numbers.filter(|number| deodar_domain::card::CardNumber::parse(number).is_ok());
    json!(right.next().unwrap())
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

fn card() -> Value {
    json!({
        "name": "Meera Nair", "card_number": "4012001037141112", "cvv": "739",
        "expiry_month": "12", "expiry_year": "2049", "save": false,
    })
}

/// The number of a card.
fn number(path: &str) -> Field {
    let mut number = Field::new(path, Kind::Word, [], []).required();
    number.good = vec![card_number(12), card_number(19)];
    number.good.extend(texts(&["4012 0010 3714 1112", "4012-0010-3714-1112", "6074820000000009"]));
    number.bad = texts(&[
        "40120010379",
        "44444444444444444444",
        "4012001037141113",
        "4012001037141112x",
        "४०१२००१०३७१४१११२",
        "4012001037141112\u{0}",
        " ",
    ]);
    number
}

/// The fields of a card.
fn card_fields() -> Vec<Field> {
    let at = |name: &str| format!("payments[0].payment_option.card_details.{name}");
    let mut name = Field::text(&at("name"), 100);
    name.kind = Kind::Word;
    let mut cvv = Field::new(&at("cvv"), Kind::Word, [json!("000"), json!("999")], []).required();
    cvv.bad = texts(&["12", "1234", "12a", "१२३", "12\u{0}", "-12", " "]);
    let mut month = Field::new(&at("expiry_month"), Kind::TextOrNumber, [], []).required();
    month.good = texts(&["01", "12", "9"]);
    month.good.extend([json!(1), json!(12)]);
    month.bad = texts(&["0", "00", "13", "1x", "-1", "+1", "१२", "1\u{0}", "256", "1.0"]);
    month.bad.extend([json!(0), json!(13), json!(-1), json!(u64::MAX)]);
    let mut year = Field::new(&at("expiry_year"), Kind::TextOrNumber, [], []).required();
    year.good = texts(&["26", "2026", "99", "9999"]);
    year.good.extend([json!(2049), json!(49)]);
    year.bad = texts(&["25", "2025", "0000", "6", "026", "20266", "+026", "२०४९", "204\u{0}"]);
    year.bad.extend([json!(2025), json!(20_266), json!(-2049), json!(u64::MAX)]);
    vec![name, number(&at("card_number")), cvv, month, year, Field::flag(&at("save"))]
}

#[tokio::test]
async fn every_field_of_a_card_payment_has_its_edges() {
    check("CARD", "card_details", card(), card_fields()).await;
}

#[tokio::test]
async fn every_field_of_an_emi_on_a_card_has_its_edges() {
    for method in ["CREDIT_EMI", "DEBIT_EMI"] {
        check(method, "card_details", card(), card_fields()).await;
    }
}

#[tokio::test]
async fn every_field_of_an_emi_without_a_card_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.cardless_details.{name}");
    let mut pan = Field::new(&at("pan_number"), Kind::Word, [], []);
    pan.good = texts(&["ABCDE1234F", "abcde1234f", "1234", "234F"]);
    pan.bad =
        texts(&["ABCDE12345", "ABCDE1234", "ABCDE1234FG", "ABCD", "ABCDE१२F", "ABCDE1234\u{0}"]);
    let mut last = Field::new(&at("pan_last_digits"), Kind::TextOrNumber, [], []);
    last.good = texts(&["1234", "234F"]);
    last.good.push(json!(1234));
    last.bad = texts(&["123", "12345", "ABCD", "१२३४", "12 4"]);
    let mut mobile = Field::digits(&at("registered_mobile_number"), 9, 20).required();
    mobile.kind = Kind::TextOrNumber;
    let details = json!({
        "pan_number": "ABCDE1234F", "pan_last_digits": "234F",
        "registered_mobile_number": "9000047815",
    });
    check("CARDLESS_EMI", "cardless_details", details, vec![pan, last, mobile]).await;
}

#[tokio::test]
async fn every_field_of_a_wallet_payment_has_its_edges() {
    let path = "payments[0].payment_option.wallet_details.wallet_code";
    let codes = [long(1), long(50), json!("AMAZON_PAY"), json!("a-1")];
    let wrong = ["a b", "वॉलेट", "a\u{0}", "<b>", "a.b"].map(|code| json!(code));
    let mut code = Field::new(path, Kind::Word, codes, wrong).required();
    code.bad.push(long(51));
    let details = json!({"wallet_code": "AMAZON_PAY"});
    check("WALLET", "wallet_details", details, vec![code]).await;
}

#[tokio::test]
async fn every_field_of_a_points_payment_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.points_card_details.{name}");
    let mut last = Field::new(&at("card_last4"), Kind::TextOrNumber, [json!("1112")], []);
    last.good.push(json!(1112));
    last.bad = texts(&["0000", "111", "11112", "१११२", "1112\u{0}"]);
    let mut mobile = Field::digits(&at("registered_mobile_number"), 10, 20).required();
    mobile.kind = Kind::TextOrNumber;
    let mut number = number(&at("card_number"));
    // What is told of the number is of this one.
    number.good = texts(&["4012001037141112", "4012-0010-3714-1112"]);
    let details = json!({
        "card_number": "4012001037141112", "card_last4": "1112",
        "registered_mobile_number": "9000047815",
    });
    check("POINTS", "points_card_details", details, vec![number, last, mobile]).await;
}

#[tokio::test]
async fn every_field_of_a_pay_later_payment_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.bnpl_details.{name}");
    let lenders = ["LAZYPAY", "simpl", "Simpl3"].map(|code| json!(code));
    let wrong = ["SIMPL2", "LAZYPAY ", "L\u{0}"].map(|code| json!(code));
    let mut mobile = Field::digits(&at("mobile"), 10, 10).required();
    mobile.kind = Kind::TextOrNumber;
    mobile.good.push(json!(9_000_047_815_u64));
    mobile.bad.push(json!("xxxxxx7815"));
    let fields =
        vec![mobile, Field::new(&at("bnpl_pay_code"), Kind::Word, lenders, wrong).required()];
    let details = json!({"mobile": "9000047815", "bnpl_pay_code": "LAZYPAY"});
    check("BNPL", "bnpl_details", details, fields).await;
}

#[tokio::test]
async fn a_card_is_good_until_the_end_of_its_month_everywhere_on_earth() {
    let gateway = Gateway::sandbox().await;
    let paid = async |month: &str| {
        let details = json!({
            "card_number": "4012001037141112", "cvv": "739",
            "expiry_month": month, "expiry_year": "26",
        });
        call(&gateway, body("CARD", "card_details", details)).await
    };
    assert_eq!(paid("03").await.status, 200, "it is March");
    let refused = paid("02").await;
    let field = "payments[0].payment_option.card_details.expiry_year";
    assert_eq!(refused.field().as_deref(), Some(field));
}

#[tokio::test]
async fn american_express_prints_four_digits() {
    let gateway = Gateway::sandbox().await;
    for (cvv, taken) in [("739", false), ("7391", true), ("73910", false)] {
        let details = json!({
            "card_number": "378282246310005", "cvv": cvv,
            "expiry_month": "12", "expiry_year": "2049",
        });
        let answer = call(&gateway, body("CARD", "card_details", details)).await;
        assert_eq!(answer.status == 200, taken, "{cvv}");
    }
}

#[tokio::test]
async fn every_field_of_a_upi_payment_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.upi_details.{name}");
    let modes = ["COLLECT", "collect"].map(|mode| json!(mode));
    let wrong = ["PULL", "COLLECT ", "QR", "C\u{0}"].map(|mode| json!(mode));
    let mut qr = Field::new(&at("upi_qr"), Kind::Flag, [json!(false)], [json!("false")]);
    // A request to an address has no code.
    qr.bad.push(json!(true));
    let mut vpa = Field::new(&at("payer.vpa"), Kind::Word, [], []).required();
    vpa.good =
        vec![json!("a@b"), json!("Name.x-y_9@Bank2"), json!(format!("{}@b", "a".repeat(253)))];
    let wrong_vpas =
        ["a@", "@b", "ab", "a@b@c", "a b@c", "a@b.c", "चाय@upi", "a\u{0}@b", "a/b@c", "a&b=c@d"];
    vpa.bad = wrong_vpas.map(|vpa| json!(vpa)).into();
    vpa.bad.push(json!(format!("{}@b", "a".repeat(254))));
    let fields = vec![
        Field::new(&at("txn_mode"), Kind::Word, modes, wrong).required(),
        Field::object(&at("payer")).required(),
        vpa,
        qr,
    ];
    let details = json!({"txn_mode": "COLLECT", "payer": {"vpa": "success@upi"}, "upi_qr": false});
    check("UPI", "upi_details", details, fields).await;
}

#[tokio::test]
async fn every_field_of_a_upi_link_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.upi_details.{name}");
    let modes = ["INTENT", "intent"].map(|mode| json!(mode));
    let fields = vec![
        Field::new(&at("txn_mode"), Kind::Word, modes, [json!("PUSH")]).required(),
        Field::flag(&at("upi_qr")),
        Field::object(&at("payer")),
        Field::new(&at("payer.vpa"), Kind::Text, [], []),
    ];
    let details = json!({"txn_mode": "INTENT", "payer": {"vpa": ""}, "upi_qr": true});
    check("UPI", "upi_details", details, fields).await;
}

#[tokio::test]
async fn every_field_of_a_netbanking_payment_has_its_edges() {
    let at = |name: &str| format!("payments[0].payment_option.netbanking_details.{name}");
    let codes = [long(1), long(20), json!("NB1531"), json!("nb_1")];
    let wrong = ["NB 1531", "NB-1531", "NB१५", "NB\u{0}", "<b>"].map(|code| json!(code));
    let mut code = Field::new(&at("pay_code"), Kind::Word, codes, wrong).required();
    code.bad.push(long(21));
    let modes = [json!("REDIRECT"), long(20)];
    let wrong = [json!("<b>"), json!("RE DIRECT"), long(21)];
    let fields = vec![code, Field::new(&at("txn_mode"), Kind::Word, modes, wrong)];
    let details = json!({"pay_code": "NB1531", "txn_mode": "REDIRECT"});
    check("NETBANKING", "netbanking_details", details, fields).await;
}

#[tokio::test]
async fn each_of_several_payments_is_blamed_for_itself() {
    let gateway = Gateway::sandbox().await;
    let order = json!({
        "merchant_order_reference": "r1",
        "order_amount": {"value": 1_000, "currency": "INR"},
        "allowed_payment_methods": ["CARD", "POINTS", "CREDIT_EMI"],
    });
    let id = gateway.make_order(order).await;
    let two = |at: &str, value: Value| {
        let mut both = body("CARD", "card_details", card());
        let mut second = both["payments"][0].clone();
        second["merchant_payment_reference"] = json!("p2");
        second["offer_data"] = json!({"offer_details": {"tenure": {"tenure_value": 3}}});
        both["payments"].as_array_mut().unwrap().push(second);
        with(&both, at, value)
    };
    let invalid = (400, "INVALID_REQUEST");
    let not_enabled = (422, "PAYMENT_METHOD_NOT_ENABLED");
    let card = "payments[1].payment_option.card_details";
    let cases = [
        ("payments[1].merchant_payment_reference", json!("p"), invalid, ""),
        ("payments[1].payment_amount.currency", json!("USD"), invalid, ""),
        ("payments[1].payment_amount.value", json!(99), invalid, ""),
        ("payments[1].payment_amount.value", json!(499), invalid, "payments"),
        ("payments[1].payment_amount.value", json!(501), invalid, "payments"),
        ("payments[1].payment_amount.value", json!(100_000_000), invalid, "payments"),
        ("payments[1].payment_method", json!("CASH"), invalid, ""),
        ("payments[1].payment_method", json!("DEBIT_EMI"), not_enabled, ""),
        (&format!("{card}.expiry_year"), json!("2025"), invalid, ""),
        (&format!("{card}.card_number"), json!("4012001037141113"), invalid, ""),
        (
            "payments[1].payment_method",
            json!("POINTS"),
            invalid,
            "payments[1].payment_option.points_card_details",
        ),
    ];
    for (at, value, (status, code), named) in cases {
        let refused =
            gateway.post(&format!("{ORDERS}/{id}/payments"), two(at, value.clone())).await;
        assert_eq!(refused.error(), (status, code.to_owned()), "{at} {value}");
        let named = if named.is_empty() { at } else { named };
        assert_eq!(refused.field().as_deref(), Some(named), "{at} {value}");
    }
    let mut emi = two("payments[1].payment_method", json!("CREDIT_EMI"));
    let tenure = "payments[1].offer_data.offer_details.tenure.tenure_value";
    emi = with(&emi, tenure, json!(7));
    let refused = gateway.post(&format!("{ORDERS}/{id}/payments"), emi).await;
    assert_eq!(refused.field().as_deref(), Some(tenure));
    assert_eq!(gateway.read_order(&id).await["payments"], json!([]));
}
