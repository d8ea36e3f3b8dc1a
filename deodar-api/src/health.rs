//! `GET /health`: whether the process and its database can work. It needs no token.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::Api;
use crate::answer;
use crate::error::ApiError;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

pub(crate) async fn health(State(api): State<Api>) -> Result<Response, ApiError> {
    api.engine.health().await?;
    Ok(answer::ok(&Health { status: "ok" }))
}
