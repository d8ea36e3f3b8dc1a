//! What stands at the other end of webhooks, and a client that sends nothing but them: each in a
//! process of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::output::tell;

/// How many webhooks the bare client has under way: as many as the gateway at most.
const UNDER_WAY: usize = 256;

/// What a receiver has seen since it began, or began anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// How many webhooks came.
    pub(crate) count: u64,
    /// How long it was from the first to the last of them.
    pub(crate) span_us: u64,
}

#[derive(Default)]
struct Receiver {
    count: AtomicU64,
    times: Mutex<Option<(Instant, Instant)>>,
    last: Mutex<(HeaderMap, Bytes)>,
}

impl Receiver {
    fn take(&self, headers: HeaderMap, body: Bytes) {
        let now = Instant::now();
        {
            let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            let first = times.map_or(now, |(first, _)| first);
            *times = Some((first, now));
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // One is kept, to be sent again by the bare client.
        if count == 0 {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = (headers, body);
        }
    }

    fn seen(&self) -> Seen {
        let times = *self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let span = times.map_or(Duration::ZERO, |(first, last)| last.duration_since(first));
        Seen {
            count: self.count.load(Ordering::Relaxed),
            span_us: u64::try_from(span.as_micros()).unwrap_or(u64::MAX),
        }
    }

    fn begin_anew(&self) {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.count.store(0, Ordering::Relaxed);
    }

    /// The headers that are a webhook's own, and the body.
    fn sample(&self) -> String {
        let (headers, body) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let headers: Vec<_> = HEADERS.iter().filter_map(|name| Some((name, text(name)?))).collect();
        json!({ "headers": headers, "body": String::from_utf8_lossy(body) }).to_string()
    }
}

/// The headers of a webhook that the bare client sends too.
const HEADERS: [&str; 5] =
    ["content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// A webhook, to be sent again and again.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct Sample {
    headers: Vec<(String, String)>,
    body: String,
}

impl Sample {
    /// How long the body is.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// Receives until it is told to stop.
pub(crate) async fn receive() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let receiver = Arc::new(Receiver::default());
    let take = async |State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes| {
        receiver.take(headers, body);
        StatusCode::OK
    };
    let router = Router::new()
        .route("/hook", post(take))
        .route("/hook/{merchant}", post(take))
        .route(
            "/seen",
            get(async |State(receiver): State<Arc<Receiver>>| json!(receiver.seen()).to_string()),
        )
        .route("/sample", get(async |State(receiver): State<Arc<Receiver>>| receiver.sample()))
        .route("/anew", post(async |State(receiver): State<Arc<Receiver>>| receiver.begin_anew()))
        .with_state(receiver);
    tell(&json!({ "url": url }).to_string());
    Ok(axum::serve(listener, router).await?)
}

/// What is sent.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// Where to.
    #[arg(long)]
    url: String,
    /// How many.
    #[arg(long)]
    count: u64,
}

/// Sends webhooks and nothing else: no event, no signature made anew, no state, no second try.
pub(crate) async fn send(send: Send) -> Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(UNDER_WAY).build(connector);
    let asked = client.get(format!("{}/sample", send.url).parse()?).await?;
    let text = asked.into_body().collect().await?.to_bytes();
    let sample: Arc<Sample> = Arc::new(serde_json::from_slice(&text).context("a sample")?);
    let begun = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..UNDER_WAY {
        let (client, sample, begun) = (client.clone(), Arc::clone(&sample), Arc::clone(&begun));
        let (url, count) = (format!("{}/hook", send.url), send.count);
        tasks.spawn(async move {
            let body = Bytes::from(sample.body.clone());
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                let mut request = Request::post(url.as_str());
                for (name, value) in &sample.headers {
                    request = request.header(name, value);
                }
                let answer = client.request(request.body(Full::new(body.clone()))?).await?;
                ensure!(answer.status().is_success(), "the receiver answered {}", answer.status());
                answer.into_body().collect().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_counts_and_begins_anew() {
        let receiver = Receiver::default();
        assert_eq!(receiver.seen(), Seen::default());
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "evt-1".parse().unwrap());
        headers.insert("host", "127.0.0.1".parse().unwrap());
        receiver.take(headers, Bytes::from_static(b"{\"a\":1}"));
        receiver.take(HeaderMap::new(), Bytes::new());
        assert_eq!(receiver.seen().count, 2);
        let sample: Sample = serde_json::from_str(&receiver.sample()).unwrap();
        let header = (String::from("webhook-id"), String::from("evt-1"));
        assert_eq!((sample.headers, sample.body.as_str()), (vec![header], "{\"a\":1}"));
        receiver.begin_anew();
        assert_eq!(receiver.seen(), Seen::default());
    }
}
