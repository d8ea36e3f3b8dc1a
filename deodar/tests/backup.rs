//! `deodar backup`, as an operator uses it: beside a gateway that takes money, and on a disk that
//! is too small.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use deodar_kit::{
    Finished, Gateway, GatewayOptions, Journey, KNOWN_TIMEOUT, Payer, get, run, text, wait_until,
};
use serde_json::Value;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How many links are made while the copy is.
const CALLERS: usize = 8;

async fn deodar(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    run(Path::new(DEODAR), folder, arguments, &[]).await
}

/// What `deodar doctor` says, by check; each is to be well.
async fn healthy(folder: &Path, database: &str) -> Result<BTreeMap<String, String>> {
    let doctor = ["doctor", "--json", "--database", database, "--master-key-file", "deodar.db.key"];
    let finished = deodar(folder, &doctor).await?;
    ensure!(finished.code == Some(0), "{finished:?}");
    let mut found = BTreeMap::new();
    for line in finished.stdout.lines() {
        let told: Value = serde_json::from_str(line)?;
        found.insert(text(&told, "check")?.to_owned(), text(&told, "detail")?.to_owned());
    }
    Ok(found)
}

/// Pays a link by card, so that money moves in the books.
async fn pay(link: &Value) -> Result<()> {
    let payer = Payer::open(text(link, "payment_link")?).await?;
    let bank_page = payer.pay_by_card().await?;
    let back = payer.give_otp(&bank_page).await?;
    get(&back).await?;
    Ok(())
}

#[tokio::test]
async fn a_backup_beside_a_busy_gateway_is_served_and_its_books_balance() -> Result<()> {
    let journey = Arc::new(Journey::start(DEODAR).await?);
    let link = journey.link("paid-before").await?;
    pay(&link).await?;
    // The page waits for the bank for a few seconds, and the gateway goes on asking it.
    let id = text(&link, "payment_link_id")?;
    wait_until("the payment to be known", KNOWN_TIMEOUT, async || {
        journey.api.link(id).await.ok().filter(|link| link["status"] == "PROCESSED")
    })
    .await?;
    let before = journey.link("made-before").await?;
    let ended = Arc::new(AtomicBool::new(false));
    let callers = (0..CALLERS).map(|caller| {
        let (journey, ended) = (Arc::clone(&journey), Arc::clone(&ended));
        tokio::spawn(async move {
            let mut made = 0;
            while made == 0 || !ended.load(Ordering::Relaxed) {
                let made_link = journey.link(&format!("busy-{caller}-{made}")).await?;
                if made == 0 {
                    pay(&made_link).await?;
                }
                made += 1;
            }
            anyhow::Ok(())
        })
    });
    let callers: Vec<_> = callers.collect();
    let folder = journey.gateway.folder();
    let finished = deodar(folder, &["backup", "--to", "copy.db", "--json"]).await;
    ended.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await??;
    }
    let finished = finished?;
    ensure!(finished.code == Some(0), "{finished:?}");
    let told: Value = serde_json::from_str(&finished.stdout)?;
    let copy = std::fs::metadata(folder.join("copy.db"))?;
    ensure!(told["file"] == "copy.db" && told["bytes"] == copy.len(), "{told}");
    ensure!(told["copy_ms"].is_u64() && told["check_ms"].is_u64(), "{told}");
    ensure!(copy.mode() & 0o777 == 0o600, "{:o}", copy.mode());

    let books = healthy(folder, "sqlite:copy.db").await?["books"].clone();
    ensure!(books.starts_with("they balance, over ") && !books.contains(" 0 "), "{books}");
    // The copy is served in place of the database, with everything that was acknowledged.
    let mut journey = Arc::into_inner(journey).context("the callers have ended")?;
    ensure!(journey.gateway.terminate().await? == Some(0));
    let folder = journey.gateway.folder();
    std::fs::rename(folder.join("copy.db"), folder.join("deodar.db"))?;
    journey.gateway.restart().await?;
    for (link, status) in [(&link, "PROCESSED"), (&before, "CREATED")] {
        let found = journey.api.link(text(link, "payment_link_id")?).await?;
        ensure!(found["status"] == status, "{found}");
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_behind() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    std::fs::create_dir(gateway.folder().join("small"))?;
    // Most of what the gateway has written is in its write-ahead log yet, so that the disk seems
    // to be large enough.
    let size = std::fs::metadata(gateway.folder().join("deodar.db"))?.len() + 8_192;
    let script = format!(
        "mount -t tmpfs -o size={size} tmpfs small && {DEODAR} backup --to small/copy.db; \
         echo code $?; ls -A small"
    );
    let shell = ["--mount", "sh", "-c", &script];
    let finished = run(Path::new("unshare"), gateway.folder(), &shell, &[]).await?;
    ensure!(finished.stdout == "code 2\n", "{finished:?}");
    ensure!(finished.stderr.contains("the disk is full"), "{finished:?}");
    Ok(())
}

#[tokio::test]
async fn a_copy_that_cannot_be_made_is_told_in_one_line() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let postgres = "--database=postgres://deodar:secret@db.example.in/deodar";
    let table: [(&[&str], &str); 7] = [
        (&["--to", "deodar.db.key"], "nothing is overwritten"),
        (&["--to", "deodar.db-journal"], "belongs to the database"),
        (&["--to", "absent/copy.db"], "absent"),
        (&["--to", "copy.db", "--database", "sqlite:absent.db"], "there is no database absent.db"),
        (&["--to", "copy.db", postgres], "pg_dump"),
        (&["--to", "copy.db", "--database", "sqlite:deodar.db.key"], "is not a database"),
        (&[], "--to"),
    ];
    for (arguments, words) in table {
        let arguments = [&["backup"], arguments].concat();
        let finished = deodar(gateway.folder(), &arguments).await?;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains(words), "{words}: {finished:?}");
        assert!(!finished.stderr.contains("secret"), "{finished:?}");
        assert!(!gateway.folder().join("copy.db").exists());
    }
    Ok(())
}
