//! Connections to the endpoints of webhooks, kept for the next webhook to the same server.
//!
//! An address is checked when a connection is made, and a kept connection is to that address. It is
//! kept for a moment without use, and not for long in all, so that a server that moves is followed.
//! Whoever sends drives the connection too: nothing else is woken by what comes over it.

mod tails;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::Instant;
use tower_service::Service;

use self::tails::Tails;
use crate::resolver::GuardedResolver;
use crate::send::{ANSWER_HEAD_MAX_BYTES, AttemptError, explain};

/// How long a connection is kept without use. Servers close theirs after five seconds or more.
const IDLE_MAX: Duration = Duration::from_secs(4);
/// How long a connection is used in all.
const LIFETIME_MAX: Duration = Duration::from_mins(1);
/// How many connections are kept without use in all.
const IDLE_CONNECTIONS_MAX: usize = 512;
/// The longest body of an answer that is read so that its connection can be used again, in bytes.
const ANSWER_BODY_MAX_BYTES: usize = 64 * 1024;
/// How long the rest of such an answer is waited for.
const ANSWER_BODY_TIME_MAX: Duration = Duration::from_millis(250);
/// What a developer reads of a connection that ended early.
const ENDED: &str = "connection closed before message completed";

/// How connections are made.
pub(crate) type Connector = HttpsConnector<HttpConnector<GuardedResolver>>;
type Io = <Connector as Service<Uri>>::Response;

/// A connection.
struct Live {
    sender: SendRequest<Full<Bytes>>,
    connection: Pin<Box<Connection<Io, Full<Bytes>>>>,
    made_at: Instant,
}

/// A connection that nobody uses.
struct Idle {
    live: Live,
    since: Instant,
}

/// The connections that nobody uses, by their servers: the last used is the last.
#[derive(Default)]
struct Kept {
    by_server: HashMap<Arc<str>, Vec<Idle>>,
    count: usize,
    is_swept: bool,
}

/// Connections to servers.
pub(crate) struct Connections {
    connector: Connector,
    kept: Arc<Mutex<Kept>>,
    tails: Tails,
}

/// A request that was not answered.
struct Failed {
    error: AttemptError,
    /// The connection broke, as it does where the server had ended it before it saw the request.
    is_broken: bool,
}

impl Connections {
    /// Connections that are made in this way.
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, kept: Arc::default(), tails: Tails::default() }
    }

    /// Sends a request, made by `request`, to a server, and tells the status of the answer, which
    /// must begin in `time_max`. A server may end a kept connection at any moment, so that a request
    /// that gets no answer over one is sent once more over a new one.
    pub(crate) async fn send(
        &self,
        server: &Arc<str>,
        origin: &Uri,
        time_max: Duration,
        request: impl Fn() -> Result<Request<Full<Bytes>>, AttemptError>,
    ) -> Result<StatusCode, AttemptError> {
        let answered = tokio::time::timeout(time_max, self.answer(server, origin, request)).await;
        let (live, answer) = answered.map_err(|_| AttemptError::TimedOut)??;
        let status = answer.status();
        let rest = Rest { live, body: answer.into_body(), bytes: 0 };
        self.keep_after(Arc::clone(server), rest).await;
        Ok(status)
    }

    async fn answer(
        &self,
        server: &Arc<str>,
        origin: &Uri,
        request: impl Fn() -> Result<Request<Full<Bytes>>, AttemptError>,
    ) -> Result<(Live, Response<Incoming>), AttemptError> {
        if let Some(mut live) = self.take(server) {
            match live.answer(request()?).await {
                Ok(answer) => return Ok((live, answer)),
                Err(Failed { is_broken: true, .. }) => {}
                Err(Failed { error, .. }) => return Err(error),
            }
        }
        let mut live = self.connect(origin.clone()).await?;
        match live.answer(request()?).await {
            Ok(answer) => Ok((live, answer)),
            Err(Failed { error, .. }) => Err(error),
        }
    }

    async fn connect(&self, origin: Uri) -> Result<Live, AttemptError> {
        let mut connector = self.connector.clone();
        poll_fn(|context| connector.poll_ready(context)).await.map_err(|error| explain(&*error))?;
        let io = connector.call(origin).await.map_err(|error| explain(&*error))?;
        let shaken = Builder::new().max_buf_size(ANSWER_HEAD_MAX_BYTES).handshake(io).await;
        let (sender, connection) = shaken.map_err(|error| explain(&error))?;
        Ok(Live { sender, connection: Box::pin(connection), made_at: Instant::now() })
    }

    /// Keeps a connection once the rest of its answer was read. Most have come with their heads;
    /// nobody waits for the others, and where too many are read already the connection is closed.
    async fn keep_after(&self, server: Arc<str>, mut rest: Rest) {
        match poll_fn(|context| Poll::Ready(rest.read(context))).await {
            Poll::Ready(true) => keep(&self.kept, server, rest.live),
            Poll::Ready(false) => {}
            Poll::Pending => {
                let Some(tail) = self.tails.begin(&server) else { return };
                let kept = Arc::clone(&self.kept);
                tokio::spawn(async move {
                    let _tail = tail;
                    let read = poll_fn(|context| rest.read(context));
                    if let Ok(true) = tokio::time::timeout(ANSWER_BODY_TIME_MAX, read).await {
                        keep(&kept, server, rest.live);
                    }
                });
            }
        }
    }

    /// The connection to a server that was used last, if one is kept that can be used.
    fn take(&self, server: &str) -> Option<Live> {
        let idle = lock(&self.kept).take(server)?;
        // Those below it were used before it.
        (idle.since.elapsed() < IDLE_MAX).then_some(idle.live)
    }
}

