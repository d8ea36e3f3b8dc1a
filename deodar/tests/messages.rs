//! Messages to payers, as the developer of a sandbox reads them.

use std::time::Duration;

use anyhow::{Context, Result};
use deodar_kit::{Gateway, GatewayOptions, wait_until};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PATIENCE: Duration = Duration::from_mins(2);
const JSON: [(&str, &str); 1] = [("accept", "application/json")];

/// The messages of the outbox.
async fn outbox(gateway: &Gateway) -> Result<Vec<Value>> {
    let answer = gateway.client().send("GET".parse()?, "/sandbox/messages", &JSON, "").await?;
    let messages = answer.json().get("messages").and_then(Value::as_array).cloned();
    messages.with_context(|| format!("no messages: {answer:?}"))
}

/// The messages of the outbox, once there are so many.
async fn outbox_of(gateway: &Gateway, count: usize) -> Result<Vec<Value>> {
    wait_until("the messages", PATIENCE, async || {
        outbox(gateway).await.ok().filter(|messages| messages.len() == count)
    })
    .await
}

#[tokio::test]
async fn a_link_is_told_and_sent_again_and_the_outbox_outlives_the_server() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let api = gateway.log_in(&gateway.demo_keys()?).await?;
    let link = api
        .create_link(json!({
            "merchant_payment_link_reference": "told-1",
            "amount": { "value": 10_000_050, "currency": "INR" },
            "description": "Saplings",
            "customer": { "email_id": "kavya@example.com", "mobile_number": "9876543210" },
        }))
        .await?;
    let page = link["payment_link"].as_str().context("a page")?;
    for message in outbox_of(&gateway, 2).await? {
        let text = message["text"].as_str().context("a text")?;
        assert!(text.contains("Demo Merchant asks you to pay ₹1,00,000.50"), "{text}");
        assert!(text.contains(page), "{text}");
        assert_eq!(message["kind"], "LINK_CREATED");
        assert_eq!(message["payment_link_id"], link["payment_link_id"]);
        let to = if message["channel"] == "SMS" { "+919876543210" } else { "kavya@example.com" };
        assert_eq!(message["to"], to);
    }
    let id = link["payment_link_id"].as_str().context("an id")?;
    let notify = format!("/api/pay/v1/paymentlink/{id}/notify");
    let again = api.call("PATCH".parse()?, &notify, Value::Null).await?;
    assert_eq!((again.status.as_u16(), again.json()), (200, link));
    let messages = outbox_of(&gateway, 4).await?;
    let log = gateway.log()?;
    for told in ["kavya", "9876543210"] {
        assert!(!log.contains(told), "{told} is in the log");
    }
    gateway.kill().await?;
    gateway.restart().await?;
    // One whose sending was not noted yet is sent, and kept, once more.
    let after = outbox(&gateway).await?;
    assert!(messages.iter().all(|message| after.contains(message)), "{messages:?} {after:?}");
    let page = gateway.client().get("/sandbox/messages").await?;
    assert_eq!(page.status, 200);
    Ok(())
}
