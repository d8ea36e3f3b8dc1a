//! `POST /sandbox/clock`: moves the gateway's business time forward.
//!
//! 200 with the new business time. It needs a merchant's token, and moves the time of all
//! merchants.

use axum::extract::State;
use axum::response::Response;
use deodar_wire::{AdvanceClock, ClockAnswer};

use crate::Api;
use crate::answer;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;

pub(crate) async fn advance(
    State(api): State<Api>,
    _: Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let clock = AdvanceClock::parse(&body)?;
    let now = api.engine.advance_clock(clock.seconds).await?;
    Ok(answer::ok(&ClockAnswer::new(now)))
}
