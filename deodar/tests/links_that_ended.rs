//! What a payer sees of a link that cannot be paid any more, and what a person's look at it changes.

use anyhow::{Context, Result};
use deodar_kit::{Browser, BrowserOptions, CARD, Journey, text};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";

#[tokio::test]
async fn a_cancelled_link_says_so_even_in_a_page_that_is_open() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("ended-1").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("₹500.00").await?;
    let cancel = format!("/api/pay/v1/paymentlink/{}/cancel", text(&link, "payment_link_id")?);
    let cancelled = journey.api.call("PUT".parse()?, &cancel, Value::Null).await?;
    assert_eq!(cancelled.json()["status"], "CANCELLED", "{cancelled:?}");
    browser.pay_by_card(CARD, PAY).await?;
    browser.wait_heading("Link cancelled").await?;
    let order = journey.api.order(text(&link, "order_id")?).await?;
    assert_eq!(order["status"], "CANCELLED", "{order}");
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(0), "{order}");
    browser.close().await
}

#[tokio::test]
async fn an_expired_link_says_so() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("ended-2").await?;
    journey.advance_clock(181 * 24 * 3_600).await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("Link expired").await?;
    assert!(!browser.offers(PAY).await?);
    let read = journey.api.link(text(&link, "payment_link_id")?).await?;
    assert_eq!(read["status"], "EXPIRED", "{read}");
    browser.close().await
}

#[tokio::test]
async fn only_a_person_clicks_a_link() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("ended-3").await?;
    let page = text(&link, "payment_link")?;
    let path = page.strip_prefix(journey.gateway.url()).context("the page is the gateway's")?;
    let client = journey.gateway.client();
    let bot = [("user-agent", "WhatsApp/2.23"), ("accept", "*/*")];
    assert_eq!(client.send("GET".parse()?, path, &bot, "").await?.status, 200);
    let prefetch = [("user-agent", "Mozilla/5.0"), ("sec-purpose", "prefetch")];
    assert_eq!(client.send("GET".parse()?, path, &prefetch, "").await?.status, 200);
    assert_eq!(client.send("HEAD".parse()?, path, &[], "").await?.status, 200);
    let id = text(&link, "payment_link_id")?;
    assert_eq!(journey.api.link(id).await?["status"], "CREATED");
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(page).await?;
    assert_eq!(journey.api.link(id).await?["status"], "CLICKED");
    browser.close().await
}
