//! How often one may call: API calls of a merchant, and failed logins.
//!
//! Both are counted in memory, by each node for itself, and in real time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use deodar_domain::id::{MerchantId, UuidBits};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;

/// How long a failed login counts.
pub const FAILED_LOGINS_WINDOW: Duration = Duration::from_mins(10);
/// How many pairs of client id and address are remembered. The oldest is forgotten first.
const FAILED_LOGIN_ENTRIES_MAX: usize = 10_000;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Who may call how often; no number is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many calls of a merchant are answered in a second.
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
    calls: Option<CallLimiter>,
    logins: Option<FailedLogins>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        let calls = limits.calls_per_second.map(|calls| {
            let store = HashMapStateStore::default();
            CallLimiter::new(Quota::per_second(calls), store, MonotonicClock)
        });
        Self { calls, logins: limits.failed_logins_max.map(FailedLogins::new) }
    }

    /// Counts a call of a merchant, and notes in `allowance` how many are left.
    pub(crate) fn count_call(
        &self,
        merchant: MerchantId,
        allowance: Option<&Allowance>,
    ) -> Result<(), ApiError> {
        let Some(calls) = &self.calls else { return Ok(()) };
        let (limit, remaining, refusal) = match calls.check_key(&merchant) {
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

    /// Refuses a login for a client id from an address where too many have failed.
    pub(crate) fn check_login(&self, login: Login) -> Result<(), ApiError> {
        let Some(logins) = &self.logins else { return Ok(()) };
        logins.check(login, Instant::now()).map_err(ApiError::too_many_requests)
    }

    /// Counts a failed login.
    pub(crate) fn count_failed_login(&self, login: Login) {
        if let Some(logins) = &self.logins {
            logins.count(login, Instant::now());
        }
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

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Instant,
}

struct FailedLogins {
    max: NonZeroU32,
    failures: Mutex<HashMap<Login, Failures>>,
}

impl FailedLogins {
    fn new(max: NonZeroU32) -> Self {
        Self { max, failures: Mutex::default() }
    }

    /// How long to wait, where too many have failed.
    fn check(&self, login: Login, now: Instant) -> Result<(), Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = failures.get(&login) else { return Ok(()) };
        let age = now.saturating_duration_since(known.since);
        match FAILED_LOGINS_WINDOW.checked_sub(age) {
            Some(rest) if known.count >= self.max.get() && !rest.is_zero() => Err(rest),
            _ => Ok(()),
        }
    }

    fn count(&self, login: Login, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over =
            |known: &Failures| now.saturating_duration_since(known.since) >= FAILED_LOGINS_WINDOW;
        if failures.len() >= FAILED_LOGIN_ENTRIES_MAX && !failures.contains_key(&login) {
            failures.retain(|_, known| !is_over(known));
            if failures.len() >= FAILED_LOGIN_ENTRIES_MAX {
                let oldest = failures.iter().min_by_key(|(_, known)| known.since);
                if let Some(oldest) = oldest.map(|(login, _)| *login) {
                    failures.remove(&oldest);
                }
            }
        }
        let known = failures.entry(login).or_insert(Failures { count: 0, since: now });
        if is_over(known) {
            *known = Failures { count: 0, since: now };
        }
        known.count = known.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(client: u128, address: &str) -> Login {
        Login::new(&UuidBits(client).hyphenated(), Some(address.parse().unwrap()))
    }

    fn logins(max: u32) -> FailedLogins {
        FailedLogins::new(NonZeroU32::new(max).unwrap())
    }

    #[test]
    fn logins_are_refused_after_the_last_allowed_failure_until_the_window_is_over() {
        let (logins, start) = (logins(3), Instant::now());
        let one = login(1, "192.0.2.1");
        for _ in 0..3 {
            assert_eq!(logins.check(one, start), Ok(()));
            logins.count(one, start);
        }
        assert_eq!(logins.check(one, start), Err(FAILED_LOGINS_WINDOW));
        assert_eq!(logins.check(login(2, "192.0.2.1"), start), Ok(()), "another client");
        assert_eq!(logins.check(login(1, "192.0.2.2"), start), Ok(()), "another address");
        let end = start + FAILED_LOGINS_WINDOW;
        assert_eq!(logins.check(one, end), Ok(()));
        logins.count(one, end);
        assert_eq!(logins.check(one, end), Ok(()), "the count began anew");
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

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_is_forgotten() {
        let (logins, start) = (logins(1), Instant::now());
        for client in 0..=u64::try_from(FAILED_LOGIN_ENTRIES_MAX).unwrap() {
            let at = start + Duration::from_millis(client);
            logins.count(login(u128::from(client), "192.0.2.1"), at);
        }
        assert_eq!(logins.failures.lock().unwrap().len(), FAILED_LOGIN_ENTRIES_MAX);
        let now = start + Duration::from_secs(11);
        assert_eq!(logins.check(login(0, "192.0.2.1"), now), Ok(()));
        assert!(logins.check(login(1, "192.0.2.1"), now).is_err());
    }

    #[test]
    fn a_merchant_has_its_own_number_of_calls() {
        let limits = Limits { calls_per_second: NonZeroU32::new(2), ..Limits::NONE };
        let limiter = Limiter::new(limits);
        let [one, two] = [100_001, 100_002].map(|number| MerchantId::new(number).unwrap());
        let allowance = Allowance::default();
        assert!(limiter.count_call(one, Some(&allowance)).is_ok());
        assert_eq!(allowance.0.get(), Some(&(2, 1)));
        assert!(limiter.count_call(one, None).is_ok());
        let allowance = Allowance::default();
        assert!(limiter.count_call(one, Some(&allowance)).is_err());
        assert_eq!(allowance.0.get(), Some(&(2, 0)));
        assert!(limiter.count_call(two, None).is_ok());
    }
}
