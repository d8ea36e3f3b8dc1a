//! The pages as pictures: each is looked at, and kept in `docs/images` where `DEODAR_PICTURES` is set.

#![expect(clippy::disallowed_methods, reason = "the documentation's pictures are asked for so")]

use std::path::PathBuf;

use anyhow::Result;
use deodar_kit::{Browser, BrowserOptions, CARD, Journey, OTP, repository, text};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹2,499.00";

/// Where a picture is kept, where it is asked for.
fn place(name: &str) -> Option<PathBuf> {
    std::env::var("DEODAR_PICTURES").ok()?;
    Some(repository().join("docs/images").join(name))
}

async fn keep(browser: &Browser, name: &str) -> Result<()> {
    match place(name) {
        Some(path) => browser.picture(&path).await,
        None => Ok(()),
    }
}

/// A link like those of a shop.
async fn shop_link(journey: &Journey, reference: &str) -> Result<Value> {
    journey
        .api
        .create_link(json!({
            "merchant_payment_link_reference": reference,
            "amount": { "value": 249_900, "currency": "INR" },
            "description": "Two books and a reading lamp",
            "product_details": [
                {
                    "product_code": "Himalayan Flora, hardcover",
                    "product_amount": { "value": 149_900, "currency": "INR" },
                },
                {
                    "product_code": "Reading lamp",
                    "product_amount": { "value": 100_000, "currency": "INR" },
                },
            ],
            "customer": { "first_name": "Asha", "last_name": "Rao", "email_id": "asha@example.com" },
        }))
        .await
}

#[tokio::test]
async fn the_pages_on_a_desk_and_on_a_telephone() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    for (kind, phone) in [("", false), ("-phone", true)] {
        let link = shop_link(&journey, &format!("SHOP-2041{kind}")).await?;
        let options = BrowserOptions { phone, window: (1_100, 1_200), ..Default::default() };
        let browser = Browser::open(options).await?;
        browser.stay().await?;
        browser.open_page(text(&link, "payment_link")?).await?;
        browser.wait_heading("₹2,499.00").await?;
        browser.choose("Card").await?;
        browser.fill("Card number", CARD).await?;
        browser.fill("Expiry (MM/YY)", "12/49").await?;
        let shown = browser.value("Card number").await?;
        assert_eq!(shown, "4012 0010 3714 1112", "the number is not grouped");
        keep(&browser, &format!("link-page{kind}.png")).await?;
        browser.fill("CVV", "123").await?;
        browser.fill("Name on card", "Asha Rao").await?;
        browser.press(PAY).await?;
        browser.wait_named("input", "OTP").await?;
        browser.give_otp(OTP).await?;
        browser.wait_heading("Payment successful").await?;
        keep(&browser, &format!("result-page{kind}.png")).await?;
        browser.close().await?;
    }
    Ok(())
}
