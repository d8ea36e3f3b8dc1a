//! How many webhooks are under way to each endpoint, so that a slow one leaves room for others.
//!
//! A webhook that finds its endpoint busy waits here for a moment, which is enough where the
//! endpoint is quick. Where it is slow, the webhook is put back into its queue, so that those of
//! other endpoints are reached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deodar_domain::id::EndpointId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The longest that a webhook waits here for its endpoint.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// What a quick endpoint is taken to need for a webhook, at least: others have more to do meanwhile.
const ROUND_MIN: Duration = Duration::from_millis(20);
/// The longest that a webhook is put back because its endpoint is busy.
const POSTPONE_MAX: Duration = Duration::from_mins(10);

/// What is known of an endpoint.
#[derive(Debug, Default)]
struct Known {
    /// How long its last answer took, or at least how long none came.
    latency: Duration,
    /// How many webhooks wait here.
    waiting: usize,
    /// How many wait for a moment, before they are written down.
    waiting_unwritten: usize,
    /// How many were put back since one found a place at once.
    postponed: usize,
}

#[derive(Debug)]
struct Endpoint {
    places: Arc<Semaphore>,
    known: Mutex<Known>,
}

impl Endpoint {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, if there is one now.
    fn place(self: &Arc<Self>) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        self.known().postponed = 0;
        Some(Place { endpoint: Arc::clone(self), permit })
    }

    /// A place, if there is one in time.
    async fn place_within(self: &Arc<Self>, time_max: Duration) -> Option<Place> {
        let place = Arc::clone(&self.places).acquire_owned();
        let permit = tokio::time::timeout(time_max, place).await.ok()?.ok()?;
        Some(Place { endpoint: Arc::clone(self), permit })
    }
}

/// The endpoints that webhooks were sent to.
#[derive(Debug)]
pub(crate) struct Endpoints {
    places_each: usize,
    waiting_each_max: usize,
    known: Mutex<HashMap<EndpointId, Arc<Endpoint>>>,
}

/// A place among the webhooks under way to an endpoint. It is given back when it is dropped, and
/// says nothing of the endpoint, which was not asked.
#[derive(Debug)]
pub(crate) struct Place {
    endpoint: Arc<Endpoint>,
    permit: OwnedSemaphorePermit,
}

/// A place whose webhook is being sent. It is given back when it is dropped, which is when the
/// endpoint has answered, or is waited for no longer.
#[derive(Debug)]
pub(crate) struct Asked {
    endpoint: Arc<Endpoint>,
    since: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Endpoints {
    /// Endpoints with so many places each, and so many webhooks that wait here for each.
    pub(crate) fn new(places_each: usize, waiting_each_max: usize) -> Self {
        Self { places_each: places_each.max(1), waiting_each_max, known: Mutex::default() }
    }

    /// Takes a place, now or within a moment. Where there is none, tells for how long the webhook is
    /// to be put back.
    pub(crate) async fn enter(&self, id: EndpointId) -> Result<Place, Duration> {
        let endpoint = self.endpoint(id);
        if let Some(place) = endpoint.place() {
            return Ok(place);
        }
        {
            let mut known = endpoint.known();
            if known.latency >= WAIT_MAX || known.waiting >= self.waiting_each_max {
                return Err(self.put_back(&mut known));
            }
            known.waiting += 1;
        }
        let place = endpoint.place_within(WAIT_MAX).await;
        let mut known = endpoint.known();
        known.waiting = known.waiting.saturating_sub(1);
        if let Some(place) = place {
            return Ok(place);
        }
        known.latency = known.latency.max(WAIT_MAX);
        Err(self.put_back(&mut known))
    }

    /// Takes a place, now or within `time_max`, if there is one. Who waits so keeps nobody from
    /// waiting by [`Endpoints::enter`].
    pub(crate) async fn enter_within(&self, id: EndpointId, time_max: Duration) -> Option<Place> {
        let endpoint = self.endpoint(id);
        if let Some(place) = endpoint.place() {
            return Some(place);
        }
        {
            let mut known = endpoint.known();
            if known.latency >= WAIT_MAX || known.waiting_unwritten >= self.waiting_each_max {
                return None;
            }
            known.waiting_unwritten += 1;
        }
        let place = endpoint.place_within(time_max).await;
        let mut known = endpoint.known();
        known.waiting_unwritten = known.waiting_unwritten.saturating_sub(1);
        drop(known);
        place
    }

    fn endpoint(&self, id: EndpointId) -> Arc<Endpoint> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = known.entry(id).or_insert_with(|| {
            let places = Arc::new(Semaphore::new(self.places_each));
            Arc::new(Endpoint { places, known: Mutex::default() })
        });
        Arc::clone(endpoint)
    }

