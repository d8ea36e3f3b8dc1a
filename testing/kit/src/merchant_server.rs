//! A merchant's server: it takes webhooks and returning payers, and remembers both.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::tools::wait_until;

/// How long a webhook or a payer is waited for.
const WAIT: Duration = Duration::from_mins(2);

/// A webhook that came.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it came.
    pub body: String,
}

impl Webhook {
    /// A header; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What the body says happened.
    pub fn event_type(&self) -> String {
        self.json()["event_type"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A payer who came back: the fields of the form, in the order in which they came.
#[derive(Clone, Debug)]
pub struct ReturnPost {
    /// The path that was posted to.
    pub path: &'static str,
    /// The fields.
    pub fields: Vec<(String, String)>,
}

impl ReturnPost {
    /// A field; empty where it is absent.
    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct Seen {
    webhooks: Vec<Webhook>,
    returns: Vec<ReturnPost>,
    failures_to_come: VecDeque<StatusCode>,
}

/// The shop's page, as wide as the screen.
const SHOP: &str = "<!doctype html><html lang=\"en\"><title>Shop</title>\
    <meta name=\"viewport\" content=\"width=device-width\"><style>* { margin: 0; border: 0 }</style>\
    <h1>Shop</h1>";

/// What the server shares with the test.
#[derive(Default)]
struct Desk {
    seen: Mutex<Seen>,
    /// Whether webhooks wait for their answer.
    holds: watch::Sender<bool>,
    held: AtomicUsize,
}

type Shared = Arc<Desk>;

/// A merchant's server on a port of its own; it ends with the test.
pub struct MerchantServer {
    address: String,
    shared: Shared,
    task: JoinHandle<()>,
}

impl MerchantServer {
    /// Starts it.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the merchant's server")?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared: Shared = Shared::default();
        let router = Router::new()
            .route("/webhook", post(take_webhook))
            .route("/shop", get(async || Html(SHOP)))
            .route("/back", post(async |state, form| take_return("/back", state, form)))
            .route("/failed", post(async |state, form| take_return("/failed", state, form)))
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // It ends when the test does.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, task })
    }

    /// The address of one of its pages: `/shop`, `/webhook`, `/back` or `/failed`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Answers the next webhooks with these statuses, then with 200 again.
    pub fn fail_next(&self, statuses: impl IntoIterator<Item = StatusCode>) {
        with_seen(&self.shared, |seen| seen.failures_to_come.extend(statuses));
    }

    /// Lets webhooks wait for their answer, or answers those that wait. One whose sender ends while
    /// it waits has not come.
    pub fn hold(&self, holds: bool) {
        self.shared.holds.send_replace(holds);
    }

    /// How many webhooks wait for their answer.
    pub fn held(&self) -> usize {
        self.shared.held.load(Ordering::SeqCst)
    }

    /// Every webhook that came so far, failed attempts among them.
    pub fn webhooks(&self) -> Vec<Webhook> {
        with_seen(&self.shared, |seen| seen.webhooks.clone())
    }

    /// Every payer who came back so far.
    pub fn returns(&self) -> Vec<ReturnPost> {
        with_seen(&self.shared, |seen| seen.returns.clone())
    }

    /// Waits for a webhook of a type about an order.
    pub async fn webhook(&self, event_type: &str, order_id: &str) -> Result<Webhook> {
        let what = format!("a webhook {event_type} of {order_id}");
        wait_until(&what, WAIT, async || {
            self.webhooks().into_iter().find(|webhook| {
                webhook.event_type() == event_type
                    && webhook.json()["data"]["order_id"].as_str() == Some(order_id)
            })
        })
        .await
    }

    /// Waits for the payer of an order to come back.
    pub async fn returned(&self, order_id: &str) -> Result<ReturnPost> {
        let what = format!("the payer of {order_id}");
        wait_until(&what, WAIT, async || {
            self.returns().into_iter().find(|post| post.field("order_id") == order_id)
        })
        .await
    }
}

impl Drop for MerchantServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn with_seen<T>(shared: &Shared, with: impl FnOnce(&mut Seen) -> T) -> T {
    with(&mut shared.seen.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A webhook that waits for its answer.
struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn new(held: &'a AtomicUsize) -> Self {
        held.fetch_add(1, Ordering::SeqCst);
        Self(held)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn take_webhook(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    {
        let _held = Held::new(&shared.held);
        // An error says that the test has ended.
        let _ = shared.holds.subscribe().wait_for(|holds| !holds).await;
    }
    with_seen(&shared, |seen| {
        seen.webhooks.push(Webhook { headers, body });
        seen.failures_to_come.pop_front().unwrap_or(StatusCode::OK)
    })
}

fn take_return(
    path: &'static str,
    State(shared): State<Shared>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Html<&'static str> {
    with_seen(&shared, |seen| seen.returns.push(ReturnPost { path, fields }));
    Html("<!doctype html><title>Shop</title><h1>Back at the shop</h1>")
}
