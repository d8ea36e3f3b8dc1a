//! Processes are killed, and what was acknowledged is still there.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::{Api, Gateway, GatewayOptions, compile_library, text};
use serde_json::json;
use tokio::task::JoinSet;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How many callers make links at the same time.
const CALLERS: usize = 16;
/// How many links are acknowledged before the gateway is killed.
const ACKNOWLEDGED_MIN: usize = 150;
/// How often the gateway is killed.
const ROUNDS: usize = 3;
/// How long the links may take to be made, on a machine that is busy.
const CREATE_TIMEOUT: Duration = Duration::from_mins(2);

/// A link that was acknowledged: its reference and its id.
type Acknowledged = (String, String);

/// Makes links one after the other until the gateway is gone, and tells of each that was
/// acknowledged.
async fn create_until_killed(
    api: Api,
    name: String,
    acknowledged: tokio::sync::mpsc::UnboundedSender<Acknowledged>,
) {
    for count in 0_u32.. {
        let reference = format!("{name}-{count}");
        let link = api
            .create_link(json!({
                "merchant_payment_link_reference": reference,
                "amount": { "value": 50_000, "currency": "INR" },
            }))
            .await;
        let Some(id) =
            link.ok().and_then(|link| text(&link, "payment_link_id").ok().map(Into::into))
        else {
            return;
        };
        if acknowledged.send((reference, id)).is_err() {
            return;
        }
    }
}

/// Lets many callers make links, kills the gateway in the midst of it, and gives every link that
/// was acknowledged.
async fn kill_under_load(gateway: &mut Gateway, round: usize) -> Result<Vec<Acknowledged>> {
    let api = gateway.log_in(&gateway.demo_keys()?).await?;
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let name = format!("crash-{round}-{caller}");
        callers.spawn(create_until_killed(api.clone(), name, sender.clone()));
    }
    drop(sender);
    let mut acknowledged = Vec::new();
    let enough = async {
        while acknowledged.len() < ACKNOWLEDGED_MIN {
            acknowledged.push(receiver.recv().await.context("the callers stopped")?);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(CREATE_TIMEOUT, enough).await.context("links are made too slowly")??;
    gateway.kill().await?;
    while let Some(more) = receiver.recv().await {
        acknowledged.push(more);
    }
    while callers.join_next().await.is_some() {}
    Ok(acknowledged)
}

/// Expects every acknowledged link to be found, by its id and by its reference.
async fn expect_found(gateway: &Gateway, acknowledged: &[Acknowledged]) -> Result<()> {
    let api = gateway.log_in(&gateway.demo_keys()?).await?;
    for (reference, id) in acknowledged {
        let by_id = api.link(id).await.with_context(|| format!("{id} is lost"))?;
        ensure!(by_id["merchant_payment_link_reference"] == **reference, "{by_id}");
        ensure!(by_id["status"] == "CREATED", "{by_id}");
        let by_reference = api.link(&format!("ref/{reference}")).await;
        let by_reference = by_reference.with_context(|| format!("{reference} is lost"))?;
        ensure!(by_reference["payment_link_id"] == **id, "{by_reference}");
    }
    Ok(())
}

#[tokio::test]
async fn every_acknowledged_link_outlives_a_kill() -> Result<()> {
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(kill_under_load(&mut gateway, round).await?);
        gateway.restart().await?;
        expect_found(&gateway, &acknowledged).await?;
    }
    Ok(())
}

/// The environment under which every write is lost that no sync follows.
fn guarded(libraries: &[&Path], folder: &Path, shadow: &Path) -> Result<Vec<(String, String)>> {
    let path = |path: &Path| path.to_str().map(str::to_owned).context("a path of UTF-8");
    let libraries: Vec<_> = libraries.iter().map(|library| path(library)).collect::<Result<_>>()?;
    Ok(vec![
        (String::from("LD_PRELOAD"), libraries.join(":")),
        (String::from("SYNC_GUARD_DIR"), path(&folder.canonicalize()?)?),
        (String::from("SYNC_GUARD_SHADOW"), path(&shadow.canonicalize()?)?),
    ])
}

#[tokio::test]
async fn every_acknowledged_link_outlives_the_loss_of_what_was_not_synced() -> Result<()> {
    let tools = tempfile::tempdir()?;
    let library = compile_library("sync-guard/sync_guard.c", tools.path())?;
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    gateway.terminate().await?;
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        // Each start has shadow copies of its own: what the one before did not sync is gone.
        let shadow = tempfile::tempdir()?;
        let folder = gateway.folder().to_owned();
        gateway.options().environment = guarded(&[&library], &folder, shadow.path())?;
        gateway.restart().await?;
        expect_found(&gateway, &acknowledged).await?;
        acknowledged.extend(kill_under_load(&mut gateway, round).await?);
        let shadows = std::fs::read_dir(shadow.path())?.count();
        ensure!(shadows > 0, "the guard was not at work");
    }
    gateway.options().environment.clear();
    gateway.restart().await?;
    expect_found(&gateway, &acknowledged).await
}

#[tokio::test]
async fn without_syncs_the_guard_takes_what_was_acknowledged() -> Result<()> {
    let tools = tempfile::tempdir()?;
    let shadow = tempfile::tempdir()?;
    let guard = compile_library("sync-guard/sync_guard.c", tools.path())?;
    let no_sync = compile_library("sync-guard/no_sync.c", tools.path())?;
    let mut gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    gateway.terminate().await?;
    let folder = gateway.folder().to_owned();
    gateway.options().environment = guarded(&[&no_sync, &guard], &folder, shadow.path())?;
    gateway.restart().await?;
    let acknowledged = kill_under_load(&mut gateway, 0).await?;
    gateway.options().environment.clear();
    gateway.restart().await?;
    ensure!(expect_found(&gateway, &acknowledged).await.is_err(), "nothing was lost");
    Ok(())
}
