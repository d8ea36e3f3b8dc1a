//! Webhooks that are not taken at once: they come again, the same, and outlive a kill.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use std::time::Duration;

use anyhow::{Result, ensure};
use deodar_kit::{Journey, Payer, Webhook, get, text, wait_until};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// What a merchant's server answers when it is broken.
const BROKEN: [u16; 3] = [500, 302, 404];
/// How long a webhook may take, on a machine that is busy, until what became of it is noted.
const WAIT: Duration = Duration::from_mins(2);
/// How long a webhook may take whose gateway was killed while it sent it. SQLite lets go of every job
/// when it is opened; on PostgreSQL who made this one holds it for a minute, killed or not.
const TAKEN_OVER_WAIT: Duration = Duration::from_mins(4);
/// Longer than the timetable waits after the first attempt, in seconds. After the second it waits
/// for five minutes, in which nothing is sent.
const ADVANCE_TO_SECOND: u64 = 6;
/// As long as the timetable waits after the third attempt, in seconds.
const ADVANCE_SECONDS: u64 = 30 * 60;

/// Pays a link by card, without a browser.
async fn pay(link: &Value) -> Result<()> {
    let payer = Payer::open(text(link, "payment_link")?).await?;
    let bank_page = payer.pay_by_card().await?;
    let back = payer.give_otp(&bank_page).await?;
    get(&back).await?;
    Ok(())
}

/// Waits until the gateway has noted of the event of the payment what became of so many attempts.
/// Then nobody holds it.
async fn noted(journey: &Journey, status: &str, attempts: u64) -> Result<()> {
    wait_until(&format!("attempt {attempts} to be noted"), WAIT, async || {
        let seen = journey.deliveries(status).await.ok()?.into_iter();
        let mut of_event = seen.filter(|one| one["event_type"] == "ORDER_PROCESSED");
        of_event.any(|one| one["attempts"].as_u64() >= Some(attempts)).then_some(())
    })
    .await
}

fn of_event(journey: &Journey) -> Vec<Webhook> {
    let all = journey.shop.webhooks().into_iter();
    all.filter(|webhook| webhook.event_type() == "ORDER_PROCESSED").collect()
}

#[tokio::test]
async fn a_webhook_that_was_not_taken_comes_again_the_same() -> Result<()> {
    let journey = Journey::start(DEODAR).await?;
    let statuses = BROKEN.map(|status| status.try_into().unwrap_or_default());
    journey.shop.fail_next(statuses);
    let link = journey.link("webhook-1").await?;
    pay(&link).await?;
    // The gateway may note a failure only after the clock was moved, so it is moved until all came.
    let seen = wait_until("the attempt that is taken", WAIT, async || {
        journey.advance_clock(ADVANCE_SECONDS).await.ok()?;
        let seen = of_event(&journey);
        (seen.len() > BROKEN.len()).then_some(seen)
    })
    .await?;
    for webhook in &seen {
        journey.verify_webhook(webhook).await?;
        ensure!(webhook.header("webhook-id") == seen[0].header("webhook-id"), "{seen:?}");
        ensure!(webhook.body == seen[0].body, "{seen:?}");
    }
    // It was taken: nothing comes again, while a later event does.
    noted(&journey, "delivered", 1).await?;
    let of_this = |webhook: &Webhook| webhook.header("webhook-id") == seen[0].header("webhook-id");
    let came = of_event(&journey).len();
    journey.advance_clock(ADVANCE_SECONDS).await?;
    let other = journey.link("webhook-2").await?;
    pay(&other).await?;
    journey.shop.webhook("ORDER_PROCESSED", text(&other, "order_id")?).await?;
    let came_since = of_event(&journey).into_iter().filter(of_this).count();
    ensure!(came_since == came, "it was sent once more");
    Ok(())
}

#[tokio::test]
async fn a_webhook_that_waits_outlives_a_kill() -> Result<()> {
    let mut journey = Journey::start(DEODAR).await?;
    journey.shop.fail_next([500.try_into()?, 500.try_into()?]);
    let link = journey.link("webhook-3").await?;
    pay(&link).await?;
    noted(&journey, "waiting", 1).await?;
    journey.advance_clock(ADVANCE_TO_SECOND).await?;
    noted(&journey, "waiting", 2).await?;
    journey.gateway.kill().await?;
    journey.gateway.restart().await?;
    let before = of_event(&journey);
    ensure!(before.len() == 2, "{before:?}");
    journey.advance_clock(ADVANCE_SECONDS).await?;
    let seen = wait_until("the attempt that is taken", WAIT, async || {
        Some(of_event(&journey)).filter(|seen| seen.len() > before.len())
    })
    .await?;
    for again in &seen {
        ensure!(again.body == seen[0].body, "{seen:?}");
        ensure!(again.header("webhook-id") == seen[0].header("webhook-id"), "{seen:?}");
    }
    journey.verify_webhook(&seen[2]).await
}

#[tokio::test]
async fn a_webhook_that_is_on_its_way_in_a_kill_comes_again() -> Result<()> {
    let mut journey = Journey::start(DEODAR).await?;
    journey.shop.hold(true);
    let link = journey.link("webhook-4").await?;
    pay(&link).await?;
    // Whoever has rendered it sends it, and holds its job meanwhile.
    wait_until("the webhook to be on its way", WAIT, async || {
        (journey.shop.held() > 0).then_some(())
    })
    .await?;
    journey.gateway.kill().await?;
    wait_until("the shop to see it", WAIT, async || (journey.shop.held() == 0).then_some(()))
        .await?;
    ensure!(journey.shop.webhooks().is_empty(), "a webhook was taken whose sender is gone");
    journey.shop.hold(false);
    journey.gateway.restart().await?;
    let order = text(&link, "order_id")?;
    let seen = wait_until("the webhook", TAKEN_OVER_WAIT, async || {
        let seen = of_event(&journey);
        (!seen.is_empty()).then_some(seen)
    })
    .await?;
    ensure!(seen[0].json()["data"]["order_id"] == *order, "{seen:?}");
    journey.verify_webhook(&seen[0]).await
}
