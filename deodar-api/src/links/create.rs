//! `POST /api/pay/v1/paymentlink`: makes a link.
//!
//! 201 with the link; 200 with the one that the same reference made before; 422 where that was
//! another deal.

use axum::extract::State;
use axum::response::Response;
use deodar_domain::order::Order;
use deodar_engine::{Made, NewLink};
use deodar_wire::CreateLink;
use http::StatusCode;

use super::{link_answer, written_link};
use crate::Api;
use crate::auth::Caller;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::idempotency::Once;

pub(crate) async fn create(
    State(api): State<Api>,
    Caller(merchant): Caller,
    once: Once,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let CreateLink { terms, expire_by } = CreateLink::parse(&body)?;
    let new = NewLink { terms, expire_by };
    let render = |order: &Order| written_link(&api.engine, StatusCode::CREATED, order);
    let made = api.engine.create_link_once(&merchant, new, &once.keep(&render)).await?;
    let (status, order) = match made {
        Made::New(order) => (StatusCode::CREATED, order),
        Made::Existing(order) => (StatusCode::OK, order),
    };
    link_answer(&api.engine, status, &order)
}
