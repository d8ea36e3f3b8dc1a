//! Three gateways on one PostgreSQL database and one bank, behind a plain round-robin: a merchant
//! does not see that they are three.

#![expect(clippy::indexing_slicing, reason = "JSON is read by it: what is absent is null")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use deodar_kit::{
    Answer, Api, CARD, KNOWN_TIMEOUT, Keys, MerchantServer, Nodes, Payer, PostgresCluster,
    SimulatorProcess, Webhook, get, processed_payments, text, wait_until, webhook_signature,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
const NODES: usize = 3;
/// How long a gateway is left alone that answered although the others had counted too many. One that
/// waits too long for its database decides by what it has counted itself: it is asked so seldom that
/// it does not count too many by itself within [`KNOWN_TIMEOUT`].
const LEFT_ALONE_FOR: Duration = Duration::from_secs(15);
/// How long it may take until the others do what a node that ended had begun. What is promised is read
/// where it is written: nothing is held, and no bank is left unasked, for longer than [`LEASE_US`].
/// Then it takes as long as a busy machine takes.
const TAKEN_OVER_TIMEOUT: Duration = Duration::from_mins(4);
/// How long a gateway that ends keeps from the others what it held, in microseconds.
const LEASE_US: u64 = 60_000_000;
/// How many webhooks are on their way when a gateway ends; no more than go to one endpoint at once.
const WEBHOOKS: usize = 6;
/// Long enough for a call to reach every gateway while the bank is thinking.
const THINKING_MS: u64 = 2_000;
/// Longer than any test: an answer that is held back so long does not come.
const NEVER_MS: u64 = 600_000;

/// A merchant of three gateways, with a bank.
struct Town {
    bank: SimulatorProcess,
    nodes: Nodes,
    shop: MerchantServer,
    keys: Keys,
    api: Api,
    cluster: PostgresCluster,
    database: String,
    _folder: TempDir,
}

impl Town {
    /// A sandbox.
    async fn start() -> Result<Self> {
        Self::start_as(true).await
    }

    async fn start_as(sandbox: bool) -> Result<Self> {
        let cluster = PostgresCluster::new()?;
        let address = cluster.create_database()?;
        let database = address.rsplit('/').next().context("a name")?.to_owned();
        let folder = tempfile::tempdir()?;
        let bank = SimulatorProcess::start(Path::new(DEODAR), folder.path()).await?;
        let environment = [
            ("DEODAR_DATABASE", address.as_str()),
            ("DEODAR_MASTER_KEY", &"5a".repeat(32)),
            ("DEODAR_SIMULATOR", bank.url()),
            ("DEODAR_SIMULATOR_SECRET", SimulatorProcess::SECRET),
            ("DEODAR_SANDBOX", if sandbox { "true" } else { "false" }),
        ];
        let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let nodes = Nodes::start(DEODAR, NODES, environment.to_vec()).await?;
        let shop = MerchantServer::start().await?;
        let (webhooks, return_url) = if sandbox {
            (shop.url("/webhook"), shop.url("/back"))
        } else {
            ("https://shop.example.com/hooks".into(), "https://shop.example.com/back".into())
        };
        let keys = nodes.create_merchant(&webhooks, &return_url).await?;
        let api = nodes.log_in(&keys).await?;
        Ok(Self { bank, nodes, shop, keys, api, cluster, database, _folder: folder })
    }

    /// The same calls, at each of the gateways by itself.
    async fn apis(&self) -> Result<Vec<Api>> {
        let mut apis = Vec::new();
        for node in self.nodes.all() {
            let api = wait_until("a token", KNOWN_TIMEOUT, async || {
                Api::log_in(&node.url(), &self.keys).await.ok()
            });
            apis.push(api.await?);
        }
        Ok(apis)
    }

    async fn link(&self, reference: &str, more: Value) -> Result<Value> {
        let answer = post(&self.api, "/api/pay/v1/paymentlink", link(reference, more)).await?;
        ensure!(answer.status == 201, "{answer:?}");
        Ok(answer.json())
    }

