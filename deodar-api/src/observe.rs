//! A line of the log and two metrics for every request.
//!
//! Architecture Invariant: a label or a line names the route, never the path, the query or the
//! body: those hold references, slugs and tokens, and there is no end of them.

use std::convert::Infallible;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use axum::routing::Route;
use http::Method;

use crate::around::{Answering, Around, Stand, run};
use crate::request_id::identify;

/// The route of what no route matches.
const UNMATCHED: &str = "unmatched";

/// Gives every request of `router` its id, counts it, times it and logs it.
pub fn observe(router: Router) -> Router {
    router.layer(Stand(Observe))
}

#[derive(Clone, Copy)]
struct Observe;

impl Around for Observe {
    fn around(&self, request: Request, rest: &mut Route) -> Answering {
        identify(request, rest, |request, rest| Box::pin(measure(request, rest)))
    }
}

fn measure(
    request: Request,
    rest: &mut Route,
) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| UNMATCHED.to_owned(), |path| path.as_str().to_owned());
    let method = method_name(request.method());
    let begun = Instant::now();
    let answer = run(rest, request);
    async move {
        let response = answer.await;
        let elapsed = begun.elapsed();
        let status = response.status();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(route, method, status = status.as_u16(), micros, "answered");
        metrics::counter!(
            "deodar_http_requests_total",
            "route" => route.clone(), "method" => method, "status" => status.as_str().to_owned()
        )
        .increment(1);
        metrics::histogram!("deodar_http_request_seconds", "route" => route).record(elapsed);
        Ok(response)
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
