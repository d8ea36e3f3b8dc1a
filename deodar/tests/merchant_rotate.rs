//! `deodar merchant rotate`, beside running servers.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use deodar_kit::{
    Answer, Api, Finished, Gateway, GatewayOptions, Journey, KNOWN_TIMEOUT, Keys, Payer, get, run,
    text, wait_until,
};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");

async fn rotate(folder: &Path, id: &str, flags: &[&str]) -> Result<Finished> {
    let arguments = [&["merchant", "rotate", id], flags].concat();
    run(Path::new(DEODAR), folder, &arguments, &[]).await
}

/// Rotates, and gives what was printed.
async fn rotated(gateway: &Gateway, id: &str, flags: &[&str]) -> Result<Value> {
    let finished = rotate(gateway.folder(), id, &[flags, &["--json"]].concat()).await?;
    ensure!(finished.code == Some(0) && finished.stderr.is_empty(), "{finished:?}");
    ensure!(finished.stdout.lines().count() == 1, "{finished:?}");
    let told: Value = serde_json::from_str(&finished.stdout)?;
    ensure!(told.get("merchant_id") == Some(&json!(id)), "{told}");
    Ok(told)
}

/// Waits until the server refuses the token.
async fn wait_refused(api: &Api) -> Result<()> {
    wait_until("the token to end", KNOWN_TIMEOUT, async || {
        let answer = api.call("GET".parse().ok()?, "/api/pay/v1/orders/x", Value::Null).await;
        let refused = |answer: &Answer| {
            answer.status == 401 && answer.json().get("code") == Some(&json!("UNAUTHORIZED"))
        };
        answer.ok().filter(refused)
    })
    .await?;
    Ok(())
}

/// Pays a link by card, and waits for what the shop is told of it.
async fn pay(journey: &Journey, reference: &str) -> Result<deodar_kit::Webhook> {
    let link = journey.link(reference).await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    let back = payer.give_otp(&payer.pay_by_card().await?).await?;
    get(&back).await?;
    journey.shop.webhook("ORDER_PROCESSED", text(&link, "order_id")?).await
}

#[tokio::test]
async fn a_new_client_secret_ends_the_old_tokens_of_a_running_server() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let old = gateway.create_merchant(None, None).await?;
    let api = gateway.log_in(&old).await?;
    let told = rotated(&gateway, &old.merchant_id, &["--client-secret"]).await?;
    wait_refused(&api).await?;
    ensure!(Api::log_in(gateway.url(), &old).await.is_err(), "the old secret gets a token");
    let client_secret = text(&told, "client_secret")?.to_owned();
    ensure!(client_secret != old.client_secret && told["cut_over_waits"] == true, "{told}");
    let new = Keys { client_secret, ..old };
    let api = Api::log_in(gateway.url(), &new).await?;
    api.create_link(json!({
        "merchant_payment_link_reference": "after",
        "amount": { "value": 50_000, "currency": "INR" },
    }))
    .await?;
    let log = gateway.log()?;
    for secret in [&new.client_secret, &new.signing_key] {
        ensure!(!log.contains(secret.as_str()), "a secret is in the log");
    }
    Ok(())
}

#[tokio::test]
async fn webhooks_and_returns_are_signed_as_the_rotations_say() -> Result<()> {
    let mut journey = Journey::start(DEODAR).await?;
    let id = journey.keys.merchant_id.clone();
    let told = rotated(&journey.gateway, &id, &["--client-secret"]).await?;
    let new_secret = text(&told, "client_secret")?.to_owned();
    wait_refused(&journey.api).await?;
    journey.keys.client_secret.clone_from(&new_secret);
    journey.api = Api::log_in(journey.gateway.url(), &journey.keys).await?;
    let webhook = pay(&journey, "before").await?;
    journey.verify_webhook(&webhook).await.context("signed by the old secret")?;

    let steps: [(&[&str], Option<&str>, bool); 4] = [
        (&["--cut-over"], None, true),
        (&["--webhook-secret"], Some("webhook_secret"), false),
        (&["--cut-over"], None, true),
        (&["--webhook-secret", "--cut-over"], Some("webhook_secret"), true),
    ];
    let mut waiting = new_secret;
    for (number, (flags, made, cuts_over)) in steps.into_iter().enumerate() {
        let told = rotated(&journey.gateway, &id, flags).await?;
        ensure!(told["cut_over_waits"] == !cuts_over, "{told}");
        if let Some(name) = made {
            text(&told, name)?.clone_into(&mut waiting);
        }
        if cuts_over {
            journey.keys.webhook_secret.clone_from(&waiting);
        }
        // The server may sign as before for a second: another payment is another webhook.
        let mut tries = 0;
        wait_until("the webhook of now", KNOWN_TIMEOUT, async || {
            tries += 1;
            let webhook = pay(&journey, &format!("step-{number}-{tries}")).await.ok()?;
            journey.verify_webhook(&webhook).await.ok()
        })
        .await
        .with_context(|| format!("step {number}"))?;
    }

    let told = rotated(&journey.gateway, &id, &["--signing-key"]).await?;
    let signing_key = text(&told, "signing_key")?.to_owned();
    ensure!(hex::decode(&signing_key)?.len() == 32, "the key has another length");
    ensure!(signing_key != journey.keys.signing_key, "{told}");
    Ok(())
}

