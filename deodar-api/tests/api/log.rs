//! What is logged, and what never is.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use tracing_subscriber::fmt::MakeWriter;

use crate::common::{Gateway, LINKS, send_to};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

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

#[tokio::test]
async fn a_request_is_one_line_with_its_id_and_route_and_nothing_that_was_sent() {
    let gateway = Gateway::sandbox().await;
    let router = deodar_api::observe(gateway.router.clone());
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let body = r#"{"amount":{"value":100,"currency":"INR"},
        "merchant_payment_link_reference":"hidden-reference",
        "customer":{"email_id":"hidden@example.com","mobile_number":"9876543210"}}"#;
    let request = Request::post(format!("{LINKS}?query=hidden"))
        .header("authorization", format!("Bearer {}", gateway.token))
        .header("content-type", "application/json")
        .header("request-id", "the-request")
        .body(Body::from(body));
    let answer = send_to(router.clone(), request.unwrap()).await;
    assert_eq!(answer.status, 201);
    let credentials = r#"{"client_id":"hidden-client","client_secret":"hidden-secret",
        "grant_type":"client_credentials"}"#;
    let request = Request::post("/api/auth/v1/token")
        .header("content-type", "application/json")
        .body(Body::from(credentials));
    assert_eq!(send_to(router, request.unwrap()).await.status, 401);
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let answered: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["fields"]["message"] == "answered")
        .collect();
    assert_eq!(answered.len(), 2, "{text}");
    assert_eq!(answered[0]["fields"]["route"], LINKS);
    assert_eq!(answered[0]["fields"]["method"], "POST");
    assert_eq!(answered[0]["fields"]["status"], 201);
    assert!(answered[0]["fields"]["micros"].is_number());
    assert_eq!(answered[0]["span"]["request_id"], "the-request");
    assert_eq!(answered[1]["span"]["request_id"].as_str().map(str::len), Some(32));
    for secret in ["hidden", "9876543210", &gateway.token] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
