use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

use super::*;
use crate::server::{HEADER_READ_TIMEOUT, InFlight, connection};

/// Routes that look at nothing of a body, at its beginning and at all of it, and refuse or do not.
fn router() -> Router {
    let refuse = async || StatusCode::UNAUTHORIZED;
    let refuse_slowly = async |request: Request<Body>| {
        drop(request);
        for _ in 0..9 {
            tokio::task::yield_now().await;
        }
        StatusCode::UNAUTHORIZED
    };
    let begin = async |request: Request<Body>| {
        let begun = request.into_body().frame().await;
        assert!(begun.is_some_and(|frame| frame.is_ok()));
        StatusCode::BAD_REQUEST
    };
    let take = async |body: String| body;
    let take_and_refuse = async |_: String| StatusCode::CONFLICT;
    Router::new()
        .route("/refuse", post(refuse))
        .route("/refuse-slowly", post(refuse_slowly))
        .route("/begin", post(begin))
        .route("/take", post(take))
        .route("/take-and-refuse", post(take_and_refuse))
        .route("/ignore", post(async || ()))
        .route("/late", post(async || StatusCode::REQUEST_TIMEOUT))
}

/// A client's end of a connection.
struct Client(DuplexStream);

impl Client {
    fn connect() -> Self {
        let (client, server) = tokio::io::duplex(4 << 20);
        let peer = ([127, 0, 0, 1], 1).into();
        tokio::spawn(connection(server, peer, router(), InFlight::default()));
        Self(client)
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// The head of the next answer.
    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("the connection has ended"));
        }
        String::from_utf8(head).unwrap()
    }

    /// What else comes until the connection ends.
    async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

fn head(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n")
}

#[tokio::test]
async fn a_body_that_comes_after_its_refusal_leaves_the_connection_to_the_next_request() {
    let (length, chunked) = ("Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n");
    let cases: [(&str, &str, &str, &[&str]); 7] = [
        ("/refuse", length, "", &["0123456789"]),
        ("/refuse", length, "", &["01234", "56789"]),
        ("/refuse", chunked, "", &["5\r\n01234\r\n", "5\r\n56789\r\n0\r\n\r\n"]),
        ("/refuse", chunked, "", &["0\r\nContent-Length: 9\r\n\r\n"]),
        ("/refuse-slowly", length, "01234", &["56789"]),
        ("/begin", length, "01234", &["56789"]),
        ("/begin", chunked, "5\r\n01234\r\n", &["0\r\n\r\n"]),
    ];
    for (path, more, before, after) in cases {
        let what = format!("{path} {more:?}");
        let mut client = Client::connect();
        client.send(&(head(path, more) + before)).await;
        let refusal = client.head().await;
        assert!(refusal.starts_with("HTTP/1.1 4"), "{what}: {refusal}");
        assert!(!refusal.contains("connection: close"), "{what}: {refusal}");
        for piece in after {
            client.send(piece).await;
        }
        client.send(&(head("/take", "Content-Length: 3\r\nConnection: close\r\n") + "yes")).await;
        assert!(client.head().await.starts_with("HTTP/1.1 200"), "{what}");
        assert_eq!(client.rest().await, "yes", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_is_awaited_for_a_while_and_to_a_size() {
    let mut slow = Client::connect();
    let begun = Instant::now();
    slow.send(&(head("/refuse", "Content-Length: 10\r\n") + "01234")).await;
    assert!(slow.head().await.starts_with("HTTP/1.1 401"));
    assert_eq!(begun.elapsed(), Duration::ZERO, "the answer does not wait for the body");
    assert_eq!(slow.rest().await, "");
    assert!((DISCARDING_TIME_MAX..HEADER_READ_TIMEOUT).contains(&begun.elapsed()));

    let mut endless = Client::connect();
    let begun = Instant::now();
    endless.send(&head("/refuse", "Transfer-Encoding: chunked\r\n")).await;
    assert!(endless.head().await.starts_with("HTTP/1.1 401"));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    for _ in 0..=DISCARDED_SIZE_MAX / 0x1_0000 {
        endless.send(&chunk).await;
    }
    assert_eq!(endless.rest().await, "");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// What follows the head's first line where a body of three bytes waits for a yes.
const HELD_BACK: &str = "Content-Length: 3\r\nExpect: 100-continue\r\n";

#[tokio::test(start_paused = true)]
async fn an_answer_says_that_the_connection_ends_where_no_body_is_awaited() {
    let more_than_is_awaited = format!("Content-Length: {}\r\n", DISCARDED_SIZE_MAX + 1);
    let both = format!("{more_than_is_awaited}Expect: 100-continue\r\n");
    let cases = [
        ("/refuse", more_than_is_awaited.as_str(), 401),
        ("/refuse", "Content-Length: 18446744073709551613\r\n", 401),
        ("/refuse", HELD_BACK, 401),
        ("/refuse", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", 401),
        ("/refuse-slowly", HELD_BACK, 401),
        ("/refuse-slowly", both.as_str(), 401),
        ("/ignore", HELD_BACK, 200),
        ("/late", "Content-Length: 3\r\n", 408),
    ];
    for (path, more, status) in cases {
        let mut client = Client::connect();
        client.send(&head(path, more)).await;
        let answer = client.head().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {more}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{path} {more}: {answer}");
        assert_eq!(client.rest().await, "", "{path} {more}");
    }
}

#[tokio::test]
async fn a_body_that_waited_for_a_yes_and_got_it_leaves_the_connection_open() {
    let mut client = Client::connect();
    for (path, status) in [("/take-and-refuse", 409), ("/take", 200)] {
        client.send(&head(path, HELD_BACK)).await;
        assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n", "{path}");
        client.send("yes").await;
        let answer = client.head().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        assert!(!answer.contains("connection: close"), "{path}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_got_a_yes_and_is_refused_then_may_be_sent_to_its_end() {
    let mut client = Client::connect();
    client.send(&head("/begin", "Content-Length: 10\r\nExpect: 100-continue\r\n")).await;
    assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("01234").await;
    let answer = client.head().await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    client.send("56789").await;
    assert_eq!(client.rest().await, "");
}
