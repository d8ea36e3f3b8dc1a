//! How often one may call: API calls of a merchant, and failed logins. Both are counted in real
//! time: calls in memory, by each node its share, and failed logins on all nodes together.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use deodar_domain::id::{MerchantId, UuidBits};
use deodar_engine::{Engine, Limit};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;

/// How long a failed login counts.
pub const FAILED_LOGINS_WINDOW: Duration = Duration::from_mins(10);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Who may call how often; no number is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many calls of a merchant are answered in a second, by all nodes together.
    pub calls_per_second: Option<NonZeroU32>,
    /// How many logins may fail for one client id from one address in [`FAILED_LOGINS_WINDOW`].
    pub failed_logins_max: Option<NonZeroU32>,
}

impl Limits {
    /// No limit, as in a sandbox.
    pub const NONE: Self = Self { calls_per_second: None, failed_logins_max: None };
    /// 100 calls a second and 10 failed logins.
    pub const PRODUCTION: Self =
        Self { calls_per_second: NonZeroU32::new(100), failed_logins_max: NonZeroU32::new(10) };
}

type CallLimiter = RateLimiter<
    MerchantId,
    HashMapStateStore<MerchantId>,
    MonotonicClock,
    StateInformationMiddleware,
>;

/// Counts calls and failed logins.
pub(crate) struct Limiter {
    calls: Option<Calls>,
    logins: Option<Limit>,
    engine: Arc<Engine>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits, engine: Arc<Engine>) -> Self {
        let logins = limits.failed_logins_max.map(|max| Limit {
            name: "login",
            times_max: max.get(),
            window: FAILED_LOGINS_WINDOW,
        });
        Self { calls: limits.calls_per_second.map(Calls::new), logins, engine }
    }

    /// Counts a call of a merchant, and notes in `allowance` how many are left.
    pub(crate) fn count_call(
        &self,
        merchant: MerchantId,
        allowance: Option<&Allowance>,
    ) -> Result<(), ApiError> {
        let Some(calls) = &self.calls else { return Ok(()) };
        calls.count(merchant, self.engine.nodes(), allowance)
    }

    /// Refuses a login for a client id from an address where too many have failed.
    pub(crate) async fn check_login(&self, login: Login) -> Result<(), ApiError> {
        let Some(limit) = &self.logins else { return Ok(()) };
        let checked = self.engine.check_limit(limit, &[&login.who(), &login.whence()]).await;
        checked.map_err(ApiError::too_many_requests)
    }

    /// Counts a failed login.
    pub(crate) fn count_failed_login(&self, login: Login) {
        if let Some(limit) = &self.logins {
            self.engine.count_for_limit(limit, &[&login.who(), &login.whence()]);
        }
    }
}

/// Counts calls in memory: each node answers its share of what a merchant may ask of all of them.
struct Calls {
    per_second: NonZeroU32,
    /// For how many nodes there are.
    of_nodes: RwLock<(NonZeroU32, CallLimiter)>,
}

impl Calls {
    fn new(per_second: NonZeroU32) -> Self {
        let of_nodes = RwLock::new((NonZeroU32::MIN, Self::limiter(per_second)));
        Self { per_second, of_nodes }
    }

    fn limiter(per_second: NonZeroU32) -> CallLimiter {
        let store = HashMapStateStore::default();
        CallLimiter::new(Quota::per_second(per_second), store, MonotonicClock)
    }

    /// Begins anew where there are more or fewer nodes than before.
    fn follow(&self, nodes: NonZeroU32) {
        let mut of_nodes = self.of_nodes.write().unwrap_or_else(PoisonError::into_inner);
        if of_nodes.0 != nodes {
            let share = self.per_second.get().div_ceil(nodes.get());
            let share = NonZeroU32::new(share).unwrap_or(NonZeroU32::MIN);
            *of_nodes = (nodes, Self::limiter(share));
        }
    }

    fn count(
        &self,
        merchant: MerchantId,
        nodes: NonZeroU32,
        allowance: Option<&Allowance>,
    ) -> Result<(), ApiError> {
        let mut of_nodes = self.of_nodes.read().unwrap_or_else(PoisonError::into_inner);
        if of_nodes.0 != nodes {
            drop(of_nodes);
            self.follow(nodes);
            of_nodes = self.of_nodes.read().unwrap_or_else(PoisonError::into_inner);
        }
        let (limit, remaining, refusal) = match of_nodes.1.check_key(&merchant) {
            Ok(state) => (state.quota().burst_size(), state.remaining_burst_capacity(), None),
            Err(until) => {
                let wait = until.wait_time_from(MonotonicClock.now());
                (until.quota().burst_size(), 0, Some(ApiError::too_many_requests(wait)))
            }
        };
        if let Some(allowance) = allowance {
            // A second request of this kind cannot be in the same allowance.
            let _ = allowance.0.set((limit.get(), remaining));
        }
        refusal.map_or(Ok(()), Err)
    }
}

/// How many calls a merchant has left, to be told in the answer. It travels with the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance(Arc<OnceLock<(u32, u32)>>);

impl Allowance {
    /// Tells it in the headers of the answer.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        if let Some((limit, remaining)) = self.0.get() {
            headers.insert(LIMIT, HeaderValue::from(*limit));
            headers.insert(REMAINING, HeaderValue::from(*remaining));
            // The whole allowance is there again after a second without a call.
            headers.insert(RESET, HeaderValue::from(1));
        }
    }
}

/// Who tries to log in from where. Counting both together lets nobody lock a merchant out from
/// elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Login {
    who: Who,
    network: Option<IpAddr>,
}

