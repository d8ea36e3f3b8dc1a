//! `POST /sandbox/clock`: moves the gateway's business time forward.
//!
//! 200 with the new business time. It needs a merchant's token, and moves the time of all
//! merchants.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::time::Timestamp;
use deodar_wire::{AdvanceClock, ClockAnswer};
use http::StatusCode;

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::idempotency::Once;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{ "advance_seconds": 3600 }"#;
    Endpoint::new(advance, "advanceClock", Tag::Sandbox, "Move business time forward")
        .text(
            "Moves the business time of all merchants: expiry, releases, the webhooks' timetable. \
             Tokens keep real time. The call is there in a sandbox alone.",
        )
        .body::<AdvanceClock>(SAMPLE)
        .ok::<ClockAnswer>("The new business time")
}

async fn advance(
    State(api): State<Api>,
    _: Caller,
    once: Once,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let clock = AdvanceClock::parse(&body)?;
    let render = |now: &Timestamp| answer::written(StatusCode::OK, &ClockAnswer::new(*now)).ok();
    let now = api.engine.advance_clock_once(clock.seconds, &once.keep(&render)).await?;
    Ok(answer::ok(&ClockAnswer::new(now)))
}