fn keep(kept: &Arc<Mutex<Kept>>, server: Arc<str>, live: Live) {
    if live.made_at.elapsed() >= LIFETIME_MAX {
        return;
    }
    let mut all = lock(kept);
    all.keep(server, live);
    if !std::mem::replace(&mut all.is_swept, true) {
        tokio::spawn(sweep(Arc::downgrade(kept)));
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes what is kept for too long, until nothing is kept.
async fn sweep(kept: Weak<Mutex<Kept>>) {
    loop {
        tokio::time::sleep(IDLE_MAX).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut kept = lock(&kept);
        kept.drop_stale();
        if kept.count == 0 {
            kept.is_swept = false;
            return;
        }
    }
}

impl Kept {
    fn take(&mut self, server: &str) -> Option<Idle> {
        let idle = self.by_server.get_mut(server)?.pop()?;
        self.count = self.count.saturating_sub(1);
        Some(idle)
    }

    fn keep(&mut self, server: Arc<str>, live: Live) {
        if self.count >= IDLE_CONNECTIONS_MAX {
            return;
        }
        let idle = Idle { live, since: Instant::now() };
        match self.by_server.entry(server) {
            Entry::Occupied(mut all) => all.get_mut().push(idle),
            Entry::Vacant(none) => drop(none.insert(vec![idle])),
        }
        self.count += 1;
    }

    fn drop_stale(&mut self) {
        self.by_server.retain(|_, all| {
            all.retain(|idle| idle.since.elapsed() < IDLE_MAX);
            !all.is_empty()
        });
        self.count = self.by_server.values().map(Vec::len).sum();
    }
}

impl Live {
    /// Sends a request and waits for the head of its answer.
    async fn answer(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failed> {
        // What the server has done meanwhile is seen before anything is sent.
        let is_over = poll_fn(|context| Poll::Ready(self.drive(context).is_ready())).await;
        if is_over || !self.sender.is_ready() {
            return Err(Failed::ended());
        }
        let mut answer = std::pin::pin!(self.sender.send_request(request));
        let connection = &mut self.connection;
        poll_fn(|context| {
            let is_over = connection.as_mut().poll(context).is_ready();
            match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Poll::Ready(answer.map_err(|error| Failed::of(&error))),
                Poll::Pending if is_over => Poll::Ready(Err(Failed::ended())),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Lets the connection go on until it waits or is over.
    fn drive(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.connection.as_mut().poll(context).map(drop)
    }
}

impl Failed {
    fn of(error: &hyper::Error) -> Self {
        Self { error: explain(error), is_broken: !error.is_parse() }
    }

    fn ended() -> Self {
        Self { error: AttemptError::Connection(ENDED.to_owned()), is_broken: true }
    }
}

/// The rest of an answer, on its connection.
struct Rest {
    live: Live,
    body: Incoming,
    bytes: usize,
}

impl Rest {
    /// Reads on, and tells at the end whether the connection can be used again.
    fn read(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        loop {
            let is_over = self.live.drive(context).is_ready();
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) if !is_over => {
                    self.bytes += frame.data_ref().map_or(0, Bytes::len);
                    if self.bytes > ANSWER_BODY_MAX_BYTES {
                        return Poll::Ready(false);
                    }
                }
                Poll::Ready(None) if !is_over => {
                    let is_over = self.live.drive(context).is_ready();
                    return Poll::Ready(!is_over && self.live.sender.is_ready());
                }
                Poll::Pending if !is_over => return Poll::Pending,
                _ => return Poll::Ready(false),
            }
        }
    }
}

#[cfg(test)]
mod tests;
