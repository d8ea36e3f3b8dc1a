//! The HTTP server under the routers: limits, TCP settings and an orderly end.

mod unread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::failure::Failure;

use self::unread::Arriving;

/// The most connections that are open at a time; more wait in the listener's queue.
pub const CONNECTIONS_MAX: usize = 8_192;
/// How long a client may take over the head of a request, and stay idle between two.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a request may take in all, a body that trickles in included. It is far above what any
/// handler grants itself.
pub const REQUEST_TIME_MAX: Duration = Duration::from_mins(2);
/// How long what is in flight is waited for at the end.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// How long connections without a request are waited for at the end: browsers open some that they
/// never use. An answer that was just given leaves in that time.
pub const IDLE_SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);
/// How often it is looked at the end whether a request is in flight.
const LOOK_PERIOD: Duration = Duration::from_millis(5);
/// The largest head of a request, in bytes.
const HEAD_SIZE_MAX: usize = 64 << 10;
/// How long the listener rests after it could not accept, for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener and where it listens: the port is known though it was asked for as 0.
pub struct Bound {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Takes a port.
pub async fn bind(setting: &str, address: SocketAddr) -> Result<Bound, Failure> {
    let taken = |error: std::io::Error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program has it: stop that, or choose another",
            std::io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
            _ => "choose another address",
        };
        Failure::setup(format!("cannot listen on {address} ({error}): {advice} by {setting}"))
    };
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok(Bound { listener, address })
}

/// Serves `router` until `stop` says so, then finishes what is in flight.
pub async fn serve(bound: Bound, router: Router, mut stop: watch::Receiver<bool>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let in_flight = InFlight::default();
    loop {
        let stream = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accept(&bound.listener, &connections) => accepted,
        };
        let Some((stream, peer, permit)) = stream else { continue };
        let connection =
            graceful.watch(connection(stream, peer, router.clone(), in_flight.clone()));
        tokio::spawn(async move {
            // A client that breaks off is no event of ours.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(bound);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = in_flight.over() => {}
        () = tokio::time::sleep(SHUTDOWN_TIMEOUT) => {
            tracing::warn!("some requests were not finished in time");
        }
    }
}

/// Counts the requests that are being answered. Nobody is told of each: the end looks at the counts.
#[derive(Clone, Default)]
struct InFlight(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// One request that is being answered; dropping it ends it, whatever became of it.
struct Begun(InFlight);

impl InFlight {
    fn begin(&self) -> Begun {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        Begun(self.clone())
    }

    /// Waits until no request has been in flight for a moment.
    async fn over(&self) {
        let mut idle: Option<(u64, Instant)> = None;
        loop {
            let ended = self.0.ended.load(Ordering::Acquire);
            let begun = self.0.begun.load(Ordering::Relaxed);
            idle = match idle {
                _ if begun != ended => None,
                // One that came and went between two looks was in flight, too.
                Some((before, since)) if before == begun => Some((before, since)),
                _ => Some((begun, Instant::now())),
            };
            if idle.is_some_and(|(_, since)| since.elapsed() >= IDLE_SHUTDOWN_TIMEOUT) {
                return;
            }
            tokio::time::sleep(LOOK_PERIOD).await;
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::Release);
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // An answer is one small write; waiting for more would only delay it.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    in_flight: InFlight,
) -> impl GracefulConnection<Error = hyper::Error> {
    let service = service_fn(move |request: Request<Incoming>| {
        let (mut head, body) = request.into_parts();
        head.extensions.insert(ConnectInfo(peer));
        let begun = in_flight.begin();
        let (body, ending) = Arriving::new(&head.headers, body);
        let request = Request::from_parts(head, axum::body::Body::new(body));
        let answer = router.clone().oneshot(request);
        async move {
            let answer = tokio::time::timeout(REQUEST_TIME_MAX, answer).await;
            drop(begun);
            let answer = answer.unwrap_or_else(|_| Ok(StatusCode::REQUEST_TIMEOUT.into_response()));
            answer.map(|answer| ending.told_in(answer))
        }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(HEAD_SIZE_MAX)
        .serve_connection(TokioIo::new(stream), service)
}
