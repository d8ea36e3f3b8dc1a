//! Cards: numbers, brands, expiry, and that nothing of them is printed.

use deodar_domain::card::{
    CardBrand, CardExpiry, CardNumber, CardholderName, Cvv, InvalidCard, Last4,
};
use deodar_domain::time::Timestamp;
use proptest::prelude::*;

const APPROVED: &str = "4012001037141112";

#[test]
fn the_brands_of_the_test_numbers_are_recognised() {
    for (number, brand) in [
        (APPROVED, CardBrand::Visa),
        ("5123456789012346", CardBrand::Mastercard),
        ("6074820000000009", CardBrand::RuPay),
        ("4000000000000002", CardBrand::Visa),
        ("4000000000009995", CardBrand::Visa),
        ("4000000000000069", CardBrand::Visa),
        ("4000000000000127", CardBrand::Visa),
        ("4100000000000019", CardBrand::Visa),
        ("4000000000000341", CardBrand::Visa),
    ] {
        let card = CardNumber::parse(number).unwrap_or_else(|_| panic!("{number} was refused"));
        assert_eq!(card.brand(), brand, "{number}");
        assert!(number.ends_with(card.last4().as_str()), "{number}");
        assert_eq!(card.expose(), number);
    }
}

/// Completes a prefix to sixteen digits that pass the Luhn check.
fn completed(prefix: &str) -> CardNumber {
    (0..10)
        .find_map(|check| CardNumber::parse(&format!("{prefix:0<15}{check}")).ok())
        .expect("one of ten check digits is right")
}

#[test]
fn brands_are_recognised_by_the_schemes_ranges() {
    for (prefix, brand) in [
        ("4", CardBrand::Visa),
        ("51", CardBrand::Mastercard),
        ("55", CardBrand::Mastercard),
        ("2221", CardBrand::Mastercard),
        ("2720", CardBrand::Mastercard),
        ("2220", CardBrand::Unknown),
        ("2721", CardBrand::Unknown),
        ("508500", CardBrand::RuPay),
        ("508999", CardBrand::RuPay),
        ("509000", CardBrand::Maestro),
        ("606985", CardBrand::RuPay),
        ("608001", CardBrand::RuPay),
        ("652150", CardBrand::RuPay),
        ("652149", CardBrand::RuPay),
        ("653149", CardBrand::RuPay),
        ("653150", CardBrand::DinersClub),
        ("817200", CardBrand::RuPay),
        ("34", CardBrand::AmericanExpress),
        ("37", CardBrand::AmericanExpress),
        ("36", CardBrand::DinersClub),
        ("6011", CardBrand::DinersClub),
        ("3528", CardBrand::Jcb),
        ("3589", CardBrand::Jcb),
        ("3527", CardBrand::Unknown),
        ("56", CardBrand::Maestro),
        ("67", CardBrand::Maestro),
        ("9", CardBrand::Unknown),
    ] {
        assert_eq!(completed(prefix).brand(), brand, "{prefix}");
    }
    for brand in CardBrand::ALL {
        assert_eq!(CardBrand::from_name(brand.name()), Some(brand));
    }
}

#[test]
fn a_number_may_have_spaces_and_hyphens() {
    for text in ["4012 0010 3714 1112", " 4012-0010-3714-1112 ", "4012001037141112"] {
        assert_eq!(CardNumber::parse(text).unwrap().expose(), APPROVED);
    }
}

#[test]
fn wrong_numbers_are_refused() {
    for (text, error) in [
        ("", InvalidCard::NumberShape),
        ("40120010371", InvalidCard::NumberShape),
        ("40120010371411124012", InvalidCard::NumberShape),
        ("4012001037141112x", InvalidCard::NumberShape),
        ("4012.0010.3714.1112", InvalidCard::NumberShape),
        ("٤٠١٢٠٠١٠٣٧١٤١١١٢", InvalidCard::NumberShape),
        ("4012001037141113", InvalidCard::CheckDigit),
        ("4012001037141121", InvalidCard::CheckDigit),
    ] {
        assert_eq!(CardNumber::parse(text).err(), Some(error), "{text:?}");
    }
}

