//! A merchant's server: it takes webhooks on a real socket and answers as it is told.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deodar_domain::signature::webhook_mac;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::gateway::PATIENCE;

/// What the server answers to a webhook.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Status(u16),
    Redirect(String),
    /// Nothing, as long as the server lives and the sender waits.
    Never,
}

/// A webhook that came.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) request_line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Hook {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn timestamp(&self) -> i64 {
        self.headers["webhook-timestamp"].parse().unwrap()
    }

    /// Whether its one signature is that of the secret.
    pub(crate) fn verifies(&self, secret: &[u8]) -> bool {
        let mac = webhook_mac(secret, self.id(), self.timestamp(), self.body.as_bytes());
        self.headers["webhook-signature"] == format!("v1,{}", BASE64.encode(mac))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn event_type(&self) -> String {
        self.json()["event_type"].as_str().unwrap().to_owned()
    }
}

/// The connections over which no answer comes.
#[derive(Default)]
struct Unanswered {
    open: Vec<std::net::TcpStream>,
    most: usize,
}

impl Unanswered {
    /// Keeps one more open, and lets go of those whose senders wait no longer.
    fn keep(&mut self, stream: TcpStream) {
        self.open.push(stream.into_std().unwrap());
        // The system is asked itself: it knows of an end before the runtime does.
        self.open.retain(|stream| {
            stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        });
        self.most = self.most.max(self.open.len());
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    address: SocketAddr,
    hooks: mpsc::UnboundedReceiver<Hook>,
    unanswered: Arc<Mutex<Unanswered>>,
    server: JoinSet<()>,
}

impl Receiver {
    /// A server that takes everything.
    pub(crate) async fn open() -> Self {
        Self::answering(|_| Answer::Status(200)).await
    }

    /// A server that answers the n-th webhook, from 0, as `answer` says.
    pub(crate) async fn answering(answer: fn(usize) -> Answer) -> Self {
        let port = deodar_kit::free_port().unwrap();
        Self::listening(([127, 0, 0, 1], port).into(), answer).await
    }

    /// The same server at the same address, after it was away.
    pub(crate) async fn back_again(address: SocketAddr) -> Self {
        Self::listening(address, |_| Answer::Status(200)).await
    }

    async fn listening(address: SocketAddr, answer: fn(usize) -> Answer) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{address}/hooks?shop=1");
        let (sender, hooks) = mpsc::unbounded_channel();
        let unanswered = Arc::new(Mutex::new(Unanswered::default()));
        let shared = Arc::clone(&unanswered);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let count = Arc::new(AtomicUsize::new(0));
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (sender, count) = (sender.clone(), Arc::clone(&count));
                let unanswered = Arc::clone(&shared);
                connections.spawn(async move {
                    let Some((hook, mut stream)) = read(stream).await else { return };
                    let head = head(answer(count.fetch_add(1, Ordering::SeqCst)));
                    // The test may have ended.
                    let tell = || drop(sender.send(hook));
                    if let Some(head) = head {
                        tell();
                        // The sender may have gone.
                        let _ = stream.write_all(head.as_bytes()).await;
                    } else {
                        unanswered.lock().unwrap().keep(stream);
                        tell();
                    }
                });
            }
        });
        Self { url, address, hooks, unanswered, server }
    }

    /// Goes away with all its connections, and leaves its address free.
    pub(crate) async fn close(mut self) -> SocketAddr {
        self.server.shutdown().await;
        self.unanswered.lock().unwrap().open.clear();
        self.address
    }

    pub(crate) async fn next(&mut self) -> Hook {
        self.next_within(PATIENCE).await.expect("no webhook came")
    }

    /// The next webhook, if one comes in time.
    pub(crate) async fn next_within(&mut self, time_max: Duration) -> Option<Hook> {
        let hook = tokio::time::timeout(time_max, self.hooks.recv()).await.ok()?;
        Some(hook.unwrap())
    }

    /// How many senders have waited for an answer that never comes, at one time.
    pub(crate) fn most_unanswered(&self) -> usize {
        self.unanswered.lock().unwrap().most
    }

    /// The webhooks that came and were not read.
    pub(crate) fn rest(&mut self) -> Vec<Hook> {
        std::iter::from_fn(|| self.hooks.try_recv().ok()).collect()
    }
}

async fn read(stream: TcpStream) -> Option<(Hook, TcpStream)> {
    let mut stream = BufReader::new(stream);
    let mut request_line = String::new();
    stream.read_line(&mut request_line).await.ok()?;
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        let before = headers.insert(name.to_ascii_lowercase(), value.to_owned());
        assert!(before.is_none(), "{name} was sent twice");
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    Some((
        Hook { request_line: request_line.trim_end().to_owned(), headers, body },
        stream.into_inner(),
    ))
}

/// What is written to a sender who is answered.
fn head(answer: Answer) -> Option<String> {
    match answer {
        Answer::Status(status) => Some(format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n")),
        Answer::Redirect(to) => {
            Some(format!("HTTP/1.1 307 -\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"))
        }
        Answer::Never => None,
    }
}
