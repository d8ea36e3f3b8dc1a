//! What is logged, and what is never logged, in the course of a payment.

use anyhow::{Context, Result};
use deodar_kit::{Browser, BrowserOptions, GatewayOptions, Journey, OTP, text};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PAY: &str = "Pay ₹500.00";
/// Four digits, so that it is not found by chance.
const CVV: &str = "7391";
/// An American Express card, which has four digits of CVV.
const CARD: &str = "371449635398431";

/// Pays a link by card, with a failure before it, and gives the log and what must not be in it.
async fn log_of_a_payment(format: &str) -> Result<(String, Vec<(&'static str, String)>)> {
    let arguments = ["--log-format", format, "--log", "debug"].map(str::to_owned).to_vec();
    let options = GatewayOptions { arguments, ..GatewayOptions::default() };
    let journey = Journey::start_with(DEODAR, options).await?;
    let link = journey.link("logs-1").await?;
    // Calls that fail are logged too.
    let wrong = json!({ "merchant_payment_link_reference": "logs-2", "customer": {
        "email_id": "payer.of.tests@example.com", "mobile_number": "9876501234" } });
    journey.api.call("POST".parse()?, "/api/pay/v1/paymentlink", wrong).await?;

    let browser = Browser::open(BrowserOptions::default()).await?;
    browser.open_page(text(&link, "payment_link")?).await?;
    for (number, heading) in [("4000000000000002", "Payment failed"), (CARD, "Back at the shop")] {
        browser.choose("Card").await?;
        browser.fill("Card number", number).await?;
        browser.fill("Expiry (MM/YY)", "12/49").await?;
        browser.fill("CVV", if number == CARD { CVV } else { "123" }).await?;
        browser.fill("Name on card", "Asha Mukhopadhyay").await?;
        browser.press(PAY).await?;
        browser.give_otp(OTP).await?;
        browser.wait_heading(heading).await?;
        if number != CARD {
            browser.press("Try again").await?;
        }
    }
    browser.wait_address("/back").await?;
    journey.expect_paid(&link).await?;
    browser.close().await?;

    let Journey { mut gateway, keys, api, .. } = journey;
    gateway.terminate().await?;
    let key = std::fs::read_to_string(gateway.file("key"))?;
    let secrets = vec![
        ("the card number", CARD.to_owned()),
        ("the declined card's number", "4000000000000002".to_owned()),
        ("the card number in groups", "3714 496353 98431".to_owned()),
        ("the name on the card", "Mukhopadhyay".to_owned()),
        ("the password", format!("otp={OTP}")),
        ("the client secret", keys.client_secret),
        ("the signing key", keys.signing_key),
        ("the master key", key.trim().to_owned()),
        ("the token", api.token().to_owned()),
        ("the e-mail address", "payer.of.tests".to_owned()),
        ("the phone number", "9876501234".to_owned()),
        ("the demo merchant's secret", demo_secret(&gateway)?),
    ];
    Ok((gateway.log()?, secrets))
}

fn demo_secret(gateway: &deodar_kit::Gateway) -> Result<String> {
    Ok(gateway.demo_keys()?.client_secret)
}

/// Expects none of the secrets in the log, and the CVV nowhere but as a count of microseconds.
fn expect_none(log: &str, secrets: &[(&'static str, String)]) {
    for (name, secret) in secrets {
        let found = log.lines().find(|line| line.contains(secret.as_str()));
        assert!(found.is_none(), "{name} is in the log: {found:?}");
    }
    for line in log.lines() {
        let mut before = "";
        for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            assert!(word != CVV || before == "micros", "the CVV is in the log: {line}");
            before = word;
        }
    }
}

#[tokio::test]
async fn a_log_for_people_holds_no_secret() -> Result<()> {
    let (log, secrets) = log_of_a_payment("text").await?;
    expect_none(&log, &secrets);
    assert!(log.contains("request_id="), "{log}");
    assert!(log.contains("route=\"/PLUTUS/{slug}/pay\""), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_log_for_machines_holds_no_secret_and_is_json_alone() -> Result<()> {
    let (log, secrets) = log_of_a_payment("json").await?;
    expect_none(&log, &secrets);
    let mut answered = 0;
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).context(line.to_owned())?;
        // Of a key that stands twice, each reader keeps another.
        assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
        if entry.get("message").is_some_and(|message| message == "answered") {
            let id = entry.get("span").and_then(|span| span.get("request_id"));
            assert!(id.is_some_and(Value::is_string), "{line}");
            answered += 1;
        }
    }
    assert!(answered > 10, "{answered} requests were logged");
    assert!(log.contains("\"message_id\":"), "the messages to the payer were logged");
    Ok(())
}
