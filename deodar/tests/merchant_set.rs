//! `deodar merchant set`, beside a running server.

use std::path::Path;

use anyhow::Result;
use deodar_kit::{Finished, Gateway, GatewayOptions, KNOWN_TIMEOUT, run, wait_until};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

async fn deodar(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    run(Path::new(DEODAR), folder, arguments, &[]).await
}

fn link(reference: &str) -> Value {
    json!({
        "merchant_payment_link_reference": reference,
        "amount": { "value": 50_000, "currency": "INR" },
        "allowed_payment_methods": ["UPI"],
    })
}

#[tokio::test]
async fn a_change_soon_holds_in_a_running_server() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.create_merchant(None, None).await?;
    let api = gateway.log_in(&keys).await?;
    api.create_link(link("before")).await?;
    let cases: [(&[&str], &str); 2] = [
        (&["--methods", "card,netbanking"], "PAYMENT_METHOD_NOT_ENABLED"),
        (&["--pay-by-link", "off"], "OPERATION_NOT_ALLOWED"),
    ];
    for (number, (arguments, code)) in cases.into_iter().enumerate() {
        let set = [&["merchant", "set", &keys.merchant_id, "--json"], arguments].concat();
        let finished = deodar(gateway.folder(), &set).await?;
        assert_eq!(finished.code, Some(0), "{finished:?}");
        let mut tries = 0;
        wait_until("the change to hold", KNOWN_TIMEOUT, async || {
            tries += 1;
            let body = link(&format!("after-{number}-{tries}"));
            let answer = api.call("POST".parse().ok()?, "/api/pay/v1/paymentlink", body).await;
            answer.ok().filter(|answer| answer.status == 422 && answer.json()["code"] == code)
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_set_is_told_and_the_rest_stays() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.create_merchant(Some("http://127.0.0.1:9/hooks"), None).await?;
    let id = keys.merchant_id.as_str();
    let set = [
        "merchant",
        "set",
        id,
        "--json",
        "--name",
        "Cedar & Sons",
        "--pre-auth",
        "off",
        "--splits",
        "off",
        "--brand-emi",
        "on",
        "--methods",
        "UPI,Card",
        "--pay-later",
        "simpl3,lazypay",
        "--currencies",
        "INR,usd",
        "--brand-products",
        "PHONE-1, fridge 2,PHONE-1",
        "--return-url",
        "https://shop.example.com/back",
        "--webhook-url",
        "none",
    ];
    let finished = deodar(gateway.folder(), &set).await?;
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{finished:?}");
    let told: Value = serde_json::from_str(&finished.stdout)?;
    let expected = [
        ("merchant_id", json!(id)),
        ("name", json!("Cedar & Sons")),
        ("return_url", json!("https://shop.example.com/back")),
        ("webhook_urls", json!([])),
        ("pay_by_link", json!(true)),
        ("pre_auth", json!(false)),
        ("splits", json!(false)),
        ("brand_emi", json!(true)),
        ("methods", json!(["CARD", "UPI"])),
        ("pay_later", json!(["LAZYPAY", "SIMPL3"])),
        ("currencies", json!(["INR", "USD"])),
        ("brand_products", json!(["PHONE-1", "fridge 2"])),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name}");
    }
    let more = "--json --methods all --return-url none --brand-products none";
    let more: Vec<&str> = ["merchant", "set", id].into_iter().chain(more.split(' ')).collect();
    let finished = deodar(gateway.folder(), &more).await?;
    let again: Value = serde_json::from_str(&finished.stdout)?;
    assert_eq!(again["methods"].as_array().map(Vec::len), Some(9));
    assert_eq!(again["brand_products"], json!([]));
    assert_eq!((&again["return_url"], &again["name"]), (&Value::Null, &told["name"]));
    let list = deodar(gateway.folder(), &["merchant", "list", "--json"]).await?;
    assert!(list.stdout.lines().any(|line| line == finished.stdout.trim()), "{list:?}");
    for secret in [&keys.client_secret, &keys.signing_key, &keys.webhook_secret] {
        assert!(!finished.stdout.contains(secret.as_str()), "a secret is told");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_set_is_told_in_one_line() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.create_merchant(None, None).await?;
    let id = keys.merchant_id.as_str();
    let long = "x".repeat(51);
    let cases: [(&[&str], &str); 12] = [
        (&[id], "--name"),
        (&["12", "--name", "A"], "12 is no merchant id"),
        (&["999999", "--name", "A"], "there is no merchant 999999"),
        (&[id, "--name", ""], "--name"),
        (&[id, "--pre-auth", "maybe"], "maybe"),
        (&[id, "--methods", "CARD,CASH"], "\"CASH\" is none of CARD, UPI"),
        (&[id, "--methods", ""], "\"\" is none of"),
        (&[id, "--pay-later", "ZEST"], "\"ZEST\" is none of LAZYPAY, SIMPL, SIMPL3"),
        (&[id, "--currencies", "ZZZ"], "\"ZZZ\" is no currency"),
        (&[id, "--brand-products", "PHONE-1,"], "\"\" is no product code"),
        (&[id, "--brand-products", &long], "is no product code"),
        (&[id, "--return-url", "shop.example.com"], "--return-url"),
    ];
    for (arguments, words) in cases {
        let set = [&["merchant", "set"], arguments].concat();
        let finished = deodar(gateway.folder(), &set).await?;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains(words), "{words:?} is not in {finished:?}");
    }
    Ok(())
}
