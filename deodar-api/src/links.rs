//! Payment links.

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod notify;

use axum::response::Response;
use deodar_domain::order::Order;
use deodar_engine::{Answer, Engine, Thing};
use deodar_wire::link_json;
use http::StatusCode;

use crate::answer;
use crate::error::ApiError;

/// Answers the link of an order.
fn link_answer(engine: &Engine, status: StatusCode, order: &Order) -> Result<Response, ApiError> {
    let no_link = || ApiError::not_found(Thing::Link);
    let page_url = engine.link_url(order.link.as_ref().ok_or_else(no_link)?.number);
    Ok(answer::json(status, &link_json(order, &page_url).ok_or_else(no_link)?))
}

/// The link of an order as an answer that may be kept.
fn written_link(engine: &Engine, status: StatusCode, order: &Order) -> Option<Answer> {
    let page_url = engine.link_url(order.link.as_ref()?.number);
    answer::written(status, &link_json(order, &page_url)?).ok()
}
