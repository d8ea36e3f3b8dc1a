//! `POST /api/payment-option/eligibility/bnpl`.

use serde_json::{Value, json};

use super::fields::{Field, Kind, Table};
use super::parts;
use crate::common::{Answer, Gateway};

const ELIGIBILITY: &str = "/api/payment-option/eligibility/bnpl";

/// Another number each time: one is asked about ten times an hour.
fn mobile(count: u64) -> Value {
    json!((9_000_000_000 + count).to_string())
}

fn body(pay_code: &str) -> Value {
    json!({
        "mobile": "9000000000", "pay_code": pay_code,
        "amount": {"value": 3_400, "currency": "INR"},
        "device_info": parts::device_info(),
    })
}

fn fields() -> Vec<Field> {
    let mut mobile = Field::digits("mobile", 10, 10).required();
    mobile.kind = Kind::TextOrNumber;
    mobile.good.extend(["xxxxxx7315", "XXXXXXXXX1", "x900047815"].map(|text| json!(text)));
    mobile.good.push(json!(9_100_047_815_u64));
    let wrong =
        ["xxxxxxxxxx", "xxxxxx731", "xxxxxxx7315", "73xxxxxx15", "******7315", "xxxxxx७३१५"];
    mobile.bad.extend(wrong.map(|text| json!(text)));
    let lenders = ["LAZYPAY", "simpl", "Simpl3"].map(|code| json!(code));
    let wrong = ["SIMPL2", "LAZYPAY ", "L\u{0}"].map(|code| json!(code));
    let mut fields = vec![mobile, Field::new("pay_code", Kind::Word, lenders, wrong).required()];
    fields.extend(parts::amount("amount", 100).into_iter().map(Field::required));
    fields
}

#[tokio::test]
async fn every_field_of_an_eligibility_check_has_its_edges() {
    for (pay_code, needs_device) in [("LAZYPAY", false), ("SIMPL", true), ("SIMPL3", true)] {
        let gateway = Gateway::sandbox().await;
        let mut all = fields();
        let mut device = parts::device("device_info", true);
        if needs_device {
            device[0] = Field::object("device_info").required();
        }
        all.extend(device);
        let table = Table { body: body(pay_code), reference: "mobile", fields: all };
        // The answer tells nothing of what was sent.
        let answered = |_: &Answer| json!({"amount": {"currency": "INR"}});
        table
            .check_with(mobile, async |body| gateway.post(ELIGIBILITY, body).await, answered)
            .await;
    }
}
