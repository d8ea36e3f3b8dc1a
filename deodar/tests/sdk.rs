//! The official Python SDK, unmodified: links, and orders from their making to their refund.

use anyhow::Result;
use deodar_kit::{Gateway, GatewayOptions, Python};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

#[tokio::test]
async fn the_official_sdk_makes_reads_and_cancels_a_link() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.demo_keys()?;
    let arguments = [gateway.url(), &keys.client_id, &keys.client_secret, "sdk-1"];
    let finished = Python::find()?.run("links.py", &arguments, b"").await?;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let steps: Vec<Value> =
        finished.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let names: Vec<_> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    let expected = ["token", "create", "get_by_id", "get_by_reference", "cancel", "order"];
    assert_eq!(names, expected);
    let statuses: Vec<_> = steps.iter().filter_map(|step| step["status"].as_str()).collect();
    let expected = ["CREATED", "CREATED", "CREATED", "CANCELLED", "CANCELLED"];
    assert_eq!(statuses, expected);
    for step in steps.iter().filter(|step| step["step"] != "token" && step["step"] != "order") {
        assert_eq!(step["amount"]["value"], 50_000, "{step}");
        assert_eq!(step["merchant_payment_link_reference"], "sdk-1", "{step}");
        assert_eq!(step["pre_auth"], false, "{step}");
    }
    Ok(())
}

#[tokio::test]
async fn the_official_sdk_makes_captures_refunds_and_cancels_orders() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.demo_keys()?;
    let arguments = [gateway.url(), &keys.client_id, &keys.client_secret, "sdk-order"];
    let finished = Python::find()?.run("orders.py", &arguments, b"").await?;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let steps: Vec<Value> =
        finished.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let told = |name| steps.iter().map(move |step| (step["step"].as_str(), step[name].as_str()));
    let statuses: Vec<_> =
        told("status").filter_map(|(step, status)| Some((step?, status?))).collect();
    let expected = [
        ("create", "CREATED"),
        ("get_by_id", "CREATED"),
        ("get_by_reference", "CREATED"),
        ("pay", "PENDING"),
        ("paid", "AUTHORIZED"),
        ("capture", "PARTIALLY_CAPTURED"),
        ("refund", "PROCESSED"),
        ("get_refund", "PROCESSED"),
        ("refunded", "FULLY_REFUNDED"),
        ("cancel", "CANCELLED"),
    ];
    assert_eq!(statuses, expected);
    let codes: Vec<_> = told("code").filter_map(|(step, code)| Some((step?, code?))).collect();
    let expected = [
        ("cancel_again", "ORDER_CANCELLED"),
        ("unknown", "ORDER_NOT_FOUND"),
        ("no_token", "UNAUTHORIZED"),
    ];
    assert_eq!(codes, expected);
    Ok(())
}
