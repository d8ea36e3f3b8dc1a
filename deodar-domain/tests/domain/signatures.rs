//! The signatures of the return URL and of webhooks, by their published vectors.

use deodar_domain::signature::{
    hmac_sha256, return_text, sign_legacy_return, sign_return, verify_legacy_return, verify_return,
    webhook_mac,
};

const KEY: &str = "00112233445566778899AABBCCDDEEFF";

/// Fields, the text that is signed, and its signature.
type Vector = (&'static [(&'static str, &'static str)], &'static str, &'static str);

const VECTORS: [Vector; 2] = [
    (
        &[("status", "AUTHORIZED"), ("order_id", "v1-4405071524-aa-qlAtAf")],
        "order_id=v1-4405071524-aa-qlAtAf&status=AUTHORIZED",
        "37A14923923BA67E2106626F21F19BF21FDD489CD6D7CCDE3C1D897D286B54FB",
    ),
    (
        &[
            ("order_id", "v1-4405071524-aa-qlAtAf"),
            ("status", "FAILED"),
            ("error_message", "Consumer Authentication required"),
            ("error_code", "USER_AUTHENTICATION_FAILED"),
        ],
        "error_code=USER_AUTHENTICATION_FAILED&error_message=Consumer Authentication required\
         &order_id=v1-4405071524-aa-qlAtAf&status=FAILED",
        "29F6644EF4E359C051226CCD032EBADD87B51F67A77CA7F1AD01E9FE20921094",
    ),
];

fn key() -> Vec<u8> {
    hex::decode(KEY).unwrap()
}

#[test]
fn a_return_is_signed_as_the_vectors_say() {
    for (fields, text, signature) in VECTORS {
        assert_eq!(return_text(fields), text);
        assert_eq!(sign_return(&key(), fields), signature);
    }
}

#[test]
fn a_return_verifies_in_either_case_of_hex() {
    for (fields, _, signature) in VECTORS {
        assert!(verify_return(&key(), fields, signature));
        assert!(verify_return(&key(), fields, &signature.to_lowercase()));
    }
}

#[test]
fn a_return_that_was_tampered_with_does_not_verify() {
    for (fields, _, signature) in VECTORS {
        for at in 0..fields.len() {
            let mut changed = fields.to_vec();
            let value = format!("{}x", changed[at].1);
            changed[at].1 = &value;
            assert!(!verify_return(&key(), &changed, signature), "value {at} was changed");
            let without: Vec<_> =
                fields.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, f)| *f).collect();
            assert!(!verify_return(&key(), &without, signature), "field {at} was left out");
        }
        let mut more = fields.to_vec();
        more.push(("amount", "1"));
        assert!(!verify_return(&key(), &more, signature));
    }
}

#[test]
fn a_signature_that_is_not_the_whole_one_does_not_verify() {
    let (fields, _, signature) = VECTORS[0];
    let (half, _) = signature.split_at(32);
    let last_changed = format!("{}C", signature.strip_suffix('B').unwrap());
    let twice = format!("{signature}{signature}");
    let other_key = sign_return(b"another key", fields);
    for wrong in ["", half, &last_changed, &twice, &other_key, "not hex", "é"] {
        assert!(!verify_return(&key(), fields, wrong), "{wrong:?}");
    }
}

#[test]
fn empty_fields_and_the_signature_itself_are_not_signed() {
    let fields =
        [("signature", "AA"), ("status", "PROCESSED"), ("error_code", ""), ("order_id", "v1-1")];
    assert_eq!(return_text(&fields), "order_id=v1-1&status=PROCESSED");
}

#[test]
fn keys_are_signed_in_byte_order() {
    let fields = [("b", "1"), ("a_", "2"), ("aB", "3"), ("ab", "4"), ("B", "5"), ("a", "6")];
    assert_eq!(return_text(&fields), "B=5&a=6&aB=3&a_=2&ab=4&b=1");
}

#[test]
fn a_webhook_is_signed_as_the_vector_says() {
    // The secret is `YWJjMTIzNA==`, the signature `Ns46HrH+Nfu9dZtBUVvSLyrOD5JH0SAGlNo3M5yobfQ=`.
    let mac = webhook_mac(
        b"abc1234",
        "msg_2nEfCaUDn9fynC9Kz2upo1QSydl",
        1_728_543_028,
        br#"{"payload":"payload"}"#,
    );
    assert_eq!(
        hex::encode(mac),
        "36ce3a1eb1fe35fbbd759b41515bd22f2ace0f9247d1200694da37339ca86df4"
    );
}

#[test]
fn hmac_is_that_of_rfc_4231() {
    assert_eq!(
        hex::encode(hmac_sha256(&[0x0b; 20], &[b"Hi ", b"There"])),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
}

/// The return of a legacy link, and its signature as Python's `hmac` computed it.
const LEGACY: ([(&str, &str); 10], &str) = (
    [
        ("RESPONSE_CODE", "1"),
        ("RESPONSE_MESSAGE", "SUCCESS"),
        ("AUTH_CODE", ""),
        ("RRN", "606508123456"),
        ("PINE_PG_TRANSACTION_ID", "14619963"),
        ("ACQUIRER_NAME", "BILLDESK"),
        ("REFERENCE_NO", "0123 é/₹"),
        ("AMOUNT", "50000"),
        ("MERCHANT_ID", "106600"),
        ("PAYMENT_MODE", "3"),
    ],
    "72EC6D07C3FEA2785B5E68431B7CD9640AFF52D81C287DAFBB8FA876FD36795F",
);

#[test]
fn the_return_of_a_legacy_link_is_signed_with_its_empty_fields() {
    let (fields, expected) = LEGACY;
    assert_eq!(sign_legacy_return(&key(), &fields), expected);
    let mut reversed = fields;
    reversed.reverse();
    assert_eq!(sign_legacy_return(&key(), &reversed), expected);
}

#[test]
fn the_return_of_a_legacy_link_verifies_in_either_case_and_only_unchanged() {
    let (fields, signature) = LEGACY;
    for signature in [signature.to_owned(), signature.to_lowercase()] {
        let mut sent = fields.to_vec();
        sent.extend([("DIA_SECRET", signature.as_str()), ("DIA_SECRET_TYPE", "SHA256")]);
        assert!(verify_legacy_return(&key(), &sent, &signature));
        for at in 0..fields.len() {
            let mut changed = sent.clone();
            changed[at].1 = "2";
            assert!(!verify_legacy_return(&key(), &changed, &signature), "{:?}", fields[at]);
            changed.remove(at);
            assert!(!verify_legacy_return(&key(), &changed, &signature), "{:?}", fields[at]);
        }
        sent.push(("MORE", ""));
        assert!(!verify_legacy_return(&key(), &sent, &signature));
    }
    let half = signature.split_at(32).0;
    for wrong in ["", half, "no hex", "é"] {
        assert!(!verify_legacy_return(&key(), &fields, wrong), "{wrong:?}");
    }
}
