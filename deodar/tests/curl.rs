//! Journeys with nothing but `curl`: a reader's shell is all that it takes. The lines of the page
//! about Pay Later are run as they stand there.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use anyhow::{Context, Result, ensure};
use deodar_kit::{Journey, repository};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

/// Runs a shell script as the merchant, and gives the lines that it printed.
async fn printed(journey: &Journey, script: &str, arguments: &[&str]) -> Result<Vec<String>> {
    let finished = journey.sh(script, arguments).await?;
    ensure!(finished.code == Some(0), "{arguments:?}: {finished:?}");
    Ok(finished.stdout.lines().map(str::to_owned).collect())
}

/// The order that was printed last.
fn last_order(lines: &[String]) -> Result<Value> {
    let last = lines.last().context("the script printed nothing")?;
    let mut answer: Value = serde_json::from_str(last).with_context(|| last.clone())?;
    Ok(answer["data"].take())
}

/// The events that must come for an order that ends so, the first with the order paid.
fn events(ending: &str) -> [&'static str; 2] {
    match ending {
        "capture" => ["ORDER_AUTHORIZED", "ORDER_PROCESSED"],
        "cancel" => ["ORDER_AUTHORIZED", "ORDER_CANCELLED"],
        _ => ["ORDER_PROCESSED", "REFUND_PROCESSED"],
    }
}

/// Checks what the merchant's server was told.
async fn expect_told(journey: &Journey, order: &Value, ending: &str) -> Result<()> {
    let order_id = order["order_id"].as_str().context("an order")?;
    let returned = journey.shop.returned(order_id).await?;
    journey.verify_return(&returned)?;
    let [paid, ended] = events(ending);
    let refund_id = order["refunds"][0]["order_id"].as_str();
    for (event, id) in [(paid, order_id), (ended, refund_id.unwrap_or(order_id))] {
        let webhook = journey.shop.webhook(event, id).await?;
        journey.verify_webhook(&webhook).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_method_pays_with_curl_alone() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let script = std::fs::read_to_string(repository().join("testing/journeys/pay.sh"))?;
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
        ("lazypay", true),
        ("simpl", true),
        ("simpl3", true),
    ];
    let endings = [("capture", "PROCESSED"), ("cancel", "CANCELLED"), ("refund", "FULLY_REFUNDED")];
    for (index, (way, by_call)) in ways.into_iter().enumerate() {
        let challenges = if by_call { ["page", "otp"].as_slice() } else { &["page"] };
        for (turn, challenge) in challenges.iter().enumerate() {
            let (ending, status) = endings[(index + turn) % endings.len()];
            let lines = printed(&journey, &script, &[way, challenge, ending]).await?;
            let order = last_order(&lines)?;
            assert_eq!(order["status"], status, "{way} {challenge} {ending}: {order}");
            expect_told(&journey, &order, ending).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_page_about_pay_later_says_what_runs() -> Result<()> {
    let page = std::fs::read_to_string(repository().join("docs/reference/pay-later.md"))?;
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let script: String = blocks.map(|(block, _)| block).collect();
    let journey = Journey::start(DEODAR).await?;
    let lines = printed(&journey, &script, &[]).await?;
    let [eligibility, password, signature, status, _] = lines.as_slice() else {
        panic!("the page has other steps: {lines:?}");
    };
    assert!(eligibility.starts_with(r#"{"txn_eligibility":true,"metadata":{"#), "{eligibility}");
    assert_eq!(password, r#"{"status":"SUCCESS"}"#);
    assert!(signature.starts_with("signature="), "{signature}");
    assert_eq!(status, "AUTHORIZED");
    let order = last_order(&lines)?;
    assert_eq!(order["status"], "CANCELLED");
    assert_eq!(order["payments"][0]["payment_method"], "BNPL");
    expect_told(&journey, &order, "cancel").await
}
