//! The link page: who has opened it, what it tells, and what it keeps to itself.

#[cfg(test)]
mod common;

use common::{BROWSER, Shop, card, customer, product, terms, url};
use deodar_domain::link::LinkState;
use deodar_domain::method::Method as PayMethod;
use deodar_domain::money::Money;
use deodar_domain::terms::Terms;
use http::{Method, StatusCode};

/// How long a link lives where nothing is said, in seconds, and a little more.
const PAST_THE_END_SECONDS: u64 = 181 * 24 * 3_600;

#[tokio::test(start_paused = true)]
async fn a_link_is_clicked_when_a_person_opens_it() {
    let shop = Shop::open().await;
    let path = shop.link(terms("clicks")).await;
    let machines: [(Method, &[(&str, &str)]); 4] = [
        (Method::HEAD, &BROWSER),
        (Method::GET, &[("user-agent", "curl/8.5.0"), ("accept", "*/*")]),
        (Method::GET, &[("user-agent", "WhatsApp/2.24"), ("accept", "text/html")]),
        (Method::GET, &[BROWSER[0], BROWSER[1], ("sec-purpose", "prefetch")]),
    ];
    for (method, headers) in machines {
        let answer = shop.get_as(method, &path, headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(shop.link_state(&path).await, LinkState::Created, "{headers:?}");
    }
    assert_eq!(shop.get(&path).await.status, StatusCode::OK);
    assert_eq!(shop.link_state(&path).await, LinkState::Clicked);
}

#[tokio::test(start_paused = true)]
async fn the_page_tells_what_is_paid_and_masks_who_pays() {
    let shop = Shop::open().await;
    let cart = vec![product("Assam tea", 89_900, Some(5_000)), product("<b>Kettle</b>", 100, None)];
    let told = Terms {
        amount: Money::paise(12_345_600),
        customer: Some(customer()),
        cart: Some(cart),
        cart_coupon_discount: Some(Money::paise(1_000)),
        ..terms("ORDER-77")
    };
    let path = shop.link(told).await;
    let answer = shop.get(&path).await;
    assert_eq!(answer.heading(), "Pay Chai &#38; Co &#60;Pune&#62; ₹1,23,456.00");
    let shown = [
        "Masala chai for the office",
        "ORDER-77",
        "Assam tea",
        "₹899.00",
        "₹50.00 discount included",
        "&#60;b&#62;Kettle&#60;/b&#62;",
        "−₹10.00",
        "K••• B•••",
        "••••••••10",
        "k•••@example.com",
        " IST",
        ">Pay ₹1,23,456.00</button>",
        r#"property="og:title" content="Pay ₹1,23,456.00 to Chai"#,
    ];
    for text in shown {
        assert!(answer.body.contains(text), "{text}");
    }
    for secret in ["Bobwani", "9876543210", "kevin.bob", "<b>Kettle"] {
        assert!(!answer.body.contains(secret), "{secret}");
    }
    assert_eq!(answer.body.matches("<main").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn methods_are_a_named_radio_group_with_the_first_one_chosen() {
    let shop = Shop::open().await;
    let path = shop.link(terms("methods")).await;
    let body = shop.get(&path).await.body;
    assert!(body.contains(r#"role="radiogroup" aria-labelledby="method-label""#));
    assert!(body.contains(r#"<legend id="method-label">Payment method</legend>"#));
    for (value, name) in [("CARD", "Card"), ("UPI", "UPI"), ("NETBANKING", "Netbanking")] {
        assert!(body.contains(&format!(r#"<label for="method-{value}">{name}</label>"#)), "{name}");
    }
    assert!(body.contains(r#"id="method-CARD" checked"#));
    let upi = shop.get(&format!("{path}?method=upi")).await.body;
    assert!(upi.contains(r#"id="method-UPI" checked"#) && !upi.contains("CARD\" checked"));
}

#[tokio::test(start_paused = true)]
async fn a_method_that_the_link_does_not_allow_is_not_offered() {
    let shop = Shop::open().await;
    let allowed = [PayMethod::Upi].into_iter().collect();
    let path = shop.link(Terms { allowed_methods: allowed, ..terms("upi-only") }).await;
    let body = shop.get(&path).await.body;
    assert!(body.contains(r#"id="method-UPI" checked"#));
    assert!(!body.contains("Card number") && !body.contains("Choose your bank"));
}

#[tokio::test(start_paused = true)]
async fn all_wrong_addresses_look_the_same() {
    let shop = Shop::open().await;
    let path = shop.link(terms("right")).await;
    let swapped: String = path.chars().rev().take(7).collect();
    let wrong = format!("/PLUTUS/{swapped}");
    let unknown = shop.get(&wrong).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.heading(), "Page not found");
    for address in ["/PLUTUS/x", "/PLUTUS/%ff%fe", "/PLUTUS/AAAAAAA/wait", "/PLUTUS/a-b/result"] {
        let answer = shop.get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(answer.body, unknown.body, "{address}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_ended_after_a_failure_still_has_the_way_back() {
    let shop = Shop::open().await;
    let back = url("https://shop.example.com/back");
    let path = shop.link(Terms { callback_url: Some(back), ..terms("in-vain") }).await;
    let declined = shop.pay(&path, &card("4000000000000127")).await;
    assert_eq!(declined.status, StatusCode::SEE_OTHER);
    assert!(!shop.get(&path).await.body.contains("https://shop.example.com/back"));
    shop.engine.advance_clock(PAST_THE_END_SECONDS).await.expect("the future");
    let ended = shop.get(&path).await;
    assert_eq!(ended.heading(), "Link expired");
    assert!(ended.body.contains(r#"action="https://shop.example.com/back""#));
    assert_eq!(ended.hidden("status"), "FAILED");
    assert!(ended.header("content-security-policy").contains("https://shop.example.com"));
}

#[tokio::test(start_paused = true)]
async fn ended_links_say_so_and_take_no_payment() {
    let shop = Shop::open().await;
    let cancelled = shop.link(terms("cancelled")).await;
    let paid =
        shop.link(Terms { callback_url: Some(url("https://shop.example.com/")), ..terms("paid") });
    let paid = paid.await;
    let expired = shop.link(terms("expired")).await;
    let nonce = shop.get(&expired).await.hidden("reference");
    let key = shop.order(&cancelled).await.key;
    shop.engine.cancel_link(&shop.merchant, key).await.expect("cancelled");
    shop.pay_by_card(&paid).await;
    assert!(shop.get(&format!("{paid}/return")).await.location().ends_with("/result"));
    shop.engine.advance_clock(PAST_THE_END_SECONDS).await.expect("the future");

    let cases =
        [(&cancelled, "Link cancelled"), (&paid, "Already paid"), (&expired, "Link expired")];
    for (path, heading) in cases {
        let answer = shop.get(path).await;
        assert_eq!(answer.heading(), heading);
        assert!(!answer.body.contains("<form"), "{heading}: a stranger gets no form");
        let fields = [("reference", nonce.as_str()), ("method", "UPI"), ("upi_id", "a@upi")];
        let late = shop.post(&format!("{path}/pay"), &fields).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER);
        let page = late.location().split('?').next().expect("a path").to_owned();
        assert_eq!(shop.get(&page).await.heading(), heading);
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_private_and_strict() {
    let shop = Shop::open().await;
    let path = shop.link(terms("headers")).await;
    for address in [path.as_str(), "/PLUTUS/AAAAAAA"] {
        let answer = shop.get(address).await;
        let policy = answer.header("content-security-policy");
        let directives: Vec<&str> = policy.split("; ").collect();
        let expected = [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ];
        assert_eq!(directives, expected);
        let headers = [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-robots-tag", "noindex, nofollow"),
        ];
        for (name, value) in headers {
            assert_eq!(answer.header(name), value);
        }
        let foreign = answer.body.matches("://").count();
        assert_eq!(foreign, 0, "nothing is loaded from elsewhere");
        assert!(!answer.body.contains(" style=") && !answer.body.contains("<style"));
    }
}

#[tokio::test(start_paused = true)]
async fn assets_are_cached_for_ever_by_their_name() {
    let shop = Shop::open().await;
    let path = shop.link(terms("assets")).await;
    let body = shop.get(&path).await.body;
    let names: Vec<&str> =
        body.split('"').filter(|attribute| attribute.starts_with("/assets/")).collect();
    assert_eq!(names.len(), 3);
    for name in names {
        let answer = shop.get(name).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    }
    let older = shop.get("/assets/pay-000000000000.css").await;
    assert_eq!((older.status, older.header("cache-control")), (StatusCode::OK, "no-store"));
    assert_eq!(shop.get("/assets/secrets-1.txt").await.status, StatusCode::NOT_FOUND);
}
