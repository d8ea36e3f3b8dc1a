//! How often one may guess the address of a link. Guesses are counted in memory, by each node for
//! itself, and in real time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::error::PageError;

/// How long a wrong guess counts.
const WINDOW: Duration = Duration::from_mins(10);
/// How many guesses from one network may be wrong in [`WINDOW`]. Many people share an address of a
/// mobile carrier, and some mistype; whoever searches needs billions.
const WRONG_MAX: u32 = 60;
/// How many networks are remembered. The oldest is forgotten first.
const NETWORKS_MAX: usize = 10_000;

/// Who has guessed wrong how often.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<HashMap<IpAddr, Wrong>>);

struct Wrong {
    count: u32,
    since: Instant,
}

impl Wrong {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }
}

impl Guesses {
    /// Whether a network has guessed wrong too often.
    fn are_too_many(&self, network: IpAddr, now: Instant) -> bool {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get(&network).is_some_and(|wrong| !wrong.is_over(now) && wrong.count >= WRONG_MAX)
    }

    /// Counts a wrong guess.
    fn count(&self, network: IpAddr, now: Instant) {
        let mut networks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if networks.len() >= NETWORKS_MAX && !networks.contains_key(&network) {
            networks.retain(|_, wrong| !wrong.is_over(now));
            if networks.len() >= NETWORKS_MAX {
                let oldest = networks.iter().min_by_key(|(_, wrong)| wrong.since);
                if let Some(oldest) = oldest.map(|(network, _)| *network) {
                    networks.remove(&oldest);
                }
            }
        }
        let wrong = networks.entry(network).or_insert(Wrong { count: 0, since: now });
        if wrong.is_over(now) {
            *wrong = Wrong { count: 0, since: now };
        }
        wrong.count = wrong.count.saturating_add(1);
    }
}

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

/// Turns away whoever has guessed wrong too often, from right addresses too: else a guess would
/// cost nothing.
pub(crate) async fn limit(
    State(guesses): State<Arc<Guesses>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let Some(network) = peer.and_then(|ConnectInfo(peer)| network(peer.ip())) else {
        return next.run(request).await;
    };
    if guesses.are_too_many(network, Instant::now()) {
        return PageError::TooManyRequests.into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        guesses.count(network, Instant::now());
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Path;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    fn pages() -> Router {
        let page = async |Path(slug): Path<String>| {
            if slug == "right" { StatusCode::OK } else { StatusCode::NOT_FOUND }
        };
        let guesses = Arc::<Guesses>::default();
        Router::new().route("/{slug}", get(page)).route_layer(from_fn_with_state(guesses, limit))
    }

    async fn open(pages: &Router, peer: &str, slug: &str) -> StatusCode {
        let mut request = Request::builder().uri(format!("/{slug}")).body(Body::empty()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        pages.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn whoever_guesses_on_is_turned_away_and_nobody_else() {
        let pages = pages();
        for _ in 0..WRONG_MAX {
            assert_eq!(open(&pages, "198.51.100.1", "right").await, StatusCode::OK);
            assert_eq!(open(&pages, "198.51.100.1", "wrong").await, StatusCode::NOT_FOUND);
        }
        for slug in ["wrong", "right"] {
            let answer = open(&pages, "198.51.100.1", slug).await;
            assert_eq!(answer, StatusCode::TOO_MANY_REQUESTS, "{slug}");
        }
        assert_eq!(open(&pages, "198.51.100.2", "right").await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_proxy_is_not_turned_away_for_one_of_its_payers() {
        let pages = pages();
        for _ in 0..=WRONG_MAX {
            assert_eq!(open(&pages, "10.0.0.1", "wrong").await, StatusCode::NOT_FOUND);
        }
        assert_eq!(open(&pages, "10.0.0.1", "right").await, StatusCode::OK);
    }

    #[test]
    fn the_count_begins_anew_after_the_window() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        let one = IpAddr::from([198, 51, 100, 1]);
        (0..WRONG_MAX).for_each(|_| guesses.count(one, start));
        assert!(guesses.are_too_many(one, start));
        assert!(!guesses.are_too_many(one, start + WINDOW));
        guesses.count(one, start + WINDOW);
        assert!(!guesses.are_too_many(one, start + WINDOW));
    }

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

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_is_forgotten() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for number in 0..=u32::try_from(NETWORKS_MAX).unwrap() {
            let at = start + Duration::from_millis(number.into());
            guesses.count(IpAddr::V4(number.into()), at);
        }
        let networks = guesses.0.lock().unwrap();
        assert_eq!(networks.len(), NETWORKS_MAX);
        assert!(!networks.contains_key(&IpAddr::V4(0.into())));
    }
}