#[tokio::test]
async fn the_demo_merchant_is_told_with_its_new_keys() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let old = gateway.demo_keys()?;
    let id = old.merchant_id.clone();
    let secret =
        text(&rotated(&gateway, &id, &["--client-secret"]).await?, "client_secret")?.to_owned();
    let key = text(&rotated(&gateway, &id, &["--signing-key"]).await?, "signing_key")?.to_owned();
    gateway.terminate().await?;
    gateway.restart().await?;
    let new = gateway.demo_keys()?;
    ensure!((&new.client_secret, &new.signing_key) == (&secret, &key), "the old keys are told");
    ensure!(new.webhook_secret == old.client_secret, "webhooks are not cut over");
    rotated(&gateway, &id, &["--cut-over"]).await?;
    gateway.terminate().await?;
    gateway.restart().await?;
    ensure!(gateway.demo_keys()?.webhook_secret == secret, "webhooks are cut over");
    gateway.log_in(&new).await?;
    Ok(())
}

#[tokio::test]
async fn a_person_is_told_what_holds_from_when_on() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let id = gateway.create_merchant(None, None).await?.merchant_id;
    let cases: [(&[&str], &[&str]); 6] = [
        (&["--client-secret"], &["new client secret", "end within a second", "--cut-over"]),
        (&["--cut-over"], &["is cut over", "signed by the merchant's client secret"]),
        (&["--webhook-secret"], &["new webhook secret", "signed as before until"]),
        (&["--cut-over"], &["is cut over", "signed by the merchant's webhook secret"]),
        (&["--signing-key"], &["new signing key", "from now on"]),
        (&["--client-secret"], &["new client secret", "signed by the merchant's webhook secret"]),
    ];
    for (flags, words) in cases {
        let finished = rotate(gateway.folder(), &id, flags).await?;
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), ""), "{finished:?}");
        for word in words {
            assert!(finished.stderr.contains(word), "{word:?} is not in {finished:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_rotated_is_told_in_one_line() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let keys = gateway.create_merchant(None, None).await?;
    let id = keys.merchant_id.as_str();
    let cases: [(&str, &[&str], &str); 7] = [
        (id, &[], "--client-secret"),
        (id, &["--client-secret", "--signing-key"], "--signing-key"),
        (id, &["--client-secret", "--webhook-secret"], "--webhook-secret"),
        (id, &["--signing-key", "--cut-over"], "--cut-over"),
        (id, &["--cut-over"], "no rotation of this merchant waits to be cut over"),
        ("12", &["--client-secret"], "12 is no merchant id"),
        ("999999", &["--client-secret"], "there is no merchant 999999"),
    ];
    for (id, flags, words) in cases {
        let finished = rotate(gateway.folder(), id, flags).await?;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains(words), "{words:?} is not in {finished:?}");
    }
    let arguments = ["merchant", "rotate", id, "--client-secret"];
    let other = [("DEODAR_MASTER_KEY", "5".repeat(64))];
    let other = other.each_ref().map(|(name, value)| (*name, value.as_str()));
    let finished = run(Path::new(DEODAR), gateway.folder(), &arguments, &other).await?;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    assert!(finished.stderr.contains("master key"), "{finished:?}");
    gateway.log_in(&keys).await?;
    Ok(())
}
