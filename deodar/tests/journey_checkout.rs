//! The hosted checkout, paid, tried again and left in a real browser, in a frame and without.

use anyhow::{Context, Result, ensure};
use deodar_kit::{Browser, BrowserOptions, CARD, Journey, OTP, ReturnPost, text};
use hyper::Method;
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";

/// Makes an order with a hosted page, as a shop makes it.
async fn checkout(journey: &Journey, reference: &str, mode: &str) -> Result<Value> {
    let body = json!({
        "merchant_order_reference": reference,
        "order_amount": { "value": 50_000, "currency": "INR" },
        "integration_mode": mode,
        "notes": "Two books and a pencil",
        "callback_url": journey.shop.url("/back"),
        "failure_callback_url": journey.shop.url("/failed"),
        "purchase_details": {
            "customer": {
                "email_id": "payer.of.tests@example.com",
                "first_name": "Asha",
                "mobile_number": "9876501234",
                "is_edit_customer_details_allowed": true,
            },
            "cart_details": { "cart_items": [
                {
                    "item_name": "Himalayan Flora",
                    "item_description": "Hardcover",
                    "item_original_unit_price": 20_000,
                    "item_discounted_unit_price": 18_000,
                    "item_quantity": 2,
                },
                { "item_name": "Pencil", "item_original_unit_price": 14_000 },
            ] },
        },
    });
    let answer = journey.api.call(Method::POST, "/api/checkout/v1/orders", body).await?;
    ensure!(answer.status == 200, "the checkout call answered {answer:?}");
    Ok(answer.json())
}

/// Expects the order to be paid: by the API, by the payer's return and by the webhook.
async fn expect_paid(journey: &Journey, made: &Value) -> Result<ReturnPost> {
    let id = text(made, "order_id")?;
    let order = journey.api.order(id).await?;
    ensure!(text(&order, "status")? == "PROCESSED", "the order is {order}");
    let returned = journey.shop.returned(id).await?;
    journey.verify_return(&returned)?;
    ensure!(returned.path == "/back" && returned.field("status") == "PROCESSED", "{returned:?}");
    let webhook = journey.shop.webhook("ORDER_PROCESSED", id).await?;
    journey.verify_webhook(&webhook).await?;
    Ok(returned)
}

#[tokio::test]
async fn an_order_is_paid_after_a_failure() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-1", "REDIRECT").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&made, "redirect_url")?).await?;
    browser.wait_heading("₹500.00").await?;
    let page = browser.text().await?;
    for shown in ["Cedar Books", "Himalayan Flora × 2", "₹360.00", "Hardcover", "checkout-1"] {
        assert!(page.contains(shown), "{shown:?} is not on the page:\n{page}");
    }
    for hidden in ["Asha", "payer.of.tests@example.com", "9876501234"] {
        assert!(!page.contains(hidden), "{hidden:?} is on the page:\n{page}");
    }
    // What the payer mistyped is told on the page, and pays nothing.
    browser.pay_by_card("4012001037141113", PAY).await?;
    browser.wait_heading("₹500.00").await?;
    browser.pay_by_card("4000000000000002", PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment failed").await?;
    browser.reload().await?;
    browser.wait_heading("Payment failed").await?;
    assert!(journey.shop.returns().is_empty(), "the payer was sent away");
    browser.press("Try again").await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    expect_paid(&journey, &made).await?;
    let order = journey.api.order(text(&made, "order_id")?).await?;
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(2), "{order}");
    browser.open_page(text(&made, "redirect_url")?).await?;
    browser.wait_heading("Already paid").await?;
    browser.close().await
}

#[tokio::test]
async fn a_payer_who_leaves_brings_the_news_that_nothing_was_paid() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-2", "REDIRECT").await?;
    let browser =
        Browser::open(BrowserOptions { phone: true, ..BrowserOptions::default() }).await?;
    browser.open_page(text(&made, "redirect_url")?).await?;
    browser.wait_heading("₹500.00").await?;
    let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
    let too_wide = browser.script(overflow).await?;
    assert!(too_wide.as_i64() <= Some(0), "the page is {too_wide} pixels too wide");
    browser.press("Return to Cedar Books").await?;
    browser.wait_address("/failed").await?;
    let returned = journey.shop.returned(text(&made, "order_id")?).await?;
    journey.verify_return(&returned)?;
    assert_eq!(returned.field("status"), "CANCELLED");
    assert_eq!(returned.field("error_code"), "PAYMENT_CANCELLED");
    assert_eq!(journey.api.order(text(&made, "order_id")?).await?["status"], "CREATED");
    // A change of mind: the page is still there.
    browser.open_page(text(&made, "redirect_url")?).await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    browser.close().await
}

