//! A link, paid by card in a real browser, and everything that a payer does on the way.

use std::time::Duration;

use anyhow::Result;
use deodar_kit::{
    Browser, BrowserOptions, CARD, Journey, OTP, processed_payments, text, wait_until,
};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";
/// All of a link's life but its last hour, in seconds.
const UP_TO_THE_LAST_HOUR: u64 = (180 * 24 - 1) * 3_600;

#[tokio::test]
async fn a_link_is_paid_by_card() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-1").await?;
    assert_eq!(link["status"], "CREATED");
    let id = text(&link, "payment_link_id")?;

    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("₹500.00").await?;
    assert_eq!(journey.api.link(id).await?["status"], "CLICKED");
    let page = browser.text().await?;
    for shown in ["Cedar Books", "Two books and a pencil", "card-1"] {
        assert!(page.contains(shown), "{shown:?} is not on the page:\n{page}");
    }
    for hidden in ["Rao", "payer.of.tests@example.com", "9876501234"] {
        assert!(!page.contains(hidden), "{hidden:?} is on the page:\n{page}");
    }
    browser.pay_by_card(CARD, PAY).await?;
    browser.wait_named("input", "OTP").await?;
    assert_eq!(journey.api.link(id).await?["status"], "PAYMENT_INITIATED");
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    browser.wait_heading("Back at the shop").await?;

    let (returned, _) = journey.expect_paid(&link).await?;
    assert_eq!(returned.path, "/back");
    assert!(returned.field("error_code").is_empty());
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("Already paid").await?;
    browser.close().await
}

#[tokio::test]
async fn a_wrong_password_can_be_corrected() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-2").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp("000000").await?;
    assert!(browser.wait_alert().await?.contains("2 tries remain"));
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn after_a_failure_the_payer_can_try_again() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-3").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card("4000000000000002", PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment failed").await?;
    let order_id = text(&link, "order_id")?;
    let failed = journey.shop.webhook("PAYMENT_FAILED", order_id).await?;
    journey.verify_webhook(&failed).await?;
    assert_eq!(failed.json()["data"]["payments"][0]["error_detail"]["code"], "PAYMENT_DECLINED");
    let id = text(&link, "payment_link_id")?;
    assert_eq!(journey.api.link(id).await?["status"], "CLICKED");
    assert!(journey.shop.returns().is_empty(), "the payer was sent away");

    browser.press("Try again").await?;
    browser.pay_by_card(CARD, PAY).await?;
    for wrong in ["000000", "111111", "222222"] {
        browser.give_otp(wrong).await?;
    }
    browser.wait_heading("Payment failed").await?;
    browser.press("Try again").await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    let order = journey.api.order(order_id).await?;
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(3), "{order}");
    browser.close().await
}

#[tokio::test]
async fn a_payer_who_leaves_after_a_failure_tells_the_merchant_so() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-4").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card("4000000000009995", PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment failed").await?;
    browser.press("Return to Cedar Books").await?;
    let returned = journey.shop.returned(text(&link, "order_id")?).await?;
    journey.verify_return(&returned)?;
    assert_eq!(returned.path, "/failed");
    assert_eq!(returned.field("status"), "FAILED");
    assert_eq!(returned.field("error_code"), "INSUFFICIENT_FUNDS");
    browser.close().await
}

#[tokio::test]
async fn a_double_click_pays_once() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-5").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.choose("Card").await?;
    browser.fill("Card number", CARD).await?;
    browser.fill("Expiry (MM/YY)", "12/49").await?;
    browser.fill("CVV", "123").await?;
    browser.fill("Name on card", "Asha Rao").await?;
    // Two clicks in one turn of the page's event loop, and two submissions past its script.
    browser
        .script(
            "const button = document.querySelector('form[data-pay] button.main, form button');
             const pay = [...document.querySelectorAll('button')]
                 .find((each) => each.textContent.trim() === 'Pay ₹500.00') || button;
             const form = pay.form;
             const body = new URLSearchParams(new FormData(form));
             fetch(form.action, { method: 'POST', body, redirect: 'manual' });
             fetch(form.action, { method: 'POST', body, redirect: 'manual' });
             pay.click(); pay.click();",
        )
        .await?;
    // Whichever of them came first has gone to the bank; the others show the way there.
    let id = text(&link, "payment_link_id")?;
    wait_until("a payment", Duration::from_secs(30), async || {
        let link = journey.api.link(id).await.ok()?;
        (link["status"] == "PAYMENT_INITIATED").then_some(())
    })
    .await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.press("Continue to your bank").await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    let order = journey.api.order(text(&link, "order_id")?).await?;
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(1), "{order}");
    browser.close().await
}

#[tokio::test]
async fn a_reload_at_every_step_repeats_nothing() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-6").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.stay().await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.reload().await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.wait_named("input", "OTP").await?;
    browser.reload().await?;
    browser.give_otp("000000").await?;
    browser.wait_alert().await?;
    browser.reload().await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment successful").await?;
    browser.reload().await?;
    browser.press("Return to Cedar Books").await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    let order = journey.api.order(text(&link, "order_id")?).await?;
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(1), "{order}");
    browser.close().await
}

#[tokio::test]
async fn the_back_button_breaks_nothing() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-7").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.wait_named("input", "OTP").await?;
    // Back from the bank: the attempt is still there, and goes on at the bank.
    browser.back().await?;
    browser.wait_heading("Payment pending").await?;
    browser.press("Continue to your bank").await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    // Back from the shop: nothing can be paid a second time.
    browser.back().await?;
    browser.back().await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("Already paid").await?;
    assert!(!browser.offers(PAY).await?);
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn another_method_can_be_chosen_before_the_bank_has_its_answer() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-8").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.wait_named("input", "OTP").await?;
    let bank = browser.address().await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.press("Other method").await?;
    browser.wait_named("button", PAY).await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    // A yes to the attempt that was given up is no second payment.
    browser.open_page(&bank).await?;
    assert!(!browser.offers("Submit").await?, "the bank still takes the abandoned payment");
    journey.expect_paid(&link).await?;
    let order = journey.api.order(text(&link, "order_id")?).await?;
    assert_eq!(processed_payments(&order), 1, "{order}");
    browser.close().await
}

#[tokio::test]
async fn a_link_is_paid_without_javascript() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-9").await?;
    // So near its end a script would count down.
    journey.advance_clock(UP_TO_THE_LAST_HOUR).await?;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = Browser::open(options).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("₹500.00").await?;
    let page = browser.text().await?;
    assert!(!page.contains(" left"), "the countdown runs, so there is a script:\n{page}");
    browser.pay_by_card("4012001037141113", PAY).await?;
    assert!(browser.wait_alert().await?.contains("Nothing was charged"));
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment successful").await?;
    browser.press("Return to Cedar Books").await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}

#[tokio::test]
async fn a_link_is_paid_on_a_telephone() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let link = journey.link("card-10").await?;
    let browser =
        Browser::open(BrowserOptions { phone: true, ..BrowserOptions::default() }).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    browser.wait_heading("₹500.00").await?;
    let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
    let too_wide = browser.script(overflow).await?;
    assert!(too_wide.as_i64() <= Some(0), "the page is {too_wide} pixels too wide");
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await
}
