//! The gateway, or the gateway and the bank, are killed between the bank's yes and the gateway's
//! own commit: the payer pays exactly once.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use deodar_kit::{
    GatewayOptions, Journey, Payer, SimulatorProcess, get, processed_payments, text, wait_until,
};
use serde_json::Value;
use tempfile::TempDir;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// Longer than any test: an answer that is held back so long does not come.
const NEVER_MS: u64 = 600_000;
/// Long enough for the gateway to be told to stop while the bank is thinking.
const SLOW_MS: u64 = 3_000;
/// How long the gateway may take to ask the bank again.
const KNOWN_TIMEOUT: Duration = Duration::from_mins(2);

/// A bank in a process of its own and a gateway that uses it.
struct Town {
    bank: SimulatorProcess,
    journey: Journey,
    _folder: TempDir,
}

impl Town {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let bank = SimulatorProcess::start(Path::new(DEODAR), folder.path()).await?;
        let options = GatewayOptions {
            arguments: vec![String::from("--simulator"), bank.url().to_owned()],
            environment: vec![(
                String::from("DEODAR_SIMULATOR_SECRET"),
                String::from(SimulatorProcess::SECRET),
            )],
        };
        let journey = Journey::start_with(DEODAR, options).await?;
        Ok(Self { bank, journey, _folder: folder })
    }

    /// Pays a link by card up to the bank's yes, of which the gateway does not learn: the payer's
    /// way back waits for the bank, whose answer is held back.
    async fn pay_up_to_the_yes(&self, link: &Value) -> Result<()> {
        let payer = Payer::open(text(link, "payment_link")?).await?;
        let bank_page = payer.pay_by_card().await?;
        self.bank.hold_back(NEVER_MS, NEVER_MS).await?;
        let back = payer.give_otp(&bank_page).await?;
        tokio::spawn(async move { get(&back).await });
        let link = self.journey.api.link(text(link, "payment_link_id")?).await?;
        ensure!(link["status"] == "PAYMENT_INITIATED", "{link}");
        Ok(())
    }

    /// Expects the link to become paid, by one payment, told to the merchant by one event.
    async fn expect_paid_once(&self, link: &Value) -> Result<()> {
        let id = text(link, "payment_link_id")?;
        let order_id = text(link, "order_id")?;
        let api = &self.journey.api;
        wait_until("the payment to be known", KNOWN_TIMEOUT, async || {
            api.link(id).await.ok().filter(|link| link["status"] == "PROCESSED")
        })
        .await?;
        let order = api.order(order_id).await?;
        ensure!(order["status"] == "PROCESSED", "{order}");
        ensure!(order["payments"].as_array().map(Vec::len) == Some(1), "{order}");
        ensure!(processed_payments(&order) == 1, "{order}");
        let webhook = self.journey.shop.webhook("ORDER_PROCESSED", order_id).await?;
        self.journey.verify_webhook(&webhook).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_gateway_killed_after_the_banks_yes_takes_the_payment_once() -> Result<()> {
    let mut town = Town::start().await?;
    let link = town.journey.link("killed-1").await?;
    town.pay_up_to_the_yes(&link).await?;
    town.journey.gateway.kill().await?;
    town.bank.hold_back(0, 0).await?;
    town.journey.gateway.restart().await?;
    town.expect_paid_once(&link).await
}

#[tokio::test]
async fn a_gateway_and_a_bank_killed_together_take_the_payment_once() -> Result<()> {
    let mut town = Town::start().await?;
    let link = town.journey.link("killed-2").await?;
    town.pay_up_to_the_yes(&link).await?;
    let (gateway, bank) = (&mut town.journey.gateway, &mut town.bank);
    let (gateway_killed, bank_killed) = tokio::join!(gateway.kill(), bank.kill());
    gateway_killed.and(bank_killed)?;
    town.bank.restart().await?;
    town.journey.gateway.restart().await?;
    town.expect_paid_once(&link).await
}

#[tokio::test]
async fn a_bank_whose_yes_is_lost_with_both_processes_is_asked_again() -> Result<()> {
    let mut town = Town::start().await?;
    let link = town.journey.link("killed-3").await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    // The bank says yes at once, and the gateway stops waiting for its answer.
    town.bank.hold_back(NEVER_MS, NEVER_MS).await?;
    let answer = payer.pay_by_upi("timeout@upi").await?;
    ensure!(answer.status == 303, "{answer:?}");
    town.journey.gateway.kill().await?;
    town.bank.kill().await?;
    town.bank.restart().await?;
    town.journey.gateway.restart().await?;
    town.expect_paid_once(&link).await
}

#[tokio::test]
async fn an_attempt_that_the_bank_never_heard_of_fails_and_can_be_repeated() -> Result<()> {
    let mut town = Town::start().await?;
    let link = town.journey.link("killed-4").await?;
    town.bank.kill().await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    let answer = payer.pay_by_upi("success@upi").await?;
    ensure!(answer.status == 303, "{answer:?}");
    town.journey.gateway.kill().await?;
    town.bank.restart().await?;
    town.journey.gateway.restart().await?;
    let order_id = text(&link, "order_id")?;
    let api = &town.journey.api;
    wait_until("the attempt to fail", KNOWN_TIMEOUT, async || {
        api.order(order_id).await.ok().filter(|order| order["status"] == "ATTEMPTED")
    })
    .await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    let bank_page = payer.pay_by_card().await?;
    let back = payer.give_otp(&bank_page).await?;
    get(&back).await?;
    // The page waits for the bank for a few seconds, and the gateway goes on asking it.
    let order = wait_until("the payment to be known", KNOWN_TIMEOUT, async || {
        api.order(order_id).await.ok().filter(|order| order["status"] == "PROCESSED")
    })
    .await?;
    ensure!(processed_payments(&order) == 1, "{order}");
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_is_told_to_stop_finishes_the_payment_that_is_in_flight() -> Result<()> {
    let mut town = Town::start().await?;
    let link = town.journey.link("stopped-1").await?;
    let payer = Payer::open(text(&link, "payment_link")?).await?;
    town.bank.hold_back(SLOW_MS, 0).await?;
    let paying = tokio::spawn(async move { payer.pay_by_upi("success@upi").await });
    let id = text(&link, "payment_link_id")?;
    let api = &town.journey.api;
    wait_until("the bank to be asked", KNOWN_TIMEOUT, async || {
        api.link(id).await.ok().filter(|link| link["status"] == "PAYMENT_INITIATED")
    })
    .await?;
    assert_eq!(town.journey.gateway.terminate().await?, Some(0));
    let answer = paying.await??;
    ensure!(answer.status == 303, "{answer:?}");
    Ok(())
}