    /// Makes an order, and gives its path.
    async fn order(&self, reference: &str) -> Result<String> {
        let order = json!({
            "merchant_order_reference": reference,
            "order_amount": { "value": 50_000, "currency": "INR" },
            "pre_auth": true,
            "callback_url": self.shop.url("/back"),
        });
        let order = data(&post(&self.api, "/api/pay/v1/orders", order).await?)?;
        Ok(text(&order, "order_id")?.to_owned())
    }

    /// Waits until an order is in a state.
    async fn order_is(&self, id: &str, state: &str, timeout: Duration) -> Result<Value> {
        wait_until(&format!("{id} to be {state}"), timeout, async || {
            self.api.order(id).await.ok().filter(|order| order["status"] == state)
        })
        .await
    }

    /// The sum of the database's counters of what is limited by this name.
    fn counted(&self, name: &str) -> Result<i64> {
        let sum =
            format!("SELECT coalesce(sum(value), 0) FROM counter WHERE name LIKE '% {name} %'");
        Ok(self.cluster.sql(&self.database, &sum)?.parse()?)
    }

    /// Expects that whatever a gateway has begun is free for the others when its lease is over: the
    /// jobs that are held, and the questions to the bank that are to be asked.
    fn leases_are_short(&self) -> Result<()> {
        let (is_held, is_question) =
            ("leased_until > present.us", "queue = 3 AND due_at > present.us");
        let jobs = |which: &str, longer: u64| {
            let count = format!(
                "WITH present AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) \
                SELECT count(*) FROM job, present WHERE {which} + {longer}"
            );
            anyhow::Ok(self.cluster.sql(&self.database, &count)?.parse::<usize>()?)
        };
        ensure!(jobs(is_held, 0)? > 0, "nothing is held");
        for which in [is_held, is_question] {
            ensure!(jobs(which, LEASE_US)? == 0, "{which} for longer than the lease");
        }
        Ok(())
    }

    /// The webhooks of each order that was paid, which are true.
    fn paid_webhooks(&self) -> Result<BTreeMap<String, Vec<Webhook>>> {
        let mut paid = BTreeMap::<_, Vec<Webhook>>::new();
        for webhook in self.shop.webhooks() {
            let [id, timestamp, signature] =
                ["webhook-id", "webhook-timestamp", "webhook-signature"]
                    .map(|name| webhook.header(name));
            let secret = &self.keys.webhook_secret;
            let expected = webhook_signature(secret, id, timestamp, &webhook.body)?;
            ensure!(signature == expected, "{webhook:?}");
            if webhook.event_type() == "ORDER_PROCESSED" {
                let order = text(&webhook.json()["data"], "order_id")?.to_owned();
                paid.entry(order).or_default().push(webhook);
            }
        }
        Ok(paid)
    }

    /// Expects the books to balance.
    async fn books_balance(&self) -> Result<()> {
        let found = self.nodes.run(&["doctor", "--json"]).await?;
        ensure!(found.code == Some(0), "{found:?}\n{}", self.nodes.log()?);
        ensure!(found.stdout.contains("they balance, over"), "{found:?}");
        Ok(())
    }
}

fn link(reference: &str, more: Value) -> Value {
    let mut link = json!({
        "merchant_payment_link_reference": reference,
        "amount": { "value": 50_000, "currency": "INR" },
    });
    if let (Some(link), Value::Object(more)) = (link.as_object_mut(), more) {
        link.extend(more);
    }
    link
}

async fn post(api: &Api, path: &str, body: Value) -> Result<Answer> {
    api.call("POST".parse()?, path, body).await
}

/// What an answer of 200 holds.
fn data(answer: &Answer) -> Result<Value> {
    ensure!(answer.status == 200, "{answer:?}");
    Ok(answer.json()["data"].take())
}

/// Pays a page by UPI. It is done when the bank has decided, or is silent.
async fn pay_by_upi(page: &str) -> Result<()> {
    let answer = Payer::open(page).await?.pay_by_upi("timeout@upi").await?;
    ensure!(answer.status == 303, "{answer:?}");
    Ok(())
}

/// Pays a link by card, from page to page.
async fn pay_by_card(page: &str) -> Result<()> {
    pay_by_card_at("", "", page).await
}

/// The same, at the one gateway at `node` instead of those behind `front`.
async fn pay_by_card_at(node: &str, front: &str, page: &str) -> Result<()> {
    let payer = Payer::open(&page.replacen(front, node, 1)).await?;
    let bank = payer.pay_by_card().await?;
    get(&payer.give_otp(&bank).await?.replacen(front, node, 1)).await?;
    Ok(())
}

