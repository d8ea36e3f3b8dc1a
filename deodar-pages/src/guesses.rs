//! How often one may guess the address of a link. Guesses are counted in real time, on all nodes
//! together.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use deodar_engine::{Engine, Limit};
use http::StatusCode;

use crate::error::PageError;

/// How long a wrong guess counts.
const WINDOW: Duration = Duration::from_mins(10);
/// How many guesses from one network may be wrong in [`WINDOW`]. Many people share an address of a
/// mobile carrier, and some mistype; whoever searches needs billions.
const WRONG_MAX: u32 = 60;
/// The limit of both.
const WRONG: Limit = Limit { name: "guess", times_max: WRONG_MAX, window: WINDOW };

/// The network that guesses come from; `None` for private addresses: they are those of a proxy,
/// which stands for every payer, and limits by itself.
pub(crate) fn network(peer: IpAddr) -> Option<IpAddr> {
    match peer.to_canonical() {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() => None,
        v4 @ IpAddr::V4(_) => Some(v4),
        IpAddr::V6(v6)
            if v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() =>
        {
            None
        }
        // Whoever has one address of IPv6 has all of its /64.
        IpAddr::V6(v6) => Some(IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into())),
    }
}

fn bytes(network: IpAddr) -> Vec<u8> {
    match network {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// Turns away whoever has guessed wrong too often, from right addresses too: else a guess would
/// cost nothing.
pub(crate) async fn limit(
    State(engine): State<Arc<Engine>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let Some(network) = peer.and_then(|ConnectInfo(peer)| network(peer.ip())) else {
        return next.run(request).await;
    };
    let network = bytes(network);
    if engine.check_limit(&WRONG, &[&network]).await.is_err() {
        return PageError::TooManyRequests.into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        engine.count_for_limit(&WRONG, &[&network]);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_apart() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:198.51.100.1"), network("198.51.100.1"));
        for private in ["127.0.0.1", "::ffff:10.0.0.1", "192.168.0.1", "::1", "fd00::1", "fe80::1"]
        {
            assert_eq!(network(private), None, "{private}");
        }
    }
}
