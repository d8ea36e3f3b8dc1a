//! Payment links.

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod get;

use axum::response::Response;
use deodar_domain::order::Order;
use deodar_engine::{Engine, Thing};
use deodar_wire::link_json;
use http::StatusCode;

use crate::answer;
use crate::error::ApiError;

/// Answers the link of an order.
fn link_answer(engine: &Engine, status: StatusCode, order: &Order) -> Result<Response, ApiError> {
    let not_found = || ApiError::not_found(Thing::Link);
    let page_url = engine.link_url(order.link.as_ref().ok_or_else(not_found)?.number);
    let link = link_json(order, &page_url).ok_or_else(not_found)?;
    Ok(answer::json(status, &link))
}
