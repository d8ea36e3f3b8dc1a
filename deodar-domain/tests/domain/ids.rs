//! Public ids, the keys in them, and the mint of keys.

use std::time::Duration;

use deodar_domain::id::{
    MerchantId, OperationId, PaymentId, UuidBits, index_of, letters_of, link_id, order_id,
    parse_link_id, parse_order_id,
};
use deodar_domain::key::{KeyMint, OrderKey};
use deodar_domain::method::Method;
use deodar_domain::time::Timestamp;
use proptest::prelude::*;

use crate::made::START;

/// The longest id that merchants are told to expect.
const ID_LENGTH_MAX: usize = 50;

/// Keys of the years that a two-digit year of an id can tell: 2020 to 2099.
fn keys() -> impl Strategy<Value = OrderKey> {
    let first = OrderKey::first_at(Timestamp::parse("2020-01-01T00:00:00Z").unwrap());
    let last = OrderKey::first_at(Timestamp::parse("2099-12-31T23:59:59.999Z").unwrap());
    (first.as_i64()..=last.as_i64()).prop_filter_map("no millisecond", OrderKey::from_i64)
}

/// Whether `text` is `yyMMddHHmmss-aa-` and six letters or digits.
fn has_shape(text: &str) -> bool {
    text.len() == 22
        && text.bytes().enumerate().all(|(at, byte)| match at {
            0..=11 => byte.is_ascii_digit(),
            12 | 15 => byte == b'-',
            13 | 14 => byte == b'a',
            _ => byte.is_ascii_alphanumeric(),
        })
}

proptest! {
    #[test]
    fn ids_read_back_and_have_their_shape(key in keys(), index in 0..18_278_u16) {
        let order = order_id(key);
        prop_assert!(has_shape(order.strip_prefix("v1-").unwrap()), "{order}");
        prop_assert_eq!(parse_order_id(&order), Some(key));

        let link = link_id(key);
        prop_assert!(has_shape(link.strip_prefix("pl-v1-").unwrap()), "{link}");
        prop_assert_eq!(parse_link_id(&link), Some(key));
        prop_assert_ne!(link.rsplit('-').next(), order.rsplit('-').next());

        for method in Method::ALL {
            let payment = PaymentId { order: key, method, index };
            let text = payment.to_string();
            let head = format!("{order}-{}-", method.letters());
            let letters = text.strip_prefix(&head).unwrap();
            prop_assert!(letters.bytes().all(|byte| byte.is_ascii_lowercase()));
            prop_assert_eq!(PaymentId::parse(&text), Some(payment));
            prop_assert!(text.len() <= ID_LENGTH_MAX && link.len() <= ID_LENGTH_MAX);
        }
    }

    #[test]
    fn an_id_that_is_read_is_written_the_same(text in "v1-[0-9]{12}-aa-[A-Za-z0-9]{6}") {
        if let Some(key) = parse_order_id(&text) {
            prop_assert_eq!(order_id(key), text);
        }
    }

    #[test]
    fn the_stored_value_of_a_key_reads_back(key in keys()) {
        prop_assert_eq!(OrderKey::from_i64(key.as_i64()), Some(key));
        prop_assert_eq!(key.second().micros() % 1_000_000, 0);
    }

    #[test]
    fn reading_an_id_survives_any_text(text in ".{0,60}") {
        let _ = (parse_order_id(&text), parse_link_id(&text), PaymentId::parse(&text));
    }

    #[test]
    fn uuids_and_operations_read_back(bits in any::<u128>()) {
        let uuid = UuidBits::version_4(bits);
        let text = uuid.hyphenated();
        prop_assert_eq!(text.len(), 36);
        prop_assert_eq!(text.as_bytes()[14], b'4', "the version of RFC 9562");
        prop_assert!(b"89ab".contains(&text.as_bytes()[19]), "the variant of RFC 9562");
        prop_assert_eq!(UuidBits::parse_hyphenated(&text), Some(uuid));
        prop_assert_eq!(UuidBits::parse_hyphenated(&text.to_uppercase()), Some(uuid));
        prop_assert_eq!(OperationId::parse(&OperationId(bits).to_string()), Some(OperationId(bits)));
    }
}

#[test]
fn foreign_ids_are_refused() {
    let order = order_id(OrderKey::first_at(START));
    let link = link_id(OrderKey::first_at(START));
    for text in [
        "",
        "v1-",
        &link,
        order.strip_prefix("v1-").unwrap(),
        &order.to_uppercase(),
        &format!("{order}A"),
        &format!(" {order}"),
        order.split_at(order.len() - 1).0,
        &order.replace("-aa-", "-ab-"),
        "v1-250306082755-aa-åäö",
        "v1-251306082755-aa-AAAAAA",
        "v1-250230082755-aa-AAAAAA",
        "v1-250306242755-aa-AAAAAA",
        "v1-190306082755-aa-AAAAAA",
        "v1-4405071524-aa-qlAtAf",
        "v1-+50306082755-aa-AAAAAA",
    ] {
        assert_eq!(parse_order_id(text), None, "{text:?}");
    }
    for text in ["", &order, link.strip_prefix('p').unwrap(), "pl-v1-", &format!("{link}-")] {
        assert_eq!(parse_link_id(text), None, "{text:?}");
    }
    for letters in ["", "A", "1", "aaaa", "a-a", "é"] {
        assert_eq!(PaymentId::parse(&format!("{order}-cc-{letters}")), None, "{letters:?}");
    }
    for text in [format!("{order}-xx-a"), format!("{order}-a"), format!("{link}-cc-a")] {
        assert_eq!(PaymentId::parse(&text), None, "{text:?}");
    }
}

