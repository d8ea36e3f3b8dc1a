//! Requests that no HTTP library sends, byte by byte: each is answered and ends, the process lives,
//! and nothing of them is taken for another request.

use std::time::Duration;

use anyhow::{Context, Result};
use deodar_kit::{Gateway, GatewayOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DEODAR: &str = env!("CARGO_BIN_EXE_deodar");
/// How long an answer may take: longer than the server waits for what does not come.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// A request, and the statuses that may answer it.
struct Case {
    what: &'static str,
    request: Vec<u8>,
    statuses: &'static [u16],
}

fn case(what: &'static str, request: impl Into<Vec<u8>>, statuses: &'static [u16]) -> Case {
    Case { what, request: request.into(), statuses }
}

/// A `GET` with more lines in its head. It asks for the connection's end.
fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n")
}

/// A token call with more lines in its head, and a body.
fn post(more: &str, body: &str) -> String {
    format!(
        "POST /api/auth/v1/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\n{more}\r\n{body}"
    )
}

fn cases() -> Vec<Case> {
    let order = "/api/pay/v1/orders";
    let headers = |count: usize| -> String { "X: y\r\n".repeat(count) };
    vec![
        case("a long path", get(&format!("{order}/{}", "x".repeat(9_000)), ""), &[401]),
        case("a path over 64 KiB", get(&format!("/{}", "x".repeat(70_000)), ""), &[414]),
        case("a head without an end", get(&format!("/{}", "x".repeat(700_000)), ""), &[414, 431]),
        case("a long header", get("/health", &format!("X: {}\r\n", "y".repeat(90_000))), &[200]),
        case(
            "an endless header",
            get("/health", &format!("X: {}\r\n", "y".repeat(700_000))),
            &[431],
        ),
        case("many headers", get("/health", &headers(90)), &[200]),
        case("too many headers", get("/health", &headers(200)), &[431]),
        case("a header with a NUL", get("/health", "X: a\0b\r\n"), &[400]),
        case("a header without a name", get("/health", ": b\r\n"), &[400]),
        case("no version that there is", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", &[400]),
        case("a TLS hello", *b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", &[400]),
        case("a path with a space", get("/health x", ""), &[400]),
        case("a path that climbs", get(&format!("{order}/../../../../health"), ""), &[404]),
        case("a path that is none", get("health", ""), &[404]),
        case("wrong percent signs", get(&format!("{order}/%zz%"), ""), &[401]),
        case("another host's URL", get("http://example.com/nowhere", ""), &[404]),
        case("CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nConnection: close\r\n\r\n", &[404]),
        case("two lengths", post("Content-Length: 2\r\nContent-Length: 9\r\n", "{}"), &[400]),
        case("a negative length", post("Content-Length: -2\r\n", "{}"), &[400]),
        case("a length beyond all", post("Content-Length: 99999999999999999999\r\n", ""), &[400]),
        case("a length over the limit", post("Content-Length: 65537\r\n", "{"), &[413]),
        case(
            "a body that waits for a yes",
            post("Content-Length: 99999\r\nExpect: 100-continue\r\n", ""),
            &[413],
        ),
        case("no chunk", post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), &[400]),
        case(
            "a chunk without an end",
            post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n{}"),
            &[400],
        ),
        // One of the two lengths is right, whichever it is: what follows is no second request.
        case(
            "a length and chunks",
            post(
                "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
            ),
            &[400],
        ),
    ]
}

/// What is answered until the connection ends.
async fn answer(address: &str, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    // The server may answer and end before it has read all.
    let _sent_or_not = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ended_or_reset = stream.read_to_end(&mut answer).await;
    Ok(answer)
}

#[tokio::test]
async fn whatever_comes_is_answered_once_and_ends() -> Result<()> {
    let gateway = Gateway::start(DEODAR, GatewayOptions::default()).await?;
    let address = gateway.url().trim_start_matches("http://");
    for Case { what, request, statuses } in cases() {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, answer(address, &request)).await;
        let answer = answer.with_context(|| format!("{what} has no end"))??;
        let text = String::from_utf8_lossy(&answer);
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let status: u16 = status.with_context(|| format!("{what}: {text}"))?.parse()?;
        assert!(statuses.contains(&status), "{what}: {text}");
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{what}: {text}");
        let (_, body) = text.split_once("\r\n\r\n").context("the head has no end")?;
        if !body.is_empty() {
            let body: serde_json::Value = serde_json::from_str(body)?;
            assert!(body.is_object(), "{what}: {text}");
        }
        assert_eq!(gateway.client().get("/health").await?.status, 200, "after {what}");
    }
    Ok(())
}
