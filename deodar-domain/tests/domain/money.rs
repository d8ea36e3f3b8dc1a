//! Money, and shares of it.

use deodar_domain::money::{Currency, Money, MoneyError};
use deodar_domain::split::{
    BasisPoints, SPLIT_PARTS_MAX, Share, SplitInfo, SplitMerchantId, SplitPart, SplitType,
};
use proptest::prelude::*;

fn money(minor: u64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).unwrap())
}

#[test]
fn amounts_are_shown_as_an_indian_reader_writes_them() {
    for (minor, code, shown, decimal) in [
        (0, "INR", "₹0.00", "0.00"),
        (1, "INR", "₹0.01", "0.01"),
        (100, "INR", "₹1.00", "1.00"),
        (99_900, "INR", "₹999.00", "999.00"),
        (100_000, "INR", "₹1,000.00", "1000.00"),
        (9_999_999, "INR", "₹99,999.99", "99999.99"),
        (10_000_000, "INR", "₹1,00,000.00", "100000.00"),
        (100_000_000, "INR", "₹10,00,000.00", "1000000.00"),
        (123_456_789_012, "INR", "₹1,23,45,67,890.12", "1234567890.12"),
        (500, "JPY", "JPY 500", "500"),
        (1_234_567, "JPY", "JPY 12,34,567", "1234567"),
        (1_234, "BHD", "BHD 1.234", "1.234"),
        (5, "BHD", "BHD 0.005", "0.005"),
        (150_050, "USD", "USD 1,500.50", "1500.50"),
    ] {
        assert_eq!(money(minor, code).display_indian(), shown);
        assert_eq!(money(minor, code).decimal(), decimal);
    }
    let most = money(u64::MAX, "INR").display_indian();
    assert_eq!(most, "₹1,84,46,74,40,73,70,95,516.15");
}

#[test]
fn arithmetic_is_checked() {
    let (one, two, most) = (Money::paise(1), Money::paise(2), Money::paise(u64::MAX));
    assert_eq!(one.plus(two), Ok(Money::paise(3)));
    assert_eq!(two.minus(one), Ok(one));
    assert_eq!(two.minus(two), Ok(Money::zero(Currency::INR)));
    assert_eq!(one.minus(two), Err(MoneyError::OutOfRange));
    assert_eq!(most.plus(one), Err(MoneyError::OutOfRange));
    assert_eq!(two.exceeds(one), Ok(true));
    assert_eq!(two.exceeds(two), Ok(false));
    assert_eq!(two.at_most(one), Ok(one));
    assert_eq!(one.at_most(two), Ok(one));
}

#[test]
fn currencies_are_never_mixed() {
    let (rupee, dollar) = (money(100, "INR"), money(100, "USD"));
    let mismatch = MoneyError::CurrencyMismatch(rupee.currency(), dollar.currency());
    assert_eq!(rupee.plus(dollar), Err(mismatch));
    assert_eq!(rupee.minus(dollar), Err(mismatch));
    assert_eq!(rupee.exceeds(dollar), Err(mismatch));
    assert_eq!(rupee.at_most(dollar), Err(mismatch));
    assert_ne!(rupee, dollar);
}

#[test]
fn currencies_are_known_by_their_code_in_capitals() {
    for (code, exponent) in [("INR", Some(2)), ("JPY", Some(0)), ("KWD", Some(3))] {
        assert_eq!(Currency::from_code(code).map(|currency| currency.exponent()), exponent);
    }
    for code in ["", "inr", "ZZZ", "IN", "INRR", "₹"] {
        assert_eq!(Currency::from_code(code), None, "{code:?}");
    }
    assert_eq!(Currency::INR.code(), "INR");
}

proptest! {
    #[test]
    fn what_is_added_can_be_taken_away(one in any::<u64>(), other in any::<u64>()) {
        let (one, other) = (Money::paise(one), Money::paise(other));
        if let Ok(sum) = one.plus(other) {
            prop_assert_eq!(sum.minus(other), Ok(one));
            prop_assert_eq!(one.exceeds(sum), Ok(false));
        }
    }

    #[test]
    fn grouping_adds_commas_alone(paise in any::<u64>()) {
        let money = Money::paise(paise);
        let shown = money.display_indian().replace(',', "");
        prop_assert_eq!(shown.strip_prefix('₹').unwrap(), money.decimal());
    }
}

#[test]
fn percentages_have_at_most_two_decimals() {
    for (text, points) in [
        ("0", Some(0)),
        ("0.01", Some(1)),
        ("12.5", Some(1_250)),
        ("12.50", Some(1_250)),
        ("33.33", Some(3_333)),
        ("99.99", Some(9_999)),
        ("100", Some(10_000)),
        ("100.00", Some(10_000)),
        ("100.01", None),
        ("101", None),
        ("12.345", None),
        ("1.2.3", None),
        (".5", None),
        ("-1", None),
        ("+1", None),
        ("1e1", None),
        ("12,5", None),
        ("", None),
        ("999999", None),
    ] {
        let read = BasisPoints::parse_percent(text).ok().map(BasisPoints::points);
        assert_eq!(read, points, "{text:?}");
    }
}

fn part(share: Share) -> SplitPart {
    let merchant = SplitMerchantId::parse("111078").unwrap();
    SplitPart { merchant, settlement_reference: None, share, on_hold: false }
}

#[test]
fn the_parts_of_a_split_may_not_exceed_the_amount() {
    let amount = |paise| part(Share::Amount(Money::paise(paise)));
    let percent = |points| part(Share::Percentage(BasisPoints::new(points).unwrap()));
    let dollars = part(Share::Amount(money(1, "USD")));
    let cases = [
        (SplitType::Amount, vec![], true),
        (SplitType::Amount, vec![amount(500)], true),
        (SplitType::Amount, vec![amount(200), amount(300)], true),
        (SplitType::Amount, vec![amount(200), amount(301)], false),
        (SplitType::Amount, vec![amount(u64::MAX), amount(1)], false),
        (SplitType::Amount, vec![dollars], false),
        (SplitType::Amount, vec![amount(100), percent(1)], false),
        (SplitType::Percentage, vec![percent(5_000), percent(5_000)], true),
        (SplitType::Percentage, vec![percent(5_000), percent(5_001)], false),
        (SplitType::Percentage, vec![amount(100)], false),
        (SplitType::Amount, vec![amount(1); SPLIT_PARTS_MAX], true),
        (SplitType::Amount, vec![amount(1); SPLIT_PARTS_MAX + 1], false),
    ];
    for (split_type, parts, fits) in cases {
        let split = SplitInfo::new(split_type, parts.clone(), Money::paise(500));
        assert_eq!(split.is_some(), fits, "{parts:?}");
    }
}
