//! HTTP for merchants: the v2 API, and the legacy Pay by Link API.
//!
//! The route table is in `routes`; every endpoint has a file of its own, which holds its handler
//! and says what it does. What all endpoints share (the envelope of errors, request ids, limits of
//! size, time and number) is in the modules beside them.
//!
//! Architecture Invariant: none of axum's own rejections is ever seen, and nothing here knows SQL.
//! Every error is answered in the one envelope of `error`.

mod answer;
mod around;
mod auth;
mod body;
mod checkout;
mod conventions;
mod describe;
#[cfg(test)]
mod documented;
mod eligibility;
mod error;
mod health;
mod idempotency;
mod legacy;
mod limits;
mod links;
mod lists;
mod observe;
mod orders;
mod otp;
mod path;
mod payments;
mod refunds;
mod refusal;
mod rendered;
mod request_id;
mod routes;
mod sandbox;
mod token;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use deodar_engine::Engine;

pub use body::BODY_SIZE_MAX;
pub use conventions::REQUEST_TIMEOUT;
pub use limits::{FAILED_LOGINS_WINDOW, Limits};
pub use observe::observe;
pub use request_id::RequestId;

/// What every handler is given: one count for each clone of many.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

/// What the handlers share.
pub(crate) struct Parts {
    /// The use cases.
    pub(crate) engine: Arc<Engine>,
    /// Who may call how often.
    pub(crate) limiter: limits::Limiter,
    /// Orders as they were answered before.
    pub(crate) rendered: rendered::RenderedOrders,
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The API of `engine`, with the limits that suit it: none in a sandbox. It answers every path that
/// it does not know with 404, so it is the one router of a server that may have a fallback.
pub fn router(engine: Arc<Engine>) -> Router {
    let limits = if engine.is_sandbox() { Limits::NONE } else { Limits::PRODUCTION };
    router_with(engine, limits)
}

/// The API of `engine` with these limits.
pub fn router_with(engine: Arc<Engine>, limits: Limits) -> Router {
    let sandbox = engine.is_sandbox();
    let limiter = limits::Limiter::new(limits, Arc::clone(&engine));
    let rendered = rendered::RenderedOrders::new();
    let api = Api(Arc::new(Parts { engine, limiter, rendered }));
    conventions::apply(routes::router(&api, sandbox).with_state(api))
}

/// The description of the API, OpenAPI 3.1 in JSON, as `GET /openapi.json` answers it in a sandbox;
/// `None` where it cannot be written.
pub fn description() -> Option<String> {
    describe::written(&routes::table(true).calls)
}
