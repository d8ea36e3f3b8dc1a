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
const HOLD_MAX: Duration = Duration::from_secs(1);
/// The longest that a webhook is put back because its endpoint is busy.
const POSTPONE_MAX: Duration = Duration::from_mins(10);

/// What is known of an endpoint.
#[derive(Debug, Default)]
struct Known {
    /// How long its last answer took, or at least how long none came.
    latency: Duration,
    /// How many webhooks wait here.
    held: usize,
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
}

/// The endpoints that webhooks were sent to.
#[derive(Debug)]
pub(crate) struct Endpoints {
    places_each: usize,
    held_each_max: usize,
    known: Mutex<HashMap<EndpointId, Arc<Endpoint>>>,
}

/// A place among the webhooks under way to an endpoint. It is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    endpoint: Arc<Endpoint>,
    since: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Endpoints {
    /// Endpoints with so many places each, and so many webhooks that wait here for each.
    pub(crate) fn new(places_each: usize, held_each_max: usize) -> Self {
        Self { places_each: places_each.max(1), held_each_max, known: Mutex::default() }
    }

    /// Takes a place, now or within a moment. Where there is none, tells for how long the webhook is
    /// to be put back.
    pub(crate) async fn enter(&self, id: EndpointId) -> Result<Place, Duration> {
        let endpoint = self.endpoint(id);
        if let Ok(permit) = Arc::clone(&endpoint.places).try_acquire_owned() {
            endpoint.known().postponed = 0;
            return Ok(Place::new(endpoint, permit));
        }
        {
            let mut known = endpoint.known();
            if known.latency >= HOLD_MAX || known.held >= self.held_each_max {
                return Err(self.put_back(&mut known));
            }
            known.held += 1;
        }
        let place = Arc::clone(&endpoint.places).acquire_owned();
        let place = tokio::time::timeout(HOLD_MAX, place).await;
        let mut known = endpoint.known();
        known.held = known.held.saturating_sub(1);
        if let Ok(Ok(permit)) = place {
            drop(known);
            return Ok(Place::new(endpoint, permit));
        }
        known.latency = known.latency.max(HOLD_MAX);
        Err(self.put_back(&mut known))
    }

    fn endpoint(&self, id: EndpointId) -> Arc<Endpoint> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = known.entry(id).or_insert_with(|| {
            let places = Arc::new(Semaphore::new(self.places_each));
            Arc::new(Endpoint { places, known: Mutex::default() })
        });
        Arc::clone(endpoint)
    }

    /// Those who are put back are spread over the time that the endpoint needs for those before.
    fn put_back(&self, known: &mut Known) -> Duration {
        let rounds = 1 + known.postponed / self.places_each;
        known.postponed += 1;
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        known.latency.max(HOLD_MAX).saturating_mul(rounds).min(POSTPONE_MAX)
    }
}

impl Place {
    fn new(endpoint: Arc<Endpoint>, permit: OwnedSemaphorePermit) -> Self {
        Self { endpoint, since: Instant::now(), _permit: permit }
    }
}

impl Drop for Place {
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
        assert_eq!(endpoints.enter(SLOW).await.unwrap_err(), HOLD_MAX);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_is_quick_again_is_waited_for_again() {
        let endpoints = Endpoints::new(1, 10);
        let slow = endpoints.enter(SLOW).await.unwrap();
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(slow);
        let quick = endpoints.enter(SLOW).await.unwrap();
        assert_eq!(endpoints.enter(SLOW).await.unwrap_err().as_secs(), 5);
        drop(quick);
        let place = endpoints.enter(SLOW).await.unwrap();
        let (waited, ()) = tokio::join!(endpoints.enter(SLOW), async { drop(place) });
        assert!(waited.is_ok());
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
