//! A line of the log and two metrics for every request.
//!
//! Architecture Invariant: a label or a line names the route, never the path, the query or the
//! body: those hold references, slugs and tokens, and there is no end of them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use axum::routing::Route;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram};

use crate::around::{Answering, Around, Stand, run};
use crate::request_id::identify;

/// The route of what no route matches.
const UNMATCHED: &str = "unmatched";

/// Gives every request of `router` its id, counts it, times it and logs it.
pub fn observe(router: Router) -> Router {
    router.layer(Stand(Observe::default()))
}

#[derive(Clone, Default)]
struct Observe(Arc<Metrics>);

impl Around for Observe {
    fn around(&self, request: Request, rest: &mut Route) -> Answering {
        let metrics = Arc::clone(&self.0);
        identify(request, rest, |request, rest| Box::pin(measure(metrics, request, rest)))
    }
}

fn measure(
    metrics: Arc<Metrics>,
    request: Request,
    rest: &mut Route,
) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let method = method_name(request.method());
    let begun = Instant::now();
    let answer = run(rest, request);
    async move {
        let response = answer.await;
        let elapsed = begun.elapsed();
        let status = response.status();
        let route = path.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(route, method, status = status.as_u16(), micros, "answered");
        metrics.count(route, method, status, elapsed);
        Ok(response)
    }
}

/// The metrics of each route, which the recorder looks up by their labels once. There is an end of
/// them: routes are those of the table, and methods the common ones.
#[derive(Default)]
struct Metrics(RwLock<HashMap<Box<str>, OfRoute>>);

struct OfRoute {
    seconds: Histogram,
    answers: Vec<(&'static str, StatusCode, Counter)>,
}

impl Metrics {
    fn count(&self, route: &str, method: &'static str, status: StatusCode, elapsed: Duration) {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_counted =
            routes.get(route).is_some_and(|known| known.count(method, status, elapsed));
        drop(routes);
        if !is_counted {
            self.count_new(route, method, status, elapsed);
        }
    }

    /// Counts an answer like which there was none. Another one may have come meanwhile.
    fn count_new(&self, route: &str, method: &'static str, status: StatusCode, elapsed: Duration) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = routes.entry(route.into()).or_insert_with(|| OfRoute::new(route));
        if !known.count(method, status, elapsed) {
            known.add(route, method, status);
            known.count(method, status, elapsed);
        }
    }
}

impl OfRoute {
    fn new(route: &str) -> Self {
        let route = route.to_owned();
        let seconds = metrics::histogram!("deodar_http_request_seconds", "route" => route);
        Self { seconds, answers: Vec::new() }
    }

    fn add(&mut self, route: &str, method: &'static str, status: StatusCode) {
        let (route, code) = (route.to_owned(), status.as_str().to_owned());
        let counter = metrics::counter!(
            "deodar_http_requests_total",
            "route" => route, "method" => method, "status" => code
        );
        self.answers.push((method, status, counter));
    }

    /// Counts an answer, unless none like it has been added.
    fn count(&self, method: &'static str, status: StatusCode, elapsed: Duration) -> bool {
        let mut answers = self.answers.iter();
        let Some((_, _, counter)) = answers.find(|known| (known.0, known.1) == (method, status))
        else {
            return false;
        };
        counter.increment(1);
        self.seconds.record(elapsed);
        true
    }
}

/// The method, if it is a common one: a caller can make up others without end.
fn method_name(method: &Method) -> &'static str {
    const COMMON: [(Method, &str); 7] = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    let known = COMMON.iter().find(|(common, _)| common == method);
    known.map_or("OTHER", |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_the_first_of_their_kind_together_are_of_one_kind() {
        let metrics = Metrics::default();
        let count = |status| metrics.count_new("/orders", "GET", status, Duration::ZERO);
        count(StatusCode::OK);
        // This one saw, before the first was counted, that there was none.
        count(StatusCode::OK);
        count(StatusCode::NOT_FOUND);
        metrics.count("/orders", "GET", StatusCode::OK, Duration::ZERO);
        let routes = metrics.0.read().unwrap();
        assert_eq!(routes["/orders"].answers.len(), 2);
    }
}
