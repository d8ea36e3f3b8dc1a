use super::*;

const LANGUAGES: [&Texts; 2] = [&ENGLISH, &HINDI];

/// What a text has to be filled with: `{}`, `{0}`…, in the order of the alphabet.
fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> =
        text.split('{').skip(1).map(|from| from.split('}').next().unwrap()).collect();
    places.sort_unstable();
    places
}

#[test]
fn no_text_is_missing_in_any_language() {
    for t in LANGUAGES {
        for (name, text) in t.all() {
            assert!(!text.trim().is_empty(), "{name} in {}", t.code);
        }
    }
}

#[test]
fn every_language_has_the_places_that_are_filled() {
    for ((name, english), (_, hindi)) in ENGLISH.all().into_iter().zip(HINDI.all()) {
        assert_eq!(places(hindi), places(english), "{name}");
    }
}

#[test]
fn hindi_is_written_in_hindi_but_for_what_is_known_by_its_latin_letters() {
    let latin = [
        "cvv",
        "expiry_example",
        "message_sms",
        "otp_label",
        "upi",
        "upi_id",
        "upi_id_example",
        "wallet_hint_short",
    ];
    for (name, text) in HINDI.all() {
        let is_hindi = text.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c));
        assert_eq!(is_hindi, !latin.contains(&name), "{name}: {text}");
        let native_digits = text.chars().any(|c| ('०'..='९').contains(&c));
        assert!(!native_digits, "{name}: {text}");
    }
    for (name, text) in ENGLISH.all() {
        assert!(!text.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c)), "{name}: {text}");
    }
}

#[test]
fn several_places_are_filled_in_the_order_of_the_language() {
    let values = ["₹500.00", "Chai {0} & Co {}"];
    assert_eq!(fill_all(ENGLISH.pay_title, &values), "Pay ₹500.00 to Chai {0} & Co {}");
    assert_eq!(fill_all(HINDI.pay_title, &values), "Chai {0} & Co {} को ₹500.00 का भुगतान करें");
    assert_eq!(fill_all("nothing { to fill", &values), "nothing { to fill");
}

#[test]
fn times_are_told_on_indias_clocks_in_words_of_the_language() {
    let cases = [
        ("2025-03-21T08:29:00Z", "21 Mar 2025, 1:59 pm IST", "21 मार्च 2025, दोपहर 1:59 बजे IST"),
        ("2025-06-30T18:29:59Z", "30 Jun 2025, 11:59 pm IST", "30 जून 2025, रात 11:59 बजे IST"),
        ("2025-06-30T18:30:00Z", "1 Jul 2025, 12:00 am IST", "1 जुलाई 2025, रात 12:00 बजे IST"),
        ("2025-12-01T00:35:00Z", "1 Dec 2025, 6:05 am IST", "1 दिसंबर 2025, सुबह 6:05 बजे IST"),
        ("2025-01-01T12:30:00Z", "1 Jan 2025, 6:00 pm IST", "1 जनवरी 2025, शाम 6:00 बजे IST"),
    ];
    for (instant, english, hindi) in cases {
        let instant = Timestamp::parse(instant).unwrap();
        assert_eq!(ENGLISH.time(instant), english);
        assert_eq!(HINDI.time(instant), hindi);
    }
    let day = Day::parse("2025-08-15").unwrap();
    assert_eq!((ENGLISH.day(day), HINDI.day(day)), ("15 Aug 2025".into(), "15 अगस्त 2025".into()));
}

#[test]
fn every_failure_is_told_as_a_sentence() {
    for method in Method::ALL {
        for reason in DeclineReason::ALL {
            for (t, end) in [(&ENGLISH, '.'), (&HINDI, '।')] {
                let text = t.failure(method, reason);
                assert!(text.ends_with(end) && !text.contains('_'), "{reason:?}: {text}");
            }
        }
    }
}

#[test]
fn names_of_the_contract_are_as_merchants_tests_expect_them() {
    let names = [
        (ENGLISH.method, "Payment method"),
        (ENGLISH.card_number, "Card number"),
        (ENGLISH.expiry, "Expiry (MM/YY)"),
        (ENGLISH.cvv, "CVV"),
        (ENGLISH.card_name, "Name on card"),
        (ENGLISH.upi_id, "UPI ID"),
        (ENGLISH.qr_name, "UPI QR code"),
        (ENGLISH.bank, "Bank"),
        (ENGLISH.wallet, "Wallet"),
        (ENGLISH.provider, "Provider"),
        (ENGLISH.mobile_number, "Mobile number"),
        (ENGLISH.otp_label, "OTP"),
        (ENGLISH.otp_submit, "Submit"),
        (ENGLISH.method_name(Method::Points), "Points"),
        (ENGLISH.method_name(Method::CreditEmi), "Credit EMI"),
        (ENGLISH.method_name(Method::DebitEmi), "Debit EMI"),
        (ENGLISH.method_name(Method::CardlessEmi), "Cardless EMI"),
        (ENGLISH.method_name(Method::Bnpl), "Pay Later"),
        (ENGLISH.amount_to_pay, "Amount to pay (₹)"),
        (ENGLISH.successful, "Payment successful"),
        (ENGLISH.failed, "Payment failed"),
        (ENGLISH.pending, "Payment pending"),
        (ENGLISH.expired, "Link expired"),
        (ENGLISH.cancelled, "Link cancelled"),
        (ENGLISH.already_paid, "Already paid"),
        (ENGLISH.try_again, "Try again"),
        (ENGLISH.back_to, "Return to {}"),
        (ENGLISH.pay_button, "Pay {}"),
    ];
    for (text, expected) in names {
        assert_eq!(text, expected);
    }
}
