//! Connections that are kept, and what becomes of a call whose kept connection has ended.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull";

/// Reads one call of a connection; whether there was one.
async fn read(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 4_096];
    stream.read(&mut buffer).await.unwrap_or_default() > 0
}

/// A server that does this with each connection, the first of which has the number 1.
async fn serving<W: Future<Output = ()> + Send + 'static>(
    work: impl Fn(usize, TcpStream) -> W + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 1.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(work(number, stream));
        }
    });
    address
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let address = serving(move |number, mut stream| {
        counted.store(number, Ordering::SeqCst);
        async move {
            while read(&mut stream).await {
                stream.write_all(ANSWER).await.unwrap();
            }
        }
    })
    .await;
    let remote = remote(address, SECRET, PATIENT);
    for _ in 0..5 {
        remote.resend_challenge(operation(1)).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let two =
        tokio::join!(remote.resend_challenge(operation(1)), remote.resend_challenge(operation(2)));
    assert_eq!(two, (Ok(()), Ok(())));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_whose_kept_connection_has_ended_goes_over_another() {
    let ended = Arc::new(Notify::new());
    let tell = Arc::clone(&ended);
    let address = serving(move |_, mut stream| {
        let tell = Arc::clone(&tell);
        async move {
            assert!(read(&mut stream).await);
            stream.write_all(ANSWER).await.unwrap();
            stream.shutdown().await.unwrap();
            // The gateway closes its side once it has seen that.
            assert!(!read(&mut stream).await);
            tell.notify_one();
        }
    })
    .await;
    let remote = remote(address, SECRET, PATIENT);
    for _ in 0..3 {
        assert_eq!(remote.resend_challenge(operation(1)).await, Ok(()));
        ended.notified().await;
    }
}

#[tokio::test]
async fn no_call_shares_a_connection_after_its_server_has_said_so() {
    let app = Router::new().fallback(|| async { ([("connection", "close")], "null") });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let remote = remote(address, SECRET, PATIENT);
    for _ in 0..3 {
        remote.resend_challenge(operation(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_was_sent_is_never_sent_again() {
    // How many calls a connection answers before it ends at one that it has read.
    for answered in [0, 1] {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let address = serving(move |_, mut stream| {
            let counted = Arc::clone(&counted);
            async move {
                for call in 0..=answered {
                    if read(&mut stream).await {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                    if call < answered {
                        stream.write_all(ANSWER).await.unwrap();
                    }
                }
            }
        })
        .await;
        let remote = remote(address, SECRET, PATIENT);
        for _ in 0..answered {
            assert_eq!(remote.resend_challenge(operation(1)).await, Ok(()));
        }
        assert!(is_silent(&remote.resend_challenge(operation(1)).await));
        assert_eq!(reads.load(Ordering::SeqCst), answered + 1);
    }
}
