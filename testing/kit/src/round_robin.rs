//! A plain round-robin in front of several servers: each request goes to the next one that takes a
//! connection, and it looks into nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Full};
use hyper::Uri;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The longest body that goes through.
const BODY_BYTES_MAX: usize = 1 << 20;

/// A round-robin on a port of its own; it ends with the test.
pub struct RoundRobin {
    address: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    http: HyperClient<HttpConnector, Full<Bytes>>,
    servers: Mutex<Vec<String>>,
    turn: AtomicUsize,
}

impl RoundRobin {
    /// Starts it, with no servers behind it.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the round-robin")?;
        let address = format!("http://{}", listener.local_addr()?);
        // A connection for each request: one that was kept would be broken by a server's end, and
        // nobody could tell whether the request had been done.
        let http =
            HyperClient::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let shared =
            Arc::new(Shared { http, servers: Mutex::default(), turn: AtomicUsize::new(0) });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // It ends when the test does.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, task })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.address
    }

    /// The servers behind it: `127.0.0.1:8080`.
    pub fn set_servers(&self, servers: Vec<String>) {
        *self.shared.servers.lock().unwrap_or_else(PoisonError::into_inner) = servers;
    }
}

impl Drop for RoundRobin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// The servers, the one whose turn it is first.
    fn servers(&self) -> Vec<String> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if let Some(first) = turn.checked_rem(servers.len()) {
            servers.rotate_left(first);
        }
        servers
    }
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    for server in shared.servers() {
        let Ok(uri) = format!("http://{server}{path}").parse::<Uri>() else { continue };
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = head.method.clone();
        *request.headers_mut() = head.headers.clone();
        *request.uri_mut() = uri;
        match shared.http.request(request).await {
            Ok(answer) => {
                let (head, body) = answer.into_parts();
                return match body.collect().await {
                    Ok(body) => Response::from_parts(head, Body::from(body.to_bytes())),
                    Err(_) => StatusCode::BAD_GATEWAY.into_response(),
                };
            }
            // Nothing was sent: the next one is asked.
            Err(error) if error.is_connect() => {}
            Err(_) => return StatusCode::BAD_GATEWAY.into_response(),
        }
    }
    StatusCode::BAD_GATEWAY.into_response()
}
