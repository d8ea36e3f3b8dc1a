//! A link, paid by netbanking in a real browser.

use anyhow::Result;
use deodar_kit::{Browser, BrowserOptions, Journey, text};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";

/// Opens a link's page and goes on to the bank's login page.
async fn to_bank(link: &Value, options: BrowserOptions) -> Result<Browser> {
    let browser = Browser::open(options).await?;
    browser.open_page(text(link, "payment_link")?).await?;
    choose_bank(&browser).await?;
    Ok(browser)
}

async fn choose_bank(browser: &Browser) -> Result<()> {
    browser.choose("Netbanking").await?;
    browser.select_first("Bank").await?;
    browser.press(PAY).await
}

#[tokio::test]
async fn a_link_is_paid_by_netbanking() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("bank-1").await?;
    let browser = to_bank(&link, BrowserOptions::default()).await?;
    browser.wait_named("button", "Approve").await?;
    browser.reload().await?;
    browser.press("Approve").await?;
    browser.wait_address("/back").await?;
    let (returned, webhook) = journey.expect_paid(&link).await?;
    assert_eq!(returned.path, "/back");
    let payment = &webhook.json()["data"]["payments"][0];
    assert_eq!(payment["payment_method"], "NETBANKING");
    browser.close().await
}

#[tokio::test]
async fn a_refusal_at_the_bank_can_be_tried_again() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("bank-2").await?;
    let browser = to_bank(&link, BrowserOptions::default()).await?;
    browser.press("Decline").await?;
    browser.wait_heading("Payment failed").await?;
    browser.press("Try again").await?;
    choose_bank(&browser).await?;
    browser.press("Approve").await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn a_bank_must_be_chosen() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("bank-3").await?;
    for javascript in [true, false] {
        let options = BrowserOptions { javascript, ..BrowserOptions::default() };
        let browser = Browser::open(options).await?;
        browser.open_page(text(&link, "payment_link")?).await?;
        browser.choose("Netbanking").await?;
        browser.press(PAY).await?;
        browser.wait_named("select[aria-invalid=true]", "Bank").await?;
        let order = journey.api.order(text(&link, "order_id")?).await?;
        assert_eq!(order["status"], "CREATED", "{order}");
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_link_is_paid_by_netbanking_without_javascript() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("bank-4").await?;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = to_bank(&link, options).await?;
    browser.press("Approve").await?;
    browser.wait_heading("Payment successful").await?;
    browser.press("Return to Cedar Books").await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}
