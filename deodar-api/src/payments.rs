//! Payments that a merchant's server makes.

pub(crate) mod create;

use axum::response::Response;
use deodar_domain::key::OrderKey;
use deodar_domain::order::Order;
use deodar_engine::Engine;
use deodar_wire::{order_json_with_image, refund_json};
use http::StatusCode;

use crate::answer;
use crate::error::ApiError;

/// 200 with an order, and with its `challenge_url` and `image_url` while a payment is pending.
pub(crate) fn order_answer(engine: &Engine, order: &Order) -> Result<Response, ApiError> {
    Ok(answer::json_response(StatusCode::OK, order_body(engine, order)?))
}

/// The body of that answer.
pub(crate) fn order_body(engine: &Engine, order: &Order) -> Result<Vec<u8>, ApiError> {
    let (challenge_url, image_url) = (engine.challenge_url(order)?, engine.image_url(order)?);
    answer::body(&order_json_with_image(order, challenge_url.as_deref(), image_url.as_deref()))
}

/// 200 with what the id `key` stands for, of the order that it led to: the order itself, or a
/// refund of it.
pub(crate) fn order_or_refund_answer(
    engine: &Engine,
    order: &Order,
    key: OrderKey,
) -> Result<Response, ApiError> {
    match order.refund(key) {
        Some(refund) => Ok(answer::ok(&refund_json(order, refund))),
        None => order_answer(engine, order),
    }
}
