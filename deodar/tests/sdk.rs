//! The official Python SDK, unmodified: every payment method from its order to what becomes of the
//! money, and every other operation. The programs check every answer themselves; what stands here
//! is that they ran all that they are for.

use anyhow::{Context, Result, ensure};
use deodar_kit::{Gateway, GatewayOptions, Python, free_port};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

/// Runs a program beside a gateway, as a merchant with a server of its own. Answers its steps.
async fn steps(program: &str) -> Result<Vec<Value>> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let port = free_port()?;
    let [webhook, back] = ["webhook", "back"].map(|path| format!("http://127.0.0.1:{port}/{path}"));
    let keys = gateway.create_merchant(Some(&webhook), Some(&back)).await?;
    gateway.log_in(&keys).await?;
    let settings = json!({
        "base_url": gateway.url(),
        "client_id": keys.client_id,
        "client_secret": keys.client_secret,
        "signing_key": keys.signing_key,
        "webhook_secret": keys.webhook_secret,
        "port": port,
    });
    let finished = Python::find()?.run(program, &[], settings.to_string().as_bytes()).await?;
    ensure!(finished.code == Some(0), "{finished:?}");
    finished.stdout.lines().map(|line| serde_json::from_str(line).context("a step")).collect()
}

#[tokio::test]
async fn every_method_pays_and_its_money_is_captured_voided_and_refunded() -> Result<()> {
    let steps = steps("methods.py").await?;
    let ways = [
        ("card", true),
        ("upi_collect", false),
        ("upi_intent", false),
        ("netbanking", false),
        ("wallet", false),
        ("points", true),
        ("credit_emi", true),
        ("debit_emi", true),
        ("cardless_emi", true),
        ("bnpl_lazypay", true),
        ("bnpl_simpl", true),
        ("bnpl_simpl3", true),
    ];
    assert_eq!(steps.len(), ways.len() * 3, "{steps:?}");
    for (way, by_call) in ways {
        let done = |name: &str, value: &str| {
            steps.iter().any(|step| step["step"] == way && step[name] == value)
        };
        for ending in ["capture", "cancel", "refund"] {
            assert!(done("ending", ending), "{way} {ending}");
        }
        assert!(done("challenge", "page"), "{way}");
        assert_eq!(done("challenge", "otp"), by_call, "{way}");
    }
    Ok(())
}

#[tokio::test]
async fn every_other_operation_is_understood_and_every_refusal_is_typed() -> Result<()> {
    let steps = steps("operations.py").await?;
    let names: Vec<_> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    let expected = [
        "links",
        "paid_link",
        "cancelled_link",
        "orders",
        "points_beside_a_card",
        "two_cards",
        "one_time_passwords",
        "refunds",
        "failure",
        "hosted_page",
        "typed_errors",
    ];
    assert_eq!(names, expected);
    Ok(())
}
