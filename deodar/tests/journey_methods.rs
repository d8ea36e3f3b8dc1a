//! A link, paid in a real browser by each method that has no journeys of its own.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use deodar_kit::{Browser, BrowserOptions, CARD, ENTER, Journey, OTP, text, wait_until};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";
const MOBILE: &str = "98765 43210";

/// A shop with a link, and a browser at its page.
async fn open(reference: &str, options: BrowserOptions) -> Result<(Journey, Value, Browser)> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link(reference).await?;
    let browser = Browser::open(options).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    Ok((journey, link, browser))
}

/// The payer is back at the shop, and has paid once, by this method.
async fn expect_paid_by(
    journey: &Journey,
    link: &Value,
    browser: Browser,
    method: &str,
) -> Result<Value> {
    browser.wait_address("/back").await?;
    let (_, webhook) = journey.expect_paid(link).await?;
    let order = webhook.json().pointer("/data").cloned().context("an order")?;
    let payments = order.pointer("/payments").and_then(Value::as_array);
    let [payment] = payments.map(Vec::as_slice).unwrap_or_default() else {
        bail!("it is not one payment: {order}")
    };
    assert_eq!(payment.pointer("/payment_method"), Some(&Value::from(method)));
    browser.close().await?;
    Ok(order)
}

async fn fill_card(browser: &Browser) -> Result<()> {
    browser.fill("Card number", CARD).await?;
    browser.fill("Expiry (MM/YY)", "12/49").await?;
    browser.fill("CVV", "123").await?;
    browser.fill("Name on card", "Asha Rao").await
}

#[tokio::test]
async fn a_link_is_paid_by_wallet() -> Result<()> {
    let (journey, link, browser) = open("wallet-1", BrowserOptions::default()).await?;
    browser.choose("Wallet").await?;
    browser.select_first("Wallet").await?;
    browser.press(PAY).await?;
    browser.press("Approve").await?;
    expect_paid_by(&journey, &link, browser, "WALLET").await?;
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_by_points() -> Result<()> {
    let (journey, link, browser) = open("points-1", BrowserOptions::default()).await?;
    browser.choose("Points").await?;
    browser.fill("Card number", CARD).await?;
    browser.fill("Mobile number", MOBILE).await?;
    assert!(browser.wait_css("#cvv").await?.is_displayed().await.is_ok_and(|shown| !shown));
    browser.press(PAY).await?;
    browser.give_otp(OTP).await?;
    expect_paid_by(&journey, &link, browser, "POINTS").await?;
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_by_credit_emi() -> Result<()> {
    let (journey, link, browser) = open("emi-1", BrowserOptions::default()).await?;
    // What was typed for one method is there for the next that asks for it.
    browser.choose("Card").await?;
    fill_card(&browser).await?;
    browser.choose("Credit EMI").await?;
    assert_eq!(browser.value("Card number").await?, "4012 0010 3714 1112");
    browser.choose("12 months").await?;
    browser.press(PAY).await?;
    browser.give_otp(OTP).await?;
    let order = expect_paid_by(&journey, &link, browser, "CREDIT_EMI").await?;
    let tenure = &order["payments"][0]["offer_data"]["offer_details"]["tenure"];
    assert_eq!(tenure["tenure_value"], 12, "{order}");
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_by_cardless_emi() -> Result<()> {
    let (journey, link, browser) = open("emi-2", BrowserOptions::default()).await?;
    browser.choose("Cardless EMI").await?;
    browser.choose("6 months").await?;
    browser.fill("Mobile number", MOBILE).await?;
    browser.press(PAY).await?;
    browser.wait_heading("Confirm ₹500.00").await?;
    assert!(browser.text().await?.contains("a month"), "what is agreed is not told");
    browser.give_otp(OTP).await?;
    expect_paid_by(&journey, &link, browser, "CARDLESS_EMI").await?;
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_later() -> Result<()> {
    let (journey, link, browser) = open("later-1", BrowserOptions::default()).await?;
    browser.choose("Pay Later").await?;
    browser.select_first("Provider").await?;
    browser.fill("Mobile number", MOBILE).await?;
    browser.press(PAY).await?;
    browser.give_otp("000000").await?;
    assert!(browser.wait_alert().await?.contains("not the right password"));
    browser.reload().await?;
    browser.give_otp(OTP).await?;
    expect_paid_by(&journey, &link, browser, "BNPL").await?;
    Ok(())
}

#[tokio::test]
async fn a_payer_who_asks_first_pays_later_without_javascript() -> Result<()> {
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let (journey, link, browser) = open("later-2", options).await?;
    browser.choose("Pay Later").await?;
    browser.select_first("Provider").await?;
    browser.fill("Mobile number", "9876540000").await?;
    browser.press("Check if I can pay later").await?;
    assert!(browser.wait_alert().await?.contains("Not eligible"));
    browser.fill("Mobile number", MOBILE).await?;
    browser.press("Check if I can pay later").await?;
    wait_until("the lender's yes", Duration::from_secs(30), async || {
        browser.text().await.ok()?.contains("Eligible: LazyPay pays ₹500.00").then_some(())
    })
    .await?;
    browser.press(PAY).await?;
    browser.wait_heading("Confirm ₹500.00").await?;
    browser.press("Send it again").await?;
    browser.wait_css(".notice").await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment successful").await?;
    browser.press("Return to Cedar Books").await?;
    expect_paid_by(&journey, &link, browser, "BNPL").await?;
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_later_on_a_telephone_by_keyboard_alone() -> Result<()> {
    let options = BrowserOptions { phone: true, ..BrowserOptions::default() };
    let (journey, link, browser) = open("later-3", options).await?;
    browser.choose_by_arrows("Card", "Pay Later").await?;
    browser.tab_to("Provider").await?;
    browser.press_keys("L").await?;
    browser.tab_to("Mobile number").await?;
    browser.press_keys(&format!("{MOBILE}{ENTER}")).await?;
    browser.wait_heading("Confirm ₹500.00").await?;
    // The field has the focus, and no page that waits takes what is typed away.
    assert_eq!(browser.focused().await?, "OTP");
    browser.press_keys("123").await?;
    polled_twice(&browser).await?;
    assert_eq!(browser.value("OTP").await?, "123");
    browser.press_keys(&format!("456{ENTER}")).await?;
    expect_paid_by(&journey, &link, browser, "BNPL").await?;
    Ok(())
}

/// Waits until the page has asked twice where the payment stands.
async fn polled_twice(browser: &Browser) -> Result<()> {
    let asked = "return performance.getEntriesByType('resource')
         .filter((entry) => entry.name.includes('/status')).length";
    wait_until("two questions", Duration::from_secs(30), async || {
        (browser.script(asked).await.ok()?.as_u64()? >= 2).then_some(())
    })
    .await
}
