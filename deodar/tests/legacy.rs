//! The legacy Pay by Link API with the lines of its page, and a payer in a real browser.

use anyhow::{Context, Result, ensure};
use deodar_client::verify_legacy_return;
use deodar_kit::{
    Browser, BrowserOptions, CARD, Journey, OTP, Python, ReturnPost, repository, text,
};
use hyper::Method;
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAGE: &str = "docs/reference/legacy.md";

/// The lines of the page that call the gateway: to make, to send again, and to ask.
fn lines() -> Result<[String; 3]> {
    let page = std::fs::read_to_string(repository().join(PAGE))?;
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let blocks: Vec<String> = blocks.map(|(block, _)| block.to_owned()).collect();
    blocks.try_into().ok().context("the page has three calls")
}

async fn answer(journey: &Journey, script: &str) -> Result<Value> {
    let finished = journey.sh(script, &[]).await?;
    ensure!(finished.code == Some(0), "{script}: {finished:?}");
    Ok(serde_json::from_str(&finished.stdout)?)
}

/// Verifies the form by the Rust client, and by Python's own `hmac` with the function that the page
/// shows.
async fn verify(journey: &Journey, post: &ReturnPost) -> Result<()> {
    let fields: serde_json::Map<_, _> =
        post.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let told = verify_legacy_return(&journey.keys.signing_key, &post.fields)?;
    ensure!(told.reference_no == post.field("REFERENCE_NO"), "{told:?}");
    ensure!((told.response_code, told.amount_paise) == (1, 20_000), "{told:?}");
    let page = repository().join(PAGE);
    let arguments = [page.to_str().context("a path")?, &journey.keys.signing_key];
    let body = Value::Object(fields).to_string();
    let program = "verify_legacy_return.py";
    let verified = Python::find()?.run(program, &arguments, body.as_bytes()).await?;
    ensure!(verified.code == Some(0), "{post:?}: {verified:?}");
    Ok(())
}

#[tokio::test]
async fn the_lines_of_the_page_make_a_link_that_is_paid() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let [create, send_again, ask] = lines()?;
    let made = answer(&journey, &create).await?;
    assert_eq!((&made["RESPONSE_CODE"], &made["RESPONSE_MESSAGE"]), (&json!(1), &json!("SUCCESS")));
    let number = made["PAYMENT_LINK_ID"].as_u64().context("a number")?;
    let script = format!("PAYMENT_LINK_ID={number}\n{send_again}");
    let sent = answer(&journey, &script).await?;
    assert_eq!(sent, json!({"RESPONSE_CODE": 1, "RESPONSE_MESSAGE": "SUCCESS"}));
    assert_eq!(answer(&journey, &ask).await?["PARENT_TXN_STATUS"], "1");

    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&made, "PAYMENT_URL")?).await?;
    browser.pay_by_card("4000000000009995", "Pay ₹200.00").await?;
    browser.give_otp(OTP).await?;
    browser.wait_heading("Payment failed").await?;
    assert_eq!(answer(&journey, &ask).await?["PARENT_TXN_STATUS"], "-7");
    assert!(journey.shop.returns().is_empty(), "after a failure the payer stays");
    browser.press("Try again").await?;
    browser.pay_by_card(CARD, "Pay ₹200.00").await?;
    browser.give_otp(OTP).await?;
    browser.wait_address("/back").await?;
    browser.close().await?;

    let told = answer(&journey, &ask).await?;
    assert_eq!((&told["TXN_STATUS"], &told["PARENT_TXN_STATUS"]), (&json!("7"), &json!("4")));
    assert_eq!((&told["PAYMENT_MODE"], &told["AMOUNT"]), (&json!(1), &json!(20_000)));
    let returns = journey.shop.returns();
    let [post] = returns.as_slice() else { panic!("the payer came back once: {returns:?}") };
    assert_eq!(post.path, "/back");
    assert_eq!(post.field("REFERENCE_NO"), "pl_644123");
    assert_eq!(post.field("MERCHANT_ID"), journey.keys.merchant_id);
    assert_eq!(post.field("PINE_PG_TRANSACTION_ID"), told["PINE_PG_TRANSACTION_ID"].to_string());
    verify(&journey, post).await?;

    let path = "/api/pay/v1/paymentlink/ref/pl_644123";
    let link = journey.api.call(Method::GET, path, Value::Null).await?.json();
    assert_eq!(link["status"], "PROCESSED");
    let webhook = journey.shop.webhook("ORDER_PROCESSED", text(&link, "order_id")?).await?;
    journey.verify_webhook(&webhook).await
}
