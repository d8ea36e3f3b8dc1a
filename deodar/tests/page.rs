//! What the page of a link does under a payer's hands, beside being paid.

use std::time::Duration;

use anyhow::Result;
use deodar_kit::{Browser, BrowserOptions, CARD, ENTER, Journey, OTP, text, wait_until};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How many times the page means to take the payer back to the shop.
const HELD_TIMERS: &str = "return heldTimers.size";
/// All of a link's life but its last hour, in seconds.
const UP_TO_THE_LAST_HOUR: u64 = (180 * 24 - 1) * 3_600;

#[tokio::test]
async fn a_link_is_paid_by_keyboard_alone() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-1").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    let fields = [
        ("Card number", CARD),
        ("Expiry (MM/YY)", "1249"),
        ("CVV", "123"),
        ("Name on card", "Asha Rao"),
    ];
    for (name, typed) in fields {
        browser.tab_to(name).await?;
        browser.press_keys(typed).await?;
    }
    browser.press_keys(&ENTER.to_string()).await?;
    browser.wait_named("input", "OTP").await?;
    browser.tab_to("OTP").await?;
    browser.press_keys(&format!("{OTP}{ENTER}")).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn who_moves_the_focus_after_paying_is_not_taken_back_unasked() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-5").await?;
    let browser = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    browser.stay().await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card(CARD, "Pay ₹500.00").await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment successful").await?;
    browser.wait_css("[data-note]:not([hidden])").await?;
    assert_eq!(browser.script(HELD_TIMERS).await?, 1, "the payer would be taken back");
    browser.tab_to("Receipt to print").await?;
    assert_eq!(browser.script(HELD_TIMERS).await?, 0);
    let note = "return document.querySelector('[data-note]').checkVisibility()";
    assert_eq!(
        browser.script(note).await?,
        false,
        "what the page no longer does it no longer says"
    );
    browser.tab_back_to("Return to Cedar Books").await?;
    browser.press_keys(&ENTER.to_string()).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn the_language_that_a_payer_chose_stays_through_the_bank() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-6").await?;
    let page = text(&link, "payment_link")?;
    let browser = Browser::open(BrowserOptions { language: "hi-IN", ..Default::default() }).await?;
    browser.open_page(page).await?;
    browser.press("English").await?;
    browser.wait_address("?lang=en").await?;
    browser.pay_by_card(CARD, "Pay ₹500.00").await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    browser.open_page(page).await?;
    browser.wait_heading("Already paid").await?;
    browser.press("हिन्दी").await?;
    browser.wait_heading("भुगतान पहले ही हो चुका है").await?;
    browser.close().await
}

#[tokio::test]
async fn a_card_number_is_grouped_and_its_scheme_is_named_while_it_is_typed() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-2").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    for (number, grouped, scheme) in [
        ("4012001037141112", "4012 0010 3714 1112", "Visa"),
        ("5123456789012346", "5123 4567 8901 2346", "Mastercard"),
        ("6074820000000009", "6074 8200 0000 0009", "RuPay"),
        ("371449635398431", "3714 496353 98431", "American Express"),
    ] {
        browser.fill("Card number", number).await?;
        assert_eq!(browser.value("Card number").await?, grouped);
        let named = "return document.querySelector('output[for=card_number]').textContent";
        assert_eq!(browser.script(named).await?, scheme, "{number}");
    }
    browser.close().await
}

#[tokio::test]
async fn the_page_counts_down_to_the_links_end() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-3").await?;
    journey.advance_clock(UP_TO_THE_LAST_HOUR).await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    let timer = browser.wait_css("[role=timer]").await?;
    let first = timer.text().await?;
    assert!(first.ends_with(" left"), "{first:?}");
    wait_until("the countdown to go on", Duration::from_secs(30), async || {
        timer.text().await.ok().filter(|now| *now != first)
    })
    .await?;
    browser.close().await
}

#[tokio::test]
async fn the_page_asks_nothing_of_anybody_else() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("page-4").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("₹500.00").await?;
    let asked = "return performance.getEntriesByType('resource').map((each) => each.name)";
    let asked: Vec<String> = serde_json::from_value(browser.script(asked).await?)?;
    assert!(asked.iter().any(|each| each.contains("/assets/pay-")), "{asked:?}");
    assert!(asked.iter().all(|each| each.starts_with(journey.gateway.url())), "{asked:?}");
    browser.close().await
}