/// A payment by card, as a merchant's server asks for it.
fn card(reference: &str) -> Value {
    let card = json!({
        "card_number": CARD, "cvv": "123", "expiry_month": "12", "expiry_year": "2049",
        "name": "Asha Rao",
    });
    json!({ "payments": [{
        "merchant_payment_reference": reference,
        "payment_method": "CARD",
        "payment_amount": { "value": 50_000, "currency": "INR" },
        "payment_option": { "card_details": card },
    }] })
}

#[tokio::test]
async fn three_gateways_are_one_to_a_merchant_and_its_payers() -> Result<()> {
    let town = Town::start().await?;
    one_reference_is_one_link(&town).await?;
    for number in 0..6 {
        let link = town.link(&format!("paid-{number}"), Value::Null).await?;
        pay_by_card(text(&link, "payment_link")?).await?;
        town.order_is(text(&link, "order_id")?, "PROCESSED", KNOWN_TIMEOUT).await?;
    }
    money_moves_by_calls(&town).await?;
    a_call_with_a_key_is_done_once(&town).await?;
    a_link_ends_by_the_sandboxs_clock(&town).await?;
    // Every order that was paid is told, once.
    let paid = wait_until("every webhook", KNOWN_TIMEOUT, async || {
        town.paid_webhooks().ok().filter(|paid| paid.len() == 7)
    })
    .await?;
    ensure!(paid.values().all(|webhooks| webhooks.len() == 1), "{paid:?}");
    town.books_balance().await
}

/// Many requests at once with one reference, at all the gateways.
async fn one_reference_is_one_link(town: &Town) -> Result<()> {
    let make = |_| {
        let api = town.api.clone();
        tokio::spawn(async move {
            post(&api, "/api/pay/v1/paymentlink", link("the-one", Value::Null)).await
        })
    };
    let (mut statuses, mut ids) = (Vec::new(), BTreeSet::new());
    for answer in (0..30).map(make).collect::<Vec<_>>() {
        let answer = answer.await??;
        statuses.push(answer.status.as_u16());
        ids.insert(text(&answer.json(), "payment_link_id")?.to_owned());
    }
    statuses.sort_unstable();
    ensure!(statuses[..29] == [200; 29] && statuses[29] == 201, "{statuses:?}");
    ensure!(ids.len() == 1, "{ids:?}");
    let another = link("the-one", json!({ "amount": { "value": 1_000, "currency": "INR" } }));
    let refused = post(&town.api, "/api/pay/v1/paymentlink", another).await?;
    ensure!(refused.status == 422, "{refused:?}");
    Ok(())
}

/// An order is paid, captured and refunded by calls of which each goes to the next gateway, and
/// each is made three times.
async fn money_moves_by_calls(town: &Town) -> Result<()> {
    let id = town.order("moved").await?;
    let pay = format!("/api/pay/v1/orders/{id}/payments");
    let mut challenges = BTreeSet::new();
    for _ in 0..NODES {
        let order = data(&post(&town.api, &pay, card("moved-1")).await?)?;
        challenges.insert(text(&order, "challenge_url")?.to_owned());
    }
    ensure!(challenges.len() == 1, "{challenges:?}");
    let challenge = challenges.first().context("a challenge")?;
    let onward = get(challenge).await?.body;
    let bank = onward.split_once("content=\"0;url=").context("no way to the bank")?.1;
    let bank = bank.split_once('"').context("an address")?.0;
    let return_page = Payer::at_the_bank(bank).await?;
    get(&return_page).await?;
    town.order_is(&id, "AUTHORIZED", KNOWN_TIMEOUT).await?;
    for _ in 0..NODES {
        let capture = json!({
            "merchant_capture_reference": "moved-capture",
            "capture_amount": { "value": 50_000, "currency": "INR" },
        });
        let path = format!("/api/pay/v1/orders/{id}/capture");
        let captured = data(&town.api.call("PUT".parse()?, &path, capture).await?)?;
        ensure!(captured["status"] == "PROCESSED", "{captured}");
    }
    let mut refunds = BTreeSet::new();
    for _ in 0..NODES {
        let refund = json!({
            "merchant_order_reference": "moved-refund",
            "order_amount": { "value": 20_000, "currency": "INR" },
        });
        let refund = data(&post(&town.api, &format!("/api/pay/v1/refunds/{id}"), refund).await?)?;
        refunds.insert(text(&refund, "order_id")?.to_owned());
    }
    ensure!(refunds.len() == 1, "{refunds:?}");
    Ok(())
}

