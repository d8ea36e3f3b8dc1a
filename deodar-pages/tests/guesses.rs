//! Guessing the addresses of links: whoever goes on is turned away, by every node.

#[cfg(test)]
mod common;

use common::{Shop, terms};
use http::StatusCode;
use peers::open;

/// How many guesses from one network may be wrong.
const WRONG_MAX: usize = 60;
const WRONG: &str = "/PLUTUS/wrong";

#[cfg(test)]
mod peers {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use http::{Request, StatusCode};

    use crate::common::Shop;

    pub(crate) async fn open(shop: &Shop, peer: &str, path: &str) -> StatusCode {
        let mut request = Request::get(path).body(Body::empty()).expect("a request");
        let peer = SocketAddr::new(peer.parse().expect("an address"), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        shop.send(request).await.status
    }
}

#[tokio::test]
async fn whoever_guesses_on_is_turned_away_and_nobody_else() {
    let shop = Shop::open_outside_the_sandbox().await;
    let right = shop.link(terms("guessed")).await;
    for _ in 0..WRONG_MAX {
        assert_eq!(open(&shop, "198.51.100.1", &right).await, StatusCode::OK);
        assert_eq!(open(&shop, "198.51.100.1", WRONG).await, StatusCode::NOT_FOUND);
    }
    for path in [WRONG, &right] {
        let answer = open(&shop, "198.51.100.1", path).await;
        assert_eq!(answer, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    assert_eq!(open(&shop, "198.51.100.2", &right).await, StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_several_nodes_are_counted_together() {
    let one = Shop::open_outside_the_sandbox().await;
    let (two, three) = (one.beside().await, one.beside().await);
    let right = one.link(terms("guessed")).await;
    for _ in 0..WRONG_MAX / 2 {
        for shop in [&one, &two] {
            assert_eq!(open(shop, "198.51.100.1", WRONG).await, StatusCode::NOT_FOUND);
        }
    }
    for shop in [&one, &two] {
        shop.engine.share_tallies().await.expect("a store");
    }
    let answer = open(&three, "198.51.100.1", &right).await;
    assert_eq!(answer, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(open(&three, "198.51.100.2", &right).await, StatusCode::OK);
}

#[tokio::test]
async fn a_proxy_is_not_turned_away_for_one_of_its_payers() {
    let shop = Shop::open_outside_the_sandbox().await;
    let right = shop.link(terms("guessed")).await;
    for _ in 0..=WRONG_MAX {
        assert_eq!(open(&shop, "10.0.0.1", WRONG).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(open(&shop, "10.0.0.1", &right).await, StatusCode::OK);
}