#[test]
fn most_suffixes_belong_to_no_key() {
    // A suffix tells 31 bits out of 62⁶ texts; the rest are refused without a look at a store.
    let known = (0..1_000)
        .filter(|number| parse_order_id(&format!("v1-250306082755-aa-AA{number:04}")).is_some())
        .count();
    assert!((1..200).contains(&known), "{known} of 1,000 were read");
}

#[test]
fn letters_count_like_the_columns_of_a_spreadsheet() {
    for (index, letters) in [
        (0, "a"),
        (1, "b"),
        (25, "z"),
        (26, "aa"),
        (51, "az"),
        (52, "ba"),
        (701, "zz"),
        (702, "aaa"),
    ] {
        assert_eq!(letters_of(index), letters);
        assert_eq!(index_of(letters), Some(index));
    }
}

#[test]
fn merchant_ids_have_six_digits() {
    for (text, number) in [
        ("100000", Some(100_000)),
        ("999999", Some(999_999)),
        ("099999", None),
        ("1000000", None),
        ("10000", None),
        ("+12345", None),
        (" 12345", None),
        ("", None),
    ] {
        assert_eq!(MerchantId::parse(text).map(MerchantId::as_u32), number, "{text:?}");
    }
    assert_eq!(MerchantId::new(111_077).unwrap().to_string(), "111077");
}

#[test]
fn texts_that_are_no_uuid_are_refused() {
    for text in [
        "",
        "3fa85f64-5717-4562-b3fc-2c963f66afa",
        "3fa85f64-5717-4562-b3fc-2c963f66afa61",
        "3fa85f6457174562b3fc2c963f66afa6",
        "3fa85f64-5717-4562-b3fc_2c963f66afa6",
        "3fa85f64-5717-4562-b3fc-2c963f66afag",
        "{3fa85f64-5717-4562-b3fc-2c963f66af}",
        "+fa85f64-5717-4562-b3fc-2c963f66afa6",
    ] {
        assert_eq!(UuidBits::parse_hyphenated(text), None, "{text:?}");
    }
}

/// Steps of a clock, in microseconds and backwards too, each with random bits.
fn steps() -> impl Strategy<Value = Vec<(i64, u16)>> {
    prop::collection::vec((-5_000_000_i64..5_000_000, any::<u16>()), 1..300)
}

proptest! {
    #[test]
    fn the_mint_only_grows(steps in steps()) {
        let mut mint = KeyMint::new();
        let mut now = START;
        let mut last = mint.next(now, 0);
        for (step_micros, random) in steps {
            now = Timestamp::from_micros(now.micros() + step_micros);
            let key = mint.next(now, random);
            // The tick grows, so that the random bits of two keys never decide their order.
            prop_assert!(key.as_i64() >> 12 > last.as_i64() >> 12);
            prop_assert_eq!(OrderKey::from_i64(key.as_i64()), Some(key));
            prop_assert_eq!(parse_order_id(&order_id(key)), Some(key));
            last = key;
        }
    }
}

#[test]
fn a_burst_within_one_millisecond_goes_on_into_the_next_second() {
    let mut mint = KeyMint::new();
    let now = Timestamp::parse("2025-03-06T08:27:55.999Z").unwrap();
    let first = mint.next(now, 0);
    let mut last = first;
    for _ in 1..512 {
        let key = mint.next(now, u16::MAX);
        assert!(key > last);
        last = key;
    }
    assert_eq!(last.second(), first.second());
    let over = mint.next(now, 0);
    assert_eq!(over.second(), first.second().plus(Duration::from_secs(1)));
    assert_eq!(OrderKey::from_i64(over.as_i64()), Some(over));
    assert_eq!(parse_order_id(&order_id(over)), Some(over));
}

#[test]
fn a_clock_that_steps_back_gives_larger_keys_still() {
    let mut mint = KeyMint::new();
    let before = mint.next(START, u16::MAX);
    let after = mint.next(START.minus(Duration::from_hours(24)), 0);
    assert!(after > before);
    assert_eq!(after.second(), before.second());
}

#[test]
fn keys_are_ordered_by_time() {
    let mut mint = KeyMint::new();
    let key = mint.next(START, 77);
    assert!(OrderKey::first_at(START) <= key);
    assert!(key < OrderKey::first_at(START.plus(Duration::from_millis(1))));
}

#[test]
fn a_value_that_is_no_key_is_refused() {
    for value in [-1, i64::MIN, 1_000 << 21, (1 << 31) | (1_023 << 21)] {
        assert_eq!(OrderKey::from_i64(value), None, "{value}");
    }
}
