//! A merchant's developer: an HTTP client, and the calls of the API.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::gateway::Keys;

/// How long an answer is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);

/// A client of HTTP.
#[derive(Clone)]
pub struct Client {
    http: HyperClient<HttpConnector, Full<Bytes>>,
    base: String,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// A client of the server at `base`.
    pub fn new(base: &str) -> Self {
        let http = HyperClient::builder(TokioExecutor::new()).build_http();
        Self { http, base: base.to_owned() }
    }

    /// Asks once, and waits for the whole answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into()))?;
        let answered = async {
            let (head, body) = self.http.request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            let body = String::from_utf8_lossy(&body).into_owned();
            anyhow::Ok(Answer { status: head.status, headers: head.headers, body })
        };
        tokio::time::timeout(ANSWER_TIMEOUT, answered).await.context("no answer in time")?
    }

    /// `GET` without a token.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, &[], "").await
    }
}

/// The calls of the API, with a token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    token: String,
}

impl Api {
    /// Gets a token for a merchant's credentials.
    pub async fn log_in(base: &str, keys: &Keys) -> Result<Self> {
        let client = Client::new(base);
        let body = json!({
            "client_id": keys.client_id,
            "client_secret": keys.client_secret,
            "grant_type": "client_credentials",
        });
        let headers = [(CONTENT_TYPE.as_str(), "application/json")];
        let path = "/api/auth/v1/token";
        let answer = client.send(Method::POST, path, &headers, body.to_string()).await?;
        ensure!(answer.status == StatusCode::OK, "the token call answered {answer:?}");
        let token = answer.json()["access_token"].as_str().context("a token")?.to_owned();
        Ok(Self { client, token })
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Calls the API; no body where `body` is null.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Result<Answer> {
        let token = format!("Bearer {}", self.token);
        let mut headers = vec![(AUTHORIZATION.as_str(), token.as_str())];
        if body.is_null() {
            return self.client.send(method, path, &headers, "").await;
        }
        headers.push((CONTENT_TYPE.as_str(), "application/json"));
        self.client.send(method, path, &headers, body.to_string()).await
    }

    /// Makes a link, and expects it to be new.
    pub async fn create_link(&self, body: Value) -> Result<Value> {
        let answer = self.call(Method::POST, "/api/pay/v1/paymentlink", body).await?;
        ensure!(answer.status == StatusCode::CREATED, "the link call answered {answer:?}");
        Ok(answer.json())
    }

    /// Reads a link.
    pub async fn link(&self, id: &str) -> Result<Value> {
        self.read(&format!("/api/pay/v1/paymentlink/{id}")).await
    }

    /// Reads an order, out of its envelope.
    pub async fn order(&self, id: &str) -> Result<Value> {
        let mut answer = self.read(&format!("/api/pay/v1/orders/{id}")).await?;
        Ok(answer["data"].take())
    }

    async fn read(&self, path: &str) -> Result<Value> {
        let answer = self.call(Method::GET, path, Value::Null).await?;
        ensure!(answer.status == StatusCode::OK, "{path} answered {answer:?}");
        Ok(answer.json())
    }
}