    /// Those who are put back are spread over the time that the endpoint needs for those before. One
    /// that has never answered is taken for a slow one.
    fn put_back(&self, known: &mut Known) -> Duration {
        let rounds = 1 + (known.waiting + known.postponed) / self.places_each;
        known.postponed += 1;
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        let round = if known.latency.is_zero() { WAIT_MAX } else { known.latency };
        round.max(ROUND_MIN).saturating_mul(rounds).min(POSTPONE_MAX)
    }
}

impl Place {
    /// The webhook is sent now: the endpoint's time begins.
    pub(crate) fn begin(self) -> Asked {
        Asked { endpoint: self.endpoint, since: Instant::now(), _permit: self.permit }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.endpoint.known().latency = self.since.elapsed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: EndpointId = EndpointId(1);
    const OTHER: EndpointId = EndpointId(2);

    #[tokio::test(start_paused = true)]
    async fn a_webhook_waits_a_moment_for_a_quick_endpoint() {
        let endpoints = Endpoints::new(1, 10);
        let first = endpoints.enter(SLOW).await.unwrap();
        let (second, ()) = tokio::join!(endpoints.enter(SLOW), async {
            tokio::time::advance(Duration::from_millis(10)).await;
            drop(first);
        });
        assert!(second.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_endpoint_makes_its_own_wait_and_nobody_elses() {
        let endpoints = Endpoints::new(2, 10);
        let _places = [endpoints.enter(SLOW).await.unwrap(), endpoints.enter(SLOW).await.unwrap()];
        let begun = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(endpoints.enter(SLOW).await.unwrap_err().as_secs());
        }
        assert_eq!(waits, [1, 1, 2, 2, 3]);
        // Only the first one waited: from then on the endpoint was known to be slow.
        assert_eq!(begun.elapsed().as_secs(), 1);
        assert!(endpoints.enter(OTHER).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_wait_than_may() {
        let endpoints = Endpoints::new(1, 0);
        let begun = Instant::now();
        let _place = endpoints.enter(SLOW).await.unwrap();
        assert_eq!(endpoints.enter(SLOW).await.unwrap_err(), WAIT_MAX);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_is_quick_again_is_waited_for_again() {
        let endpoints = Endpoints::new(1, 10);
        let slow = endpoints.enter(SLOW).await.unwrap().begin();
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(slow);
        let quick = endpoints.enter(SLOW).await.unwrap().begin();
        assert_eq!(endpoints.enter(SLOW).await.unwrap_err().as_secs(), 5);
        drop(quick);
        let place = endpoints.enter(SLOW).await.unwrap();
        let (waited, ()) = tokio::join!(endpoints.enter(SLOW), async { drop(place) });
        assert!(waited.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_was_not_used_says_nothing_of_its_endpoint() {
        let endpoints = Endpoints::new(1, 0);
        for unused in [Duration::ZERO, Duration::from_mins(1)] {
            let asked = endpoints.enter(SLOW).await.unwrap().begin();
            tokio::time::advance(Duration::from_secs(5)).await;
            drop(asked);
            let place = endpoints.enter(SLOW).await.unwrap();
            tokio::time::advance(unused).await;
            drop(place);
            let _place = endpoints.enter(SLOW).await.unwrap();
            assert_eq!(endpoints.enter(SLOW).await.unwrap_err().as_secs(), 5);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_endpoint_is_asked_again_as_soon_as_it_has_done_what_came_before() {
        let endpoints = Endpoints::new(2, 0);
        let first = endpoints.enter(OTHER).await.unwrap();
        tokio::time::advance(Duration::from_secs(9)).await;
        let first = first.begin();
        tokio::time::advance(Duration::from_millis(100)).await;
        drop(first);
        let _places =
            [endpoints.enter(OTHER).await.unwrap(), endpoints.enter(OTHER).await.unwrap()];
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(endpoints.enter(OTHER).await.unwrap_err().as_millis());
        }
        assert_eq!(waits, [100, 100, 200, 200, 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_moment_takes_nobodys_room() {
        let moment = Duration::from_millis(50);
        let endpoints = Endpoints::new(1, 1);
        let place = endpoints.enter(OTHER).await.unwrap();
        let (soon, refused, later, ()) = tokio::join!(
            endpoints.enter_within(OTHER, moment),
            endpoints.enter_within(OTHER, moment),
            endpoints.enter(OTHER),
            async {
                tokio::time::sleep(Duration::from_millis(60)).await;
                drop(place);
            }
        );
        assert!(soon.is_none() && refused.is_none());
        assert!(later.is_ok());
        assert!(endpoints.enter_within(OTHER, moment).await.is_none());
        drop(later);
        assert!(endpoints.enter_within(OTHER, moment).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_put_back_for_longer_than_the_most() {
        let endpoints = Endpoints::new(1, 0);
        let _place = endpoints.enter(SLOW).await.unwrap();
        let mut longest = Duration::ZERO;
        for _ in 0..1_000 {
            longest = longest.max(endpoints.enter(SLOW).await.unwrap_err());
        }
        assert_eq!(longest, POSTPONE_MAX);
    }
}
