//! Tokens and repeats, with a gateway that answers what it is told, in a time that stands still.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;

use crate::transport::{NoAnswer, Transport};
use crate::{Client, ClientConfig, Code, Error, RetryPolicy};

const TOKEN: &str = r#"{"access_token":"hush-token","expires_in":3600}"#;
const REFUSAL: &str = r#"{"code":"X","message":"m"}"#;
const LINK: &str = r#"{
    "payment_link": "https://pay.example.com/PLUTUS/AbCdEf1", "payment_link_id": "pl-1",
    "status": "CREATED", "order_id": "v1-1", "merchant_payment_link_reference": "r",
    "amount": {"value": 100, "currency": "INR"}, "amount_due": {"value": 100, "currency": "INR"},
    "expire_by": "2025-03-21T08:29Z", "created_at": "2025-03-06T08:27:55.881Z",
    "updated_at": "2025-03-06T08:27:55.881Z", "a_field_of_tomorrow": {"a": [1]}}"#;

/// What the gateway does with a request.
#[derive(Clone, Copy)]
enum Does {
    Answers(u16, &'static str),
    /// Answers so, with `Retry-After` in seconds.
    AsksToWait(u16, &'static str),
    Breaks,
    IsSilent,
}

/// What was asked: method and path, token, idempotency key, body.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    call: String,
    token: Option<String>,
    key: Option<String>,
    body: Bytes,
}

/// A gateway that does one thing after the other.
struct Scripted {
    script: Mutex<VecDeque<Does>>,
    seen: Mutex<Vec<Seen>>,
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = Does>) -> Arc<Self> {
        let script = Mutex::new(script.into_iter().collect());
        Arc::new(Self { script, seen: Mutex::default() })
    }

