//! In which language a page is told, and what of it leaves no trace.

#[cfg(test)]
mod common;

use common::{Answer, BROWSER, Shop, card, customer, terms};
use deodar_domain::money::Money;
use deodar_domain::terms::Terms;
use http::{Method, StatusCode};

const HINDI: (&str, &str) = ("accept-language", "hi-IN,hi;q=0.9,en;q=0.8");
/// A card that the bank refuses at once.
const REFUSED_CARD: &str = common::RISKY_CARD;

async fn get(shop: &Shop, path: &str, more: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = BROWSER.iter().chain(more).copied().collect();
    shop.get_as(Method::GET, path, &headers).await
}

fn language(answer: &Answer) -> &str {
    let told = answer.header("content-language");
    assert!(answer.body.contains(&format!(r#"<html lang="{told}">"#)), "{told}");
    told
}

#[tokio::test]
async fn a_page_is_told_in_the_browsers_language() {
    let shop = Shop::open().await;
    let terms = Terms { amount: Money::paise(10_000_000), ..terms("hindi-1") };
    let path = shop.link(terms).await;
    let answer = get(&shop, &path, &[HINDI]).await;
    assert_eq!(language(&answer), "hi");
    assert_eq!(answer.heading(), "Chai &#38; Co &#60;Pune&#62; को भुगतान ₹1,00,000.00");
    for text in [
        "₹1,00,000.00 का भुगतान करें</button>",
        "भुगतान का तरीका",
        "कार्ड नंबर",
        " बजे IST",
        r#"href="?lang=en" lang="en""#,
    ] {
        assert!(answer.body.contains(text), "{text}");
    }
    assert!(answer.headers.get("set-cookie").is_none(), "nobody has chosen anything");
    assert_eq!(language(&shop.get(&path).await), "en");
}

#[tokio::test]
async fn a_payers_own_choice_stands_before_the_browsers() {
    let shop = Shop::open().await;
    let path = shop.link(terms("hindi-2")).await;
    let chosen = get(&shop, &format!("{path}?lang=en"), &[HINDI]).await;
    assert_eq!(language(&chosen), "en");
    assert_eq!(chosen.heading(), "Pay Chai &#38; Co &#60;Pune&#62; ₹500.00");
    let cookie = chosen.header("set-cookie");
    assert_eq!(cookie, "deodar_language=en; Path=/; HttpOnly; SameSite=Lax");
    let kept = ("cookie", "other=1; deodar_language=en");
    let later = get(&shop, &path, &[HINDI, kept]).await;
    assert_eq!(language(&later), "en");
    assert!(later.headers.get("set-cookie").is_none());
    let changed = get(&shop, &format!("{path}?lang=hi"), &[kept]).await;
    assert_eq!(language(&changed), "hi");
    assert_eq!(language(&get(&shop, &format!("{path}?lang=fr"), &[HINDI]).await), "hi");
}

#[tokio::test]
async fn the_switch_keeps_what_the_page_says() {
    let shop = Shop::open().await;
    let path = shop.link(terms("hindi-3")).await;
    let answer = shop.get(&format!("{path}?method=CARD&wrong=cvv")).await;
    assert!(answer.body.contains(r#"href="?method=CARD&#38;wrong=cvv&#38;lang=hi""#));
    let switched = shop.get(&format!("{path}?method=CARD&wrong=cvv&lang=hi")).await;
    assert!(switched.body.contains("3 अंक, American Express पर 4 अंक"));
    assert!(switched.body.contains(r#"aria-describedby="cvv-error""#));
}

#[tokio::test]
async fn a_link_is_paid_and_its_receipt_is_read_in_hindi() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { customer: Some(customer()), ..terms("hindi-4") }).await;
    shop.pay(&path, &card(REFUSED_CARD)).await;
    let failed = get(&shop, &format!("{path}/result"), &[HINDI]).await;
    assert_eq!(failed.heading(), "भुगतान नहीं हुआ");
    assert!(!failed.body.contains("/receipt"), "nothing was paid");
    let early = get(&shop, &format!("{path}/receipt"), &[HINDI]).await;
    assert_eq!(early.location(), format!("{path}/result"));
    shop.pay_by_card(&path).await;
    shop.get(&format!("{path}/return")).await;
    let result = get(&shop, &format!("{path}/result"), &[HINDI]).await;
    assert_eq!(result.heading(), "भुगतान सफल रहा");
    let link = format!(r#"href="{path}/receipt" target="_blank""#);
    for page in [&result, &get(&shop, &path, &[]).await] {
        assert!(page.body.contains(&link));
    }
    let order = shop.order(&path).await;
    let payment = order.last_payment().expect("a payment").id.to_string();
    for (language, heading, texts) in [
        ("hi", "रसीद", ["को ₹500.00 का भुगतान हो गया है।", " बजे IST", "असली पैसे का लेन-देन नहीं हुआ"]),
        ("en", "Receipt", ["₹500.00 has been paid to", " IST", "no real money moved"]),
    ] {
        let receipt = shop.get(&format!("{path}/receipt?lang={language}")).await;
        assert_eq!(receipt.heading(), heading);
        let facts = ["Chai &#38; Co", "hindi-4", "Masala chai", "Visa", "1112", payment.as_str()];
        for text in texts.into_iter().chain(facts) {
            assert!(receipt.body.contains(text), "{text}");
        }
        for secret in ["Kevin", "9876543210", "4012001037141112"] {
            assert!(!receipt.body.contains(secret), "{secret}");
        }
        assert!(!receipt.body.contains("data-auto"), "it stays until it is printed");
    }
}

#[tokio::test]
async fn faults_are_told_in_the_payers_language_and_alike() {
    let shop = Shop::open().await;
    let known = get(&shop, "/PLUTUS/AAAAAAA", &[HINDI]).await;
    assert_eq!((known.status, known.heading()), (StatusCode::NOT_FOUND, "पेज नहीं मिला".into()));
    assert_eq!(language(&known), "hi");
    for wrong in ["/PLUTUS/BBBBBBB?x=y", "/PLUTUS/x", "/PLUTUS/a-b/result", "/PLUTUS/%ff/receipt"] {
        let answer = get(&shop, wrong, &[HINDI]).await;
        assert_eq!((answer.status, &answer.body), (known.status, &known.body), "{wrong}");
        let lines = |answer: &Answer| format!("{:?}", answer.headers);
        assert_eq!(lines(&answer), lines(&known), "{wrong}");
    }
}

#[tokio::test]
async fn a_chat_programs_preview_tells_the_merchant_and_the_amount_alone() {
    let shop = Shop::open().await;
    let path = shop.link(Terms { customer: Some(customer()), ..terms("graph") }).await;
    for agent in
        ["WhatsApp/2.24.1 A", "TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0"]
    {
        let headers = [("user-agent", agent), ("accept", "text/html")];
        let answer = shop.get_as(Method::GET, &path, &headers).await;
        let graph: Vec<&str> =
            answer.body.lines().filter(|line| line.contains(r#"property="og:"#)).collect();
        let expected = [
            r#"<meta property="og:type" content="website">"#,
            r#"<meta property="og:site_name" content="Chai &#38; Co &#60;Pune&#62;">"#,
            r#"<meta property="og:title" content="Pay ₹500.00 to Chai &#38; Co &#60;Pune&#62;">"#,
            concat!(
                r#"<meta property="og:description" content="Open the link to pay online, "#,
                r#"by the methods that the merchant offers.">"#
            ),
            r#"<meta property="og:locale" content="en_IN">"#,
        ];
        assert_eq!(graph, expected, "{agent}");
    }
    assert_eq!(shop.link_state(&path).await, deodar_domain::link::LinkState::Created);
}

#[tokio::test]
async fn the_first_view_is_small_enough_for_a_slow_network() {
    const FIRST_VIEW_MAX_BYTES: usize = 60 * 1024;
    let shop = Shop::open().await;
    let path = shop.link(Terms { customer: Some(customer()), ..terms("small") }).await;
    let page = get(&shop, &path, &[HINDI]).await;
    assert!(page.body.contains(r#"value="BNPL""#), "all methods are there");
    let mut bytes = page.body.len();
    for part in page.body.split('"').filter(|part| part.starts_with("/assets/")) {
        bytes += shop.get(part).await.body.len();
    }
    // Even before the network compresses it.
    assert!(bytes <= FIRST_VIEW_MAX_BYTES, "{bytes} bytes");
}
