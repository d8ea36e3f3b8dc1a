//! `POST /api/pay/v1/paymentlink`: bodies that are damaged, hostile or hold more than they should.

use deodar_wire::CreateLink;

use crate::requests::{FULL, full, parse, refusal};

#[test]
fn a_key_that_stands_there_twice_is_refused() {
    let cases = [
        (r#"{"description":"a","description":"b"}"#, "description"),
        (r#"{"amount":{"value":100,"value":200}}"#, "amount.value"),
        (r#"{"merchant_metadata":{"a":"1","a":"2"}}"#, "merchant_metadata"),
        (
            r#"{"product_details":[{"product_code":"a","product_code":"b"}]}"#,
            "product_details[0].product_code",
        ),
    ];
    for (body, field) in cases {
        assert_eq!(refusal(body).field.as_deref(), Some(field), "{body}");
    }
}

#[test]
fn unknown_fields_are_ignored_whatever_they_hold() {
    let known = full().to_string();
    let unknown = known.replacen('{', r#"{"surprise":{"deep":[1,{"a":null}]},"#, 1);
    assert_eq!(parse(&unknown).unwrap(), parse(&known).unwrap());
}

#[test]
fn what_is_no_json_object_is_refused_without_a_field() {
    let bomb = format!("{{\"customer\":{}", "[".repeat(60_000));
    let unknown_bomb = format!("{{\"x\":{}", "{\"a\":".repeat(12_000));
    let cases = [
        "",
        "  \n",
        "null",
        "\"\"",
        "[]",
        "7",
        "{",
        "{\"amount\":",
        "{}}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"description\":\"\\ud800\"}",
        "\u{feff}{}",
        "{\"a\":NaN}",
        &bomb,
        &unknown_bomb,
    ];
    for body in cases {
        let refused = refusal(body);
        if let Some(field) = &refused.field {
            assert_eq!(field, "customer", "{}", refused.message);
        }
        assert!(refused.message.len() < 200, "{}", refused.message);
    }
    let refused = CreateLink::parse(b"{\"description\":\"\xff\xfe\"}").unwrap_err();
    assert!(refused.message.contains("line 1 column"), "{}", refused.message);
    // A field that is passed over is part of the JSON too.
    let refused = CreateLink::parse(b"{\n \"x\":\"\xff\"}").unwrap_err();
    assert!(refused.message.ends_with("not UTF-8 at line 2 column 7"), "{}", refused.message);
    assert_eq!(refused.field, None);
}

#[test]
fn a_number_beyond_every_range_is_blamed_on_its_field() {
    for (body, field) in [
        (r#"{"amount":{"value":1e999}}"#, "amount.value"),
        (r#"{"product_details":[{},{"product_code":-1e400}]}"#, "product_details[1].product_code"),
    ] {
        assert_eq!(refusal(body).field.as_deref(), Some(field));
    }
    let refused = refusal("1e999");
    assert_eq!((refused.field, refused.message.contains("number")), (None, true));
}

#[test]
fn a_key_that_is_none_is_never_repeated() {
    for key in ["k".repeat(257), "k".repeat(60_000), "a\nb".into(), "a\u{0}b".into()] {
        for value in ["5", "\"v\"", "null", "{}"] {
            let key = serde_json::Value::String(key.clone());
            let refused = refusal(&format!(r#"{{"merchant_metadata":{{{key}:{value}}}}}"#));
            assert_eq!(refused.field.as_deref(), Some("merchant_metadata"));
            assert!(refused.message.len() < 200, "{}", refused.message);
        }
    }
    // A name of ours or of the merchant's is told, with the dots that it has.
    let refused = refusal(r#"{"merchant_metadata":{"a.b":5}}"#);
    assert_eq!(refused.field.as_deref(), Some("merchant_metadata.a.b"));
}

#[test]
fn nesting_is_bounded_in_what_nobody_reads_too() {
    let nested = |depth: usize| {
        // The body is one level itself, and brackets in texts are none.
        let inside = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        full().to_string().replacen('{', &format!(r#"{{"x\"[[{{":"\\","y":{inside},"#), 1)
    };
    parse(&nested(64)).unwrap();
    let refused = refusal(&nested(65));
    assert_eq!(refused.field, None);
    assert_eq!(refused.message, "The body must be nested at most 64 levels deep");
}

#[test]
fn a_damaged_body_is_read_or_refused_in_a_few_words() {
    let strange = b"\0\"\\{}[],:0-.e\x7f\xc3\xff";
    for at in 0..FULL.len() {
        let is_cut = at < FULL.trim_end().len();
        assert!(!is_cut || CreateLink::parse(&FULL.as_bytes()[..at]).is_err(), "cut at {at}");
        for byte in strange {
            let mut body = FULL.as_bytes().to_vec();
            body[at] = *byte;
            if let Err(refusal) = CreateLink::parse(&body) {
                assert!(refusal.message.len() < 200, "{refusal:?}");
            }
        }
    }
}