/// One call with a key, made at every gateway while the bank is thinking: it is done by one of them,
/// and each gives its answer.
async fn a_call_with_a_key_is_done_once(town: &Town) -> Result<()> {
    let path = format!("/api/pay/v1/orders/{}/payments", town.order("keyed").await?);
    town.bank.hold_back(THINKING_MS, 0).await?;
    let token = format!("Bearer {}", town.api.token());
    let calls = town.nodes.all().iter().map(|node| {
        let (client, path, token) = (node.client(), path.clone(), token.clone());
        tokio::spawn(async move {
            let headers = [
                ("authorization", token.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", "one-call"),
            ];
            client.send("POST".parse()?, &path, &headers, card("keyed-1").to_string()).await
        })
    });
    let mut bodies = BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await??;
        ensure!(answer.status == 200, "{answer:?}");
        bodies.insert(answer.body);
    }
    ensure!(bodies.len() == 1, "{bodies:?}");
    town.bank.hold_back(0, 0).await
}

/// One gateway is told that time has passed, and a link has ended at all of them.
async fn a_link_ends_by_the_sandboxs_clock(town: &Town) -> Result<()> {
    let link = town.link("ended", Value::Null).await?;
    let apis = town.apis().await?;
    let moved = json!({ "advance_seconds": 181 * 24 * 3_600 });
    let moved = post(&apis[0], "/sandbox/clock", moved).await?;
    ensure!(moved.status == 200, "{moved:?}");
    let id = text(&link, "payment_link_id")?;
    for api in &apis {
        wait_until("the link's end", KNOWN_TIMEOUT, async || {
            api.link(id).await.ok().filter(|link| link["status"] == "EXPIRED")
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn limits_and_rotated_secrets_hold_at_every_gateway() -> Result<()> {
    let town = Town::start_as(false).await?;
    let apis = town.apis().await?;
    questions_about_a_payer_are_counted_together(&town, &apis).await?;
    wrong_secrets_are_counted_together(&town).await?;
    each_answers_its_share_of_the_calls(&apis).await?;
    let rotate = ["merchant", "rotate", &town.keys.merchant_id, "--client-secret", "--json"];
    let rotated = town.nodes.run(&rotate).await?;
    ensure!(rotated.code == Some(0), "{rotated:?}");
    for api in apis.iter().chain([&town.api]) {
        wait_until("the end of the tokens", KNOWN_TIMEOUT, async || {
            let read = api.call("GET".parse().ok()?, "/api/pay/v1/orders/x", Value::Null).await;
            read.ok().filter(|answer| answer.status == 401)
        })
        .await?;
    }
    town.books_balance().await
}

async fn questions_about_a_payer_are_counted_together(town: &Town, apis: &[Api]) -> Result<()> {
    let ask = async |api: &Api| {
        let question = json!({
            "pay_code": "LAZYPAY",
            "mobile": "9876543210",
            "amount": { "value": 50_000, "currency": "INR" },
        });
        post(api, "/api/payment-option/eligibility/bnpl", question).await
    };
    for _ in 0..10 {
        let answer = ask(&apis[0]).await?;
        ensure!(answer.status == 200, "{answer:?}");
    }
    wait_until("the others to be told", KNOWN_TIMEOUT, async || {
        town.counted("eligibility").ok().filter(|counted| *counted == 10)
    })
    .await?;
    for api in apis {
        let mut next = Instant::now();
        let refused = wait_until("what the others have counted", KNOWN_TIMEOUT, async || {
            if Instant::now() < next {
                return None;
            }
            next = Instant::now() + LEFT_ALONE_FOR;
            ask(api).await.ok().filter(|answer| answer.status == 429)
        })
        .await?;
        ensure!(refused.headers.contains_key("retry-after"), "{refused:?}");
    }
    Ok(())
}

async fn wrong_secrets_are_counted_together(town: &Town) -> Result<()> {
    let log_in = async |node: usize, secret: &str| {
        let wrong = Keys { client_secret: secret.to_owned(), ..town.keys.clone() };
        let nodes = town.nodes.all();
        Api::log_in(&nodes[node].url(), &wrong).await.map(drop).map_err(|error| error.to_string())
    };
    for number in 0..10 {
        let refused = log_in(number % 2, "wrong").await.err().context("a token")?;
        ensure!(refused.contains("status: 401"), "{refused}");
    }
    wait_until("the others to be told", KNOWN_TIMEOUT, async || {
        town.counted("login").ok().filter(|counted| *counted >= 10)
    })
    .await?;
    // The third has seen none of them, and counts no login that is right.
    wait_until("what the others have counted", KNOWN_TIMEOUT, async || {
        let refused = log_in(2, &town.keys.client_secret).await.err()?;
        refused.contains("status: 429").then_some(())
    })
    .await
}

/// Of a hundred a second.
async fn each_answers_its_share_of_the_calls(apis: &[Api]) -> Result<()> {
    for api in apis {
        wait_until("a third of the calls", KNOWN_TIMEOUT, async || {
            let answer = api.call("GET".parse().ok()?, "/api/pay/v1/orders/x", Value::Null).await;
            answer.ok().filter(|answer| answer.headers["ratelimit-limit"] == "34")
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_is_killed_is_taken_over_by_the_others() -> Result<()> {
    let mut town = Town::start().await?;
    let dying = town.nodes.all()[0].url();
    // Webhooks whose gateway ends before they are answered.
    town.shop.hold(true);
    let mut orders = BTreeSet::new();
    for number in 0..WEBHOOKS {
        let link = town.link(&format!("told-{number}"), Value::Null).await?;
        pay_by_card_at(&dying, town.nodes.url(), text(&link, "payment_link")?).await?;
        orders.insert(text(&link, "order_id")?.to_owned());
    }
    // A payment whose gateway ends while the bank is thinking, and never hears its yes.
    let link = town.link("in-the-middle", Value::Null).await?;
    let page = text(&link, "payment_link")?.replacen(town.nodes.url(), &dying, 1);
    town.bank.hold_back(NEVER_MS, NEVER_MS).await?;
    let paying = tokio::spawn(async move { pay_by_upi(&page).await });
    let id = text(&link, "payment_link_id")?;
    wait_until("the payment to be begun", KNOWN_TIMEOUT, async || {
        town.api.link(id).await.ok().filter(|link| link["status"] == "PAYMENT_INITIATED")
    })
    .await?;
    wait_until("a webhook on its way", KNOWN_TIMEOUT, async || {
        (town.shop.held() > 0).then_some(())
    })
    .await?;
    town.nodes.node(0)?.kill().await?;
    town.leases_are_short()?;
    paying.abort();
    town.shop.hold(false);
    town.bank.hold_back(0, 0).await?;
    // The others go on with what is new, and with what it left.
    for number in 0..4 {
        let link = town.link(&format!("after-{number}"), Value::Null).await?;
        pay_by_card(text(&link, "payment_link")?).await?;
        orders.insert(text(&link, "order_id")?.to_owned());
    }
    let order = text(&link, "order_id")?;
    let order = town.order_is(order, "PROCESSED", TAKEN_OVER_TIMEOUT).await?;
    ensure!(processed_payments(&order) == 1, "{order}");
    orders.insert(text(&order, "order_id")?.to_owned());
    let paid = wait_until("every webhook", TAKEN_OVER_TIMEOUT, async || {
        let paid = town.paid_webhooks().ok()?;
        orders.iter().all(|order| paid.contains_key(order)).then_some(paid)
    })
    .await?;
    for webhooks in paid.values() {
        // One that was slow may have come again, as the same one.
        let ids: BTreeSet<_> =
            webhooks.iter().map(|webhook| webhook.header("webhook-id")).collect();
        ensure!(ids.len() == 1, "{webhooks:?}");
    }
    town.nodes.restart(0).await?;
    let answer = town.nodes.all()[0].client().get("/health").await?;
    ensure!(answer.status == 200, "{answer:?}");
    town.books_balance().await
}