    fn client(self: &Arc<Self>, retry: RetryPolicy) -> Client {
        let config = ClientConfig::new("https://pay.example.com/", "client-id", "hush-secret");
        let config = ClientConfig { retry, ..config };
        Client::with_transport(config, Arc::clone(self) as Arc<dyn Transport>).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls other than those for a token.
    fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.call.ends_with("/token")).collect()
    }

    fn is_done(&self) -> bool {
        self.script.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, NoAnswer> {
        let (head, body) = request.into_parts();
        let header = |name| head.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        let body = body.collect().await.unwrap().to_bytes();
        let call = format!("{} {}", head.method, head.uri.path());
        let seen =
            Seen { call, token: header("authorization"), key: header("idempotency-key"), body };
        self.seen.lock().unwrap().push(seen);
        let does = self.script.lock().unwrap().pop_front().expect("one request too many");
        // Another call may come while this one waits.
        tokio::task::yield_now().await;
        match does {
            Does::Answers(status, body) => {
                Ok(Response::builder().status(status).body(body.into()).unwrap())
            }
            Does::AsksToWait(status, seconds) => Ok(Response::builder()
                .status(status)
                .header("retry-after", seconds)
                .body(REFUSAL.into())
                .unwrap()),
            Does::Breaks => Err(NoAnswer("broken".to_owned())),
            Does::IsSilent => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn repeats_are_the_same_call_and_wait_as_they_are_told() {
    let default_wait = Duration::from_millis(250 + 500);
    let timeout = Duration::from_secs(40);
    for (first, second, waited) in [
        (Does::Breaks, Does::Breaks, default_wait),
        (Does::IsSilent, Does::IsSilent, default_wait + timeout * 2),
        (Does::AsksToWait(429, "3"), Does::AsksToWait(503, "10"), Duration::from_secs(13)),
        (Does::Breaks, Does::AsksToWait(503, "2"), Duration::from_millis(2_250)),
    ] {
        let script = [Does::Answers(200, TOKEN), first, second, Does::Answers(200, LINK)];
        let gateway = Scripted::new(script);
        let client = gateway.client(RetryPolicy::default());
        let begun = Instant::now();
        let link = client.cancel_link("pl-1").await.unwrap();
        assert_eq!(link.payment_link_id, "pl-1");
        // The timer goes by milliseconds, and each wait may be one of them longer.
        let rounded = begun.elapsed().saturating_sub(waited);
        assert!(begun.elapsed() >= waited && rounded < Duration::from_millis(10));
        let calls = gateway.calls();
        assert_eq!(calls.len(), 3);
        assert!(calls.iter().all(|call| *call == calls[0]), "{calls:?}");
        assert_eq!(calls[0].key.as_ref().unwrap().len(), 32);
        assert!(gateway.is_done());
    }
}

#[tokio::test(start_paused = true)]
async fn repeats_are_bounded() {
    let script = [Does::Answers(200, TOKEN), Does::Breaks, Does::Breaks, Does::Breaks];
    let gateway = Scripted::new(script);
    let error = gateway.client(RetryPolicy::default()).link_by_id("pl-1").await.unwrap_err();
    assert!(matches!(&error, Error::Connection(story) if story == "broken"));
    assert!(error.may_be_done());
    assert!(gateway.is_done());

    let gateway = Scripted::new([Does::Answers(200, TOKEN), Does::IsSilent]);
    let error = gateway.client(RetryPolicy::NEVER).link_by_id("pl-1").await.unwrap_err();
    assert!(matches!(error, Error::TimedOut(_)));
    assert!(gateway.is_done());
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_repeated() {
    for (does, retry_after) in [
        (Does::Answers(400, REFUSAL), None),
        (Does::Answers(404, REFUSAL), None),
        (Does::Answers(422, REFUSAL), None),
        (Does::Answers(429, REFUSAL), None),
        (Does::Answers(500, REFUSAL), None),
        (Does::Answers(503, REFUSAL), None),
        (Does::Answers(504, REFUSAL), None),
        (Does::AsksToWait(500, "1"), Some(1)),
        (Does::AsksToWait(503, "soon"), None),
        (Does::AsksToWait(429, "11"), Some(11)),
    ] {
        let gateway = Scripted::new([Does::Answers(200, TOKEN), does]);
        let error = gateway.client(RetryPolicy::default()).cancel_link("pl-1").await.unwrap_err();
        let refusal = error.api().unwrap();
        assert_eq!(refusal.code, Code::Other("X".into()));
        assert_eq!(refusal.retry_after, retry_after.map(Duration::from_secs));
        assert!(gateway.is_done());
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_call_is_repeated_too() {
    let script = [Does::Breaks, Does::Answers(200, TOKEN), Does::Answers(200, LINK)];
    let gateway = Scripted::new(script);
    gateway.client(RetryPolicy::default()).link_by_id("pl-1").await.unwrap();
    let seen = gateway.seen();
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].token, None);
    assert_eq!(seen[2].token.as_deref(), Some("Bearer hush-token"));
    assert_eq!(seen[2].key, None, "reading needs no key");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_and_renewed_before_its_end() {
    let link = Does::Answers(200, LINK);
    let script = [Does::Answers(200, TOKEN), link, link, Does::Answers(200, TOKEN), link];
    let gateway = Scripted::new(script);
    let client = gateway.client(RetryPolicy::default());
    client.link_by_id("pl-1").await.unwrap();
    tokio::time::advance(Duration::from_secs(3_600 - 61)).await;
    client.link_by_id("pl-1").await.unwrap();
    assert_eq!(gateway.seen().len(), 3);
    tokio::time::advance(Duration::from_secs(1)).await;
    client.link_by_id("pl-1").await.unwrap();
    assert!(gateway.is_done());
}

#[tokio::test(start_paused = true)]
async fn calls_at_the_same_time_share_one_token() {
    let link = Does::Answers(200, LINK);
    let gateway = Scripted::new([Does::Answers(200, TOKEN), link, link, link]);
    let client = gateway.client(RetryPolicy::default());
    let twin = client.clone();
    let calls = (client.link_by_id("a"), twin.link_by_id("b"), client.link_by_id("c"));
    let (a, b, c) = tokio::join!(calls.0, calls.1, calls.2);
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(gateway.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn calls_at_the_same_time_share_one_failure_and_a_later_one_asks_again() {
    let script = [Does::Breaks, Does::Answers(200, TOKEN), Does::Answers(200, LINK)];
    let gateway = Scripted::new(script);
    let client = gateway.client(RetryPolicy::NEVER);
    let (a, b) = tokio::join!(client.link_by_id("a"), client.link_by_id("b"));
    assert!(matches!(a, Err(Error::Connection(_))));
    assert_eq!(a, b);
    assert_eq!(gateway.seen().len(), 1);
    client.link_by_id("c").await.unwrap();
    assert!(gateway.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_taken_is_renewed_once() {
    const NEXT: &str = r#"{"access_token":"next"}"#;
    let (refused, link) = (Does::Answers(401, REFUSAL), Does::Answers(200, LINK));
    let script = [Does::Answers(200, TOKEN), refused, Does::Answers(200, NEXT), link];
    let gateway = Scripted::new(script);
    gateway.client(RetryPolicy::default()).cancel_link("pl-1").await.unwrap();
    let calls = gateway.calls();
    assert_eq!(calls[0].key, calls[1].key);
    assert_eq!(calls[1].token.as_deref(), Some("Bearer next"));

    let script = [Does::Answers(200, TOKEN), refused, Does::Answers(200, NEXT), refused];
    let gateway = Scripted::new(script);
    let error = gateway.client(RetryPolicy::default()).cancel_link("pl-1").await.unwrap_err();
    assert_eq!(error.api().unwrap().status, 401);
    assert!(gateway.is_done());
}

#[tokio::test(start_paused = true)]
async fn neither_secret_nor_token_prints() {
    let gateway = Scripted::new([Does::Answers(200, TOKEN), Does::Answers(200, LINK)]);
    let client = gateway.client(RetryPolicy::default());
    client.link_by_id("pl-1").await.unwrap();
    assert!(!format!("{client:?} {client:#?}").contains("hush"));

    // A token answer that cannot be read is told without what is in it.
    let odd = Does::Answers(200, r#"{"access_token":["hush"],"expires_in":"hush"}"#);
    let client = Scripted::new([odd]).client(RetryPolicy::default());
    let error = client.link_by_id("pl-1").await.unwrap_err();
    assert!(matches!(error, Error::UnreadableAnswer { status: 200, .. }));
    assert!(!format!("{error} {error:?}").contains("hush"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_the_apis_own_is_told_by_its_status() {
    for body in ["", "<html>Bad Gateway</html>", "[]", r#"{"code": 7}"#] {
        let gateway = Scripted::new([Does::Answers(200, TOKEN), Does::Answers(502, body)]);
        let error = gateway.client(RetryPolicy::default()).link_by_id("pl-1").await.unwrap_err();
        assert_eq!(error.to_string(), "HTTP 502, not in the API's envelope", "{body}");
        assert!(error.may_be_done());
    }
}
