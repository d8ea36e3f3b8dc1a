//! `GET /health`: whether the process and its database can work. It needs no token.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::answer;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;

/// The gateway can work.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`
    status: &'static str,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(health, "getHealth", Tag::Operation, "Whether the gateway can work")
        .ok::<Health>("The process and its database can work")
}

async fn health(State(api): State<Api>) -> Result<Response, ApiError> {
    api.engine.health().await?;
    Ok(answer::ok(&Health { status: "ok" }))
}
