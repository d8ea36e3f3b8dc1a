//! The gateway on a primary with a synchronous standby: the primary is killed under load and the
//! standby is promoted. What was acknowledged is there, once, and nobody starts the gateway again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::{Answer, Api, Gateway, GatewayOptions, PostgresCluster, text, wait_until};
use futures::future::join_all;
use serde_json::json;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const LINKS: &str = "/api/pay/v1/paymentlink";
/// How many shops make links at the same time.
const SHOPS: usize = 8;
/// How many links are acknowledged before the primary is killed, and after the standby is promoted.
const ACKNOWLEDGED: usize = 100;
const PATIENCE: Duration = Duration::from_mins(5);

/// The primary, and the standby that each of its commits waits for.
struct Pair {
    primary: Arc<PostgresCluster>,
    standby: Arc<PostgresCluster>,
    database: String,
}

impl Pair {
    async fn start() -> Result<Self> {
        let primary = PostgresCluster::new()?;
        let url = primary.create_database()?;
        let database = url.rsplit('/').next().context("a name")?.to_owned();
        let standby = primary.standby("second")?;
        for statement in
            ["ALTER SYSTEM SET synchronous_standby_names = 'second'", "SELECT pg_reload_conf()"]
        {
            primary.sql("postgres", statement)?;
        }
        let waited_for = "SELECT application_name FROM pg_stat_replication \
            WHERE state = 'streaming' AND sync_state = 'sync'";
        wait_until("the standby", PATIENCE, async || {
            primary.sql("postgres", waited_for).ok().filter(|names| names == "second")
        })
        .await?;
        Ok(Self { primary: Arc::new(primary), standby: Arc::new(standby), database })
    }

    /// The address that names both.
    fn address(&self) -> String {
        let [first, second] = [&self.primary, &self.standby].map(|cluster| cluster.port());
        let hosts = format!("127.0.0.1:{first},127.0.0.1:{second}");
        let database = &self.database;
        format!("postgres://deodar@{hosts}/{database}?target_session_attrs=read-write")
    }

    /// A number that the standby, now the primary, has counted.
    fn count(&self, counted: &str) -> Result<usize> {
        let statement = format!("SELECT count(*) FROM deodar.{counted}");
        Ok(self.standby.sql(&self.database, &statement)?.parse()?)
    }
}

/// Asks for a link. It is made, or was made before, or nobody can tell and it may be asked for again.
async fn ask(api: &Api, reference: &str) -> Result<Answer> {
    let body = json!({
        "merchant_payment_link_reference": reference,
        "amount": { "value": 50_000, "currency": "INR" },
    });
    let answer = api.call("POST".parse()?, LINKS, body).await?;
    let may_be_repeated = answer.status == 503 && answer.headers.contains_key("retry-after");
    ensure!(may_be_repeated || [200, 201].contains(&answer.status.as_u16()), "{answer:?}");
    Ok(answer)
}

/// The id of a link that was answered.
fn id(answer: &Answer) -> Result<Option<String>> {
    if answer.status == 503 {
        return Ok(None);
    }
    Ok(Some(text(&answer.json(), "payment_link_id")?.to_owned()))
}

/// What the shops share.
#[derive(Default)]
struct Load {
    begun: AtomicUsize,
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

impl Load {
    /// Makes links until it is over, each until it is acknowledged or given up; tells the references
    /// and ids of those that were acknowledged.
    async fn shop(&self, api: &Api) -> Result<BTreeMap<String, String>> {
        let mut made = BTreeMap::new();
        while !self.is_over.load(Ordering::Relaxed) {
            let number = self.begun.fetch_add(1, Ordering::Relaxed);
            let reference = format!("R-{number}");
            let mut found = id(&ask(api, &reference).await?)?;
            // Some give up at once, so that what nobody could tell stays as it is.
            if found.is_none() && !number.is_multiple_of(7) {
                let repeated = wait_until("an acknowledgement", PATIENCE, async || {
                    ask(api, &reference).await.and_then(|answer| id(&answer)).transpose()
                });
                found = Some(repeated.await??);
            }
            if let Some(id) = found {
                made.insert(reference, id);
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(made)
    }

    /// Waits until so many more are acknowledged.
    async fn goes_on(&self) -> Result<()> {
        let until = self.acknowledged.load(Ordering::Relaxed) + ACKNOWLEDGED;
        wait_until("acknowledged links", PATIENCE, async || {
            (self.acknowledged.load(Ordering::Relaxed) >= until).then_some(())
        })
        .await
    }
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_primary_and_the_gateway_finds_the_next_one()
-> Result<()> {
    let pair = Pair::start().await?;
    let environment = vec![("DEODAR_DATABASE".to_owned(), pair.address())];
    let gateway =
        Gateway::start(DEODAR, GatewayOptions { environment, arguments: Vec::new() }).await?;
    let api = gateway.log_in(&gateway.demo_keys()?).await?;
    let load = Load::default();
    let shops = join_all((0..SHOPS).map(|_| load.shop(&api)));
    let outage = async {
        load.goes_on().await?;
        pair.primary.blocking(PostgresCluster::kill).await?;
        let away = ask(&api, "while-away").await?;
        ensure!(away.status == 503, "{away:?}");
        let health = gateway.client().get("/health").await?;
        ensure!(health.status == 503, "{health:?}");
        pair.standby.blocking(PostgresCluster::promote).await?;
        load.goes_on().await?;
        load.is_over.store(true, Ordering::Relaxed);
        Ok(())
    };
    let shops = async { shops.await.into_iter().collect::<Result<Vec<_>>>() };
    let (made, ()) = tokio::try_join!(shops, outage)?;
    let made: BTreeMap<String, String> = made.into_iter().flatten().collect();
    assert!(made.len() >= 2 * ACKNOWLEDGED);
    for (reference, made) in &made {
        let again = ask(&api, reference).await?;
        assert_eq!(again.status, 200, "{reference} is lost");
        assert_eq!(id(&again)?.as_ref(), Some(made), "{reference}");
    }
    // Each link of each shop holds a reference, and no reference has two links.
    let links = pair.count("record WHERE has_link")?;
    assert_eq!(pair.count("reference WHERE reference LIKE 'link:%'")?, links);
    assert!(links >= made.len());
    assert_eq!(gateway.client().get("/health").await?.status, 200);
    Ok(())
}
