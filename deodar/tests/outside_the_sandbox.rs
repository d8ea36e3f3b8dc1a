//! A gateway that is no sandbox: what only tests may do is not there.

use std::path::Path;

use anyhow::Result;
use deodar_kit::{Gateway, GatewayOptions, SimulatorProcess, run};
use serde_json::json;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

/// The settings of a gateway that uses the bank at `bank` as if it were a real one.
fn settings(bank: &str) -> Vec<(String, String)> {
    [
        ("DEODAR_SANDBOX", "false"),
        ("DEODAR_SIMULATOR", bank),
        ("DEODAR_SIMULATOR_SECRET", SimulatorProcess::SECRET),
        ("DEODAR_MASTER_KEY", &"5a".repeat(32)),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn what_only_tests_may_do_is_not_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bank = SimulatorProcess::start(Path::new(DEODAR), folder.path()).await?;
    let environment = settings(bank.url());
    let options = GatewayOptions { environment, ..GatewayOptions::default() };
    let gateway = Gateway::start(DEODAR, options).await?;
    assert!(gateway.demo_keys().is_err(), "there is a demo merchant");

    let keys = gateway.create_merchant(None, Some("https://shop.example.com/back")).await?;
    let api = gateway.log_in(&keys).await?;
    let moved = api.call("POST".parse()?, "/sandbox/clock", json!({ "advance_seconds": 1 }));
    assert_eq!(moved.await?.status, 404);
    for path in ["/", "/simulator/upi", "/sandbox/messages"] {
        assert_eq!(gateway.client().get(path).await?.status, 404, "{path}");
    }
    let link = |callback: &str| {
        json!({
            "merchant_payment_link_reference": "outside-1",
            "amount": { "value": 50_000, "currency": "INR" },
            "callback_url": callback,
        })
    };
    let plain = link("http://shop.example.com/back");
    let refused = api.call("POST".parse()?, "/api/pay/v1/paymentlink", plain).await?;
    assert_eq!(refused.status, 400, "{refused:?}");
    api.create_link(link("https://shop.example.com/back")).await?;
    Ok(())
}

#[tokio::test]
async fn a_merchants_plain_http_address_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let environment = settings("http://127.0.0.1:9");
    let environment: Vec<_> =
        environment.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let cases = [
        ("--webhook-url", "http://shop.example.com"),
        // A payer's browser may go to this machine; a webhook never would.
        ("--webhook-url", "http://127.0.0.1:9000/hooks"),
        ("--return-url", "http://shop.example.com"),
    ];
    for (flag, url) in cases {
        let create = ["merchant", "create", "--name", "A", flag, url];
        let refused = run(Path::new(DEODAR), folder.path(), &create, &environment).await?;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(&format!("{flag} must be https")), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_master_key_is_made() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let environment = settings("http://127.0.0.1:9");
    let environment: Vec<_> = environment
        .iter()
        .filter(|(key, _)| key != "DEODAR_MASTER_KEY")
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--json"];
    let refused = run(Path::new(DEODAR), folder.path(), &serve, &environment).await?;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("there is no master key"), "{refused:?}");
    assert!(refused.stdout.is_empty(), "{refused:?}");
    Ok(())
}
