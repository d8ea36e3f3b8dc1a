//! The URLs that merchants give.

use deodar_domain::url::{InvalidUrl, MerchantUrl, URL_LENGTH_MAX};
use proptest::prelude::*;

#[test]
fn urls_that_merchants_use_are_accepted() {
    // The URL, its origin, its host, and whether that is this machine.
    for (text, origin, host, loopback) in [
        ("https://example.com", "https://example.com", "example.com", false),
        ("https://example.com/", "https://example.com", "example.com", false),
        ("HTTPS://Example.com/a", "HTTPS://Example.com", "Example.com", false),
        (
            "https://sample-callback-url",
            "https://sample-callback-url",
            "sample-callback-url",
            false,
        ),
        ("https://example.in/cb?a=1&b=%20#x", "https://example.in", "example.in", false),
        ("https://example.in?a=1", "https://example.in", "example.in", false),
        ("https://example.in#x", "https://example.in", "example.in", false),
        ("https://example.in:8443/cb", "https://example.in:8443", "example.in", false),
        ("https://example.in/a@b", "https://example.in", "example.in", false),
        ("https://example.in/a:b", "https://example.in", "example.in", false),
        ("https://example.in/it's;a,b", "https://example.in", "example.in", false),
        ("http://localhost:8080/cb", "http://localhost:8080", "localhost", true),
        ("http://LOCALHOST/", "http://LOCALHOST", "LOCALHOST", true),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000", "127.0.0.1", true),
        ("http://127.9.9.9", "http://127.9.9.9", "127.9.9.9", true),
        ("http://[::1]:9000/", "http://[::1]:9000", "::1", true),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]", "2001:db8::1", false),
        ("http://10.0.0.1/", "http://10.0.0.1", "10.0.0.1", false),
        (
            "http://localhost.example.com/",
            "http://localhost.example.com",
            "localhost.example.com",
            false,
        ),
        (
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1.example.com",
            "127.0.0.1.example.com",
            false,
        ),
    ] {
        let url = MerchantUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(url.as_str(), text);
        assert_eq!((url.origin(), url.host()), (origin, host), "{text}");
        assert_eq!(url.is_loopback(), loopback, "{text}");
        assert_eq!(url.is_https(), text.to_lowercase().starts_with("https"), "{text}");
    }
}

#[test]
fn other_urls_are_refused() {
    for (text, error) in [
        ("", InvalidUrl::NotAbsolute),
        ("example.com", InvalidUrl::NotAbsolute),
        ("/callback", InvalidUrl::NotAbsolute),
        ("//example.com", InvalidUrl::NotAbsolute),
        ("ftp://example.com", InvalidUrl::NotAbsolute),
        ("javascript://example.com", InvalidUrl::NotAbsolute),
        ("javascript:alert(1)", InvalidUrl::NotAbsolute),
        ("https:example.com", InvalidUrl::NotAbsolute),
        ("https://", InvalidUrl::NotAbsolute),
        ("https:///path", InvalidUrl::NotAbsolute),
        ("https://:8080/", InvalidUrl::NotAbsolute),
        ("https://example.com:port/", InvalidUrl::NotAbsolute),
        ("https://example.com:65536/", InvalidUrl::NotAbsolute),
        ("https://example.com:+80/", InvalidUrl::NotAbsolute),
        ("https://example.com:/", InvalidUrl::NotAbsolute),
        ("https://a:1:2/", InvalidUrl::NotAbsolute),
        ("https://.example.com/", InvalidUrl::NotAbsolute),
        ("https://-example.com/", InvalidUrl::NotAbsolute),
        ("https://exa%6dple.com/", InvalidUrl::NotAbsolute),
        ("https://[::1/", InvalidUrl::NotAbsolute),
        ("https://[::1]x/", InvalidUrl::NotAbsolute),
        ("https://[not an address]/", InvalidUrl::Characters),
        ("https://user@example.com/", InvalidUrl::UserPart),
        ("https://user:secret@example.com/", InvalidUrl::UserPart),
        ("https://example.com@10.0.0.1/", InvalidUrl::UserPart),
        ("https://example.com\\@example.in/", InvalidUrl::UserPart),
        ("https://example.com\\x/", InvalidUrl::Characters),
        ("https://example.com/a b", InvalidUrl::Characters),
        ("https://example.com/\"x\"", InvalidUrl::Characters),
        ("https://example.com/<x>", InvalidUrl::Characters),
        ("https://example.com/\nx", InvalidUrl::Characters),
        ("https://example.com/\u{0}", InvalidUrl::Characters),
        ("https://example.com/\u{a0}", InvalidUrl::Characters),
        ("https://example.com;script-src/", InvalidUrl::Characters),
        ("https://example.com,example.in/", InvalidUrl::Characters),
        ("https://example.com'/", InvalidUrl::Characters),
        (" https://example.com", InvalidUrl::NotAbsolute),
        ("https://example.com ", InvalidUrl::Characters),
    ] {
        assert_eq!(MerchantUrl::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_url_has_at_most_2048_characters() {
    let start = "https://example.com/";
    let longest = format!("{start}{}", "a".repeat(URL_LENGTH_MAX - start.len()));
    assert!(MerchantUrl::parse(&longest).is_ok());
    assert_eq!(MerchantUrl::parse(&format!("{longest}a")), Err(InvalidUrl::TooLong));
}

proptest! {
    #[test]
    fn an_accepted_url_can_stand_in_a_header_or_a_policy(text in "https?://.{0,40}") {
        if let Ok(url) = MerchantUrl::parse(&text) {
            let origin = url.origin();
            prop_assert!(!origin.contains([' ', ';', ',', '\'', '"', '@', '\\', '\n', '\r']));
            prop_assert!(!url.as_str().contains(['"', '<', '>', ' ', '\n', '\r']));
            prop_assert!(!url.host().is_empty());
        }
    }
}
