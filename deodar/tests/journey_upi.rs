//! A link, paid by UPI in a real browser: by address, by QR code, and in doubt.

use std::time::Duration;

use anyhow::{Context, Result};
use deodar_kit::{Browser, BrowserOptions, Journey, text, wait_until};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";
/// How long the waiting page may take to lead to the app.
const WAIT: Duration = Duration::from_mins(2);

/// Opens a link's page and asks an address for the money.
async fn ask(link: &Value, address: &str, options: BrowserOptions) -> Result<Browser> {
    let browser = Browser::open(options).await?;
    browser.open_page(text(link, "payment_link")?).await?;
    browser.choose("UPI").await?;
    browser.fill("UPI ID", address).await?;
    browser.press(PAY).await?;
    Ok(browser)
}

/// A browser for the payer's telephone, at the app that the waiting page leads to.
async fn open_app(waiting: &Browser) -> Result<Browser> {
    // The page may load itself again once the link to the app is found.
    let href = wait_until("the app's address", WAIT, async || {
        let app = waiting.wait_named("a", "Open the sandbox UPI app").await.ok()?;
        app.prop("href").await.ok()?
    })
    .await?;
    let telephone = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    telephone.open_page(&href).await?;
    Ok(telephone)
}

#[tokio::test]
async fn a_link_is_paid_by_upi_address() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-1").await?;
    let browser = ask(&link, "success@upi", BrowserOptions::default()).await?;
    browser.wait_heading("Payment pending").await?;
    assert!(browser.text().await?.contains("@upi"));
    browser.reload().await?;
    let telephone = open_app(&browser).await?;
    telephone.press("Approve").await?;
    telephone.wait_heading("You paid").await?;
    // The page where the payer waits hears of it by itself.
    browser.wait_address("/back").await?;
    let (returned, webhook) = journey.expect_paid(&link).await?;
    assert_eq!(returned.path, "/back");
    let payment = &webhook.json()["data"]["payments"][0];
    assert_eq!(payment["payment_method"], "UPI");
    telephone.close().await?;
    browser.close().await
}

#[tokio::test]
async fn a_link_is_paid_by_qr_code() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-2").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.choose("UPI").await?;
    browser.press("Use a QR code or UPI app").await?;
    browser.wait_named("img", "UPI QR code").await?;
    let width = browser.script("return document.querySelector('img.qr').naturalWidth").await?;
    assert!(width.as_u64() > Some(0), "the picture of the code is not there");
    let upi = browser.wait_named("a", "Open a UPI app").await?.attr("href").await?;
    let upi = upi.context("the code's link")?;
    for part in ["upi://pay?", "pa=", "am=500.00", "cu=INR", "tr="] {
        assert!(upi.contains(part), "{part} is not in {upi}");
    }

    // What a telephone does with the code: it opens the link that is in it.
    let telephone = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    telephone.open_page(&format!("{}/simulator/upi", journey.gateway.url())).await?;
    telephone.fill("UPI link", &upi).await?;
    telephone.press("Open").await?;
    telephone.press("Approve").await?;
    telephone.wait_heading("You paid").await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    telephone.close().await?;
    browser.close().await
}

#[tokio::test]
async fn a_declined_request_can_be_tried_again() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-3").await?;
    let browser = ask(&link, "failure@upi", BrowserOptions::default()).await?;
    browser.wait_heading("Payment failed").await?;
    browser.press("Try again").await?;
    browser.choose("UPI").await?;
    browser.fill("UPI ID", "asha@upi").await?;
    browser.press(PAY).await?;
    let telephone = open_app(&browser).await?;
    telephone.press("Decline").await?;
    browser.wait_heading("Payment failed").await?;
    let order = journey.api.order(text(&link, "order_id")?).await?;
    assert_eq!(order["status"], "ATTEMPTED", "{order}");
    telephone.close().await?;
    browser.close().await
}

#[tokio::test]
async fn a_lost_answer_is_found_by_asking_again() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-4").await?;
    let browser = ask(&link, "timeout@upi", BrowserOptions::default()).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn a_request_that_nobody_answers_runs_out() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-5").await?;
    let browser = ask(&link, "pending@upi", BrowserOptions::default()).await?;
    browser.wait_heading("Payment pending").await?;
    assert!(journey.shop.returns().is_empty(), "the payer was sent back while it is pending");
    journey.advance_clock(360).await?;
    browser.wait_heading("Payment failed").await?;
    let order_id = text(&link, "order_id")?;
    let failed = journey.shop.webhook("PAYMENT_FAILED", order_id).await?;
    assert_eq!(failed.json()["data"]["payments"][0]["error_detail"]["code"], "PAYMENT_EXPIRED");
    browser.close().await
}

#[tokio::test]
async fn a_link_is_paid_by_upi_without_javascript() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("upi-6").await?;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = ask(&link, "success@upi", options).await?;
    browser.wait_heading("Payment pending").await?;
    let telephone = open_app(&browser).await?;
    telephone.press("Approve").await?;
    telephone.wait_heading("You paid").await?;
    // Without a script the page loads itself again.
    browser.wait_heading("Payment successful").await?;
    browser.press("Return to Cedar Books").await?;
    journey.expect_paid(&link).await?;
    telephone.close().await?;
    browser.close().await
}
