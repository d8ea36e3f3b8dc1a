//! `POST /api/auth/v1/token`: an access token for client credentials.
//!
//! 200 with the token; 400 for a missing field, 422 for another grant, 401 for wrong credentials,
//! 429 after too many of those. Any `Authorization` header is ignored: the official SDK sends a
//! junk one.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use deodar_engine::EngineError;
use deodar_wire::{TokenAnswer, TokenRequest};
use http::StatusCode;

use crate::Api;
use crate::answer;
use crate::body::JsonBody;
use crate::describe::{Endpoint, Tag};
use crate::error::ApiError;
use crate::limits::Login;

pub(crate) fn endpoint() -> Endpoint {
    const SAMPLE: &str = r#"{
  "client_id": "0b8f2a8c-6d0e-4c55-9a3c-3f6f2b1d7e90",
  "client_secret": "…",
  "grant_type": "client_credentials"
}"#;
    Endpoint::new(issue, "createToken", Tag::Authentication, "Get an access token")
        .text(
            "The token is sent with every other call, as `Authorization: Bearer <token>`. It is \
             good for an hour: ask for a new one when it ends, not for each call. Any \
             `Authorization` header of this call is ignored.",
        )
        .body::<TokenRequest>(SAMPLE)
        .ok::<TokenAnswer<'_>>("The token, and when it ends")
        .refuses(StatusCode::UNAUTHORIZED, &["UNAUTHORIZED"], "The client id or secret is wrong")
        .unprocessable(&["OPERATION_NOT_ALLOWED"], "The grant is another one")
}

async fn issue(
    State(api): State<Api>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let request = TokenRequest::parse(&body)?;
    let address = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let login = Login::new(&request.client_id, address);
    api.limiter.check_login(login).await?;
    let secret = request.client_secret.expose();
    match api.engine.issue_token(&request.client_id, secret).await {
        Ok(token) => Ok(answer::ok(&TokenAnswer::new(
            &token.access_token,
            token.expires_at,
            token.expires_in,
        ))),
        Err(EngineError::Unauthorized) => {
            api.limiter.count_failed_login(login);
            Err(ApiError::wrong_credentials())
        }
        Err(error) => Err(error.into()),
    }
}
