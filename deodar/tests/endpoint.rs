//! `deodar endpoint`, beside a running server.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::{
    Finished, Gateway, GatewayOptions, Journey, KNOWN_TIMEOUT, MerchantServer, Payer, get, run,
    text, wait_until,
};
use serde_json::{Value, json};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How long a webhook may take, on a machine that is busy, until what became of it is noted.
const WAIT: Duration = Duration::from_mins(2);
/// Longer than the timetable waits after the first attempt, in seconds. After the second it waits
/// for five minutes: nothing is sent meanwhile that is not sent by hand.
const ADVANCE_SECONDS: u64 = 6;

async fn deodar(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    run(Path::new(DEODAR), folder, arguments, &[]).await
}

/// What a command puts on stdout, a JSON object a line.
async fn told(journey: &Journey, arguments: &[&str]) -> Result<Vec<Value>> {
    let arguments = [&["endpoint"], arguments, &["--json"]].concat();
    let finished = deodar(journey.gateway.folder(), &arguments).await?;
    ensure!(finished.code == Some(0) && finished.stderr.is_empty(), "{finished:?}");
    finished.stdout.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

async fn first(journey: &Journey, arguments: &[&str]) -> Result<Value> {
    told(journey, arguments).await?.into_iter().next().context("nothing was told")
}

/// Makes links until one is told to the endpoint, or to the shop's own alone. The deliveries of an
/// event are made in one commit, so that what the shop was told of tells of the other too.
async fn until_told(journey: &Journey, endpoint: &str, name: &str, is: bool) -> Result<String> {
    let mut tries = 0;
    wait_until("the change to hold", KNOWN_TIMEOUT, async || {
        tries += 1;
        let link = journey.link(&format!("{name}-{tries}")).await.ok()?;
        let order = text(&link, "order_id").ok()?;
        let webhook = journey.shop.webhook("PAYMENT_LINK_CREATED", order).await.ok()?;
        let deliveries = ["deliveries", &journey.keys.merchant_id, "--endpoint", endpoint];
        let mut to_it = told(journey, &deliveries).await.ok()?.into_iter();
        let is_told = to_it.any(|one| one["webhook_id"] == webhook.header("webhook-id"));
        (is_told == is).then(|| order.to_owned())
    })
    .await
}

#[tokio::test]
async fn an_endpoint_soon_asks_for_link_events() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let merchant = journey.keys.merchant_id.as_str();
    let own = first(&journey, &["list", merchant]).await?;
    let own = text(&own, "endpoint_id")?;
    first(&journey, &["set", merchant, own, "--link-events", "all"]).await?;
    let other = MerchantServer::start().await?;
    let url = other.url("/webhook");
    let add = ["add", merchant, "--url", &url, "--link-events", "payment_link_created"];
    let added = first(&journey, &add).await?;
    assert_eq!(
        (&added["merchant_id"], &added["url"], &added["link_events"]),
        (&json!(merchant), &json!(url), &json!(["PAYMENT_LINK_CREATED"]))
    );
    let id = text(&added, "endpoint_id")?;
    // Until the shop's own endpoint is known to ask, it is told of nothing.
    let mut tries = 0;
    wait_until("the shop to be told", KNOWN_TIMEOUT, async || {
        tries += 1;
        journey.link(&format!("first-{tries}")).await.ok()?;
        (!journey.shop.webhooks().is_empty()).then_some(())
    })
    .await?;
    let order = until_told(&journey, id, "asked", true).await?;
    other.webhook("PAYMENT_LINK_CREATED", &order).await?;
    let listed = told(&journey, &["list", merchant]).await?;
    assert_eq!((listed.len(), &listed[1]), (2, &added));
    assert_eq!(told(&journey, &["list"]).await?, listed);
    let set = first(&journey, &["set", merchant, id, "--link-events", "none"]).await?;
    assert_eq!((&set["url"], &set["link_events"]), (&json!(url), &json!([])));
    until_told(&journey, id, "not-asked", false).await?;
    let all = first(&journey, &["set", merchant, id, "--link-events", "all"]).await?;
    assert_eq!(all["link_events"].as_array().map(Vec::len), Some(6));
    until_told(&journey, id, "asked-again", true).await?;
    assert_eq!(first(&journey, &["remove", merchant, id]).await?, all);
    until_told(&journey, id, "removed", false).await?;
    Ok(())
}

/// Waits until the webhook that was not taken is noted with so many attempts.
async fn failed(journey: &Journey, attempts: u64) -> Result<Value> {
    wait_until(&format!("attempt {attempts} to be noted"), WAIT, async || {
        let mut seen = journey.deliveries("waiting").await.ok()?.into_iter();
        seen.find(|one| one["attempts"] == attempts)
    })
    .await
}

