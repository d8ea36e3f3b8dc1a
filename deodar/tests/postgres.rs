//! The gateway on PostgreSQL: how it starts, what its commands say, and what happens while the
//! database is away.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use deodar_kit::{
    Finished, Gateway, GatewayOptions, PostgresCluster, Stop, free_port, run, wait_until,
};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const PATIENCE: Duration = Duration::from_mins(5);

async fn command(folder: &Path, arguments: &[&str], database: &str) -> Result<Finished> {
    run(Path::new(DEODAR), folder, arguments, &[("DEODAR_DATABASE", database)]).await
}

async fn start(database: &str) -> Result<Gateway> {
    let environment = [("DEODAR_DATABASE", database), ("DEODAR_LOG", "trace")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = GatewayOptions { environment: environment.to_vec(), arguments: Vec::new() };
    Gateway::start(DEODAR, options).await
}

fn link(reference: &str) -> Value {
    json!({
        "merchant_payment_link_reference": reference,
        "amount": { "value": 50_000, "currency": "INR" },
    })
}

#[tokio::test]
async fn while_the_database_is_away_calls_may_be_repeated_and_afterwards_they_are_answered()
-> Result<()> {
    let cluster = Arc::new(PostgresCluster::new()?);
    let database = cluster.create_database()?;
    let mut gateway = start(&database).await?;
    let keys = gateway.demo_keys()?;
    let api = gateway.log_in(&keys).await?;
    let before = api.create_link(link("before")).await?;

    cluster.blocking(|cluster| cluster.stop(Stop::Immediate)).await?;
    let path = "/api/pay/v1/paymentlink";
    for _ in 0..2 {
        let answer = api.call("POST".parse()?, path, link("away")).await?;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
    }
    assert_eq!(gateway.client().get("/health").await?.status, 503);

    cluster.blocking(PostgresCluster::start).await?;
    let answered = wait_until("an answer", PATIENCE, async || {
        let answer = api.call("POST".parse().ok()?, path, link("away")).await.ok()?;
        (answer.status != 503).then_some(answer)
    });
    assert_eq!(answered.await?.status, 201);
    assert_eq!(gateway.client().get("/health").await?.status, 200);

    gateway.terminate().await?;
    gateway.restart().await?;
    let api = gateway.log_in(&keys).await?;
    let again = api.call("POST".parse()?, path, link("before")).await?;
    let id = |link: &Value| link.get("payment_link_id").cloned();
    assert_eq!(id(&again.json()), id(&before));
    let log = gateway.log()?;
    assert!(!log.contains("a-password-of-the-tests"), "the log has the password");
    // Neither statements nor their values are told, whatever the filter.
    assert!(!log.contains("INSERT INTO") && !log.contains("\"format\""), "{log}");
    Ok(())
}

#[tokio::test]
async fn commands_beside_a_gateway_work_on_its_database() -> Result<()> {
    let cluster = PostgresCluster::new()?;
    let database = cluster.create_database()?;
    let folder = tempfile::tempdir()?;
    let empty = command(folder.path(), &["merchant", "list"], &database).await?;
    assert_eq!(empty.code, Some(2));
    assert!(empty.stderr.contains("there is nothing of Deodar in postgres://"), "{empty:?}");

    let gateway = start(&database).await?;
    let keys = gateway.create_merchant(None, None).await?;
    gateway.log_in(&keys).await?;
    let listed = command(gateway.folder(), &["merchant", "list", "--json"], &database).await?;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(listed.stdout.contains(&keys.merchant_id), "{listed:?}");

    let doctor = command(gateway.folder(), &["doctor", "--json"], &database).await?;
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    let told: Vec<Value> =
        doctor.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for check in [
        "server",
        "durability",
        "connections",
        "encryption",
        "skew",
        "database",
        "secrets",
        "books",
    ] {
        let found = told.iter().find(|told| told.get("check") == Some(&json!(check)));
        let found = found.with_context(|| format!("{check} was not checked"))?;
        assert_eq!(found.get("ok"), Some(&json!(true)), "{found}");
    }
    for finished in [&empty, &listed, &doctor] {
        assert!(!format!("{finished:?}").contains("a-password-of-the-tests"), "{finished:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_cannot_open_its_database_says_why_in_one_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let nobody = format!("postgres://deodar:s3cret@127.0.0.1:{}/deodar", free_port()?);
    let cluster = PostgresCluster::new()?;
    let absent = cluster.address("absent").replace("a-password-of-the-tests", "s3cret");
    let cases = [
        (["serve", "--json", "--listen", "127.0.0.1:0"], nobody.as_str(), "does not answer"),
        (["merchant", "list", "--log", "info"], &nobody, "does not answer"),
        (["merchant", "list", "--log", "info"], &absent, "refuses: database \"absent\" does not"),
        (["merchant", "list", "--log", "info"], "postgres://a:s3cret@b:c/d", "is no address"),
    ];
    for (arguments, database, told) in cases {
        let finished = command(folder.path(), &arguments, database).await?;
        assert_eq!(finished.code, Some(2), "{finished:?}");
        let last = finished.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("deodar: ") && last.contains(told), "{finished:?}");
        assert!(!finished.stderr.contains("s3cret"), "{finished:?}");
    }
    Ok(())
}

/// Where `database` is found by all but the first who looks for it there: it starts just then.
async fn late(database: &str, port: u16) -> Result<String> {
    let door = TcpListener::bind("127.0.0.1:0").await?;
    let address =
        database.replace(&format!(":{port}/"), &format!(":{}/", door.local_addr()?.port()));
    tokio::spawn(async move {
        drop(door.accept().await);
        while let Ok((mut gateway, _)) = door.accept().await {
            tokio::spawn(async move {
                let mut database = TcpStream::connect(("127.0.0.1", port)).await?;
                copy_bidirectional(&mut gateway, &mut database).await
            });
        }
    });
    Ok(address)
}

#[tokio::test]
async fn a_gateway_waits_for_a_database_that_starts_after_it() -> Result<()> {
    let cluster = PostgresCluster::new()?;
    let database = cluster.create_database()?;
    let gateway = start(&late(&database, cluster.port()).await?).await?;
    assert!(gateway.log()?.contains("waiting for the database"), "it was there at once");
    assert_eq!(gateway.client().get("/health").await?.status, 200);
    Ok(())
}
