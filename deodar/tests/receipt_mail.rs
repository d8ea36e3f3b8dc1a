//! A payment made in a browser, and its receipt: by e-mail through a real mail server, then on the
//! page that the e-mail leads to, and on paper.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use anyhow::{Result, bail};
use deodar_kit::{
    Browser, BrowserOptions, CARD, GatewayOptions, Journey, MailSecurity, MailServer, OTP, text,
};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAYER: &str = "payer.of.tests@example.com";

/// A shop whose gateway sends e-mail by this server.
async fn shop(mail: &MailServer) -> Result<Journey> {
    let environment = [
        ("DEODAR_SMTP_URL", mail.url()),
        ("DEODAR_SMTP_PASSWORD", MailServer::PASSWORD.to_owned()),
        ("DEODAR_SMTP_CA_FILE", mail.roots().display().to_string()),
        ("DEODAR_EMAIL_FROM", "pay@example.in".to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    let options = GatewayOptions { environment, ..GatewayOptions::default() };
    Journey::start_with(DEODAR, options).await
}

/// The next e-mail, which goes to the payer alone and says the same as text and as HTML.
async fn next(mail: &mut MailServer, subject: &str) -> Result<Value> {
    let told = mail.next().await?;
    assert_eq!(told["recipients"], json!([PAYER]));
    assert_eq!(told["headers"]["from"], "Cedar Books <pay@example.in>");
    assert_eq!(told["headers"]["subject"], subject);
    let kind = text(&told["headers"], "content-type")?;
    assert!(kind.starts_with("multipart/alternative"), "{kind}");
    Ok(told)
}

/// Where an e-mail leads, which its text and its HTML agree on.
fn leads_to(mail: &Value) -> Result<String> {
    let words = text(mail, "text")?.split_whitespace();
    let links: Vec<_> = words.filter(|word| word.starts_with("http")).collect();
    let [link] = links.as_slice() else { bail!("{links:?} in {mail}") };
    let html = text(mail, "html")?;
    assert_eq!(html.matches("href=\"").count(), 2, "{html}");
    assert_eq!(html.matches(&format!("href=\"{link}\"")).count(), 2, "{link}: {html}");
    Ok((*link).to_owned())
}

/// A receipt tells who was paid how much for which order.
fn expect_receipt(mail: &Value, amount: &str, reference: &str) -> Result<()> {
    // Its address is random, and may hold any four digits.
    let link = leads_to(mail)?;
    for part in ["text", "html"] {
        let told = text(mail, part)?.replace(&link, "");
        for named in [&format!("You paid {amount} to Cedar Books"), reference] {
            assert!(told.contains(named), "{named:?} is not in {told}");
        }
        assert!(!told.contains("1112"), "the card is in {told}");
    }
    Ok(())
}

/// Expects the page to be a receipt that is ready to be printed: on paper there is the receipt and
/// nothing that is of use on a screen alone, black on white, on one sheet.
async fn expect_printable(browser: &Browser) -> Result<()> {
    browser.look_as_printed().await?;
    let seen = "const shown = (css) => [...document.querySelectorAll(css)]
            .filter((each) => each.checkVisibility()).length;
        const style = getComputedStyle(document.body);
        return [
            shown('main'), shown('h1'), shown('dl'),
            shown('a, button, nav, footer, header, .aside'),
            style.backgroundColor, style.color,
        ];";
    let white = "rgb(255, 255, 255)";
    assert_eq!(browser.script(seen).await?, json!([1, 1, 1, 0, white, "rgb(0, 0, 0)"]));
    assert_eq!(browser.printed_pages().await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_payment_in_a_browser_sends_a_receipt_whose_link_can_be_printed() -> Result<()> {
    let mut mail = MailServer::start(MailSecurity::Tls).await?;
    let journey = shop(&mail).await?;
    let link = journey.link("mailed-1").await?;
    let asked = next(&mut mail, "Pay ₹500.00 to Cedar Books").await?;
    assert_eq!(leads_to(&asked)?, text(&link, "payment_link")?);
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(&leads_to(&asked)?).await?;
    browser.pay_by_card(CARD, "Pay ₹500.00").await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;

    let receipt = next(&mut mail, "You paid ₹500.00 to Cedar Books").await?;
    expect_receipt(&receipt, "₹500.00", "mailed-1")?;
    browser.open_page(&leads_to(&receipt)?).await?;
    browser.wait_heading("Receipt").await?;
    let page = browser.text().await?;
    for shown in ["₹500.00", "Cedar Books", "mailed-1", "Two books and a pencil", "1112"] {
        assert!(page.contains(shown), "{shown:?} is not on the receipt:\n{page}");
    }
    expect_printable(&browser).await?;
    browser.close().await
}

#[tokio::test]
async fn each_part_of_a_link_has_a_receipt_of_its_own() -> Result<()> {
    let mut mail = MailServer::start(MailSecurity::Tls).await?;
    let journey = shop(&mail).await?;
    let body = json!({
        "merchant_payment_link_reference": "mailed-2",
        "amount": { "value": 50_000, "currency": "INR" },
        "part_payment": true,
        "customer": { "email_id": PAYER },
    });
    let link = journey.api.create_link(body).await?;
    next(&mut mail, "Pay ₹500.00 to Cedar Books").await?;
    let browser = Browser::open(BrowserOptions { language: "hi-IN", ..Default::default() }).await?;
    let mut receipts = Vec::new();
    for (typed, amount) in [("200.00", "₹200.00"), ("300.00", "₹300.00")] {
        browser.open_page(text(&link, "payment_link")?).await?;
        let fields = [("amount", typed), ("mobile", "9876543210")];
        browser.pay_by_script("CARDLESS_EMI", &fields, "").await?;
        browser.fill("OTP", OTP).await?;
        browser.press("जमा करें").await?;
        let receipt = next(&mut mail, &format!("You paid {amount} to Cedar Books")).await?;
        expect_receipt(&receipt, amount, "mailed-2")?;
        receipts.push((leads_to(&receipt)?, amount));
    }
    for (address, amount) in receipts {
        browser.open_page(&address).await?;
        browser.wait_heading("रसीद").await?;
        let shown = browser.wait_css(".amount").await?.text().await?;
        assert_eq!(shown, amount, "{address}");
    }
    browser.close().await
}