#[tokio::test]
async fn a_frame_is_left_for_the_bank_and_for_the_shop() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-3", "IFRAME").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    let shop = journey.shop.url("/shop");
    browser.open_in_frame(&shop, text(&made, "redirect_url")?).await?;
    browser.wait_heading("₹500.00").await?;
    browser.pay_by_card("4100000000000019", PAY).await?;
    browser.wait_heading("Payment failed").await?;
    assert_eq!(browser.address().await?, shop, "a failure stays in the frame");
    browser.press("Try again").await?;
    browser.pay_by_card(CARD, PAY).await?;
    browser.press("Continue to your bank").await?;
    browser.leave_frame().await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    browser.wait_heading("Back at the shop").await?;
    expect_paid(&journey, &made).await?;
    browser.close().await
}

#[tokio::test]
async fn a_payment_in_a_frame_takes_the_whole_window_back() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-4", "IFRAME").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_in_frame(&journey.shop.url("/shop"), text(&made, "redirect_url")?).await?;
    browser.choose("UPI").await?;
    browser.fill("UPI ID", "success@upi").await?;
    browser.press(PAY).await?;
    browser.wait_heading("Payment pending").await?;
    let app = browser.wait_named("a", "Open the sandbox UPI app").await?;
    let app = app.prop("href").await?.context("the app's address")?;
    let telephone = Browser::open(BrowserOptions { phone: true, ..Default::default() }).await?;
    telephone.open_page(&app).await?;
    telephone.press("Approve").await?;
    telephone.wait_heading("You paid").await?;
    browser.leave_frame().await?;
    browser.wait_address("/back").await?;
    expect_paid(&journey, &made).await?;
    telephone.close().await?;
    browser.close().await
}

#[tokio::test]
async fn a_checkout_that_was_not_made_for_a_frame_stands_in_none() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-5", "REDIRECT").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_in_frame(&journey.shop.url("/shop"), text(&made, "redirect_url")?).await?;
    // The browser says that it was refused, in words of its own.
    browser.wait_css("#main-message").await?;
    assert!(!browser.text().await?.contains("Payment method"));
    browser.close().await
}

#[tokio::test]
async fn a_payer_leaves_a_frame_for_the_whole_window() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-6", "IFRAME").await?;
    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_in_frame(&journey.shop.url("/shop"), text(&made, "redirect_url")?).await?;
    browser.press("Return to Cedar Books").await?;
    browser.leave_frame().await?;
    browser.wait_address("/failed").await?;
    let returned = journey.shop.returned(text(&made, "order_id")?).await?;
    journey.verify_return(&returned)?;
    assert_eq!(returned.field("status"), "CANCELLED");
    browser.close().await
}

#[tokio::test]
async fn a_payer_changes_the_contact_details_and_pays() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let made = checkout(&journey, "checkout-7", "REDIRECT").await?;
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let browser = Browser::open(options).await?;
    browser.open_page(text(&made, "redirect_url")?).await?;
    browser.press("Change").await?;
    browser.wait_heading("Your details").await?;
    browser.fill("Email", "nobody").await?;
    browser.fill("Mobile number", "90000 00001").await?;
    browser.press("Save").await?;
    assert!(browser.wait_alert().await?.contains("The others are saved"));
    browser.fill("Email", "tara@example.in").await?;
    browser.press("Save").await?;
    browser.wait_heading("₹500.00").await?;
    assert!(browser.text().await?.contains("t•••@example.in"));
    browser.pay_by_card(CARD, PAY).await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment successful").await?;
    browser.press("Return to Cedar Books").await?;
    browser.wait_address("/back").await?;
    expect_paid(&journey, &made).await?;
    let webhook = journey.shop.webhook("ORDER_PROCESSED", text(&made, "order_id")?).await?;
    let customer = webhook.json()["data"]["purchase_details"]["customer"].clone();
    let expected = json!({
        "email_id": "tara@example.in",
        "first_name": "Asha",
        "mobile_number": "9000000001",
        "country_code": "91",
        "is_edit_customer_details_allowed": true,
    });
    assert_eq!(customer, expected);
    browser.close().await
}
