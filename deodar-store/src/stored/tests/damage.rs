//! Documents that were damaged, or that a newer release wrote.

use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;

use super::samples::{FORMAT_1, records, sample};
use super::*;
use crate::contract::fixtures::clock;

fn order_of(name: &str) -> (RecordKey, &'static str) {
    let found = records().into_iter().find(|(found, _)| *found == name);
    (found.unwrap().1.key(), sample(name))
}

fn is_damaged<T>(read: &Result<T, StoreError>) -> bool {
    matches!(read, Err(StoreError::Damaged(_)))
}

/// The document with one piece of it, which must be there, replaced.
fn spoilt(document: &str, from: &str, to: &str) -> String {
    assert!(document.contains(from), "{from} is not in {document}");
    document.replacen(from, to, 1)
}

#[test]
fn a_document_that_was_cut_or_grew_is_damaged() {
    for (name, record) in records() {
        let document = sample(name);
        for (end, _) in document.char_indices() {
            let cut = document.get(..end).unwrap();
            assert!(is_damaged(&decode(record.key(), cut)), "{name} at {end}");
        }
        for tail in ["x", "}", "{}", "\0"] {
            assert!(is_damaged(&decode(record.key(), &format!("{document}{tail}"))), "{name}");
        }
    }
    for name in ["job_event", "job_operation"] {
        let document = sample(name);
        for (end, _) in document.char_indices() {
            assert!(is_damaged(&decode_payload(document.get(..end))), "{name} at {end}");
        }
    }
}