/// Waits until so many webhooks are noted that were taken.
async fn taken(journey: &Journey, count: usize) -> Result<Vec<Value>> {
    wait_until(&format!("{count} that were taken to be noted"), WAIT, async || {
        journey.deliveries("delivered").await.ok().filter(|seen| seen.len() == count)
    })
    .await
}

#[tokio::test]
async fn a_webhook_is_seen_and_sent_again() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let merchant = journey.keys.merchant_id.as_str();
    journey.shop.fail_next([500.try_into()?, 500.try_into()?]);
    let link = journey.link("again").await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    let bank_page = payer.pay_by_card().await?;
    get(&payer.give_otp(&bank_page).await?).await?;
    let first = journey.shop.webhook("ORDER_PROCESSED", text(&link, "order_id")?).await?;
    failed(&journey, 1).await?;
    journey.advance_clock(ADVANCE_SECONDS).await?;
    let waiting = failed(&journey, 2).await?;
    let expected = json!({
        "webhook_id": first.header("webhook-id"),
        "event_type": "ORDER_PROCESSED",
        "merchant_id": merchant,
        "endpoint_id": waiting["endpoint_id"],
        "url": journey.shop.url("/webhook"),
        "status": "WAITING",
        "attempts": 2,
        "last_result": "HTTP 500",
        "created_at": waiting["created_at"],
        "ended_at": null,
    });
    assert_eq!(waiting, expected);
    let webhook = text(&waiting, "webhook_id")?;
    for (count, endpoint) in [(1, None), (2, waiting["endpoint_id"].as_str())] {
        let mut resend = vec!["resend", merchant, webhook];
        resend.extend(endpoint.iter().flat_map(|id| ["--endpoint", *id]));
        let sent = told(&journey, &resend).await?;
        assert_eq!((sent.len(), &sent[0]["webhook_id"]), (1, &waiting["webhook_id"]));
        // One that is not noted yet would be replaced by the next.
        let delivered = taken(&journey, count).await?;
        assert!(delivered.iter().all(|one| one["last_result"] == "HTTP 200"), "{delivered:?}");
        let webhooks = journey.shop.webhooks();
        let attempts: u64 = delivered.iter().filter_map(|one| one["attempts"].as_u64()).sum();
        assert_eq!(webhooks.len() as u64, 2 + attempts, "{webhooks:?}");
        let again = webhooks.last().context("a webhook")?;
        assert_eq!((again.header("webhook-id"), &again.body), (webhook, &first.body));
        journey.verify_webhook(again).await?;
    }
    assert_eq!(told(&journey, &["deliveries", merchant, "--limit", "1"]).await?.len(), 1);
    let abandoned = told(&journey, &["deliveries", merchant, "--status", "abandoned"]).await?;
    assert_eq!((abandoned.len(), &abandoned[0]["last_result"]), (1, &json!("HTTP 500")));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_one_line() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let url = "http://127.0.0.1:9/hooks";
    let keys = gateway.create_merchant(Some(url), None).await?;
    let id = keys.merchant_id.as_str();
    let unknown = "0123456789abcdef0123456789abcdef";
    let webhook = format!("msg_{unknown}");
    let cases: [(&[&str], &str); 14] = [
        (&["add", id], "--url"),
        (&["add", "12", "--url", "https://a.example.com/"], "12 is no merchant id"),
        (&["add", "999999", "--url", "https://a.example.com/"], "there is no merchant 999999"),
        (&["add", id, "--url", "a.example.com"], "--url"),
        (&["add", id, "--url", url], "has an endpoint of this URL"),
        (
            &["add", id, "--url", "https://a.example.com/", "--link-events", "ORDER_FAILED"],
            "none of",
        ),
        (&["list", "999999"], "there is no merchant 999999"),
        (&["set", id, unknown], "--url"),
        (&["set", id, unknown, "--link-events", "all"], "has no endpoint 0123"),
        (&["remove", id, "first"], "first is no endpoint id"),
        (&["remove", id, unknown], "has no endpoint 0123"),
        (&["deliveries", "999999"], "there is no merchant 999999"),
        (&["resend", id, unknown], "is no webhook id"),
        (&["resend", id, &webhook], "none of the merchant's last 100000 deliveries"),
    ];
    for (arguments, words) in cases {
        // Both ways lead to the same.
        for command in [&["endpoint"][..], &["merchant", "endpoint"]] {
            let finished = deodar(gateway.folder(), &[command, arguments].concat()).await?;
            assert_eq!(finished.code, Some(2), "{finished:?}");
            assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
            assert!(finished.stderr.contains(words), "{words:?} is not in {finished:?}");
        }
    }
    Ok(())
}
