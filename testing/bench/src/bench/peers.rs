//! Other programs that can be installed from public registries, beside the gateway: what each does
//! for its own "create", at eight connections.
//!
//! localstripe makes a payment intent in memory, `LNbits` an invoice in SQLite (its own wallet
//! that moves no money), Prism answers the gateway's own description and keeps nothing. They
//! are installed into `target/peers`, once; one that cannot be installed here is left out and named.

mod install;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use deodar_kit::{Client, free_port, repository};
use hyper::Method;
use serde_json::{Value, json};

use super::measure::Series;
use super::part::Plan;
use super::{Bench, Pace, create};
use crate::bodies::{Kind, MARK};
use crate::goal::{Goal, Row, Unit, Verdict};
use crate::load::Loaded;
use crate::process::{Program, Server, copy_store};
use crate::wrk::{self, Script};

/// How many connections ask at once: more would only queue at these.
const CONNECTIONS: u32 = 8;
/// How long each is asked before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long an installation may take, as it is thought.
const INSTALL_SECONDS: u64 = 90;
/// What the load is called in the report.
const PART: &str = "create link, 8 connections";

const BEST: Goal =
    Goal::at_least("peers", "create link, against the best of the peers", 10.0, Unit::Times);

/// What is to be reached.
pub(crate) fn goals() -> Vec<Goal> {
    vec![BEST]
}

/// How long it takes, where it is asked for.
pub(crate) fn plan(pace: &Pace, is_asked: bool) -> Plan {
    if !is_asked {
        return Plan::default();
    }
    pace.windows(Peer::ALL.len() + 1).and(Plan::seconds(2, INSTALL_SECONDS + 40))
}

/// Another program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Peer {
    Localstripe,
    Lnbits,
    Prism,
}

/// A peer that runs, and what it is asked.
struct Running {
    name: &'static str,
    server: Server,
    script: Script,
    series: Series,
}

impl Peer {
    const ALL: [Self; 3] = [Self::Localstripe, Self::Lnbits, Self::Prism];

    const fn name(self) -> &'static str {
        match self {
            Self::Localstripe => "localstripe",
            Self::Lnbits => "LNbits",
            Self::Prism => "Prism",
        }
    }

    /// Installs it where it is not, starts it and asks it a little.
    async fn start(self, bench: &mut Bench) -> Result<Running> {
        let binary = install::install(self)?;
        let folder = bench.folder("peer")?;
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let listen = port.to_string();
        let program = Program::new(&binary, &folder);
        let program = match self {
            Self::Localstripe => program.arguments(["--from-scratch", "--port", &listen]),
            Self::Lnbits => program
                .arguments(["--host", "127.0.0.1", "--port", &listen])
                .environment("LNBITS_DATA_FOLDER", &folder.join("data").display().to_string())
                .environment("LNBITS_EXTENSIONS_PATH", &folder.display().to_string())
                .environment("LNBITS_BACKEND_WALLET_CLASS", "FakeWallet")
                .environment("LNBITS_ADMIN_UI", "false")
                .environment("LNBITS_ALLOW_NEW_ACCOUNTS", "true")
                // Otherwise it answers some hundred calls a minute and refuses the others.
                .environment("LNBITS_RATE_LIMIT_NO", "100000000")
                .environment("AUTH_SECRET_KEY", "a-secret-of-the-benchmark-alone")
                // It finds its own files by where it is started.
                .started_in(&install::packages(self)?),
            Self::Prism => {
                let description = repository().join("docs/reference/openapi.json");
                let described = description.display().to_string();
                program.arguments(["mock", &described, "-p", &listen, "-v", "silent"])
            }
        };
        let server = program.start_at(&url).await?;
        let request = self.request(&server).await?;
        let file = server.folder.join("request.txt");
        std::fs::write(&file, request)?;
        let arguments = vec![file.display().to_string()];
        let script = Script::write(wrk::Kind::Raw, &server.folder, arguments)?;
        bench.ask(&server, &server.url, &script, CONNECTIONS, WARM_UP).await?;
        Ok(Running { name: self.name(), server, script, series: Series::default() })
    }

    /// The request of its "create".
    async fn request(self, server: &Server) -> Result<String> {
        let (path, headers, body) = match self {
            Self::Localstripe => {
                // The key that its documentation uses: "sk_test_12345:" in base64.
                let headers = "Authorization: Basic c2tfdGVzdF8xMjM0NTo=\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\n";
                let body = String::from("amount=149900&currency=inr");
                ("/v1/payment_intents", String::from(headers), body)
            }
            Self::Lnbits => {
                let key = wallet_key(server).await?;
                let headers = format!("X-Api-Key: {key}\r\nContent-Type: application/json\r\n");
                let body = json!({ "out": false, "amount": 1_499, "memo": "Two books" });
                ("/api/v1/payments", headers, body.to_string())
            }
            Self::Prism => {
                let headers = "Authorization: Bearer a-token\r\nContent-Type: application/json\r\n";
                (Kind::Link.path(), String::from(headers), Kind::Link.body().replace(MARK, "link"))
            }
        };
        let host = server.url.trim_start_matches("http://");
        let length = body.len();
        Ok(format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        ))
    }
}