#[test]
fn what_a_document_says_is_checked() {
    let table = [
        ("full", r#""merchant":123456"#, r#""merchant":1"#),
        ("full", r#""merchant":123456"#, r#""merchant":"123456""#),
        ("full", r#""merchant":123456,"#, ""),
        ("full", r#"[50000,"INR"]"#, r#"[50000,"ZZZ"]"#),
        ("full", r#"[50000,"INR"]"#, r#"[-1,"INR"]"#),
        ("full", r#"[50000,"INR"]"#, r#"[1.5,"INR"]"#),
        ("full", r#"[50000,"INR"]"#, r"[50000]"),
        ("full", r#""cc up bn""#, r#""cc up xx""#),
        ("full", "kavya@example.com", "kavya"),
        ("full", "HDFC0000123", "HDFC"),
        ("full", r#""pieces":2"#, r#""pieces":0"#),
        ("contact", "tara@example.in", "tara"),
        ("full", r#""parts":[{"#, r#""parts":[{"share":{"points":1},"merchant":"a"},{"#),
        ("full", r#"{"amount":[20000,"INR"]}"#, r#"{"amount":[50001,"INR"]}"#),
        ("full", "http://localhost", "ftp://localhost"),
        ("by_points", r#"{"points":1250}"#, r#"{"points":10001}"#),
        ("created", r#""state":"created""#, r#""state":"Created""#),
        ("created", r#""reference":"order-7""#, r#""reference":"order 7""#),
        ("legacy", r#""reference":"INV/7 é""#, r#""reference":"INV=7 é""#),
        ("legacy", r#","legacy":true"#, ""),
        ("redirect", r#""last4":"0015""#, r#""last4":"00150""#),
        ("redirect", r#""operation":"000"#, r#""operation":"00"#),
        ("wallet", "EXAMPLE_PAY", "EXAMPLE PAY"),
        ("points", r#""last4":"0015""#, r#""last4":"15""#),
        ("credit_emi", r#""on":"credit""#, r#""on":"prepaid""#),
        ("credit_emi", r#""2025-04-06""#, r#""2025-02-30""#),
        ("credit_emi", r#""rate":1600"#, r#""rate":65536"#),
        ("credit_emi", r#""parts":["#, r#""parts":[],"rest":["#),
        ("cardless_emi", r#""mobile":"9000000010""#, r#""mobile":"""#),
        ("pay_later", "LAZYPAY", "LATER"),
        ("captured_of_two", r#""do":{"capture":0}"#, r#""do":{"capture":-1}"#),
        ("undone_of_two", "attempt_failed", "failed"),
        ("refunded", r#""do":{"refund":"#, r#""do":{"refund":-"#),
        ("merchant", r#""signing_key":"02"#, r#""signing_key":"2"#),
        ("merchant", "PAYMENT_LINK_CREATED", "PAYMENT_LINK"),
        ("refund", r#""order":"#, r#""order":-"#),
        ("clock_offset", r#""seconds":"#, r#""seconds":-"#),
        ("answer", r#""merchant":100001"#, r#""merchant":1"#),
        ("answer", r#""status":201"#, r#""status":65536"#),
        ("answer", r#""of":"000"#, r#""of":"00"#),
        ("delivery_waiting", r#""state":"waiting""#, r#""state":"gone""#),
    ];
    for (name, from, to) in table {
        let (key, document) = order_of(name);
        let document = spoilt(document, from, to);
        assert!(is_damaged(&decode(key, &document)), "{name}: {to}");
    }
}

#[test]
fn an_order_whose_sums_or_states_do_not_fit_is_damaged() {
    let table = [
        // More was taken than was to be paid.
        ("processed", r#"{"processed":[50000,"INR"]}"#, r#"{"processed":[50001,"INR"]}"#),
        // More went back than was taken.
        ("refunded", r#"{"processed":[50000,"INR"]}"#, r#"{"processed":[49999,"INR"]}"#),
        // A sum of two currencies.
        ("processed", r#"{"processed":[50000,"INR"]}"#, r#"{"processed":[50000,"USD"]}"#),
        // A payment is held and the order is not.
        ("authorized", r#"{"authorized":{"since":1741249675881123}}"#, r#""processed""#),
        // An attempt is in flight and the order knows of none, or of another.
        ("redirect", r#"{"pending":{"attempt":0}}"#, r#""attempted""#),
        ("redirect", r#"{"pending":{"attempt":0}}"#, r#"{"pending":{"attempt":1}}"#),
        // One payment of an attempt is in flight, and the other was made; or both were approved.
        ("approved", r#""state":"approved""#, r#""state":{"processed":[25000,"INR"]}"#),
        ("approved", r#""state":{"pending":{"until":1741250575881123}}"#, r#""state":"approved""#),
        // More is in flight than is to be paid.
        ("approved", r#"[25000,"INR"]"#, r#"[25001,"INR"]"#),
        // The link waits for an attempt that is not there.
        ("attempted", r#""state":"clicked""#, r#""state":"payment_initiated""#),
    ];
    for (name, from, to) in table {
        let (key, document) = order_of(name);
        let document = spoilt(document, from, to);
        assert!(is_damaged(&decode(key, &document)), "{name}: {to}");
    }
}

#[test]
fn what_is_damaged_is_told_without_what_is_in_it() {
    let (key, document) = order_of("full");
    let table = [
        (r#""editable":true"#, r#""editable":"kavya@example.com""#),
        (r#""country_code":"+91""#, r#""country_code":"kavya""#),
        (r#""state":"created""#, r#""state":"kavya""#),
        (r#""gstin":"27AAEPM1234C1Z5""#, r#""gstin":"kavya""#),
    ];
    for (from, to) in table {
        let Err(error) = decode(key, &spoilt(document, from, to)) else { panic!("{to} is read") };
        assert!(!error.to_string().contains("kavya"), "{error}");
    }
}

#[test]
fn a_newer_document_is_read_where_it_can_be_and_never_replaced() {
    let newer = StoreError::NewerFormat { found: 2, known: FORMAT };
    for (name, record) in records() {
        let grown = spoilt(
            sample(name),
            r#"{"format":1,"is":{"#,
            r#"{"format":2,"since":[{"a":null}],"is":{"new_field":{"a":[1]},"#,
        );
        assert_eq!(decode(record.key(), &grown), Ok(record.clone()), "{name}");
        assert_eq!(format_of(&grown), Ok(2));
        assert_eq!(check_rewritable(&grown), Err(newer.clone()));
        assert_eq!(check_rewritable(sample(name)), Ok(()));
        let changed = r#"{"format":2,"is":{"another":true}}"#;
        assert_eq!(decode(record.key(), changed), Err(newer.clone()), "{name}");
    }
    let payload = decode_payload(Some(r#"{"format":2,"is":{"another":true}}"#));
    assert_eq!(payload, Err(newer));
}

#[test]
fn a_document_without_its_format_is_damaged() {
    let key = clock(0).key();
    let table = [
        "",
        "{}",
        "null",
        r#"{"is":{"seconds":1}}"#,
        r#"{"is":{"seconds":1},"format":1}"#,
        r#"{"format":0,"is":{"seconds":1}}"#,
        r#"{"format":-1,"is":{"seconds":1}}"#,
        r#"{"format":"1","is":{"seconds":1}}"#,
        r#"{"format":4294967296,"is":{"seconds":1}}"#,
        r#"{"format":1"#,
    ];
    for document in table {
        assert!(is_damaged(&decode(key, document)), "{document}");
    }
    for document in ["", "{}", r#"{"format":0}"#, r#"{"format":x}"#] {
        assert!(is_damaged(&check_rewritable(document)), "{document}");
    }
}

#[test]
fn a_payment_out_of_its_place_is_not_written() {
    let (_, record) = records().into_iter().find(|(name, _)| *name == "processed").unwrap();
    let Record::Order(order) = record else { panic!("not an order") };
    let mut parts = order.into_parts();
    parts.payments[0].id.index = 1;
    let displaced = Order::restore(parts.clone()).unwrap();
    assert!(is_damaged(&encode(&Record::Order(Box::new(displaced)))));
    parts.payments[0].id.index = 0;
    parts.payments[0].id.order = OrderKey::from_i64(1).unwrap();
    let foreign = Order::restore(parts).unwrap();
    assert!(is_damaged(&encode(&Record::Order(Box::new(foreign)))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a broken disk leaves is refused, or is a record that could have been written.
    #[test]
    fn a_byte_that_was_changed_makes_no_record_that_cannot_be_written(
        line in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        byte in 0x20..0x7f_u8,
    ) {
        let records = records();
        let (name, record) = &records[line.index(records.len())];
        let mut bytes = sample(name).as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(document) = String::from_utf8(bytes)
            && let Ok(read) = decode(record.key(), &document)
        {
            round_trip(&read);
        }
    }
}

#[test]
fn every_sample_is_named_once() {
    let names: Vec<_> = FORMAT_1.lines().filter_map(|line| line.split_once(' ')).collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), distinct.len());
}
