use std::sync::atomic::{AtomicUsize, Ordering};

use deodar_domain::url::MerchantUrl;
use deodar_engine::work::DeliveryHeaders;
use deodar_kit::stop_time;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::tails::TAILS_EACH_MAX;
use super::*;
use crate::config::CourierConfig;
use crate::send::{DELIVERY_TIME_MAX, Sender, guarded_connector};

const TAKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// A server that answers so many requests over each connection, and ends it when another came.
struct Server {
    url: MerchantUrl,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    ended: Arc<Notify>,
}

impl Server {
    async fn open(answers_each: usize, answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::default(), Arc::default());
        let ended = Arc::new(Notify::new());
        let server = Self { url: MerchantUrl::parse(&url).unwrap(), connections, requests, ended };
        let (connections, requests) =
            (Arc::clone(&server.connections), Arc::clone(&server.requests));
        let ended = Arc::clone(&server.ended);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, answer) = (Arc::clone(&requests), answer.clone());
                let ended = Arc::clone(&ended);
                tokio::spawn(async move {
                    serve(stream, answers_each, &answer, &requests).await;
                    ended.notify_one();
                });
            }
        });
        server
    }

    fn seen(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }

    async fn told(&self, sender: &Sender) -> Result<u16, String> {
        let headers = DeliveryHeaders {
            id: "msg_1".to_owned(),
            timestamp: "1728543028".to_owned(),
            signature: "v1,AA==".to_owned(),
        };
        let sent = sender.send(&self.url, &headers, "{}").await;
        sent.map(|status| status.as_u16()).map_err(|error| error.to_string())
    }
}

async fn serve(stream: TcpStream, answers: usize, answer: &str, requests: &AtomicUsize) {
    let mut stream = BufReader::new(stream);
    for number in 0..=answers {
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|bytes| bytes > 2) {
            line.clear();
        }
        if stream.read_exact(&mut [0; 2]).await.is_err() {
            return;
        }
        requests.fetch_add(1, Ordering::SeqCst);
        if number < answers {
            // The sender may have gone.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }
}

fn sender() -> Sender {
    Sender::new(&CourierConfig::sandbox()).unwrap()
}

#[tokio::test]
async fn webhooks_to_one_server_go_over_one_connection() {
    let _stopped = stop_time();
    let (server, sender) = (Server::open(100, TAKEN.to_owned()).await, sender());
    for _ in 0..5 {
        assert_eq!(server.told(&sender).await, Ok(200));
    }
    assert_eq!(server.seen(), (1, 5));
}

#[tokio::test]
async fn a_webhook_that_a_kept_connection_swallows_goes_over_another() {
    let _stopped = stop_time();
    let (server, sender) = (Server::open(1, TAKEN.to_owned()).await, sender());
    for _ in 0..3 {
        assert_eq!(server.told(&sender).await, Ok(200));
    }
    // The second and the third came twice each: the first time nobody answered.
    assert_eq!(server.seen(), (3, 5));
}

#[tokio::test]
async fn a_webhook_that_a_new_connection_swallows_was_not_delivered() {
    let _stopped = stop_time();
    let (server, sender) = (Server::open(0, TAKEN.to_owned()).await, sender());
    let told = server.told(&sender).await.unwrap_err();
    assert!(told.starts_with("no connection: "), "{told}");
    assert_eq!(server.seen(), (1, 1));
}

#[tokio::test]
async fn a_connection_that_its_server_has_ended_is_not_used() {
    let close = TAKEN.replacen("content-length", "connection: close\r\ncontent-length", 1);
    for answer in [close, "HTTP/1.1 503 -\r\ncontent-length: 65537\r\n\r\n".to_owned()] {
        let is_taken = answer.starts_with("HTTP/1.1 200");
        let (server, sender) = (Server::open(100, answer).await, sender());
        for _ in 0..2 {
            assert_eq!(server.told(&sender).await.is_ok(), is_taken);
            server.ended.notified().await;
        }
        assert_eq!(server.seen(), (2, 2));
    }
}

#[tokio::test]
async fn the_head_of_an_answer_decides_whatever_becomes_of_the_rest() {
    let _stopped = stop_time();
    let endless = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_owned();
    let (server, sender) = (Server::open(100, endless).await, sender());
    for _ in 0..3 {
        assert_eq!(server.told(&sender).await, Ok(200));
    }
    assert_eq!(server.seen(), (3, 3));
}

#[tokio::test]
async fn few_answers_of_a_server_that_ends_none_are_read_on() {
    let endless = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_owned();
    let server = Server::open(100, endless).await;
    let connections = Connections::new(guarded_connector(true).unwrap());
    let origin: Uri = server.url.as_str().trim_end_matches("/hooks").parse().unwrap();
    let address: Arc<str> = origin.to_string().into();
    let send = || {
        let request = || Ok(Request::post("/").body(Full::new(Bytes::from("{}"))).unwrap());
        connections.send(&address, &origin, DELIVERY_TIME_MAX, request)
    };
    let read_on = || Arc::strong_count(&connections.kept) - 1;
    assert_eq!((send().await.unwrap(), read_on()), (StatusCode::OK, 1));
    let others: Vec<_> = std::iter::from_fn(|| connections.tails.begin(&address)).collect();
    assert_eq!(others.len(), TAILS_EACH_MAX - 1);
    // The first has ended when its server sees it.
    server.ended.notified().await;
    let last = connections.tails.begin(&address);
    assert!(last.is_some());
    assert_eq!((send().await.unwrap(), read_on()), (StatusCode::OK, 0));
    drop((others, last));
    assert_eq!((send().await.unwrap(), read_on()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_connection_is_kept_for_a_moment() {
    let _stopped = stop_time();
    let (server, sender) = (Server::open(100, TAKEN.to_owned()).await, sender());
    assert_eq!(server.told(&sender).await, Ok(200));
    tokio::time::advance(IDLE_MAX / 2).await;
    assert_eq!(server.told(&sender).await, Ok(200));
    assert_eq!(server.seen(), (1, 2));
    tokio::time::advance(IDLE_MAX).await;
    assert_eq!(server.told(&sender).await, Ok(200));
    assert_eq!(server.seen(), (2, 3));
}

#[tokio::test]
async fn no_connection_is_kept_for_ever() {
    let _stopped = stop_time();
    let (server, sender) = (Server::open(1_000, TAKEN.to_owned()).await, sender());
    let mut waited = Duration::ZERO;
    while waited <= LIFETIME_MAX + IDLE_MAX {
        assert_eq!(server.told(&sender).await, Ok(200));
        tokio::time::advance(IDLE_MAX / 2).await;
        waited += IDLE_MAX / 2;
    }
    assert_eq!(server.seen().0, 2);
}