/// Makes an account in `LNbits`, and gives the key that makes invoices.
async fn wallet_key(server: &Server) -> Result<String> {
    let body = json!({ "name": "benchmark" }).to_string();
    let headers = [("content-type", "application/json")];
    let client = Client::new(&server.url);
    let answer = client.send(Method::POST, "/api/v1/account", &headers, body).await?;
    ensure!(answer.status.is_success(), "LNbits answered {}", answer.status);
    let account = answer.json();
    let key = |name| account.get(name).and_then(Value::as_str).context("the key of a wallet");
    // Without a currency of its own the wallet asks nobody for a rate, which costs a second where
    // nobody answers.
    let headers = [("content-type", "application/json"), ("x-api-key", key("adminkey")?)];
    let body = json!({ "currency": "" }).to_string();
    let answer = client.send(Method::PATCH, "/api/v1/wallet", &headers, body).await?;
    ensure!(answer.status.is_success(), "LNbits answered {}", answer.status);
    Ok(key("inkey")?.to_owned())
}

/// Measures, where it is asked for.
pub(crate) async fn run(bench: &mut Bench, is_asked: bool) -> Result<Vec<Row>> {
    if !is_asked {
        let why = String::from("it asks for --peers");
        return Ok(vec![Row::without(BEST, Verdict::NotMeasured(why))]);
    }
    let takes = Duration::from_secs(INSTALL_SECONDS);
    bench.progress.step("peers: installing and starting them", takes);
    let (mut peers, mut left_out) = (Vec::new(), Vec::new());
    for peer in Peer::ALL {
        match peer.start(bench).await {
            Ok(running) => peers.push(running),
            Err(error) => left_out.push(format!("{} is left out ({error:#})", peer.name())),
        }
    }
    if peers.is_empty() {
        return Ok(vec![Row::without(BEST, Verdict::NotMeasured(left_out.join("; ")))]);
    }
    bench.progress.step("peers: starting the gateway", Duration::from_secs(5));
    let folder = bench.folder("gateway")?;
    copy_store(&bench.template(Loaded::Sqlite).await?, &folder)?;
    let gateway = Program::gateway(&bench.options.gateway, &folder).start().await?;
    let script = create::script(Kind::Link, &folder)?;
    bench.ask(&gateway, &gateway.url, &script, CONNECTIONS, WARM_UP).await?;
    let series = Series::default();
    peers.push(Running { name: create::GATEWAY, server: gateway, script, series });
    measure(bench, &mut peers, &mut left_out).await?;
    let Some(gateway) = peers.pop() else { return Ok(Vec::new()) };
    let best = peers.iter().max_by(|a, b| a.series.rate().total_cmp(&b.series.rate()));
    let Some(best) = best else {
        return Ok(vec![Row::without(BEST, Verdict::NotMeasured(left_out.join("; ")))]);
    };
    let mut row = create::rates(BEST, &gateway.series, &best.series);
    row.made_of =
        [&[format!("{} ({})", row.made_of, best.name)], left_out.as_slice()].concat().join("; ");
    Ok(vec![row])
}

/// Measures all of them in turn. A peer whose answers are no successes is left out; the gateway,
/// the last of them, may not be.
async fn measure(
    bench: &mut Bench,
    peers: &mut Vec<Running>,
    left_out: &mut Vec<String>,
) -> Result<()> {
    for repetition in 1..=bench.pace.repetitions {
        for Running { name, server, script, series } in &mut *peers {
            let step = format!("{PART}, {name}, repetition {repetition}");
            bench.progress.step(&step, bench.pace.window);
            let window = bench.pace.window;
            match bench.ask(server, &server.url, script, CONNECTIONS, window).await {
                Ok(window) => series.0.push(window),
                Err(error) if *name == create::GATEWAY => return Err(error.context(step)),
                Err(error) => left_out.push(format!("{name} is left out ({error:#})")),
            }
        }
        peers.retain(|peer| peer.series.0.len() == repetition);
    }
    for Running { name, series, .. } in &*peers {
        bench.keep(PART, name, series);
    }
    Ok(())
}
