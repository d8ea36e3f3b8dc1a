//! What is logged, and what never is.
//!
//! Whether a place in the code logs is decided once in a process, when it is first reached. So the
//! log is kept for all tests of this process, before any of them reaches such a place.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use axum::body::Body;
use axum::http::Request;
use tracing_subscriber::fmt::MakeWriter;

use crate::common::{Gateway, LINKS, send_to};

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Keeps the log of this process from now on.
pub(crate) fn kept() -> Lines {
    static KEPT: OnceLock<Lines> = OnceLock::new();
    let keep = || {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(lines.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        lines
    };
    KEPT.get_or_init(keep).clone()
}

#[tokio::test]
async fn a_request_is_one_line_with_its_id_and_route_and_nothing_that_was_sent() {
    let gateway = Gateway::sandbox().await;
    let router = deodar_api::observe(gateway.router.clone());
    let body = r#"{"amount":{"value":100,"currency":"INR"},
        "merchant_payment_link_reference":"hidden-reference-of-the-log",
        "customer":{"email_id":"hidden-of-the-log@example.com","mobile_number":"9800000417"}}"#;
    let request = Request::post(format!("{LINKS}?query=hidden-query-of-the-log"))
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("content-type", "application/json")
        .header("request-id", "the-request")
        .body(Body::from(body));
    let answer = send_to(router.clone(), request.unwrap()).await;
    assert_eq!(answer.status, 201);
    let credentials = r#"{"client_id":"hidden-client-of-the-log",
        "client_secret":"hidden-secret-of-the-log","grant_type":"client_credentials"}"#;
    let request = Request::post("/api/auth/v1/token")
        .header("content-type", "application/json")
        .body(Body::from(credentials));
    let refused = send_to(router, request.unwrap()).await;
    assert_eq!(refused.status, 401);
    let made_up = refused.headers["request-id"].to_str().unwrap();
    assert_eq!(made_up.len(), 32);

    let text = String::from_utf8(kept().0.lock().unwrap().clone()).unwrap();
    let answered: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["fields"]["message"] == "answered")
        .filter(|line| ["the-request", made_up].iter().any(|id| line["span"]["request_id"] == *id))
        .collect();
    assert_eq!(answered.len(), 2, "{answered:?}");
    assert_eq!(answered[0]["fields"]["route"], LINKS);
    assert_eq!(answered[0]["fields"]["method"], "POST");
    assert_eq!(answered[0]["fields"]["status"], 201);
    assert!(answered[0]["fields"]["micros"].is_number());
    for secret in ["-of-the-log", "9800000417", &gateway.token] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}
