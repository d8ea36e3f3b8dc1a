//! Texts at their limits, contact details, UPI addresses, tax numbers and accounts.

use deodar_domain::account::{AccountNumber, BankAccount, Ifsc};
use deodar_domain::customer::{
    AddressLine, CountryCode, CustomerId, Email, Gstin, MobileNumber, PersonName, Pincode,
    PlaceName,
};
use deodar_domain::decline::{DeclineReason, Failure, FailureMessage};
use deodar_domain::event::EventType;
use deodar_domain::id::OperationId;
use deodar_domain::method::{Method, MethodSet};
use deodar_domain::money::Money;
use deodar_domain::purchase::{METADATA_PAIRS_MAX, Metadata};
use deodar_domain::reference::{MerchantReference, PaymentReference};
use deodar_domain::text::{Description, InvalidText, MetadataKey, MetadataValue, ProductCode};
use deodar_domain::upi::{Vpa, pay_link};

type Read = fn(&str) -> Result<(), InvalidText>;

#[test]
fn texts_are_read_between_their_limits_and_refused_beyond() {
    let types: [(&str, usize, usize, &str, Read); 12] = [
        ("merchant reference", 1, 50, "a", |t| MerchantReference::parse(t).map(drop)),
        ("payment reference", 1, 50, "é", |t| PaymentReference::parse(t).map(drop)),
        ("description", 1, 255, "₹", |t| Description::parse(t).map(drop)),
        ("person's name", 1, 50, "अ", |t| PersonName::parse(t).map(drop)),
        ("customer id", 1, 19, "1", |t| CustomerId::parse(t).map(drop)),
        ("address line", 0, 100, "a", |t| AddressLine::parse(t).map(drop)),
        ("place", 0, 50, "a", |t| PlaceName::parse(t).map(drop)),
        ("pincode", 6, 10, "1", |t| Pincode::parse(t).map(drop)),
        ("product code", 1, 100, "a", |t| ProductCode::parse(t).map(drop)),
        ("metadata value", 0, 1_024, "a", |t| MetadataValue::parse(t).map(drop)),
        ("account number", 1, 40, "0", |t| AccountNumber::parse(t).map(drop)),
        ("mobile of a link", 10, 20, "9", |t| MobileNumber::parse(t, 10).map(drop)),
    ];
    for (name, min, max, character, read) in types {
        assert_eq!(read(&character.repeat(min)), Ok(()), "{name}, {min}");
        assert_eq!(read(&character.repeat(max)), Ok(()), "{name}, {max}");
        assert_eq!(read(&character.repeat(max + 1)), Err(InvalidText::TooLong { max }), "{name}");
        match min {
            0 => assert_eq!(read(""), Ok(()), "{name}"),
            _ => assert_eq!(read(""), Err(InvalidText::Empty), "{name}"),
        }
        if min > 1 {
            let short = character.repeat(min - 1);
            assert_eq!(read(&short), Err(InvalidText::TooShort { min }), "{name}");
        }
        for control in ["\n", "\r", "\t", "\u{0}", "\u{7f}", "\u{85}"] {
            let text = format!("{}{control}", character.repeat(min.max(1)));
            assert!(matches!(read(&text), Err(InvalidText::Alphabet(_))), "{name}, {control:?}");
        }
    }
}

#[test]
fn a_merchants_reference_has_letters_digits_hyphens_and_underscores() {
    assert!(MerchantReference::parse("AZaz09-_").is_ok());
    for text in ["a b", "a.b", "a/b", "a&b", "a=b", "é", "a'", "a%20", "أ"] {
        assert!(matches!(MerchantReference::parse(text), Err(InvalidText::Alphabet(_))), "{text}");
    }
}

#[test]
fn messages_of_refusals_are_sentences_for_the_caller() {
    let empty = MerchantReference::parse("").unwrap_err().to_string();
    assert_eq!(empty, "must not be empty");
    let long = MerchantReference::parse(&"a".repeat(51)).unwrap_err().to_string();
    assert_eq!(long, "must be less than or equal to 50 characters");
}

