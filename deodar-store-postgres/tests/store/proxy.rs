//! A proxy before the database that breaks a connection at its COMMIT, or at the one statement of a
//! batch that only makes what is new.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// The messages of the simple queries that begin and end transactions.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
const BEGIN: &[u8] = b"Q\0\0\0\x0aBEGIN\0";

/// What the server says of a COMMIT that it has made.
const COMMITTED: &[u8] = b"COMMIT\0";
/// What it says of a statement that has made rows.
const INSERTED: &[u8] = b"INSERT 0 ";
/// What a reference begins with by which the proxy knows the one statement of its batch.
pub(crate) const STRAIGHT: &str = "straight-";

/// What becomes of the next COMMIT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// It reaches the server, which answers; the answer is lost.
    AfterTheAnswer,
    /// It reaches the server; the client is gone before that answers.
    BeforeTheAnswer,
    /// It never reaches the server.
    BeforeTheServer,
    /// It is on its way to the server for so long that the client has already begun to ask, on
    /// another connection, what became of it.
    Late,
    /// It is on its way until the test lets it go on.
    Held,
}

#[derive(Default)]
struct State {
    cut: Mutex<Option<Cut>>,
    is_closed: Mutex<bool>,
    /// Rings when a transaction begins on any connection.
    begun: Notify,
    /// Lets go on what is held.
    released: Notify,
}

/// The proxy. It ends with the test's runtime.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

impl Proxy {
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*shared.is_closed.lock().unwrap() {
                    tokio::spawn(serve(client, server, Arc::clone(&shared)));
                }
            }
        });
        Self { port, state }
    }

    /// Breaks the connection of the next COMMIT so.
    pub(crate) fn cut_next(&self, cut: Cut) {
        *self.state.cut.lock().unwrap() = Some(cut);
    }

    /// Whether the connection was broken.
    pub(crate) fn has_cut(&self) -> bool {
        self.state.cut.lock().unwrap().is_none()
    }

    /// Lets go on what is held.
    pub(crate) fn release(&self) {
        self.state.released.notify_one();
    }

    /// Lets no new connection through, or lets them through again.
    pub(crate) fn close(&self, is_closed: bool) {
        *self.state.is_closed.lock().unwrap() = is_closed;
    }
}

fn position(of: &[u8], bytes: &[u8]) -> Option<usize> {
    bytes.windows(of.len()).position(|window| window == of)
}

/// Takes what the server says to the client; when the client is deaf, until it says what it says of a
/// commit.
async fn answer(
    mut from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    mut deaf_until: watch::Receiver<Option<&'static [u8]>>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        let bytes = &buffer[..length];
        let until = *deaf_until.borrow_and_update();
        if let Some(committed) = until {
            if position(committed, bytes).is_some() {
                return;
            }
        } else if to_client.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn serve(client: TcpStream, server: u16, state: Arc<State>) {
    let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let (deafen, deaf_until) = watch::channel(None);
    let answers = tokio::spawn(answer(from_server, to_client, deaf_until));
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        let bytes = &buffer[..length];
        let is_begin = position(BEGIN, bytes).is_some();
        let commit = position(COMMIT, bytes).map(|at| (at, COMMITTED));
        let straight = position(STRAIGHT.as_bytes(), bytes).filter(|_| !is_begin);
        let commit = commit.or(straight.map(|_| (0, INSERTED)));
        let cut = commit.and_then(|_| state.cut.lock().unwrap().take());
        let (Some(cut), Some((at, committed))) = (cut, commit) else {
            if to_server.write_all(bytes).await.is_err() {
                break;
            }
            if is_begin {
                state.begun.notify_waiters();
            }
            continue;
        };
        let mut begun = std::pin::pin!(state.begun.notified());
        begun.as_mut().enable();
        deafen.send(Some(committed)).unwrap();
        to_server.write_all(&bytes[..at]).await.unwrap();
        match cut {
            Cut::BeforeTheServer => answers.abort(),
            Cut::AfterTheAnswer => {
                to_server.write_all(&bytes[at..]).await.unwrap();
                answers.await.unwrap();
            }
            Cut::BeforeTheAnswer => {
                to_server.write_all(&bytes[at..]).await.unwrap();
                answers.abort();
            }
            Cut::Late | Cut::Held => {
                answers.abort();
                drop(from_client);
                match cut {
                    Cut::Late => begun.await,
                    _ => state.released.notified().await,
                }
                to_server.write_all(&bytes[at..]).await.unwrap();
                // The server reads it before it learns that nobody is there.
                drop(to_server);
            }
        }
        return;
    }
    answers.abort();
}