/// As whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Who {
    /// A client id of the token call. What is no client id at all counts as one.
    Client(Option<UuidBits>),
    /// A merchant's number in a legacy call, from a private address.
    Merchant(MerchantId),
    /// Any merchant's number in a legacy call: six digits are soon tried.
    AnyMerchant,
}

impl Login {
    pub(crate) fn new(client_id: &str, address: Option<IpAddr>) -> Self {
        let client = UuidBits::parse_hyphenated(client_id);
        Self { who: Who::Client(client), network: address.map(network) }
    }

    /// A legacy call. Those that fail are counted by their address alone; a private one is that of
    /// a proxy, which stands for every merchant, and there each is counted alone.
    pub(crate) fn legacy(merchant: MerchantId, address: Option<IpAddr>) -> Self {
        let network = address.map(network);
        let is_shared = network.is_none_or(is_private);
        let who = if is_shared { Who::Merchant(merchant) } else { Who::AnyMerchant };
        Self { who, network }
    }

    /// Whether many callers may share what is counted, as they do behind a proxy.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self.who, Who::Merchant(_))
    }

    /// As whom, in bytes that say nothing else.
    fn who(self) -> Vec<u8> {
        match self.who {
            Who::Client(None) => b"c".to_vec(),
            Who::Client(Some(id)) => [b"c".as_slice(), &id.0.to_be_bytes()].concat(),
            Who::Merchant(id) => [b"m".as_slice(), &id.as_u32().to_be_bytes()].concat(),
            Who::AnyMerchant => b"m".to_vec(),
        }
    }

    /// From where, likewise.
    fn whence(self) -> Vec<u8> {
        match self.network {
            None => Vec::new(),
            Some(IpAddr::V4(v4)) => v4.octets().to_vec(),
            Some(IpAddr::V6(v6)) => v6.octets().to_vec(),
        }
    }
}

/// The network of an address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        // Whoever has one address of IPv6 has all of its /64.
        IpAddr::V6(v6) if v6.is_loopback() => IpAddr::V6(v6),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Whether an address is of no public network.
const fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn login(client: u128, address: &str) -> Login {
        Login::new(&UuidBits(client).hyphenated(), Some(address.parse().unwrap()))
    }

    #[test]
    fn who_logs_in_from_where_is_told_apart_by_bytes() {
        let merchant = MerchantId::new(100_001).unwrap();
        let logins = [
            login(1, "192.0.2.1"),
            login(2, "192.0.2.1"),
            login(1, "192.0.2.2"),
            login(1, "2001:db8::1"),
            Login::new("no client id", "192.0.2.1".parse().ok()),
            Login::new("no client id", None),
            Login::legacy(merchant, "192.0.2.1".parse().ok()),
            Login::legacy(merchant, "127.0.0.1".parse().ok()),
            Login::legacy(merchant, None),
        ];
        let bytes: HashSet<_> = logins.map(|login| (login.who(), login.whence())).into();
        assert_eq!(bytes.len(), logins.len());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_a_mapped_one_is_ipv4() {
        assert_eq!(login(1, "2001:db8::1"), login(1, "2001:db8::ffff:1"));
        assert_ne!(login(1, "2001:db8::1"), login(1, "2001:db8:0:1::1"));
        assert_eq!(login(1, "::ffff:192.0.2.1"), login(1, "192.0.2.1"));
    }

    #[test]
    fn a_legacy_login_counts_by_its_address_and_behind_a_proxy_by_its_merchant() {
        let [one, two] = [100_001, 100_002].map(|number| MerchantId::new(number).unwrap());
        let cases = [
            ("192.0.2.1", true),
            ("2001:db8::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("169.254.0.1", false),
            ("::1", false),
            ("fd00::1", false),
            ("::ffff:10.0.0.1", false),
        ];
        for (address, alike) in cases {
            let [first, second] = [one, two].map(|id| Login::legacy(id, address.parse().ok()));
            assert_eq!(first == second, alike, "{address}");
            assert_ne!(first, login(1, address), "a login of the token call is another");
        }
        assert_ne!(Login::legacy(one, None), Login::legacy(two, None));
    }

    const ONE_NODE: NonZeroU32 = NonZeroU32::MIN;

    #[test]
    fn a_merchant_has_its_own_number_of_calls() {
        let calls = Calls::new(NonZeroU32::new(2).unwrap());
        let [one, two] = [100_001, 100_002].map(|number| MerchantId::new(number).unwrap());
        let allowance = Allowance::default();
        assert!(calls.count(one, ONE_NODE, Some(&allowance)).is_ok());
        assert_eq!(allowance.0.get(), Some(&(2, 1)));
        assert!(calls.count(one, ONE_NODE, None).is_ok());
        let allowance = Allowance::default();
        assert!(calls.count(one, ONE_NODE, Some(&allowance)).is_err());
        assert_eq!(allowance.0.get(), Some(&(2, 0)));
        assert!(calls.count(two, ONE_NODE, None).is_ok());
    }

    #[test]
    fn each_node_answers_its_share_of_the_calls() {
        let calls = Calls::new(NonZeroU32::new(100).unwrap());
        let merchant = MerchantId::new(100_001).unwrap();
        for (nodes, share) in [(1, 100), (3, 34), (2, 50), (1, 100), (500, 1)] {
            let allowance = Allowance::default();
            let nodes = NonZeroU32::new(nodes).unwrap();
            assert!(calls.count(merchant, nodes, Some(&allowance)).is_ok());
            assert_eq!(allowance.0.get(), Some(&(share, share - 1)), "of {nodes}");
        }
    }
}