#[test]
fn an_e_mail_has_one_at_with_text_on_both_sides() {
    for text in ["a@b", "kevin.bob@example.com", "kevin+1@example.in", "क@example.com"] {
        assert_eq!(Email::parse(text).unwrap().as_str(), text);
    }
    let longest = format!("{}@example.com", "a".repeat(50 - 12));
    assert!(Email::parse(&longest).is_ok());
    for text in
        ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\n", &format!("a{longest}")]
    {
        assert!(Email::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn contact_details_are_masked() {
    for (text, masked) in
        [("kevin@example.com", "k•••@example.com"), ("k@b", "k•••@b"), ("कख@b", "क•••@b")]
    {
        assert_eq!(Email::parse(text).unwrap().masked(), masked);
    }
    let mobile = MobileNumber::parse("9876543210", MobileNumber::LENGTH_MIN_LINK).unwrap();
    assert_eq!(mobile.masked(), "••••••••10");
}

#[test]
fn mobile_numbers_are_digits() {
    let order = MobileNumber::LENGTH_MIN_ORDER;
    assert!(MobileNumber::parse("987654321", order).is_ok());
    assert!(MobileNumber::parse("987654321", MobileNumber::LENGTH_MIN_LINK).is_err());
    for text in ["+919876543210", "98765 43210", "98765-43210", "९८७६५४३२१०"] {
        assert!(MobileNumber::parse(text, order).is_err(), "{text:?}");
    }
}

#[test]
fn country_codes_are_answered_as_they_were_sent() {
    for text in ["91", "+91", "0091", "+1868", "12345"] {
        assert_eq!(CountryCode::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "+", "++91", "91+", "IN", "123456", "+12345"] {
        assert!(CountryCode::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(CountryCode::india().as_str(), "91");
}

#[test]
fn a_gstin_is_checked_by_its_shape() {
    for text in ["27AAEPM1234C1Z5", "27AAEPM1234CAZ5", "29ABCDE1234F2ZW"] {
        assert_eq!(Gstin::parse(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "27AAEPM1234C1Z",
        "27AAEPM1234C1Z55",
        "27aaepm1234c1z5",
        "2AAAEPM1234C1Z5",
        "27AAEPM1234C1Y5",
        "27AAEP11234C1Z5",
        "27AAEPM1234C1Z-",
    ] {
        assert!(Gstin::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_upi_id_is_a_name_and_a_handle() {
    for (text, read) in [
        ("success@upi", "success@upi"),
        (" Success@UPI ", "success@upi"),
        ("9876543210@ybl", "9876543210@ybl"),
        ("a.b-c_d@okaxis", "a.b-c_d@okaxis"),
    ] {
        assert_eq!(Vpa::parse(text).unwrap().as_str(), read);
    }
    for text in
        ["", "a", "@upi", "a@", "a@b@c", "a b@upi", "a@up.i", "a@up-i", "a&pa=b@upi", "é@upi"]
    {
        assert!(Vpa::parse(text).is_err(), "{text:?}");
    }
    let longest = format!("{}@upi", "a".repeat(251));
    assert!(Vpa::parse(&longest).is_ok());
    assert!(Vpa::parse(&format!("a{longest}")).is_err());
}

#[test]
fn a_upi_link_names_payee_amount_and_operation_and_cannot_be_extended() {
    let payee = Vpa::parse("merchant@upi").unwrap();
    let link = pay_link(&payee, "A & B=C ₹?", Money::paise(50_000), OperationId(255));
    assert_eq!(
        link,
        "upi://pay?pa=merchant@upi&pn=A%20%26%20B%3DC%20%E2%82%B9%3F&am=500.00\
         &tr=000000000000000000000000000000ff&cu=INR"
    );
}

#[test]
fn an_ifsc_has_four_letters_a_zero_and_six_more() {
    assert_eq!(Ifsc::parse("hdfc0000123").unwrap().as_str(), "HDFC0000123");
    for text in ["", "HDFC000012", "HDFC00001234", "HDFC1000123", "H1FC0000123", "HDFC0-00123"] {
        assert!(Ifsc::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn metadata_has_at_most_ten_pairs() {
    let pair = || (MetadataKey::parse("key").unwrap(), MetadataValue::parse("value").unwrap());
    assert!(Metadata::new(vec![pair(); METADATA_PAIRS_MAX]).is_some());
    assert!(Metadata::new(vec![pair(); METADATA_PAIRS_MAX + 1]).is_none());
}

#[test]
fn a_failures_words_can_be_signed() {
    for text in ["a&b", "a=b", "a\nb", ""] {
        assert!(FailureMessage::parse(text).is_err(), "{text:?}");
    }
    for reason in DeclineReason::ALL {
        let failure = Failure::of(reason);
        assert!(FailureMessage::parse(failure.message()).is_ok(), "{reason:?}");
        assert!(!reason.code().contains(['&', '=']), "{reason:?}");
        assert_eq!(DeclineReason::from_code(reason.code()), Some(reason));
    }
}

#[test]
fn names_of_methods_and_events_read_back() {
    for method in Method::ALL {
        assert_eq!(Method::from_name(&method.name().to_lowercase()), Some(method));
        assert_eq!(Method::from_letters(method.letters()), Some(method));
    }
    for event_type in EventType::ALL {
        assert_eq!(EventType::from_name(event_type.name()), Some(event_type));
        assert_eq!(event_type.is_of_link(), event_type.name().starts_with("PAYMENT_LINK"));
    }
}

#[test]
fn sets_of_methods_hold_what_was_put_in() {
    let both: MethodSet = [Method::Upi, Method::Card].into_iter().collect();
    assert_eq!(both.iter().collect::<Vec<_>>(), [Method::Card, Method::Upi]);
    assert!(both.contains(Method::Upi) && !both.contains(Method::Bnpl));
    let cards: MethodSet = [Method::Card, Method::Wallet].into_iter().collect();
    assert_eq!(both.intersection(cards).iter().collect::<Vec<_>>(), [Method::Card]);
    assert!(MethodSet::EMPTY.is_empty() && !MethodSet::all().is_empty());
    assert_eq!(MethodSet::all().iter().count(), Method::ALL.len());
}

#[test]
fn nothing_that_leads_to_a_person_is_printed() {
    let email = Email::parse("kevin@example.com").unwrap();
    let mobile = MobileNumber::parse("9876543210", MobileNumber::LENGTH_MIN_LINK).unwrap();
    let vpa = Vpa::parse("9876543210@upi").unwrap();
    let number = AccountNumber::parse("9876543210").unwrap();
    let account = BankAccount { number, ifsc: None, bank_name: None };
    let printed = format!("{email:?} {email:#?} {mobile:?} {vpa:?} {account:?} {account:#?}");
    assert!(!printed.contains(['9', '@']), "{printed}");
}