proptest! {
    #[test]
    fn luhn_finds_every_wrong_digit(at in 0_usize..16, digit in 0_u8..10) {
        let mut digits = APPROVED.to_owned().into_bytes();
        let wrong = digits[at] != b'0' + digit;
        digits[at] = b'0' + digit;
        let parsed = CardNumber::parse(std::str::from_utf8(&digits).unwrap());
        prop_assert_eq!(parsed.is_err(), wrong);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = CardNumber::parse(&text);
        let _ = CardExpiry::parse_slashed(&text);
        let _ = CardExpiry::parse(&text, &text);
        let _ = Cvv::parse(&text, CardBrand::Visa);
    }
}

#[test]
fn a_cvv_has_as_many_digits_as_the_brand_prints() {
    for (text, brand, right) in [
        ("123", CardBrand::Visa, true),
        (" 123 ", CardBrand::RuPay, true),
        ("1234", CardBrand::Visa, false),
        ("1234", CardBrand::AmericanExpress, true),
        ("123", CardBrand::AmericanExpress, false),
        ("12", CardBrand::Mastercard, false),
        ("", CardBrand::Visa, false),
        ("12a", CardBrand::Visa, false),
        ("+12", CardBrand::Visa, false),
    ] {
        assert_eq!(Cvv::parse(text, brand).is_ok(), right, "{text:?} of {brand:?}");
    }
}

#[test]
fn expiries_are_read_as_payers_type_them() {
    for (text, read) in [
        ("04/30", Some((4, 2030))),
        (" 04 / 30 ", Some((4, 2030))),
        ("4/30", Some((4, 2030))),
        ("04-30", Some((4, 2030))),
        ("0430", Some((4, 2030))),
        ("04/2030", Some((4, 2030))),
        ("042030", Some((4, 2030))),
        ("12/99", Some((12, 2099))),
        ("00/30", None),
        ("13/30", None),
        ("04/3", None),
        ("04/030", None),
        ("430", None),
        ("+4/30", None),
        ("04/+3", None),
        ("ab/cd", None),
        ("", None),
        ("/", None),
        ("é4/30", None),
    ] {
        let expiry = CardExpiry::parse_slashed(text).ok();
        assert_eq!(expiry.map(|expiry| (expiry.month(), expiry.year())), read, "{text:?}");
    }
}

#[test]
fn a_card_is_good_until_its_month_has_ended_everywhere() {
    let card = CardExpiry::parse("04", "25").unwrap();
    for (now, good) in [
        ("2024-12-31T00:00:00Z", true),
        ("2025-04-30T23:59:59Z", true),
        ("2025-05-01T11:59:59Z", true),
        ("2025-05-01T12:00:00Z", false),
        ("2026-01-01T00:00:00Z", false),
    ] {
        let checked = card.check_not_past(Timestamp::parse(now).unwrap());
        assert_eq!(checked.is_ok(), good, "{now}");
    }
}

#[test]
fn nothing_of_a_card_is_printed() {
    let number = CardNumber::parse(APPROVED).unwrap();
    let cvv = Cvv::parse("739", CardBrand::Visa).unwrap();
    let expiry = CardExpiry::parse("04", "30").unwrap();
    let printed = format!("{number:?} {number:#?} {cvv:?} {cvv:#?} {expiry:?} {expiry:#?}");
    assert!(!printed.contains(|character: char| character.is_ascii_digit()), "{printed}");
}

#[test]
fn last_four_digits_are_four_digits() {
    assert_eq!(Last4::parse("1112").unwrap().as_str(), "1112");
    for text in ["", "111", "11112", "111x", "é11"] {
        assert_eq!(Last4::parse(text), None, "{text:?}");
    }
}

#[test]
fn the_name_on_a_card_may_be_empty() {
    assert!(CardholderName::parse("").is_ok());
    assert!(CardholderName::parse("Kevin Bob").is_ok());
    assert!(CardholderName::parse("Kevin\nBob").is_err());
}
